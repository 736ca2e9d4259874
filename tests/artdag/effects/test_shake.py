from __future__ import annotations

import numpy as np
import pytest

from artdag.effects.shake import EFFECT, motion
from tests.artdag.effects.apply import RATE, apply, filled, settled


def path(count=500, **params):
    values = settled(EFFECT, params)
    return np.array([motion(values, index / float(RATE)) for index in range(count)])


def test_it_moves_as_far_as_said_and_no_farther():
    track = path(amplitude=10, degrees=2, rate=8)
    assert (np.abs(track) <= (10, 10, 2)).all()
    assert (np.abs(track).max(axis=0) > (5, 5, 1)).all()


def test_it_moves_smoothly_and_faster_at_a_higher_rate():
    slow, fast = (np.abs(np.diff(path(rate=rate)[:, 0])) for rate in (0.5, 5))
    assert slow.max() < 1
    assert fast.mean() > 4 * slow.mean()


def test_ways_are_not_tied_to_each_other():
    assert np.abs(np.corrcoef(path(2000, rate=10).T) - np.eye(3)).max() < 0.2


def test_another_seed_is_another_path():
    assert not np.allclose(path(50, seed=1), path(50, seed=2))
    assert np.array_equal(path(50, seed=1), path(50, seed=1))


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "yuv444p", "yuva444p"])
def test_the_picture_moves_as_the_path_says(pixel_format):
    picture = filled(200, 160, pixel_format, *(16, 128, 128, 255)[: 4 if "a" in pixel_format[:4] else 3])
    picture.planes[0][78:82, 158:162] = 235
    values = settled(EFFECT, {"amplitude": 20, "degrees": 10, "rate": 5})
    for index in (0, 7, 20):
        right, down, degrees = motion(values, index / float(RATE))
        light = apply(EFFECT, picture, index=index, amplitude=20, degrees=10, rate=5).planes[0].astype(float) - 16
        rows, columns = np.indices(light.shape)
        angle = np.radians(degrees)
        x = ((columns + 0.5) * light).sum() / light.sum()
        y = ((rows + 0.5) * light).sum() / light.sum()
        assert (x, y) == pytest.approx((100 + right + 60 * np.cos(angle), 80 + down + 60 * np.sin(angle)), abs=0.1)


def test_no_side_is_seen():
    picture = filled(64, 48, "yuv420p", 200, 90, 160)
    for index in range(0, 50, 5):
        planes = apply(EFFECT, picture, index=index, amplitude=500, degrees=15).planes
        assert [np.unique(plane).tolist() for plane in planes] == [[200], [90], [160]]
