"""The shared adjustments keep within their memory, whatever the size."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.adjust import blurred, sharpened, tone
from artdag.codec.frame import pixels
from artdag.codec.graph import GraphLine, pinned
from tests.artdag.effects.apply import drawn, shape_of


def run(filters, picture):
    line = GraphLine(shape_of(picture), (*filters, pinned(picture.pixel_format)))
    picture.carrier.pts, picture.carrier.time_base = 0, 1 / shape_of(picture).frame_rate
    (frame,) = [*line.through(picture.carrier), *line.rest()]
    return pixels(frame)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuva420p"])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2), (2, 5), (9, 2), (3, 3), (16, 2), (33, 1)])
def test_a_tiny_picture_gives_the_same_pixels_whatever_lay_in_memory_before(size, pixel_format):
    for make in (lambda shape: blurred(9, shape), lambda _: sharpened(2), lambda _: tone(contrast=2)):
        found = set()
        for number in range(12):
            litter = [np.full(50 + 37 * number + place, 20 * number, np.uint8) for place in range(40)]
            picture = drawn(*size, pixel_format)
            found.add(run(make(shape_of(picture)), picture))
            del litter
        assert len(found) == 1


def test_neutral_values_ask_for_nothing():
    shape = shape_of(drawn(8, 8, "yuv420p"))
    assert not tone()
    assert not blurred(0, shape)
    assert not sharpened(0)
