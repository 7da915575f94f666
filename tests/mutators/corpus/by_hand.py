"""Answers written by hand, after what models of many makers write."""

# ruff: noqa: E501  # answers stand here as they are written, each on a line of its own
from __future__ import annotations

from tests.mutators.corpus.case import HOPELESS, RECOVERABLE, WELL_FORMED, Case, changed
from tests.mutators.corpus.programs import CPP, GO, PACK, PROMPT, RUST, SCRIPT, SEVERAL, SORT

__all__ = ["BY_HAND"]

STEP = ("    step = (1 - 2 * gap) / max(1, side - 1)\n", "    step = (1 - gap) / side\n")
STEPPED = changed(PACK, STEP)
BEST = ("    for _ in range(10):\n", "    for _ in range(500):\n")
FENCE = "```"
PACK_TEXT = PACK["initial.py"]
SORT_TEXT = SORT["sorting.py"]
REGION = PACK_TEXT.split("# EVOLVE-BLOCK-START\n")[1].split("# EVOLVE-BLOCK-END\n")[0]


def pack(name: str, kind: str, answer: str, *edits: tuple[str, str]) -> Case:
    after = None if kind == HOPELESS else changed(PACK, *edits)
    return Case(name=name, kind=kind, sources=PACK, answer=answer, after=after, entrypoint="pack")


def sort(name: str, kind: str, answer: str, *edits: tuple[str, str]) -> Case:
    after = None if kind == HOPELESS else changed(SORT, *edits)
    return Case(name=name, kind=kind, sources=SORT, answer=answer, after=after, entrypoint="solve")


def several(name: str, kind: str, answer: str, *edits: tuple[str, str]) -> Case:
    after = None if kind == HOPELESS else changed(SEVERAL, *edits)
    return Case(name=name, kind=kind, sources=SEVERAL, answer=answer, after=after, entrypoint="anneal")


def other(
    name: str, kind: str, sources: dict[str, str], language: str, answer: str, *edits: tuple[str, str]
) -> Case:
    after = None if kind == HOPELESS else changed(sources, *edits)
    return Case(name=name, kind=kind, sources=sources, answer=answer, after=after, language=language)


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


INSERTION = """def insertion(items, low, high):
    items[low:high] = sorted(items[low:high])
"""
OLD_INSERTION = SORT_TEXT[SORT_TEXT.index("def insertion") : SORT_TEXT.index("\n\ndef quick")]
OLD_SOLVE = SORT_TEXT[SORT_TEXT.index("def solve") :]
OLD_PACK = REGION[REGION.index("def pack(n)") :]
NEW_PACK = """def pack(n):
    points = centers(n, gap=0.1)
    return points, radii(points)
"""

