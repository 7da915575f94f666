"""Values on their way in and out of a program, in the forms of `evaluators.values`."""

import io
import json
import sys

_ARRAY_KEY = "__npy__"  # as in evaluators/values.py
_dumps, _loads = json.dumps, json.loads  # a program may put others in their place


def arguments(raw):
    """An array stands as a mapping of one key, alone or as a value of a mapping."""
    decoded = _loads(raw)
    args = []
    for value in decoded.get("args", ()):
        is_mapping = type(value) is dict and _ARRAY_KEY not in value
        args.append({name: _array(inner) for name, inner in value.items()} if is_mapping else _array(value))
    return args, decoded.get("kwargs", {})


def _array(value):
    if type(value) is not dict or list(value) != [_ARRAY_KEY]:
        return value
    import base64

    import numpy

    return numpy.load(io.BytesIO(base64.b64decode(value[_ARRAY_KEY])), allow_pickle=False)


def encode(value):
    """The frame of a value: ``j`` and JSON, or ``n`` and npy for an array."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.ndarray):
        if value.dtype.hasobject:
            raise TypeError("an array of objects has no encoding")
        buffer = io.BytesIO()
        buffer.write(b"n")
        numpy.lib.format.write_array(buffer, numpy.asarray(value), version=(1, 0), allow_pickle=False)
        return buffer.getvalue()
    return b"j" + _dumps(_plain_keys(value, numpy), allow_nan=False, default=_plain).encode("ascii")


def _plain_keys(value, numpy):
    """JSON turns number keys into text by itself, but knows no numpy numbers."""
    if type(value) is dict:
        return {
            key.item() if numpy is not None and isinstance(key, numpy.generic) else key: _plain_keys(
                item, numpy
            )
            for key, item in value.items()
        }
    return value


def _plain(value):
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if isinstance(value, numpy.ndarray) and not value.dtype.hasobject:
            return value.tolist()
        for kind, plain in ((numpy.bool_, bool), (numpy.integer, int), (numpy.floating, float)):
            if isinstance(value, kind):
                return plain(value)
    raise TypeError(f"a value of type {type(value).__name__} has no encoding")
