from importlib.metadata import version

from tests.flows.cli.terminal import cambrian


def test_the_version_is_that_of_the_package():
    done = cambrian("--version")
    assert (done.code, done.out.strip()) == (0, f"cambrian {version('cambrian')}")


def test_help_says_what_it_is_for_and_names_the_verbs():
    for arguments in (("--help",), ("-h",)):
        done = cambrian(*arguments)
        assert done.code == 0
        assert "Evolve programs" in done.out
        assert {"run", "resume", "study", "lineage", "db"} <= set(done.out.split())
