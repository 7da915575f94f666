import re
from pathlib import Path

import pytest

from evaluators.docker import build, image
from evaluators.docker.sandbox import DockerSandbox
from evaluators.sandbox import Command, Limits, SandboxUnavailable
from evaluators.values import decode


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


def test_both_ways_to_the_default_image_bring_the_same_things() -> None:
    text = Path(image._DOCKERFILE).read_text().replace("\\\n", " ")
    asked = re.findall(r"apt-get install --yes --no-install-recommends ([^&\n]+)", text)
    from_apt = {name for names in asked for name in names.split()}
    libraries = {name for name, _ in re.findall(r"([a-z-]+)==([0-9.]+)", text)}
    debian = {"scikit-learn": "python3-sklearn"}
    # joblib and threadpoolctl come with scikit-learn there.
    wanted = {debian.get(name, f"python3-{name}") for name in libraries - {"joblib", "threadpoolctl"}}
    assert libraries >= {"numpy", "scipy", "scikit-learn", "joblib", "threadpoolctl"}
    assert set(build._PACKAGES) == from_apt | wanted | {"python3"}


@pytest.mark.docker
async def test_the_image_that_is_here_has_what_the_dockerfile_names(image_id: str) -> None:
    source = (
        "import importlib, shutil\ndef solve():\n"
        " found = [importlib.import_module(name).__name__ for name in NAMES]\n"
        " return [name for name in ('gcc', 'g++', 'python3') if shutil.which(name)] + found"
    )
    names = ["numpy", "scipy", "sklearn", "joblib", "threadpoolctl"]
    text = source.replace("NAMES", repr(names)).encode()
    limits = Limits(seconds=30.0)
    sandbox = DockerSandbox(slots=1, image=image_id)
    try:
        await sandbox.start()
        result = await sandbox.run(
            Command(files={"p.py": text}, module="p.py", function="solve", limits=limits)
        )
    finally:
        await sandbox.close()
    assert decode(result.result) == ["gcc", "g++", "python3", *names], result.stderr
