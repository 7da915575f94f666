"""Trusted scorer: a concatenated trap function (Deb and Goldberg, 1993) of eight blocks of four switches.

The right positions are hidden; two of each block are on, so that all off and all on are worth the same.
"""

RIGHT = (1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 0)
BLOCK = 4


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
    right = [switch % 2 == wanted for switch, wanted in zip(output, RIGHT, strict=True)]
    blocks = [sum(right[start : start + BLOCK]) for start in range(0, len(RIGHT), BLOCK)]
    half = len(blocks) // 2
    return {
        "worth": sum(BLOCK if number == BLOCK else BLOCK - 1 - number for number in blocks),
        "right_west": sum(blocks[:half]),
        "right_east": sum(blocks[half:]),
    }
