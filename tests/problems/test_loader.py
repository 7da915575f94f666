import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.errors import ProblemError
from problems.loader import load
from problems.problem import Direction, Visibility

TWELVE = """\
schema: 2
name: Bad Name
statement: 5
program:
  files: [initial.py, absent.py]
  entrypoint: solv
objective: {metrik: value, direction: upwards}
descriptors:
  - {name: size, low: 3, high: 1}
  - {name: area, source: scor.size, low: 0, high: 1, scale: log}
evaluation:
  stages:
    - {id: lint, uses: static.pyhton}
    - {id: run, uses: sandbox.call, needs: [lnt, score], inputs: {n: 3}, secnds: 4}
    - {id: run, uses: sandbox.score, needs: [run], file: scores.py}
    - {id: score, uses: sandbox.score, needs: [run], file: score.py, when: "run.x >"}
models:
  - {name: gpt, api_key: sk-12345}
budget: {evaluations: many}
color: red
"""


def issues(path, **overrides):
    with pytest.raises(ProblemError) as caught:
        load(path, **overrides)
    return caught.value.issues


def only_issue(path, **overrides):
    found = issues(path, **overrides)
    assert len(found) == 1, found
    return found[0]


def test_every_mistake_is_told_at_once_with_its_place(folder):
    (folder / "problem.yaml").write_text(TWELVE)
    found = [(issue.line, issue.column, issue.key, issue.nearest) for issue in issues(folder)]
    assert found == [
        (1, 9, "schema", None),
        (2, 7, "name", None),
        (3, 12, "statement", None),
        (5, 23, "program.files[1]", None),
        (6, 15, "program.entrypoint", "solve"),
        (7, 13, "objective.metrik", "metric"),
        (7, 39, "objective.direction", None),
        (9, 32, "descriptors[0].high", None),
        (10, 26, "descriptors[1].source", "score.size"),
        (10, 42, "descriptors[1].low", None),
        (13, 24, "evaluation.stages[0].uses", "static.python"),
        (14, 44, "evaluation.stages[1].needs", None),
        (14, 45, "evaluation.stages[1].needs[0]", "lint"),
        (14, 74, "evaluation.stages[1].secnds", "seconds"),
        (15, 12, "evaluation.stages[2].id", None),
        (15, 58, "evaluation.stages[2].file", "score.py"),
        (16, 76, "evaluation.stages[3].when", None),
        (18, 17, "models[0].api_key", "api_key_env"),
        (19, 23, "budget.evaluations", None),
        (20, 1, "color", None),
    ]
    assert {issue.file for issue in issues(folder)} == {str(folder / "problem.yaml")}


def test_a_message_says_what_was_expected_what_was_found_and_the_nearest_name(edit):
    issue = only_issue(edit("metric: value}", "metric: value, direction: maximise}"))
    assert str(issue).endswith(
        "problem.yaml:7:39: objective.direction: expected maximize or minimize, found 'maximise' "
        "(did you mean 'maximize'?)"
    )


def test_a_problem_is_loaded_from_its_folder_and_from_its_file_alike(folder):
    assert load(folder) == load(folder / "problem.yaml") == load(str(folder))
    problem = load(folder)
    assert problem.initial == {"initial.py": (folder / "initial.py").read_text()}
    assert problem.trusted == {"score.py": (folder / "score.py").read_text()}
    assert problem.objective.direction is Direction.MAXIMIZE
    assert problem.stages[1].options["inputs"] == {"n": 3}
    assert problem.stages[1].needs == ("lint",)
    assert problem.stages[1].visibility is Visibility.PUBLIC


def test_a_missing_definition_is_one_issue_with_its_path(tmp_path):
    issue = only_issue(tmp_path)
    assert issue.file == str(tmp_path / "problem.yaml")
    assert issue.found == "no such file or directory"