_EDITS = [
    pack(
        "an apology before the edit",
        WELL_FORMED,
        f"I apologize for the confusion in my previous answer. Here is the corrected edit:\n\n{block(STEP[0][:-1], STEP[1][:-1])}",
        STEP,
    ),
    pack(
        "headings, bold and lists around",
        WELL_FORMED,
        f"## Change 1: spacing\n\n- **What**: wider steps\n- **Why**: more room\n\n{block(STEP[0][:-1], STEP[1][:-1])}\n---\n\n> Expected: +0.01\n",
        STEP,
    ),
    pack(
        "two edits with words between",
        WELL_FORMED,
        f"First:\n{block(STEP[0][:-1], STEP[1][:-1])}\nThen:\n{block(BEST[0][:-1], BEST[1][:-1])}",
        STEP,
        BEST,
    ),
    pack(
        "both edits in one fence",
        WELL_FORMED,
        f"```python\n{block(STEP[0][:-1], STEP[1][:-1])}\n{block(BEST[0][:-1], BEST[1][:-1])}```",
        STEP,
        BEST,
    ),
    pack(
        "an insertion by its neighbour",
        WELL_FORMED,
        block("    best = sizes.sum()", "    best = sizes.sum()\n    tries = 0"),
        ("    best = sizes.sum()\n", "    best = sizes.sum()\n    tries = 0\n"),
    ),
    pack(
        "a deletion",
        WELL_FORMED,
        "<<<<<<< SEARCH\n            # Two circles must not overlap.\n=======\n>>>>>>> REPLACE",
        ("            # Two circles must not overlap.\n", ""),
    ),
    pack(
        "markers of the region inside the edit",
        WELL_FORMED,
        block(
            "# EVOLVE-BLOCK-START\ndef centers(n, gap=0.05):",
            "# EVOLVE-BLOCK-START\ndef centers(n, gap=0.01):",
        ),
        ("gap=0.05", "gap=0.01"),
    ),
    pack("four backticks around", WELL_FORMED, f"````\n{block(STEP[0][:-1], STEP[1][:-1])}````", STEP),
    pack(
        "a true diff of two lines of context",
        WELL_FORMED,
        "```diff\n--- a/initial.py\n+++ b/initial.py\n@@ -13,5 +13,5 @@\n     side = math.ceil(math.sqrt(n))\n-    step = (1 - 2 * gap) / max(1, side - 1)\n+    step = (1 - gap) / side\n     points = []\n     for row in range(side):\n```",
        STEP,
    ),
    sort(
        "a true diff",
        WELL_FORMED,
        "```diff\n--- a/sorting.py\n+++ b/sorting.py\n@@ -4,1 +4,1 @@\n-THRESHOLD = 16\n+THRESHOLD = 8\n```",
        ("THRESHOLD = 16", "THRESHOLD = 8"),
    ),
    several(
        "edits below the names of their files",
        WELL_FORMED,
        f"file: main.py\n{block('        heat = start * (1 - step / steps)', '        heat = start * 0.9')}\n"
        f"file: lib/moves.py\n{block('    other[spot] += random.gauss(0, heat)', '    other[spot] += random.uniform(-heat, heat)')}",
        ("start * (1 - step / steps)", "start * 0.9"),
        ("random.gauss(0, heat)", "random.uniform(-heat, heat)"),
    ),
    several(
        "the name of the file in a heading",
        WELL_FORMED,
        f"### `lib/moves.py`\n\n```python\n{block('    other = list(state)', '    other = state.copy()')}```",
        ("    other = list(state)", "    other = state.copy()"),
    ),
    several(
        "a diff of two files",
        WELL_FORMED,
        "```diff\ndiff --git a/main.py b/main.py\n--- a/main.py\n+++ b/main.py\n@@ -11,3 +11,3 @@\n         value = energy(candidate)\n-        if value < current:\n+        if value <= current:\n             state, current = candidate, value\ndiff --git a/lib/moves.py b/lib/moves.py\n--- a/lib/moves.py\n+++ b/lib/moves.py\n@@ -6,3 +6,3 @@\n     spot = random.randrange(len(state))\n-    other = list(state)\n+    other = state[:]\n     other[spot] += random.gauss(0, heat)\n```",
        ("if value < current", "if value <= current"),
        ("list(state)", "state[:]"),
    ),
    several(
        "a file written anew",
        WELL_FORMED,
        "file: lib/moves.py\n```python\n"
        + SEVERAL["lib/moves.py"].replace("gauss(0, heat)", "gauss(0, 2 * heat)")
        + "```",
        ("gauss(0, heat)", "gauss(0, 2 * heat)"),
    ),
    other(
        "an edit of a prompt",
        WELL_FORMED,
        PROMPT,
        "markdown",
        block("- Do not explain.", "- Do not explain.\n- If unsure, say neutral."),
        ("- Do not explain.\n", "- Do not explain.\n- If unsure, say neutral.\n"),
    ),
    other(
        "an edit of go, tabs kept",
        WELL_FORMED,
        GO,
        "go",
        block("\tif len(stops) > 8 {", "\tif len(stops) > 4 {"),
        ("> 8", "> 4"),
    ),
]

