"""What the engine tells a supervisor at its start, and what the supervisor finds out by itself."""

import isolate


class Settings:
    """What holds for every job of a slot.

    Attributes:
        isolation: ``container`` (walls are built already), ``namespaces`` or ``none``.
        child_uid: user id of children, None to stay the same user.
        scratch: the writable folder.
        packages: importable folders and files on the host, for ``namespaces`` and ``none``.
        preload: modules to load once; one that is missing is left out.
        landlock: whether children restrict their own files.
        shares_processes: whether children see the processes of the machine.
        readable: what Landlock leaves readable.
        path: ``sys.path`` of children.
        environment: variables of children beyond the fixed ones.
        missing: modules that could not be loaded, not to be tried again.
        base_bytes: address space of the supervisor, which children start with.
        filters: system call filters by policy; None where they depend on the child.
        base_processes: processes that count against the limit already.
    """

    def __init__(self, message):
        self.isolation = message["isolation"]
        self.child_uid = message.get("child_uid")
        self.scratch = message.get("scratch", isolate.SCRATCH)
        self.packages = message.get("packages", [])
        self.preload = message.get("preload", [])
        self.shares_processes = self.isolation == "none"
        self.landlock = self.shares_processes and isolate.landlock_abi() > 0
        self.readable = list(self.packages)
        self.path = []
        self.environment = {}
        self.missing = set()
        self.base_bytes = 0
        self.base_processes = 0
        self.filters = {}
