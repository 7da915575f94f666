import pytest

from problems.catalogue import LIBRARY, entries, locate, names
from problems.errors import ProblemError
from problems.loader import load


def test_the_catalogue_lists_what_the_problems_say_of_themselves():
    listed = {entry.name: entry for entry in entries()}
    assert tuple(listed) == names() == tuple(sorted(names()))
    circles = listed["circle_packing"]
    assert circles.summary.startswith("Place 26 disjoint circles")
    assert circles.best_known == load(LIBRARY / "circle_packing").reference.best_known
    assert "AlphaEvolve" in circles.source


@pytest.mark.parametrize("name", names())
def test_every_shipped_problem_is_right_named_like_its_folder_and_explained(name):
    assert load(locate(name)).name == name
    assert (LIBRARY / name / "README.md").read_text().startswith("# ")


@pytest.mark.parametrize("name", names())
def test_nothing_that_a_candidate_or_a_model_sees_holds_the_best_known_value(name):
    problem = load(locate(name))
    shown = problem.statement + "".join(problem.initial.values()) + "".join(problem.trusted.values())
    if problem.reference and problem.reference.best_known:
        assert f"{problem.reference.best_known:.6f}"[:6] not in shown


def test_a_folder_a_file_and_a_name_are_found(folder, monkeypatch):
    assert locate(str(folder)) == folder
    assert locate(str(folder / "problem.yaml")) == folder / "problem.yaml"
    assert locate("tuned_constants") == LIBRARY / "tuned_constants"
    (folder / "tuned_constants").mkdir()
    monkeypatch.chdir(folder)
    assert locate("tuned_constants") == LIBRARY / "tuned_constants"
    (folder / "tuned_constants" / "problem.yaml").write_text("")
    assert str(locate("tuned_constants")) == "tuned_constants"


@pytest.mark.parametrize("text", ["circle_pakcing", "circlepacking"])
def test_a_miss_names_the_nearest_problem(text):
    with pytest.raises(ProblemError) as caught:
        locate(text)
    assert caught.value.issues[0].nearest == "circle_packing"


@pytest.mark.parametrize("text", ["", "\0", "x" * 5000, "/proc/1/root"])
def test_a_text_that_cannot_be_a_path_is_a_miss_too(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProblemError):
        locate(text)
