"""Colours weighed by opacity, and back."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.premultiplied import premultiplied, straight
from tests.artdag.effects.apply import center, digest, drawn, filled

ALPHA = ["yuva420p", "yuva444p", "rgba"]


@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_what_has_no_opacity_is_left_alone(pixel_format):
    picture = drawn(9, 7, pixel_format)
    assert premultiplied(picture) is picture
    assert straight(picture) is picture


def test_the_distance_from_black_is_weighed():
    # 16 + 100 × 51 / 255 = 36; 128 + 50 × 0.2 = 138; 128 − 50 × 0.2 = 118
    assert center(premultiplied(filled(5, 3, "yuva420p", 116, 178, 78, 51))) == (36, 138, 118, 51)
    assert center(premultiplied(filled(5, 3, "rgba", 100, 255, 0, 51))) == (20, 51, 0, 51)


@pytest.mark.parametrize("pixel_format", ALPHA)
def test_opaque_pixels_come_through_unchanged(pixel_format):
    values = np.arange(256, dtype=np.uint8)
    picture = filled(256, 2, pixel_format, 0, 0, 0, 255)
    if pixel_format == "rgba":
        picture.planes[0][..., :3] = values[None, :, None]
    else:
        picture.planes[0][...] = values
        for plane in picture.planes[1:3]:
            plane[...] = values[: plane.shape[1]]
    assert digest(premultiplied(picture)) == digest(picture)
    assert digest(straight(picture)) == digest(picture)


@pytest.mark.parametrize("pixel_format", ALPHA)
@pytest.mark.parametrize("opacity", [32, 100, 200, 254])
def test_the_way_back_leads_where_it_came_from(pixel_format, opacity):
    picture = drawn(33, 21, pixel_format)
    (picture.planes[0][..., 3] if pixel_format == "rgba" else picture.planes[3])[...] = opacity
    there_and_back = straight(premultiplied(picture))
    for plane, found in zip(picture.planes, there_and_back.planes, strict=True):
        assert np.abs(plane.astype(int) - found).max() <= 255 / opacity / 2 + 0.51


@pytest.mark.parametrize("pixel_format", ["yuva444p", "rgba"])
def test_what_is_wholly_see_through_is_black(pixel_format):
    black = (0, 0, 0, 0) if pixel_format == "rgba" else (16, 128, 128, 0)
    picture = filled(4, 4, pixel_format, 90, 91, 92, 0)
    assert center(premultiplied(picture)) == black
    assert center(straight(premultiplied(picture))) == black
