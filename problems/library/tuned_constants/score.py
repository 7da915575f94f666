"""Trusted scorer: minus the squared distance of ten numbers to ten hidden ones."""

import math

HIDDEN = (0.137, 0.862, 0.418, 0.705, 0.063, 0.591, 0.944, 0.289, 0.776, 0.352)


def score(output, context):
    if hasattr(output, "dtype") and hasattr(output, "tolist"):
        if output.dtype.kind not in "fiu":
            return {"valid": False, "reason": f"an array of {output.dtype} is no array of numbers"}
        output = output.tolist()
    if not isinstance(output, (list, tuple)) or len(output) != len(HIDDEN):
        return {"valid": False, "reason": f"expected a list of {len(HIDDEN)} numbers"}
    for i, value in enumerate(output):
        if type(value) not in (int, float) or not 0 <= value <= 1:
            return {"valid": False, "reason": f"number {i} is no number between 0 and 1"}
    mean = math.fsum(output) / len(output)
    return {
        "closeness": -math.fsum((output[i] - HIDDEN[i]) ** 2 for i in range(len(HIDDEN))),
        "mean": mean,
        "spread": math.sqrt(math.fsum((value - mean) ** 2 for value in output) / len(output)),
    }
