"""A score looked at again: the same program, in fresh sandboxes, under its own seed and under others."""

from __future__ import annotations

import asyncio
import difflib
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from archive.evaluation import Evaluation, Provenance
from archive.program import Program, ProgramId
from archive.run import Run
from archive.sql.reader import open_reader
from archive.store import Reader, UnknownRun
from evaluators.compose import build_pipeline
from evaluators.stages.delayed import REPORTED, Reported
from evaluators.stages.judge import Judge, JudgeError, ModelJudge
from flows.confirming import outcome
from flows.definition import problem_of_run
from flows.sandboxes import open_sandboxes
from problems.errors import CambrianError
from problems.problem import Problem, Reference

__all__ = ["Claim", "NothingToVerify", "Verification", "claim_of", "verify"]

_RUNS_NAMED = 200
"""Newest runs among whose names the nearest is looked for."""


class NothingToVerify(CambrianError):
    """A run has no score that could be looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A stored score that is to be looked at again.

    Attributes:
        run: whose score it is.
        program: what was scored.
        stored: the score.
    """

    run: Run
    program: Program
    stored: Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What became of a claim.

    Attributes:
        claim: what was stored.
        again: each seed with what was found under it; the claim's own seed first.
        reproduced: whether the claim's own seed gave the same verdict, fitness and descriptors; for a problem
            that does without confirmation, whether the claim lies no farther above what was found now than
            that is wide.
        holds: whether it is reproduced, under a problem that did not change, and a valid program is valid
            under every seed.
        sandbox: line on the sandbox in force.
        image: where the program ran now.
        differs: what is not as it was then, a sentence each.
        reference: the best value known.
        gap: what is missing to it, on the axis where larger is better; negative beyond it.
    """

    claim: Claim
    again: tuple[tuple[int, Evaluation], ...]
    reproduced: bool
    holds: bool
    sandbox: str
    image: str
    differs: tuple[str, ...]
    reference: Reference | None
    gap: float | None


def claim_of(key: str, url: str) -> Claim:
    """The score of a run's best program, or of any program.

    Args:
        key: a run by name, id or prefix of it; or a program by id or a prefix of 6 digits or more. A program
            that several runs scored stands for the newest of them.
        url: of the archive.

    Raises:
        UnknownRun: there is neither; the nearest name is told.
        NothingToVerify: the run has no valid program yet.
    """
    reader = open_reader(url)
    try:
        try:
            summary = reader.summary(key)
        except UnknownRun:
            return _claim_of_program(reader, key)
        if summary.best is None:
            raise NothingToVerify(f"run {summary.run.name} has no valid program yet")
        return _claim(reader, summary.run, summary.best.program)
    finally:
        reader.close()


async def verify(claim: Claim, *, seeds: int, sandbox: str) -> Verification:
    """Score a program again, each time in containers (or processes) that ran nothing before.

    Args:
        claim: what was stored.
        seeds: how many other seeds.
        sandbox: ``docker``, ``process``, or ``auto`` for the kind in which it was scored.

    Raises:
        SandboxError: no sandbox could be started, or it failed.
        ScorerError: the problem's own scorer is broken.
        ProblemError: the problem's files are gone or wrong.
    """
    run, stored = claim.run, claim.stored
    problem = await asyncio.to_thread(problem_of_run, run, changed=True)
    own = run.seed if stored.provenance is None else stored.provenance.seed
    wanted = _kind(claim) if sandbox == "auto" else sandbox
    async with open_sandboxes(
        problem,
        wanted=wanted,
        trusted_author=run.models == ("embedded",),
        slots=1,
        say=lambda text: None,
        jobs_per_slot=1,
    ) as pair:
        build = partial(
            build_pipeline,
            candidate_sandbox=pair.candidates,
            scorer_sandbox=pair.scorers,
            judge=_stored_opinions(problem, stored),
            reported=_stored_reports(problem, stored),
            trust_scorer=True,
        )
        same, other = build(_with_replicas(problem, stored.provenance)), build(problem)
        again = [(own, await same.evaluate(claim.program, own))]
        again += [
            (seed, await other.evaluate(claim.program, seed)) for seed in _other_seeds(claim.program, seeds)
        ]
        image = pair.candidates.identity
    reproduced = _is_reproduced(problem, stored, [found for _, found in again])
    sound = all(found.is_valid for _, found in again) or not stored.is_valid
    reference = problem.reference
    utility = problem.objective.utility
    return Verification(
        claim=claim,
        again=tuple(again),
        reproduced=reproduced,
        holds=reproduced and sound and problem.digest == run.problem_digest,
        sandbox=pair.notice,
        image=image,
        differs=tuple(_differences(claim, problem, again[0][1], image)),
        reference=reference,
        gap=None
        if reference is None or again[0][1].fitness is None
        else utility(reference.best_known) - utility(again[0][1].fitness),
    )


def _claim_of_program(reader: Reader, key: str) -> Claim:
    try:
        program = reader.program(key)
    except UnknownRun as error:
        names = [summary.run.name for summary in reader.runs()[:_RUNS_NAMED]]
        if not names or str(error).startswith("several"):
            raise
        near = difflib.get_close_matches(key, ["last", *names], n=1)
        hint = f"; the nearest is the run {near[0]}" if near else ""
        raise UnknownRun(f"there is no run and no program {key!r}{hint}") from None
    births = reader.births(program.id)
    if not births:
        raise UnknownRun(f"program {program.id[:12]} belongs to no run, so no score of it is stored")
    return _claim(reader, reader.summary(births[-1].run).run, program.id)


def _claim(reader: Reader, run: Run, program: str) -> Claim:
    stored = reader.evaluation(run.id, program)
    if stored is None:
        raise UnknownRun(f"run {run.name} holds no score of program {program[:12]}; `cambrian db verify`")
    return Claim(run=run, program=reader.program(program), stored=stored)


def _kind(claim: Claim) -> str:
    """The kind of sandbox in which a claim was scored; what its run asked for where that was not kept."""
    provenance = claim.stored.provenance
    kind = "" if provenance is None else provenance.candidates.partition(" ")[0]
    return kind if kind in ("docker", "process") else claim.run.sandbox


def _with_replicas(problem: Problem, provenance: Provenance | None) -> Problem:
    """The problem with just as many replicas as a score was made of, however early they were stopped then."""
    if provenance is None or problem.repeat.times == 1:
        return problem
    return replace(problem, repeat=replace(problem.repeat, times=provenance.replicas, confidence=None))


def _other_seeds(program: Program, number: int) -> list[int]:
    """Seeds that nothing in a run has used, the same each time a program is verified."""
    digests = [hashlib.sha256(f"verify:{program.id}:{place}".encode()).digest() for place in range(number)]
    return [int.from_bytes(digest[:4], "big") >> 1 for digest in digests]


def _stored_opinions(problem: Problem, stored: Evaluation) -> Judge:
    """A judge that repeats what models said then: opinions are not what is verified, and cost money."""
    results = {result.stage: result.metrics for result in stored.stages}
    said: dict[str, float] = {}
    for spec in problem.stages:
        if spec.uses == "model.judge":
            metric = ModelJudge(spec=spec, judge=None).metric
            if metric in results.get(spec.id, {}):
                said[str(spec.options.get("rubric", ""))] = results[spec.id][metric]

    async def judge(
        rubric: str,
        program_text: str,
        metrics: Mapping[str, float],
        *,
        number: int = 0,
        model: str | None = None,
    ) -> float:
        # The mark stands for each of the opinions that it is the median of.
        del program_text, metrics, number, model
        if rubric not in said:
            raise JudgeError("no opinion was stored with the score")
        return said[rubric]

    return judge


def _stored_reports(problem: Problem, stored: Evaluation) -> Reported:
    """Looks up what was reported for `delayed` stages in the stored score itself."""
    results = {result.stage: result.metrics for result in stored.stages}
    known = {
        str(spec.options.get("metric")): results[spec.id].get(str(spec.options.get("metric")))
        for spec in problem.stages
        if spec.uses == "delayed" and results.get(spec.id, {}).get(REPORTED)
    }

    async def reported(program: ProgramId, metric: str) -> float | None:
        del program
        return known.get(metric)

    return reported


def _is_reproduced(problem: Problem, stored: Evaluation, again: list[Evaluation]) -> bool:
    first = again[0]
    if outcome(problem, first) == outcome(problem, stored):
        return True
    if problem.confirm or stored.fitness is None or first.fitness is None:
        return False
    utility = problem.objective.utility
    found = [utility(one.fitness) for one in again if one.fitness is not None]
    return utility(stored.fitness) <= max(found) + (max(found) - min(found))


def _differences(claim: Claim, problem: Problem, now: Evaluation, image: str) -> Iterator[str]:
    """What is not as it was when the score was stored."""
    run, then = claim.run, claim.stored.provenance
    if problem.digest != run.problem_digest:
        yield (
            f"the problem's files in {run.problem_path} score otherwise than when the run began (digest "
            f"{run.problem_digest[:12]} then, {problem.digest[:12]} now)"
        )
    if then is None:
        yield "how the score came about was not recorded"
        return
    if then.candidates and then.candidates != image:
        yield f"the sandbox was {then.candidates} then and is {image} now"
    if now.provenance is None:
        return
    if then.version and then.version != now.provenance.version:
        yield f"Cambrian was {then.version} then and is {now.provenance.version} now"
    if then.replicas != now.provenance.replicas:
        yield f"the score was made of {then.replicas} replicas then and {now.provenance.replicas} now"
    yield from _changed_recipes(then.stages, now.provenance.stages)


def _changed_recipes(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for stage in dict.fromkeys([*then, *now]):
        if stage not in now:
            yield f"stage {stage} is no more"
        elif stage not in then:
            yield f"stage {stage} is new"
        elif then[stage] != now[stage]:
            before, after = json.loads(then[stage]), json.loads(now[stage])
            parts = [
                f"{key} {json.dumps(before.get(key))} then, {json.dumps(after.get(key))} now"
                for key in dict.fromkeys([*before, *after])
                if before.get(key) != after.get(key)
            ]
            yield f"stage {stage}: {'; '.join(parts)}"
