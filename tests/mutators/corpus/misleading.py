"""Answers that invite a wrong edit: what is taken back, shown twice, moved, left out or alike."""

# ruff: noqa: E501  # answers stand here as they are written, each on a line of its own
# ruff: noqa: RUF001  # letters of other scripts are what some of the answers are about
from __future__ import annotations

from collections.abc import Mapping

from tests.mutators.corpus.by_hand import (
    INSERTION,
    OLD_INSERTION,
    OLD_SOLVE,
    PACK_TEXT,
    SORT_TEXT,
    STEP,
    block,
)
from tests.mutators.corpus.case import HOPELESS, RECOVERABLE, Case, changed
from tests.mutators.corpus.programs import GO, PACK, PROMPT, RUST, SCRIPT, SEVERAL, SORT

__all__ = ["MISLEADING"]

EIGHT, TWELVE = (("THRESHOLD = 16", f"THRESHOLD = {size}") for size in (8, 12))
SLICED = ("    copy = list(items)", "    copy = items[:]")
NEW_SOLVE = OLD_SOLVE.replace(*SLICED)
TWINS = {
    "twins.py": "class A:\n    def __init__(self):\n        self.n = 0\n\n    def step(self, x):\n        self.n += x\n        return self.n\n\n    def other(self):\n        return self.n\n\n\nclass B:\n    def __init__(self):\n        self.n = 0\n\n    def step(self, x):\n        self.n += x\n        return self.n\n\n    def extra(self):\n        return -self.n\n\n\ndef run(x):\n    return A().step(x) + B().step(x) + A().other()\n"
}
NESTED = {"prompt.md": '# Task\nAnswer so:\n```json\n{"a": 1}\n```\nBe brief.\n\nNever lie.\n'}
RULED = {"ruled.py": '"""Title\n=======\n"""\nx = 1\ny = 2\n'}
FLAT = {"flat.py": "import sys\n\nn = 10\ntotal = 0\nfor i in range(n):\n    total += i\nprint(total)\n"}
ORDER = {"order.py": "def f(x):\n    y = 0\n    for i in x:\n        y += i\n        y *= 2\n    return y\n"}
PACK_CRLF = {"initial.py": PACK_TEXT.replace("\n", "\r\n")}
EMPTY_CRLF = {"a.py": "a = 1\r\n# EVOLVE-BLOCK-START\r\n# EVOLVE-BLOCK-END\r\n"}
START, END = "# EVOLVE-BLOCK-START\n", "# EVOLVE-BLOCK-END\n"


def python(text: str) -> str:
    return f"```python\n{text}```\n"


def whole(*edits: tuple[str, str], of: Mapping[str, str] = SORT) -> str:
    return python(next(iter(changed(of, *edits).values())))


def to(
    name: str,
    sources: Mapping[str, str],
    answer: str,
    *edits: tuple[str, str],
    entrypoint: str | None = None,
    language: str = "python",
) -> Case:
    after = changed(sources, *edits)
    return Case(
        name=name, kind=RECOVERABLE, sources=sources, answer=answer, after=after, language=language, entrypoint=entrypoint
    )  # fmt: skip


def refused(
    name: str,
    sources: Mapping[str, str],
    answer: str,
    *,
    entrypoint: str | None = None,
    language: str = "python",
) -> Case:
    return Case(
        name=name, kind=HOPELESS, sources=sources, answer=answer, after=None, language=language, entrypoint=entrypoint
    )  # fmt: skip