@pytest.mark.parametrize(
    ("text", "line", "column", "found"),
    [
        ("a: 1\n\tb: 2\n", 2, 1, "a tab"),
        ("a: [1, 2\n", 2, 1, "stream end"),
        ("a: b: c\n", 1, 5, "mapping values"),
        ("a: 1\n---\nb: 2\n", 2, 1, "another document"),
        ("a: 'x\x00'\n", 1, 6, "the character"),
        ("- 1\n", 1, 1, "a list of 1"),
        ("", 1, 1, "nothing"),
        ("[" * 500, 1, 1, "too deep"),
    ],
)
def test_what_is_no_yaml_mapping_is_refused_at_its_place(tmp_path, text, line, column, found):
    (tmp_path / "problem.yaml").write_text(text)
    issue = only_issue(tmp_path)
    assert (issue.line, issue.column) == (line, column)
    assert found in issue.found


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "problem.yaml").write_bytes(b"name: \xff\xfe")
    assert "UTF-8" in only_issue(tmp_path).expected


def test_a_key_twice_is_refused_at_the_second(edit):
    issue = only_issue(edit("statement: Make", "name: demo\nstatement: Make"))
    assert (issue.line, issue.column, issue.key) == (3, 1, "name")
    assert "line 2" in issue.found


@pytest.mark.parametrize("name", [r"\ud800", r"\ud800\udc00", r"\0"])
def test_a_name_that_no_file_can_have_is_an_issue(edit, name):
    folder = edit("initial.py", f'"{name}"')
    assert "program.files[0]" in [issue.key for issue in issues(folder)]


def test_aliases_that_unfold_without_end_are_refused(edit, monkeypatch):
    monkeypatch.setattr("problems.loader.MAX_NODES", 5000)  # the real bound takes a second to be met
    bomb = "inputs: {a: &a [1,1,1,1,1,1,1,1,1], b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]"
    for old, new in ("bc", "cd", "de", "ef", "fg"):
        bomb += f", {new}: &{new} [{', '.join([f'*{old}'] * 9)}]"
    folder = edit("inputs: {n: 3}", bomb + ", n: 3}")
    assert any("aliases unfolded" in issue.expected for issue in issues(folder))
    folder = edit(bomb, "inputs: {a: &a [*a]")
    assert any("aliases unfolded" in issue.expected for issue in issues(folder))


def test_numbers_follow_yaml_1_2(edit):
    problem = load(edit("{n: 3}", "{n: [0o17, 0x1f, 010, 1e3, -2, yes, 2020-01-01, ~, true]}"))
    assert problem.stages[1].options["inputs"] == {
        "n": [15, 31, 10, 1000.0, -2, "yes", "2020-01-01", None, True]
    }


@pytest.mark.parametrize("text", [".inf", "-.inf", ".nan", "1e999", "9" * 200])
def test_a_number_that_is_not_finite_is_one_mistake(edit, text):
    issue = only_issue(edit("{metric: value}", f"{{metric: value, target: {text}}}"))
    assert (issue.line, issue.key, issue.expected) == (7, "objective.target", "a finite number")


def test_a_tag_is_refused(edit):
    assert only_issue(edit("Make it", "!!python/name:os.system Make it")).found.endswith("os.system'")


