"""Values that cross the border of a sandbox: bounded JSON, and npy without objects.

The frame is one byte, ``j`` for JSON or ``n`` for npy, then the bytes. `decode` believes nothing: size,
depth, exact types, finite numbers, no duplicate keys, no surrogates.

Arguments travel the other way, as JSON in which an array stands as ``{"__npy__": "<base64 of npy>"}``; so
no value may have that key, or a program could hand a scorer an array where a mapping was expected.
"""

from __future__ import annotations

import base64
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from problems.problem import Json

__all__ = ["ARRAY_KEY", "Malformed", "Value", "decode", "encode", "encode_arguments"]

Value: TypeAlias = "Json | npt.NDArray[np.generic]"

ARRAY_KEY: Final = "__npy__"
"""Key of the mapping that stands for an array among arguments."""

MAX_INTEGER_BITS: Final = 4096
_MAX_DIGITS: Final = 1234  # 2**4096 has 1,234 decimal digits; longer text is refused before int() reads it
# The look-behind keeps the search linear: a run of digits is tried at its start only.
_LONG_NUMBER: Final = re.compile(rf"(?<![0-9])[0-9]{{{_MAX_DIGITS + 1}}}")
_FLAT: Final = frozenset({int, float, bool, type(None)})
_MAX_DEPTH: Final = 32
_MAX_ITEMS: Final = 1_000_000
# A list of nothing is two bytes of text and a hundred in memory: a mebibyte of them would hold up the engine.
_MAX_CONTAINERS: Final = 50_000
_TEXT: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_MAX_AXES: Final = 16
_TOO_MANY: Final = f"more than {_MAX_CONTAINERS:,} lists and mappings; an array holds more"

_NPY_MAGIC: Final = b"\x93NUMPY\x01\x00"
_NPY_PREFIX: Final = len(_NPY_MAGIC) + 2
_NPY_HEADER: Final = re.compile(
    rb"\{'descr': '(?P<order>[<>|])(?P<kind>[biuf])(?P<width>[1248])', "
    rb"'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>|[0-9]{1,9},|[0-9]{1,9}(?:, [0-9]{1,9}){1,31})\), \} *\n"
)
_WIDTHS: Final = {b"b": b"1", b"i": b"1248", b"u": b"1248", b"f": b"248"}


class Malformed(ValueError):
    """Bytes from a sandbox are no value. The message says which rule they break, clipped."""


def decode(
    raw: bytes, *, max_bytes: int = 1 << 20, max_depth: int = _MAX_DEPTH, max_items: int = _MAX_ITEMS
) -> Value:
    """The value in a frame.

    Arrays come back in native byte order, C-contiguous and read-only; their element type is bool, or an
    integer or float of at most 64 bits.

    Args:
        raw: the frame, from an untrusted program.
        max_bytes: most bytes of the frame.
        max_depth: most lists and mappings around a value.
        max_items: most values in all, those inside lists and mappings and elements of an array counted. Of
            lists and mappings there may be 50,000.

    Raises:
        Malformed: it breaks a rule. Nothing else is raised, whatever the bytes.
    """
    if len(raw) > max_bytes:
        raise Malformed(f"{len(raw):,} bytes, at most {max_bytes:,} are allowed")
    tag, body = raw[:1], raw[1:]
    if tag == b"j":
        return _decode_json(body, max_depth=max_depth, max_items=max_items)
    if tag == b"n":
        return _decode_npy(body, max_items=max_items)
    raise Malformed(f"the frame starts with {tag!r}, not with the mark of JSON or npy")


def encode(value: Value) -> bytes:
    """The frame of a value.

    Raises:
        Malformed: it has no encoding: a type other than those of JSON and arrays, a subclass of one, a
            number that is not finite, or a bound of `decode` exceeded.
    """
    if isinstance(value, np.ndarray):
        return b"n" + _npy(value)
    _check(value, max_depth=_MAX_DEPTH, max_items=_MAX_ITEMS)
    return b"j" + _dump(value)


