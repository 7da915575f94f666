"""Trusted scorer: one trap function over forty switches (Ackley, A Connectionist Machine, 1987).

The score depends only on how many switches are right: it falls to the bottom of the trap and rises from
there. Half of the right positions are on, so that one number for all is worth little.
"""

RIGHT = (
    1,
    0,
    1,
    1,
    0,
    1,
    1,
    0,
    0,
    0,
    0,
    0,
    1,
    0,
    1,
    1,
    1,
    1,
    1,
    0,
    1,
    0,
    0,
    1,
    0,
    1,
    0,
    0,
    1,
    1,
    0,
    1,
    1,
    0,
    0,
    0,
    0,
    1,
    0,
    1,
)
BOTTOM = 9


def score(output, context):
    if hasattr(output, "dtype") and hasattr(output, "tolist"):
        if output.dtype.kind not in "iu":
            return {"valid": False, "reason": f"an array of {output.dtype} is no array of whole numbers"}
        output = output.tolist()
    if not isinstance(output, (list, tuple)) or len(output) != len(RIGHT):
        return {"valid": False, "reason": f"expected a list of {len(RIGHT)} switches"}
    for i, switch in enumerate(output):
        if type(switch) is not int or not -1000 <= switch <= 1000:  # exactly: a bool is an int
            return {"valid": False, "reason": f"switch {i} is no whole number between -1000 and 1000"}
    right = sum(switch % 2 == wanted for switch, wanted in zip(output, RIGHT, strict=True))
    return {"worth": abs(BOTTOM - right), "right": right}
