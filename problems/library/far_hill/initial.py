# EVOLVE-BLOCK-START
def solve():
    """Six numbers between 0 and 1; the first two lead to the top of the near hill."""
    return [0.2, 0.4, 0.55, 0.25, 0.4, 0.7]


# EVOLVE-BLOCK-END
