"""Programs of one fingerprint do the same: laws over generated programs, and each thing that must count."""

from __future__ import annotations

import ast
import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import fingerprint as module
from archive.fingerprint import MOST_CHARACTERS, fingerprint
from archive.program import Program

NAMES = ("alpha", "beta", "gamma", "delta", "eps")
FRESH = {name: f"{name}_other" for name in NAMES}


def mark(text: str, *, path: str = "initial.py", language: str = "python") -> str | None:
    return fingerprint(Program.of(language, {path: text}))


def dedented(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


# Small programs that always end: a function f(n) over a few locals, with closures and comprehensions.
names = st.sampled_from(NAMES)
numbers = st.integers(-3, 3).map(str)
expressions = st.recursive(
    st.one_of(names, numbers, st.just("n"), st.just("LIMIT"), st.sampled_from(["'a'", "1.5", "len(str(n))"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "*", "-", "<", "and"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        st.tuples(names, inner, inner).map(lambda parts: f"[{parts[1]} for {parts[0]} in ({parts[2]},)][0]"),
        st.tuples(names, inner, inner).map(lambda parts: f"(lambda {parts[0]}_p: {parts[1]})({parts[2]})"),
        st.tuples(names, inner).map(lambda parts: f"({parts[0]} := {parts[1]})"),
        inner.map(lambda part: f"max(1, key=lambda {NAMES[0]}_q: ({part}, 0)[1])"),
    ),
    max_leaves=6,
)


@st.composite
def statements(draw: st.DrawFn, depth: int = 0) -> list[str]:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, 6 if depth < 2 else 2))
        name, expression = draw(names), draw(expressions)
        if kind <= 1:
            lines.append(f"{name} = {expression}")
        elif kind == 2:
            lines.append(f"{name}: int = {expression}")
        elif kind == 3:
            lines += [f"for {name} in range(2):", *_inner(draw(statements(depth=depth + 1)))]
        elif kind == 4:
            lines += [f"if {expression}:", *_inner(draw(statements(depth=depth + 1)))]
        elif kind == 5:
            body = draw(statements(depth=depth + 1))
            lines += ["def helper(n):", *_inner([f"nonlocal {name}", *body] if depth == 0 else body)]
            lines += ["    return n", f"{name} = helper({expression})"]
        else:
            lines += ["try:", *_inner(draw(statements(depth=depth + 1))), "except TypeError:", "    n += 1"]
    return lines


def _inner(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]


@st.composite
def programs(draw: st.DrawFn) -> str:
    body = draw(statements())
    begin = [f"{name} = {index}" for index, name in enumerate(NAMES)]
    result = f"return ({', '.join(NAMES)}, n)"
    text = "\n".join(["LIMIT = 2", "def f(n=1):", *_inner([*begin, *body, result])]) + "\n"
    try:
        compile(text, "p", "exec")
    except SyntaxError:
        # A walrus where none may stand.
        return "LIMIT = 2\ndef f(n=1):\n    alpha = n\n    return (alpha, LIMIT)\n"
    return text


class Renamed(ast.NodeTransformer):
    """Renames every local of `NAMES` to a fresh name, in all scopes alike."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.copy_location(ast.Name(id=FRESH.get(node.id, node.id), ctx=node.ctx), node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.Nonlocal:
        return ast.copy_location(ast.Nonlocal(names=[FRESH.get(name, name) for name in node.names]), node)


def outcome(text: str) -> object:
    """What a program returns for two arguments, or the kind of its error."""
    space: dict[str, object] = {}
    try:
        exec(compile(text, "p", "exec"), space)
        function = space["f"]
        assert callable(function)
        return repr((function(), function(2)))
    except Exception as error:  # noqa: BLE001  # a program's own
        return type(error).__name__


@given(programs())
def test_renaming_locals_layout_comments_and_docstrings_do_not_count(text: str) -> None:
    """Broken by hand: writing local names as they are, numbering them by `len(self._bound)`, or counting bare
    strings fails this."""
    kept = mark(text)
    assert kept is not None
    tree = ast.parse(text)
    assert mark(ast.unparse(tree)) == kept
    renamed = ast.unparse(ast.fix_missing_locations(Renamed().visit(tree)))
    assert mark(renamed) == kept
    assert outcome(renamed) == outcome(text)
    commented = '"""What it is for."""\n\n' + text.replace("\n", "  # why\n").replace(
        "def f(n=1):  # why\n", 'def f(n: int = 1) -> object:\n    """Docs."""\n\n'
    )
    assert mark(commented) == kept
    assert outcome(commented) == outcome(text)


@given(programs(), programs(), st.data())
def test_programs_of_one_fingerprint_return_the_same(one: str, other: str, data: st.DataObject) -> None:
    """Broken by hand: taking all locals of a scope for one fails the cases below; this finds what nobody
    thought of, now and then."""
    # A name swapped at one place is now and then the same program, and mostly another one.
    places = [node for node in ast.walk(ast.parse(one)) if isinstance(node, ast.Name) and node.id in NAMES]
    if places:
        place = data.draw(st.sampled_from(places))
        lines = one.split("\n")
        line = lines[place.lineno - 1]
        name = data.draw(names)
        lines[place.lineno - 1] = line[: place.col_offset] + name + line[place.end_col_offset :]
        changed = "\n".join(lines)
        if mark(changed) == mark(one):
            assert outcome(changed) == outcome(one)
    if mark(one) == mark(other):
        assert outcome(one) == outcome(other)


BASE = dedented(
    """
    import math

    SCALE = 2.0

    class Box:
        side = 1

        def area(self, other=3):
            return self.side * other

    def pack(n, start=0):
        total = start
        for index in range(n):
            total += math.sqrt(index) * SCALE
        if total > 1:
            total = total - 1
            index = 0
        return [total, index, "done", (lambda k: k + total)(1), Box().area(other=2)]
    """
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2.0", "2"),
        ("2.0", "2.5"),
        ("2.0", "True"),
        ('"done"', '"Done"'),
        ('"done"', 'b"done"'),
        ("sqrt", "exp"),
        ("import math", "import cmath as math"),
        ("math.sqrt", "abs"),
        ("+= math", "-= math"),
        ("> 1", ">= 1"),
        ("start=0", "start=1"),
        ("other=3", "other=4"),
        ("other=2", "2"),
        ("SCALE = 2.0", "SCALE = SCALES = 2.0"),
        ("side = 1", "edge = side = 1"),
        ("self.side", "self.edge"),
        ("return [total, index", "return [index, total"),
        ("total = total - 1\n        index = 0", "index = 0\n        total = total - 1"),
        ("k + total", "total + k"),
        ("def pack(n, start=0)", "def pack(n, begin=0)"),
        ("def pack(n, start=0)", "def pack(n, *, start=0)"),
        ("def pack(", "def pack_all("),
        ("def pack(", "async def pack("),
        ("    total = start\n", "    total: float\n"),
        ("    for index", "    global total\n    for index"),
        ("range(n)", "range(start)"),
    ],
)
def test_what_a_program_does_by_counts(old: str, new: str) -> None:
    """Broken by hand: leaving out the type of a constant or the defaults of a function fails this."""
    changed = BASE.replace(old, new)
    assert changed != BASE
    assert mark(changed) is not None
    assert mark(changed) != mark(BASE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f():\n    a = 1\n    return a", "def f():\n    b = 1\n    return b"),
        ("def f():\n    a: 'T' = 1\n    return a", "def f():\n    b = 1\n    return b"),
        ("def f(a: int, b: list[int] | None = None) -> str: return a", "def f(a, b=None): return a"),
        ("x: int = 3", "x = 3"),
        ("f = [a for a in x if a]", "f = [b for b in x if b]"),
        (
            "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a += 1\n    return g",
            "def f():\n    z = 1\n    def g():\n        nonlocal z\n        z += 1\n    return g",
        ),
        (
            "def f(v):\n  match v:\n    case [a, *b]: return a, b\n    case {1: c, **d}: return c, d",
            "def f(v):\n  match v:\n    case [p, *q]: return p, q\n    case {1: r, **s}: return r, s",
        ),
        ("def f(v):\n    with v as a: return a", "def f(v):\n    with v as b:\n        return b"),
        ("x = 0x10", "x = 16"),
        # A comprehension has a scope of its own.
        (
            "def f(n):\n  a = 1\n  [a for a in n]\n  return a",
            "def f(n):\n  a = 1\n  [b for b in n]\n  return a",
        ),
        ("x = 'a' \"b\"", "x = 'ab'"),
        (
            "class C:\n def m(self):\n  a = 1\n  return a",
            "class C:\n def m(self): b = 1; return b",
        ),
        ("import re\nx = re.compile('a')  # one", "import re\nx = re.compile('a')  # two"),
    ],
)
def test_what_a_program_does_not_do_anything_by_does_not_count(one: str, other: str) -> None:
    assert mark(one) is not None
    assert mark(one) == mark(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # A name in a class is an attribute; a global may be used by anybody.
        ("class C:\n    a = 1", "class C:\n    b = 1"),
        ("a = 1", "b = 1"),
        ("def f():\n    global a\n    a = 1", "def f():\n    global b\n    b = 1"),
        # The local takes the name of a global that is used inside.
        (
            "def f():\n    a = 1\n    def g(): return b\n    return g",
            "def f():\n    b = 1\n    def g(): return b\n    return g",
        ),
        # Names that can be seen.
        ("def f():\n    a = 1\n    return locals()", "def f():\n    b = 1\n    return locals()"),
        ("def f():\n    a = 1\n    return f'{a=}'", "def f():\n    b = 1\n    return f'{b=}'"),
        (
            "def f():\n    try: return a\n    except NameError as e: return str(e)\n    a = 1",
            "def f():\n    try: return b\n    except NameError as e: return str(e)\n    b = 1",
        ),
        ("def f():\n  def a(): pass\n  return a.__name__", "def f():\n  def b(): pass\n  return b.__name__"),
        ("def f(a): return a", "def f(b): return b"),
        ("def f():\n    'x'\nprint(f.__doc__)", "def f():\n    'y'\nprint(f.__doc__)"),
        ("@register\ndef f():\n    'x'", "@register\ndef f():\n    'y'"),
        ("@register\ndef f(a: int): pass", "@register\ndef f(a: str): pass"),
        ("class C(Base):\n    'x'", "class C(Base):\n    'y'"),
        ("class C(Base):\n    def m(self, a: int): pass", "class C(Base):\n    def m(self, a): pass"),
        ("class C:\n    a: int = 1", "class C:\n    a: str = 1"),
        ("def f(a: Missing): pass", "def f(a): pass"),
        ("int = 3\ndef f(a: int): pass", "int = 3\ndef f(a): pass"),
        # Mangled names: the load in the second is no local any more.
        (
            "class C:\n    def m(self):\n        _C__x = 1\n        return __x",
            "class C:\n    def m(self):\n        y = 1\n        return __x",
        ),
        # A walrus in a comprehension binds outside of it.
        (
            "def f():\n    a = 0\n    [(a := 1) for b in (1,)]\n    return a",
            "def f():\n    a = 0\n    [(c := 1) for b in (1,)]\n    return a",
        ),
        # One local for another.
        ("def f(n):\n  a = 1\n  b = 2\n  return a", "def f(n):\n  a = 1\n  b = 2\n  return b"),
        ("def f(n):\n  a = 1\n  return [b for b in n]", "def f(n):\n  a = 1\n  return [a for b in n]"),
        ("def f():\n  a = 1\n  class C:\n    x = a", "def f():\n  b = 1\n  class C:\n    x = b"),
    ],
)  # fmt: skip
def test_in_doubt_two_programs_are_different(one: str, other: str) -> None:
    """Broken by hand: emptying the sets of words, or giving all locals of a scope one number, fails this."""
    assert mark(one) is None or mark(one) != mark(other)


@pytest.mark.parametrize(
    "text",
    [
        "import inspect\nx = 1",
        "from importlib.machinery import SourceFileLoader",
        "import os.path, traceback",
        "x = eval('1')",
        "x = open('initial.py').read()",
        "import sys\nx = sys._getframe()",
        "x = __file__",
        "import sys\nx = getattr(sys, '_get' + 'frame')",
        "import sys\nx = list(map(getattr, [sys], ['platform']))",
        "import os\nos.system('cat initial.py')",
        "def f():\n    return f.__code__.co_firstlineno",
        "# -*- coding: latin-1 -*-\nx = 'e'",
    ],
)
def test_a_program_that_can_read_its_own_text_has_no_fingerprint(text: str) -> None:
    assert mark(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\0",
        "x = '\ud800'",
        "def f(:\n",
        "(" * 5000 + ")" * 5000,
        "-" * 90_000 + "1",
        "x = " + "+".join(["1"] * 40_000),
        "x = " + "a." * 40_000 + "a",
        "x" * 10_000_000,
        "x = 1\n" * 1_700_000,
        "\ufeff\ufeffx = 1",
        "if 1:\n" + "".join(" " * depth + "if 1:\n" for depth in range(1, 99)) + " " * 100 + "x",
        "x = 1e999999 + 0x" + "f" * 20_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_sources_are_answered_quickly_and_without_an_error(text: str) -> None:
    began = time.perf_counter()
    mark(text)
    assert time.perf_counter() - began < 2.0


def test_what_is_too_long_no_python_or_another_language_has_no_fingerprint() -> None:
    assert mark("x = 1\n" + " " * MOST_CHARACTERS) is None
    assert mark("x = (") is None
    assert mark("x = 1\0") is None
    assert mark("x = '\ud800'") is None
    assert mark("int main() {}", path="main.cpp", language="cpp") is None


def test_a_long_chain_has_a_fingerprint_however_deep_the_caller_stands() -> None:
    text = "x = " + "+".join(["1"] * 300)

    def deep(levels: int) -> str | None:
        if levels:
            return deep(levels - 1)
        module._remembered.cache_clear()
        return mark(text)

    assert deep(0) is not None
    assert deep(0) == deep(600)


def test_files_count_with_their_paths_and_data_as_it_is() -> None:
    def of(**files: str) -> str | None:
        return fingerprint(
            Program.of("python", {name.replace("_", "."): text for name, text in files.items()})
        )

    base = of(a_py="x = 1", b_py="y = 2", c_txt="data")
    assert base is not None
    assert base == of(a_py="x = 1  # one", b_py="y = 2", c_txt="data")
    assert base != of(a_py="x = 1", b_py="y = 2", c_txt="data ")
    assert base != of(a_py="y = 2", b_py="x = 1", c_txt="data")


def test_a_hundred_lines_take_about_a_millisecond() -> None:
    # Measured 0.5 to 1.1 ms a hundred lines on a busy machine of two cores, half of it for the parser. The
    # limit leaves room for a slower one.
    text = "\n".join(BASE.replace("Box", f"Box{i}").replace("pack", f"pack{i}") for i in range(6))
    program = Program.of("python", {"initial.py": text})
    best = 1.0
    for _ in range(20):
        module._remembered.cache_clear()
        began = time.perf_counter()
        fingerprint(program)
        best = min(best, time.perf_counter() - began)
    assert best / text.count("\n") * 100 < 0.004
