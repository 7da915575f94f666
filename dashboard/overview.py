"""The first page: how a run is doing, at a glance and live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from archive.cell import Elite
from archive.learning import learns
from archive.program import ProgramId
from archive.run import RunState, Summary
from archive.store import UnknownRun
from dashboard import cells, charts, maps, program_panel, tables
from dashboard.axes import Axis, axes_of, on_axes
from dashboard.plain import NONE, duration, escape_markdown, number
from dashboard.reader import Board, Progress
from problems.problem import Direction, Problem

__all__ = ["show"]

_COLOURS = {
    RunState.RUNNING: ("blue", ":material/play_arrow:"),
    RunState.PAUSED: ("orange", ":material/pause:"),
    RunState.FINISHED: ("green", ":material/check:"),
    RunState.FAILED: ("red", ":material/error:"),
}

_CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"]}
_FRONTS = "A number tells how many programs the front of a cell holds; its best one is shown. "
_LEARNED = "Differences of the code are in standard deviations of the programs they were learned from. "
_CLICK = "Click a cell to see its program."
_CHOSEN = "chosen"
"""Key of the session's state: run to the program clicked last."""


def show(board: Board, run: str) -> None:
    """Draw the page for a run by its id.

    Raises:
        StoreError: the run is gone or the database cannot be read.
    """
    progress = board.progress(run)
    problem = board.problem(progress.summary.run)
    direction = problem.objective.direction if problem else progress.direction
    metric = problem.objective.metric if problem else "fitness"
    _header(progress.summary, problem)
    _metrics(progress.summary, metric)
    left, right = st.columns([5, 2], gap="medium")
    with left:
        _curve(progress, problem, metric)
    with right:
        _failures(progress.summary)
    left, right = st.columns(2, gap="medium")
    with left:
        chosen = _terrain(board, progress, problem, direction, metric)
    with right:
        _program(board, progress, chosen)
    tables.attempts(board, run)
    tables.lessons(board, run)


