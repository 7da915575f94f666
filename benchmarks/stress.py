"""All slots of a sandbox at once, hostile programs shuffled, with honest ones in between, for minutes.

The laws: every outcome is one that the program may have; every honest score is the same to the last bit; no
process, file, kernel object or container is left; the engine's memory grows by less than 64 MB; every slot
serves to the end. Human lines first; the last line is one JSON object. The exit code is 1 when a law breaks.

What a sandbox is known not to hold (`tests.hostile.gaps`) is not run. With ``--programs FOLDER`` the
programs come from a folder with a ``manifest.json`` (see `tests.hostile.catalogue.from_folder`); with
``--rounds N`` each runs N times instead of for minutes, the first time in order on one slot.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.machine import report
from evaluators.docker.image import available, local_image
from evaluators.docker.sandbox import DockerSandbox
from evaluators.local import ProcessSandbox
from evaluators.sandbox import Sandbox, SandboxError
from tests.hostile.arena import TARGET, Arena, Candidate, Outcome
from tests.hostile.catalogue import PROBE, PROGRAMS, from_folder
from tests.hostile.gaps import GAPS
from tests.hostile.watch import Machine, containers, resident_mib

GROWTH_MB = 64.0
HONEST = PROGRAMS[0]
PROGRESS_SECONDS = 15.0
STARVED_TRIES = 4


@dataclass
class Tally:
    """What has come out so far.

    Attributes:
        labels: outcomes, with how often each came out.
        broken: every breach of a law, in words.
        honest: honest programs scored in between, all of them exactly.
        slowest: seconds of the longest evaluation beyond the program's own time limit.
        starved: programs that ran out of time with less than half a core, and were evaluated again: there the
            machine was too busy to tell anything.
    """

    labels: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    honest: int = 0
    slowest: float = 0.0
    starved: int = 0


async def stress(options: argparse.Namespace) -> dict[str, object]:
    """Run, and say what came of it."""
    candidates, scorers = sandbox(options.sandbox, options.slots), ProcessSandbox(slots=options.slots)
    tally = Tally()
    try:
        posture = await candidates.start()
        await scorers.start()
        watch = Machine(has_containers=options.sandbox == "docker")
        gaps = GAPS[posture.facts.get("isolation", "docker")]
        chosen = [program for program in options.chosen if program.name not in gaps]
        arena = Arena(candidates, scorers)
        await asyncio.gather(*(judge(arena, HONEST, tally) for _ in range(8 * options.slots)))
        before, began = resident_mib(), time.monotonic()
        await run_all(
            arena, tally, options, [program for program in options.chosen if program.name not in gaps]
        )
        seconds, growth = time.monotonic() - began, resident_mib() - before
        at_once = await slots_at_once(arena, options.slots)
        tally.broken += watch.leftovers()
    finally:
        await candidates.close()
        await scorers.close()
    tally.broken += [f"container {name[:12]} is left" for name in containers(os.getpid())]
    if growth * 1.048576 >= GROWTH_MB:
        tally.broken.append(f"the engine's memory grew by {growth:.0f} MiB")
    if at_once < options.slots:
        tally.broken.append(f"{at_once} of {options.slots} slots serve at the end")
    return {
        "sandbox": options.sandbox,
        "slots": options.slots,
        "slots_at_end": at_once,
        "programs": len(chosen),
        "evaluations": tally.labels.total(),
        "honest_in_between": tally.honest,
        "seconds": round(seconds, 1),
        "evaluations_per_s": round(tally.labels.total() / seconds, 1),
        "slowest_beyond_limit_s": round(tally.slowest, 2),
        "starved": tally.starved,
        "engine_growth_mb": round(growth * 1.048576, 1),
        "outcomes": dict(sorted(tally.labels.items())),
        "not_run": len(options.chosen) - len(chosen),
        "broken": tally.broken,
    }


def sandbox(kind: str, slots: int) -> Sandbox:
    if kind == "docker":
        return DockerSandbox(slots=slots, image=local_image())
    return ProcessSandbox(slots=slots, namespaces=kind == "process")


async def run_all(
    arena: Arena, tally: Tally, options: argparse.Namespace, programs: Sequence[Candidate]
) -> None:
    """The first of several rounds in order, one at a time; everything else shuffled, on all slots at once."""
    rng = random.Random(options.seed)
    deadline = None if options.rounds else time.monotonic() + 60.0 * options.minutes
    if options.rounds:
        await worker(arena, tally, iter(programs), deadline)
        report_so_far(tally, "in order")
    order = shuffled(programs, rng, rounds=options.rounds - 1 if options.rounds else None)
    # One more than there are slots, so that each is taken again the moment it is free.
    workers = [worker(arena, tally, order, deadline) for _ in range(options.slots + 1)]
    telling = asyncio.create_task(tell(tally))
    try:
        await asyncio.gather(*workers)
    finally:
        telling.cancel()


def shuffled(programs: Sequence[Candidate], rng: random.Random, *, rounds: int | None) -> Iterator[Candidate]:
    """Every program once a round, in another order each round; for ever when `rounds` is None."""
    number = 0
    while rounds is None or number < rounds:
        yield from rng.sample(programs, len(programs))
        number += 1


async def worker(arena: Arena, tally: Tally, order: Iterator[Candidate], deadline: float | None) -> None:
    """Take the next program, and an honest one after it, until there are no more or the time is over."""
    for program in order:
        if deadline is not None and time.monotonic() > deadline:
            return
        for _ in range(program.runs):
            await judge(arena, program, tally)
        for honest in (PROBE, HONEST):
            if await judge(arena, honest, tally) == "honest":
                tally.honest += 1


async def judge(arena: Arena, program: Candidate, tally: Tally) -> str:
    """Evaluate a program and note the outcome; its label."""
    for _ in range(STARVED_TRIES):
        began = time.monotonic()
        try:
            outcome = await arena.judge(program)
        except SandboxError as error:
            tally.labels["infra"] += 1
            tally.broken.append(f"{program.name}: the sandbox failed: {str(error)[:200]}")
            return "infra"
        tally.slowest = max(tally.slowest, time.monotonic() - began - program.seconds)
        if outcome.label in program.may or not is_starved(outcome):
            break
        tally.starved += 1
    tally.labels[outcome.label] += 1
    evaluation = outcome.evaluation
    if outcome.label not in program.may:
        tally.broken.append(f"{program.name} came out as {outcome.label}: {evaluation.reason[:200]}")
    elif outcome.label == "honest" and evaluation.seconds < program.least_seconds:
        tally.broken.append(f"{program.name} is told to have taken {evaluation.seconds} s")
    return outcome.label


def is_starved(outcome: Outcome) -> bool:
    if outcome.label != "rejected:timeout":
        return False
    spent = [stage.metrics for stage in outcome.evaluation.stages if "cpu_seconds" in stage.metrics]
    return all(metrics["cpu_seconds"] < 0.5 * metrics["seconds"] for metrics in spent)


async def slots_at_once(arena: Arena, slots: int) -> int:
    """How many programs run at a time now, by how long as many as there are slots take."""
    nap = replace(HONEST, source="import time\n\n\ndef solve():\n    time.sleep(1)\n    return [0.0] * 10\n")
    await asyncio.gather(*(arena.judge(HONEST) for _ in range(4 * slots)))
    began = time.monotonic()
    await asyncio.gather(*(arena.judge(replace(nap, seconds=20.0)) for _ in range(slots)))
    turns = max(1, int(time.monotonic() - began))
    return slots // turns


async def tell(tally: Tally) -> None:
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        report_so_far(tally, "so far")


def report_so_far(tally: Tally, when: str) -> None:
    print(
        f"{when}: {tally.labels.total():,} evaluations, {tally.honest:,} of them honest ones in between, "
        f"{len(tally.broken)} laws broken, engine {resident_mib():.0f} MiB",
        flush=True,
    )


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stress", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long (5)")
    parser.add_argument("--rounds", type=int, default=0, help="run each program this often instead")
    parser.add_argument("--programs", type=Path, help="folder with manifest.json (the own suite)")
    parser.add_argument(
        "--sandbox", choices=("docker", "process", "plain"), help="docker where it can be had"
    )
    parser.add_argument("--slots", type=int, default=os.cpu_count() or 1, help="slots (one a core)")
    parser.add_argument("--seed", type=int, default=1, help="of the order")
    options = parser.parse_args(arguments)
    options.sandbox = options.sandbox or ("process" if available() else "docker")
    options.chosen = PROGRAMS if options.programs is None else from_folder(options.programs)
    return options


def main() -> None:
    options = parse()
    os.environ["OPENAI_API_KEY"] = "do-not-tell"
    os.environ["HIDDEN_TARGET"] = ",".join(map(str, TARGET))
    figures = asyncio.run(stress(options))
    broken = figures.pop("broken")
    for breach, count in Counter(broken).most_common(50):
        print(f"BROKEN {count:4} times: {breach}")
    print(
        f"{figures['evaluations']:,} evaluations in {figures['seconds']} s on {options.slots} slots of the "
        f"{options.sandbox} sandbox, {figures['honest_in_between']:,} honest ones in between all exact; "
        f"engine {figures['engine_growth_mb']:+} MB; {len(broken)} laws broken"
    )
    report("stress", [], figures | {"laws_broken": len(broken)})
    if broken:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
