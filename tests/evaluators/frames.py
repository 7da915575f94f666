"""Frames for the strict decoder: valid, damaged, and grown from a grammar that knows where decoders break.

`check` holds the laws; the tests run ten thousand frames, ``python -m benchmarks.fuzz`` a million.
"""

from __future__ import annotations

import io
import json
import math
import random
import struct
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from evaluators.values import Malformed, decode, encode

__all__ = ["MAX_BYTES", "MAX_ITEMS", "check", "frame", "mutate", "npy"]

MAX_BYTES: Final = 1 << 16
MAX_ITEMS: Final = 5_000
_ELEMENTS: Final = frozenset(
    np.dtype(kind).str for kind in (bool, "i1", "i2", "i4", "i8", "f2", "f4", "f8")
) | {np.dtype(f"u{width}").str for width in (1, 2, 4, 8)}
_PLAIN: Final = frozenset({int, float, bool, str, type(None)})

_SCALARS: Final = (
    b"0", b"-0", b"-0.0", b"1", b"-1", b"1.5", b"1e5", b"1E+05", b"1e308", b"1e309", b"-1e999", b"1e-400",
    b"5e-324",
    b"NaN", b"Infinity", b"-Infinity", b"nan", b"01", b"+1", b".5", b"1.", b"1e", b"0x10", b"1_000", b"--1",
    b"9" * 17, b"9" * 400, b"9" * 1233, b"9" * 1235, b"9" * 5000, b"1" + b"0" * 300 + b".0", b"true",
    b"false", b"null",
    b"True", b"None", b'""', b'"a"', b'"__npy__"', b'"\\u0000"', b'"\\ud800"', b'"\\udc00\\ud800"',
    b'"\\ud83d\\ude00"',
    b'"\\x"', b'"\xff"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"\xf4\x90\x80\x80"', b'"\n"', b'"\\u12"',
    b"'a'", b'"', b"",
)  # fmt: skip
_KEYS: Final = (
    b'"a"',
    b'"b"',
    b'"a"',
    b'"__npy__"',
    b'"\\u005f_npy__"',
    b'""',
    b"1",
    b"null",
    b'"\\ud800"',
    b'"\xc3\xa9"',
)
_SPACES: Final = (b"", b"", b"", b" ", b"\t\r\n ", b"\x0b", b"\xc2\xa0", b"\0", b"//", b"\xef\xbb\xbf")
_TYPES: Final = (
    "<f8", ">f8", "|f8", "=f8", "<f4", ">f2", "<i1", "|i1", "<i8", ">u4", "|u1", "|b1", "<b1", "<b8",
    "<f16", "<c16", "|O",
    "|V8", "<U4", "|S3", "<M8[s]", "<m8[ns]", "f8", "<f0", "<i3", "<f8,<f8", "numpy.object_", "",
)  # fmt: skip
_SHAPES: Final = (
    "()", "(0,)", "(1,)", "(3,)", "(2, 3)", "(3)", "(3, )", "(2,3)", "(0, 999999999)",
    "(999999999, 999999999)", "(-1,)",
    "(65536, 65536, 65536, 65536)", "(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)", "(1e3,)",
    "(True,)", "(3,), ",
    "[3]", "3", "(99999999999999999999,)", "(03,)", "(\xb3,)", "__import__('os').abort()",
    "(((((((((1,)))))))))",
)  # fmt: skip
_FRAGMENTS: Final = (
    *_SCALARS, b"[", b"]", b"{", b"}", b",", b":", b"j", b"n", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00",
    b"'descr': ",
    b"'shape': (", b"'fortran_order': True", b"\x80\x04", b"cos\nsystem\n", b"[" * 40, b'{"a":' * 40,
    b"\xff" * 8, b"\0" * 8,
)  # fmt: skip


