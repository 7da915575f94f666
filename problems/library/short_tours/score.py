"""Trusted scorer: makes the cities again, checks every round trip exactly and measures its length."""

import math

SIDE = 1_000_000
MASK = (1 << 64) - 1


def cities_of(case):
    """The cities of a case "n seed", by the same generator as the program's."""
    n, state = map(int, case.split())
    numbers = []
    for _ in range(2 * n):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        numbers.append((z ^ (z >> 31)) % SIDE)
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def edges_of(tour, cities):
    return [math.dist(cities[tour[i - 1]], cities[tour[i]]) for i in range(len(tour))]


def score(output, context):
    cases = context["inputs"]["cases"]
    if type(output) is not list or len(output) != len(cases):
        return {"valid": False, "reason": f"expected one round trip for each of {len(cases)} cases"}
    ratios, longest = [], []
    for number, (tour, case) in enumerate(zip(output, cases, strict=True)):
        cities = cities_of(case)
        if type(tour) is not list or len(tour) != len(cities):
            return {"valid": False, "reason": f"case {number}: expected a list of {len(cities)} cities"}
        if any(type(city) is not int for city in tour) or set(tour) != set(range(len(cities))):
            return {"valid": False, "reason": f"case {number}: not every city stands in it once"}
        edges = edges_of(tour, cities)
        ratios.append(math.fsum(edges) / (SIDE * math.sqrt(len(cities))))
        longest.append(max(edges) * len(edges) / math.fsum(edges))
    return {
        "ratio": math.fsum(ratios) / len(ratios),
        "longest_edge": math.fsum(longest) / len(longest),
    }


def picture(output, context):
    """The last round trip, in black on white."""
    import numpy as np

    cities = np.array(cities_of(context["inputs"]["cases"][-1]), dtype=float)
    tour = np.array(output[-1])
    image = np.full((600, 600, 3), 255, dtype=np.uint8)
    for start, end in zip(cities[tour], cities[np.roll(tour, -1)], strict=True):
        along = np.linspace(0, 1, 200)[:, None]
        pixels = ((start + along * (end - start)) * (599 / SIDE)).astype(int)
        image[599 - pixels[:, 1], pixels[:, 0]] = 0
    return image
