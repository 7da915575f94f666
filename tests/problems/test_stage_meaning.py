"""What single kinds of stage ask for, and program files of other languages and shapes."""

import pytest

from problems.errors import ProblemError
from problems.loader import load

RUN = "{id: run, uses: sandbox.command, steps: [[g++, main.cpp], [./a.out]]}"
STAGES = """\
schema: 1
name: demo
statement: Make it large.
program: {{language: cpp, files: [main.cpp]}}
objective: {{metric: {objective}}}
evaluation:
  pools: {{slow: 2}}
  stages:
    - {run}
    - {{id: score, uses: sandbox.score, needs: [run], file: score.py}}
    - {{id: mark, uses: model.judge, needs: [score], rubric: good?}}
    - {{id: hidden, uses: sandbox.score, needs: [run], file: score.py, visibility: private}}
    - {extra}
"""
CPP = "// EVOLVE-BLOCK-START\nint main() { return 0; }\n// EVOLVE-BLOCK-END\n"


@pytest.fixture
def cpp(tmp_path):
    (tmp_path / "main.cpp").write_text(CPP)
    (tmp_path / "score.py").write_text(
        "def score(output, context):\n    return {'value': 1.0, 'size': 2.0}\n"
    )
    (tmp_path / "judge.py").write_text("import aid\ndef evaluate(path): return {}\n")
    (tmp_path / "aid.py").write_text("")

    def write(*, run=RUN, extra="{id: words, uses: static.text}", objective="value"):
        text = STAGES.format(run=run, extra=extra, objective=objective)
        (tmp_path / "problem.yaml").write_text(text)
        return tmp_path

    return write


def issues(folder):
    with pytest.raises(ProblemError) as caught:
        load(folder)
    return caught.value.issues


def test_a_problem_in_another_language_is_right(cpp):
    problem = load(cpp())
    assert problem.language == "cpp"
    assert problem.initial == {"main.cpp": CPP}
    assert problem.stages[0].options["steps"] == [["g++", "main.cpp"], ["./a.out"]]


@pytest.mark.parametrize(
    ("run", "key", "expected"),
    [
        ("steps: []", "evaluation.stages[0].steps", "at least 1 items"),
        ("steps: [[]]", "evaluation.stages[0].steps[0]", "at least 1 items"),
        ("steps: [g++]", "evaluation.stages[0].steps[0]", "a list"),
        ("steps: [[g++, 1]]", "evaluation.stages[0].steps[0][1]", "text"),
        ("steps: [[a]], output: bytes", "evaluation.stages[0].output", "json or text"),
        ("steps: [[a]], stdin: x, inputs: {n: 1}", "evaluation.stages[0].inputs", "either stdin or inputs"),
        ("steps: [[a]], stdin: x, cases: [y]", "evaluation.stages[0].cases", "either stdin or inputs"),
        ("steps: [[a]], cases: [3]", "evaluation.stages[0].cases[0]", "a mapping of inputs, or text"),
        ("steps: [[a]], cases: [{a b: 3}]", "evaluation.stages[0].cases[0].a b", "a name of at most 64"),
        ("steps: [[a]], scratch_mib: 0", "evaluation.stages[0].scratch_mib", "at least 1"),
        ("steps: [[a]], pool: slwo", "evaluation.stages[0].pool", "a pool of evaluation.pools (slow)"),
    ],
)
def test_a_command_that_cannot_work_is_told_at_its_key(cpp, run, key, expected):
    found = issues(cpp(run=f"{{id: run, uses: sandbox.command, {run}}}"))
    assert [issue.key for issue in found] == [key]
    assert expected in found[0].expected