@pytest.mark.parametrize(
    ("old", "new", "key", "expected"),
    [
        ("name: demo", "name: Demo", "name", "lower case"),
        ("name: demo", "name: ../demo", "name", "lower case"),
        ("schema: 1", "schema: true", "schema", "1"),
        ("schema: 1", "schema: 1.0", "schema", "1"),
        ("Make it large.", "' '", "statement", "not blank"),
        ("needs: [lint]", "needs: [lint, lint]", "evaluation.stages[1].needs[1]", "each id once"),
        ("name: demo\n", "", "name", "the key 'name'"),
        ("n: 3}", "n: 3}, seconds: 0", "evaluation.stages[1].seconds", "greater than 0"),
        ("n: 3}", "n: 3}, memory_mib: 1.5", "evaluation.stages[1].memory_mib", "a whole number"),
        ("n: 3}", "n: 3}, seconds: '4'", "evaluation.stages[1].seconds", "a number"),
        ("n: 3}", "n: 3}, optional: 1", "evaluation.stages[1].optional", "true or false"),
        ("n: 3}", "n: 3}, policy: compte", "evaluation.stages[1].policy", "compute or processes"),
        ("{n: 3}", "{n: 3, 3x: 1}", "evaluation.stages[1].inputs.3x", "a name of at most 64"),
        ("{n: 3}", "{n: 3, m: 1}", "evaluation.stages[1].inputs.m", "a parameter of solve"),
        (", inputs: {n: 3}", "", "evaluation.stages[1].inputs", "a value for n"),
        ("needs: [lint]", "needs: lint", "evaluation.stages[1].needs", "a list"),
        ("[initial.py]", "[/etc/passwd]", "program.files[0]", "inside the problem's folder"),
        ("[initial.py]", "[../initial.py]", "program.files[0]", "inside the problem's folder"),
        ("[initial.py]", "[initial.py, initial.py]", "program.files[1]", "each file once"),
        ("[initial.py]", "[initial.py, score.py]", "evaluation.stages[2].file", "not part of the program"),
        ("  entrypoint: solve\n", "", "program.entrypoint", "the function that the stage 'run' calls"),
        (
            "{metric: value}",
            "{metric: valeu}",
            "objective.metric",
            "a metric that a stage returns (size, value)",
        ),
        ("{metric: value}", "{metric: score.valeu}", "objective.metric", "(score.size, score.value)"),
        (
            "{metric: value}",
            "{metric: scorer.value}",
            "objective.metric",
            "a metric of a scorer (score.METRIC)",
        ),
        ("{metric: value}", "{metric: lint.linse}", "objective.metric", "lint.lines"),
        ("{metric: value}", "{metric: a-b}", "objective.metric", "STAGE.METRIC"),
        (
            "uses: sandbox.score, needs: [run], file: score.py",
            "uses: static.python",
            "objective.metric",
            "a sandbox.score stage",
        ),
        (
            "evaluation:",
            "descriptors: [{name: x, source: static.linse, low: 0, high: 1}]\nevaluation:",
            "descriptors[0].source",
            "static.lines",
        ),
        ("{id: lint,", "{id: static,", "evaluation.stages[1].needs[0]", "the id of a stage"),
        (
            "needs: [run]",
            "needs: [lint]",
            "evaluation.stages[2].needs",
            "sandbox.call or sandbox.command stage",
        ),
        ("file: score.py", "file: initial.py", "evaluation.stages[2].file", "not part of the program"),
        ("stages:", "image: Dockerfile\n  stages:", "evaluation.image", "a file at"),
    ],
)
def test_a_mistake_is_told_at_its_key(edit, old, new, key, expected):
    found = [issue for issue in issues(edit(old, new)) if issue.key == key]
    assert len(found) == 1
    assert expected in found[0].expected
    assert found[0].line is not None


@pytest.mark.parametrize(
    ("when", "found", "nearest"),
    [
        ("scor.value > 1", "'scor'", None),
        ("lin.value > 1", "'lin'", "lint"),
        ("score.value > 1", "'score'", None),
        ("lint.lines >", "the end", None),
    ],
)
def test_a_gate_reads_only_stages_that_come_before_it(edit, when, found, nearest):
    issue = only_issue(edit("inputs: {n: 3}", f"inputs: {{n: 3}}, when: '{when}'"))
    assert (issue.key, issue.found, issue.nearest) == ("evaluation.stages[1].when", found, nearest)


