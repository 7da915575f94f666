"""Entry of the dashboard: which database, which run, which page.

``cambrian dashboard`` starts it; so does ``streamlit run dashboard/app.py`` with the database's URL in
CAMBRIAN_DB. Streamlit puts this folder first on the import path, so no module in it may be called like a
package or like a module of the standard library.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image

from archive.run import RunState, Summary
from archive.store import StoreError, UnknownRun
from dashboard import overview
from dashboard.plain import escape_markdown, number
from dashboard.reader import Board, open_board
from flows.settings import SettingsError, read_settings
from problems.errors import CambrianError

__all__ = ["main"]

_LISTED = 30
_LIVE_SECONDS = 2.0
_IDLE_SECONDS = 10.0


def main() -> None:
    """Draw the page that is asked for."""
    st.set_page_config(page_title="Cambrian", page_icon=_icon(), layout="wide")
    board = _board()
    if board is None:
        return
    run: str | None = None
    drawn: object = None

    def show_overview() -> None:
        if run is None:
            _welcome("No runs yet")
        else:
            overview.show(board, run)

    page = st.navigation([st.Page(show_overview, title="Overview", url_path="overview", default=True)])
    try:
        run = _choose(board)
        drawn = board.version(run)
        page.run()
    except StoreError as error:
        drawn = None
        _welcome("No database to read")
        st.text(str(error))
    _watch(board, run, drawn)


def _icon() -> Image.Image:
    """Nine cells of an archive, 48 by 48 pixels; an icon by name would be fetched from the network."""
    shades = [[0x00224D, 0x575C6D, 0xC4B56C], [0x575C6D, 0xC4B56C, 0xFDE737], [0x00224D, 0x575C6D, 0x8A8678]]
    cells = np.array([[[c >> 16, c >> 8 & 255, c & 255] for c in row] for row in shades], dtype=np.uint8)
    return Image.fromarray(cells.repeat(16, axis=0).repeat(16, axis=1))


def _board() -> Board | None:
    try:
        return _shared_board(read_settings().database)
    except CambrianError as error:
        _welcome("No database to read")
        st.text(str(error))
        return None


@st.cache_resource(show_spinner=False)
def _shared_board(url: str) -> Board:
    return open_board(url)


def _welcome(title: str) -> None:
    st.title(title)
    st.write("A run shows up here as soon as it starts. For example:")
    st.code("cambrian run circle_packing", language="bash")
    with contextlib.suppress(SettingsError):
        # A password in the URL is nobody's business.
        st.text(f"Looking at {re.sub(r'//.*@', '//***@', read_settings().database)}")


def _choose(board: Board) -> str | None:
    """The id of the run to show, chosen in the sidebar; None when there are no runs.

    The address may name one (``?run=NAME``); what is chosen is put there, so that it can be shared.
    """
    summaries = board.runs()
    if not summaries:
        return None
    chosen = st.session_state.get("run") or _asked(board)
    if chosen not in {each.run.id for each in summaries}:
        chosen = summaries[0].run.id
    shown = _filtered(summaries, chosen)
    names = {each.run.id: each.run.name for each in shown}
    st.session_state["run"] = chosen
    run = st.sidebar.radio(
        "Runs, newest first",
        options=list(names),
        key="run",
        format_func=lambda each: escape_markdown(names[each]),
        captions=[_caption(each) for each in shown],
    )
    st.query_params["run"] = names[run]
    return run


def _asked(board: Board) -> str | None:
    key = st.query_params.get("run")
    if not key:
        return None
    try:
        return board.summary(key).run.id
    except UnknownRun:
        st.toast(f"No run is called {escape_markdown(key)}; showing the newest.")
        return None


def _filtered(summaries: Sequence[Summary], chosen: str) -> Sequence[Summary]:
    words = ""
    if len(summaries) > _LISTED:
        words = st.sidebar.text_input("Find a run", key="find", placeholder="name or problem")
    found = [
        each
        for each in summaries
        if words.strip().lower() in f"{each.run.name} {each.run.problem}".lower() and each.run.id != chosen
    ]
    kept = {each.run.id for each in found[: _LISTED - 1]} | {chosen}
    return [each for each in summaries if each.run.id in kept]


def _caption(summary: Summary) -> str:
    best = f"best {number(summary.best.fitness)}" if summary.best else "nothing valid yet"
    return escape_markdown(f"{summary.run.problem}, {summary.run.state.value}, {best}")


def _watch(board: Board, run: str | None, drawn: object) -> None:
    """Draw the page again once its version is not `drawn` any more, and until then send nothing."""
    drawing = True

    @st.fragment(run_every=_LIVE_SECONDS if _is_live(board, run) else _IDLE_SECONDS)
    def look() -> None:
        # The first call is part of the drawing itself: from there, trouble that stays would draw for ever.
        if not drawing and _version(board, run) != drawn:
            st.rerun()

    look()
    drawing = False


def _version(board: Board, run: str | None) -> object:
    try:
        return board.version(run)
    except StoreError:
        return None


def _is_live(board: Board, run: str | None) -> bool:
    try:
        return run is not None and board.summary(run).run.state is RunState.RUNNING
    except StoreError:
        return False


if __name__ == "__main__":
    main()