@pytest.mark.parametrize(
    ("extra", "objective", "key", "expected"),
    [
        ("metric: sales", "sales", "proxy", "stands in for the objective until its value is reported"),
        ("metric: sales", "later.sales", "proxy", "stands in for the objective until its value is reported"),
        ("metric: sales, proxy: mark.judge", "sales", "proxy", "other than a judge's"),
        ("metric: sales, proxy: score.vlaue", "sales", "proxy", "a metric that a stage returns (score.size"),
        ("metric: sales, proxy: scroe.value", "value", "proxy", "a metric of a stage that 'later' needs"),
        ("metric: sales, proxy: hidden.value", "value", "proxy", "a metric of a public stage"),
        ("metric: sales, proxy: value", "value", "proxy", "STAGE.METRIC"),
        ("metric: reported", "value", "metric", "a name other than reported"),
    ],
)
def test_a_delayed_metric_that_cannot_work_is_told_at_its_key(cpp, extra, objective, key, expected):
    stage = f"{{id: later, uses: delayed, needs: [score, mark, hidden], {extra}}}"
    found = issues(cpp(extra=stage, objective=objective))
    assert [issue.key for issue in found] == [f"evaluation.stages[4].{key}"]
    assert expected in found[0].expected


@pytest.mark.parametrize("objective", ["sales", "later.sales", "value"])
def test_a_delayed_metric_with_a_proxy_can_be_the_objective(cpp, objective):
    stage = "{id: later, uses: delayed, needs: [score], metric: sales, proxy: score.value}"
    assert load(cpp(extra=stage, objective=objective)).objective.metric == objective


def test_a_delayed_metric_without_a_proxy_may_be_watched(cpp):
    stage = "{id: later, uses: delayed, needs: [score], metric: sales}"
    assert load(cpp(extra=stage)).stages[-1].options["proxy"] is None


def test_a_foreign_evaluator_is_trusted_with_what_it_imports(cpp):
    problem = load(cpp(extra="{id: eval, uses: sandbox.trusted_together, file: judge.py}", objective="any"))
    assert set(problem.trusted) == {"score.py", "judge.py", "aid.py"}


def test_a_foreign_evaluator_without_its_function_is_told(cpp):
    stage = "{id: eval, uses: sandbox.trusted_together, file: judge.py, function: evaluat}"
    (found,) = issues(cpp(extra=stage))
    assert (found.key, found.nearest) == ("evaluation.stages[4].file", "evaluate")
    assert "a file that defines evaluat(path)" in found.expected


def test_static_text_has_the_features_of_any_language(cpp):
    stage = "{id: words, uses: static.text, when: run.seconds < 3, needs: [run]}"
    assert load(cpp(extra=stage)).stages[-1].uses == "static.text"
    stage = "{id: more, uses: static.text, needs: [run, score], when: words.loops > 1}"
    found = issues(cpp(run="{id: run, uses: static.text}", extra=stage.replace("words", "run")))
    assert "evaluation.stages[4].when" in [issue.key for issue in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (CPP + "  // EVOLVE-BLOCK-END\n", "EVOLVE-BLOCK-END"),
        ("/* EVOLVE-BLOCK-START */\nint x;\n", "the end of the file"),
    ],
)
def test_markers_in_comments_of_c_are_checked(cpp, text, found):
    folder = cpp()
    (folder / "main.cpp").write_text(text)
    assert [issue.found for issue in issues(folder)] == [found]


def test_a_folder_of_the_program_brings_its_data_and_not_the_byte_code(folder, edit):
    edit("files: [initial.py]", "files: [initial.py, lib]")
    for name in ("__init__.py", "table.py", "data/words.txt", "__pycache__/x.pyc", ".hidden"):
        path = folder / "lib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert list(load(folder).initial) == [
        "initial.py",
        "lib/__init__.py",
        "lib/data/words.txt",
        "lib/table.py",
    ]


@pytest.mark.parametrize("files", ["[.]", "[initial.py, problem.yaml]", "[./problem.yaml]"])
def test_the_definition_is_never_part_of_the_program(folder, edit, files):
    found = issues(edit("files: [initial.py]", f"files: {files}"))
    assert "files and folders of the program alone" in [issue.expected for issue in found]
