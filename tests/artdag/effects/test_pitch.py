from __future__ import annotations

import numpy as np
import pytest

from artdag.errors import ParameterError
from artdag.media import SAMPLE_RATE
from tests.artdag.nodes.bench import a_sound, a_video, applied, check_ranges, frames, samples

COUNT = 3 * SAMPLE_RATE


def chord(*frequencies_hz: float, count: int = COUNT) -> np.ndarray:
    time_s = np.arange(count) / SAMPLE_RATE
    wave = sum(0.2 * np.sin(2 * np.pi * hz * time_s + number) for number, hz in enumerate(frequencies_hz))
    return np.stack([wave, -0.5 * wave]).astype(np.float32)


def moved(wave: np.ndarray, semitones: object) -> np.ndarray:
    return samples(applied("pitch", a_sound(wave.shape[1], wave), semitones=semitones).media)


def frequency_of(wave: np.ndarray) -> float:
    """Return the frequency of the strongest tone, to some hundredths of a hertz."""
    spectrum = np.log(np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 4 * len(wave))) + 1e-12)
    top = int(spectrum.argmax())
    low, mid, high = spectrum[top - 1 : top + 2]
    return (top + (low - high) / (2 * (low - 2 * mid + high))) * SAMPLE_RATE / (4 * len(wave))


@pytest.mark.parametrize("semitones", [-12, -7, -3.3, -1, 1, 4, 7, 12])
@pytest.mark.parametrize("hz", [110, 440, 1760])
def test_a_tone_moves_to_within_a_cent_and_stays_as_loud(hz, semitones):
    wave = chord(hz)
    heard = moved(wave, semitones)
    found = frequency_of(heard[0, SAMPLE_RATE : -SAMPLE_RATE // 2])
    assert 1200 * np.log2(found / hz) == pytest.approx(100 * semitones, abs=1)
    inner = slice(SAMPLE_RATE // 4, -SAMPLE_RATE // 4)
    assert heard[0, inner].std() == pytest.approx(wave[0, inner].std(), rel=0.01)
    np.testing.assert_allclose(heard[1], -0.5 * heard[0], atol=1e-5)


@pytest.mark.parametrize("semitones", [-12, -5, 3, 12])
def test_a_chord_stays_clean(semitones):
    tones = (110, 164.8, 220, 277.2, 329.6, 440)
    heard = moved(chord(*tones), semitones)[0, SAMPLE_RATE // 2 : -SAMPLE_RATE // 2]
    power = np.abs(np.fft.rfft(heard * np.blackman(len(heard)))) ** 2
    frequency = np.fft.rfftfreq(len(heard), 1 / SAMPLE_RATE)
    near = np.any([np.abs(frequency - hz * 2 ** (semitones / 12)) < 4 for hz in tones], axis=0)
    assert 10 * np.log10(power[near].sum() / power[~near].sum()) > 38


@pytest.mark.parametrize(("semitones", "left"), [(-12, 0.6), (-4, 0.9), (5, 0.9), (12, 0.9)])
def test_strokes_stay_in_place_and_keep_most_of_their_edge(semitones, left):
    stroke = np.exp(-np.arange(500) / 60) * np.sin(np.arange(500) * 0.3)
    wave = np.zeros((2, COUNT), np.float32)
    times = range(20_000, COUNT - 10_000, 17_111)
    for time in times:
        wave[:, time : time + 500] = stroke
    heard = np.abs(moved(wave, semitones)[0])
    for time in times:
        near = heard[time - 4000 : time + 4000]
        assert abs(int(near.argmax()) - 4000) < 0.001 * SAMPLE_RATE
        assert near.max() > left * np.abs(stroke).max()


def test_time_passes_as_it_did():
    """A tone that begins at 1 s and ends at 2 s still does."""
    wave = chord(440)
    wave[:, :SAMPLE_RATE] = wave[:, 2 * SAMPLE_RATE :] = 0
    for semitones in (-9, 9):
        loud = np.abs(moved(wave, semitones)[0]).reshape(-1, 480).max(axis=1) > 0.1
        assert abs(int(loud.argmax()) - 100) <= 3
        assert abs(int(loud.nonzero()[0][-1]) - 199) <= 3


def test_a_bend_is_followed():
    heard = moved(chord(440), {"keyframes": [[0.5, 0], [2.5, 12]]})[0]
    for time_s, semitones in ((0.2, 0), (1.5, 6), (2.8, 12)):
        part = heard[int((time_s - 0.1) * SAMPLE_RATE) :][: SAMPLE_RATE // 5]
        assert 12 * np.log2(frequency_of(part) / 440) == pytest.approx(semitones, abs=0.15)


@pytest.mark.parametrize("semitones", [-5, {"keyframes": [[0, -3], [0.5, 8]]}])
def test_any_range_is_a_part_of_the_whole_and_the_picture_is_untouched(semitones):
    clip = a_video(20)
    made = applied("pitch", clip, semitones=semitones)
    check_ranges(made)
    check_ranges(applied("pitch", a_sound(30_000), semitones=semitones))
    check_ranges(applied("pitch", a_sound(3), semitones=semitones))
    assert frames(made.media.video) == frames(clip.media.video)


def test_silence_stays_and_none_is_the_sound_itself():
    assert not moved(np.zeros((2, 9000), np.float32), 5).any()
    assert applied("pitch", a_sound(), semitones=0).same_as == 0


def test_it_needs_a_sound():
    with pytest.raises(ParameterError, match="pitch needs a sound"):
        applied("pitch", a_video(5, sound=False))
