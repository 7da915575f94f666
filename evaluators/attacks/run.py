"""The whole set of attacks on one problem, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from archive.evaluation import Evaluation
from archive.program import Program
from evaluators.attacks.attack import Attack, Kind, Trait
from evaluators.attacks.findings import Finding, Severity, gathered
from evaluators.attacks.forgeries import FORGERIES
from evaluators.attacks.leaks import leaks
from evaluators.attacks.noise import noise
from evaluators.attacks.outputs import OUTPUTS
from evaluators.attacks.printed import MODULE, Forger
from evaluators.attacks.programs import candidate
from evaluators.attacks.reach import looked
from evaluators.attacks.searches import SEARCHES, Search
from evaluators.attacks.subject import Subject, attackable
from evaluators.attacks.verdict import judged, lingers, replays
from evaluators.compose import build_pipeline
from evaluators.failure import ScorerError, one_line
from evaluators.sandbox import Policy, Sandbox, SandboxUnavailable
from problems.problem import Problem

__all__ = ["Report", "Siege", "survey"]

_SLOW_SECONDS: Final = 0.5
"""Scoring one output may take this long before only the essential attacks are made."""
_OUTAGES: Final = 2
"""Attacks in a row that no sandbox could run before the machine, not the attack, is at fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of the attacks.

    Attributes:
        tried: attacks made.
        held: those that nothing came of.
        left_out: attacks that would have made sense, but were not made for want of time.
        findings: what got through, worst first; also what was seen without an attack.
        seconds: wall time.
    """

    tried: int
    held: int
    left_out: int
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def is_dangerous(self) -> bool:
        return any(finding.severity is Severity.DANGER for finding in self.findings)


async def survey(
    problem: Problem,
    candidates: Sandbox,
    *,
    searches: Sequence[Search] = SEARCHES,
    say: Callable[[str], None] = lambda text: None,
) -> Report:
    """What can be said of a problem without an initial program: its definition, and what its sandbox holds.

    Raises:
        SandboxUnavailable: the machine failed.
    """
    began = time.monotonic()
    found = []
    for number, search in enumerate(searches, start=1):
        say(f"attack {number} of {len(searches)}: {search.name}")
        finding = await looked(search, problem, candidates, policy=Policy.COMPUTE)
        found += [] if finding is None else [finding]
    return Report(
        tried=len(searches),
        held=len(searches) - len(found),
        left_out=0,
        findings=gathered([*found, *leaks(problem, ()), _NO_PROGRAM]),
        seconds=time.monotonic() - began,
    )


class Siege:
    """Makes the attacks. Used once."""

    def __init__(
        self,
        subject: Subject,
        *,
        candidates: Sandbox,
        scorers: Sandbox,
        attacks: Sequence[Attack] = (*OUTPUTS, *FORGERIES),
        searches: Sequence[Search] = SEARCHES,
        seconds: float = 20.0,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Prepare; nothing is run yet.

        Args:
            subject: what is attacked.
            candidates: sandbox for programs, started.
            scorers: sandbox for trusted files, started.
            attacks: the candidates to try; with none, only the definition is looked at.
            searches: what to look for in the sandbox.
            seconds: wall time after which no further attack is begun.
            say: told before each attack how far it is, in a few words.
        """
        self._subject = subject
        self._candidates = candidates
        self._scorers = scorers
        self._attacks = attacks
        self._searches = searches
        self._seconds = seconds
        self._say = say
        self._problem = attackable(subject.problem, subject.honest)
        self._found: list[Finding] = []
        self._seen: list[Evaluation] = []
        self._tried = 0
        self._total = 0
        self._outages = 0

    async def run(self) -> Report:
        """Make all attacks that make sense, as far as the time allows.

        Raises:
            SandboxUnavailable: the machine failed several times in a row.
            CambrianError: a judge that is not optional did not answer.
        """
        began = time.monotonic()
        planned = self._planned()
        is_slow = self._subject.scoring_seconds > _SLOW_SECONDS
        chosen = [one for one in planned if one.essential or not is_slow]
        self._total = len(chosen) + len(self._searches) + (2 if planned else 0)
        first = await self._replay() if planned else None
        made = 0
        for attack in chosen:
            if time.monotonic() + self._subject.scoring_seconds > began + self._seconds:
                break
            await self._attack(attack)
            made += 1
        for search in self._searches:
            await self._search(search)
        if first is not None:
            self._found += lingers(first, await self._replay(), self._subject)
        if self._attacks and self._subject.is_noisy:
            self._found += noise(self._subject, [await self._fitness(attack) for attack in self._nudges()])
        self._found += leaks(self._subject.problem, [self._subject.honest, *self._seen])
        if not self._subject.calls:
            self._found.append(_NOTHING_TO_FORGE)
        attacked = {name for finding in self._found for name in finding.attacks}
        return Report(
            tried=self._tried,
            held=self._tried - len(attacked),
            left_out=len(planned) - made,
            findings=gathered(self._found),
            seconds=time.monotonic() - began,
        )

    def _planned(self) -> list[Attack]:
        """The attacks that make sense for what the initial program returned, the essential ones first."""
        # Forgeries are Python's own; a program that is compiled has no interpreter to tamper with.
        made = [one for one in self._attacks if not (self._subject.is_printed and one in FORGERIES)]
        able = [one for one in made if one.needs in self._subject.traits]
        return sorted(able, key=lambda one: not one.essential)

    def _nudges(self) -> list[Attack]:
        """The honest output with one number after another changed a little: what chance is compared with."""
        if Trait.NUMBERS not in self._subject.traits:
            return []
        return [replace(_NUDGE, body=_NUDGE.body.format(place=place)) for place in range(_NUDGES)]

    async def _attack(self, attack: Attack) -> None:
        program = candidate(attack, self._subject)
        outcome = await self._outcome(attack, program)
        if isinstance(outcome, Evaluation):
            self._seen.append(outcome)
        if outcome is not None:
            found = await self._lasting(
                attack, program, list(judged(attack, program, outcome, self._subject))
            )
            # Of a printed value no file could be kept that is in the problem's language.
            self._found += (replace(one, program=None) if self._subject.is_printed else one for one in found)

    async def _lasting(self, attack: Attack, program: Program, found: list[Finding]) -> list[Finding]:
        """Of the findings those that are no chance: where the score is noisy, other seeds must show them."""
        for seed in _SEEDS if self._subject.is_noisy and found else ():
            try:
                outcome = await self._evaluate(program, seed=seed)
            except SandboxUnavailable:
                continue
            rules = {one.rule for one in judged(attack, program, outcome, self._subject)}
            found = [one for one in found if one.rule in rules]
        return found

    async def _replay(self) -> Evaluation | ScorerError | None:
        """A program that only returns the honest value: the same before and after all others."""
        program = candidate(_REPLAY, self._subject)
        outcome = await self._outcome(_REPLAY, program)
        if isinstance(outcome, Evaluation) and self._subject.replayed is None:
            utility = self._subject.problem.objective.utility
            drawn = [await self._fitness(_REPLAY, seed) for seed in _SEEDS] if self._subject.is_noisy else []
            fitness = [one for one in (outcome.fitness, *drawn) if one is not None]
            # A forgery has to beat the luckiest of them, and what is better at all must be so without luck.
            self._subject = replace(self._subject, replayed=max(fitness, key=utility, default=None))
            least = replace(outcome, fitness=min(fitness, key=utility, default=None))
            self._found += replays(_REPLAY, program, least, self._subject)
        return outcome

    async def _fitness(self, attack: Attack, seed: int = 0) -> float | None:
        try:
            found = await self._evaluate(candidate(attack, self._subject), seed=seed)
        except SandboxUnavailable:
            return None
        return found.fitness if isinstance(found, Evaluation) else None

    async def _outcome(self, attack: Attack, program: Program) -> Evaluation | ScorerError | None:
        """Of one attack; None, with a finding, where the sandbox did not survive it."""
        self._begin(attack.name)
        try:
            outcome = await self._evaluate(program)
        except SandboxUnavailable as error:
            self._outages += 1
            if self._outages >= _OUTAGES:
                raise
            self._found.append(_lost(attack, program, error))
            return None
        self._outages = 0
        return outcome

    async def _evaluate(self, program: Program, *, seed: int = 0) -> Evaluation | ScorerError:
        """With a pipeline of its own: one that has found a valid program blames programs, not scorers."""
        candidates = self._candidates
        if self._subject.is_printed:
            candidates = Forger(candidates, program.sources[MODULE])
            program = Program.of(self._problem.language, self._problem.initial)
        pipeline = build_pipeline(self._problem, candidates, self._scorers)
        try:
            return await pipeline.evaluate(program, seed=seed)
        except ScorerError as error:
            return error

    async def _search(self, search: Search) -> None:
        self._begin(search.name)
        policy = self._subject.calls[0][0].policy if self._subject.calls else Policy.COMPUTE
        finding = await looked(search, self._subject.problem, self._candidates, policy=policy)
        if finding is not None:
            self._found.append(finding)

    def _begin(self, name: str) -> None:
        self._tried += 1
        self._say(f"attack {self._tried} of {self._total}: {name}")


