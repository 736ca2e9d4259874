from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.denoise import EFFECT
from tests.artdag.effects.apply import apply, center, drawn, filled


def noisy(height=100, pixel_format="yuv420p"):
    """Two halves that differ by *height*, with noise of a standard deviation of 5."""
    picture = filled(128, 96, pixel_format, *[90] * (4 if "a" in pixel_format else 3))
    picture.planes[0][:, 64:] = 90 + height
    grain = np.random.default_rng(3)
    for plane in picture.planes:
        plane[...] = np.clip(plane + grain.normal(0, 5, plane.shape), 16, 235)
    return picture


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
def test_noise_goes_from_luma_and_chroma(pixel_format):
    picture = noisy(0, pixel_format)
    for before, after in zip(picture.planes, apply(EFFECT, picture).planes, strict=True):
        assert after.std() < 0.4 * before.std()
        assert after.mean() == pytest.approx(before.mean(), abs=1)


def test_edges_stay():
    luma = apply(EFFECT, noisy()).planes[0].astype(float)
    assert luma[:, 60:63].mean() == pytest.approx(90, abs=2)
    assert luma[:, 65:68].mean() == pytest.approx(190, abs=2)


def test_more_strength_and_more_radius_leave_less_noise():
    left = [
        [apply(EFFECT, noisy(0), **{name: value}).planes[0].std() for value in values]
        for name, values in (("strength", (0.1, 0.3, 1)), ("radius", (1, 6, 30)))
    ]
    assert all(levels == sorted(levels, reverse=True) for levels in left)


def test_a_flat_picture_and_opacity_stay():
    assert center(apply(EFFECT, filled(20, 20, "yuv420p", 90, 100, 150), strength=1)) == (90, 100, 150)
    picture = drawn(33, 21, "yuva420p")
    assert np.array_equal(apply(EFFECT, picture).planes[3], picture.planes[3])