_TOLERANT = [
    pack(
        "a comment left out of the search",
        RECOVERABLE,
        block(
            "        for j in range(i):\n            distance = np.linalg.norm(points[i] - points[j])",
            "        for j in range(i):\n            distance = math.dist(points[i], points[j])",
        ),
        ("np.linalg.norm(points[i] - points[j])", "math.dist(points[i], points[j])"),
    ),
    pack(
        "other quotes",
        RECOVERABLE,
        block(
            "    '''Centers on a square grid.'''\n    side = math.ceil(math.sqrt(n))",
            "    '''Centers on a square grid.'''\n    side = 6",
        ),
        ("    side = math.ceil(math.sqrt(n))\n", "    side = 6\n"),
    ),
    pack(
        "curly quotes",
        RECOVERABLE,
        block(
            "    “““Centers on a square grid.”””\n    side = math.ceil(math.sqrt(n))",
            "    “““Centers on a square grid.”””\n    side = 6",
        ),
        ("    side = math.ceil(math.sqrt(n))\n", "    side = 6\n"),
    ),
    pack(
        "blanks around operators",
        RECOVERABLE,
        block("    step = (1-2*gap)/max(1, side-1)", STEP[1][:-1]),
        STEP,
    ),
    pack(
        "blank lines left out",
        RECOVERABLE,
        block(
            '    return np.array(points)\ndef radii(points):\n    """Largest radii in the order of the points."""\n    n = len(points)',
            '    return np.array(points)\ndef radii(points):\n    """Largest radii in the order of the points."""\n    n = points.shape[0]',
        ),
        ("    n = len(points)\n", "    n = points.shape[0]\n"),
    ),
    pack(
        "a blank line too many",
        RECOVERABLE,
        block(
            "    side = math.ceil(math.sqrt(n))\n\n    step = (1 - 2 * gap) / max(1, side - 1)",
            "    side = math.ceil(math.sqrt(n))\n\n    step = (1 - gap) / side",
        ),
        STEP,
    ),
    pack(
        "a slip in a line around",
        RECOVERABLE,
        block(
            "    side = math.ceil(math.sqrt(n))\n    step = (1 - 2 * gap) / max(1, side - 1)\n    point = []\n    for row in range(side):\n        for column in range(side):",
            "    side = math.ceil(math.sqrt(n))\n    step = (1 - gap) / side\n    point = []\n    for row in range(side):\n        for column in range(side):",
        ),
        STEP,
    ),
    pack(
        "tabs for blanks",
        RECOVERABLE,
        block(
            "\tfor row in range(side):\n\t\tfor column in range(side):\n\t\t\tif len(points) < n:",
            "\tfor row in range(side):\n\t\tfor column in range(side - row % 2):\n\t\t\tif len(points) < n:",
        ),
        ("for column in range(side):", "for column in range(side - row % 2):"),
    ),
    pack(
        "two blanks for four",
        RECOVERABLE,
        block(
            "  for row in range(side):\n    for column in range(side):\n      if len(points) < n:",
            "  for row in range(side):\n    for column in range(side):\n      if len(points) < n and row < 9:",
        ),
        ("            if len(points) < n:\n", "            if len(points) < n and row < 9:\n"),
    ),
    other(
        "blanks for tabs",
        RECOVERABLE,
        GO,
        "go",
        block(
            "    if len(stops) > 8 {\n        stops = improve(stops)\n    }",
            "    if len(stops) > 8 {\n        stops = improve(improve(stops))\n    }",
        ),
        ("\t\tstops = improve(stops)\n", "\t\tstops = improve(improve(stops))\n"),
    ),
    pack(
        "dots inside both halves",
        RECOVERABLE,
        block(
            "def radii(points):\n    ...\n        result[i] = max(limit, 0.0)",
            "def radii(points):\n    ...\n        result[i] = max(limit, 1e-12)",
        ),
        ("max(limit, 0.0)", "max(limit, 1e-12)"),
    ),
    pack(
        "a comment with dots inside both halves",
        RECOVERABLE,
        block(
            "    points = centers(n)\n    # ... existing code ...\n    for _ in range(10):",
            "    points = centers(n, 0.1)\n    # ... existing code ...\n    for _ in range(90):",
        ),
        ("centers(n)\n", "centers(n, 0.1)\n"),
        ("range(10)", "range(90)"),
    ),
    pack(
        "dots in the search alone",
        RECOVERABLE,
        block("def pack(n):\n    ...\n    return points, sizes", NEW_PACK.rstrip("\n")),
        (OLD_PACK, NEW_PACK),
    ),
    pack(
        "the rest left out of the replacement alone",
        RECOVERABLE,
        block(
            "    side = math.ceil(math.sqrt(n))\n    step = (1 - 2 * gap) / max(1, side - 1)\n    points = []\n    for row in range(side):",
            "    side = 6\n    step = (1 - 2 * gap) / max(1, side - 1)\n    # ... rest unchanged ...\n    for row in range(side):",
        ),
        ("    side = math.ceil(math.sqrt(n))\n", "    side = 6\n"),
    ),
    pack(
        "an edit that quotes what another one changed",
        RECOVERABLE,
        block("    side = math.ceil(math.sqrt(n))", "    side = 6")
        + block(
            "    side = math.ceil(math.sqrt(n))\n" + STEP[0][:-1],
            "    side = math.ceil(math.sqrt(n))\n" + STEP[1][:-1],
        ),
        ("    side = math.ceil(math.sqrt(n))\n", "    side = 6\n"),
        STEP,
    ),
    pack(
        "an edit of a line that another one put in again",
        RECOVERABLE,
        block(
            "def pack(n):\n    points = centers(n)",
            "def spread(n):\n    points = centers(n)\n    sizes = radii(points)\n    return sizes\n\n\ndef pack(n):\n    points = centers(n)",
        )
        + block("    sizes = radii(points)", "    sizes = radii(points) * 0.999"),
        (
            "def pack(n):\n    points = centers(n)\n    sizes = radii(points)\n",
            "def spread(n):\n    points = centers(n)\n    sizes = radii(points)\n    return sizes\n\n\ndef pack(n):\n    points = centers(n)\n    sizes = radii(points) * 0.999\n",
        ),
    ),
    pack(
        "an edit that closes with words",
        RECOVERABLE,
        f"<<<<<<< SEARCH\n{STEP[0]}=======\n{STEP[1]}>>>>>>> REPLACE (wider steps)\n",
        STEP,
    ),
    pack(
        "more words on the marker",
        RECOVERABLE,
        f"<<<<<<< SEARCH BLOCK\n{STEP[0]}=======\n{STEP[1]}>>>>>>> REPLACE BLOCK\n",
        STEP,
    ),
    pack("bare markers", RECOVERABLE, f"<<<<<<<\n{STEP[0]}=======\n{STEP[1]}>>>>>>>\n", STEP),
    pack(
        "longer dividers",
        RECOVERABLE,
        f"<<<<<<<<<< SEARCH\n{STEP[0]}==========\n{STEP[1]}>>>>>>>>>> REPLACE\n",
        STEP,
    ),
    pack(
        "a divider that says so",
        RECOVERABLE,
        f"<<<<<<< SEARCH\n{STEP[0]}======= REPLACE\n{STEP[1]}>>>>>>> REPLACE\n",
        STEP,
    ),
    pack(
        "in a quotation",
        RECOVERABLE,
        f"<<<<<<< SEARCH\n> {STEP[0]}=======\n> {STEP[1]}>>>>>>> REPLACE\n",
        STEP,
    ),
    pack(
        "numbers as in a complaint",
        RECOVERABLE,
        f"<<<<<<< SEARCH\n   14 | {STEP[0]}=======\n{STEP[1]}>>>>>>> REPLACE\n",
        STEP,
    ),
    pack(
        "escapes of Markdown",
        RECOVERABLE,
        block("    for \\_ in range(10):", "    for \\_ in range(500):"),
        BEST,
    ),
    pack(
        "thinking closed by another name",
        RECOVERABLE,
        f"<think>\nHm.\n</thinking>\n{block(STEP[0][:-1], STEP[1][:-1])}",
        STEP,
    ),
    pack(
        "reasoning with a broken block",
        RECOVERABLE,
        f"<thinking>\n<<<<<<< SEARCH\nfoo\n</thinking>\n\n{block(STEP[0][:-1], STEP[1][:-1])}",
        STEP,
    ),
    pack(
        "reflection and output",
        RECOVERABLE,
        f"<reflection>\nhm\n</reflection>\n<output>\n{block(STEP[0][:-1], STEP[1][:-1])}</output>",
        STEP,
    ),
    pack(
        "a file of another name",
        RECOVERABLE,
        f"solution.py\n```python\n{block(STEP[0][:-1], STEP[1][:-1])}```",
        STEP,
    ),
    pack(
        "edit tags within a list",
        RECOVERABLE,
        f"<edits>\n<edit>\n<search><![CDATA[\n{STEP[0]}]]></search>\n<replace><![CDATA[\n{STEP[1]}]]></replace>\n</edit>\n</edits>",
        STEP,
    ),
    pack(
        "on one line between tags",
        RECOVERABLE,
        f"<search>{STEP[0].strip()}</search>\n<replace>{STEP[1].strip()}</replace>",
        STEP,
    ),
    pack(
        "a call of an editing tool",
        RECOVERABLE,
        '{"command": "str_replace", "path": "/workspace/initial.py", "old_str": "    for _ in range(10):", "new_str": "    for _ in range(500):"}',
        BEST,
    ),
    pack(
        "a diff whose hunk skips lines",
        RECOVERABLE,
        "```diff\n def centers(n, gap=0.05):\n...\n-    step = (1 - 2 * gap) / max(1, side - 1)\n+    step = (1 - gap) / side\n     points = []\n```",
        STEP,
    ),
    pack(
        "a diff with a section alone",
        RECOVERABLE,
        "```diff\n@@ def centers(n, gap=0.05):\n-    step = (1 - 2 * gap) / max(1, side - 1)\n+    step = (1 - gap) / side\n```",
        STEP,
    ),
    pack(
        "a diff with a blank behind the signs",
        RECOVERABLE,
        "```diff\n- " + STEP[0] + "+ " + STEP[1] + "```",
        STEP,
    ),
    pack(
        "a diff below prose that has dashes",
        RECOVERABLE,
        "- wider steps\n- fewer rows\n\n```diff\n-" + STEP[0] + "+" + STEP[1] + "```\n- done",
        STEP,
    ),
    several(
        "the end of a path",
        RECOVERABLE,
        f"moves.py\n{block('    other = list(state)', '    other = state.copy()')}",
        ("    other = list(state)", "    other = state.copy()"),
    ),
    several(
        "no name where it is clear",
        RECOVERABLE,
        block("    other = list(state)", "    other = state.copy()"),
        ("    other = list(state)", "    other = state.copy()"),
    ),
    other(
        "entities in the replacement alone",
        RECOVERABLE,
        RUST,
        "rust",
        block("    a - b", "    if a &lt; b { 0 } else { a - b }"),
        ("    a - b\n}", "    if a < b { 0 } else { a - b }\n}"),
    ),
    other(
        "braces on the margin",
        RECOVERABLE,
        SCRIPT,
        "javascript",
        block(
            "if (item.size <= room) {\n  chosen.push(item);\n  room -= item.size;\n}",
            "if (item.size < room) {\n  chosen.push(item);\n  room -= item.size;\n}",
        ),
        ("item.size <= room", "item.size < room"),
    ),
    other(
        "a file without a last line end",
        RECOVERABLE,
        {"notes.txt": "one\ntwo\nthree"},
        "text",
        block("three", "four"),
        ("three", "four"),
    ),
    other(
        "a file with windows line ends",
        RECOVERABLE,
        {"notes.txt": "one\r\ntwo\r\nthree\r\n"},
        "text",
        block("two", "2\n2.5"),
        ("two\r\n", "2\r\n2.5\r\n"),
    ),
]

