"""Settings: what is allowed, in which one spelling, and what is said about the rest."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artdag.errors import ParameterError
from artdag.params import Color, NoParams, Parsed, Range, Ungiven, nearest, plain, settle, specs


@dataclass(frozen=True, slots=True, kw_only=True)
class Corner:
    x: Annotated[float, Range(0, 1)] = 0.0
    tint: Color = Color("#ffffff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    amount: Annotated[float, Range(0, 10, "px"), "How much."]
    count: Annotated[int, Range(1, 9)] = 3
    loud: bool = False
    title: Annotated[str, Range(1, 5)] = "hey"
    mode: Literal["fit", "fill"] = "fit"
    tint: Color = Color("#00ff00")
    width: Annotated[int | None, Range(2, 99)] = None
    corner: Corner = field(default_factory=Corner)
    pair: Annotated[Any, Parsed(tuple, {"type": "array"})] = (1, 2)


def everything(**raw: object) -> Everything:
    return settle(Everything, {"amount": 1, **raw}, field="config", what="THING")


def complaint(**raw: object) -> str:
    with pytest.raises(ParameterError) as caught:
        everything(**raw)
    (problem,) = caught.value.problems
    return f"{problem.field}: {problem.message} ({problem.hint})"


def test_defaults_fill_what_is_not_given():
    assert plain(everything()) == {
        "amount": 1.0,
        "count": 3,
        "loud": False,
        "title": "hey",
        "mode": "fit",
        "tint": "#00ff00",
        "width": None,
        "corner": {"x": 0.0, "tint": "#ffffff"},
        "pair": [1, 2],
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"amount": 1}, {"amount": 1.0}),
        ({"amount": 0}, {"amount": -0.0}),
        ({"count": 4}, {"count": 4.0}),
        ({"tint": "lime"}, {"tint": "#0F0"}),
        ({"tint": "LIME"}, {"tint": "#00FF00"}),
        ({"width": None}, {}),
        ({"corner": None}, {"corner": {}}),
        ({"corner": {"x": 0}}, {"corner": {"tint": "#fff"}}),
    ],
)
def test_two_spellings_of_one_value_are_settled_to_one(one, other):
    assert repr(plain(everything(**one))) == repr(plain(everything(**other)))


def test_a_settled_colour_knows_its_parts():
    assert everything(tint="orange").tint.rgb == (255, 165, 0)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"amuont": 2}, "config.amuont: THING has no setting 'amuont' (did you mean 'amount'?)"),
        ({"amount": 11}, "config.amount: 'amount' is 11, outside 0 to 10 (0 to 10 px)"),
        ({"amount": "2"}, "config.amount: 'amount' takes a number, not '2' (0 to 10 px)"),
        ({"amount": True}, "config.amount: 'amount' takes a number, not True (0 to 10 px)"),
        ({"amount": math.nan}, "config.amount: 'amount' takes a finite number, not nan (0 to 10 px)"),
        ({"amount": math.inf}, "config.amount: 'amount' takes a finite number, not inf (0 to 10 px)"),
        ({"amount": None}, "config.amount: 'amount' takes a number, not None (0 to 10 px)"),
        ({"count": 2.5}, "config.count: 'count' takes a whole number, not 2.5 (1 to 9)"),
        ({"loud": 1}, "config.loud: 'loud' takes true or false, not 1 (None)"),
        ({"title": 5}, "config.title: 'title' takes text, not 5 (None)"),
        ({"title": "far too long"}, "config.title: 'title' has length 12, outside 1 to 5 (None)"),
        ({"mode": "fil"}, "config.mode: 'mode' cannot be 'fil': did you mean 'fill'? (one of fit, fill)"),
        ({"mode": ["fit"]}, "config.mode: 'mode' cannot be ['fit']: did you mean 'fit'? (one of fit, fill)"),
        ({"tint": "#12345"}, "config.tint: 'tint' takes a colour such as '#ff8800' or 'orange', not '#12345' (None)"),
        ({"corner": {"x": 2}}, "config.corner.x: 'x' is 2, outside 0 to 1 (0 to 1)"),
        ({"corner": 7}, "config.corner: corner takes a map of settings, not 7 (None)"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place_and_what_would(raw, told):
    assert complaint(**raw) == told


def test_a_whole_number_of_any_length_is_refused_and_does_no_harm():
    assert "takes a finite number" in complaint(amount=10**400)
    assert "takes a finite number" in complaint(count=10**400)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(ParameterError) as caught:
        settle(Everything, {"count": 0, "mode": "x", "colour": 1, "corner": {"y": 1, "x": 2}}, what="THING")
    places = [problem.field for problem in caught.value.problems]
    assert places == ["colour", None, "count", "mode", "corner.y", "corner.x"]
    assert "THING needs 'amount'" in [problem.message for problem in caught.value.problems]


def test_what_is_no_map_has_no_settings():
    with pytest.raises(ParameterError, match=r"THING takes a map of settings, not \[1\]"):
        settle(NoParams, [1], what="THING")
    assert settle(NoParams, None) == NoParams()


def test_a_long_name_is_not_repeated_at_length():
    with pytest.raises(ParameterError) as caught:
        settle(NoParams, {"x" * 60_000: 1})
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("kind", "fitting"),
    [
        ("float", {"amount", "count", "width"}),
        ("int", {"amount", "count", "width"}),
        ("bool", {"loud"}),
        ("text", {"title", "mode", "tint"}),
        ("enum", {"title", "mode", "tint"}),
        ("color", {"title", "tint"}),
    ],
)
def test_a_value_still_to_come_fits_where_its_type_does(kind, fitting):
    for name in ("amount", "count", "loud", "title", "mode", "tint", "width"):
        if name in fitting:
            everything(**{name: Ungiven(kind, "example")})
        else:
            assert "and that param is " + kind in complaint(**{name: Ungiven(kind, "example")})


def test_a_declaration_is_read_as_it_is_written():
    told = {spec.name: spec.to_json() for spec in specs(Everything)}
    assert told["amount"] == {
        "name": "amount",
        "type": "float",
        "required": True,
        "doc": "How much.",
        "min": 0,
        "max": 10,
        "unit": "px",
        "animated": True,
    }
    assert told["mode"]["choices"] == ["fit", "fill"]
    assert told["corner"]["default"] == {"x": 0.0, "tint": "#ffffff"}
    assert told["width"]["type"] == "int"


def test_a_setting_of_a_strange_type_is_refused_where_it_is_declared():
    @dataclass(frozen=True)
    class Strange:
        what: bytes = b""

    with pytest.raises(TypeError, match="cannot be declared"):
        specs(Strange)


def test_few_known_words_are_all_named_and_of_many_only_a_near_one():
    assert nearest("zzz", ["one", "two"]) == "known: one, two"
    many = [f"word{number}" for number in range(99)] + ["zigzag"]
    assert nearest("zibra", many) is None
    assert nearest("zigzig", many) == "did you mean 'zigzag'?"


@given(st.text(max_size=30), st.lists(st.text(max_size=12), max_size=300))
def test_looking_for_a_spelling_never_fails(word, known):
    hint = nearest(word, known)
    assert hint is None or hint.startswith(("did you mean", "known: "))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    )
)
def test_any_value_is_settled_or_refused_in_words(value):
    for name in ("amount", "count", "loud", "title", "mode", "tint", "width", "corner"):
        with suppress(ParameterError):
            everything(**{name: value})
