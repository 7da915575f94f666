from __future__ import annotations

import base64
import contextlib
import io
import json
import random
import time
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from evaluators.values import Malformed, decode, encode, encode_arguments
from tests.evaluators.frames import check, frame, npy

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**4096) + 1, 2**4096 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text("abc_"), inner, max_size=5)
)


@st.composite
def arrays(draw):
    dtype = draw(st.sampled_from(["?", "i1", "<i8", ">i4", "u2", "<f4", ">f8", "f2"]))
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    order = draw(st.sampled_from(["C", "F"]))
    return np.asarray(rng.integers(0, 100, shape), dtype=dtype, order=order)


@given(json_values)
def test_what_json_can_hold_comes_back_as_it_went(value):
    back = decode(encode(value), max_bytes=1 << 24)
    assert back == value
    assert json.dumps(back) == json.dumps(value)  # == takes 1, 1.0 and True for the same


@given(arrays())
def test_an_array_comes_back_with_its_shape_elements_and_type(array):
    for back in (decode(encode(array)), decode(npy(array))):
        assert back.shape == array.shape
        assert back.dtype == array.dtype.newbyteorder("=")
        assert np.array_equal(back, array)
        assert back.flags.c_contiguous
        assert not back.flags.writeable


@given(st.binary(max_size=200) | st.builds(bytes.__add__, st.sampled_from([b"j", b"n"]), st.binary()))
@example(b"")
@example(b"j" + b"[" * 60_000)
@example(b"j" + b'{"a":' * 13_000)
@example(b"n\x93NUMPY\x01\x00")
def test_whatever_the_bytes_there_is_a_value_or_a_short_rule(raw):
    check(raw)


def test_ten_thousand_frames_are_values_that_come_back_or_malformed():
    rng = random.Random(7)
    rules = [check(frame(rng)) for _ in range(10_000)]
    # Both must come up often, and most rules be met, or the frames are too good or too bad to test anything.
    assert 1_000 < rules.count(None) < 5_000
    assert len({rule[:12] for rule in rules if rule}) > 18


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"NaN", "finite"),
        (b"[-Infinity]", "finite"),
        (b"1e999", "finite"),
        (b"[-1e999]", "finite"),
        (b"9" * 1236, "1,236 characters"),
        (b"-" + b"9" * 1234, "4096 bits"),
        (str(2**4096).encode(), "4096 bits"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"x": {"b": 1, "b": 1}}', "twice"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udfff": 1}', "surrogate"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b"\xef\xbb\xbf1", "JSON"),
        (b"1 2", "JSON"),
        (b"", "JSON"),
        (b"[" * 33 + b"]" * 33, "32 levels"),
        (b"[" * 50_000, "levels"),
        (b"[" * 500_000, "lists and mappings"),
        (b'{"__npy__": "AAAA"}', "reserved"),
    ],
)
def test_json_that_breaks_a_rule_is_refused_with_the_rule(body, rule):
    with pytest.raises(Malformed, match=rule):
        decode(b"j" + body)


@pytest.mark.parametrize(
    ("frame", "rule"),
    [
        (npy(np.array([1j])), "plain array"),
        (npy(np.array([{}], dtype=object), allow_pickle=True), "plain array"),
        (npy(np.array(["text"])), "plain array"),
        (npy(np.array([1], dtype="datetime64[s]")), "plain array"),
        (npy(np.zeros(2, dtype=[("a", "f8")])), "plain array"),
        (npy(np.array([1.0, np.nan])), "NaN"),
        (npy(np.array([np.inf], dtype="f2")), "NaN"),
        (npy(np.zeros(3), version=(2, 0)), "version 1.0"),
        (npy(np.zeros(3)) + b"x", "bytes of data"),
        (npy(np.zeros(3))[:-1], "bytes of data"),
        (npy(np.zeros(2)).replace(b"(2,)", b"(9,)"), "bytes of data"),
        (npy(np.zeros(2)).replace(b"'shape': (2,)", b"'shape': (-2,)"), "plain array"),
        (npy(np.zeros(0)).replace(b"(0,), }" + b" " * 9, b"(0, 9999999), }"), "shape"),
        (npy(np.zeros(2, dtype=bool))[:-1] + b"\x02", "neither 0 nor 1"),
        (npy(np.zeros(2)).replace(b"'<f8'", b"'<b8'"), "no encoding"),
        (npy(np.zeros((1,) * 20)), "axes"),
        (b"x[]", "frame starts"),
        (b"", "frame starts"),
    ],
)
def test_arrays_that_break_a_rule_are_refused_with_the_rule(frame, rule):
    with pytest.raises(Malformed, match=rule):
        decode(frame)


