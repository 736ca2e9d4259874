from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.frame import Frame
from artdag.media import Kind
from tests.artdag.effects.apply import to_yuv
from tests.artdag.nodes.bench import Made, a_sound, a_video, applied, check_ranges, frames, samples

SMALL = {"width": 200, "height": 100, "color": "#ffffff", "color2": None, "background": "#000000"}


def sound_of(values: np.ndarray) -> Made:
    return a_sound(values.shape[-1], np.broadcast_to(values, (2, values.shape[-1])).astype(np.float32))


def sine(frequency_hz: float, amplitude: float = 1.0, seconds: float = 1.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(round(48_000 * seconds)) / 48_000)


def picture(sound: Made, index: int = 12, **params) -> np.ndarray:
    """Return the light of a frame, 0..1."""
    made = applied("waveform", sound, **(SMALL | params))
    assert made.media.video is not None
    frame = Frame.over(next(iter(made.media.video.frames(index, index + 1))))
    return (frame.planes[0].astype(float) - 16) / 219


def middles(light: np.ndarray) -> np.ndarray:
    """Return at which height the light of each column lies."""
    return (light * (np.arange(light.shape[0])[:, None] + 0.5)).sum(axis=0) / light.sum(axis=0)


def test_a_line_goes_through_the_samples():
    # 0.02 s around 0.5 s: a sine of 50 Hz once over the width, half as high as the picture may be
    light = picture(sound_of(sine(50, 0.5)), style="line", window_s=0.02, thickness=10)
    time_s = 0.5 + (np.arange(200) - 100 + 0.5) / 200 * 0.02
    assert middles(light) == pytest.approx(50 - 25 * np.sin(2 * np.pi * 50 * time_s), abs=0.6)


def test_thickness_is_that_of_a_picture_of_720_lines():
    light = picture(sound_of(np.zeros(48_000)), style="line", thickness=36)
    assert light.sum(axis=0) == pytest.approx(np.full(200, 5), abs=0.1)