def test_a_metric_that_the_scorer_certainly_never_returns_is_refused_in_gates_and_descriptors(edit):
    edit(
        "file: score.py}",
        "file: score.py}\n    - {id: mark, uses: model.judge, needs: [score], rubric: Is it short?, "
        "metric: brevity, when: score.valu > 1}",
    )
    folder = edit(
        "evaluation:",
        "descriptors:\n  - {name: sise, low: 0, high: 1}\n"
        "  - {name: x, source: mark.brevty, low: 0, high: 1}\nevaluation:",
    )
    assert [(issue.key, issue.nearest) for issue in issues(folder)] == [
        ("descriptors[0].name", "size"),
        ("descriptors[1].source", "mark.brevity"),
        ("evaluation.stages[3].when", "score.value"),
    ]


@pytest.mark.parametrize(
    "scorer",
    [
        "def score(output, context):\n    result = {'a': 1.0}\n    return result\n",
        "def score(output, context):\n    return dict(a=1.0)\n",
        "def score(output, context):\n    return {'a': 1.0, **output}\n",
        "def wrap(f): return f\n@wrap\ndef score(output, context):\n    return {'a': 1.0}\n",
        "def score(output, context):\n    return {'a': 1.0}\nscore = print\n",
        "from elsewhere import score\n",
    ],
)
def test_metrics_that_only_running_the_scorer_can_tell_are_not_guessed(folder, scorer):
    (folder / "score.py").write_text(scorer)
    assert load(folder).objective.metric == "value"


def test_a_judge_is_never_alone_what_is_optimized(edit):
    edit("{metric: value}", "{metric: mark.judge}")
    folder = edit(
        "file: score.py}",
        "file: score.py}\n    - {id: mark, uses: model.judge, needs: [score], rubric: Short?}",
    )
    assert only_issue(folder).key == "objective.metric"
    assert load(folder, overrides={"objective.metric": "score.value"}).objective.metric == "score.value"


def test_a_judge_that_is_told_to_decide_may_be_what_is_optimized(edit):
    """Fails when it may without being told, or when its bare name is taken for a scorer's."""
    edit("{metric: value}", "{metric: mark.judge}")
    folder = edit(
        "file: score.py}",
        "file: score.py}\n    - {id: mark, uses: model.judge, needs: [score], rubric: Short?, judges: 3, "
        "decides: true}",
    )
    assert load(folder).objective.metric == "mark.judge"
    agreed = load(folder, overrides={"objective.metric": "mark.judge_agreement"})
    assert agreed.objective.metric == "mark.judge_agreement"
    with pytest.raises(ProblemError, match=r"objective.metric.*mark.judge"):
        load(folder, overrides={"objective.metric": "mark.juge"})


def test_cycles_are_named_each_once(edit):
    edit("id: lint, uses: static.python", "id: lint, uses: static.python, needs: [score]")
    folder = edit("needs: [run]", "needs: [run, score]")
    found = [(issue.key, issue.found) for issue in issues(folder)]
    assert found == [
        ("evaluation.stages[0].needs", "lint needs score needs run needs lint"),
        ("evaluation.stages[2].needs", "score needs score"),
    ]


@pytest.mark.parametrize("name", ["api_key", "apikey", "api-key", "key", "token"])
def test_a_key_in_a_model_is_refused_with_the_way_out_and_never_shown(folder, name):
    file = folder / "problem.yaml"
    file.write_text(f"{file.read_text()}models:\n  - {{name: m, {name}: sk-very-secret}}\n")
    with pytest.raises(ProblemError) as caught:
        load(folder)
    assert "api_key_env" in caught.value.issues[0].expected
    assert "sk-very-secret" not in str(caught.value)


