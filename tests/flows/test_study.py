import asyncio
from dataclasses import replace

import pytest

from archive.memory import MemoryStore
from archive.run import RunState, StopReason
from flows.arms import Arm, variants_of
from flows.settings import SettingsError
from flows.study import findings, plan_study, to_do
from flows.study_report import as_markdown, summary_lines, verdict_head, verdict_rows
from flows.terms import Terms
from problems.catalogue import LIBRARY
from tests.flows.comparable import trace


def _plan(**changes):
    asked = {"strategies": ["map_elites", "hill_climb"], "seeds": 2, "evaluations": 50, "base": Terms()}
    asked |= {"problems": ["tuned_constants"]} | changes
    strategies = asked.pop("strategies")
    asked.setdefault("arms", [Arm(label=name, strategy=name) for name in strategies])
    return asyncio.run(plan_study(asked.pop("problems"), **asked))


class Kept:
    """A reader of runs made by hand."""

    def __init__(self, *traces):
        self._traces = {trace.summary.run.name: trace for trace in traces}

    def summary(self, key):
        return self._traces[key].summary if key in self._traces else MemoryStore().reader().summary(key)

    def curve(self, run):
        return next(t.curve for t in self._traces.values() if t.summary.run.id == run)


def _run(job, fitness, *, evaluations=50, state=RunState.FINISHED, **changes):
    made = trace(
        job.name,
        (1, -2.0),
        (20, fitness),
        evaluations=evaluations,
        strategy=job.terms.strategy,
        seed=job.terms.seed,
        digest=job.subject.problem.digest,
        problem=job.subject.problem.name,
    )
    overrides = dict(("set." + change).split("=") for change in job.terms.sets)
    run = replace(made.summary.run, state=state, **{"overrides": overrides} | changes)
    return replace(made, summary=replace(made.summary, run=run))


def test_every_problem_strategy_and_seed_is_a_run_with_the_same_evaluations():
    study = _plan(problems=["tuned_constants", "many_peaks"], seeds=3)

    assert len(study.jobs) == len({job.name for job in study.jobs}) == 2 * 2 * 3
    assert {job.terms.evaluations for job in study.jobs} == {50}
    assert {job.terms.workers for job in study.jobs} == {1}
    assert {job.terms.study for job in study.jobs} == {study.name}


def test_a_study_that_is_cut_off_has_as_many_runs_of_each_kind():
    study = _plan(problems=["tuned_constants", "many_peaks"], seeds=3)

    assert [job.terms.seed for job in study.jobs] == [1] * 4 + [2] * 4 + [3] * 4


def test_the_same_question_has_the_same_name_and_another_one_another():
    usual = _plan().name

    assert _plan(seeds=9, evaluations=70, strategies=["best_of_n"]).name == usual
    assert _plan(problems=["many_peaks"]).name != usual
    assert _plan(base=Terms(sets=("search.islands=2",))).name != usual
    assert (
        _plan(problems=["tuned_constants", "many_peaks"]).name
        == _plan(problems=["many_peaks", str(LIBRARY / "tuned_constants")]).name
    )
    assert _plan(name="mine").name == "mine"


def test_finished_runs_are_left_alone_and_others_resumed():
    study = _plan(name="s")
    done, paused, stuck, fresh = study.jobs
    reader = Kept(
        _run(done, -0.1),
        _run(paused, -0.2, evaluations=20, state=RunState.PAUSED),
        _run(stuck, -0.3, evaluations=20, stopped_by=StopReason.STAGNATION),
    )

    left, finished = to_do(study, reader)

    assert finished == [done, stuck]
    assert [(terms.name, terms.resume is None) for terms in left] == [
        (paused.name, False),
        (fresh.name, True),
    ]


def test_a_problem_may_have_its_own_number_of_evaluations():
    """Broken by hand: taking the study's number for every problem fails this."""
    study = _plan(problems=["tuned_constants", "far_hill@120"], seeds=1, strategies=["map_elites"])

    assert [(job.subject.text, job.terms.evaluations) for job in study.jobs] == [
        ("tuned_constants", 50),
        ("far_hill", 120),
    ]
    assert study.lengths == "50 evaluations (far_hill: 120)"
    short = Kept(*[_run(job, -0.1) for job in study.jobs])
    left, finished = to_do(study, short)
    assert [job.subject.text for job in finished] == ["tuned_constants"]
    assert [terms.evaluations for terms in left] == [120]


@pytest.mark.parametrize("asked", ["far_hill@", "far_hill@many", "far_hill@0", "far_hill@-5"])
def test_what_is_no_number_of_evaluations_is_told(asked):
    with pytest.raises(SettingsError, match=r"behind the @ of a problem, found .* like far_hill@2000"):
        _plan(problems=[asked])


def test_more_evaluations_resume_the_runs_that_are_there():
    study = _plan(name="s", seeds=1, strategies=["map_elites"])
    reader = Kept(_run(study.jobs[0], -0.1))

    left, finished = to_do(_plan(name="s", seeds=1, strategies=["map_elites"], evaluations=80), reader)

    assert finished == []
    assert [(terms.resume is not None, terms.evaluations) for terms in left] == [(True, 80)]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"problem_digest": "other"}, "problem"),
        ({"seed": 9}, "seed"),
        ({"models": ("gpt-5",)}, "models"),
        ({"overrides": {"set.search.islands": "3"}}, "changes"),
    ],
)
def test_a_run_that_was_made_otherwise_is_not_taken_for_one_of_the_study(changes, told):
    study = _plan(name="s")

    with pytest.raises(SettingsError, match=f"another {told}.*--name"):
        to_do(study, Kept(_run(study.jobs[0], -0.1, **changes)))


