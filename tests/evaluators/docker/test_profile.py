import json

from evaluators.docker.profile import profile
from evaluators.harness import seccomp


def test_the_container_allows_what_children_are_promised_and_no_network() -> None:
    rules = json.loads(profile())
    allowed = {
        name for rule in rules["syscalls"] if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]
    }
    for machine in seccomp.NUMBERS:
        assert set(seccomp.names(machine, True)) <= allowed
    assert rules["defaultAction"] == "SCMP_ACT_ERRNO"
    assert not allowed & {
        "ptrace",
        "mount",
        "unshare",
        "setns",
        "bpf",
        "io_uring_setup",
        "keyctl",
        "bind",
        "accept",
    }
    sockets = [rule for rule in rules["syscalls"] if "socket" in rule["names"]]
    assert [rule["args"][0]["value"] for rule in sockets] == [1]