def encode_arguments(args: Sequence[Value], kwargs: Mapping[str, Json] | None = None) -> bytes:
    """The arguments of a `Command`: JSON of ``{"args": [...], "kwargs": {...}}``.

    An array is allowed as a positional argument of its own and as a direct value of a mapping that is one.

    Raises:
        Malformed: an argument has no encoding.
    """
    return _dump({"args": [_argument(arg) for arg in args], "kwargs": _plain(dict(kwargs or {}))})


def _argument(value: Value) -> Json:
    if isinstance(value, np.ndarray):
        return {ARRAY_KEY: base64.b64encode(_npy(value)).decode("ascii")}
    if type(value) is dict and any(isinstance(inner, np.ndarray) for inner in value.values()):
        if ARRAY_KEY in value:
            _fail(f"the key {ARRAY_KEY!r} is reserved")
        return {name: _argument(inner) for name, inner in value.items()}
    return _plain(value)


def _plain(value: Json) -> Json:
    _check(value, max_depth=_MAX_DEPTH, max_items=_MAX_ITEMS)
    return value


def _dump(value: Json) -> bytes:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")


def _decode_json(body: bytes, *, max_depth: int, max_items: int) -> Json:
    try:
        text = body.decode("utf-8")
        _check_containers(text)
        value: Json = (_WARY_READER if _LONG_NUMBER.search(text) else _READER).decode(text)
    except Malformed:
        raise
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8 at byte {error.start:,}") from None
    except ValueError as error:
        raise Malformed(f"not JSON: {str(error)[:200]}") from None
    except RecursionError:
        raise Malformed(f"nested deeper than {max_depth} levels") from None
    except MemoryError:
        raise Malformed("too large to be read") from None
    _check(value, max_depth=max_depth, max_items=max_items)
    return value


def _check_containers(text: str) -> None:
    """Before anything is made of it; brackets inside texts do not count."""
    if text.count("[") + text.count("{") > _MAX_CONTAINERS:
        bare = _TEXT.sub("", text)
        if bare.count("[") + bare.count("{") > _MAX_CONTAINERS:
            _fail(_TOO_MANY)


def _check(value: object, *, max_depth: int, max_items: int) -> None:
    """Walk a value without recursion; the depth bound also ends a walk through a value that holds itself."""
    left = [(value, 0)]
    seen, containers = 1, 0
    while left:
        item, depth = left.pop()
        kind = type(item)
        if kind is not list and kind is not dict:
            _check_leaf(item)
            continue
        if depth >= max_depth:
            _fail(f"nested deeper than {max_depth} levels")
        inner: list[Any] = item if kind is list else _values(item)  # type: ignore[assignment]  # an exact list
        seen += len(inner)
        containers += 1
        if seen > max_items:
            _fail(f"more than {max_items:,} values")
        if containers > _MAX_CONTAINERS:
            _fail(_TOO_MANY)
        if set(map(type, inner)) <= _FLAT:
            _check_flat(inner)  # rows of numbers are most of what comes, and this is the fast way
        else:
            left.extend((part, depth + 1) for part in inner)


def _values(mapping: Any) -> list[object]:  # noqa: ANN401  # called only with an exact dict
    for key in mapping:
        if type(key) is not str:
            _fail(f"a key of type {type(key).__name__[:80]!r}; keys must be text")
        _check_text(key)
        if key == ARRAY_KEY:
            _fail(f"the key {ARRAY_KEY!r} is reserved")
    return list(mapping.values())


def _check_text(text: Any) -> None:  # noqa: ANN401  # called only with an exact str
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("text with a lone surrogate") from None


def _check_leaf(item: object) -> None:
    if type(item) is str:
        _check_text(item)
    elif type(item) in _FLAT:
        _check_flat((item,))
    else:
        _fail(f"a value of type {type(item).__name__[:80]!r} has no encoding")


def _check_flat(items: Sequence[Any]) -> None:
    """For values of exact types among `_FLAT`."""
    for number in items:
        kind = type(number)
        if kind is float and not math.isfinite(number):
            _fail(f"the number {number} is not finite")
        if kind is int and number.bit_length() > MAX_INTEGER_BITS:
            _fail(f"an integer of more than {MAX_INTEGER_BITS} bits")