_SEVERAL_PROGRAMS = [
    to("the second one was improved", SORT, f"First attempt:\n{whole(EIGHT)}It swaps too much. This was improved:\n{whole(TWELVE)}", TWELVE, entrypoint="solve"),
    to("a complete draft taken back", SORT, f"Complete program:\n{whole(EIGHT)}Wait, that is wrong.\n\nInstead of the original bound:\n{whole(TWELVE)}", TWELVE, entrypoint="solve"),
    to("first attempt, correction, final", SORT, f"First attempt:\n{whole(EIGHT)}Hm, that's wrong.\n\nFinal:\n{whole(TWELVE)}", TWELVE, entrypoint="solve"),
    to("lines in another order, then how to use it", ORDER, python("def f(x):\n    y = 0\n    for i in x:\n        y *= 2\n        y += i\n    return y\n") + "Use:\n" + python("y = f([1])\nprint(y)\n"), ("        y += i\n        y *= 2\n", "        y *= 2\n        y += i\n")),
    to("the old one without a fence, then the new", SORT, f"The program:\n\n{SORT_TEXT}\nmust become this:\n\n{SORT_TEXT.replace(*EIGHT)}\nThat is all.", EIGHT, entrypoint="solve"),
    to("no fence, and a last word", SORT, f"New:\n\n{SORT_TEXT.replace(*EIGHT)}\nDone", EIGHT, entrypoint="solve"),
    refused("the new one, and another to compare", SORT, f"New program:\n{whole(EIGHT)}For comparison, with 12:\n{whole(TWELVE)}", entrypoint="solve"),
    refused("the only one taken back", SORT, f"{whole(EIGHT)}Wait, that is wrong. It should be 12.", entrypoint="solve"),
    refused("two without fences", SORT, f"I first thought of:\n\n{SORT_TEXT.replace(*EIGHT)}\nbut then:\n\n{SORT_TEXT.replace(*TWELVE)}\nThat is all.", entrypoint="solve"),
    refused("how to use it alone", SORT, "Use it so:\n" + python("from sorting import solve\n\nprint(solve([3, 1]))\n")),
    refused("no change needed", SORT, "No change needed."),
]  # fmt: skip

_PARTS = [
    to("a part below the name of the file", SORT, f"### sorting.py\n{python(INSERTION)}", (OLD_INSERTION, INSERTION), entrypoint="solve"),
    to("a part below the name, no entrypoint", SORT, f"sorting.py\n{python(INSERTION)}", (OLD_INSERTION, INSERTION)),
    to("a part with the name inside", SORT, python("# sorting.py\n" + INSERTION), (OLD_INSERTION, INSERTION)),
    to("a part of one of several files", {**SORT, "b.py": "x = 1\n"}, f"file: sorting.py\n{python(INSERTION)}", (OLD_INSERTION, INSERTION), entrypoint="solve"),
    to("the old part below the name, then the new", SORT, f"In `sorting.py`:\nsorting.py\n{python(OLD_INSERTION)}becomes\n{python(INSERTION)}", (OLD_INSERTION, INSERTION)),
    to("a part without a fence", SORT, INSERTION, (OLD_INSERTION, INSERTION)),
    to("a part that relies on nothing, no entrypoint", SORT, python(INSERTION), (OLD_INSERTION, INSERTION)),
    to("pairs of which one is indented", SORT, "Before:\n" + python(SLICED[0] + "\n") + "After:\n" + python(SLICED[1] + "\n") + "and\nBefore:\n" + python(EIGHT[0] + "\n") + "After:\n" + python(EIGHT[1] + "\n"), SLICED, EIGHT, entrypoint="solve"),
    refused("a part, a correction, another part", SORT, f"Replace insertion:\n{python(INSERTION)}Wait, that is wrong. Change solve instead:\n{python(NEW_SOLVE)}", entrypoint="solve"),
    refused("parts to choose from", SORT, f"Option A:\n{python(INSERTION)}Option B:\n{python(NEW_SOLVE)}", entrypoint="solve"),
    refused("two of the same part, both seem old", SORT, "Before the change:\n" + python(OLD_INSERTION.replace("item", "thing")) + f"Instead of the old shift:\n{python(INSERTION)}", entrypoint="solve"),
    refused("a part and what it needs beside it", SORT, "Add:\n" + python("def helper(items):\n    return items\n") + "Change:\n" + python(OLD_SOLVE.replace("list(items)", "helper(items)")), entrypoint="solve"),
    refused("a method of two classes", TWINS, python("def step(self, x):\n    return 1\n")),
    refused("a class that lacks methods", TWINS, python("class B:\n    def step(self, x):\n        return x\n"), entrypoint="run"),
    refused("the loop of a script", FLAT, "Change the loop:\n" + python("total = 0\nfor i in range(10):\n    total += i * i\n")),
    refused("one file by its name and one without", SEVERAL, "file: main.py\n" + python(SEVERAL["main.py"].replace("1000", "2000")) + "and the moves:\n" + python(SEVERAL["lib/moves.py"].replace("gauss(0", "uniform(0")), entrypoint="anneal"),
    refused("a function of a go program", GO, "```go\n" + GO["route.go"][GO["route.go"].index("func improve") :] + "```", language="go"),
    refused("a function of a script", SCRIPT, "```js\nfunction score(item) {\n  return item.value;\n}\n```", language="javascript"),
    refused("a prompt without its gap", PROMPT, "```markdown\n- Do not explain.\n- Be kind.\n```", language="markdown"),
]  # fmt: skip

