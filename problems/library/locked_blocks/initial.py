# EVOLVE-BLOCK-START
BLOCKS = [
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
]


def switches():
    """Thirty-two whole numbers; a switch is on where its number is odd."""
    return [switch for block in BLOCKS for switch in block]


# EVOLVE-BLOCK-END
