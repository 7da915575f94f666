import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.gates import Gate, GateError

METRICS = {"score": {"value": 2.5, "parts": 3.0}, "run": {"seconds": 0.0, "odd": float("nan")}}


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("score.value > 2", True),
        ("score.value > 2.5", False),
        ("score.value >= 2.5 and run.seconds == 0", True),
        ("score.value < 1 or score.parts != 4", True),
        ("not score.value > 2", False),
        ("not not score.value > 2", True),
        ("2 < score.value < 3 < 4", True),
        ("2 < score.value < 2.4", False),
        ("score.value * 2 + 1 == 6", True),
        ("score.value - 1 - 1 == .5", True),
        ("12 / score.parts / 2 == 2", True),
        ("-score.value < -1e0", True),
        ("(score.value + 1) * 2 == 7", True),
        ("score.value > 3 or score.value > 2 and score.parts > 9", False),
        ("(score.value > 3 or score.value > 2) and score.parts < 9", True),
    ],
)
def test_a_gate_opens_exactly_when_its_condition_holds(text, opens):
    assert Gate.parse(text).open(METRICS) is opens


@pytest.mark.parametrize(
    "unknown", ["score.none", "nowhere.value", "run.odd", "1 / run.seconds", "1e308 * 1e308 * score.value"]
)
def test_what_is_unknown_neither_opens_a_gate_nor_its_negation(unknown):
    assert not Gate.parse(f"{unknown} > 0").open(METRICS)
    assert not Gate.parse(f"not {unknown} > 0").open(METRICS)
    assert not Gate.parse(f"{unknown} > 0 and score.value > 2").open(METRICS)
    assert Gate.parse(f"{unknown} > 0 or score.value > 2").open(METRICS)


def test_names_are_listed_once_in_order_of_appearance():
    gate = Gate.parse("run.seconds < 1 and (score.value > 2 or run.seconds < score.parts)")
    assert gate.names == (("run", "seconds"), ("score", "value"), ("score", "parts"))


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("score.value", 0),
        ("score.value >", 13),
        ("score > 1", 6),
        ("score. > 1", 7),
        ("score.value > 1 and 2", 20),
        ("score.value = 1", 12),
        ("score.value > 1)", 15),
        ("(score.value > 1", 16),
        ("1 + (score.value > 1) > 0", 4),
        ("score.value > 1e999", 14),
        ("__import__('os')", 11),
        ("score.value > 1 and and score.value > 2", 20),
        ("(" * 30 + "score.value > 1", 21),
    ],
)
def test_a_wrong_gate_is_refused_at_the_character_at_fault(text, position):
    with pytest.raises(GateError) as caught:
        Gate.parse(text)
    assert caught.value.position == position


def test_a_gate_that_is_too_long_is_refused():
    with pytest.raises(GateError, match="at most 500 characters"):
        Gate.parse("score.value > 1" + " " * 500)


def test_the_longest_chain_still_opens():
    text = "+".join(["1"] * 245) + " > 244"
    assert Gate.parse(text).open({})


def parsed(text: str) -> Gate | GateError:
    try:
        return Gate.parse(text)
    except GateError as error:
        return error


@given(st.text(max_size=60) | st.text("ab.() 1<>=+-*/ndort", max_size=60))
def test_any_text_is_a_gate_or_a_gate_error(text):
    gate = parsed(text)
    if isinstance(gate, GateError):
        assert 0 <= gate.position <= len(text)
    else:
        assert gate.open({"a": {"b": 1.0}}) in {True, False}


_numbers = st.floats(-1e6, 1e6).map(lambda value: f"{value!r}") | st.sampled_from(["a.x", "a.y"])
_sums = st.recursive(
    _numbers,
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
)
_conditions = st.recursive(
    st.tuples(_sums, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), _sums).map(" ".join),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({' '.join(t)})")
        | inner.map(lambda text: f"not ({text})")
    ),
    max_leaves=4,
)


@given(_conditions, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_gate_means_what_the_same_text_means_in_python(text, x, y):
    gate = parsed(text)
    if isinstance(gate, GateError):
        assert "at most" in gate.expected  # too long or too deep: nothing else is wrong with it
        return

    class A:
        pass

    a = A()
    a.x, a.y = x, y
    assert gate.open({"a": {"x": x, "y": y}}) is eval(text, {"a": a})
