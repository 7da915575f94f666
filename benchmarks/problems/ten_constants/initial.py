# EVOLVE-BLOCK-START
X = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]


def solve():
    return X


# EVOLVE-BLOCK-END
