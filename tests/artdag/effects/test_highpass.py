from __future__ import annotations

import numpy as np
import pytest

from artdag.errors import ParameterError
from tests.artdag.codec.synthetic import Wave
from tests.artdag.nodes.bench import a_sound, a_video, applied, check_ranges, frames, samples


def level_db(tone_hz, **params):
    tone = Wave(48_000, frequency_hz=tone_hz)
    heard = samples(applied("highpass", a_sound(48_000, tone.all), **params).media)
    return 20 * np.log10(heard[:, 24_000:].std(axis=1) / tone.all[:, 24_000:].std(axis=1))


@pytest.mark.parametrize(("tone_hz", "level"), [(8000, 0), (1000, -3.01), (500, -24.1), (250, -48.2)])
def test_low_tones_go(tone_hz, level):
    assert level_db(tone_hz, frequency_hz=1000) == pytest.approx([level, level], abs=0.1)


@pytest.mark.parametrize("order", [1, 3, 8])
def test_the_order_is_the_steepness(order):
    expected = -10 * np.log10(1 + 2 ** (2 * order))
    assert level_db(500, frequency_hz=1000, order=order) == pytest.approx([expected] * 2, rel=0.01)


def test_what_does_not_move_goes_wholly():
    still = a_sound(48_000, np.full((2, 48_000), 0.5, np.float32))
    assert np.abs(samples(applied("highpass", still).media)[:, 24_000:]).max() < 1e-4


def test_any_range_is_a_part_of_the_whole_and_the_picture_is_untouched():
    clip = a_video(20)
    made = applied("highpass", clip, frequency_hz={"keyframes": [[0, 200], [0.5, 4000]]})
    check_ranges(made)
    check_ranges(applied("highpass", a_sound(30_000)))
    assert frames(made.media.video) == frames(clip.media.video)


def test_it_needs_a_sound():
    with pytest.raises(ParameterError, match="highpass needs a sound"):
        applied("highpass", a_video(5, sound=False))
