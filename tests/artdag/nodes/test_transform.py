"""TRANSFORM: the same formulas as the effects, a fixed order for a map, the written order for a list, and speed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.frame import Frame
from artdag.codec.stream import Media
from artdag.errors import ParameterError
from artdag.media import SAMPLE_RATE, Kind, Shape
from tests.artdag.codec.synthetic import Flashes, Wave
from tests.artdag.nodes.bench import Made, a_video, an_image, applied, check_ranges, frames, made, samples


def transform(effects: object, item: Made) -> Made:
    return made("TRANSFORM", {"effects": effects}, item)


SOURCES = {
    "video": lambda: a_video(3),
    "odd": lambda: a_video(3, width=63, height=47),
    "image": lambda: an_image(31, 17),
    "see-through": lambda: an_image(32, 18, "rgba"),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("operations", "effect", "params"),
    [
        ({"hue": 30}, "hue_shift", {"degrees": 30}),
        ({"blur": 4}, "blur", {"radius": 4}),
        ({"sharpen": 1.5}, "sharpen", {"amount": 1.5}),
        (
            {"saturation": 0.5, "contrast": 1.2, "brightness": -0.25, "gamma": 1.5},
            "color_adjust",
            {"saturation": 0.5, "contrast": 1.2, "brightness": -0.25, "gamma": 1.5},
        ),
        ({"gamma": 0.5}, "color_adjust", {"gamma": 0.5}),
    ],
)
def test_an_operation_is_the_effect_of_the_same_formula(source, operations, effect, params):
    item = SOURCES[source]()
    one, other = transform(operations, item), applied(effect, item, **params)
    assert one.shape == other.shape
    assert frames(one.media.video) == frames(other.media.video)
    assert frames(one.media.video) != frames(item.media.video)


def test_a_map_runs_in_its_fixed_order_however_it_is_written():
    clip = a_video(2)
    written = transform({"sharpen": 2, "blur": 6, "hue": 90, "gamma": 2, "saturation": 0.5}, clip)
    stepwise = clip
    for step in ({"saturation": 0.5, "gamma": 2}, {"hue": 90}, {"blur": 6}, {"sharpen": 2}):
        stepwise = transform(step, stepwise)
    assert frames(written.media.video) == frames(stepwise.media.video)


def test_a_list_runs_in_the_order_written():
    clip = a_video(2)
    one = transform([{"blur": 6}, {"sharpen": 3}], clip)
    other = transform([{"sharpen": 3}, {"blur": 6}], clip)
    assert frames(one.media.video) != frames(other.media.video)
    assert frames(one.media.video) == frames(transform({"sharpen": 3}, transform({"blur": 6}, clip)).media.video)
    assert frames(other.media.video) == frames(transform({"blur": 6}, transform({"sharpen": 3}, clip)).media.video)


def test_the_same_operation_may_stand_in_a_list_twice():
    clip = a_video(2)
    twice = transform([{"blur": 4}, {"blur": 4}], clip)
    assert frames(twice.media.video) == frames(transform({"blur": 4}, transform({"blur": 4}, clip)).media.video)


@pytest.mark.parametrize("effects", [{}, [], {"hue": 0, "speed": 1, "gamma": 1.0}, [{"blur": 0}, {"saturation": 1}]])
def test_what_changes_nothing_is_the_input_itself(effects):
    assert transform(effects, a_video(2)).same_as == 0


@pytest.mark.parametrize(
    "effects",
    [
        *({"speed": speed} for speed in (0.25, 0.5, 1.37, 2, 4)),
        {"hue": 20, "blur": 3, "speed": 3},
        [{"speed": 2}, {"hue": 40}, {"speed": 0.5}],
    ],
    ids=str,
)
@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001)], ids=str)
def test_any_range_is_a_part_of_the_whole(effects, rate):
    check_ranges(transform(effects, a_video(12, rate=rate)))


@pytest.mark.parametrize(
    ("speed", "shown"),
    [
        (2, [0, 2, 4, 6, 8]),
        (4, [0, 4]),
        (0.5, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]),
        (1.25, [0, 1, 3, 4, 5, 6, 8, 9]),
    ],
)
def test_speed_shows_the_frame_nearest_in_time(speed, shown):
    clip = a_video(10, rate=Fraction(25))
    faster = transform({"speed": speed}, clip)
    own = frames(clip.media.video)
    assert [own.index(frame) for frame in frames(faster.media.video)] == shown
    assert faster.shape.video.frame_rate == 25
    assert faster.shape.sound.sample_count == faster.shape.video.sample_count


def test_a_clip_of_one_frame_stays_one_frame():
    once = transform({"speed": 4}, a_video(1))
    assert once.shape.video.frame_count == 1
    check_ranges(once)


def test_a_still_has_no_speed():
    item = an_image()
    shown = transform({"speed": 2}, item)
    assert shown.shape == item.shape
    assert frames(shown.media.video) == frames(item.media.video)


def dominant_hz(wave: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(wave * np.hanning(len(wave))))) * SAMPLE_RATE / len(wave))


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.8, 1.5, 2, 3.3, 4])
def test_speed_keeps_the_pitch(speed):
    heard = samples(transform({"speed": speed}, a_video(60)).media)[0]
    middle = heard[len(heard) // 4 : -len(heard) // 4]
    assert abs(dominant_hz(middle) - 440) < 440 * 0.03
    assert np.sqrt((middle**2).mean()) > 0.2, "it is as loud as before"


def flash_and_beep(count: int, lit: int, rate: Fraction) -> Made:
    video = Flashes(count, {lit}, rate=rate)
    total, begin = video.shape.sample_count, int(lit * SAMPLE_RATE / rate)
    wave = np.zeros((2, total), np.float32)
    wave[:, begin : begin + 4800] = 0.8 * np.sin(np.arange(4800) * 2 * np.pi * 1000 / SAMPLE_RATE)
    sound = Wave(total, samples=wave)
    return Made(Media(video=video, sound=sound), Shape(kind=Kind.VIDEO, video=video.shape, sound=sound.shape))


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2, 4])
def test_flash_and_beep_stay_together_at_any_speed(speed):
    """The stretcher works on windows of 43 ms: a beep begins softly, up to half a window and some before its time."""
    faster = transform({"speed": speed}, flash_and_beep(100, 60, Fraction(25)))
    whole = [
        Frame.over(frame).planes[0].mean() for frame in faster.media.video.frames(0, faster.shape.video.frame_count)
    ]
    seen_s = int(np.argmax(np.array(whole) > 128)) / 25
    heard = np.abs(samples(faster.media)[0]) > 0.3
    loud = np.nonzero(heard)[0]
    middle_s = (loud[0] + loud[-1]) / 2 / SAMPLE_RATE
    assert abs(seen_s - 2.4 / speed) <= 0.021
    assert abs(middle_s - (2.4 + 0.05) / speed) < 0.04


@pytest.mark.parametrize(
    ("effects", "words"),
    [
        ("blur", "'effects' is a map"),
        (5, "'effects' is a map"),
        ({"speed": 0.2}, "'speed' is 0.2, outside 0.25 to 4"),
        ({"gamma": 0}, "'gamma' is 0, outside 0.1 to 10"),
        ({"speed": 4.01}, "outside 0.25 to 4"),
        ({"blurr": 4}, "has no setting 'blurr'"),
        ([{"blur": 4, "hue": 2}], "one operation"),
        ([{}], "one operation"),
        (["blur"], "one operation"),
        ([[["blur", 4]]], "one operation"),
        ([{"blurr": 4}], "TRANSFORM has no operation 'blurr'"),
    ],
)
def test_what_cannot_be_is_refused(effects, words):
    with pytest.raises(ParameterError, match=words):
        transform(effects, a_video(1))


def test_everything_wrong_with_a_list_is_told_at_once():
    with pytest.raises(ParameterError) as caught:
        transform([{"blurr": 4}, {"hue": 20}, {"gamma": 0}, 5], a_video(1))
    assert [problem.field for problem in caught.value.problems] == [
        *("config.effects.0.blurr", "config.effects.2.gamma", "config.effects.3"),
    ]
