from __future__ import annotations

import importlib.metadata
import json
from dataclasses import replace

from evaluators.compose import build_pipeline
from evaluators.provenance import recipe_of
from problems.problem import Repeat, StageSpec
from tests.evaluators.fakes import JUDGED, LINT, RUN, InProcess, problem, program


class Late(InProcess):
    """Knows its identity only once it is started."""

    def __init__(self, name):
        super().__init__()
        self._name = name
        self.is_started = False

    @property
    def identity(self):
        assert self.is_started
        return self._name


async def test_an_evaluation_names_all_that_is_needed_to_find_it_again():
    sandboxes = Late("image a"), Late("image b")
    run = replace(RUN, options={"inputs": {"n": 4}, "seconds": 3.0, "policy": "compute"})
    pipe = build_pipeline(problem(stages=(LINT, run, JUDGED)), *sandboxes)
    for sandbox in sandboxes:
        sandbox.is_started = True
    told = (await pipe.evaluate(program(), 17)).provenance
    assert (told.seed, told.replicas, told.confirmed) == (17, 1, False)
    assert (told.candidates, told.scorers) == ("image a", "image b")
    assert told.version == importlib.metadata.version("cambrian")
    assert list(told.stages) == ["lint", "run", "score"]
    assert json.loads(told.stages["run"]) == {
        "kind": "sandbox.call",
        "version": 1,
        "options": {"inputs": {"n": 4}, "policy": "compute", "seconds": 3.0},
    }
    assert "\n" not in "".join(told.stages.values())


async def test_a_failure_has_a_provenance_too():
    found = await build_pipeline(problem(), InProcess(), InProcess()).evaluate(program("def f(:"), 3)
    assert (found.provenance.seed, found.provenance.replicas) == (3, 1)


async def test_replicas_are_counted():
    asked = problem(repeat=Repeat(times=5))
    pipe = build_pipeline(asked, InProcess(), InProcess())
    assert (await pipe.evaluate(program(), 3)).provenance.replicas == 5


async def test_recipes_are_made_once_for_all_evaluations():
    pipe = build_pipeline(problem(), InProcess(), InProcess())
    told = [
        (await pipe.evaluate(program(f"def solve(n): return [{number}]"), 1)).provenance for number in "12"
    ]
    assert told[0].stages is told[1].stages


def test_the_order_of_options_makes_no_other_recipe_but_that_of_inputs_does():
    class Any:
        version = 1

        def __init__(self, **options):
            self.spec = StageSpec(id="run", uses="sandbox.call", options=options)

    ordered = recipe_of(Any(seconds=1.0, inputs={"a": 1, "b": 2}))
    assert recipe_of(Any(inputs={"a": 1, "b": 2}, seconds=1.0)) == ordered
    assert recipe_of(Any(seconds=1.0, inputs={"b": 2, "a": 1})) != ordered
