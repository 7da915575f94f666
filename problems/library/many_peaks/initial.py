# EVOLVE-BLOCK-START
def solve():
    """Six numbers between 0 and 1."""
    return [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]


# EVOLVE-BLOCK-END