def test_a_key_given_for_the_name_of_its_variable_is_not_shown(folder):
    file = folder / "problem.yaml"
    file.write_text(f"{file.read_text()}models:\n  - {{name: m, api_key_env: sk-very-secret}}\n")
    issue = only_issue(folder)
    assert (issue.line, issue.column) == (14, 28)
    assert "secret" not in str(issue)


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("# EVOLVE-BLOCK-START\ndef solve(n): pass\n", 1, "the end of the file"),
        ("def solve(n): pass\n  # EVOLVE-BLOCK-END\n", 2, "EVOLVE-BLOCK-END"),
        (
            "# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-START\ndef solve(n): pass\n# EVOLVE-BLOCK-END\n",
            2,
            "a second",
        ),
    ],
)
def test_a_marker_without_a_partner_is_refused_in_its_own_file(folder, text, line, found):
    (folder / "initial.py").write_text(text)
    issue = only_issue(folder)
    assert (issue.file, issue.line) == (str(folder / "initial.py"), line)
    assert found in issue.found


def test_markers_of_any_language_count_and_a_mention_in_code_does_not(folder):
    (folder / "initial.py").write_text('TEXT = "EVOLVE-BLOCK-START"\ndef solve(n): pass\n')
    (folder / "kernel.c").write_text("// EVOLVE-BLOCK-START\nint x;\n/* EVOLVE-BLOCK-END */\n")
    file = folder / "problem.yaml"
    file.write_text(file.read_text().replace("[initial.py]", "[initial.py, kernel.c]"))
    assert list(load(folder).initial) == ["initial.py", "kernel.c"]


@pytest.mark.parametrize("name", ["initial.py", "score.py"])
def test_a_syntax_error_is_told_in_its_own_file(folder, name):
    (folder / name).write_text("x = 1\ndef broken(:\n")
    issue = only_issue(folder)
    assert (issue.file, issue.line, issue.column) == (str(folder / name), 2, 12)


def test_a_score_file_without_score_is_refused(folder):
    (folder / "score.py").write_text("def scores(a, b):\n    return {}\n")
    issue = only_issue(folder)
    assert (issue.key, issue.nearest) == ("evaluation.stages[2].file", "scores")


def test_a_folder_gives_its_files_sorted_without_hidden_ones(folder):
    package = folder / "code"
    (package / "__pycache__").mkdir(parents=True)
    for name in ("b.py", "a.py", ".hidden", "__pycache__/a.pyc"):
        (package / name).write_text("def solve(n): pass\n")
    file = folder / "problem.yaml"
    file.write_text(file.read_text().replace("[initial.py]", "[code]"))
    assert list(load(folder).initial) == ["code/a.py", "code/b.py"]


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.py"
    outside.write_text("def solve(n): pass\n")
    (folder / "initial.py").unlink()
    (folder / "initial.py").symlink_to(outside)
    assert "inside the problem's folder" in only_issue(folder).expected


def test_what_a_scorer_imports_from_beside_it_is_trusted_too(folder):
    (folder / "helper.py").write_text("import deeper\n")
    (folder / "deeper.py").write_text("import math\n")
    (folder / "unused.py").write_text("")
    (folder / "score.py").write_text(
        "from helper import x\n\ndef score(output, context):\n    return x(output)\n"
    )
    assert sorted(load(folder).trusted) == ["deeper.py", "helper.py", "score.py"]


def test_a_program_may_be_left_to_a_model(edit):
    problem = load(edit("  files: [initial.py]\n", ""))
    assert problem.initial == {}


def test_overrides_are_checked_like_the_file_and_named_for_what_they_are(folder):
    problem = load(
        folder,
        overrides={
            "search.islands": "3",
            "evaluation.stages[1].seconds": "2.5",
            "evaluation.stages.score.seconds": "7",
            "models[0].name": "embedded",
            "objective": "{metric: size, direction: minimize}",
        },
    )
    assert problem.search.islands == 3
    assert [stage.options["seconds"] for stage in problem.stages[1:]] == [2.5, 7.0]
    assert problem.models[0].name == "embedded"
    assert problem.objective.metric == "size"

    found = issues(
        folder,
        overrides={
            "search.islnds": "3",
            "search.islands": "many",
            "evaluation.stages.runn.seconds": "1",
            "name": "[",
            "budget.dollars": ".inf",
            "a..b": "1",
        },
    )
    assert {(issue.file, issue.line) for issue in found} == {("--set", None)}
    assert {(issue.key, issue.nearest) for issue in found} == {
        ("search.islnds", "islands"),
        ("search.islands", None),
        ("evaluation.stages.runn", "run"),
        ("name", None),
        ("budget.dollars", None),
        ("a..b", None),
    }


