import math

# EVOLVE-BLOCK-START
CENTRES = [
    [0.07, 0.12],
    [0.31, 0.10],
    [0.48, 0.12],
    [0.72, 0.10],
    [0.90, 0.08],
    [0.06, 0.29],
    [0.31, 0.27],
    [0.52, 0.28],
    [0.68, 0.26],
    [0.94, 0.32],
    [0.11, 0.51],
    [0.21, 0.49],
    [0.42, 0.47],
    [0.62, 0.49],
    [0.72, 0.53],
    [0.89, 0.53],
    [0.10, 0.70],
    [0.29, 0.70],
    [0.47, 0.66],
    [0.73, 0.68],
    [0.92, 0.68],
    [0.14, 0.93],
    [0.32, 0.92],
    [0.51, 0.92],
    [0.67, 0.90],
    [0.93, 0.88],
]


def half_gap(i, centres):
    """Half the distance to the nearest other centre, or the distance to the nearest wall."""
    x, y = centres[i]
    gap = min(x, 1 - x, y, 1 - y)
    for j in range(len(centres)):
        if j != i:
            gap = min(gap, 0.5 * math.hypot(x - centres[j][0], y - centres[j][1]))
    return gap


def grown(i, centres, radii):
    """As large as the wall and the other circles, as they are now, let circle i become."""
    x, y = centres[i]
    radius = min(x, 1 - x, y, 1 - y)
    for j in range(len(centres)):
        if j != i:
            radius = min(radius, math.hypot(x - centres[j][0], y - centres[j][1]) - radii[j])
    return max(radius, 0.0)


def pack(n):
    """n rows [x, y, r]: circles with these centres, grown one after the other."""
    centres = CENTRES[:n]
    radii = [half_gap(i, centres) for i in range(n)]
    for i in range(n):
        radii[i] = grown(i, centres, radii)
    return [[centres[i][0], centres[i][1], radii[i]] for i in range(n)]


# EVOLVE-BLOCK-END