def _header(summary: Summary, problem: Problem | None) -> None:
    run = summary.run
    colour, icon = _COLOURS[run.state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(escape_markdown(run.name), width="content", anchor=False)
        st.badge(run.state.value, color=colour, icon=icon)  # type: ignore[arg-type]  # one of the named colours
    facts = [
        run.problem,
        f"{run.strategy} on {run.islands} island{'s' * (run.islands != 1)}",
        f"model{'s' * (len(run.models) != 1)} {', '.join(run.models) or 'none'}",
        f"{run.sandbox} sandbox",
        f"seed {run.seed}",
        f"started {run.created:%Y-%m-%d %H:%M} UTC",
    ]
    st.caption("  ·  ".join(escape_markdown(fact) for fact in facts))
    if problem is not None and problem.digest != run.problem_digest:
        st.caption("The problem's folder has changed since this run was scored.")


def _metrics(summary: Summary, metric: str) -> None:
    run, usage = summary.run, summary.usage
    tokens = f"{usage.tokens_in:,} tokens in ({usage.tokens_cached:,} cached), {usage.tokens_out:,} out"
    worked = duration(summary.seconds)
    facts = [
        (
            f"Best {metric}",
            number(summary.best.fitness, 8) if summary.best else "none yet",
            "The objective of the best valid program.",
        ),
        (
            "Evaluations",
            _of(f"{summary.evaluations:,}", run.budget.evaluations, "{:,}"),
            f"Programs evaluated; {summary.duplicates:,} duplicates were not evaluated again.",
        ),
        (
            "Valid",
            f"{summary.valid / summary.evaluations:.1%}" if summary.evaluations else NONE,
            f"{summary.valid:,} of {summary.evaluations:,} programs.",
        ),
        (
            "Rate",
            f"{summary.evaluations / summary.seconds * 60:,.1f} / min" if summary.seconds > 0 else NONE,
            f"Evaluations over {worked} of work.",
        ),
        (
            "Spend",
            _of(f"${usage.dollars:,.2f}", run.budget.dollars, "${:,.2f}"),
            f"{summary.calls:,} model calls; {tokens}.",
        ),
        (
            "Cells filled",
            f"{summary.cells:,}" + (f" / {run.cells_total:,}" if run.cells_total else ""),
            f"Niches of the archive that hold a program: {summary.coverage:.1%} of all.",
        ),
        (
            "QD score",
            number(summary.qd_score, 5),
            "Sum over cells of how much better their elites are than the worst valid program.",
        ),
        ("Stopped by", run.stopped_by.value.replace("_", " "), f"After {worked} of work.")
        if run.stopped_by
        else ("Worked for", worked, "Wall time, pauses excepted."),
    ]
    with st.container(horizontal=True):
        for label, value, explanation in facts:
            st.metric(
                escape_markdown(label),
                escape_markdown(value),
                help=escape_markdown(explanation),
                border=True,
                width="stretch",
            )


def _of(value: str, wall: float | None, form: str) -> str:
    return value if wall is None else f"{value} / {form.format(wall)}"


def _curve(progress: Progress, problem: Problem | None, metric: str) -> None:
    st.subheader("Best so far", anchor=False)
    if not progress.curve:
        st.info("No valid program yet.", icon=":material/hourglass_empty:")
        return
    levels = []
    if problem is not None and problem.reference is not None:
        known = problem.reference
        claim = "verified" if known.verified else "as published, not verified"
        levels.append(
            charts.Level(name="best known", value=known.best_known, detail=f"{known.source} ({claim})")
        )
    if problem is not None and problem.objective.target is not None:
        levels.append(charts.Level(name="target", value=problem.objective.target, detail="stop when reached"))
    figure = charts.curve(
        progress.curve,
        evaluations=progress.summary.evaluations,
        metric=metric,
        levels=levels,
        revision=progress.summary.run.id,
    )
    st.plotly_chart(figure, key="curve", config=_CONFIG)


def _failures(summary: Summary) -> None:
    st.subheader("Failures", anchor=False)
    if any(summary.failures.values()):
        figure = charts.failures(summary.failures, evaluations=summary.evaluations)
        st.plotly_chart(figure, key="failures", config={**_CONFIG, "displayModeBar": False})
    else:
        st.caption("Every program so far was valid." if summary.evaluations else "Nothing evaluated yet.")


def _terrain(
    board: Board, progress: Progress, problem: Problem | None, direction: Direction, metric: str
) -> ProgramId | None:
    """Draw the archive and return the program that was clicked, None for none."""
    st.subheader("Archive", anchor=False)
    run = progress.summary.run.id
    if not progress.elites:
        st.info("No cell of the archive is filled yet.", icon=":material/grid_on:")
        return None
    projection = None if problem is None else board.projection(progress.summary, problem)
    elites = progress.elites if problem is None else on_axes(progress.elites, problem, projection)
    by_centroid = problem is not None and cells.has_centroids(elites, problem)
    elites, axes = (
        (elites, axes_of(problem)) if problem is not None and by_centroid else maps.lay_out(elites, problem)
    )
    if not axes:
        st.caption("The problem has no descriptors, so its archive has a single cell.")
        return None
    viewed, shown = _view(elites, axes, run)
    key = f"terrain-{run}"
    chosen: ProgramId | None = st.session_state.get(_CHOSEN, {}).get(run)
    how: dict[str, Any] = {"direction": direction, "metric": metric, "chosen": chosen, "revision": run}
    gridded = len(shown) == 2 and all(len(elite.cell) == len(axes) for elite in viewed)
    fronts = problem is not None and problem.search.archive.kind == "pareto"
    if problem is not None and by_centroid and len(shown) == 2:
        figure = cells.tessellation(viewed, problem=problem, axes=shown, **how)
    elif gridded:
        figure = maps.heatmap(viewed, axes=(shown[0], shown[1]), fronts=fronts, **how)
    else:
        figure = maps.scatter(viewed, axes=shown, **how)
    st.plotly_chart(
        figure,
        key=key,
        on_select=lambda: _click(key, run),
        selection_mode="points",
        config={**_CONFIG, "displayModeBar": False},
    )
    st.caption(
        " ".join(
            [
                "Brighter is better; the star is the best.",
                *([_FRONTS] if fronts and gridded else []),
                *([_LEARNED] if problem is not None and learns(problem.descriptors) else []),
                _CLICK,
            ]
        )
    )
    return chosen


def _view(elites: Sequence[Elite], axes: Sequence[Axis], run: str) -> tuple[Sequence[Elite], Sequence[Axis]]:
    """Let the user choose island and descriptors where there is a choice."""
    islands = sorted({elite.island for elite in elites})
    with st.container(horizontal=True):
        if len(islands) > 1:
            island = st.selectbox(
                "Island",
                [None, *islands],
                format_func=lambda each: "all, best of each cell" if each is None else f"island {each}",
                key=f"island-{run}",
            )
            elites = [elite for elite in elites if island in (None, elite.island)]
        if len(axes) <= 2:
            return elites, axes
        names = {axis.index: axis.name for axis in axes}
        across = st.selectbox("Across", list(names), format_func=names.__getitem__, key=f"across-{run}")
        rest = [index for index in names if index != across]
        up = st.selectbox("Up", rest, format_func=names.__getitem__, key=f"up-{run}")
    return elites, [axes[across], axes[up]]


def _click(key: str, run: str) -> None:
    """Remember what was clicked.

    The chart forgets its selection whenever its figure changes, which must not take the program away
    from a reader; so only a click on another cell, or on the button beside the program, changes it.
    """
    points = st.session_state[key].selection.points
    if points:
        st.session_state.setdefault(_CHOSEN, {})[run] = _program_of(points[0])


def _program_of(point: Mapping[str, object]) -> str:
    data = point.get("customdata")
    return str(data[0] if isinstance(data, list) else data)


def _program(board: Board, progress: Progress, clicked: ProgramId | None) -> None:
    """Draw the clicked program, or else the best."""
    summary = progress.summary
    best = summary.best.program if summary.best else None
    shown = clicked or best
    st.subheader("Best program" if shown == best else "Program of the cell", anchor=False)
    if shown is None:
        st.info("The best program will stand here.", icon=":material/code:")
        return
    try:
        story = board.story(summary.run.id, shown)
    except UnknownRun:
        # What was clicked comes from the browser; it need not exist.
        st.warning("This program is not in the database.")
        return
    program_panel.show(story)
    if clicked is not None and clicked != best:
        st.button("Back to the best", key="back", on_click=_forget, args=(summary.run.id,))


def _forget(run: str) -> None:
    st.session_state.get(_CHOSEN, {}).pop(run, None)