def _lost(attack: Attack, program: Program, error: SandboxUnavailable) -> Finding:
    return Finding(
        severity=Severity.WARNING,
        rule="sandbox-lost",
        what=f"no sandbox survived a program that {attack.does}: {one_line(str(error), 200)}",
        mend="run `cambrian doctor`; if the sandbox is well, please report this",
        by=(attack.does,),
        attacks=(attack.name,),
        program=program,
    )


_NUDGES: Final = 6
_SEEDS: Final = (1, 2, 3)
"""Others than that of the attacks, for what chance could have brought about."""
_REPLAY: Final = Attack(
    name="by-heart",
    does="only returns what the initial one had found",
    body="return value",
    kind=Kind.FORGERY,
)
_NUDGE: Final = Attack(
    name="nudge",
    does="the honest value with one number changed by 1%",
    body="return with_number(value, {place}, lambda number: number * 1.01)",
    kind=Kind.NUMBERS,
    needs=Trait.NUMBERS,
)
_NO_PROGRAM: Final = Finding(
    severity=Severity.NOTE,
    rule="no-initial-program",
    what="there is no initial program, so the scorer was not tried: a model will write the first one",
    mend="give a simple initial program, and much more can be checked before any money is spent",
)
_NOTHING_TO_FORGE: Final = Finding(
    severity=Severity.NOTE,
    rule="no-output-attacks",
    what="no stage hands on a value of the program, so only the sandbox and the definition were looked at",
    mend="where the program can return a value, sandbox.call with sandbox.score lets more be checked",
)
