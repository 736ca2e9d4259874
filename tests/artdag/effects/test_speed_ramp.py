"""speed_ramp: slower and faster, to a length that follows from the integral, sound with the picture."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from artdag.errors import ParameterError, RecipeError
from artdag.media import samples_at
from tests.artdag.codec.files import a_video_file
from tests.artdag.effects.moving import a_clip, grain, grey, lumas, noise
from tests.artdag.nodes.bench import a_sound, a_video, an_image, applied, check_ranges, frames, samples
from tests.artdag.shelf import CLIP, a_plan, using
from tests.artdag.studio import Studio

RAMP = {"keyframes": [[0, 1], [2, 3]]}
SETTINGS = [{}, {"smooth": False}, {"factor": 10}, {"factor": 0.1}, {"factor": RAMP}, {"factor": RAMP, "smooth": False}]


def brightening(count: int):
    return a_clip(lambda index: grey(20 + 2 * index), count)


@pytest.mark.parametrize(
    ("factor", "count"),
    [
        (2, 50),
        (0.5, 200),
        (0.1, 1000),
        (10, 10),
        (RAMP, 50),
        ({"keyframes": [[0, 1], [2, 3]], "ease": "smooth"}, 50),
        ({"keyframes": [[0, 1], [2, 3]], "ease": "hold"}, 67),  # 2 s in 2 s, the other 2 in 2/3
        ({"keyframes": [[1, 0.5], [2, 0.1]]}, 850),  # 0.5 + 0.3 s in 2 s, the other 3.2 in 32
    ],
    ids=str,
)
def test_the_length_follows_from_the_integral(factor, count):
    made = applied("speed_ramp", a_video(100, rate=Fraction(25)), factor=factor)
    assert made.shape.video.frame_count == count
    assert made.shape.sound.sample_count == count * 1920


def test_a_ramp_shows_at_each_time_what_the_integral_says():
    seen = lumas(applied("speed_ramp", brightening(100), factor=RAMP, smooth=False))
    # at frame i, t = i / 25 s, t + t² / 2 s have passed; the nearest frame of that
    times = np.arange(50) / 25
    assert seen == [20 + 2 * int(25 * (t + t * t / 2) + 0.5 + 1e-6) for t in times]


def test_smooth_slow_motion_has_no_steps_and_fast_motion_blurs():
    slow = lumas(applied("speed_ramp", a_clip(lambda index: grey(20 + 20 * index), 8), factor=0.25))
    assert slow[:28] == [20 + 5 * index for index in range(28)]
    stepping = lumas(applied("speed_ramp", a_clip(lambda index: grey(20 + 20 * index), 8), factor=0.25, smooth=False))
    assert stepping[:8] == [20] * 4 + [40] * 4
    flash = a_clip(lambda index: grey(220 if index == 4 else 20), 20)
    assert lumas(applied("speed_ramp", flash, factor=4)) == [20, 70, 20, 20, 20]


@pytest.mark.parametrize("params", SETTINGS, ids=str)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "rgb24", "rgba"])
def test_any_range_is_a_part_of_the_whole_and_sound_as_long_as_the_picture(pixel_format, params):
    rate = Fraction(30000, 1001)
    clip = a_clip(grain(7, 5, pixel_format), 23, rate, sound=noise(samples_at(23, rate)))
    check_ranges(applied("speed_ramp", clip, **params))


@pytest.mark.parametrize("params", SETTINGS, ids=str)
def test_a_clip_of_one_frame_stands_still(params):
    clip = a_video(1, width=7, height=5)
    made = applied("speed_ramp", clip, **params)
    assert set(frames(made.media.video)) == set(frames(clip.media.video))
    check_ranges(made)


def test_sound_moves_with_the_picture_like_a_tape():
    pulse = np.zeros((2, 96_000), np.float32)
    pulse[:, 47_990:48_010] = 0.5  # at 1 s
    clip = a_clip(lambda index: grey(220 if index >= 25 else 20), 50, sound=pulse)
    made = applied("speed_ramp", clip, factor=RAMP, smooth=False)
    heard = np.abs(samples(made.media)[0])
    at_s = (heard * np.arange(len(heard))).sum() / heard.sum() / 48_000
    assert at_s == pytest.approx(np.sqrt(3) - 1, abs=1e-4)  # t + t² / 2 = 1
    assert lumas(made).index(220) == 19  # at 18.3 frames, and frame 18 is nearer to the one before


def test_a_sound_alone():
    tone = a_sound(48_000)
    made = applied("speed_ramp", tone, factor=2)
    assert made.shape.sound.sample_count == 24_000
    wanted = 0.4 * np.sin(2 * np.pi * 880 * np.arange(24_000) / 48_000)
    np.testing.assert_allclose(samples(made.media)[0][2:-2], wanted[2:-2], atol=0.01)
    check_ranges(made)
    ramp = applied("speed_ramp", tone, factor={"keyframes": [[0, 1], [0.5, 3]]})
    assert ramp.shape.sound.sample_count == 24_000
    check_ranges(ramp)


def test_half_the_speed_and_twice_the_speed_are_the_clip_again():
    clip = brightening(20)
    slow = applied("speed_ramp", clip, factor=0.5, smooth=False)
    assert lumas(applied("speed_ramp", slow, factor=2, smooth=False)) == lumas(clip)


def test_it_cannot_follow_a_sound():
    listen = "{id: listen, type: ANALYZE, config: {features: [energy]}, inputs: [clip]}"
    bound = {"bind": "listen", "feature": "energy", "range": [0.5, 2]}
    with pytest.raises((RecipeError, ParameterError), match="'factor' of speed_ramp cannot follow a sound"):
        a_plan(CLIP, listen, using("speed_ramp", factor=bound))


def test_a_still_stays_as_it_is():
    still = an_image(7, 5, "rgba")
    made = applied("speed_ramp", still, factor=RAMP)
    assert made.shape == still.shape
    assert frames(made.media.video) == frames(still.media.video)


def test_a_file_is_rendered_to_the_length_that_was_planned(tmp_path):
    studio = Studio(tmp_path)
    clip = studio.add(a_video_file(tmp_path, count=60, rate=Fraction(30)))
    config = json.dumps({"effect": "speed_ramp", "params": {"factor": {"keyframes": [[0, 0.5], [1, 4]]}}})
    plan = studio.plan(CLIP, f"{{id: it, type: EFFECT, config: {config}, inputs: [clip]}}", inputs={"clip": clip})
    facts = studio.render(plan).facts
    # 0.5 t + 1.75 t² = 2 at t = 0.936 s
    assert facts.picture.frame_count == round(30 * (-0.5 + np.sqrt(0.25 + 14)) / 3.5)
