"""motion: how much of the way from black to white each frame goes."""

from __future__ import annotations

import pytest

from artdag.analysis.motion import motion_curve
from artdag.analysis.picture import watch
from tests.artdag.analysis.clips import Clip, pan, plain, still


def motion(pictures, **how):
    return motion_curve(watch(Clip(pictures, **how))).tolist()


def test_from_black_to_white_is_one():
    assert motion([*plain(16, 2), *plain(235, 2), *plain(16, 1)]) == [0, 0, 1, 0, 1]


def test_it_is_the_mean_over_the_picture():
    half = plain(16, 1)[0].copy()
    half[:, :80] = 235
    assert motion([*plain(16, 1), half]) == pytest.approx([0, 0.5], abs=0.01)


def test_there_is_a_value_for_each_frame():
    assert len(motion(pan(1, 17, 2))) == 17
    assert motion(still(1, 1)) == [0]


def test_what_moves_faster_moves_more():
    slow, fast = motion(pan(1, 10, 1))[1:], motion(pan(1, 10, 6))[1:]
    assert max(slow) < min(fast)
    assert min(slow) > 0


def test_a_still_does_not_move():
    assert not any(motion(still(4, 6)))


def test_colour_alone_is_no_motion():
    assert not any(motion(plain(120, 2), chroma=[(100, 100), (160, 160)]))
