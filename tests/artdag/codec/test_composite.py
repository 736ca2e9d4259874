"""Pictures over pictures: every pixel worked out by hand, in every format."""

from __future__ import annotations

from fractions import Fraction
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artdag.codec.composite import SUMS, Mode, blended, lay, layer_format, mixed
from artdag.codec.frame import HAS_ALPHA, SUBSAMPLED, Frame
from artdag.codec.opaque import laid_on
from artdag.codec.rescale import alpha_of, colours_of, in_model
from tests.artdag.effects.apply import alpha, drawn, filled, to_yuv

MODES = get_args(Mode)
EVERY = np.arange(256, dtype=np.uint8)
PAIRS = (np.repeat(EVERY[:, None], 256, 1), np.repeat(EVERY[None], 256, 0))
BASES = ["yuv420p", "yuva420p", "yuv444p", "yuva444p", "rgb24", "rgba"]
LAYERS = ["yuv420p", "yuva420p", "rgb24", "rgba"]


def formula(mode: str, b: int, s: int) -> Fraction:
    """Return what the standard says, of values in 0..255."""
    b_, s_ = Fraction(b, 255), Fraction(s, 255)
    half = Fraction(1, 2)
    found = {
        "normal": s_,
        "multiply": b_ * s_,
        "screen": b_ + s_ - b_ * s_,
        "overlay": 2 * b_ * s_ if b_ < half else 1 - 2 * (1 - b_) * (1 - s_),
        "add": min(Fraction(1), b_ + s_),
        "subtract": max(Fraction(0), b_ - s_),
        "average": (b_ + s_) / 2,
        "difference": abs(b_ - s_),
        "lighten": max(b_, s_),
        "darken": min(b_, s_),
    }
    return found[mode] * 255


def rounded(value: Fraction) -> int:
    return int(value + Fraction(1, 2))


def laid(base: Frame, layer: Frame, x: int = 0, y: int = 0, mode: str = "normal", opacity: float = 1) -> Frame:
    """Return *layer* over a copy of *base*, brought to the format in which it is laid there."""
    result = base.blank_like()
    for own, out in zip(base.planes, result.planes, strict=True):
        out[...] = own
    wanted = layer_format(base.pixel_format, layer.pixel_format, mode)
    lay(result, in_model(layer, wanted), x, y, mode, opacity)
    return result


def planes_equal(one: Frame, other: Frame) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.planes, other.planes, strict=True))


# --- formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_every_pair_of_values_gives_what_the_formula_says_rounded(mode):
    found = blended(mode, *PAIRS)
    chosen = [*range(0, 256, 17), 1, 2, 126, 127, 128, 129, 254]
    for b in chosen:
        for s in chosen:
            assert found[b, s] == rounded(formula(mode, b, s)), (b, s)


@pytest.mark.parametrize(
    ("mode", "b", "s", "result"),
    [
        ("multiply", 200, 100, 78),
        ("screen", 200, 100, 222),
        ("overlay", 100, 200, 157),
        ("overlay", 200, 100, 188),
        ("add", 200, 100, 255),
        ("add", 20, 30, 50),
        ("subtract", 200, 30, 170),
        ("subtract", 30, 200, 0),
        ("average", 10, 15, 13),
        ("difference", 30, 200, 170),
        ("lighten", 30, 200, 200),
        ("darken", 30, 200, 30),
    ],
)
def test_some_of_them_by_hand(mode, b, s, result):
    assert blended(mode, np.full((2, 3), b, np.uint8), np.full((2, 3), s, np.uint8)).tolist() == [[result] * 3] * 2


def test_black_and_white_are_the_neutral_and_the_strong_ones():
    values = EVERY[None]
    black, white = np.zeros_like(values), np.full_like(values, 255)
    for mode in ("screen", "add", "subtract", "difference", "lighten"):
        assert np.array_equal(blended(mode, values, black), values), mode
    for mode in ("multiply", "darken"):
        assert np.array_equal(blended(mode, values, white), values), mode
    assert not blended("multiply", values, black).any()
    assert (blended("screen", values, white) == 255).all()
    assert np.array_equal(blended("difference", values, white), 255 - values)