def _fail(rule: str) -> NoReturn:
    raise Malformed(rule)


def _read_integer(text: str) -> int:
    if len(text) > _MAX_DIGITS + 1:  # one for a sign
        _fail(f"an integer of {len(text):,} characters, at most {MAX_INTEGER_BITS} bits are allowed")
    return int(text)


def _read_constant(text: str) -> NoReturn:
    _fail(f"the number {text} is not finite")


def _read_pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        _fail("a mapping with the same key twice")
    return mapping


# The second one calls back for every integer, which costs more than all the rest: only where it is needed.
_READER: Final = json.JSONDecoder(parse_constant=_read_constant, object_pairs_hook=_read_pairs)
_WARY_READER: Final = json.JSONDecoder(
    parse_int=_read_integer, parse_constant=_read_constant, object_pairs_hook=_read_pairs
)


def _npy(array: npt.NDArray[np.generic]) -> bytes:
    """Version 1.0 of the npy format, little-endian."""
    kind = array.dtype.kind.encode("latin-1")
    if array.dtype.fields or kind not in _WIDTHS or str(array.dtype.itemsize).encode() not in _split(kind):
        _fail(f"an array of {str(array.dtype)[:80]} has no encoding")
    if array.ndim > _MAX_AXES or array.size > _MAX_ITEMS:
        _fail(f"an array of {array.size:,} elements on {array.ndim} axes")
    _check_elements(array)
    buffer = io.BytesIO()
    little = np.asarray(array, dtype=array.dtype.newbyteorder("<"), order="C")
    np.lib.format.write_array(buffer, little, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def _decode_npy(body: bytes, *, max_items: int) -> npt.NDArray[np.generic]:
    """Read the header by an exact pattern: it is Python source, and numpy's own reader evaluates it."""
    if body[: len(_NPY_MAGIC)] != _NPY_MAGIC or len(body) < _NPY_PREFIX:
        _fail("not npy of version 1.0")
    start = _NPY_PREFIX + int.from_bytes(body[len(_NPY_MAGIC) : _NPY_PREFIX], "little")
    match = _NPY_HEADER.fullmatch(body[_NPY_PREFIX:start])
    if match is None:
        _fail("an npy header that describes no plain array of bool, integers or floats")
    kind, width = match["kind"], match["width"]
    if width not in _split(kind):
        _fail(f"an array of {(kind + width).decode()} has no encoding")
    shape = tuple(int(part) for part in match["shape"].split(b",") if part.strip())
    # numpy refuses shapes whose nonzero axes alone would overflow, so zero axes are left out of the bound.
    if len(shape) > _MAX_AXES or math.prod(axis for axis in shape if axis) > max_items:
        _fail(f"an array of shape {shape}; at most {max_items:,} elements on {_MAX_AXES} axes are allowed")
    expected = math.prod(shape) * int(width)
    if len(body) - start != expected:
        _fail(f"{len(body) - start:,} bytes of data for an array that needs {expected:,}")
    dtype = np.dtype((match["order"] + kind + width).decode("ascii"))
    flat = np.frombuffer(body, dtype=np.uint8 if kind == b"b" else dtype, offset=start)
    if kind == b"b" and flat.size and int(flat.max()) > 1:
        _fail("a boolean that is neither 0 nor 1")
    shaped = flat.reshape(shape, order="F" if match["fortran"] == b"True" else "C")
    array = shaped.astype(np.bool_ if kind == b"b" else dtype.newbyteorder("="), order="C")
    _check_elements(array)
    array.setflags(write=False)
    return array


def _split(kind: bytes) -> tuple[bytes, ...]:
    """Allowed widths in bytes, each as text."""
    return tuple(bytes([width]) for width in _WIDTHS[kind])


def _check_elements(array: npt.NDArray[Any]) -> None:
    if array.dtype.kind == "f" and not bool(np.isfinite(array).all()):
        _fail("an array with NaN or infinity")
