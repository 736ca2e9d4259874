"""RESIZE: the size that was asked for, the aspect that the mode promises, and nothing lost on the way."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.frame import Frame
from artdag.errors import ParameterError
from tests.artdag.effects.apply import to_yuv
from tests.artdag.nodes.bench import Made, a_video, an_image, check_ranges, frames, made, samples

MODES = ["fit", "fill", "stretch", "pad"]
SIZES = [(64, 48), (48, 64), (63, 47), (1, 1), (3, 5), (2, 200)]


def size(item: Made) -> tuple[int, int]:
    return item.shape.video.width, item.shape.video.height


def picture(item: Made) -> Frame:
    return Frame.over(next(iter(item.media.video.frames(0, 1))))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("given", SIZES, ids=str)
@pytest.mark.parametrize("source", ["video", "image", "see-through"])
def test_every_mode_gives_its_size_for_every_source(mode, given, source):
    width, height = given
    if source == "video":
        item = a_video(3, width=width, height=height)
    else:
        item = an_image(width, height, "rgb24" if source == "image" else "rgba")
    box = made("RESIZE", {"width": 32, "height": 20, "mode": mode}, item)
    if mode == "fit":
        assert size(box)[0] <= 32
        assert size(box)[1] <= 20
        assert 32 in size(box) or 20 in size(box)
    else:
        assert size(box) == (32, 20)
    assert box.shape.kind is item.shape.kind
    check_ranges(box)


@pytest.mark.parametrize(
    ("given", "config", "wanted"),
    [
        ((64, 48), {"width": 32}, (32, 24)),
        ((64, 48), {"height": 12}, (16, 12)),
        ((64, 48), {"width": 32, "height": 32}, (32, 24)),
        ((64, 48), {"width": 33, "height": 99}, (32, 24)),
        ((64, 48), {"width": 128, "height": 128}, (128, 96)),
        ((63, 47), {"width": 63, "height": 47, "mode": "stretch"}, (64, 48)),
        ((1, 1), {"width": 10}, (10, 10)),
        ((400, 2), {"width": 40}, (40, 2)),
    ],
)
def test_the_other_side_follows_the_aspect_and_both_are_even(given, config, wanted):
    item = a_video(1, width=given[0], height=given[1])
    assert size(made("RESIZE", config, item)) == wanted


@pytest.mark.parametrize("mode", MODES)
def test_the_size_it_has_already_is_the_input_itself(mode):
    assert made("RESIZE", {"width": 64, "height": 48, "mode": mode}, a_video(2)).same_as == 0


def test_sound_stays_as_it_is():
    clip = a_video(5)
    box = made("RESIZE", {"width": 32}, clip)
    assert np.array_equal(samples(box.media), samples(clip.media))


@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_padding_has_the_colour_that_was_asked_for_and_the_picture_is_in_the_middle(pixel_format):
    given = (32, 16)
    item = a_video(1, width=32, height=16) if pixel_format == "yuv420p" else an_image(*given, pixel_format)
    box = made("RESIZE", {"width": 32, "height": 48, "mode": "pad", "background": "#ff0000"}, item)
    shown, original = picture(box), picture(item)
    if pixel_format == "rgb24":
        assert (shown.planes[0][:16] == (255, 0, 0)).all()
        assert (shown.planes[0][32:] == (255, 0, 0)).all()
    else:
        for plane, value, step in zip(shown.planes, to_yuv(255, 0, 0), (1, 2, 2), strict=True):
            assert np.abs(plane[: 16 // step].astype(int) - value).max() <= 1
            assert np.abs(plane[32 // step :].astype(int) - value).max() <= 1
    for plane, own, step in zip(shown.planes, original.planes, (1, 2, 2), strict=False):
        assert np.array_equal(plane[16 // step : 32 // step], own), "what fits is not scaled"


def test_filling_cuts_both_sides_alike():
    item = a_video(1, width=64, height=16)
    cut = picture(made("RESIZE", {"width": 32, "height": 16, "mode": "fill"}, item))
    for plane, own, step in zip(cut.planes, picture(item).planes, (1, 2, 2), strict=True):
        assert np.array_equal(plane, own[:, 16 // step : 48 // step])


def test_see_through_parts_stay_so_and_padding_is_opaque():
    item = an_image(32, 16, "rgba")
    box = picture(made("RESIZE", {"width": 32, "height": 48, "mode": "pad", "background": "lime"}, item))
    assert (box.planes[0][:16] == (0, 255, 0, 255)).all()
    assert np.array_equal(box.planes[0][16:32], picture(item).planes[0])


def test_a_plain_colour_stays_that_colour():
    item = an_image(31, 17)
    flat = Frame.blank(31, 17, "rgb24")
    flat.planes[0][...] = (200, 100, 50)
    item.media.video.picture = lambda index: flat
    for mode in MODES:
        shown = picture(made("RESIZE", {"width": 64, "height": 64, "mode": mode, "background": "#c86432"}, item))
        assert np.abs(shown.planes[0].astype(int) - (200, 100, 50)).max() <= 1, mode


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "RESIZE needs 'width', 'height' or both"),
        ({"width": 1}, "outside 2 to 8192"),
        ({"width": 8, "mode": "zoom"}, "'mode' cannot be 'zoom'"),
        ({"height": 8192}, "RESIZE would give 10922×8192: no side may be longer than 8192 px"),
    ],
)
def test_what_cannot_be_is_refused(config, words):
    with pytest.raises(ParameterError, match=words):
        made("RESIZE", config, a_video(1))


def test_frames_are_resized_each_by_itself():
    clip = a_video(4)
    whole = frames(made("RESIZE", {"width": 32}, clip).media.video)
    for index in range(4):
        alone = made("SEGMENT", {"offset": index / 30, "duration": 1 / 30}, clip)
        assert frames(made("RESIZE", {"width": 32}, alone).media.video) == [whole[index]]
