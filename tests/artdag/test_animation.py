"""Values that change: what keyframes and bindings mean, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from artdag.animation import Animation, Keyframes, animated, binds, extremes, live, value_at, values_over
from artdag.errors import ParameterError
from artdag.params import Constant, Range, Ungiven, plain, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    amount: Annotated[float, Range(0, 10, "px")] = 1.0
    count: Annotated[int, Range(1, 9)] = 1
    width: Annotated[int, Range(1, 9000), Constant("decides the size")] = 64
    mode: Literal["fit", "fill"] = "fit"


def settled(**raw: Any) -> Settings:
    return settle(Settings, raw)


def refusal(**raw: Any) -> str:
    with pytest.raises(ParameterError) as caught:
        settled(**raw)
    return caught.value.message


def amounts(animation: dict[str, Any], *times: float) -> list[float]:
    return [value_at(settled(amount=animation), time).amount for time in times]


def test_between_two_keyframes_a_value_goes_straight():
    assert amounts({"keyframes": [[1, 2], [3, 6]]}, 0, 1, 1.5, 2, 3, 9) == [2, 2, 3, 4, 6, 6]


def test_smooth_rests_at_its_keyframes_and_crosses_in_the_middle():
    found = amounts({"keyframes": [[0, 0], [2, 8]], "ease": "smooth"}, 0, 0.5, 1, 1.5, 2)
    assert found == pytest.approx([0, 8 * 0.15625, 4, 8 * 0.84375, 8])


def test_hold_jumps_at_each_keyframe():
    assert amounts({"keyframes": [[0, 1], [1, 5], [2, 3]], "ease": "hold"}, 0, 0.999, 1, 1.999, 2) == [1, 1, 5, 5, 3]


def test_whole_numbers_are_rounded_half_up():
    found = [value_at(settled(count={"keyframes": [[0, 1], [1, 3]]}), time).count for time in (0, 0.2, 0.25, 0.75, 1)]
    assert found == [1, 1, 2, 3, 3]
    assert all(isinstance(count, int) for count in found)


def test_what_never_changes_is_a_plain_number_and_hence_the_same_work():
    assert settled(amount={"keyframes": [[0, 4], [2, 4]]}) == settled(amount=4)
    assert settled(amount={"bind": "music", "feature": "beat", "range": [3, 3]}) == settled(amount=3)


def test_one_spelling_for_one_animation():
    one = plain(settled(amount={"keyframes": [[0, 1], [2, 3]]}))
    assert one == plain(settled(amount={"ease": "linear", "keyframes": [[0.0, 1.0], [2.0, 3.0]]}))
    assert one["amount"] == {"keyframes": [[0.0, 1.0], [2.0, 3.0]], "ease": "linear"}
    assert settle(Settings, live(one, {})) == settled(amount={"keyframes": [[0, 1], [2, 3]]})


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ({"amount": {"keyframes": []}}, "takes keyframes as a list of [seconds, value]"),
        ({"amount": {"keyframes": [[0, 1, 2]]}}, "takes keyframes as a list of [seconds, value]"),
        ({"amount": {"keyframes": [[0, 1], [0, 2]]}}, "not in order: 0 s stands after 0 s"),
        ({"amount": {"keyframes": [[2, 1], [1, 2]]}}, "not in order: 1 s stands after 2 s"),
        ({"amount": {"keyframes": [[-1, 1]]}}, "a time from 0 to 86400 s, not '-1'"),
        ({"amount": {"keyframes": [[float("nan"), 1]]}}, "a time from 0 to 86400 s, not 'nan'"),
        ({"amount": {"keyframes": [[0, 1], [1, 11]]}}, "'amount' is 11, outside 0 to 10"),
        ({"amount": {"keyframes": [[0, 1], [1, float("inf")]]}}, "takes a finite number"),
        ({"amount": {"keyframes": [[0, 1], [1, True]]}}, "takes a number"),
        ({"count": {"keyframes": [[0, 1], [1, 2.5]]}}, "takes a whole number"),
        (
            {"amount": {"keyframes": [[0, 1]], "ease": "bounce"}},
            "'ease' of 'amount' must be one of linear, smooth, hold",
        ),
        ({"amount": {"keyframes": [[0, 1]], "easing": "hold"}}, "'amount' has 'easing' beside 'keyframes'"),
        ({"amount": {"bind": 3, "feature": "beat", "range": [0, 1]}}, "'bind' of 'amount' names an ANALYZE node"),
        ({"amount": {"bind": "m", "feature": "bass", "range": [0, 1]}}, "'feature' of 'amount' must be one of energy"),
        ({"amount": {"bind": "m", "feature": "beat"}}, "'range' of 'amount' is [from, to]"),
        ({"amount": {"bind": "m", "feature": "beat", "range": [0, 11]}}, "'amount' is 11, outside 0 to 10"),
        ({"amount": {"bind": "m", "feature": "beat", "range": [0, 1], "smooth_s": 11}}, "a time from 0 to 10 s"),
        ({"width": {"keyframes": [[0, 1], [1, 2]]}}, "'width' cannot change over time: it decides the size"),
        ({"mode": {"keyframes": [[0, "fit"]]}}, "'mode' cannot change over time: only numbers can"),
    ],
)
def test_a_sentence_says_what_is_wrong(raw, sentence):
    assert sentence in refusal(**raw)


def test_a_value_that_each_run_gives_may_stand_in_a_keyframe():
    assert animated(settled(amount={"keyframes": [[0, 3], [1, Ungiven("float", 0.0)]]})) == ("amount",)


def test_the_least_and_the_greatest_are_tried_one_by_one():
    settings = settled(amount={"keyframes": [[0, 5], [1, 2]]}, count={"keyframes": [[0, 1], [1, 4]]})
    assert [(one.amount, one.count) for one in extremes(settings)] == [(2, 1), (5, 1), (2, 4)]


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10)), min_size=2, max_size=6, unique_by=lambda point: point[0]),
    st.sampled_from(["linear", "smooth", "hold"]),
    st.lists(st.floats(0, 200), min_size=1, max_size=20),
)
def test_no_value_lies_outside_the_keyframes(points, ease, times):
    animation = Keyframes(points=tuple(sorted(points)), ease=ease)
    values = animation.values(np.array(times))
    assert (values >= animation.low - 1e-9).all()
    assert (values <= animation.high + 1e-9).all()


REPORT = {
    "beats": [1.0, 2.0],
    "onsets": [],
    "energy": {"rate": 10, "values": [0.0, 0.0, 1.0, 1.0, 1.0, 0.0]},
    "bands": {"rate": 10, "low": [0.0, 1.0], "mid": [1.0, 0.0], "high": [0.5, 0.5]},
}


def heard(feature: str, smooth_s: float, *times: float, report: Any = REPORT) -> list[float]:
    raw = {"bind": "bind0", "feature": feature, "range": [1, 3], "smooth_s": smooth_s}
    settings = settle(Settings, live(plain(settled(amount=raw)), {"bind0": report}))
    assert isinstance(settings.amount, Animation)
    return [value_at(settings, time).amount for time in times]


def test_a_bound_value_follows_a_curve_between_its_two_ends():
    assert heard("energy", 0, 0, 0.1, 0.15, 0.2, 9) == pytest.approx([1, 1, 2, 3, 1])
    assert heard("low", 0, 0, 0.05, 0.1) == pytest.approx([1, 2, 3])
    assert heard("energy", 0.3, 0, 0.1, 0.2) == pytest.approx([1, 1 + 2 / 3, 1 + 4 / 3])


def test_a_beat_jumps_up_and_fades():
    found = heard("beat", 0.5, 0.99, 1.0, 1.5, 2.0)
    assert found == pytest.approx([1, 3, 1 + 2 * np.exp(-1), 3])
    assert heard("beat", 0, 0.9, 1.0, 1.03, 1.05) == [1, 3, 3, 1]
    assert heard("onset", 0.1, 0, 5) == [1, 1]


def test_a_report_without_the_feature_is_told():
    with pytest.raises(ParameterError, match="add it to its 'features'"):
        heard("beat", 0.1, 0, report={})
    with pytest.raises(ParameterError, match="no bands"):
        heard("low", 0.1, 0, report={"energy": REPORT["energy"]})


def test_sound_gets_a_value_for_each_sample():
    found = values_over(settled(amount={"keyframes": [[0, 0], [1, 2]]}), np.array([0, 0.25, 1.0]))
    assert np.array_equal(found.amount, [0, 0.5, 2])


def test_bindings_are_found_however_deep_each_once():
    raw = {"a": {"bind": "x"}, "b": [{"bind": "y"}, {"c": {"bind": "x"}}], "d": "bind"}
    assert binds(raw) == ("x", "y")
