from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from mutators.render import conversation
from mutators.templates import environment, issues_of, own_folder, templates
from tests.mutators.fakes import problem

VALUES = {"plan": {"idea": "x", "steps": [], "expects": ""}, "change": "", "before": "", "after": ""}
REST = {"effect": "", "failure": "", "siblings": [], "lessons": []}


def write(folder: Path, **files: str) -> Path:
    own = folder / "prompts"
    own.mkdir()
    for name, text in files.items():
        (own / f"{name}.md").write_text(text)
    return own


def test_a_problem_says_it_in_its_own_words_where_it_has_a_template(tmp_path: Path) -> None:
    write(tmp_path, summarize="Was {{ problem.statement }} worth it? {{ effect }}", _style="BE BRIEF")
    asked = problem(statement="Pack circles.", folder=tmp_path)
    system, user = conversation(asked, "summarize", files=1, **VALUES, **{**REST, "effect": "better"})
    assert user.content == "Was Pack circles. worth it? better\n"
    assert "You draw the lesson of one attempt" in system.content  # not among its own


def test_parts_that_others_include_can_be_its_own(tmp_path: Path) -> None:
    own = write(tmp_path, _retry="AGAIN {{ complaint }}")
    text = environment(own).get_template("execute_diff.md").render
    with pytest.raises(jinja2.UndefinedError):
        text()
    assert issues_of(own) == ()
    assert [t.name for t in templates(own) if t.is_own] == ["_retry.md"]


def test_the_templates_that_come_with_cambrian_have_no_mistakes(tmp_path: Path) -> None:
    own = tmp_path / "prompts"
    own.mkdir()
    for template in templates(None):
        (own / template.name).write_text(template.text)
    assert issues_of(own) == ()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("plan.md", "{{ veiw.program }}", "'veiw' (did you mean 'view'?)"),
        ("plan.md", "{{ plan.idea }}", "found 'plan'"),
        ("_lineage.md", "{{ complaint }}", "found 'complaint'"),
        ("plan.md", "ok\n{% if %}", "plan.md:2: plan.md: expected a jinja2 template"),
        ("plan.md", "{% include '_programm.md' %}", "'_programm.md' (did you mean '_program.md'?)"),
        ("plann.md", "x", "found plann.md (did you mean 'plan.md'?)"),
        ("judge.md", "x", "the rubric of its stage"),
    ],
)
def test_a_mistake_is_told_before_a_run_has_paid(tmp_path: Path, name: str, text: str, said: str) -> None:
    own = write(tmp_path)
    (own / name).write_text(text)
    (issue,) = issues_of(own)
    assert said in str(issue)


@pytest.mark.parametrize(
    "reach",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ problem.__class__.__init__.__globals__ }}",
        "{% for x in problem.stages %}{{ x.__init__.__globals__ }}{% endfor %}",
    ],
)
def test_a_template_from_elsewhere_reaches_nothing_of_this_process(tmp_path: Path, reach: str) -> None:
    write(tmp_path, summarize=reach)
    with pytest.raises(jinja2.exceptions.SecurityError):
        conversation(problem(folder=tmp_path), "summarize", files=1, **VALUES, **REST)


@pytest.mark.parametrize("private", ["trusted", "reference", "initial", "folder", "descriptors", "models"])
def test_a_template_is_told_nothing_private_of_the_problem(tmp_path: Path, private: str) -> None:
    """Broken by hand: handing the problem itself to the templates fails this."""
    write(tmp_path, summarize=f"{{{{ problem.{private} }}}}")
    with pytest.raises(jinja2.UndefinedError):
        conversation(problem(folder=tmp_path), "summarize", files=1, **VALUES, **REST)


def test_private_stages_are_not_told_of(tmp_path: Path) -> None:
    write(tmp_path, summarize="{% for s in problem.stages %}{{ s.id }} {% endfor %}")
    _, user = conversation(problem(folder=tmp_path), "summarize", files=1, **VALUES, **REST)
    assert "run" in user.content
    assert "heldout" not in user.content


def test_without_a_folder_there_are_no_own_ones(tmp_path: Path) -> None:
    assert own_folder(tmp_path) is None
    (tmp_path / "prompts").write_text("a file")
    assert own_folder(tmp_path) is None