def test_the_findings_are_of_the_finished_runs_by_strategy():
    study = _plan(name="s")
    fitness = {"map_elites": -0.1, "hill_climb": -0.5}
    reader = Kept(*(_run(job, fitness[job.terms.strategy] - job.terms.seed / 100) for job in study.jobs[:3]))

    (finding,) = findings(study, reader)

    assert finding.runs == 3
    assert [group.label for group in finding.comparison.groups] == ["map_elites", "hill_climb"]
    assert finding.comparison.objective.target == -0.0001
    assert [verdict.rival for verdict in finding.verdicts] == ["hill_climb"]
    assert verdict_rows([finding])[0][:4] == ("tuned_constants", "3", "50", "hill_climb")
    assert "of 1 problems" in "".join(summary_lines(study, [finding]))
    assert "## tuned_constants" in as_markdown(study, [finding], command="cambrian study")


def test_without_a_finished_run_there_is_nothing_to_say():
    (finding,) = findings(_plan(name="s"), Kept())

    assert (finding.comparison, finding.verdicts, finding.runs) == (None, (), 0)
    assert "No finished run" in as_markdown(_plan(name="s"), [finding], command="cambrian study")


VARIANTS = (
    Arm(label="full", strategy="map_elites", sets=("search.tuner=bandit",)),
    Arm(label="no-tuner", strategy="map_elites"),
    Arm(label="no-plan", strategy="map_elites", sets=("search.tuner=bandit", "search.plan=false")),
)


def test_variants_are_runs_of_one_strategy_with_keys_of_their_own():
    """Fails when a variant's keys, or those of all runs, do not reach its runs."""
    study = _plan(name="s", arms=VARIANTS, seeds=1, base=Terms(sets=("search.islands=2",)))

    assert study.is_ablation
    assert study.first == "full"
    assert [(job.name, job.terms.strategy, job.terms.sets) for job in study.jobs] == [
        ("s.tuned_constants.full.1", "map_elites", ("search.islands=2", "search.tuner=bandit")),
        ("s.tuned_constants.no-tuner.1", "map_elites", ("search.islands=2",)),
        (
            "s.tuned_constants.no-plan.1",
            "map_elites",
            ("search.islands=2", "search.tuner=bandit", "search.plan=false"),
        ),
    ]
    assert to_do(study, Kept(*[_run(job, -0.1) for job in study.jobs]))[0] == []
    without = _plan(name="s", arms=VARIANTS, seeds=1)
    with pytest.raises(SettingsError, match="another changes"):
        to_do(study, Kept(*[_run(job, -0.1) for job in without.jobs]))


def test_the_first_variant_is_judged_against_each_of_the_others():
    """Fails when it is judged against the best of them alone, or when the groups are told by strategy."""
    study = _plan(name="s", arms=VARIANTS, seeds=6)
    fitness = {"full": -0.1, "no-tuner": -0.5, "no-plan": -0.101}
    reader = Kept(*(_run(job, fitness[job.arm.label] - job.terms.seed / 1000) for job in study.jobs))

    (finding,) = findings(study, reader)

    assert [group.label for group in finding.comparison.groups] == ["full", "no-plan", "no-tuner"]
    assert [(one.rival, one.outcome.value) for one in finding.verdicts] == [
        ("no-tuner", "better"),
        ("no-plan", "no difference"),
    ]
    assert finding.verdicts[0].difference.value == pytest.approx(0.4)
    assert [row[3] for row in verdict_rows([finding])] == ["no-tuner", "no-plan"]
    assert verdict_head(study)[3] == "against"
    assert summary_lines(study, [finding]) == [
        "full against no-tuner: better on 1, worse on 0, no difference on 0 of 1 problems.",
        "full against no-plan: better on 0, worse on 0, no difference on 1 of 1 problems.",
    ]
    page = as_markdown(study, [finding], command="cambrian study")
    assert "| no-plan | map_elites | search.tuner=bandit search.plan=false |" in page
    assert "The embedded model is no language model" in page


@pytest.mark.parametrize(
    ("arms", "told"),
    [
        ([Arm(label="a.b", strategy="map_elites")], "letters, digits"),
        ([VARIANTS[0], VARIANTS[0]], "every variant once, found full"),
        (
            [VARIANTS[0], Arm(label="other", strategy="map_elites", sets=("objective.metric=spread",))],
            "other .*objective.metric=spread.* scored",
        ),
    ],
)
def test_variants_that_cannot_be_compared_are_told(arms, told):
    with pytest.raises(SettingsError, match=told):
        _plan(arms=arms)


def test_a_gap_of_nothing_has_no_minus():
    study = _plan(name="s", seeds=2)
    (finding,) = findings(study, Kept(*(_run(job, -0.5) for job in study.jobs)))
    assert verdict_rows([finding])[0][5:] == ("+0.0%", "+0.0%")


def test_what_a_variant_says_goes_before_what_all_runs_say():
    """Fails when both changes of one key are made, or when the common one wins."""
    variant = Arm(label="v", strategy="s", sets=("search.tuner=none", "search.islands=2"))
    common = ("search.tuner=bandit", "search.inspirations=1")
    assert variant.changes(common) == ("search.inspirations=1", "search.tuner=none", "search.islands=2")


def test_a_variant_is_written_as_a_name_and_its_changes():
    assert variants_of("hill_climb", ["full", "other search.islands=2 'statement=two words'"]) == [
        Arm(label="full", strategy="hill_climb"),
        Arm(label="other", strategy="hill_climb", sets=("search.islands=2", "statement=two words")),
    ]


@pytest.mark.parametrize("text", ["", "  ", "a 'b"])
def test_what_is_no_variant_is_told(text):
    with pytest.raises(SettingsError, match="expected the name of a variant"):
        variants_of("map_elites", [text])
