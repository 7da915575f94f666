"""Trusted scorer: minus the squared distance of six settings to six hidden ones, with noise.

The noise follows from the seed of the replica, which no program sees, and from the settings: one program has
one reading for a seed, and two programs that differ in the last digit have readings that tell nothing of each
other.
"""

import math
import random

HIDDEN = (0.312, 0.874, 0.151, 0.667, 0.943, 0.228)
NOISE = 0.03


def score(output, context):
    numbers, reason = read_numbers(output)
    if reason:
        return {"valid": False, "reason": reason}
    mean, spread = mean_and_spread(numbers)
    noise = random.Random(f"{context['seed']} {[float(value) for value in numbers]}").gauss(0.0, NOISE)
    distance = math.fsum((numbers[i] - HIDDEN[i]) ** 2 for i in range(len(HIDDEN)))
    return {"reading": noise - distance, "mean": mean, "spread": spread}


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
