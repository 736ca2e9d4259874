"""Clips in YUV, stills as they came."""

from __future__ import annotations

import pytest

from artdag.codec.yuv import yuv_clip, yuv_shape
from tests.artdag.nodes.bench import a_video, an_image


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("yuv420p", "yuv420p"),
        ("yuva420p", "yuva420p"),
        ("yuv444p", "yuv444p"),
        ("rgb24", "yuv444p"),
        ("rgba", "yuva444p"),
    ],
)
def test_a_clip_keeps_what_it_has(given, found):
    clip = a_video(2, pixel_format=given)
    assert yuv_shape(clip.shape).video.pixel_format == found
    assert yuv_clip(clip.media.video).shape == yuv_shape(clip.shape).video


def test_a_still_stays_what_it_is():
    still = an_image(pixel_format="rgba")
    assert yuv_shape(still.shape) == still.shape