_WHOLE = [
    sort(
        "one function with a dependence on the others",
        RECOVERABLE,
        f"Replace `solve`:\n\n```python\ndef solve(items):\n    copy = sorted(items[:THRESHOLD]) + list(items[THRESHOLD:])\n    quick(copy, 0, len(copy))\n    return copy\n{FENCE}",
        (
            OLD_SOLVE,
            "def solve(items):\n    copy = sorted(items[:THRESHOLD]) + list(items[THRESHOLD:])\n    quick(copy, 0, len(copy))\n    return copy\n",
        ),
    ),
    sort(
        "a helper alone",
        RECOVERABLE,
        f"Only `insertion` changes:\n```python\n{INSERTION}{FENCE}",
        (OLD_INSERTION, INSERTION),
    ),
    sort(
        "the rest left out at the margin",
        RECOVERABLE,
        f"```python\n# ... imports and Stats unchanged ...\n\n{INSERTION}\n\n# ... rest of the code unchanged ...\n{FENCE}",
        (OLD_INSERTION, INSERTION),
    ),
    sort(
        "the rest left out without dots",
        RECOVERABLE,
        f"```python\n# (existing code unchanged)\n\n{INSERTION}\n\n# Rest of the code remains the same\n{FENCE}",
        (OLD_INSERTION, INSERTION),
    ),
    sort(
        "the inner lines left out",
        RECOVERABLE,
        "```python\n"
        + SORT_TEXT.replace("THRESHOLD = 16", "THRESHOLD = 24").replace(
            "    pivot = items[(low + high) // 2]\n    left, right = low, high - 1\n",
            "    # ... same as before ...\n    left, right = low, high - 1\n",
        )
        + FENCE,
        ("THRESHOLD = 16", "THRESHOLD = 24"),
    ),
    pack("one function of the region", RECOVERABLE, f"```python\n{NEW_PACK}{FENCE}", (OLD_PACK, NEW_PACK)),
    pack("the region alone", RECOVERABLE, f"```python\n{REGION.replace(*STEP)}{FENCE}", STEP),
    pack(
        "the region with its markers alone",
        RECOVERABLE,
        f"```python\n# EVOLVE-BLOCK-START\n{REGION.replace(*STEP)}# EVOLVE-BLOCK-END\n{FENCE}",
        STEP,
    ),
    pack(
        "the markers lost",
        RECOVERABLE,
        "```python\n"
        + "".join(line for line in STEPPED["initial.py"].splitlines(keepends=True) if "EVOLVE" not in line)
        + FENCE,
        STEP,
    ),
    pack(
        "more than the region changed",
        RECOVERABLE,
        "```python\n" + STEPPED["initial.py"].replace("COUNT = 26", "COUNT = 99") + FENCE,
        STEP,
    ),
    pack(
        "no fence, words around",
        RECOVERABLE,
        "Here is the new program:\n\n"
        + STEPPED["initial.py"]
        + "\nIt uses a wider step, which leaves more room.",
        STEP,
    ),
    pack("the language as a first line", RECOVERABLE, f"```\npython\n{STEPPED['initial.py']}{FENCE}", STEP),
    pack(
        "indented as a list item",
        RECOVERABLE,
        "1. The program:\n\n   ```python\n"
        + "".join(
            "   " + line if line.strip() else line for line in STEPPED["initial.py"].splitlines(keepends=True)
        )
        + "   ```",
        STEP,
    ),
    pack(
        "a draft and the final one",
        RECOVERABLE,
        f"Draft:\n```python\n{STEPPED['initial.py'].replace('500', '5').replace('1e-9', '0')[:-1]}\nx = 1\n{FENCE}\nWait, that prints too much. Final version:\n```python\n{STEPPED['initial.py']}{FENCE}",
        STEP,
    ),
    pack(
        "after an example of use",
        RECOVERABLE,
        f"```python\n{STEPPED['initial.py']}{FENCE}\nUse it like so:\n```python\nfrom initial import pack\nprint(pack(26))\n{FENCE}\nand run\n```bash\npython initial.py\n{FENCE}",
        STEP,
    ),
    several(
        "two files, the names inside",
        RECOVERABLE,
        "```python\n# main.py\n"
        + SEVERAL["main.py"].replace("steps=1000", "steps=2000")
        + "```\n\n```python\n# lib/moves.py\n"
        + SEVERAL["lib/moves.py"].replace("list(state)", "state[:]")
        + "```",
        ("steps=1000", "steps=2000"),
        ("list(state)", "state[:]"),
    ),
    other(
        "the whole of c++ below a heading",
        RECOVERABLE,
        CPP,
        "cpp",
        "### heap.cpp\n```c++\n" + CPP["heap.cpp"].replace("slot + 1", "slot + 2") + "```",
        ("slot + 1", "slot + 2"),
    ),
    other(
        "a prompt anew",
        RECOVERABLE,
        PROMPT,
        "markdown",
        "```markdown\n" + PROMPT["prompt.md"].replace("one word", "a single word") + "```",
        ("one word", "a single word"),
    ),
]

