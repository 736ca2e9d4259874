from __future__ import annotations

import numpy as np
import pytest

from artdag.errors import ParameterError
from tests.artdag.codec.synthetic import Wave
from tests.artdag.nodes.bench import a_sound, a_video, applied, check_ranges, frames, samples


def level_db(tone_hz, **params):
    """How much a tone is louder behind the effect than before it, once it has settled."""
    tone = Wave(48_000, frequency_hz=tone_hz)
    heard = samples(applied("lowpass", a_sound(48_000, tone.all), **params).media)
    return 20 * np.log10(heard[:, 24_000:].std(axis=1) / tone.all[:, 24_000:].std(axis=1))


@pytest.mark.parametrize(("tone_hz", "level"), [(125, 0), (1000, -3.01), (2000, -24.1), (4000, -48.9)])
def test_high_tones_go(tone_hz, level):
    assert level_db(tone_hz, frequency_hz=1000) == pytest.approx([level, level], abs=0.4)


@pytest.mark.parametrize("order", [1, 2, 5, 8])
def test_the_order_is_the_steepness(order):
    expected = -10 * np.log10(1 + 2 ** (2 * order))
    assert level_db(1000, frequency_hz=500, order=order) == pytest.approx([expected] * 2, rel=0.01)


def test_any_range_is_a_part_of_the_whole_and_the_picture_is_untouched():
    clip = a_video(20)
    made = applied("lowpass", clip, frequency_hz={"keyframes": [[0, 200], [0.5, 4000]]})
    check_ranges(made)
    check_ranges(applied("lowpass", clip))
    check_ranges(applied("lowpass", a_sound(30_000)))
    assert frames(made.media.video) == frames(clip.media.video)


def test_a_sweep_opens_as_time_passes():
    tone = a_sound(96_000, Wave(96_000, frequency_hz=3000).all)
    swept = applied("lowpass", tone, frequency_hz={"keyframes": [[0, 100], [2, 20000]], "ease": "linear"})
    heard = np.abs(samples(swept.media)[0])
    assert heard[1000:3000].max() < 0.02
    assert heard[-4800:].max() == pytest.approx(0.4, rel=0.01)


def test_the_order_cannot_change_and_a_sound_is_needed():
    with pytest.raises(ParameterError, match="decides the filter's memory"):
        applied("lowpass", a_sound(), order={"keyframes": [[0, 1], [1, 2]]})
    with pytest.raises(ParameterError, match="lowpass needs a sound"):
        applied("lowpass", a_video(5, sound=False))
