from __future__ import annotations

import pytest

from artdag.codec.frame import Moment
from artdag.effects.noise import EFFECT
from tests.artdag.effects.apply import RATE, apply, digest, drawn, filled, settled

GREY = filled(320, 240, "yuv420p", 125, 128, 128)


def made_with(seed, index):
    """The step's own seed differs from frame to frame here: the effect does not look at it."""
    assert EFFECT.frame is not None
    moment = Moment(index=index, frame_rate=RATE, frame_count=50, seed=index * 7)
    return EFFECT.frame(GREY, settled(EFFECT, {"seed": seed}), moment)


@pytest.mark.parametrize("amount", [0.05, 0.25, 0.5])
def test_the_spread_is_the_amount_of_64_code_values(amount):
    luma = apply(EFFECT, GREY, amount=amount).planes[0].astype(float)
    assert luma.mean() == pytest.approx(125, abs=0.4)
    assert luma.std() == pytest.approx(64 * amount, rel=0.03)


def test_pixels_are_independent_of_their_neighbours():
    luma = apply(EFFECT, GREY).planes[0] - 125.0
    for shifted in (luma[1:, :] * luma[:-1, :], luma[:, 1:] * luma[:, :-1]):
        assert abs(shifted.mean()) < 0.02 * luma.var()


def test_colours_are_left_unless_asked_for():
    assert (apply(EFFECT, GREY).planes[1] == 128).all()
    result = apply(EFFECT, GREY, colored=True, amount=0.25)
    u, v = (plane - 128.0 for plane in result.planes[1:])
    assert u.std() == pytest.approx(16, rel=0.05)
    assert abs((u * v).mean()) < 0.03 * u.var()


def test_every_frame_and_every_seed_has_its_own_and_always_the_same():
    made = {(index, seed): digest(made_with(seed, index)) for index in (0, 1, 2) for seed in (0, 1, 2**31 - 1)}
    assert len(set(made.values())) == 9
    assert digest(made_with(1, 2)) == made[2, 1]


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva444p"])
def test_values_stay_legal(pixel_format):
    result = apply(EFFECT, drawn(64, 48, pixel_format), amount=1, colored=True)
    assert all(plane.min() >= 16 and plane.max() <= (240 if n else 235) for n, plane in enumerate(result.planes[:3]))
