from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from artdag.codec.chroma import halved
from artdag.codec.frame import Frame, Moment
from artdag.effects.title import EFFECT, Params, presence
from artdag.errors import ParameterError
from tests.artdag.effects.apply import alpha, apply, drawn, filled, settled, to_yuv
from tests.artdag.nodes.bench import a_video, an_image, applied, check_ranges, frames

WIDTH, HEIGHT = 320, 180
PLAIN = {"fade_s": 0, "shadow": 0, "size": 160}


def black(pixel_format: str = "yuv420p", width: int = WIDTH, height: int = HEIGHT) -> Frame:
    values = {"yuv420p": (16, 128, 128), "yuv444p": (16, 128, 128), "yuva420p": (16, 128, 128, 0), "rgb24": (0, 0, 0)}
    return filled(width, height, pixel_format, *values[pixel_format])


def box_of(picture: Frame) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of what is lighter than half."""
    light = picture.planes[0] > 125
    rows, columns = np.flatnonzero(light.any(axis=1)), np.flatnonzero(light.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def test_white_letters_on_black_reach_white_and_nothing_else_changes():
    result = apply(EFFECT, black(), text="H", **PLAIN)
    assert result.planes[0].max() == 235
    left, top, right, bottom = box_of(result)
    assert (left + right) / 2 == pytest.approx(WIDTH / 2, abs=1)
    result.planes[0][top - 2 : bottom + 2, left - 2 : right + 2] = 16
    assert (result.planes[0] == 16).all()
    assert all((plane == 128).all() for plane in result.planes[1:])


def test_size_is_that_of_a_picture_of_720_lines():
    # capitals are 1493 / 2048 of the size: 160 px at 720 lines, 40 px at 180
    _, top, _, bottom = box_of(apply(EFFECT, black(), text="H", **PLAIN))
    assert bottom - top == pytest.approx(40 * 1493 / 2048, abs=1)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (960, 540)])
def test_one_recipe_looks_the_same_in_every_size(width, height):
    look = {"text": "Several words\nin two lines", "size": 80, "outline": 6, "shadow": 12, "box": 0.4, "fade_s": 0}
    small = apply(EFFECT, black("yuv444p"), position="bottom_left", **look).planes[0].astype(int)
    large = apply(EFFECT, black("yuv444p", width, height), position="bottom_left", **look).planes[0]
    times = width // WIDTH
    mean = large.reshape(HEIGHT, times, WIDTH, times).mean(axis=(1, 3))
    assert np.abs(mean - small).mean() < 0.5
    assert np.abs(mean - small).max() < 0.3 * 219  # edges lie within a quarter of a pixel


def test_an_upright_picture_counts_by_its_width():
    _, top, _, bottom = box_of(apply(EFFECT, black(width=HEIGHT, height=WIDTH), text="H", **PLAIN))
    assert bottom - top == pytest.approx(40 * 1493 / 2048, abs=1)


@pytest.mark.parametrize(
    ("position", "where"),
    [
        ("top_left", (0, 0)),
        ("top_right", (1, 0)),
        ("bottom_left", (0, 1)),
        ("bottom_right", (1, 1)),
        ("left", (0, 0.5)),
    ],
)
def test_positions_keep_the_margin(position, where):
    left, top, right, bottom = box_of(
        apply(EFFECT, black(), text="H", position=position, margin=72, safe="none", **PLAIN)
    )
    bearing, above, below = 40 * 188 / 2048, 40 * 408 / 2048, 40 * 483 / 2048
    if where[0] == 0:
        assert left == pytest.approx(18 + bearing, abs=1)
    if where[0] == 1:
        assert right == pytest.approx(WIDTH - 18 - bearing, abs=1)
    if where[1] == 0:
        assert top == pytest.approx(18 + above, abs=1)
    if where[1] == 1:
        assert bottom == pytest.approx(HEIGHT - 18 - below, abs=1)


@pytest.mark.parametrize(("safe", "share"), [("title", 0.05), ("action", 0.035), ("none", 0)])
def test_it_stays_in_the_safe_area(safe, share):
    left, top, _, _ = box_of(apply(EFFECT, black(), text="H", position="top_left", safe=safe, **PLAIN))
    assert left == pytest.approx(WIDTH * share + 40 * 188 / 2048, abs=1)
    assert top == pytest.approx(HEIGHT * share + 40 * 408 / 2048, abs=1)


def test_a_line_is_written_from_the_right_where_its_text_is():
    first, other, turned = (apply(EFFECT, black(), text=text, **PLAIN).planes[0] for text in ("אב H", "H אב", "H בא"))
    assert np.array_equal(first, other)  # either is read from its own side
    assert not np.array_equal(first, turned)


def test_x_and_y_move_it_by_shares_of_the_picture():
    here, there = (box_of(apply(EFFECT, black(), text="H", x=x, y=y, **PLAIN)) for x, y in ((0, 0), (0.25, -0.1)))
    assert np.subtract(there, here) == pytest.approx([80, -18, 80, -18], abs=1)


def test_lines_are_no_wider_than_they_may_be():
    text = "A title of many words that goes over several lines"
    left, _, right, _ = box_of(apply(EFFECT, black(), text=text, width=0.5, **(PLAIN | {"size": 60})))
    assert right - left <= 160
    one, two = (
        box_of(apply(EFFECT, black(), text="H\nH", spacing=spacing, **(PLAIN | {"size": 80}))) for spacing in (1, 2)
    )
    assert (two[3] - two[1]) - (one[3] - one[1]) == pytest.approx(20, abs=1)


def test_it_is_seen_in_its_time_only():
    seen = [
        bool((apply(EFFECT, black(), index=index, text="H", start=0.4, duration=0.2, **PLAIN).planes[0] > 16).any())
        for index in range(20)
    ]
    assert seen == [10 <= index < 15 for index in range(20)]  # 25 frames a second


def test_it_appears_and_goes_evenly():
    params = Params(start=0.4, duration=1.0, fade_s=0.2)
    moments = (moment_at(index) for index in (9, 10, 11, 14, 15, 29, 30, 34, 35))
    assert [presence(params, moment) for moment in moments] == pytest.approx([0, 0.1, 0.3, 0.9, 1, 1, 0.9, 0.1, 0])


def moment_at(index: int, count: int = 50, rate: Fraction = Fraction(25)) -> Moment:
    return Moment(index=index, frame_rate=rate, frame_count=count, seed=0)


def test_without_duration_it_goes_at_the_end_and_a_still_shows_it():
    assert presence(Params(fade_s=0.2), moment_at(49)) == pytest.approx(0.1)
    assert presence(Params(fade_s=0.4), moment_at(0, 1, Fraction(1))) == 1
    assert presence(Params(start=0.5), moment_at(0, 1, Fraction(1))) == 0


def test_no_frame_slips_at_broken_rates():
    rate = Fraction(30_000, 1001)
    shown = [index for index in range(400) if presence(Params(start=10.01, fade_s=0), moment_at(index, 400, rate))]
    assert shown[0] == 300  # 300 frames last exactly 10.01 s


@pytest.mark.parametrize(("opacity", "value"), [(1, 235), (0.5, 126), (0.25, 71)])
def test_half_the_opacity_is_half_the_way(opacity, value):
    result = apply(EFFECT, black(), text="H", opacity=opacity, **PLAIN)
    assert result.planes[0].max() == value


@pytest.mark.parametrize(("pixel_format", "wanted"), [("yuv420p", to_yuv(255, 136, 0)), ("rgb24", (255, 136, 0))])
def test_letters_have_their_colour(pixel_format, wanted):
    result = apply(EFFECT, black(pixel_format), text="█", color="#ff8800", **PLAIN)
    middle = tuple(
        int(plane[plane.shape[0] // 2, plane.shape[1] // 2]) for plane in result.planes if plane.ndim == 2
    ) or tuple(int(value) for value in result.planes[0][HEIGHT // 2, WIDTH // 2])
    assert middle == pytest.approx(wanted, abs=1)


def test_chroma_of_edges_in_4_2_0_is_the_mean_of_what_it_covers():
    look = PLAIN | {"text": "Ag", "color": "#ff0000", "outline": 10, "outline_color": "#0000ff"}
    half, full = apply(EFFECT, black(), **look), apply(EFFECT, black("yuv444p"), **look)
    assert np.array_equal(half.planes[0], full.planes[0])
    for number in (1, 2):
        assert np.abs(half.planes[number].astype(int) - halved(full.planes[number])).max() <= 2


def test_letters_on_a_transparent_picture_are_opaque():
    result = apply(EFFECT, black("yuva420p"), text="H", **PLAIN)
    assert (result.planes[0][alpha(result) > 0] == 235).all()
    on_black = apply(EFFECT, black(), text="H", **PLAIN).planes[0]
    assert np.abs(alpha(result) - (on_black - 16.0) / 219 * 255).max() < 1
    assert alpha(result).max() == 255
    assert alpha(result)[0, 0] == 0


@pytest.mark.parametrize(
    ("text", "words"), [("字", r"no typeface here has 字 \(U\+5B57\)"), ("\x07\u200b", "empty"), (" \n", "empty")]
)
def test_what_cannot_be_read_is_refused(text, words):
    with pytest.raises(ParameterError, match=words):
        settled(EFFECT, {"text": text})


def test_a_text_without_letters_is_refused():
    with pytest.raises(ParameterError, match="text"):
        settled(EFFECT, {"text": ""})
    with pytest.raises(ParameterError):
        settled(EFFECT, {"text": "x" * 2001})


def test_the_longest_text_in_the_largest_letters_is_drawn():
    result = apply(EFFECT, drawn(64, 36, "yuv420p"), text="W " * 1000, size=500, outline=40, shadow=100)
    assert result.planes[0].shape == (36, 64)


def test_any_range_of_a_moving_title_is_that_part_of_the_whole():
    move = {"keyframes": [[0, -0.5], [0.3, 0.1]], "ease": "smooth"}
    check_ranges(applied("title", a_video(12), text="moving", x=move, size={"keyframes": [[0, 40], [0.4, 200]]}))


def test_a_still_has_its_title():
    still = an_image(320, 180)
    made = applied("title", still, text="H")
    assert made.media.video is not None
    assert still.media.video is not None
    assert frames(made.media.video) != frames(still.media.video)
