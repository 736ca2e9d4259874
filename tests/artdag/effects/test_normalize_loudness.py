from __future__ import annotations

import math

import numpy as np
import pytest

from artdag.codec.loudness import measured
from artdag.errors import ParameterError
from tests.artdag.codec.test_loudness import metered, noise
from tests.artdag.nodes.bench import a_sound, a_video, applied, check_ranges, frames, samples

SOFT = noise(4)


@pytest.mark.parametrize("target", [-23, -18.5, -14])
def test_the_result_is_as_loud_as_was_asked(target):
    made = applied(
        "normalize_loudness", a_sound(SOFT.shape.sample_count, SOFT.all), target_lufs=target, true_peak_dbtp=0
    )
    assert measured(made.media.sound).lufs == pytest.approx(target, abs=0.01)
    told = metered(samples(made.media))  # by a meter that is not ours
    assert float(told["lavfi.r128.I"]) == pytest.approx(target, abs=0.1)


@pytest.mark.parametrize("ceiling", [-9, -1, 0])
def test_the_true_peak_never_passes_the_ceiling(ceiling):
    made = applied(
        "normalize_loudness", a_sound(SOFT.shape.sample_count, SOFT.all), target_lufs=-5, true_peak_dbtp=ceiling
    )
    found = measured(made.media.sound)
    assert 20 * math.log10(found.true_peak) == pytest.approx(ceiling, abs=0.01)
    assert found.lufs < -5


def test_silence_stays():
    silent = a_sound(48_000, np.zeros((2, 48_000), np.float32))
    assert not samples(applied("normalize_loudness", silent).media).any()


def test_any_range_is_a_part_of_the_whole_and_the_picture_is_untouched():
    clip = a_video(20)
    made = applied("normalize_loudness", clip)
    check_ranges(made)
    check_ranges(applied("normalize_loudness", a_sound(30_000)))
    assert frames(made.media.video) == frames(clip.media.video)


def test_it_needs_a_sound():
    with pytest.raises(ParameterError, match="normalize_loudness needs a sound"):
        applied("normalize_loudness", a_video(5, sound=False))


def test_one_gain_cannot_change_over_time():
    with pytest.raises(ParameterError, match="is one number for the whole"):
        applied("normalize_loudness", a_sound(), target_lufs={"keyframes": [[0, -20], [1, -10]]})
