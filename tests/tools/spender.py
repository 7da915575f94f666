"""Spends a run's budget on model calls from 16 workers, as a process of its own that can be killed.

Arguments: path of the database, address of the endpoint. Begins the run, or takes it up where it was left.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from datetime import UTC, datetime

from archive.ledger import Purpose, Usage
from archive.run import Run
from archive.sql.store import open_store
from archive.store import UnknownRun
from flows.models import Choice, Meter, build_model
from flows.settings import read_settings
from mutators.budget import BudgetExhausted, Wall
from mutators.model import Message, Model, Request
from mutators.prices import Prices
from problems.problem import Budget, ModelSpec

__all__ = ["LIMIT", "PRICE", "RUN", "WORST_TOKENS", "spend"]

RUN = "abcdef012345"
LIMIT = 1.0
PRICE = 10.0
"""Dollars a million tokens of answers; those of requests are free here."""
WORST_TOKENS = 1000
"""In an answer, so that a call costs a cent at most."""
_WORKERS = 16


async def spend(db: str, url: str) -> None:
    """Make calls until the wall forbids the next one."""
    store = open_store(db)
    try:
        await store.find_run(RUN)
    except UnknownRun:
        await store.create_run(_run())
    totals = await store.totals(RUN)
    spec = ModelSpec(
        name="toy", base_url=url, input_price=0.0, output_price=PRICE, max_tokens=WORST_TOKENS, timeout=300.0
    )
    model = build_model(
        Choice(specs=(spec,), base_url=url, notice=""),
        store=store,
        run=RUN,
        wall=Wall(LIMIT, spent=totals.usage.dollars),
        prices=Prices(),
        settings=read_settings(),
        meter=Meter(calls=totals.calls, usage=totals.usage or Usage()),
        answered=10**9,
    )
    numbers = itertools.count(1)
    await asyncio.gather(*(_worker(model, numbers) for _ in range(_WORKERS)))
    await model.close()
    await store.close()


async def _worker(model: Model, numbers: itertools.count[int]) -> None:
    for number in numbers:
        message = Message(role="user", content=f"call {number}")
        try:
            await model.complete(Request(messages=(message,), purpose=Purpose.EXECUTE, attempt=number))
        except BudgetExhausted:
            return


def _run() -> Run:
    return Run(
        id=RUN,
        name="spender",
        problem="none",
        problem_digest="d" * 64,
        problem_path="/nowhere",
        seed=1,
        workers=_WORKERS,
        strategy="map_elites",
        islands=1,
        models=("toy",),
        sandbox="process",
        budget=Budget(dollars=LIMIT),
        overrides={},
        created=datetime.now(UTC),
        cells_total=1,
    )


if __name__ == "__main__":
    asyncio.run(spend(sys.argv[1], sys.argv[2]))
