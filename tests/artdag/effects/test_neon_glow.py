from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.neon_glow import EFFECT
from tests.artdag.effects.apply import apply, center, drawn, filled, to_yuv


def step(height=60, u=90, v=150):
    """Two flat halves, one lighter by *height*."""
    picture = filled(120, 60, "yuv444p", 80, u, v)
    picture.planes[0][:, 60:] = 80 + height
    return picture


def row(picture, plane=0):
    return picture.planes[plane][30].astype(int)


@pytest.mark.parametrize("darkness", [0, 0.5, 1])
def test_where_there_is_no_edge_the_picture_is_darkened(darkness):
    result = center(apply(EFFECT, filled(32, 32, "yuv420p", 116, 100, 150), darkness=darkness))
    assert result == pytest.approx(
        (16 + 100 * (1 - darkness), 128 - 28 * (1 - darkness), 128 + 22 * (1 - darkness)), abs=1
    )


def test_a_bare_tube_is_four_fifths_white():
    result = row(apply(EFFECT, step(), amount=0, darkness=1))
    assert result[59] == result[60] == pytest.approx(16 + 219 * 0.8, abs=1)
    assert (result[:58] == 16).all()
    assert (result[62:] == 16).all()


def test_weak_edges_make_no_tube_and_middling_ones_half_of_one():
    # a step of 12 × 255 / 219 = 13.97, times 0.97 for its strength: 13.55 (11 whole code values: 12.8)
    full, half, none = (
        row(apply(EFFECT, step(12), amount=0, darkness=1, level=level))[60] for level in (12, 12.8 / 0.75, 30)
    )
    assert full == pytest.approx(16 + 219 * 0.8, abs=1)
    assert half == pytest.approx(16 + 219 * 0.4, abs=2)
    assert none == 16


def test_the_glow_falls_off_and_reaches_as_far_as_the_radius_says():
    reach = []
    for radius in (4, 12, 40):
        luma = row(apply(EFFECT, step(), radius=radius, darkness=1))
        assert (np.diff(luma[61:]) <= 0).all()
        reach.append(int((luma > 20).sum()))
    assert reach == sorted(set(reach))


def test_more_amount_is_more_glow():
    levels = [row(apply(EFFECT, step(), amount=amount, darkness=1))[66] for amount in (0, 0.5, 1, 2)]
    assert levels[0] == 16
    assert levels == sorted(set(levels))


def test_the_colour_is_the_given_one_or_the_pictures_own():
    blue = to_yuv(0, 0, 255)
    given = apply(EFFECT, step(), darkness=1, color="#0000ff")
    assert row(given, 1)[66] > 140
    assert row(given, 2)[66] < 128
    assert (row(given, 1)[66] - 128) / (row(given, 2)[66] - 128) == pytest.approx(
        (blue[1] - 128) / (blue[2] - 128), rel=0.2
    )
    own = apply(EFFECT, step(), darkness=1)
    assert row(own, 1)[60] < 100
    assert row(own, 2)[60] > 150


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva444p"])
def test_values_stay_legal(pixel_format):
    for params in ({}, {"color": "#ff00ff"}):
        result = apply(EFFECT, drawn(64, 48, pixel_format), amount=4, level=1, darkness=0, **params)
        assert all(
            plane.min() >= 16 and plane.max() <= (240 if n else 235) for n, plane in enumerate(result.planes[:3])
        )