_TAKEN_BACK = [
    refused("an edit taken back", SORT, block(*EIGHT) + "Wait, that is wrong: the bound is fine.\n\n" + block(*SLICED)),
    refused("an edit corrected by another", SORT, block(*EIGHT) + "Hmm, wait, 12 is better:\n\n" + block(EIGHT[1], "THRESHOLD = 12")),
    refused("the only edit taken back", SORT, block(*EIGHT) + "Wait, that is wrong, leave it.\n"),
    refused("edits to choose from", SORT, "Option 1:\n" + block(*EIGHT) + "Option 2:\n" + block(*SLICED)),
    refused("a diff taken back", SORT, f"```diff\n-{EIGHT[0]}\n+{EIGHT[1]}\n```\nOn second thought:\n```diff\n-{SLICED[0]}\n+{SLICED[1]}\n```\n"),
    refused("tags taken back", SORT, f"<search>{EIGHT[0]}</search>\n<replace>{EIGHT[1]}</replace>\nScratch that.\n<search>{SLICED[0]}</search>\n<replace>{SLICED[1]}</replace>\n"),
    refused("JSON taken back", SORT, '{"search": "THRESHOLD = 16", "replace": "THRESHOLD = 8"}\nWait, that is wrong.\n{"search": "    copy = list(items)", "replace": "    copy = items[:]"}'),
    refused("pairs taken back", SORT, "Before:\n" + python(SLICED[0] + "\n") + "After:\n" + python(SLICED[1] + "\n") + "Wait, that is wrong.\nBefore:\n" + python(EIGHT[0] + "\n") + "After:\n" + python(EIGHT[1] + "\n"), entrypoint="solve"),
    refused("the format as an example first", SORT, "I use this form:\n" + block("old code", "new code") + "Now:\n" + block(*EIGHT)),
    to("two objects of JSON", SORT, '{"old_str": "THRESHOLD = 16", "new_str": "THRESHOLD = 8"}\n{"old_str": "    copy = list(items)", "new_str": "    copy = items[:]"}', EIGHT, SLICED),
    to("words about waiting", SORT, block(*EIGHT) + "We need not wait for more.\n" + block(*SLICED), EIGHT, SLICED),
    to("words about what was wrong", SORT, "I made a mistake before; wait no more.\n" + block(*EIGHT) + "The old bound was wrong, as it copied too much.\n" + block(*SLICED), EIGHT, SLICED),
]  # fmt: skip

_PLACES = [
    refused("a diff below the head of another method", TWINS, "```diff\n@@ def other(self):\n-        self.n += x\n+        self.n += 2 * x\n```"),
    to("a diff below the head of a class", TWINS, "```diff\n@@ class B:\n-        self.n += x\n+        self.n += 2 * x\n```", ("        self.n += x\n        return self.n\n\n    def extra", "        self.n += 2 * x\n        return self.n\n\n    def extra")),
    refused("a diff of two places with a wrong number", TWINS, "```diff\n@@ -100,1 +100,1 @@\n-        self.n += x\n+        self.n += 2 * x\n```"),
    refused("one line at two depths, by tab", TWINS, block("\treturn self.n", "\treturn 1")),
    refused("dots over two functions", SORT, block("def insertion(items, low, high):\n    ...\n    return copy", INSERTION.rstrip())),
    to("dots within one function", SORT, block("def solve(items):\n    ...\n    return copy", "def solve(items):\n    return sorted(items)"), (OLD_SOLVE, "def solve(items):\n    return sorted(items)\n")),
    refused("another divisor", {"a.py": "def f(n):\n    mid = n // 2\n    return mid\n"}, block("    mid = n // 3", "    mid = n // 5")),
    refused("another colour", {"a.css": "a {\n  color: #fff;\n}\n"}, block("  color: #000;", "  color: #123;"), language="css"),
    refused("another text with a hash", {"a.py": "s = 'a # b'\n"}, block("s = 'a # c'", "s = 'z'")),
    refused("another text of blanks", {"a.py": "sep = ''\nx = 1\n"}, block("sep = ' '", "sep = ','")),
    refused("a function of another name", {"a.py": "def left_sum(items):\n    total = 0\n    for item in items:\n        total += item\n    return total\n"}, block("def right_sum(items):\n    total = 0\n    for item in items:\n        total += item\n    return total", "def right_sum(items):\n    return -sum(items)")),
    to("one Cyrillic letter", SORT, block("    \u0441opy = list(items)", "    \u0441opy = items[:]"), SLICED),
    refused("a diff with no place is no program", SCRIPT, "```diff\n-const NOTHING = 1;\n+const NOTHING = 2;\n```", language="javascript"),
    refused("a diff without a tag is no program", PROMPT, "```\n@@ -1,2 +1,2 @@\n-Nothing of this {sentence}\n+is there {sentence}\n```", language="markdown"),
    refused("a fence within an edit that has no place", PROMPT, "<<<<<<< SEARCH\nNothing of this\n=======\n```\nSay {sentence}\n```\n>>>>>>> REPLACE\n", language="markdown"),
    refused("wide brackets", SORT, block("    quick（copy, 0, len(copy)）", "    quick(copy, 1, len(copy))")),
    refused("a divider of the program's own", RULED, block('"""Title\n=======\n"""\nx = 1', '"""Title\n=======\n"""\nx = 2')),
    to("an edit beside a divider of the program's own", RULED, block("x = 1", "x = 2"), ("x = 1", "x = 2")),
]  # fmt: skip

