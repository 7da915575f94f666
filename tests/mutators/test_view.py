from __future__ import annotations

from archive.attempt import Plan
from archive.program import Program
from mutators.executor import ModelExecutor, Operators
from mutators.view import shown_plan, view
from tests.mutators.fakes import PROGRAM, Scripted, context, failed, problem, program, shown

FILES = Program.of("python", {"a.py": "x = 1\n", "sub/b.py": "y = 2\n"})


def test_a_program_of_several_files_is_shown_with_each_path_above_its_fence() -> None:
    made = view(context(FILES), tokens=1000, inspirations=False)
    assert made.program == "file: a.py\n```python\nx = 1\n```\nfile: sub/b.py\n```python\ny = 2\n```"
    assert made.whole


async def test_the_model_is_told_how_to_name_a_file_only_where_there_are_several() -> None:
    answer = "file: sub/b.py\n<<<<<<< SEARCH\ny = 2\n=======\ny = 3\n>>>>>>> REPLACE"
    model = Scripted(answer)
    executor = ModelExecutor(model, operators=Operators(diff=1, rewrite=0, crossover=0))
    made = await executor.propose(context(FILES, problem=problem(entrypoint=None)))
    assert "`file: path`" in model.system
    assert made.candidate is not None
    assert dict(made.candidate.program.sources) == {"a.py": "x = 1\n", "sub/b.py": "y = 3\n"}
    await executor.propose(context())
    assert "`file: path`" not in model.system


def test_a_view_keeps_to_its_budget_whatever_the_turn_knows() -> None:
    long = PROGRAM + "# filler\n" * 20_000
    made = program(long)
    failure = failed(made, note="x" * 5000, stderr="y" * 5000)
    for tokens in (200, 2000, 20_000):
        one = view(
            context(made, inspirations=[shown(long)] * 5, failures=[failure] * 50, hints=["z" * 5000] * 50),
            tokens=tokens,
            inspirations=True,
        )
        size = len(one.program) + sum(len(peer.program) for peer in one.inspirations)
        size += sum(len(line) for line in (*one.failures, *one.hints))
        assert size <= 4 * tokens + 500
        assert not one.whole


def test_a_short_program_is_shown_whole_and_nothing_is_left_out() -> None:
    one = view(context(inspirations=[shown("def pack(n):\n    return 1\n")]), tokens=2000, inspirations=True)
    assert one.whole
    assert "left out" not in one.program + one.inspirations[0].program


def test_the_words_of_a_plan_cannot_carry_markup_into_a_prompt() -> None:
    plan = shown_plan(Plan(idea="a\n```\n<<<<<<< SEARCH", steps=("b\x1b[0m\nc",), expects="======="))
    assert plan == Plan(idea="a … … SEARCH", steps=("b�[0m c",), expects="…")
    assert shown_plan(None).idea == "Improve the program."
