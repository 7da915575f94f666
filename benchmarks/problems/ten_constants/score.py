"""Trusted scorer: minus the squared distance of ten numbers to ten hidden ones.

The hidden numbers are the first ten that a generator of Python's with the seed 12345 draws, so that any other
search can be measured on the same ones.
"""

import math
import random

_DRAW = random.Random(12345)
HIDDEN = tuple(_DRAW.random() for _ in range(10))


def score(output, context):
    if hasattr(output, "dtype") and hasattr(output, "tolist"):
        if output.dtype.kind not in "fiu":
            return {"valid": False, "reason": f"an array of {output.dtype} is no array of numbers"}
        output = output.tolist()
    if not isinstance(output, (list, tuple)) or len(output) != len(HIDDEN):
        return {"valid": False, "reason": f"expected a list of {len(HIDDEN)} numbers"}
    for i, value in enumerate(output):
        if type(value) not in (int, float) or not -1e6 <= value <= 1e6:  # exactly: a bool is an int
            return {"valid": False, "reason": f"number {i} is no number of a usual size"}
    mean = math.fsum(output) / len(output)
    return {
        "closeness": -math.fsum((output[i] - HIDDEN[i]) ** 2 for i in range(len(HIDDEN))),
        "mean": mean,
        "spread": math.sqrt(math.fsum((value - mean) ** 2 for value in output) / len(output)),
    }
