from __future__ import annotations

import pytest

from artdag.codec.frame import Moment
from artdag.effects import zoom
from artdag.effects.ken_burns import EFFECT, view
from tests.artdag.effects.apply import FRAME_COUNT, RATE, apply, digest, drawn, settled

LAST = FRAME_COUNT - 1


def view_at(index, frame_count=FRAME_COUNT, **params):
    moment = Moment(index=index, frame_rate=RATE, frame_count=frame_count, seed=1)
    return view(settled(EFFECT, params), moment)


def test_it_leads_from_the_first_view_to_the_last():
    path = {"from_zoom": 2, "to_zoom": 4, "from_x": 0.1, "from_y": 0.2, "to_x": 0.9, "to_y": 0.6}
    assert view_at(0, **path) == pytest.approx((2, 0.1, 0.2))
    assert view_at(LAST, **path) == pytest.approx((4, 0.9, 0.6))


@pytest.mark.parametrize("easing", ["linear", "smooth"])
def test_half_way_it_is_half_way_by_ratio(easing):
    path = {"from_zoom": 1, "to_zoom": 4, "from_x": 0, "to_x": 1, "easing": easing}
    assert view_at(50, 101, **path) == pytest.approx((2, 0.5, 0.5))


def test_a_quarter_through_it_has_gone_less_far_when_it_starts_gently():
    assert view_at(25, 101, from_x=0, to_x=1, easing="linear")[1] == pytest.approx(0.25)
    assert view_at(25, 101, from_x=0, to_x=1, easing="smooth")[1] == pytest.approx(0.25**2 * 2.5)


@pytest.mark.parametrize("pixel_format", EFFECT.pixel_formats)
def test_a_view_is_what_zoom_shows(pixel_format):
    picture = drawn(64, 48, pixel_format)
    result = apply(EFFECT, picture, index=LAST, to_zoom=2.5, to_x=0.3, to_y=0.9)
    assert digest(result) == digest(apply(zoom.EFFECT, picture, factor=2.5, x=0.3, y=0.9))


def test_a_still_shows_the_first_view():
    assert view_at(0, 1, from_zoom=1.5, to_zoom=3)[0] == 1.5


def test_it_can_move_away_as_well():
    picture = drawn(64, 48, "yuv420p")
    assert digest(apply(EFFECT, picture, index=LAST, from_zoom=3, to_zoom=1)) == digest(picture)
