# EVOLVE-BLOCK-START
def walk():
    """Twelve headings, in turns from the east; at first a walk round and round the start."""
    return [
        0.1,
        0.4,
        0.6,
        0.9,
        0.1,
        0.4,
        0.6,
        0.9,
        0.1,
        0.4,
        0.6,
        0.9,
    ]


# EVOLVE-BLOCK-END
