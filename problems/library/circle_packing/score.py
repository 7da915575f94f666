"""Trusted scorer: 26 disjoint circles in the unit square, the larger the sum of their radii the better.

Every float is the exact binary fraction that it is, so all conditions are decided in integers, without a
tolerance. Rounding in the candidate (up to 1e-12) is repaired by shrinking all radii by the smallest amount
that makes the packing exact, and the repaired packing is scored: a violation never gains anything.
"""

import math
from fractions import Fraction

CIRCLES = 26
REPAIRABLE = Fraction(1, 10**12)
TOUCHING = 1e-6
FINEST = 1 << 128  # the integer square root of a squared distance errs by at most one part of this


def score(output, context):
    rows, reason = read_rows(output)
    if reason:
        return {"valid": False, "reason": reason}
    packed, reason = repair(rows)
    if reason:
        return {"valid": False, "reason": reason}
    total = sum(Fraction(r) for _, _, r in packed)
    circles = [(float(x), float(y), float(r)) for x, y, r in packed]
    pairs, walls = contacts(circles)
    return {
        "sum_radii": rounded_down(total),
        "radius_spread": spread([r for _, _, r in circles]),
        "contacts": pairs + sum(walls),
        "boundary_share": sum(1 for wall in walls if wall) / CIRCLES,
    }


def read_rows(output):
    """(rows of three numbers, None), or (None, why the value is none)."""
    wanted = f"expected {CIRCLES} rows [x, y, r]"
    if hasattr(output, "dtype") and hasattr(output, "tolist"):
        if output.dtype.kind not in "fiu":
            return None, f"{wanted}, got an array of {output.dtype}"
        output = output.tolist()
    if not isinstance(output, (list, tuple)):
        return None, f"{wanted}, got {type(output).__name__}"
    if len(output) != CIRCLES:
        return None, f"{wanted}, got {len(output)}"
    for i, row in enumerate(output):
        reason = why_no_row(row)
        if reason:
            return None, f"row {i}: {reason}"
    return [tuple(row) for row in output], None


def why_no_row(row):
    if not isinstance(row, (list, tuple)) or len(row) != 3:
        return "expected three numbers [x, y, r]"
    for name, value in (("x", row[0]), ("y", row[1]), ("r", row[2])):
        if type(value) not in (int, float):  # exactly: a bool is an int
            return f"{name} is no number but {type(value).__name__}"
        if not -2 <= value <= 2:  # NaN, infinities and huge integers fail here too
            return f"{name} is not finite or far outside of the square"
    return "the radius is negative" if row[2] < 0 else None


def repair(rows):
    """(rows of fractions that fit exactly, None), or (None, the worst violation in words)."""
    ratios = [[value.as_integer_ratio() for value in row] for row in rows]
    unit = max([FINEST] + [below for row in ratios for _, below in row])
    grid = [[above * (unit // below) for above, below in row] for row in ratios]

    shrink, worst, reason = 0, 0, None
    for i, (x, y, r) in enumerate(grid):
        if not (0 <= x <= unit and 0 <= y <= unit):
            return None, f"circle {i}: the centre is outside of the square"
        excess = max(r - x, x + r - unit, r - y, y + r - unit)
        if excess > 0:
            shrink = max(shrink, excess)
            if excess > worst:
                worst, reason = excess, f"circle {i} leaves the square by {excess / unit:.3g}"
        for j in range(i):
            other = grid[j]
            squared = (x - other[0]) ** 2 + (y - other[1]) ** 2
            both = r + other[2]
            if both * both <= squared:
                continue
            distance = math.isqrt(squared)
            overlap = both - distance
            shrink = max(shrink, smallest_shrink(r, other[2], distance))
            if overlap > worst:
                worst, reason = overlap, f"circles {j} and {i} overlap by {overlap / unit:.3g}"
    if worst > REPAIRABLE * unit:
        return None, reason
    return [
        (Fraction(x, unit), Fraction(y, unit), Fraction(max(r - shrink, 0), unit)) for x, y, r in grid
    ], None


def smallest_shrink(one, other, distance):
    """By how much both radii must shrink, none below zero, until their sum is at most the distance."""
    half = (one + other - distance + 1) // 2
    return half if half <= min(one, other) else max(one, other) - distance


def contacts(circles):
    """(pairs of circles at most 1e-6 apart, for each circle the number of walls that near)."""
    pairs = 0
    for i, (x, y, r) in enumerate(circles):
        for a, b, s in circles[:i]:
            pairs += math.hypot(x - a, y - b) - r - s <= TOUCHING
    walls = [sum(gap <= TOUCHING for gap in (x - r, 1 - x - r, y - r, 1 - y - r)) for x, y, r in circles]
    return pairs, walls


def spread(values):
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))


def rounded_down(exact):
    nearest = float(exact)
    return nearest if Fraction(nearest) <= exact else math.nextafter(nearest, -math.inf)


def picture(output, context):
    """The packing as an (800, 800, 3) array of bytes, larger circles lighter; empty for a wrong value."""
    import numpy as np

    size, margin = 800, 20
    side = size - 2 * margin
    # Pixel centres in units of the square; the second axis points up.
    axis = (np.arange(size) + 0.5 - margin) / side
    image = np.full((size, size, 3), 255.0)

    def paint(part, distance, colour):
        # One pixel of transition at the edge: the share of the pixel that lies inside.
        share = np.clip(0.5 - distance * side, 0.0, 1.0)[:, :, np.newaxis]
        image[part] += (np.asarray(colour) - image[part]) * share

    rows, _ = read_rows(output)
    radii = [row[2] for row in rows or []]
    low, high = min(radii, default=0.0), max(radii, default=1.0)
    # From dark blue over grey to yellow: told apart with every kind of colour vision, and in print.
    ramp = np.array([[0, 34, 78], [87, 93, 109], [165, 156, 116], [254, 232, 56]], dtype=float)
    for x, y, r in rows or []:
        place = 3.0 * (r - low) / (high - low) if high > low else 1.5
        fill = [np.interp(place, np.arange(4), ramp[:, channel]) for channel in range(3)]
        near = r + 2.0 / side
        across = slice(*np.searchsorted(axis, [x - near, x + near]))
        down = slice(*np.searchsorted(axis, [1.0 - y - near, 1.0 - y + near]))
        edge = np.hypot(axis[np.newaxis, across] - x, 1.0 - axis[down, np.newaxis] - y) - r
        paint((down, across), edge, (30.0, 30.0, 30.0))
        paint((down, across), edge + 2.0 / side, fill)
    border = np.maximum(np.abs(axis[np.newaxis, :] - 0.5), np.abs(axis[:, np.newaxis] - 0.5)) - 0.5
    paint(np.s_[:, :], np.abs(border) - 1.5 / side, (0.0, 0.0, 0.0))
    return np.rint(image).astype(np.uint8)
