"""Changes of the programs, from which generators make answers in many styles."""

# ruff: noqa: E501  # answers stand here as they are written, each on a line of its own
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.mutators.corpus.case import changed
from tests.mutators.corpus.programs import CPP, GO, PACK, RUST, SCRIPT, SORT

__all__ = ["CHANGES", "Change"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of one file: stretches of whole lines, and what they become."""

    name: str
    sources: Mapping[str, str]
    edits: tuple[tuple[str, str], ...]
    language: str = "python"
    entrypoint: str | None = None

    @property
    def path(self) -> str:
        return next(iter(self.sources))

    @property
    def before(self) -> str:
        return self.sources[self.path]

    @property
    def after(self) -> dict[str, str]:
        return changed(self.sources, *self.edits)


CHANGES = (
    Change(
        name="a constant",
        sources=PACK,
        entrypoint="pack",
        edits=(
            (
                "    side = math.ceil(math.sqrt(n))\n    step = (1 - 2 * gap) / max(1, side - 1)\n",
                "    side = math.ceil(math.sqrt(n)) + 1\n    step = (1 - 3 * gap) / max(1, side - 1)\n",
            ),
        ),
    ),
    Change(
        name="lines put in",
        sources=PACK,
        entrypoint="pack",
        edits=(
            (
                "    for j in range(i):\n            # Two circles must not overlap.\n".replace(
                    "    for", "        for", 1
                ),
                "        for j in range(i):\n            if j == 7:\n                continue\n"
                "            # Two circles must not overlap.\n",
            ),
        ),
    ),
    Change(
        name="two places",
        sources=PACK,
        entrypoint="pack",
        edits=(
            (
                "        result[i] = max(limit, 0.0)\n    return result\n",
                "        result[i] = max(limit, 1e-9)\n    return result\n",
            ),
            (
                "    best = sizes.sum()\n    for _ in range(10):\n",
                "    best = sizes.sum()\n    rng = np.random.default_rng(7)\n    for _ in range(200):\n",
            ),
        ),
    ),
    Change(
        name="a body anew",
        sources=SORT,
        entrypoint="solve",
        edits=(
            (
                "    for i in range(low + 1, high):\n        item = items[i]\n        j = i - 1\n"
                "        while j >= low and items[j] > item:\n            items[j + 1] = items[j]\n"
                "            j -= 1\n        items[j + 1] = item\n",
                "    part = items[low:high]\n    part.sort()\n    if part and part[0] <= part[-1]:\n"
                "        items[low:high] = part\n",
            ),
        ),
    ),
    Change(
        name="lines taken out",
        sources=SORT,
        entrypoint="solve",
        edits=(
            (
                "        insertion(items, low, high)\n        return\n    pivot = items[(low + high) // 2]\n",
                "        return\n    pivot = items[(low + high) // 2]\n",
            ),
        ),
    ),
    Change(
        name="rust",
        sources=RUST,
        language="rust",
        entrypoint="solve",
        edits=(
            (
                "    let mut total = 0;\n    for pair in items.windows(2) {\n"
                "        total += weight(pair[0], pair[1]);\n    }\n",
                "    let mut total = 1;\n    for pair in items.windows(2) {\n        let w = weight(pair[0], pair[1]);\n"
                "        if w > 0 && w < 9 {\n            total += w;\n        }\n    }\n",
            ),
        ),
    ),
    Change(
        name="c++",
        sources=CPP,
        language="cpp",
        entrypoint="probe",
        edits=(
            (
                "    key *= 0xff51afd7ed558ccdULL;\n    return key;\n",
                "    key *= 0xff51afd7ed558ccdULL;\n    key ^= key >> 29;\n    return key;\n",
            ),
        ),
    ),
    Change(
        name="go",
        sources=GO,
        language="go",
        edits=(
            (
                "\tif len(stops) > 8 {\n\t\tstops = improve(stops)\n\t}\n",
                "\tfor round := 0; round < 4; round++ {\n\t\tif len(stops) > 8 {\n\t\t\tstops = improve(stops)\n\t\t}\n\t}\n",
            ),
        ),
    ),
    Change(
        name="javascript",
        sources=SCRIPT,
        language="javascript",
        entrypoint="choose",
        edits=(
            (
                "    if (item.size <= room) {\n      chosen.push(item);\n",
                "    if (item.size <= room && item.value > 0) {\n      chosen.push({ ...item });\n",
            ),
        ),
    ),
)
