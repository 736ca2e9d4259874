"""What is see-through and cannot stay so lies on a colour: nothing hidden is seen, nothing opaque changes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.encode import encode
from artdag.codec.frame import Frame
from artdag.codec.geometry import in_format
from artdag.codec.opaque import OPAQUE, laid_on
from artdag.codec.probe import probe
from artdag.codec.profile import profile_for
from artdag.codec.stream import Media
from artdag.media import Kind, Shape
from tests.artdag.codec.synthetic import Pattern, clip
from tests.artdag.effects.apply import alpha, drawn, filled, to_yuv

FORMATS = sorted(OPAQUE)


@pytest.mark.parametrize("size", [(16, 12), (15, 11), (1, 1)], ids=str)
@pytest.mark.parametrize("pixel_format", FORMATS)
def test_opaque_pixels_stay_and_hidden_ones_become_the_colour(pixel_format, size):
    picture = drawn(*size, pixel_format)
    alpha(picture)[...] = 255
    whole = Frame.over(laid_on(picture.carrier, "#ff8000"))
    for own, shown in zip(picture.planes, whole.planes, strict=False):
        assert np.array_equal(own[..., :3] if own.ndim == 3 else own, shown)
    alpha(picture)[...] = 0
    hidden = Frame.over(laid_on(picture.carrier, "#ff8000"))
    if pixel_format == "rgba":
        assert (hidden.planes[0] == (255, 128, 0)).all()
    else:
        for plane, value in zip(hidden.planes, to_yuv(255, 128, 0), strict=True):
            assert (plane == value).all()


def test_half_is_half():
    grey = filled(4, 4, "rgba", 200, 100, 0, 128)
    shown = Frame.over(laid_on(grey.carrier, "#0000ff")).planes[0]
    assert (shown == (round(200 * 128 / 255), round(100 * 128 / 255), 255 - 128)).all()


def test_chroma_takes_the_mean_of_the_opacity_of_its_pixels():
    picture = filled(4, 4, "yuva420p", 100, 200, 50, 255)
    picture.planes[3][:, ::2] = 0
    shown = Frame.over(laid_on(picture.carrier))
    assert shown.planes[0][0].tolist() == [16, 100, 16, 100]
    assert (np.abs(shown.planes[1].astype(int) - (128 + 200) / 2) <= 1).all()


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("target", ["yuv420p", "rgb24", "yuv444p"])
def test_a_stream_that_loses_its_alpha_is_laid_on_the_background(pixel_format, target):
    video = Pattern(3, pixel_format=pixel_format)
    picture = video.picture(0)
    alpha(picture)[...] = 0
    video.picture = lambda index: picture
    opaque = in_format(video, target, "#ffffff")
    shown = [frame.to_ndarray(format="rgb24") for frame in opaque.frames(1, 3)]
    assert len(shown) == 2
    assert min(frame.min() for frame in shown) >= 253


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("name", ["web", "preview"])
def test_any_see_through_clip_can_be_written_where_nothing_is_see_through(tmp_path, pixel_format, name):
    media, shape = clip(Pattern(3, pixel_format=pixel_format))
    encode(media, shape, profile_for(Kind.VIDEO, name), tmp_path / "a.mp4")
    assert probe(tmp_path / "a.mp4").picture.frame_count == 3


@pytest.mark.parametrize("pixel_format", FORMATS)
@pytest.mark.parametrize("name", ["image", "jpeg", "webp"])
def test_any_see_through_still_can_be_written(tmp_path, pixel_format, name):
    video = Pattern(1, pixel_format=pixel_format, rate=Fraction(1))
    profile = profile_for(Kind.IMAGE, name)
    path = tmp_path / f"a{profile.suffix}"
    encode(Media(video=video), Shape(kind=Kind.IMAGE, video=video.shape), profile, path)
    assert probe(path).picture.has_alpha is (name != "jpeg")
