"""Programs that the answers of the corpus are about."""

from __future__ import annotations

PACK = {
    "initial.py": '''\
"""Circles in the unit square."""

import math

import numpy as np

COUNT = 26

# EVOLVE-BLOCK-START
def centers(n, gap=0.05):
    """Centers on a square grid."""
    side = math.ceil(math.sqrt(n))
    step = (1 - 2 * gap) / max(1, side - 1)
    points = []
    for row in range(side):
        for column in range(side):
            if len(points) < n:
                points.append((gap + column * step, gap + row * step))
    return np.array(points)


def radii(points):
    """Largest radii in the order of the points."""
    n = len(points)
    result = np.zeros(n)
    for i in range(n):
        x, y = points[i]
        limit = min(x, y, 1 - x, 1 - y)
        for j in range(i):
            # Two circles must not overlap.
            distance = np.linalg.norm(points[i] - points[j])
            limit = min(limit, distance - result[j])
        result[i] = max(limit, 0.0)
    return result


def pack(n):
    points = centers(n)
    sizes = radii(points)

    # Move each center a little, and keep what is better.
    best = sizes.sum()
    for _ in range(10):
        moved = points + np.random.default_rng(0).normal(0, 0.01, points.shape)
        fresh = radii(moved)
        if fresh.sum() > best and len(fresh) == n:
            points, sizes, best = moved, fresh, fresh.sum()
    return points, sizes
# EVOLVE-BLOCK-END


def main():
    points, sizes = pack(COUNT)
    return {"centers": points.tolist(), "radii": sizes.tolist()}


if __name__ == "__main__":
    print(main())
'''
}

SORT = {
    "sorting.py": """\
from dataclasses import dataclass


THRESHOLD = 16


@dataclass
class Stats:
    swaps: int = 0
    compared: int = 0

    def add(self, swaps, compared):
        self.swaps += swaps
        self.compared += compared


def insertion(items, low, high):
    for i in range(low + 1, high):
        item = items[i]
        j = i - 1
        while j >= low and items[j] > item:
            items[j + 1] = items[j]
            j -= 1
        items[j + 1] = item


def quick(items, low, high):
    if high - low < THRESHOLD:
        insertion(items, low, high)
        return
    pivot = items[(low + high) // 2]
    left, right = low, high - 1
    while left <= right:
        while items[left] < pivot:
            left += 1
        while items[right] > pivot:
            right -= 1
        if left <= right:
            items[left], items[right] = items[right], items[left]
            left += 1
            right -= 1
    quick(items, low, right + 1)
    quick(items, left, high)


def solve(items):
    copy = list(items)
    quick(copy, 0, len(copy))
    return copy
"""
}

SEVERAL = {
    "main.py": """\
from lib.moves import propose
from lib.score import energy


# EVOLVE-BLOCK-START
def anneal(state, steps=1000, start=1.0):
    current = energy(state)
    for step in range(steps):
        heat = start * (1 - step / steps)
        candidate = propose(state, heat)
        value = energy(candidate)
        if value < current:
            state, current = candidate, value
    return state
# EVOLVE-BLOCK-END
""",
    "lib/moves.py": """\
import random


# EVOLVE-BLOCK-START
def propose(state, heat):
    spot = random.randrange(len(state))
    other = list(state)
    other[spot] += random.gauss(0, heat)
    return other
# EVOLVE-BLOCK-END
""",
    "lib/score.py": """\
def energy(state):
    return sum((x - 3) ** 2 for x in state)
""",
}

RUST = {
    "main.rs": """\
use std::io;

const LIMIT: usize = 64;

fn weight(a: u32, b: u32) -> u32 {
    if a < b && b > 0 {
        return b - a;
    }
    a - b
}

fn solve(items: &[u32]) -> u32 {
    let mut total = 0;
    for pair in items.windows(2) {
        total += weight(pair[0], pair[1]);
    }
    total
}

fn main() {
    let mut line = String::new();
    io::stdin().read_line(&mut line).unwrap();
    let items: Vec<u32> = line.split_whitespace().take(LIMIT).map(|x| x.parse().unwrap()).collect();
    println!("{}", solve(&items));
}
"""
}

CPP = {
    "heap.cpp": """\
#include <vector>
#include <cstdint>

// EVOLVE-BLOCK-START
static inline uint64_t mix(uint64_t key) {
    key ^= key >> 33;
    key *= 0xff51afd7ed558ccdULL;
    return key;
}

int probe(const std::vector<uint64_t>& table, uint64_t key) {
    size_t mask = table.size() - 1;
    size_t slot = mix(key) & mask;
    while (table[slot] != 0 && table[slot] != key) {
        slot = (slot + 1) & mask;
    }
    return static_cast<int>(slot);
}
// EVOLVE-BLOCK-END

int main() { return 0; }
"""
}

GO = {
    "route.go": """\
package route

import "sort"

// Order sorts the stops by their distance.
func Order(stops []Stop, from Stop) []Stop {
	sort.Slice(stops, func(i, j int) bool {
		return dist(stops[i], from) < dist(stops[j], from)
	})
	if len(stops) > 8 {
		stops = improve(stops)
	}
	return stops
}

func improve(stops []Stop) []Stop {
	for i := 1; i < len(stops); i++ {
		if better(stops, i) {
			swap(stops, i)
		}
	}
	return stops
}
"""
}

SCRIPT = {
    "greedy.js": """\
'use strict';

const WEIGHT = 0.75;

function score(item) {
  return item.value - WEIGHT * item.cost;
}

function choose(items, room) {
  const sorted = [...items].sort((a, b) => score(b) - score(a));
  const chosen = [];
  for (const item of sorted) {
    if (item.size <= room) {
      chosen.push(item);
      room -= item.size;
    }
  }
  return chosen;
}

module.exports = { choose };
"""
}

PROMPT = {
    "prompt.md": """\
# Task

You are given a sentence. Say how it feels.

- Answer with one word.
- Do not explain.

Sentence: {sentence}
"""
}