_HOPELESS = [
    sort("two places", HOPELESS, block("            right -= 1", "            right -= 2")),
    sort(
        "two places, lost indentation",
        HOPELESS,
        block("left += 1\nright -= 1  ", "left += 2").replace("  \n", "\n").replace("left += 1\n", ""),
    ),
    pack("outside of the region", HOPELESS, block("COUNT = 26", "COUNT = 30")),
    pack(
        "inside and outside", HOPELESS, block(STEP[0][:-1], STEP[1][:-1]) + block("COUNT = 26", "COUNT = 30")
    ),
    pack("a marker taken out", HOPELESS, block("# EVOLVE-BLOCK-END\n\n\ndef main():", "\n\ndef main():")),
    pack("a marker put in", HOPELESS, block(STEP[0][:-1], STEP[1] + "# EVOLVE-BLOCK-END")),
    pack("a stale name", HOPELESS, block("    stride = (1 - 3 * margin) / max(2, side)", STEP[1][:-1])),
    pack(
        "lines of another program",
        HOPELESS,
        block("    for epoch in range(100):\n        loss = model(x)\n        loss.backward()", "    pass"),
    ),
    pack(
        "second edit nowhere",
        HOPELESS,
        block(STEP[0][:-1], STEP[1][:-1]) + block("    nothing_here = 1", "    x = 1"),
    ),
    pack(
        "one search, two replacements",
        HOPELESS,
        block("    best = sizes.sum()", "    best = sizes.sum()\n    a = 1")
        + block("    best = sizes.sum()", "    best = sizes.sum()\n    b = 1"),
    ),
    pack("no search", HOPELESS, "<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE"),
    pack(
        "an unfinished second edit",
        HOPELESS,
        block(STEP[0][:-1], STEP[1][:-1])
        + "<<<<<<< SEARCH\n    for _ in range(10):\n=======\n    for _ in ra",
    ),
    pack("broken Python", HOPELESS, block(STEP[0][:-1], "    step = (1 - gap / side")),
    pack(
        "the rest left out of a replacement, nowhere told",
        HOPELESS,
        block(
            "def pack(n):\n    points = centers(n)",
            "def pack(n):\n    points = centers(n, 0.1)\n    # ... rest of the function unchanged ...",
        ),
    ),
    pack(
        "dots between lines that are not there",
        HOPELESS,
        block("def nowhere(points):\n    ...\n    return None", "def nowhere(points):\n    return 1"),
    ),
    pack("a refusal", HOPELESS, "I'm sorry, but I can't help with that."),
    pack("an empty answer in a fence", HOPELESS, "```python\n```"),
    pack(
        "reasoning that never ends",
        HOPELESS,
        f"<think>\nI could do\n{block(STEP[0][:-1], STEP[1][:-1])}\nbut then again",
    ),
    pack("a plan", HOPELESS, '{"idea": "wider steps", "steps": ["change step"], "expects": "more"}'),
    pack("lines to be changed by number", HOPELESS, "On line 14 replace `step` with `(1 - gap) / side`."),
    pack("a diff with no place", HOPELESS, "```diff\n@@ -3,2 +3,2 @@\n-alpha = 1\n+alpha = 2\n```"),
    sort(
        "a diff of lines that are there twice",
        HOPELESS,
        "```diff\n@@ -100,1 +100,1 @@\n-            right -= 1\n+            right -= 2\n```",
    ),
    pack("a new file", HOPELESS, "*** Begin Patch\n*** Add File: helper.py\n+x = 1\n*** End Patch"),
    several(
        "a file that is not there",
        HOPELESS,
        f"file: lib/tools.py\n{block('    other = list(state)', '    other = state.copy()')}",
    ),
    several(
        "the wrong file",
        HOPELESS,
        f"file: main.py\n{block('    other = list(state)', '    other = state.copy()')}",
    ),
    several(
        "a file without a region",
        HOPELESS,
        f"file: lib/score.py\n{block('    return sum((x - 3) ** 2 for x in state)', '    return 0')}",
    ),
    other(
        "a part of a rust program",
        HOPELESS,
        RUST,
        "rust",
        "```rust\n    for pair in items.windows(2) {\n        total += 1;\n    }\n```",
    ),
    other("a line of a go program", HOPELESS, GO, "go", "```go\n\tstops = improve(improve(stops))\n```"),
    sort(
        "a function that is not there",
        HOPELESS,
        "```python\ndef shuffle(items):\n    return items[::-1]\n```",
    ),
    pack(
        "stripped of all indentation",
        HOPELESS,
        block(
            "for row in range(side):\nfor column in range(side):\nif len(points) < n:",
            "for row in range(side + 1):\nfor column in range(side):\nif len(points) < n:",
        ),
    ),
]

BY_HAND: list[Case] = [*_EDITS, *_TOLERANT, *_WHOLE, *_HOPELESS]
