from dataclasses import replace
from types import SimpleNamespace

import pytest

from archive.store import UnknownRun
from flows.traces import read_trace, read_traces
from tests.flows.comparable import trace


class Kept:
    """A reader of runs made by hand; the metric of a program is worth a tenth of its number."""

    def __init__(self, *traces, lacking=()):
        self._traces = traces
        self._lacking = lacking

    def summary(self, key):
        for kept in self._traces:
            if key in (kept.summary.run.name, kept.summary.run.id):
                return kept.summary
        raise UnknownRun(f"there is no run {key!r}")

    def runs(self):
        return [kept.summary for kept in reversed(self._traces)]

    def curve(self, run):
        return next(kept.curve for kept in self._traces if kept.summary.run.id == run)

    def evaluation(self, run, program):
        if program in self._lacking:
            return None
        return SimpleNamespace(metrics={"truth.worth": int(program[1:]) / 10})


def _of_study(made, name):
    return replace(made, summary=replace(made.summary, run=replace(made.summary.run, study=name)))


A, B = (_of_study(trace(name, (1, 5.0), (20, 9.0)), "s") for name in "ab")
C = trace("c", (1, 1.0), problem="tours")


def _names(traces):
    return [kept.summary.run.name for kept in traces]


def test_the_name_of_a_study_stands_for_its_runs_and_no_run_comes_twice():
    assert _names(read_traces(Kept(A, B, C), ["c", "s", "a"])) == ["c", "a", "b"]


def test_what_is_neither_run_nor_study_is_unknown():
    with pytest.raises(UnknownRun, match="'nobody'"):
        read_traces(Kept(A), ["nobody"])


def test_runs_of_one_problem_can_be_chosen():
    assert _names(read_traces(Kept(A, C), ["a", "c"], problem="tours")) == ["c"]
    with pytest.raises(UnknownRun, match="they are of dials"):
        read_traces(Kept(A), ["a"], problem="tours")


def test_a_run_is_judged_by_what_its_best_programs_are_worth_by_another_metric():
    judged = read_trace(Kept(A), A.summary, by="truth.worth")

    assert judged.by == "truth.worth"
    assert [point.fitness for point in judged.curve] == [0.1, 2.0]


def test_a_metric_that_a_program_lacks_leaves_the_fitness():
    judged = read_trace(Kept(A, lacking=("p20",)), A.summary, by="truth.worth")

    assert judged == A
