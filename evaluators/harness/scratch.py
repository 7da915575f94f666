"""The writable folders of a slot."""

import os

import isolate


class Scratch:
    """The writable folders of a slot: open for a job that may write, empty after every job."""

    def __init__(self, settings):
        self.settings = settings
        self.places = [settings.scratch]
        if not settings.shares_processes:
            self.places.append(isolate.SHARED)
        self.mib = 1 if settings.isolation == "namespaces" else None

    def prepare(self, mib):
        if self.settings.isolation == "namespaces":
            if mib != self.mib:
                isolate.fresh_scratch(mib)
                self.mib = mib
        else:
            mode = (0o1777 if self.settings.isolation == "container" else 0o700) if mib > 0 else 0o500
            if mode != self.mib:
                for place in self.places:
                    os.chmod(place, mode if mib > 0 or self.settings.isolation == "none" else 0o700)
                self.mib = mode

    def clean(self):
        """Remove every file; a text when something cannot be removed."""
        if self.settings.isolation == "none":  # there the program may own the folder, and may have locked it
            os.chmod(self.settings.scratch, 0o700)
            self.mib = None
        if all(self._is_empty(place) for place in self.places):
            return ""
        if self.settings.isolation == "namespaces":
            isolate.fresh_scratch(self.mib)
            return ""
        if self.settings.isolation == "container":
            self._as_child()  # this process has no right to files of others
        else:
            _wipe(self.settings.scratch)
        return (
            "" if all(self._is_empty(place) for place in self.places) else "files left in the scratch folder"
        )

    @staticmethod
    def _is_empty(place):
        with os.scandir(place) as entries:
            return next(entries, None) is None

    def _as_child(self):
        pid = os.fork()
        if pid == 0:
            try:
                uid = self.settings.child_uid
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
                for place in self.places:
                    _wipe(place)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)


def _wipe(top):
    """Empty a folder of any depth with one path length: what is in a folder moves up before it is removed."""
    count = 0
    while True:
        with os.scandir(top) as entries:
            listed = list(entries)
        if not listed:
            return
        for entry in listed:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, 0o700)
            for name in os.listdir(entry.path):
                count += 1
                while os.path.lexists(
                    os.path.join(top, f".up{count}")
                ):  # the program's own, or one of before
                    count += 1
                inner = os.path.join(entry.path, name)
                if os.path.isdir(inner) and not os.path.islink(inner):
                    os.chmod(inner, 0o700)
                    os.rename(inner, os.path.join(top, f".up{count}"))
                else:
                    os.unlink(inner)
            os.rmdir(entry.path)