def test_size_and_number_of_values_are_bounded():
    with pytest.raises(Malformed, match="at most 10"):
        decode(b"j" + b"1" * 10, max_bytes=10)
    with pytest.raises(Malformed, match="more than 4 values"):
        decode(b"j[1, 2, 3, 4]", max_items=4)
    assert decode(b"j[1, 2, 3]", max_items=4) == [1, 2, 3]
    assert decode(b"j" + b"[" * 32 + b"]" * 32)
    with pytest.raises(Malformed, match="at most 9 elements"):
        decode(encode(np.zeros(10)), max_items=9)


@pytest.mark.parametrize("unit", [b"[]", b"{}", b"[0]", b'{"a":[]}'])
def test_a_mebibyte_of_small_lists_takes_neither_time_nor_memory(unit):
    frame = b"j[" + b",".join([unit] * ((1 << 20) // (len(unit) + 1) - 2)) + b"]"
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(Malformed, match="lists and mappings"):
            decode(frame)
        assert time.process_time() - began < 0.5
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_brackets_in_texts_and_as_many_lists_as_may_be_pass():
    text = "[{" * 200_000 + '\\"[\\'
    assert decode(b"j" + json.dumps([text, {text: 1}]).encode()) == [text, {text: 1}]
    rows = [[1, 2]] * 49_999
    assert decode(encode(rows)) == rows
    with pytest.raises(Malformed, match="lists and mappings"):
        encode([*rows, [1, 2]])


def test_the_widest_integer_passes():
    assert decode(b"j" + str(2**4096 - 1).encode()) == 2**4096 - 1
    assert decode(b"j" + str(1 - 2**4096).encode()) == 1 - 2**4096
    assert decode(b'j["' + b"7" * 5000 + b'", 12]') == ["7" * 5000, 12]


@pytest.mark.parametrize(
    "number",
    [
        b"7" * 1_048_000,
        b"0." + b"7" * 1_048_000,
        b"7" * 300 + b"." + b"7" * 1_047_000,
        b"0." + b"0" * 1_047_000 + b"1",
        b"[" + (b"7" * 1234 + b",") * 800 + b"1]",
        b"[" + (b"7" * 1235 + b",") * 800 + b"1]",
    ],
)
def test_no_number_takes_long_to_read(number):
    began = time.process_time()
    with contextlib.suppress(Malformed):
        decode(b"j" + number)
    assert time.process_time() - began < 0.5


class Sly(float):
    pass


class SlyList(list):
    pass


@pytest.mark.parametrize(
    "value",
    [
        Sly(1.0), SlyList(), (1, 2), {1: 2}, b"bytes", {1, 2}, float("nan"), [float("inf")],
        "\ud800", 2**4096,
        {"__npy__": "x"}, object(), np.float64(1.0), np.array([1j]), np.array([None]), np.array([np.nan]),
        np.zeros(2, dtype=np.longdouble),
    ],
)  # fmt: skip
def test_a_value_of_any_other_type_has_no_encoding(value):
    with pytest.raises(Malformed):
        encode(value)


def test_a_list_that_holds_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(Malformed, match="levels"):
        encode(loop)


def test_arguments_are_json_with_arrays_under_their_key():
    array = np.arange(3.0)
    message = json.loads(encode_arguments([array, {"n": 1}, {"a": array, "b": [2]}], {"k": None}))
    assert message["kwargs"] == {"k": None}
    assert message["args"][1] == {"n": 1}
    assert message["args"][2]["b"] == [2]
    for holder in (message["args"][0], message["args"][2]["a"]):
        back = np.load(io.BytesIO(base64.b64decode(holder["__npy__"])), allow_pickle=False)
        assert np.array_equal(back, array)


@pytest.mark.parametrize("value", [{"__npy__": "AAAA"}, [{"__npy__": "AAAA"}], {"__npy__": np.zeros(1)}])
def test_no_argument_can_pose_as_an_array(value):
    with pytest.raises(Malformed, match="reserved"):
        encode_arguments([value])
