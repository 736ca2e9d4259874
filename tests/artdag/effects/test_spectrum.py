from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.frame import Frame
from artdag.effects.spectrum import HIGHEST_HZ, LOWEST_HZ, bands_of, decibels
from artdag.media import Kind
from tests.artdag.effects.test_waveform import sine, sound_of
from tests.artdag.nodes.bench import a_sound, applied, check_ranges, samples

SMALL = {"width": 200, "height": 100, "color": "#ffffff", "color2": None, "background": "#000000", "gain_db": 0}
OCTAVES = np.log2(HIGHEST_HZ / LOWEST_HZ)


def light(sound, index: int = 12, **params) -> np.ndarray:
    made = applied("spectrum", sound, **(SMALL | params))
    assert made.media.video is not None
    frame = Frame.over(next(iter(made.media.video.frames(index, index + 1))))
    return (frame.planes[0].astype(float) - 16) / 219


def bars(picture: np.ndarray, count: int) -> np.ndarray:
    """Return the height of each bar."""
    middle = ((np.arange(count) + 0.5) * picture.shape[1] / count).astype(int)
    return picture[:, middle].sum(axis=0)


@pytest.mark.parametrize("amplitude", [1.0, 0.5, 0.01])
def test_a_sine_has_its_level(amplitude):
    level = decibels(np.tile(amplitude * sine(48_000 * 100 / 4096)[:4096], (2, 1)).astype(np.float32))
    assert level.argmax() == 100
    assert level.max() == pytest.approx(20 * np.log10(amplitude), abs=0.02)


def test_the_power_of_both_channels_counts():
    tone = sine(48_000 * 100 / 4096)[:4096]
    opposite, one = (np.stack(pair).astype(np.float32) for pair in ((tone, -tone), (tone, 0 * tone)))
    assert decibels(opposite).max() == pytest.approx(0, abs=0.02)
    assert decibels(one).max() == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize("frequency_hz", [60, 250, 1000, 4000, 12_000])
def test_a_tone_stands_at_its_place(frequency_hz):
    heights = bars(light(sound_of(sine(frequency_hz, 0.5)), bars=20, tilt_db=0), 20)
    assert heights.argmax() == int(np.log2(frequency_hz / LOWEST_HZ) / OCTAVES * 20)


@pytest.mark.parametrize(
    ("amplitude", "params", "height"), [(0.5, {}, 90), (0.05, {}, 56.6), (0.5, {"range_db": 30}, 80)]
)
def test_a_bar_is_as_high_as_its_level(amplitude, params, height):
    # 0.5 is -6.02 dB: 1 - 6.02 / 60 of the height
    tone = sound_of(sine(48_000 * 85 / 4096, amplitude))
    found = bars(light(tone, **({"bars": 10, "tilt_db": 0, "range_db": 60} | params)), 10)
    assert found.max() == pytest.approx(height, abs=1)


@pytest.mark.parametrize(("frequency_hz", "octaves"), [(500, -1), (2000, 1), (8000, 3)])
def test_tilt_lifts_each_octave(frequency_hz, octaves):
    plain, tilted = (
        bars(light(sound_of(sine(frequency_hz, 0.1)), bars=43, tilt_db=tilt_db, range_db=100), 43).max()
        for tilt_db in (0, 3)
    )
    assert tilted - plain == pytest.approx(3 * octaves, abs=0.5)


def test_gain_lifts_all():
    tone = sound_of(sine(1000, 0.1))
    one, other = (bars(light(tone, gain_db=gain_db, range_db=50), 56).max() for gain_db in (0, 5))
    assert other - one == pytest.approx(10, abs=0.5)


def test_a_bar_falls_evenly_after_the_tone_and_rises_at_once():
    tone = np.concatenate([np.zeros(24_000), sine(1000, 1.0, 0.5), np.zeros(48_000)])
    made = [
        bars(light(sound_of(tone), index=at, bars=10, tilt_db=0, range_db=100, fall_db=50), 10).max()
        for at in range(50)
    ]
    low = 2 * 0.31 * 10  # a bar is never lower than it is wide
    assert made[10] <= low
    assert made[14] == pytest.approx(100, abs=1)
    falling = np.array(made[28:45])
    assert np.diff(falling) == pytest.approx(np.full(16, -50 / 25), abs=0.1)


def test_what_scrolls_stands_at_the_right_when_it_is_heard():
    tone = np.concatenate([sine(1000, 1.0, 0.5), np.zeros(48_000)])
    first, later = (light(sound_of(tone), index=at, style="scroll", window_s=2.0) for at in (12, 25))
    row = 99 - int(np.log2(1000 / LOWEST_HZ) / OCTAVES * 100)
    assert first[row, 195] > 0.9
    assert later[row, 100:140].min() > 0.9  # 0.01 s a column: the tone ended 0.52 s before
    assert later[row, 160:].max() < 0.1
    assert first[row, :140].max() < 0.1


def test_rows_go_from_low_to_high_tones():
    for frequency_hz in (100, 1000, 10_000):
        picture = light(sound_of(sine(frequency_hz, 1.0)), style="scroll", color2="#ffffff", color="#808080", tilt_db=0)
        row = picture[:, -5].argmax()
        wanted = 99 - np.log2(frequency_hz / LOWEST_HZ) / OCTAVES * 100
        assert row == pytest.approx(wanted, abs=4 if frequency_hz == 100 else 1.5)


def test_the_highest_of_many_bins_is_never_missed():
    level = np.full(2049, -200, np.float32)
    level[1000] = -10
    for count in (4, 30, 400):
        found = bands_of(count).levels(level)
        place = int(np.log2(1000 * 48_000 / 4096 / LOWEST_HZ) / OCTAVES * count)
        assert found.max() == -10
        assert found.argmax() == place


def test_without_background_it_is_see_through():
    for style in ("bars", "scroll"):
        made = applied("spectrum", sound_of(sine(1000)), **(SMALL | {"background": None, "style": style}))
        assert made.media.video is not None
        frame = Frame.over(next(iter(made.media.video.frames(12, 13))))
        assert frame.pixel_format == "yuva420p"
        assert (frame.planes[3].min(), frame.planes[3].max()) == (0, 255)


@pytest.mark.parametrize("style", ["bars", "scroll"])
@pytest.mark.parametrize("fall_db", [20, 400])
def test_any_range_is_that_part_of_the_whole_and_the_sound_comes_along(style, fall_db):
    noise = np.random.default_rng(3).normal(0, 0.3, (2, 30_011)).astype(np.float32)
    noise *= np.linspace(1, 0, 30_011, dtype=np.float32)
    gain = {"keyframes": [[0, -6], [0.5, 6]]}
    made = applied("spectrum", a_sound(30_011, noise), **(SMALL | {"gain_db": gain}), style=style, fall_db=fall_db)
    assert made.shape.kind is Kind.VIDEO
    check_ranges(made)
    assert np.array_equal(samples(made.media)[:, :30_011], noise)


def test_silence_and_the_shortest_sound_are_drawn():
    for sound in (sound_of(np.zeros(5000)), sound_of(np.ones(1))):
        for style in ("bars", "scroll"):
            check_ranges(applied("spectrum", sound, **(SMALL | {"width": 33, "height": 17}), style=style))
