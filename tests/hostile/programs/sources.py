"""Source text that is hard to read, to store or to compile, before and inside the sandbox."""

from __future__ import annotations

from tests.hostile.arena import HONEST, Candidate, candidate, heavy_but_some

_BAD = ("invalid_source", "error")
_HARD = ("invalid_source", "error", "crash", "memory", "honest", "timeout")
_BODY = "\ndef solve():\n    return [0.0] * 10\n"

# name: what it is, outcomes, text. Each also reaches the sandbox unread, with no static stage before it.
_TEXTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "empty": ("no text", _BAD, ""),
    "blank": ("nothing but white space", _BAD, " \n\t\n"),
    "nul": ("a zero byte", _BAD, HONEST + "\0"),
    "nul_in_text": ("a zero byte in a text", _BAD, "x = 'a\0b'\n" + HONEST),
    "surrogate": ("half a character", _BAD, "x = '\ud800'\n" + HONEST),
    "surrogate_name": ("a name of half a character", _BAD, "\udc80 = 1\n" + HONEST),
    "byte_order_mark": ("a byte order mark", ("honest", *_BAD), "\ufeff" + HONEST),
    "carriage_returns": ("line ends of old machines", ("honest", *_BAD), HONEST.replace("\n", "\r")),
    "form_feed": ("form feeds and other spaces", ("honest", *_BAD), "\f\n" + HONEST + "\x1a"),
    "right_to_left": ("text that reads otherwise than it runs", ("honest", *_BAD), "x = '\u202e\u2066 \u2069'  # \u202d\n" + HONEST),
    "lookalikes": ("names that are the same to Python alone", ("honest", *_BAD), "\uff53olve = 1\n" + HONEST),
    "no_function": ("no function of the name", ("error",), "x = 1\n"),
    "wrong_arguments": ("a function with arguments", ("error",), "def solve(a, b): return [0.0] * 10\n"),
    "no_function_at_all": ("a number by the name", ("error",), "solve = 1\n"),
    "coroutine": ("a coroutine", ("error", "malformed"), "async def solve(): return [0.0] * 10\n"),
    "generator": ("a generator", ("error", "malformed"), "def solve():\n    yield 0.0\n"),
    "syntax_error": ("text that is no Python", _BAD, "def solve(:\n"),
    "warnings_only": ("text that Python warns of", ("honest",), "x = '\\d' is 1\nassert (1, 'x')\n" + HONEST),
    "deep_brackets": ("three thousand brackets", _BAD, "x = " + "(" * 3000 + ")" * 3000 + _BODY),
    "deep_lists": ("brackets up to the parser's own bound", _HARD, "x = " + "[" * 190 + "]" * 190 + _BODY),
    "deep_blocks": ("a hundred blocks in each other", _HARD, "".join(" " * n + "if 1:\n" for n in range(110)) + " " * 110 + "x = 1" + _BODY),
    "deep_lambdas": ("functions in functions", _HARD, "x = " + "lambda: " * 5000 + "1" + _BODY),
    "deep_calls": ("a chain of calls", _HARD, "x = abs\ntry: x" + "(1)" * 9000 + "\nexcept TypeError: pass" + _BODY),
    "deep_minus": ("a number with thousands of signs", _HARD, "x = " + "-" * 20000 + "1" + _BODY),
    "long_sum": ("a sum of twenty thousand terms", _HARD, "x = " + "1+" * 20000 + "1" + _BODY),
    "long_and": ("twenty thousand comparisons", _HARD, "x = 1" + " < 2" * 15000 + _BODY),
    "long_elif": ("a choice of five thousand", _HARD, "y = 0\nif y: pass\n" + "elif y: pass\n" * 5000 + _BODY),
    "long_line": ("a line of ninety thousand characters", ("honest", *_BAD), "# " + "x" * 90_000 + "\n" + HONEST),
    "many_lines": ("ninety thousand lines", ("honest", *_BAD), "\n" * 90_000 + HONEST),
    "long_number": ("a number of ten thousand digits", _HARD, "x = " + "9" * 10_000 + _BODY),
    "long_hexadecimal": ("a number of ninety thousand digits", _HARD, "x = 0x" + "f" * 90_000 + _BODY),
    "folded_power": ("a constant that is huge once it is folded", _HARD, "x = 2 ** 99999 ** 1\ny = 'x' * 4096 * 4096" + _BODY),
    "folded_shift": ("a constant of gigabytes", _HARD, "x = 1 << (1 << 33)" + _BODY),
    "nested_formats": ("formats in formats", _HARD, "x = " + "f'{" * 20 + "1" + "}'" * 20 + _BODY),
    "many_names": ("twelve thousand names", ("honest", *_BAD), "".join(f"a{n}=1\n" for n in range(12_000)) + HONEST),
    "star_expressions": ("unpacking of everything", _HARD, "x = [" + "*[" * 90 + "]" * 90 + "]" + _BODY),
    "deep_types": ("a type of types", _HARD, "x: " + "list[" * 190 + "int" + "]" * 190 + " = 1" + _BODY),
    "coding_utf7": ("an encoding that hides the program", ("honest", *_BAD), "# -*- coding: utf-7 -*-\nx = 1 # +AAo-solve = lambda: [777.0]*10\n" + HONEST),
    "coding_escapes": ("an encoding of escapes", ("honest", *_BAD), "# coding: raw_unicode_escape\n" + HONEST + "#\\u000aimport os; solve = lambda: [777.0] * 10\n"),
    "coding_rot13": ("an encoding that is none", ("honest", *_BAD), "# coding: rot13\n" + HONEST),
    "coding_unknown": ("an encoding nobody knows", ("honest", *_BAD), "# coding: cambrian\n" + HONEST),
    "coding_latin": ("an encoding that the text does not have", ("honest", *_BAD), "# coding: latin-1\nassert len('é') == 1\n" + HONEST),
    "database_text": ("text for a database, a template and a logger", ("error",), "def solve():\n    raise ValueError(\"'); DROP TABLE program;-- %s %n {0.__class__} {{7*7}} ${jndi:x} ../../etc \\x00 \\ud800 \\x1b[2J\")\n"),
}  # fmt: skip

_HUGE = "#" * 100_000_000

PROGRAMS: tuple[Candidate, ...] = (
    *heavy_but_some(candidate(f"source_{name}", *rest) for name, rest in _TEXTS.items()),
    *heavy_but_some(
        (candidate(f"unread_{name}", *rest, is_linted=False) for name, rest in _TEXTS.items()), every=4
    ),
    candidate("source_huge", "a hundred million bytes", _BAD, HONEST + _HUGE, is_heavy=True),
    candidate("unread_huge", "the same, straight into the sandbox", (*_BAD, "memory"), HONEST + _HUGE,
              is_linted=False, is_heavy=True),
    candidate("broken_output", "prints bytes that are no text, and marks that hide text", ("honest",), """
    import os, sys
    def solve():
        os.write(1, b'\\xff\\xfe\\x00\\xed\\xa0\\x80 \\x1b]0;title\\x07\\x1b[31m \\xc2\\x9b31m \\r\\n')
        print('\\ud800 \\u202e \\x00 \\u2066 \\ufeff', file=sys.stderr)
        return [0.0] * 10
    """),
    candidate("closed_streams", "closes the streams, or has none", ("honest", "error"), """
    import sys
    def solve():
        sys.stdout.close(); sys.stderr = None; del sys.stdout
        return [0.0] * 10
    """),
)  # fmt: skip
