"""Values that are no plain list of ten finite numbers, or look like one until they are looked at again."""

from __future__ import annotations

from tests.hostile.arena import Candidate, candidate, heavy_but_some

_REFUSED = ("malformed", "error")
_EITHER = ("honest", "malformed", "error")
_LIST = "def solve():\n    return [{0}] + [0.0] * 9\n"
_ARRAY = "import numpy as np\n\n\ndef solve():\n    return {0}\n"

# name: what it is, the expression in place of the first number.
_NUMBERS = {
    "nan": ("NaN, which no comparison rejects", "float('nan')"),
    "infinity": ("an infinity", "float('inf')"),
    "negative_infinity": ("the other infinity", "-float('inf')"),
    "huge_integer": ("an integer of 5,000 digits", "10 ** 5000"),
    "wide_integer": ("an integer beyond every float that still has few digits", "10 ** 1200"),
    "integer_beyond_floats": ("an integer that overflows as a float in the scorer", "2 ** 1100"),
    "complex_number": ("a complex number", "1j"),
    "text_for_a_number": ("a text that reads as a number", "'0.0'"),
    "truth_for_a_number": ("True, which counts as 1", "True"),
    "nothing_for_a_number": ("None", "None"),
    "bytes_for_a_number": ("bytes", "b'0'"),
    "list_for_a_number": ("a list in the list", "[0.0]"),
    "decimal_for_a_number": ("a Decimal", "__import__('decimal').Decimal('NaN')"),
    "fraction_for_a_number": ("a Fraction", "__import__('fractions').Fraction(0)"),
    "function_for_a_number": ("a function", "solve"),
    "type_for_a_number": ("a type", "float"),
    "ellipsis_for_a_number": ("an ellipsis", "..."),
    "reserved_key": ("the mapping that stands for an array among arguments", "{'__npy__': 'AAAA'}"),
}

_WHOLE = {
    "nine_numbers": ("one number too few", "[0.0] * 9"),
    "eleven_numbers": ("one number too many", "[0.0] * 11"),
    "nothing": ("None", "None"),
    "one_number": ("a number in place of a list", "0.0"),
    "a_perfect_score": ("a mapping that calls itself the score", "{'closeness': 0.0, 'score': 1e9, 'valid': True}"),
    "a_verdict": ("a mapping that calls itself valid", "{'verdict': 'valid', 'fitness': 1e9}"),
    "a_text_of_json": ("JSON as text", "'[0.0, 0.0]'"),
    "a_set": ("a set", "{0.0}"),
    "a_generator": ("a generator", "(0.0 for _ in range(10))"),
    "number_keys": ("number keys that are one key as text", "{1: 0.0, '1': 1.0}"),
    "surrogate_key": ("a key with a lone surrogate", "{'\\ud800': 0.0}"),
    "reserved_mapping": ("a mapping that poses as an array", "{'__npy__': 'k05VTVBZAQB2AA=='}"),
    "deep_list": ("a list nested ten thousand times", "__import__('functools').reduce(lambda x, _: [x], range(10000), 0.0)"),
    "list_in_itself": ("a list that holds itself", "(lambda x: (x.append(x), x)[1])([])"),
    "a_million_lists": ("more values than may be", "[[]] * 400_000"),
    "five_megabytes": ("a text longer than a result may be", "'x' * 5_000_000"),
}  # fmt: skip

_ARRAYS = {
    "array_of_nan": ("an array with NaN", "np.full(10, np.nan)"),
    "array_of_infinity": ("half floats that overflow", "np.full(10, 1e9).astype('f2')"),
    "array_of_objects": ("an array of objects", "np.array([print] * 10, dtype=object)"),
    "array_of_records": ("a structured array", "np.zeros(10, dtype=[('x', 'f8'), ('y', 'O')])"),
    "array_of_fields": ("a structured array of floats", "np.zeros(10, dtype=[('x', 'f8')])"),
    "array_of_void": ("an array of raw bytes", "np.zeros(10, dtype='V8')"),
    "array_of_text": ("an array of texts", "np.array(['0'] * 10)"),
    "array_of_dates": ("an array of dates", "np.zeros(10, dtype='M8[s]')"),
    "array_of_complex": ("an array of complex numbers", "np.zeros(10, dtype=complex)"),
    "array_of_long_doubles": ("floats wider than every other machine has", "np.zeros(10, dtype=np.longdouble)"),
    "array_of_truths": ("an array of booleans", "np.zeros(10, dtype=bool)"),
    "array_of_wide_integers": ("integers that no float holds", "np.full(10, 2**64 - 1, dtype='u8')"),
    "array_without_axes": ("an array without axes", "np.array(0.0)"),
    "array_of_a_column": ("an array of one column", "np.zeros((10, 1))"),
    "array_of_no_elements": ("an array of shape (10, 0)", "np.zeros((10, 0))"),
    "array_of_many_axes": ("an array of 30 axes", "np.zeros((1,) * 30)"),
    "array_too_large": ("an array of two million elements", "np.zeros(2_000_000)"),
    "array_of_strides_zero": ("an array that is large by its strides alone", "np.broadcast_to(0.0, (10**7,))"),
}  # fmt: skip

