"""reverse: the last comes first, unchanged, picture and sound."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.decode import open_media
from artdag.codec.probe import probe
from tests.artdag.codec.files import a_video_file
from tests.artdag.effects.moving import a_clip, grain, noise
from tests.artdag.nodes.bench import a_sound, a_video, an_image, applied, check_ranges, frames, samples
from tests.artdag.shelf import CLIP
from tests.artdag.studio import Studio


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "rgb24", "rgba", "yuv444p"])
def test_frames_and_samples_come_backwards_unchanged(pixel_format):
    clip = a_video(31, width=7, height=5, pixel_format=pixel_format, rate=Fraction(30000, 1001))
    made = applied("reverse", clip)
    assert made.shape == clip.shape
    assert frames(made.media.video) == frames(clip.media.video)[::-1]
    assert np.array_equal(samples(made.media), samples(clip.media)[:, ::-1])
    check_ranges(made)


def test_twice_is_the_clip_again():
    clip = a_clip(grain(), 40, sound=noise(40 * 1920))
    twice = applied("reverse", applied("reverse", clip))
    assert frames(twice.media.video) == frames(clip.media.video)
    assert np.array_equal(samples(twice.media), samples(clip.media))


def test_a_sound_alone():
    sound = a_sound(100_001, noise(100_001))
    made = applied("reverse", sound)
    assert np.array_equal(samples(made.media), samples(sound.media)[:, ::-1])
    check_ranges(made)


@pytest.mark.parametrize("item", [an_image(7, 5, "rgba"), a_video(1, sound=False)], ids=["still", "frame"])
def test_one_frame_stays_as_it_is(item):
    made = applied("reverse", item)
    assert made.shape == item.shape
    assert frames(made.media.video) == frames(item.media.video)


def test_a_file_is_played_backwards_to_the_frame_and_the_sample(tmp_path):
    studio = Studio(tmp_path)
    clip = studio.add(a_video_file(tmp_path, count=60))
    back = "{id: back, type: EFFECT, config: {effect: reverse}, inputs: [clip]}"
    made = studio.render(studio.plan(CLIP, back, inputs={"clip": clip}, head="output: {profile: lossless}"))
    before, after = (open_media(path, probe(path)) for path in (studio.files[clip], made.path))
    assert frames(after.video) == frames(before.video)[::-1]
    assert np.array_equal(samples(after), samples(before)[:, ::-1])
