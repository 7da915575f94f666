"""The one tree of errors a user of Cambrian can meet.

::

    CambrianError
    ├── ProblemError            the definition of a problem is wrong; carries every issue found
    ├── StoreError              the archive's database cannot be used as asked        (archive)
    │   ├── UnknownRun          no run, program or attempt of that name
    │   └── NewerSchema         the database was written by a newer Cambrian
    ├── IllegalMove             an attempt was asked to make a forbidden change of state (archive)
    ├── SandboxError            the machine, not the program, failed                  (evaluators)
    │   ├── SandboxUnavailable  no sandbox could run the program; worth a retry
    │   └── PostureError        the sandbox is weaker than it must be, so it refuses to serve
    ├── ScorerError             the problem's own scorer is broken                    (evaluators)
    ├── JudgeError              a judge the problem cannot do without gave no opinion (evaluators)
    ├── ModelError              a model did not answer                                (mutators)
    │   └── ModelUnreachable    the endpoint cannot be reached or refuses every call
    ├── EditError               a model's answer cannot be applied to the program     (mutators)
    ├── BudgetExhausted         the wall was reached before the call was made         (mutators)
    ├── InvalidSeed             the initial program is not valid, or none came about  (flows)
    ├── SettingsError           the environment or command line contradicts itself    (flows)
    ├── PrefectUnavailable      Prefect can neither be reached nor started            (flows)
    ├── ScheduleError           a schedule cannot be meant as it was given            (flows)
    └── DashboardError          the dashboard cannot be started as asked              (dashboard)

A program that fails is a value (a `Verdict`), never one of these.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CambrianError", "Issue", "ProblemError"]


class CambrianError(Exception):
    """Root of all errors raised on purpose. The message says what was asked, what is there, what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One mistake in a problem definition.

    Attributes:
        file: path as the user gave it.
        line: 1-based line, or None where the mistake has no place (a missing file).
        column: 1-based column, or None.
        key: dotted path of the key, for example ``evaluation.stages[1].seconds``.
        expected: what would have been right.
        found: what stands there.
        nearest: the valid name closest to what was found, or None.
    """

    file: str
    line: int | None = None
    column: int | None = None
    key: str
    expected: str
    found: str
    nearest: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        hint = f" (did you mean {self.nearest!r}?)" if self.nearest else ""
        return f"{place}: {self.key}: expected {self.expected}, found {self.found}{hint}"


class ProblemError(CambrianError):
    """A problem definition with at least one mistake; `issues` holds all of them, in file order."""

    def __init__(self, issues: tuple[Issue, ...]) -> None:
        self.issues = issues
        count = f"{len(issues)} mistake{'s' if len(issues) != 1 else ''}"
        super().__init__(
            f"{count} in the problem definition:\n" + "\n".join(f"  {issue}" for issue in issues)
        )
