"""Speeds that change: their integrals, and what is seen and heard at them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.animation import Keyframes
from artdag.codec.pace import Pace, Paced, PacedSmoothly, SoundPaced
from artdag.codec.stream import Media
from artdag.media import SAMPLE_RATE, Kind, Shape
from tests.artdag.codec.synthetic import Wave
from tests.artdag.effects.moving import Shown, grey, lumas, noise
from tests.artdag.nodes.bench import Made, check_ranges, samples

RATE = Fraction(25)
RAMP = ((0.0, 1.0), (2.0, 3.0))


def keyframes(*points: tuple[float, float], ease: str = "linear") -> Keyframes:
    return Keyframes(points=points, ease=ease)


def passed(pace: Pace, *times_s: float) -> list[float]:
    """Return the seconds of the source that lie before times of the result."""
    rate = float(pace.rate)
    return (pace.passed(np.array(times_s) * rate) / rate).tolist()


# --- the integral -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ease", "seconds"),
    [
        # from speed 1 at 0 s to 3 at 2 s: at 1 s 1 + 1/2, 2 (1/2 + 2 (1/8 − 1/32)) or 1 have passed
        ("linear", [0, 1.5, 4, 7, 10]),
        ("smooth", [0, 1.375, 4, 7, 10]),
        ("hold", [0, 1, 2, 5, 8]),
    ],
)
def test_what_has_passed_is_the_integral(ease, seconds):
    pace = Pace(keyframes(*RAMP, ease=ease), RATE)
    assert passed(pace, 0, 1, 2, 3, 4) == pytest.approx(seconds, abs=1e-12)


@pytest.mark.parametrize("ease", ["linear", "smooth", "hold"])
@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(SAMPLE_RATE)], ids=str)
def test_it_agrees_with_adding_up_small_steps(ease, rate):
    speed = keyframes((0.5, 0.1), (0.7, 10), (1.5, 2), (1.51, 0.3), (3, 0.9), ease=ease)
    fine = np.arange(400_000) / 100_000
    summed = np.concatenate([[0], np.cumsum(speed.values(fine + 0.5e-5))]) / 100_000
    at = [0, 0.3, 0.5, 0.6, 0.7, 1.2, 1.505, 2, 3, 3.9]
    assert passed(Pace(speed, rate), *at) == pytest.approx([summed[round(t * 100_000)] for t in at], abs=1e-4)


def test_a_speed_that_stays_is_exact():
    steps = np.arange(100_000, dtype=np.float64)
    assert np.array_equal(Pace(1.0, RATE).passed(steps), steps)
    assert np.array_equal(Pace(2.0, RATE).passed(steps), steps * 2)
    assert Pace(0.1, RATE).passed(steps)[10_000] == 1000


def test_a_step_is_the_same_alone_and_with_others():
    pace = Pace(keyframes((0, 0.3), (1, 2.7), (3, 0.9), ease="smooth"), RATE)
    steps = np.arange(200, dtype=np.float64)
    assert pace.passed(steps).tolist() == [float(pace.passed(steps[at : at + 1])[0]) for at in range(200)]


# --- the length -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speed", "length", "lasting"),
    [
        (1.0, 100, 100),
        (2.0, 100, 50),
        (2.0, 101, 51),  # 50.5, half up
        (0.1, 7, 70),
        (0.3, 100, 333),
        (10.0, 3, 1),
        (keyframes(*RAMP), 100, 50),  # 4 s are passed in 2 s
        (keyframes(*RAMP), 175, 75),  # and 3 more in the next one
        (keyframes(*RAMP, ease="hold"), 125, 75),
        (keyframes((0, 2), (1, 0.5)), 125, 213),  # 1.25 s in the first second, then 3.75 s at half the speed: 8.5 s
    ],
)
def test_it_lasts_until_all_has_passed(speed, length, lasting):
    assert Pace(speed, RATE).lasting(length) == lasting


def test_picture_and_sound_last_equally_long():
    speed = keyframes((0, 0.4), (1, 3), (2, 1), ease="smooth")
    frames = Pace(speed, RATE).lasting(100)
    heard = Pace(speed, Fraction(SAMPLE_RATE)).lasting(100 * SAMPLE_RATE // 25)
    assert abs(frames / 25 - heard / SAMPLE_RATE) <= 0.5 / 25 + 1e-4


# --- what is seen -----------------------------------------------------------------------------------------------------


def seen(kind: type[Paced], speed: float | Keyframes, count: int = 10, step: int = 10) -> Made:
    source = Shown(lambda index: grey(16 + step * index), count)
    pace = Pace(speed, RATE)
    shape = Shown(lambda index: grey(16), pace.lasting(count)).shape
    video = kind(source, pace, shape)
    return Made(Media(video=video), Shape(kind=Kind.VIDEO, video=shape))


def test_each_frame_is_the_nearest_one():
    assert lumas(seen(Paced, 2.0)) == [16, 36, 56, 76, 96]
    assert lumas(seen(Paced, 0.5, count=3)) == [16, 16, 26, 26, 36, 36]
    assert lumas(seen(Paced, 1.0)) == [16 + 10 * index for index in range(10)]
    assert lumas(seen(Paced, 1.5, count=6)) == [16, 36, 46, 66]  # 0, 1.5, 3, 4.5


def test_slow_motion_blends_from_frame_to_frame():
    assert lumas(seen(PacedSmoothly, 0.5, count=3)) == [16, 21, 26, 31, 36, 36]
    assert lumas(seen(PacedSmoothly, 0.25, count=2, step=100)) == [16, 41, 66, 91, 116, 116, 116, 116]


def test_fast_motion_is_the_mean_of_what_passes():
    assert lumas(seen(PacedSmoothly, 2.0)) == [21, 41, 61, 81, 101]
    # from 0 to 1.5: (16 + 26 / 2) / 1.5 = 19.3; from 1.5 to 3: (26 / 2 + 36) / 1.5 = 32.7; and 30 more each
    assert lumas(seen(PacedSmoothly, 1.5, count=6)) == [19, 33, 49, 63]


@pytest.mark.parametrize("kind", [Paced, PacedSmoothly])
def test_at_its_own_speed_every_frame_is_itself(kind):
    source = seen(kind, 1.0)
    assert lumas(source) == [16 + 10 * index for index in range(10)]
    assert lumas(seen(kind, 1.0, count=1)) == [16]


SPEEDS = [
    0.1,
    0.7,
    1.0,
    3.3,
    10.0,
    keyframes((0, 0.1), (0.3, 10), (0.5, 1)),
    keyframes((0, 10), (0.1, 0.1), ease="hold"),
]


@pytest.mark.parametrize("speed", SPEEDS, ids=str)
@pytest.mark.parametrize("kind", [Paced, PacedSmoothly])
def test_any_range_of_frames_is_a_part_of_the_whole(kind, speed):
    check_ranges(seen(kind, speed, count=23, step=9))


def test_it_fetches_what_it_needs_and_goes_forward_once():
    source = Shown(lambda index: grey(16 + index), 100)
    pace = Pace(2.0, RATE)
    video = PacedSmoothly(source, pace, Shown(lambda index: grey(16), 50).shape)
    assert len(list(video.frames(20, 25))) == 5
    assert source.asked == [(40, 50)]
    assert list(video.frames(20, 20)) == []


# --- what is heard ----------------------------------------------------------------------------------------------------


def heard(speed: float | Keyframes, tone: Wave, count: int | None = None) -> Made:
    pace = Pace(speed, Fraction(SAMPLE_RATE))
    sound = SoundPaced(tone, pace, count or pace.lasting(tone.shape.sample_count))
    return Made(Media(sound=sound), Shape(kind=Kind.AUDIO, sound=sound.shape))


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.0, 2.0, 3.7])
def test_a_tone_is_as_much_higher(speed):
    found = samples(heard(speed, Wave(48_000, frequency_hz=440)).media)
    index = np.arange(found.shape[1])
    wanted = 0.4 * np.sin(2 * np.pi * 440 * speed * index / SAMPLE_RATE)
    np.testing.assert_allclose(found[0][10:-10], wanted[10:-10], atol=0.02)


def test_at_its_own_speed_every_sample_is_itself_even_beside_a_faster_part():
    tone = Wave(30_000, samples=noise(30_000))
    assert np.array_equal(samples(heard(1.0, tone).media), tone.all)
    ramp = keyframes((0, 1), (0.25, 1), (0.5, 8))
    found = samples(heard(ramp, tone).media)
    np.testing.assert_allclose(found[:, :12_000], tone.all[:, :12_000], atol=1e-6)


def test_a_tone_too_high_to_be_heard_is_mostly_taken_away():
    high = Wave(48_000, frequency_hz=11_000)  # five times as fast it is 55 kHz, which would be heard as 7 kHz
    found = samples(heard(5.0, high).media)
    assert np.abs(found[:, 100:-100]).max() < 0.4 * 0.35


@pytest.mark.parametrize("speed", SPEEDS, ids=str)
def test_any_range_of_samples_is_a_part_of_the_whole(speed):
    check_ranges(heard(speed, Wave(20_000, samples=noise(20_000))))


def test_after_the_end_there_is_silence():
    found = samples(heard(2.0, Wave(1000), count=700).media)
    assert not found[:, 503:].any()
