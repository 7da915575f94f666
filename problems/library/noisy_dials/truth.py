"""Trusted scorer: the worth of six settings without the noise of the instrument. For people only."""

import math

HIDDEN = (0.312, 0.874, 0.151, 0.667, 0.943, 0.228)


def score(output, context):
    numbers = output.tolist() if hasattr(output, "tolist") else output
    return {"worth": -math.fsum((numbers[i] - HIDDEN[i]) ** 2 for i in range(len(HIDDEN)))}
