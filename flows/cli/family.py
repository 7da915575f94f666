"""How a lineage is drawn: a tree in the first column of a table, and what brought the gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from archive.descent import Lineage, Step, main_line
from archive.program import ProgramId
from archive.run import Summary
from flows.ancestry import Gain, gains_along
from flows.cli.text import clip, count, number, plain, table

__all__ = ["ancestor_rows", "descendant_rows", "migration_lines", "print_lineage"]

_HEAD = ("program", "fitness", "gain", "outcome", "operator", "model", "attempt", "island", "idea")
_DEEPEST = 20
"""Steps of indentation after which a tree grows no wider."""
_IDEAS = 5
_MIGRATIONS = 10


def print_lineage(
    summary: Summary,
    program: ProgramId,
    *,
    up: Lineage | None,
    down: Lineage | None,
    best: Set[ProgramId],
    diffs: Mapping[ProgramId, Sequence[str]] | None,
) -> None:
    """Print a lineage: ancestors, what brought the gains on the way to the program, descendants, changes.

    Args:
        summary: of the run.
        program: the one asked for.
        up: its ancestors, if they were asked for.
        down: its descendants, if they were asked for.
        best: programs on the way to the best of the run; they are marked.
        diffs: by program, how it differs from its main parent; None where that was not asked for.
    """
    run = summary.run
    print(plain(f"Program {program[:12]} of run {run.name} ({run.problem}); * marks the way to the best"))
    if up is not None:
        print(f"\nWhat it came from: {count(len(up.steps) - 1, 'ancestor')}{_left_out(up)}")
        table(_HEAD, ancestor_rows(up, best))
        _print_migrations(up)
        _print_gains(main_line(up.steps, program))
    if down is not None:
        print(f"\nWhat became of it: {count(len(down.steps) - 1, 'descendant')}{_left_out(down)}")
        table(_HEAD, descendant_rows(down, best))
        _print_migrations(down)
    if diffs is not None:
        steps = {step.program: step for each in (up, down) if each is not None for step in each.steps}
        for step in steps.values():
            _print_diff(step, diffs.get(step.program, ()))


def ancestor_rows(lineage: Lineage, best: Set[ProgramId]) -> list[tuple[str, ...]]:
    """Newest first: a program, beneath it its main parent, and between them, to the right, the other parents.

    A program that was told already, or will be on the line of a main parent, is only named again.
    """
    steps = {step.program: step for step in lineage.steps}
    rows: list[tuple[str, ...]] = []
    told: set[ProgramId] = set()

    def line(program: ProgramId, level: int) -> None:
        own = main_line(lineage.steps, program)
        fresh = own[: next((i for i, step in enumerate(own) if step.program in told), len(own))]
        told.update(step.program for step in fresh)
        for step in fresh:
            rows.append(_row(step, level, best))
            for other in step.parents:
                if other not in steps or other in step.birth.parents[:1]:
                    continue
                if other in told:
                    rows.append(_named(other, level + 1, best))
                else:
                    line(other, level + 1)

    if lineage.program in steps:
        line(lineage.program, 0)
    return rows


def descendant_rows(lineage: Lineage, best: Set[ProgramId]) -> list[tuple[str, ...]]:
    """A program, and to the right beneath it what was made from it, each program once at its least depth."""
    children: dict[ProgramId, list[Step]] = {}
    depths = {step.program: step.depth for step in lineage.steps}
    for step in lineage.steps:
        parents = [each for each in step.parents if depths.get(each) == step.depth - 1]
        if step.depth:
            children.setdefault(parents[0], []).append(step)
    rows = []
    waiting = [step for step in lineage.steps if step.depth == 0]
    while waiting:
        step = waiting.pop()
        rows.append(_row(step, step.depth, best))
        waiting += reversed(children.get(step.program, ()))
    return rows


def migration_lines(lineage: Lineage) -> list[str]:
    """One line a program that migrated: from which island to which, the oldest migration first."""
    lines = []
    for step in lineage.steps:
        targets: dict[int | None, list[str]] = {}
        for source, island in zip(step.sources, step.islands, strict=True):
            targets.setdefault(source, []).append(str(island))
        told = [
            f"{'' if source is None else f'from island {source} '}to {', '.join(islands)}"
            for source, islands in targets.items()
        ]
        if told:
            lines.append(f"{step.program[:12]} migrated {'; '.join(told)}")
    return lines


def _print_migrations(lineage: Lineage) -> None:
    lines = migration_lines(lineage)
    if lines:
        more = len(lines) - _MIGRATIONS
        rest = [f"and {count(more, 'further program')}"] if more > 0 else []
        print("\n".join(["", *lines[:_MIGRATIONS], *rest]))


def _row(step: Step, level: int, best: Set[ProgramId]) -> tuple[str, ...]:
    birth = step.birth
    return (
        _place(step.program, level, best),
        number(step.fitness),
        _signed(step.gain),
        _outcome(step),
        birth.operator + (f" ({1 + len(step.reborn)} births)" if step.reborn else ""),
        birth.model or "-",
        "-" if birth.attempt is None else str(birth.attempt),
        str(birth.island) + (f" > {', '.join(map(str, step.islands))}" if step.islands else ""),
        clip(step.idea, 60),
    )


def _named(program: ProgramId, level: int, best: Set[ProgramId]) -> tuple[str, ...]:
    return (_place(program, level, best), "", "", "see there", *[""] * (len(_HEAD) - 4))


def _place(program: ProgramId, level: int, best: Set[ProgramId]) -> str:
    inward = "  " * (min(level, _DEEPEST) - 1) + "└ " if level else ""
    return f"{'*' if program in best else ' '} {inward}{program[:12]}"


def _outcome(step: Step) -> str:
    if step.fitness is None:
        return step.verdict.value
    return "record" if step.record else step.outcome.value


def _signed(gain: float | None) -> str:
    return "-" if gain is None else f"{gain:+.4g}"


def _left_out(lineage: Lineage) -> str:
    if not lineage.left_out and not lineage.more:
        return ""
    least = "at least " if lineage.more else ""
    return f", {least}{lineage.left_out} more left out (--depth, --limit)"


def _print_gains(line: Sequence[Step]) -> None:
    """What brought the gains on the way, if there was any way."""
    gains = gains_along(line)
    if not gains.operators:
        return
    whole = sum(gain.gain for gain in gains.operators)
    print(f"\nWhat brought the gains on its way: {_signed(whole)} in {count(len(line) - 1, 'step')}")
    table(
        ("by", "name", "steps", "better", "gain"),
        [
            *(_gain_row("operator", gain) for gain in gains.operators),
            *(_gain_row("model", gain) for gain in gains.models),
            *(_gain_row("idea", gain) for gain in gains.ideas[:_IDEAS]),
        ],
    )


def _gain_row(kind: str, gain: Gain) -> tuple[str, ...]:
    return (kind, clip(gain.name, 60), str(gain.steps), str(gain.gained), _signed(gain.gain))


def _print_diff(step: Step, lines: Sequence[str]) -> None:
    if not step.birth.parents:
        return
    idea = f": {clip(step.idea, 80)}" if step.idea else ""
    print()
    print(plain(f"{step.program[:12]} from {step.birth.parents[0][:12]}, {step.birth.operator}{idea}"))
    print("\n".join(plain(line, lines=True) for line in lines) or "(the same text)")
