# EVOLVE-BLOCK-START
def solve():
    """Settings of six dials between 0 and 1."""
    return [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]


# EVOLVE-BLOCK-END
