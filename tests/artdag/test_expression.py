"""Formulas: what they mean, how they are refused, and that nothing else can be said in them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artdag.codec.arithmetic import FUNCTIONS
from artdag.errors import ParameterError
from artdag.expression import MAX_DEPTH, MAX_LENGTH, MAX_NODES, NAMES, Formula, Program, parse_formula, read

KNOWN = {"x": 3.0, "y": 4.0, "w": 64.0, "h": 48.0, "t": 0.5, "i": 12.0, "r": 0.25, "g": 0.5, "b": 0.75, "a": 1.0}


def value(text: str, **known: object) -> object:
    (result,) = Program([parse_formula(text)]).run({**KNOWN, "pi": math.pi, "rnd": 0.125, **known}, seed=1)
    return result


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("24 / 4 / 2", 3),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 ^ -1", 0.5),
        ("--3", 3),
        ("-x + +y", 1),
        ("7 % 3", 1),
        ("-1 % 3", 2),
        ("7.5 % -2", -0.5),
        (".5 + 2. + 1e-1 + 1E2", 102.6),
        ("1 < 2", 1),
        ("2 <= 1", 0),
        ("2 > 1 == 1", 1),
        ("3 >= 3 && 1 != 2", 1),
        ("0 || 0.3", 1),
        ("!0.3", 0),
        ("!0 + 1", 2),
        ("1 || 0 && 0", 1),
        ("1 + 1 < 3", 1),
        ("x < 2 ? 10 : x < 5 ? 20 : 30", 20),
        ("1 ? 0 ? 1 : 2 : 3", 2),
        ("if(x > 2, 5, 6)", 5),
        ("pi", math.pi),
        ("sin(pi / 2) + cos(0)", 2),
        ("tan(0.5)", math.tan(0.5)),
        ("atan2(1, -1)", 0.75 * math.pi),
        ("sqrt(x*x + y*y) - length(x, y)", 0),
        ("exp(1)", math.e),
        ("log(exp(2))", 2),
        ("abs(-2) + sign(-7)", 1),
        ("floor(-1.5) + fract(-1.25)", -1.25),
        ("min(3, 1, 2) + max(1, 5, 4)", 6),
        ("clamp(7, 0, 5) + clamp(-1, 0, 5)", 5),
        ("mix(10, 20, 0.25)", 12.5),
        ("step(1, 1) + step(1, 0.99)", 1),
        ("smoothstep(0, 2, 1) + smoothstep(0, 2, 0.5) + smoothstep(0, 2, 9)", 0.5 + 0.15625 + 1),
        ("r + g + b + a", 2.5),
        ("w * h + t + i + rnd", 3084.625),
        ("  1\n +\t1 ", 2),
    ],
)
def test_a_formula_means_what_it_says(text, wanted):
    assert value(text) == pytest.approx(wanted, abs=1e-12)


def test_it_is_worked_out_over_whole_arrays_of_32_bits():
    x, y = np.arange(5, dtype=np.float32)[None], np.arange(3, dtype=np.float32)[:, None]
    result = value("x * 10 + y > 20 ? x : -y", x=x, y=y)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, np.where(x * 10 + y > 20, x, -y))
    across = value("sin(x) * 2", x=x)
    assert across.shape == (1, 5)
    np.testing.assert_allclose(across, 2 * np.sin(x), rtol=1e-6)


def test_what_is_the_same_for_all_pixels_keeps_its_fractions():
    """After a day a 32-bit float knows time to 8 ms only."""
    x = np.zeros((1, 3), np.float32)
    result = value("x + fract(t)", x=x, t=86_400.123456)
    np.testing.assert_allclose(result, 0.123456, atol=1e-6)
    chosen = value("t > 5 ? fract(t) : 0", t=86_400.123456)
    assert isinstance(chosen, float)
    assert chosen == pytest.approx(0.123456, abs=1e-9)


def test_what_is_no_number_is_no_error():
    assert math.isnan(value("sqrt(-1)"))
    assert math.isnan(value("0 / 0"))
    assert value("1 / 0") == math.inf
    assert math.isnan(value("5 % 0"))
    assert np.isnan(value("log(x)", x=np.array([-1.0], np.float32))).all()


def test_what_stands_twice_is_done_once():
    program = Program([parse_formula("noise(x/9, y/9) + 1"), parse_formula("noise(x/9, y/9) * 2")])
    assert len(program._steps) == 10  # x, 9, /, y, /, noise, 1, +, 2, *
    one, two = program.run({"x": 4.0, "y": 7.0}, seed=3)
    assert two == pytest.approx(2 * (one - 1))
    assert program.names == {"x", "y"}
    twice = Program([parse_formula("r"), parse_formula("r")])
    assert twice.run({"r": 0.5}, seed=1) == [0.5, 0.5]


def test_noise_is_smooth_and_another_seed_is_another():
    x, y = np.linspace(0, 40, 800, dtype=np.float32)[None], np.linspace(0, 30, 600, dtype=np.float32)[:, None]
    program = Program([parse_formula("noise(x, y)")])
    (one,), (same,), (other,) = (program.run({"x": x, "y": y}, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.allclose(one, other, atol=0.1)
    assert one.shape == (600, 800)
    assert 0 <= one.min() < 0.2
    assert 0.8 < one.max() <= 1
    assert one.mean() == pytest.approx(0.5, abs=0.05)
    assert np.abs(np.diff(one, axis=1)).max() < 0.15
    whole = np.arange(5, dtype=np.float32)
    assert program.run({"x": whole, "y": whole}, 1)[0] == pytest.approx(np.full(5, 0.5))
    apart = program.run({"x": x + 256, "y": y - 512}, 1)[0]
    np.testing.assert_allclose(apart, one, atol=1e-3)


def test_noise_of_what_is_no_place_is_no_error():
    x = np.array([np.nan, np.inf, -np.inf, 1e30, 0.5], np.float32)
    (result,) = Program([parse_formula("noise(x, 0.5)")]).run({"x": x}, 1)
    assert np.isfinite(result[4])
    assert isinstance(value("noise(1.5, 2.5)"), float)


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("", 1, "a value is missing at the end"),
        ("1 +", 4, "a value is missing at the end"),
        ("r * * g", 5, "a value is missing before '*'"),
        (")", 1, "a value is missing before ')'"),
        ("2x", 2, "an operator is missing before 'x'; write * to multiply"),
        ("(r g)", 4, "an operator is missing before 'g'"),
        ("sin x", 1, "sin is a function; write sin(v)"),
        ("rnd()", 1, "rnd is a value, not a function"),
        ("red + 1", 1, "there is no 'red'"),
        ("1 + smothstep(0, 1, r)", 5, "there is no function 'smothstep'; did you mean 'smoothstep'?"),
        ("print(1)", 1, "there is no function 'print'"),
        ("mix(r, g)", 1, "mix is given 2 values; write mix(a, b, share)"),
        ("max()", 1, "max is given 0 values"),
        ("noise(x)", 1, "noise is given 1 value; write noise(x, y)"),
        ("r = g", 3, "'=' means nothing here; did you mean '=='?"),
        ("r & g", 3, "did you mean '&&'?"),
        ("[r]", 1, "did you mean '('?"),
        ("r.real", 2, "'.' means nothing here"),
        ("'r'", 1, '"\'" means nothing here'),
        ("r + é", 5, "'é' means nothing here"),
        ("(r + (g)", 9, "the '(' of column 1 has no ')'"),
        ("r)", 2, "there is no '(' for this ')'"),
        ("r, g", 2, "',' stands between the values of a function only"),
        ("r ? g", 6, "the '?' of column 3 has no ':'; write c ? a : b"),
        ("1e999", 1, "this number is too large"),
        ("r  +   q", 8, "there is no 'q'"),
    ],
)
def test_what_is_wrong_is_told_with_its_column_and_what_would_be_right(text, column, words):
    with pytest.raises(ParameterError) as caught:
        parse_formula(text)
    assert caught.value.message.startswith(f"column {column} of the formula: ")
    assert words in caught.value.message


def test_a_long_word_is_told_in_short():
    with pytest.raises(ParameterError) as caught:
        parse_formula("1 + " + 900 * "q")
    assert caught.value.message.startswith(f"column 5 of the formula: there is no '{40 * 'q'}…'; known: x, y,")
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("raw", [None, True, ["r"], {"r": 1}, math.nan, math.inf])
def test_what_is_neither_text_nor_number_is_refused(raw):
    with pytest.raises(ParameterError, match="a formula is a text"):
        parse_formula(raw)


def test_a_number_is_a_formula_and_spelling_is_settled():
    assert parse_formula(1) == "1"
    assert parse_formula(0.5) == "0.5"
    assert parse_formula(1 / 3) == repr(1 / 3)
    assert parse_formula(" r \n + g ") == "r + g"
    assert isinstance(parse_formula("r"), Formula)


def test_length_depth_and_size_are_bounded():
    with pytest.raises(ParameterError, match="characters"):
        read("1" * (MAX_LENGTH + 1))
    with pytest.raises(ParameterError, match="within each other"):
        read("(" * (MAX_DEPTH + 1) + "r" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(ParameterError, match="within each other"):
        read("-" * (MAX_DEPTH + 1) + "r")
    with pytest.raises(ParameterError, match=f"column {MAX_NODES + 2} of the formula: more than {MAX_NODES} numbers"):
        read("+".join("r" * MAX_NODES))
    assert value("(" * MAX_DEPTH + "r" + ")" * MAX_DEPTH) == 0.25
    longest = "+".join("r" * (MAX_NODES // 2))
    assert value(longest) == pytest.approx(0.25 * (MAX_NODES // 2))


WORDS = [
    *NAMES,
    *FUNCTIONS,
    "noise",
    *"+-*/%^()<>!?:,=.&|",
    "==",
    "&&",
    "||",
    "1",
    "0.5",
    "2e3",
    " ",
    "__class__",
    "eval",
]


@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join) | st.text(max_size=60))
def test_any_text_is_a_formula_or_refused_with_a_column(text):
    try:
        formula = parse_formula(text)
    except ParameterError as error:
        message = error.message
    else:
        assert isinstance(value(formula), float)
        return
    assert any(word in message for word in ("column", "most", "more than"))
