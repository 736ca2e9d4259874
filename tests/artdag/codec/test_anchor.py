from __future__ import annotations

import pytest

from artdag.codec.anchor import aligned, anchored, raised, scale_of


@pytest.mark.parametrize(
    ("position", "corner"),
    [
        ("top_left", (10, 10)),
        ("top", (40, 10)),
        ("top_right", (70, 10)),
        ("left", (10, 15)),
        ("center", (40, 15)),
        ("right", (70, 15)),
        ("bottom_left", (10, 20)),
        ("bottom", (40, 20)),
        ("bottom_right", (70, 20)),
    ],
)
def test_nine_places(position, corner):
    assert anchored(position, (100, 40), (20, 10), 10) == corner


def test_lines_are_aligned_to_their_side():
    assert [aligned(position) for position in ("top_left", "left", "top", "center", "bottom_right")] == [
        0,
        0,
        0.5,
        0.5,
        1,
    ]
    assert [raised(position) for position in ("top_left", "left", "bottom")] == [0, 0.5, 1]


def test_sizes_follow_the_shorter_side():
    assert scale_of(1280, 720) == 1
    assert scale_of(3840, 2160) == 3
    assert scale_of(720, 1280) == 1
