"""Trusted scorer: the height of a place on a line with two hills, less how badly four numbers are tuned.

A hill is a triangle; the far one is 1 high, the near one 0.6, and both reach 0.08 to either side.
"""

import math

NEAR, FAR = 0.3, 0.62
LOWER = 0.6
REACH = 0.08
HIDDEN = (0.62, 0.17, 0.44, 0.81)


def score(output, context):
    numbers, reason = read_numbers(output)
    if reason:
        return {"valid": False, "reason": reason}
    place = (numbers[0] + numbers[1]) / 2
    return {"height": hills(place) - math.dist(numbers[2:], HIDDEN), "place": place}


def hills(place):
    near = LOWER * (1 - abs(place - NEAR) / REACH)
    far = 1 - abs(place - FAR) / REACH
    return max(near, far, 0.0)


def read_numbers(output):
    """(a list of numbers between 0 and 1, None), or (None, why the value is none)."""
    if hasattr(output, "dtype") and hasattr(output, "tolist"):
        if output.dtype.kind not in "fiu":
            return None, f"an array of {output.dtype} is no array of numbers"
        output = output.tolist()
    if not isinstance(output, (list, tuple)) or len(output) != 2 + len(HIDDEN):
        return None, f"expected a list of {2 + len(HIDDEN)} numbers"
    for i, value in enumerate(output):
        if type(value) not in (int, float) or not 0 <= value <= 1:  # exactly: a bool is an int
            return None, f"number {i} is no number between 0 and 1"
    return list(output), None
