from __future__ import annotations

import numpy as np

from artdag.effects.edge_detect import EFFECT
from tests.artdag.effects.apply import apply, center, filled


def stepped(step: int) -> np.ndarray:
    picture = filled(20, 20, "yuv420p", 16, 90, 200)
    picture.planes[0][:, 10:] = 16 + step
    return picture


def test_black_to_white_is_white_and_flat_is_black():
    result = apply(EFFECT, stepped(219), low=0, high=255)
    assert result.planes[0][10].tolist() == [16] * 9 + [235] * 2 + [16] * 9
    assert center(result)[1:] == (128, 128)


def test_between_low_and_high_lies_a_ramp():
    # a step of 43 code values is 43 × 255 / 219 = 50.07 of 255: half way from 0 to 100
    assert apply(EFFECT, stepped(43), low=0, high=100).planes[0][10, 10] == 126
    assert apply(EFFECT, stepped(43), low=51, high=100).planes[0][10, 10] == 16
    assert apply(EFFECT, stepped(43), low=0, high=50).planes[0][10, 10] == 235


def test_bands_leave_no_seam():
    picture = filled(20, 200, "yuv420p", 16, 128, 128)
    picture.planes[0][...] = np.arange(200, dtype=np.uint8)[:, None]
    rows = apply(EFFECT, picture, low=0, high=4).planes[0][1:-1]
    assert len(set(rows.ravel().tolist())) == 1