@pytest.mark.parametrize(("gain_db", "height"), [(0, 0.25), (6.0206, 0.5), (-6.0206, 0.125)])
def test_gain_makes_it_higher(gain_db, height):
    square = np.where(np.arange(48_000) // 10 % 2, 0.25, -0.25)
    light = picture(sound_of(square), style="line", window_s=1, gain_db=gain_db, thickness=0.5)
    assert light.mean(axis=0) == pytest.approx(np.full(200, height), abs=0.01)


def test_nothing_is_lost_between_columns():
    click = np.zeros(48_000)
    click[24_123] = 1
    light = picture(sound_of(click), style="line", window_s=1, thickness=0.5)
    assert light[:48].sum(axis=0).max() > 40


def test_channels_lie_over_each_other_or_above_each_other():
    both = np.stack([np.full(48_000, 0.5), np.full(48_000, -0.5)]).astype(np.float32)
    sound = a_sound(48_000, both)
    over = picture(sound, style="line", thickness=10)
    assert over[25, 100] > 0.4
    assert over[75, 100] > 0.4
    split = picture(sound, style="line", thickness=10, split=True)
    assert split[12, 100] > 0.4  # of the upper half, whose middle is 25
    assert split[87, 100] > 0.4
    assert split[37, 100] == 0


def test_opposite_channels_do_not_cancel():
    opposite = np.stack([sine(100), -sine(100)]).astype(np.float32)
    for style in ("line", "bars"):
        assert picture(a_sound(48_000, opposite), style=style).max() > 0.9
        assert picture(a_sound(48_000, opposite), style=style).mean() > 0.1


def test_bars_stand_where_and_as_high_as_the_sound_is():
    loud = np.concatenate([np.zeros(24_000), sine(1000, 0.8, 0.5)])
    light = picture(sound_of(loud), index=12, style="bars", window_s=1.0, bars=10)
    heights = light[:, 10::20].sum(axis=0)  # the middle of the frame is 0.5 s: half of the bars are loud
    # the frame's middle is 12.5 / 25 s
    assert heights[:5] == pytest.approx(np.full(5, 2 * 20 * 0.31), abs=1)
    assert heights[5:] == pytest.approx(np.full(5, 80), abs=1)


def test_a_sine_is_as_high_as_its_peak_and_noise_lower():
    high, low = (
        picture(sound_of(values), style="bars", bars=10, window_s=0.5)[:, 10].sum()
        for values in (sine(1000, 0.6), np.random.default_rng(1).uniform(-0.6, 0.6, 48_000))
    )
    assert high == pytest.approx(60, abs=1)
    assert low == pytest.approx(60 * (1 + np.sqrt(2 / 3)) / 2, abs=2)


def test_bars_move_left_as_time_goes_on():
    click = np.zeros(48_000)
    click[24_000:24_480] = 1
    places = [
        (picture(sound_of(click), index=index, style="bars", window_s=1.0, bars=50)[:20].sum(axis=0) @ np.arange(200))
        / picture(sound_of(click), index=index, style="bars", window_s=1.0, bars=50)[:20].sum()
        for index in (10, 11, 12)
    ]
    assert np.diff(places) == pytest.approx([-8, -8], abs=0.2)  # a frame is 1/25 of the window: 8 of 200 columns


def test_beyond_both_ends_there_is_silence():
    light = picture(sound_of(sine(1000, 1.0)), index=0, style="bars", window_s=1.0, bars=10)
    assert light[:, 10].sum() < 15
    assert light[:, 190].sum() > 90


def test_colours_are_those_that_are_set():
    made = applied("waveform", sound_of(sine(500)), **(SMALL | {"color": "#ff0000", "background": "#0000ff"}))
    assert made.media.video is not None
    frame = Frame.over(next(iter(made.media.video.frames(12, 13))))
    assert tuple(int(plane.flat[0]) for plane in frame.planes) == pytest.approx(to_yuv(0, 0, 255), abs=1)
    assert int(frame.planes[0].max()) == pytest.approx(to_yuv(255, 0, 0)[0], abs=1)


def test_without_background_it_is_see_through():
    made = applied("waveform", sound_of(sine(500)), **(SMALL | {"background": None}))
    assert made.shape.video is not None
    assert made.shape.video.pixel_format == "yuva420p"
    assert made.media.video is not None
    frame = Frame.over(next(iter(made.media.video.frames(12, 13))))
    assert (frame.planes[3][0] == 0).any()
    assert frame.planes[3].max() == 255
    assert (frame.planes[0] == 235).all()


@pytest.mark.parametrize("style", ["line", "bars"])
@pytest.mark.parametrize("window_s", [0.002, 0.05, 5.0])
@pytest.mark.parametrize("split", [False, True])
def test_any_range_is_that_part_of_the_whole_and_the_sound_comes_along(style, window_s, split):
    noise = np.random.default_rng(3).normal(0, 0.3, (2, 30_011)).astype(np.float32)
    sound = a_sound(30_011, noise)
    gain = {"keyframes": [[0, -6], [0.5, 6]]}
    made = applied("waveform", sound, **SMALL, style=style, window_s=window_s, split=split, gain_db=gain)
    assert made.shape.kind is Kind.VIDEO
    check_ranges(made)
    heard = samples(made.media)
    assert np.array_equal(heard[:, :30_011], noise)
    assert not heard[:, 30_011:].any()


def test_of_a_clip_the_sound_is_drawn():
    video = a_video(30)
    made = applied("waveform", video, **SMALL)
    assert made.shape.video is not None
    assert made.shape.video.frame_count == 25
    assert made.media.video is not None
    silent = applied("waveform", a_video(30, sound=False), **SMALL)
    assert silent.media.video is not None
    assert frames(made.media.video) != frames(silent.media.video)
    assert not samples(silent.media).any()


def test_odd_and_broken_sizes_and_rates():
    made = applied("waveform", a_sound(5000), **(SMALL | {"width": 33, "height": 17, "frame_rate": 29.97}))
    check_ranges(made)