def test_the_digest_changes_with_what_decides_a_score_and_with_nothing_else(folder):
    digest = load(folder).digest
    seen = []
    for key, value in [
        ("evaluation.stages.run.seconds", "3"),
        ("evaluation.stages.run.inputs.n", "4"),
        ("evaluation.repeat.times", "2"),
        ("evaluation.repeat", "{times: 9}"),
        ("evaluation.repeat", "{times: 9, confidence: 0.9}"),
        ("evaluation.repeat", "{times: 9, confidence: 0.95}"),
        ("evaluation.repeat", "{times: 9, confidence: 0.9, at_least: 4}"),
        ("evaluation.repeat", "{times: 9, confidence: 0.9, precision: 0.1}"),
        ("evaluation.image", "other:latest"),
        ("objective.direction", "minimize"),
        ("objective.metric", "size"),
        ("descriptors", "[{name: size, low: 0, high: 1}]"),
    ]:
        seen.append(load(folder, overrides={key: value}).digest)
    assert len({digest, *seen}) == len(seen) + 1
    for key, value in [
        ("name", "other"),
        ("evaluation.confirm", "false"),
        ("evaluation.pools", "{slow: 2}"),
        ("search.islands", "4"),
        ("budget.dollars", "1"),
        ("objective.target", "9"),
    ]:
        assert load(folder, overrides={key: value}).digest == digest, key
    pooled = {"evaluation.pools": "{slow: 2}", "evaluation.stages.run.pool": "slow"}
    assert load(folder, overrides=pooled).digest == digest
    (folder / "initial.py").write_text("def solve(n):\n    return -n\n")
    assert load(folder).digest == digest
    (folder / "score.py").write_text("def score(output, context):\n    return {'value': 2.0}\n")
    assert load(folder).digest != digest


def test_the_digest_changes_with_the_dockerfile(folder):
    (folder / "Dockerfile").write_text("FROM a\n")
    before = load(folder, overrides={"evaluation.image": "Dockerfile"}).digest
    (folder / "Dockerfile").write_text("FROM b\n")
    assert load(folder, overrides={"evaluation.image": "Dockerfile"}).digest != before


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["id", "uses", "needs", "when", "file", "name", "x"]), inner, max_size=3
        )
    ),
    max_leaves=5,
)
_keys = st.sampled_from(
    [
        *(
            "schema",
            "name",
            "statement",
            "program",
            "program.files",
            "objective",
            "objective.metric",
            "reference",
        ),
        *("descriptors", "descriptors[0].source", "evaluation", "evaluation.stages", "evaluation.stages[1]"),
        *("evaluation.stages[2].needs", "evaluation.stages[1].when", "evaluation.stages[1].inputs"),
        *("models", "models[0]", "budget"),
    ]
)


@pytest.fixture(scope="module")
def steady(tmp_path_factory, definition):
    folder = tmp_path_factory.mktemp("steady")
    (folder / "problem.yaml").write_text(definition)
    (folder / "initial.py").write_text("def solve(n):\n    return n\n")
    (folder / "score.py").write_text("def score(output, context):\n    return {'value': 1.0}\n")
    return folder


@given(st.dictionaries(_keys, _values, max_size=3))
def test_whatever_stands_in_a_document_it_is_a_problem_or_issues_with_words(steady, changes):
    overrides = {key: json.dumps(value) for key, value in changes.items()}
    try:
        load(steady, overrides=overrides)
    except ProblemError as error:
        found = error.issues
    else:
        return
    assert found
    assert all(issue.expected and issue.found for issue in found)
