"""Trusted scorer: minus Rastrigin's function of six numbers, its one best place hidden.

Of each number the distance to the hidden one is stretched to x = 10.24 (number - hidden), as in the usual
definition on [-5.12, 5.12]; the score is minus the sum of x² + 10 (1 - cos 2πx).
"""

import math

HIDDEN = (0.213, 0.741, 0.604, 0.128, 0.867, 0.395)
STRETCH = 10.24


def score(output, context):
    numbers, reason = read_numbers(output)
    if reason:
        return {"valid": False, "reason": reason}
    mean, spread = mean_and_spread(numbers)
    return {
        "height": -math.fsum(depth(STRETCH * (numbers[i] - HIDDEN[i])) for i in range(len(HIDDEN))),
        "mean": mean,
        "spread": spread,
    }


def depth(x):
    return x * x + 10 * (1 - math.cos(2 * math.pi * x))


def read_numbers(output):
    """(a list of numbers between 0 and 1, None), or (None, why the value is none)."""
    if hasattr(output, "dtype") and hasattr(output, "tolist"):
        if output.dtype.kind not in "fiu":
            return None, f"an array of {output.dtype} is no array of numbers"
        output = output.tolist()
    if not isinstance(output, (list, tuple)) or len(output) != len(HIDDEN):
        return None, f"expected a list of {len(HIDDEN)} numbers"
    for i, value in enumerate(output):
        if type(value) not in (int, float) or not 0 <= value <= 1:  # exactly: a bool is an int
            return None, f"number {i} is no number between 0 and 1"
    return list(output), None


def mean_and_spread(numbers):
    mean = math.fsum(numbers) / len(numbers)
    return mean, math.sqrt(math.fsum((value - mean) ** 2 for value in numbers) / len(numbers))
