"""Trusted scorer: the sum of two trap functions of twenty switches (Ackley, A Connectionist Machine, 1987).

The score of a half depends only on how many of its switches are right: it falls to the bottom of the trap and
rises from there, and so either half misleads, whatever the other is. Half of a half's right positions are on,
so that one number for all is worth little.
"""

RIGHT = (
    (
        0,
        0,
        0,
        0,
        1,
        1,
        0,
        1,
        0,
        1,
        1,
        1,
        0,
        1,
        0,
        1,
        1,
        0,
        1,
        0,
    ),
    (
        1,
        0,
        0,
        1,
        1,
        1,
        0,
        0,
        1,
        0,
        1,
        1,
        0,
        0,
        0,
        1,
        1,
        0,
        0,
        1,
    ),
)
HALF = 20
BOTTOM = 5


def score(output, context):
    if hasattr(output, "dtype") and hasattr(output, "tolist"):
        if output.dtype.kind not in "iu":
            return {"valid": False, "reason": f"an array of {output.dtype} is no array of whole numbers"}
        output = output.tolist()
    if not isinstance(output, (list, tuple)) or len(output) != 2 * HALF:
        return {"valid": False, "reason": f"expected a list of {2 * HALF} switches"}
    for i, switch in enumerate(output):
        if type(switch) is not int or not -1000 <= switch <= 1000:  # exactly: a bool is an int
            return {"valid": False, "reason": f"switch {i} is no whole number between -1000 and 1000"}
    first, second = right_ones(output[:HALF], RIGHT[0]), right_ones(output[HALF:], RIGHT[1])
    return {"worth": abs(BOTTOM - first) + abs(BOTTOM - second), "first": first, "second": second}


def right_ones(switches, wanted):
    return sum(switch % 2 == position for switch, position in zip(switches, wanted, strict=True))
