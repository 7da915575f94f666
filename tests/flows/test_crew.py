"""The processes of a study, with a process that only pretends to run."""

import asyncio
import sys
import textwrap

from flows.crew import Crew
from flows.terms import Terms

PRETENDER = textwrap.dedent(
    """
    import json, sys, time
    say = lambda **line: print(json.dumps(line), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "terms" not in asked:
            break
        name = asked["terms"]["name"]
        say(notice="Sandbox: pretended")
        say(evaluations=1)
        if name.startswith("dies"):
            sys.exit(7)
        if name.startswith("fails"):
            say(failed="no such luck")
        elif name.startswith("waits"):
            assert "stop" in json.loads(sys.stdin.readline())
            say(ended={"evaluations": 4, "finished": False, "trouble": ""})
        else:
            say(ended={"evaluations": 10, "finished": True, "trouble": ""})
    """
)


def _crew(names, *, processes=2, heard=None, said=None):
    return Crew(
        [Terms(problem="p", name=name, evaluations=10) for name in names],
        processes=processes,
        progress=(heard if heard is not None else []).append,
        say=(said if said is not None else []).append,
        command=(sys.executable, "-c", PRETENDER),
    )


async def test_all_runs_are_done_and_counted():
    heard, said = [], []
    crew = _crew(["a", "b", "c", "d", "e"], heard=heard, said=said)

    await crew.work(asyncio.Event())

    last = heard[-1]
    assert (last.finished, last.runs, last.evaluations) == (5, 5, 50)
    assert crew.troubles == ()
    assert said == ["Sandbox: pretended"]


async def test_after_a_failure_no_other_run_is_begun():
    heard = []
    crew = _crew(["fails", "b", "c"], processes=1, heard=heard)

    await crew.work(asyncio.Event())

    assert crew.troubles == ("fails: no such luck",)
    assert heard[-1].finished == 0


async def test_a_process_that_dies_is_told_of():
    crew = _crew(["dies", "b"], processes=1)

    await crew.work(asyncio.Event())

    assert crew.troubles == ("dies: its process ended unexpectedly (exit code 7)",)


async def test_a_stop_reaches_the_runs_under_way_and_is_no_failure():
    heard = []
    stop = asyncio.Event()
    crew = _crew(["waits-1", "waits-2", "c", "d"], heard=heard)
    working = asyncio.create_task(crew.work(stop))
    while not heard or len(heard[-1].doing) < 2:
        await asyncio.sleep(0.01)

    stop.set()
    await asyncio.wait_for(working, 10)

    assert crew.troubles == ()
    assert heard[-1].finished == 0


async def test_cancelled_it_leaves_no_process_behind():
    heard = []
    crew = _crew(["waits-1", "waits-2"], heard=heard)
    working = asyncio.create_task(crew.work(asyncio.Event()))
    while not heard or len(heard[-1].doing) < 2:
        await asyncio.sleep(0.01)

    working.cancel()
    await asyncio.wait([working])

    assert all(process.returncode is not None for process in crew._processes)