def test_a_mixture_is_exact_for_every_share():
    below, above = PAIRS
    for share in (0, 1, 64, 127, 128, 200, 254, 255):
        out = np.empty_like(below)
        mixed(below, above, share, out)
        exact = below.astype(int) * (255 - share) + above.astype(int) * share
        assert np.array_equal(out, (2 * exact + 255) // 510)
        planes = np.full_like(below, share)
        again = below.copy()
        mixed(again, above, planes, again)
        assert np.array_equal(out, again)


# --- one over the other -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pixel_format", [name for name in BASES if name not in HAS_ALPHA])
def test_an_opaque_layer_hides_what_is_below_and_nothing_else(pixel_format):
    base, layer = drawn(20, 12, pixel_format), drawn(8, 6, pixel_format, 1)
    result = laid(base, layer, 4, 2)
    for index, (own, below, above) in enumerate(zip(result.planes, base.planes, layer.planes, strict=True)):
        step = 2 if pixel_format == "yuv420p" and index else 1
        window = np.s_[2 // step : 8 // step, 4 // step : 12 // step]
        assert np.array_equal(own[window], above)
        outside = np.ones(own.shape[:2], bool)
        outside[window] = False
        assert np.array_equal(own[outside], below[outside])


@pytest.mark.parametrize("opacity", [0, 0.001, 0.25, 0.5, 1])
def test_opacity_is_a_weight_in_steps_of_1_255(opacity):
    base, layer = filled(4, 4, "yuv420p", 16, 240, 100), filled(4, 4, "yuv420p", 235, 16, 101)
    share = int(opacity * 255 + 0.5)
    for own, b, s in zip(laid(base, layer, opacity=opacity).planes, (16, 240, 100), (235, 16, 101), strict=True):
        assert (own == rounded(Fraction(b * (255 - share) + s * share, 255))).all()


@pytest.mark.parametrize("level", [0, 1, 77, 128, 254, 255])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_alpha_and_opacity_multiply(pixel_format, level):
    own = "yuva420p" if pixel_format == "yuv420p" else "rgba"
    base, layer = filled(6, 4, pixel_format, 40, 90, 200), filled(6, 4, own, 220, 120, 60, level)
    for opacity in (1, 0.5):
        share = level if opacity == 1 else rounded(Fraction(level * 128, 255))
        for plane, b, s in zip(
            colours_of(laid(base, layer, opacity=opacity)), (40, 90, 200), (220, 120, 60), strict=True
        ):
            assert (plane == rounded(Fraction(b * (255 - share) + s * share, 255))).all()


@pytest.mark.parametrize(
    ("own", "pixel_format", "color", "codes"),
    [
        ("yuva420p", "yuv420p", "#000000", (16, 128, 128)),
        ("yuva444p", "yuv444p", "#ffffff", (235, 128, 128)),
        ("rgba", "rgb24", "#0a141e", (10, 20, 30)),
    ],
)
def test_it_agrees_with_what_is_laid_on_one_colour(own, pixel_format, color, codes):
    layer = drawn(15, 11, own)
    shown = laid(filled(15, 11, pixel_format, *codes), layer)
    assert planes_equal(shown, Frame.over(laid_on(layer.carrier, color)))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("own", LAYERS)
@pytest.mark.parametrize("pixel_format", BASES)
def test_what_is_not_seen_changes_nothing(pixel_format, own, mode):
    base, layer = drawn(13, 9, pixel_format), drawn(7, 5, own, 1)
    assert planes_equal(laid(base, layer, 3, 3, mode, opacity=0), base)
    for x, y in ((13, 0), (-7, 0), (0, 9), (0, -5), (500, 500)):
        assert planes_equal(laid(base, layer, x, y, mode), base)
    if own in HAS_ALPHA:
        alpha(layer)[...] = 0
        assert planes_equal(laid(base, layer, 3, 2, mode), base)


@pytest.mark.parametrize("own", LAYERS)
@pytest.mark.parametrize("pixel_format", BASES)
def test_a_layer_that_is_wholly_opaque_is_like_one_that_has_no_alpha(pixel_format, own):
    if own not in HAS_ALPHA:
        return
    base, layer = drawn(14, 10, pixel_format), drawn(6, 6, own, 1)
    alpha(layer)[...] = 255
    wanted = in_model(layer, layer_format(pixel_format, own, "normal"))
    bare = Frame.blank(6, 6, {"yuva420p": "yuv420p", "yuva444p": "yuv444p", "rgba": "gbrp"}[wanted.pixel_format])
    for plane, out in zip(colours_of(wanted), colours_of(bare), strict=True):
        out[...] = plane
    if pixel_format in SUBSAMPLED and bare.pixel_format == "yuv444p":
        return  # such a layer comes as yuv420p
    for opacity in (1, 0.3):
        one, other = laid(base, layer, 4, 2, opacity=opacity), base.blank_like()
        for plane, out in zip(base.planes, other.planes, strict=True):
            out[...] = plane
        lay(other, bare, 4, 2, "normal", opacity)
        assert planes_equal(one, other)


@pytest.mark.parametrize("x", [-9, -3, -1, 0, 1, 2, 5, 12])
@pytest.mark.parametrize("size", [(16, 12), (15, 11)], ids=str)
def test_at_any_place_luma_is_moved_and_chroma_is_the_mean_of_its_pixels(x, size):
    width, height = size
    base, layer = filled(width, height, "yuv420p", 50, 60, 70), drawn(9, 7, "yuv420p", 1)
    result = laid(base, layer, x, 1)
    luma, chroma = np.full((height, width), 50), np.full((height, width), 60)
    for row in range(7):
        for column in range(9):
            if 0 <= row + 1 < height and 0 <= column + x < width:
                luma[row + 1, column + x] = layer.planes[0][row, column]
                chroma[row + 1, column + x] = layer.planes[1][row // 2, column // 2]
    assert np.array_equal(result.planes[0], luma)
    even = np.pad(chroma, ((0, height % 2), (0, width % 2)), mode="edge")
    mean = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    assert np.abs(result.planes[1] - mean).max() <= 1


def test_chroma_of_full_size_counts_as_much_as_it_is_seen():
    base, layer = filled(4, 2, "yuv420p", 16, 128, 128), filled(4, 2, "yuva444p", 100, 200, 40, 255)
    layer.planes[1][:, 1::2], layer.planes[3][:, 1::2] = 10, 0  # what is hidden is of another colour
    result = laid(base, layer)
    assert result.planes[1].tolist() == [[164, 164]]  # half of 200, half of 128
    assert result.planes[2].tolist() == [[84, 84]]


# --- bases with an opacity of their own -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("below", "above", "result"),
    [
        ((10, 20, 30, 0), (200, 100, 50, 255), (200, 100, 50, 255)),
        ((10, 20, 30, 0), (200, 100, 50, 128), (200, 100, 50, 128)),
        ((10, 20, 30, 128), (200, 100, 50, 0), (10, 20, 30, 128)),
        ((10, 20, 30, 255), (200, 100, 50, 102), (86, 52, 38, 255)),
        ((0, 0, 0, 102), (255, 255, 255, 102), (159, 159, 159, 163)),
        ((10, 20, 30, 0), (200, 100, 50, 0), (10, 20, 30, 0)),
    ],
)
def test_source_over_by_hand(below, above, result):
    shown = laid(filled(3, 2, "rgba", *below), filled(3, 2, "rgba", *above))
    assert (shown.planes[0] == result).all()


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_meets_only_what_is_there(mode):
    below, above = (180, 90, 20), (60, 200, 130)
    nothing = laid(filled(2, 2, "rgba", *below, 0), filled(2, 2, "rgba", *above, 255), mode=mode)
    assert (nothing.planes[0] == (*above, 255)).all(), "there is nothing to meet"
    half = laid(filled(2, 2, "rgba", *below, 102), filled(2, 2, "rgba", *above, 255), mode=mode)
    for plane, b, s in zip(colours_of(half), below, above, strict=True):
        exact = Fraction(3, 5) * s + Fraction(2, 5) * formula(mode, b, s)
        assert np.abs(plane.astype(int) - float(exact)).max() <= 1
    assert (alpha_of(half) == 255).all()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("own", LAYERS)
@pytest.mark.parametrize("pixel_format", ["yuva420p", "yuva444p"])
def test_an_opaque_base_is_the_same_with_and_without_alpha(pixel_format, own, mode):
    base = drawn(16, 12, pixel_format)
    alpha(base)[...] = 255
    bare = Frame.blank(16, 12, pixel_format.replace("yuva", "yuv"))
    for plane, out in zip(base.planes, bare.planes, strict=False):
        out[...] = plane
    layer = drawn(9, 7, own, 1)
    one, other = (laid(picture, layer, 3, 2, mode, 0.7) for picture in (base, bare))
    for a, b in zip(one.planes, other.planes, strict=False):
        assert np.abs(a.astype(int) - b).max() <= 1
    assert (alpha(one) == 255).all()


# --- colour models ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuva420p", "yuv444p"])
def test_modes_mean_the_colours_that_are_seen_whatever_holds_them(pixel_format, mode):
    below, above = (180, 90, 20), (60, 200, 130)
    level = (255,) if pixel_format in HAS_ALPHA else ()
    base = filled(16, 8, pixel_format, *to_yuv(*below), *level)
    shown = in_model(laid(base, filled(16, 8, "rgb24", *above), mode=mode), "rgba" if level else "rgb24")
    for plane, b, s in zip(colours_of(shown), below, above, strict=True):
        assert np.abs(plane.astype(int) - float(formula(mode, b, s))).max() <= 3, mode


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in SUMS])
def test_beside_a_layer_that_meets_in_rgb_no_sample_changes(mode):
    base, layer = drawn(32, 20, "yuv420p"), drawn(9, 7, "rgba", 1)
    alpha(layer)[:, 5:] = 0
    result = laid(base, layer, 8, 6, mode)
    assert not planes_equal(result, base)
    for own, below, step in zip(result.planes, base.planes, (1, 2, 2), strict=True):
        outside = np.ones(own.shape, bool)
        outside[6 // step : 14 // step, 8 // step : 14 // step] = False
        assert np.array_equal(own[outside], below[outside])


def test_layers_come_in_a_format_that_keeps_what_they_have():
    assert layer_format("yuv420p", "yuv420p", "normal") == "yuv420p"
    assert layer_format("yuv420p", "rgb24", "normal") == "yuv420p"
    assert layer_format("yuv420p", "rgba", "normal") == "yuva444p"
    assert layer_format("yuv420p", "yuva420p", "average") == "yuva420p"
    assert layer_format("yuva444p", "yuva420p", "normal") == "yuva444p"
    assert layer_format("yuva444p", "yuv420p", "normal") == "yuv444p"
    assert layer_format("yuv420p", "yuv420p", "multiply") == "gbrp"
    assert layer_format("yuv420p", "yuva420p", "multiply") == "rgba"
    assert layer_format("rgb24", "rgba", "normal") == "rgba"
    assert layer_format("rgba", "rgb24", "normal") == "rgb24"


@given(
    st.sampled_from(BASES),
    st.sampled_from(LAYERS),
    st.sampled_from(MODES),
    st.tuples(st.integers(1, 17), st.integers(1, 13)),
    st.tuples(st.integers(1, 17), st.integers(1, 13)),
    st.tuples(st.integers(-8, 20), st.integers(-8, 20)),
    st.sampled_from([0.2, 1]),
)
@settings(max_examples=150)
def test_any_layer_lies_anywhere_and_leaves_the_rest(pixel_format, own, mode, size, other, place, opacity):
    base, layer = drawn(*size, pixel_format), drawn(*other, own, 1)
    before = [plane.copy() for plane in base.planes]
    result = laid(base, layer, *place, mode, opacity)
    assert all(np.array_equal(own, kept) for own, kept in zip(base.planes, before, strict=True))
    for index, (plane, below) in enumerate(zip(result.planes, base.planes, strict=True)):
        step = 2 if pixel_format in SUBSAMPLED and index in {1, 2} else 1
        outside = np.ones(plane.shape[:2], bool)
        top, left = max(0, place[1] // step), max(0, place[0] // step)
        bottom, right = (-(-(at + length) // step) for at, length in zip(place[::-1], other[::-1], strict=True))
        outside[top : max(0, bottom), left : max(0, right)] = False
        assert np.array_equal(plane[outside], below[outside])