_REGIONS = [
    refused("the first marker moved down", PACK, python(PACK_TEXT.replace(START, "").replace("def radii", START + "def radii")), entrypoint="pack"),
    refused("the first marker moved up", PACK, python(PACK_TEXT.replace(START, "").replace("COUNT = 26\n", START + "COUNT = 30\n")), entrypoint="pack"),
    refused("the last marker moved down", PACK, python(PACK_TEXT.replace(END, "") + END), entrypoint="pack"),
    refused("markers twice", PACK, python(PACK_TEXT.replace("def radii", END + START + "def radii")), entrypoint="pack"),
    refused("the first marker dropped", PACK, python(PACK_TEXT.replace(START, "")), entrypoint="pack"),
    refused("an import outside", PACK, python(PACK_TEXT.replace("import math\n", "import math\nimport random\n").replace("    best = sizes", "    random.seed(1)\n    best = sizes")), entrypoint="pack"),
    refused("a helper outside", PACK, python(PACK_TEXT.replace("COUNT = 26\n", "COUNT = 26\n\n\ndef helper(n):\n    return centers(n)\n").replace("points = centers(n)", "points = helper(n)")), entrypoint="pack"),
    refused("markers moved in another language", {"a.rs": "const A: u8 = 1;\n// EVOLVE-BLOCK-START\nfn one() {\n}\nfn two() {\n}\n// EVOLVE-BLOCK-END\n"}, "```rust\nconst A: u8 = 1;\nfn one() {\n}\n// EVOLVE-BLOCK-START\nfn two() {\n}\n// EVOLVE-BLOCK-END\n```", language="rust"),
    to("windows line ends, an edit", PACK_CRLF, block(STEP[0][:-1], STEP[1] + "    more = 2"), (STEP[0].replace("\n", "\r\n"), STEP[1].replace("\n", "\r\n") + "    more = 2\r\n")),
    to("windows line ends, the whole", PACK_CRLF, python(PACK_TEXT.replace(*STEP)), (STEP[0][:-1], STEP[1][:-1]), entrypoint="pack"),
    to("windows line ends, an empty region", EMPTY_CRLF, "<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE", (START[:-1] + "\r\n", START[:-1] + "\r\nx = 1\r\n")),
    to("a prompt with a fence of its own", NESTED, "```markdown\n" + NESTED["prompt.md"].replace("brief", "very brief") + "```\n", ("brief", "very brief"), language="markdown"),
    to("a prompt between longer fences", NESTED, "````markdown\n" + NESTED["prompt.md"].replace("brief", "very brief") + "````\n", ("brief", "very brief"), language="markdown"),
    refused("a prompt cut at its own fence", NESTED, "```markdown\n" + NESTED["prompt.md"].split("Be brief")[0] + "Be very brief.\n", language="markdown"),
    to("a function of rust by an edit with a fence inside", RUST, "```rust\n<<<<<<< SEARCH\n    a - b\n=======\n    b - a\n```\n>>>>>>> REPLACE\n", ("    a - b\n", "    b - a\n"), language="rust"),
]  # fmt: skip

MISLEADING: list[Case] = [*_SEVERAL_PROGRAMS, *_PARTS, *_TAKEN_BACK, *_PLACES, *_REGIONS]
