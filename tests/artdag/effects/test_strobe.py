from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.frame import Moment
from artdag.effects.strobe import EFFECT, Params, is_shown
from tests.artdag.effects.apply import apply, center, digest, drawn, filled, to_yuv


def pattern(count, rate=25, **params):
    """Return the frames of *count* in which the picture is seen."""
    moments = (Moment(index=i, frame_rate=Fraction(rate), frame_count=count, seed=1) for i in range(count))
    return [moment.index for moment in moments if is_shown(Params(**params), moment)]


def test_half_of_each_period_is_shown():
    assert pattern(20, rate_hz=2.5) == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]


@pytest.mark.parametrize(
    ("shown", "expected"), [(0, []), (0.1, [0, 10]), (0.3, [0, 1, 2, 10, 11, 12]), (1, list(range(20)))]
)
def test_the_share_is_exact(shown, expected):
    assert pattern(20, rate_hz=2.5, shown=shown) == expected


def test_the_rate_is_flashes_a_second():
    seen = pattern(300, rate=30, rate_hz=3)
    assert sum(1 for index in seen if index - 1 not in seen) == 30
    assert pattern(10, rate_hz=0) == list(range(10))


def test_no_frame_slips_at_ntsc_rates():
    seen = pattern(6000, rate=Fraction(30000, 1001), rate_hz=0.1)
    assert abs(len(seen) - 3000) <= 150
    assert pattern(100, rate=50, rate_hz=25) == list(range(0, 100, 2))


@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_in_between_it_is_the_colour(pixel_format):
    picture = drawn(16, 12, pixel_format)
    result = apply(EFFECT, picture, index=20, rate_hz=0.8, color="#c83264")
    expected = to_yuv(200, 50, 100) if pixel_format == "yuv420p" else (200, 50, 100)
    assert center(result) == expected
    assert digest(apply(EFFECT, picture, index=10, rate_hz=0.8)) == digest(picture)


def test_opacity_stays():
    assert center(apply(EFFECT, filled(8, 8, "rgba", 9, 9, 9, 77), index=20, rate_hz=0.8)) == (0, 0, 0, 77)
    picture = drawn(9, 7, "yuva420p")
    assert np.array_equal(apply(EFFECT, picture, index=20, rate_hz=0.8).planes[3], picture.planes[3])
