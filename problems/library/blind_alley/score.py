"""Trusted scorer: makes the moves of a walker in a walled yard and measures how near to the goal they end.

The yard's border is a wall like the others. A move that would cross or touch a wall ends a thousandth in
front of it, so that no rounding takes the walker through.
"""

import itertools
import math

START, GOAL = (0.5, 0.1), (0.5, 0.9)
MOVES = 20
STRIDE = 0.1
GAP = 1e-3
# (x, y) to (x, y): the cup's two sides and its bottom, which is up.
WALLS = (
    ((0.2, 0.35), (0.2, 0.75)),
    ((0.8, 0.35), (0.8, 0.75)),
    ((0.2, 0.75), (0.8, 0.75)),
    ((0.0, 0.0), (1.0, 0.0)),
    ((0.0, 1.0), (1.0, 1.0)),
    ((0.0, 0.0), (0.0, 1.0)),
    ((1.0, 0.0), (1.0, 1.0)),
)


def score(output, context):
    moves, reason = read_moves(output)
    if reason:
        return {"valid": False, "reason": reason}
    x, y = path(moves)[-1]
    return {"nearness": -math.hypot(x - GOAL[0], y - GOAL[1]), "end_x": x, "end_y": y}


def read_moves(output):
    """(pairs of numbers, None), or (None, why the value is none)."""
    if hasattr(output, "dtype") and hasattr(output, "tolist"):
        if output.dtype.kind not in "fiu":
            return None, f"an array of {output.dtype} is no array of moves"
        output = output.tolist()
    if not isinstance(output, (list, tuple)) or len(output) != MOVES:
        return None, f"expected a list of {MOVES} moves [dx, dy]"
    for i, move in enumerate(output):
        if not isinstance(move, (list, tuple)) or len(move) != 2:
            return None, f"move {i} is no pair [dx, dy]"
        for value in move:
            # NaN, infinities and huge integers fail the comparison; a bool is an int, but no number here.
            if type(value) not in (int, float) or not -10 <= value <= 10:
                return None, f"move {i} has a part that is no number between -10 and 10"
    return [tuple(move) for move in output], None


def path(moves):
    """The places the walker comes to, the start first."""
    places = [START]
    for dx, dy in moves:
        places.append(after(places[-1], dx, dy))
    return places


def after(place, dx, dy):
    """Where a move from a place ends."""
    length = math.hypot(dx, dy)
    if length == 0:
        return place
    reach = min(length, STRIDE)
    dx, dy = dx / length, dy / length
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
    moves, _ = read_moves(output)
    places = path(moves or [])
    for start, end in itertools.pairwise(places):
        draw(start, end, (0, 114, 178), 1)
    return image
