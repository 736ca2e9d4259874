from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.room import decay_s, response
from artdag.errors import ParameterError
from artdag.media import SAMPLE_RATE
from tests.artdag.nodes.bench import a_sound, a_video, applied, check_ranges, frames, samples


def click(count: int = 2 * SAMPLE_RATE) -> np.ndarray:
    wave = np.zeros((2, count), np.float32)
    wave[:, 100] = 1
    return wave


def falls_s(answer: np.ndarray, low_hz: float = 0, high_hz: float = 24_000) -> float:
    """Return how long it takes to fall by 60 dB: three times from -5 to -25 dB of the energy that is left."""
    frequency = np.fft.rfftfreq(2 * len(answer), 1 / SAMPLE_RATE)
    octaves = np.log2(np.maximum(frequency, 1) / np.sqrt(low_hz * high_hz)) if low_hz else frequency * 0
    band = np.exp(-((octaves * 3) ** 2))
    part = np.fft.irfft(np.fft.rfft(answer, 2 * len(answer)) * band)[: len(answer)]
    left = np.cumsum(np.square(part)[::-1])[::-1]
    level = 10 * np.log10(left / left[0] + 1e-12)
    return 3 * float((level < -25).argmax() - (level < -5).argmax()) / SAMPLE_RATE


@pytest.mark.parametrize(("size", "lasts"), [(2, 0.23), (12, 1.385), (50, 5.77)])
def test_a_larger_room_rings_longer_as_sabine_says(size, lasts):
    assert decay_s(size) == pytest.approx(lasts, rel=0.01)
    for ear in response(size, 0.0, 1):
        assert falls_s(ear) == pytest.approx(lasts, rel=0.1)


def test_damping_lets_high_tones_fall_sooner():
    bare, soft = response(20, 0.0, 1)[0], response(20, 1.0, 1)[0]
    assert falls_s(bare, 7000, 9000) == pytest.approx(decay_s(20), rel=0.15)
    assert falls_s(soft, 7000, 9000) == pytest.approx(decay_s(20) / 4.2, rel=0.25)
    assert falls_s(soft, 7000, 9000) < 0.6 * falls_s(soft, 200, 400)


def test_the_walls_answer_first_and_the_room_then():
    """In a room of 20 m the first wall is heard some ms after the sound, and single echoes make way for a tail."""
    answer = response(20, 0.3, 1)
    first = int((np.abs(answer[0]) > 0.01 * np.abs(answer[0]).max()).argmax())
    assert 0.001 < first / SAMPLE_RATE < 0.03
    early, late = answer[0][: SAMPLE_RATE // 25], answer[0][SAMPLE_RATE // 4 :][: SAMPLE_RATE // 25]
    peaked = [float(np.abs(part).max() / np.sqrt(np.square(part).mean())) for part in (early, late)]
    assert peaked[0] > 2 * peaked[1]


def test_both_ears_hear_another_room_and_a_seed_is_another_place():
    one, other = response(12, 0.5, 1), response(12, 0.5, 2)
    assert abs(np.corrcoef(one)[0, 1]) < 0.2
    assert not np.allclose(one, other)
    assert np.square(one).sum(axis=1) == pytest.approx([1, 1])


def test_noise_stays_as_loud_as_it_is():
    noise = np.random.default_rng(0).standard_normal((2, 4 * SAMPLE_RATE)).astype(np.float32) * 0.1
    heard = samples(applied("reverb", a_sound(noise.shape[1], noise), mix=1).media)
    assert heard[:, SAMPLE_RATE:].std() == pytest.approx(noise.std(), rel=0.05)


def test_the_mix_is_that_of_sound_and_room():
    dry = click()
    wet, half = (samples(applied("reverb", a_sound(dry.shape[1], dry), mix=mix).media) for mix in (1, 0.25))
    np.testing.assert_allclose(half, 0.75 * dry + 0.25 * wet, atol=1e-6)
    np.testing.assert_allclose(wet[0, 100 : 100 + 5000], response(12, 0.5, 1)[0, :5000], atol=1e-6)


def test_without_a_mix_the_sound_comes_back():
    assert applied("reverb", a_sound(), mix=0).same_as == 0


def test_the_length_stays_and_the_tail_ends_softly():
    dry = click(SAMPLE_RATE // 2)
    heard = samples(applied("reverb", a_sound(dry.shape[1], dry), mix=1, size=50).media)
    assert heard.shape == dry.shape
    before = np.abs(heard[:, -4000:-2000]).max()
    assert before > 0
    assert np.abs(heard[:, -10:]).max() < 0.05 * before


def test_a_mix_that_changes_is_followed():
    made = applied("reverb", a_sound(), mix={"keyframes": [[0, 0], [1, 1]]})
    check_ranges(made)
    dry, wet = samples(a_sound().media), samples(applied("reverb", a_sound(), mix=1).media)
    heard = samples(made.media)
    share = np.arange(48_000) / 48_000
    np.testing.assert_allclose(heard, dry + share * (wet - dry), atol=1e-5)


def test_any_range_is_a_part_of_the_whole_and_the_picture_is_untouched():
    clip = a_video(20)
    made = applied("reverb", clip)
    check_ranges(made)
    check_ranges(applied("reverb", a_sound(100_000), size=3))
    assert frames(made.media.video) == frames(clip.media.video)


def test_it_needs_a_sound():
    with pytest.raises(ParameterError, match="reverb needs a sound"):
        applied("reverb", a_video(5, sound=False))