def npy(array: np.ndarray[Any, Any], **options: Any) -> bytes:
    """A frame as numpy itself writes it."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, **options)
    return b"n" + buffer.getvalue()


def frame(rng: random.Random) -> bytes:
    """The next frame: of a random valid value, from the grammars, damaged, or noise."""
    kind = rng.choices((_valid, _json, _npy, _damaged, _noise, _large), weights=(80, 160, 120, 200, 40, 1))[0]
    return kind(rng)


def mutate(raw: bytes, rng: random.Random) -> bytes:
    """The bytes with one to four wounds: bits, cuts, copies, fragments, lengths."""
    wounded = bytearray(raw)
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(wounded))
        span = rng.choice((1, 1, 2, 4, 8, 30))
        match rng.randint(0, 6):
            case 0:
                wounded[at:at] = rng.choice(_FRAGMENTS)
            case 1:
                del wounded[at : at + span]
            case 2:
                wounded[at : at + span] = rng.randbytes(span)
            case 3:
                wounded[at : at + span] = rng.choice(_FRAGMENTS)
            case 4:
                wounded[at:at] = wounded[max(0, at - span) : at] * rng.choice((1, 2, 40))
            case 5 if at < len(wounded):
                wounded[at] ^= 1 << rng.randrange(8)
            case _:
                wounded[at : at + 2] = struct.pack("<H", rng.choice((0, 1, 10, 118, 65535)))
    return bytes(wounded)


def check(raw: bytes) -> str | None:
    """Decode, and hold the laws; the broken rule for what is refused, None for a value.

    Raises:
        AssertionError: a law is broken.
        Exception: whatever the decoder raised that is not `Malformed`, which breaks one too.
    """
    try:
        value = decode(raw, max_bytes=MAX_BYTES, max_items=MAX_ITEMS)
    except Malformed as error:
        rule = str(error)
        assert 0 < len(rule) < 500, "a rule is short"
        assert rule.isprintable(), "a rule can be shown"
        return rule
    if isinstance(value, np.ndarray):
        assert type(value) is np.ndarray
        assert value.dtype.str in _ELEMENTS
        assert value.size <= MAX_ITEMS
        assert (value.flags.c_contiguous, value.flags.writeable) == (True, False)
        assert value.dtype.kind != "f" or bool(np.isfinite(value).all())
        again = decode(encode(value))
        assert isinstance(again, np.ndarray)
        assert (again.dtype, again.shape) == (value.dtype, value.shape)
        assert again.tobytes() == value.tobytes(), "an array comes back bit by bit"
        return None
    assert _plain_values(value) <= MAX_ITEMS
    again = decode(encode(value), max_bytes=1 << 24)
    assert json.dumps(again) == json.dumps(value), "a value comes back as it was"  # == takes 1 for True
    return None


def _plain_values(value: object) -> int:
    """How many values there are, each of an exact plain type; its depth is bounded, so recursion is."""
    if type(value) is list:
        return 1 + sum(map(_plain_values, value))
    if type(value) is dict:
        assert all(type(key) is str and key.encode() is not None and key != "__npy__" for key in value)
        return 1 + sum(map(_plain_values, value.values()))
    assert type(value) in _PLAIN, type(value)
    if type(value) is float:
        assert math.isfinite(value)
    if type(value) is int:
        assert value.bit_length() <= 4096
    if type(value) is str:
        value.encode("utf-8")
    return 1


def _valid(rng: random.Random) -> bytes:
    if rng.random() < 0.5:
        return encode(_value(rng, 0))
    shape = tuple(rng.randint(0, 4) for _ in range(rng.randint(0, 4)))
    dtype = rng.choice(("?", "i1", "<i8", ">i4", "u2", "<f4", ">f8", "f2"))
    array = np.asarray(np.frombuffer(rng.randbytes(math.prod(shape)), dtype="u1").reshape(shape), dtype=dtype)
    return npy(np.asfortranarray(array) if rng.random() < 0.5 else array)


def _value(rng: random.Random, depth: int) -> Any:
    leaves: tuple[Callable[[], object], ...] = (
        lambda: rng.randint(-(2 ** rng.randint(1, 4000)), 2**64),
        lambda: rng.uniform(-1, 1) * 10.0 ** rng.randint(-300, 300),
        lambda: rng.choice((None, True, False, 0, -0.0, "", "text", "\u00e9\U0001f600\0")),
    )
    if depth > 4 or rng.random() < 0.4:
        return rng.choice(leaves)()
    if rng.random() < 0.5:
        return [_value(rng, depth + 1) for _ in range(rng.randint(0, 5))]
    return {
        rng.choice("abc\u00e9") * rng.randint(0, 3): _value(rng, depth + 1) for _ in range(rng.randint(0, 4))
    }


def _json(rng: random.Random) -> bytes:
    deep = rng.choice((b"[", b'{"a":', b'[{"b":')) if rng.random() < 0.03 else b""
    return b"j" + deep * rng.choice((20, 31, 32, 33, 3000)) + _text(rng, 0) + rng.choice(_SPACES)


def _text(rng: random.Random, depth: int) -> bytes:
    """JSON by its grammar, with strange leaves, keys, spaces and commas."""
    space = rng.choice(_SPACES) if rng.random() < 0.1 else b""
    kind = rng.random()
    if depth > 5 or kind < 0.35:
        return space + (
            rng.choice(_SCALARS) if rng.random() < 0.5 else rng.choice((b"1", b"2.5", b'"t"', b"null"))
        )
    comma = b"," if rng.random() < 0.97 else rng.choice((b"", b",,", b";"))
    parts = [_text(rng, depth + 1) for _ in range(rng.choice((0, 1, 2, 3, 8)))]
    if kind < 0.7:
        return space + b"[" + comma.join(parts) + b"]"
    named = [
        (rng.choice(_KEYS) if rng.random() < 0.3 else b'"k%d"' % n) + b":" + part
        for n, part in enumerate(parts)
    ]
    return space + b"{" + comma.join(named) + b"}"


def _npy(rng: random.Random) -> bytes:
    """An npy header by its grammar, with data of a length that fits or does not."""
    description = rng.choice(_TYPES) if rng.random() < 0.6 else "<f8"
    shape = rng.choice(_SHAPES) if rng.random() < 0.6 else "(3,)"
    header = (
        f"{{'descr': '{description}', 'fortran_order': {rng.choice(('False', 'True'))}, 'shape': {shape}, }}"
    )
    if rng.random() < 0.1:
        header = header.replace(
            rng.choice(("'", ",", " ", "{", "}", "False", ":")), rng.choice(("", '"', "  ", "1")), 1
        )
    text = (
        header.encode("latin-1")
        + b" " * rng.choice((0, 1, 20))
        + rng.choice((b"\n", b"\n", b"\n", b"", b"\r\n"))
    )
    length = len(text) if rng.random() < 0.95 else rng.choice((0, 1, 65535, len(text) - 1, len(text) + 8))
    data = rng.choice((bytes, rng.randbytes))(rng.choice((0, 1, 3, 6, 12, 24, 48)))
    magic = (
        b"\x93NUMPY\x01\x00"
        if rng.random() < 0.95
        else rng.choice((b"\x93NUMPY\x03\x00", b"\x93NUMPY", b"PK\x03\x04"))
    )
    return b"n" + magic + struct.pack("<H", length) + text + data


def _damaged(rng: random.Random) -> bytes:
    return mutate(rng.choice((_valid, _json, _npy))(rng), rng)


def _noise(rng: random.Random) -> bytes:
    return rng.choice((b"j", b"n", b"", b"x")) + rng.randbytes(rng.choice((0, 1, 4, 40, 400)))


def _large(rng: random.Random) -> bytes:
    """About as much as may be, in bytes or in values."""
    many = rng.choice((MAX_ITEMS - 2, MAX_ITEMS - 1, MAX_ITEMS, MAX_ITEMS + 1))
    size = rng.choice((MAX_BYTES - 3, MAX_BYTES - 2, MAX_BYTES))
    return rng.choice(
        (
            b"j[" + b",".join([b"1"] * many) + b"]",
            b"j[" + b",".join([b"[]"] * many) + b"]",
            b'j"' + b"x" * (size - 2) + b'"',
            b"j" + b"7" * size,
            b"j0." + b"7" * size,
            npy(np.zeros(many, dtype="u1")),
            npy(np.zeros((many, 0))),
        )
    )
