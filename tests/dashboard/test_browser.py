"""The dashboard in a real browser, served as `cambrian dashboard` serves it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from archive.run import RunState, StopReason
from archive.sql.reader import open_reader
from archive.sql.store import SqlStore, open_store
from dashboard.launch import serve

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000  # milliseconds; a cold start beside other tests is slow

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not CHROMIUM.exists() and "browser" not in os.environ.get("CAMBRIAN_REQUIRE", "").split(","),
        reason=f"{CHROMIUM} is not installed (apt-get install chromium)",
    ),
]


@pytest.fixture
def store(wait, tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(tmp_path / "runs.db")
    yield opened
    wait(opened.close())


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = browser.new_page(viewport={"width": 1400, "height": 1800})
        opened.set_default_timeout(PATIENCE)
        yield opened
        browser.close()


def drawn(page: Page) -> None:
    expect(page.get_by_role("heading", name="Lessons")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_page_shows_the_run_and_a_clicked_cell_its_program(
    fill, store: SqlStore, page: Page, tmp_path: Path
) -> None:
    filled = fill(store, turns=36)
    elites = open_reader(tmp_path / "runs.db").elites(filled.run.id)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with serve(f"sqlite:///{tmp_path / 'runs.db'}", port=0) as server:
        page.goto(server.address)
        drawn(page)
        best = page.get_by_test_id("stMetric").filter(has_text="Best height")
        expect(best).to_contain_text(f"{filled.fitness:.8g}")
        expect(page.get_by_text(f"{filled.best.id[:10]} | fitness")).to_be_visible()

        targets = page.locator(f".st-key-terrain-{filled.run.id} .scatterlayer .trace").first.locator(
            "path.point"
        )
        expect(targets).to_have_count(len({elite.cell for elite in elites}))
        # The heatmap draws its targets in the order in which the store gives the elites.
        other = next(i for i, elite in enumerate(elites) if elite.program != filled.best.id)
        targets.nth(other).click(force=True)
        expect(page.get_by_role("heading", name="Program of the cell")).to_be_visible()
        expect(page.get_by_text(f"{elites[other].program[:10]} | fitness")).to_be_visible()

        page.get_by_role("button", name="Back to the best").click()
        expect(page.get_by_role("heading", name="Best program")).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
    outside = [url for url in asked if not url.startswith((server.address, "data:", "blob:"))]
    assert not outside


def test_a_live_run_is_followed_and_a_quiet_one_sends_no_figure_again(
    fill, wait, store: SqlStore, page: Page, tmp_path: Path
) -> None:
    filled = fill(store, turns=30, finished=False)
    received: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    with serve(f"sqlite:///{tmp_path / 'runs.db'}", port=0, run=filled.run.name) as server:
        page.goto(server.address)
        drawn(page)
        page.wait_for_timeout(3_000)
        before = sum(received)
        assert before > 20_000
        page.wait_for_timeout(6_000)
        assert sum(received) - before < 5_000

        wait(store.set_state(filled.run.id, RunState.FINISHED, StopReason.TARGET))
        stopped = page.get_by_test_id("stMetric").filter(has_text="Stopped by")
        expect(stopped).to_contain_text("target", timeout=15_000)


def test_a_dashboard_may_be_opened_before_the_first_run(fill, wait, page: Page, tmp_path: Path) -> None:
    database = tmp_path / "later.db"
    with serve(f"sqlite:///{database}", port=0) as server:
        page.goto(server.address)
        expect(page.get_by_role("heading", name="No runs yet")).to_be_visible(timeout=PATIENCE)
        store = open_store(database)
        fill(store, turns=3)
        wait(store.close())
        expect(page.get_by_role("heading", name="brisk-otter")).to_be_visible(timeout=30_000)
        drawn(page)
