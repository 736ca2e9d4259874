from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.frame import Moment
from artdag.effects.film_grain import EFFECT
from tests.artdag.effects.apply import RATE, apply, digest, drawn, filled, settled

MIDDLE = 125


def grey(luma=MIDDLE, size=(640, 480)):
    return filled(*size, "yuv420p", luma, 100, 150)


def grain(luma=MIDDLE, **params):
    return apply(EFFECT, grey(luma), **params).planes[0].astype(float) - luma


def made_with(seed, index):
    assert EFFECT.frame is not None
    moment = Moment(index=index, frame_rate=RATE, frame_count=50, seed=index * 7)
    return EFFECT.frame(grey(), settled(EFFECT, {"seed": seed}), moment)


@pytest.mark.parametrize("intensity", [0.1, 0.25, 0.6])
def test_the_spread_in_middle_tones_is_40_times_the_intensity(intensity):
    added = grain(intensity=intensity)
    assert added.mean() == pytest.approx(0, abs=1)
    assert added.std() == pytest.approx(40 * intensity, rel=0.05)


def test_it_fades_towards_black_and_white():
    level = 0.2
    share = 0.25 + 0.75 * 4 * level * (1 - level)
    assert grain(round(16 + 219 * level), intensity=0.4).std() == pytest.approx(16 * share, rel=0.06)
    assert grain(45, intensity=0.4).std() > grain(22, intensity=0.4).std()


def test_grains_are_as_large_as_said():
    likeness = []
    for size in (0.5, 1.5, 4, 8):
        added = grain(size=size)
        likeness.append((added[:, 2:] * added[:, :-2]).mean() / added.var())
    assert likeness == sorted(likeness)
    assert likeness[0] == pytest.approx(0, abs=0.02)
    # two bells of deviation s, d pixels apart: exp(-d² / (4 s²)) with s = 2, d = 2
    assert likeness[2] == pytest.approx(np.exp(-0.25), abs=0.06)


def test_every_frame_and_every_seed_has_its_own_and_always_the_same():
    made = {(index, seed): digest(made_with(seed, index)) for index in (0, 1, 2) for seed in (0, 1, 2**31 - 1)}
    assert len(set(made.values())) == 9
    assert digest(made_with(1, 2)) == made[2, 1]


def test_neighbouring_frames_have_nothing_in_common():
    one, other = (made_with(1, index).planes[0] - float(MIDDLE) for index in (10, 11))
    assert abs((one * other).mean()) < 0.03 * one.var()


def test_strong_grain_stays_legal_and_leaves_colour_and_opacity():
    picture = drawn(64, 48, "yuva420p")
    result = apply(EFFECT, picture, intensity=1, size=8)
    assert result.planes[0].min() >= 16
    assert result.planes[0].max() <= 235
    assert all(np.array_equal(result.planes[n], picture.planes[n]) for n in (1, 2, 3))
    added = grain(intensity=1)
    assert np.abs(np.diff(added, axis=1)).max() < 220


def test_very_large_pictures_have_grain_everywhere():
    picture = filled(9000, 40, "yuv420p", MIDDLE, 128, 128)
    luma = apply(EFFECT, picture).planes[0]
    assert all(part.std() > 8 for part in np.array_split(luma.astype(float), 9, axis=1))
