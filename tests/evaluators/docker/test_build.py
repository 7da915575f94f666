import pytest

from evaluators.docker import build
from evaluators.sandbox import SandboxUnavailable


@pytest.mark.parametrize(
    ("dockerfile", "bases"),
    [
        ("FROM python:3.11-slim\nRUN true", ["python:3.11-slim"]),
        ("from --platform=linux/amd64 a:1 AS one\nFROM one\nFROM b:2", ["a:1", "b:2"]),
        ("ARG BASE=a:1\nFROM ${BASE}", []),
        ("FROM scratch", []),
        ("# FROM a:1\nFROM b:2", ["b:2"]),
    ],
)
def test_base_images_are_found_but_stages_and_variables_are_not(dockerfile: str, bases: list[str]) -> None:
    assert build._bases(dockerfile) == bases


def test_debian_packages_need_root_and_mmdebstrap(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not build.can_build_rootfs()
    with pytest.raises(SandboxUnavailable, match="mmdebstrap"):
        build.build_rootfs("cambrian-sandbox:test", print)