_HONEST_ARRAYS = {
    "honest_array": ("an array of ten zeros", "np.zeros(10)"),
    "honest_fortran": ("a slice in Fortran order", "np.asfortranarray(np.zeros((10, 10)))[:, 3]"),
    "honest_big_endian": ("big-endian floats", "np.zeros(10, dtype='>f8')"),
    "honest_half": ("half floats", "np.zeros(10, dtype='f2')"),
    "honest_integers": ("small integers", "np.zeros(10, dtype='i1')"),
    "honest_matrix_class": ("numbers of numpy in a list", "[np.float64(0), *np.zeros(8), np.int64(0)]"),
    "honest_masked": (
        "a masked array, which is what it is behind its mask",
        "np.ma.array(np.zeros(10), mask=True)",
    ),
    "honest_reversed": ("a view that runs backwards", "np.zeros(20)[::-2]"),
}

_SHIFTING = {
    "float_that_lies": (
        "a float whose arithmetic always comes to nothing",
        """
        class Sly(float):
            def __sub__(self, other): return 0.0
            __rsub__ = __add__ = __radd__ = __mul__ = __pow__ = __sub__
            def __float__(self): return 777.0
            def __repr__(self): return '1e9'
        def solve(): return [Sly(0.0)] * 10
        """,
    ),
    "integer_that_lies": (
        "an int whose text is another number",
        """
        class Sly(int):
            def __repr__(self): return '[1e999]'
            __str__ = __repr__
            def __index__(self): return 777
        def solve(): return [Sly(0)] * 10
        """,
    ),
    "text_that_lies": (
        "a mapping whose keys compare equal to every other key",
        """
        class Key(str):
            def __eq__(self, other): return True
            def __hash__(self): return 0
        def solve(): return {Key('valid'): True, Key('fitness'): 1e9}
        """,
    ),
    "list_that_shifts": (
        "a list that shows other items each time it is read",
        """
        class Shifting(list):
            reads = 0
            def __iter__(self):
                Shifting.reads += 1
                return iter([0.0 if Shifting.reads < 2 else 777.0] * 10)
            def __getitem__(self, at): return 777.0
            def __len__(self): return 10
        def solve(): return Shifting([0.0] * 10)
        """,
    ),
    "mapping_that_shifts": (
        "a dict whose items never end",
        """
        class Endless(dict):
            def items(self): return ((str(n), 0.0) for n in range(10 ** 5))
        def solve(): return Endless(a=1)
        """,
    ),
    "array_that_lies": (
        "an array of a class that answers for itself",
        """
        import numpy as np
        class Sly(np.ndarray):
            def tolist(self): return [777.0] * 10
            def __array__(self, *a, **k): return np.full(10, 777.0)
            def tobytes(self, *a): return b'\\x00' * 80
        def solve(): return np.zeros(10).view(Sly)
        """,
    ),
    "number_by_float": (
        "an object that is a number when asked",
        """
        class Sly:
            def __float__(self): return 0.0
            __index__ = __int__ = lambda self: 0
        def solve(): return [Sly()] * 10
        """,
    ),
    "class_of_another": (
        "an object that says it is a list",
        """
        class Sly:
            __class__ = list
            def __iter__(self): return iter([0.0] * 10)
        def solve(): return Sly()
        """,
    ),
    "pickled_order": (
        "an object that runs code where it is unpickled",
        """
        class Order:
            def __reduce__(self): return (open, ('/tmp/cambrian_mark_unpickled', 'w'))
        def solve(): return Order()
        """,
    ),
    "pickled_array": (
        "an array of objects that run code where they are unpickled",
        """
        import numpy as np
        class Order:
            def __reduce__(self): return (open, ('/tmp/cambrian_mark_unpickled', 'w'))
        def solve(): return np.array([Order()] * 10, dtype=object)
        """,
    ),
}

PROGRAMS: tuple[Candidate, ...] = (
    *heavy_but_some(candidate(n, tries, _REFUSED, _LIST.format(e)) for n, (tries, e) in _NUMBERS.items()),
    *heavy_but_some(
        candidate(n, tries, (*_REFUSED, "too_large"), f"def solve():\n    return {e}\n")
        for n, (tries, e) in _WHOLE.items()
    ),
    *heavy_but_some(
        candidate(n, tries, (*_REFUSED, "too_large"), _ARRAY.format(e)) for n, (tries, e) in _ARRAYS.items()
    ),
    *heavy_but_some(
        candidate(n, tries, ("honest",), _ARRAY.format(e)) for n, (tries, e) in _HONEST_ARRAYS.items()
    ),
    *(candidate(n, tries, (*_EITHER, "too_large"), source) for n, (tries, source) in _SHIFTING.items()),
    candidate(
        "negative_zero",
        "zeros with a sign",
        ("honest", "malformed"),
        "def solve():\n    return [-0.0] * 10\n",
    ),
    candidate("a_tuple", "a tuple", ("honest",), "def solve():\n    return (0,) * 10\n"),
)
