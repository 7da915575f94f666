"""Trusted scorer: makes the steps of a walker in a walled yard and measures how near to the goal they end.

The yard's border is a wall like the others. A step that would cross or touch a wall ends a thousandth in
front of it, so that no rounding takes the walker through.
"""

import itertools
import math

START, GOAL = (0.5, 0.1), (0.5, 0.9)
STEPS = 12
STRIDE = 0.15
GAP = 1e-3
# (x, y) to (x, y): the cup's two sides and its bottom, which is up.
WALLS = (
    ((0.2, 0.45), (0.2, 0.75)),
    ((0.8, 0.45), (0.8, 0.75)),
    ((0.2, 0.75), (0.8, 0.75)),
    ((0.0, 0.0), (1.0, 0.0)),
    ((0.0, 1.0), (1.0, 1.0)),
    ((0.0, 0.0), (0.0, 1.0)),
    ((1.0, 0.0), (1.0, 1.0)),
)


def score(output, context):
    headings, reason = read_headings(output)
    if reason:
        return {"valid": False, "reason": reason}
    x, y = path(headings)[-1]
    return {"nearness": -math.hypot(x - GOAL[0], y - GOAL[1]), "end_x": x, "end_y": y}


def read_headings(output):
    """(a list of numbers, None), or (None, why the value is none)."""
    if hasattr(output, "dtype") and hasattr(output, "tolist"):
        if output.dtype.kind not in "fiu":
            return None, f"an array of {output.dtype} is no array of headings"
        output = output.tolist()
    if not isinstance(output, (list, tuple)) or len(output) != STEPS:
        return None, f"expected a list of {STEPS} headings"
    for i, heading in enumerate(output):
        # NaN, infinities and huge integers fail the comparison; a bool is an int, but no number here.
        if type(heading) not in (int, float) or not -1000 <= heading <= 1000:
            return None, f"heading {i} is no number between -1000 and 1000"
    return list(output), None


def path(headings):
    """The places the walker comes to, the start first."""
    places = [START]
    for heading in headings:
        turn = 2 * math.pi * heading
        places.append(after(places[-1], math.cos(turn), math.sin(turn)))
    return places


def after(place, dx, dy):
    """Where a step from a place in a direction of length 1 ends."""
    reach = STRIDE
    for wall in WALLS:
        reach = min(reach, max(distance(place, dx, dy, wall) - GAP, 0.0))
    return place[0] + reach * dx, place[1] + reach * dy


def distance(place, dx, dy, wall):
    """How far a wall is from a place along a direction; infinite where it is not met."""
    (x, y), (end_x, end_y) = wall
    across, up = end_x - x, end_y - y
    cross = dx * up - dy * across
    if abs(cross) < 1e-12:  # along the wall: what is GAP in front of it stays there
        return math.inf
    away_x, away_y = x - place[0], y - place[1]
    ahead = (away_x * up - away_y * across) / cross
    along = (away_x * dy - away_y * dx) / cross
    # A wall is longer by the gap at both ends, so that no one slips past where two meet.
    slack = GAP / math.hypot(across, up)
    return ahead if ahead >= 0 and -slack <= along <= 1 + slack else math.inf


def picture(output, context):
    """The walk in blue among the walls in black; the goal is red."""
    import numpy as np

    size = 600
    image = np.full((size, size, 3), 255, dtype=np.uint8)

    def draw(start, end, colour, width):
        for along in np.linspace(0, 1, size):
            x = start[0] + along * (end[0] - start[0])
            y = start[1] + along * (end[1] - start[1])
            column, row = int(x * (size - 1)), size - 1 - int(y * (size - 1))
            image[max(row - width, 0) : row + width + 1, max(column - width, 0) : column + width + 1] = colour

    for start, end in WALLS:
        draw(start, end, (0, 0, 0), 2)
    draw(GOAL, GOAL, (213, 94, 0), 8)
    headings, _ = read_headings(output)
    places = path(headings or [])
    for start, end in itertools.pairwise(places):
        draw(start, end, (0, 114, 178), 1)
    return image
