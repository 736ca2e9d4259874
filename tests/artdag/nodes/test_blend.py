"""BLEND: two pictures become one, whatever their sizes, lengths, rates and kinds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, get_args

import numpy as np
import pytest

from artdag.codec.composite import Mode
from artdag.codec.decode import open_media
from artdag.codec.frame import HAS_ALPHA, Frame
from artdag.codec.probe import probe
from artdag.codec.rescale import in_model
from artdag.codec.stream import Media
from artdag.errors import ParameterError
from artdag.media import Kind, Shape
from artdag.planner import source_shape
from tests.artdag.codec.files import a_video_file, an_image_file
from tests.artdag.codec.synthetic import Pattern
from tests.artdag.effects.apply import alpha, to_yuv
from tests.artdag.nodes.bench import Made, a_video, an_image, check_ranges, frames, made, node_types, samples
from tests.artdag.nodes.colours import grey, lumas, plain, shown, still
from tests.artdag.studio import Studio

MODES = get_args(Mode)


def blend(*inputs: Made, **config: Any) -> Made:
    return made("BLEND", config, *inputs)


# --- what is seen -----------------------------------------------------------------------------------------------------


def test_without_settings_it_is_the_even_mean_of_both():
    assert lumas(blend(plain(grey(40), grey(60)), plain(grey(200), grey(100)))) == [120, 80]


@pytest.mark.parametrize(
    ("mode", "result"),
    [
        ("normal", (60, 200, 130)),
        ("multiply", (42, 71, 10)),
        ("screen", (198, 219, 140)),
        ("overlay", (140, 141, 20)),
        ("add", (240, 255, 150)),
        ("subtract", (120, 0, 0)),
        ("average", (120, 145, 75)),
        ("difference", (120, 110, 110)),
        ("lighten", (180, 200, 130)),
        ("darken", (60, 90, 20)),
    ],
)
def test_each_mode_by_hand(mode, result):
    whole = blend(still((180, 90, 20)), still((60, 200, 130)), mode=mode, opacity=1)
    assert (shown(whole).planes[0] == result).all()
    half = blend(still((180, 90, 20)), still((60, 200, 130)), mode=mode)
    exact = [(b * 127 + s * 128) / 255 for b, s in zip((180, 90, 20), result, strict=True)]
    assert np.abs(shown(half).planes[0] - exact).max() <= 0.5


@pytest.mark.parametrize("mode", MODES)
def test_clips_show_the_colours_that_stills_show(mode):
    base, other = (180, 90, 20), (60, 200, 130)
    wanted = shown(blend(still(base), still(other), mode=mode, opacity=1)).planes[0][0, 0]
    clip = blend(plain(to_yuv(*base)), plain(to_yuv(*other)), mode=mode, opacity=1)
    assert clip.shape.video.pixel_format == "yuv420p"
    found = in_model(shown(clip), "rgb24").planes[0][5, 5]
    assert np.abs(found.astype(int) - wanted).max() <= 4


def test_alpha_of_the_second_is_honoured_and_that_of_the_first_is_kept():
    see_through = still((0, 0, 0, 102), "rgba")
    result = blend(still((200, 100, 50)), see_through, opacity=1)
    assert (shown(result).planes[0] == (120, 60, 30)).all()
    kept = blend(see_through, still((200, 100, 50)), opacity=0.4)
    assert kept.shape.video.pixel_format == "rgba"
    assert (alpha(shown(kept)) == 163).all()  # 0.4 over 0.4: 1 - 0.6 · 0.6
    clip = blend(plain(grey(16)), plain((235, 128, 128, 51), pixel_format="yuva420p"), opacity=1)
    assert lumas(clip) == [60]  # 16 + 219 / 5


def test_the_second_covers_the_first_and_is_cut_off_evenly():
    wide = Pattern(1, width=96, height=12, pixel_format="rgb24", rate=Fraction(1))
    picture = Frame.blank(96, 12, "rgb24")
    picture.planes[0][...] = 10
    picture.planes[0][:, 40:56] = 250  # the 16 columns in the middle
    wide.picture = lambda index: picture
    other = Made(Media(video=wide), Shape(kind=Kind.IMAGE, video=wide.shape))
    result = blend(still((0, 0, 0)), other, opacity=1)
    assert (result.shape.video.width, result.shape.video.height) == (16, 12)
    assert (shown(result).planes[0] == 250).all()


@pytest.mark.parametrize("size", [(16, 12), (17, 13), (5, 40), (64, 3), (1, 1)], ids=str)
@pytest.mark.parametrize("base", [(16, 12), (15, 11), (1, 1)], ids=str)
def test_one_colour_of_any_size_covers_a_first_of_any_size(base, size):
    first = plain(grey(40), width=base[0], height=base[1])
    result = blend(first, plain(grey(200), width=size[0], height=size[1]), opacity=1)
    assert (result.shape.video.width, result.shape.video.height) == base
    assert (shown(result).planes[0] == 200).all()


# --- time and kinds ---------------------------------------------------------------------------------------------------


def test_a_shorter_second_holds_its_last_frame_and_a_longer_one_is_cut():
    short, long = plain(grey(100), grey(140)), plain(*[grey(20)] * 4)
    assert lumas(blend(long, short, opacity=1)) == [100, 140, 140, 140]
    assert lumas(blend(short, long, opacity=1)) == [20, 20]


def test_the_first_decides_the_grid():
    slow, fast = (
        plain(*[grey(20)] * 3, rate=Fraction(10)),
        plain(*(grey(30 + 10 * n) for n in range(6)), rate=Fraction(20)),
    )
    whole = blend(slow, fast, opacity=1)
    assert (whole.shape.video.frame_rate, whole.shape.video.frame_count) == (10, 3)
    assert lumas(whole) == [30, 50, 70]


def test_two_stills_give_a_still_of_the_first_ones_size_and_format():
    whole = blend(an_image(20, 10), an_image(33, 21, "rgba"))
    assert whole.shape == Shape(kind=Kind.IMAGE, video=an_image(20, 10).shape.video)
    check_ranges(whole)


@pytest.mark.parametrize("pixel_format", ["rgb24", "rgba"])
def test_a_still_and_a_clip_give_a_clip_as_long_as_the_clip(pixel_format):
    for inputs in ((an_image(20, 10, pixel_format), a_video(7)), (a_video(7), an_image(20, 10, pixel_format))):
        whole = blend(*inputs)
        first = inputs[0].shape.video
        assert whole.shape.kind is Kind.VIDEO
        assert (whole.shape.video.frame_rate, whole.shape.video.frame_count) == (30, 7)
        assert (whole.shape.video.width, whole.shape.video.height) == (first.width, first.height)
        assert (whole.shape.video.pixel_format in HAS_ALPHA) == (inputs[0].shape.video.pixel_format == "rgba")
        assert np.array_equal(samples(whole.media), samples(a_video(7).media))
        check_ranges(whole)


def test_the_sound_is_that_of_the_first_that_has_any():
    loud, silent = a_video(6), a_video(9, sound=False)
    assert np.array_equal(samples(blend(loud, silent).media), samples(loud.media))
    padded = samples(blend(silent, loud).media)
    own = samples(loud.media)
    assert np.array_equal(padded[:, : own.shape[1]], own)
    assert not padded[:, own.shape[1] :].any()
    assert blend(silent, silent).shape.sound is None
    assert blend(silent, an_image()).media.sound is None


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("formats", [("yuv420p", "yuv420p"), ("yuva420p", "rgba"), ("rgb24", "yuva420p")], ids=str)
def test_any_range_is_that_part_of_the_whole(mode, formats):
    first, second = formats
    whole = blend(
        a_video(6, pixel_format=first, width=21, height=15),
        a_video(4, pixel_format=second, rate=Fraction(25), sound=False),
        mode=mode,
        opacity={"keyframes": [[0, 0], [0.2, 1]]},
    )
    assert whole.shape.video.pixel_format == first
    check_ranges(whole, cuts=[(0, 1), (2, 5), (5, 6), (3, 4)])


# --- settings ---------------------------------------------------------------------------------------------------------


def test_opacity_may_change_over_time():
    whole = blend(
        plain(*[grey(50)] * 5), plain(*[grey(250)] * 5), opacity={"keyframes": [[0, 0], [0.16, 1]], "ease": "linear"}
    )
    assert lumas(whole) == [50, 100, 150, 200, 250]
    assert whole.params["opacity"] == {"keyframes": [[0.0, 0.0], [0.16, 1.0]], "ease": "linear"}


def test_opacity_0_is_the_first_itself_where_the_first_decides_all():
    assert blend(a_video(3), a_video(9, sound=False), opacity=0).same_as == 0
    assert blend(an_image(), an_image(), opacity=0).same_as == 0
    assert blend(an_image(), a_video(3), opacity=0).same_as is None, "it becomes a clip"
    assert blend(a_video(3, sound=False), a_video(3), opacity=0).same_as is None, "it gets sound"
    assert frames(blend(a_video(3, sound=False), a_video(3), opacity=0).media.video) == frames(a_video(3).media.video)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"mode": "mulitply"}, "did you mean 'multiply'"),
        ({"opacity": 1.5}, "outside 0 to 1"),
        ({"opacity": {"keyframes": [[0, 2]]}}, "outside 0 to 1"),
        ({"amount": 1}, "has no setting 'amount'"),
    ],
)
def test_what_cannot_be_is_refused(config, words):
    with pytest.raises(ParameterError, match=words):
        blend(a_video(2), a_video(2), **config)


def test_it_takes_exactly_two_pictures():
    node_type = node_types()["BLEND"]
    slots = node_type.slots(node_type.config(), None)
    assert (slots.minimum, slots.maximum) == (2, 2)
    assert Kind.AUDIO not in slots.accepted(0)
    assert Kind.AUDIO not in slots.accepted(1)


@pytest.mark.parametrize("mode", ["normal", "overlay"])
def test_a_recipe_with_files_gives_the_file_that_the_node_describes(tmp_path, mode):
    studio = Studio(tmp_path)
    paths = [a_video_file(tmp_path, count=10, width=62, height=40), an_image_file(tmp_path, width=33, height=50)]
    inputs = dict(zip(("clip", "photo"), map(studio.add, paths), strict=True))
    sources = [f"{{id: {name}, type: SOURCE, config: {{input: true}}}}" for name in inputs]
    node = f"{{id: it, type: BLEND, config: {{mode: {mode}, opacity: 0.7}}, inputs: [clip, photo]}}"
    plan = studio.plan(*sources, node, inputs=inputs, head="output: {profile: lossless}")
    rendered = studio.render(plan)
    found = open_media(rendered.path, rendered.facts).video
    given = [Made(open_media(path, probe(path)), source_shape(probe(path))) for path in paths]
    assert frames(found) == frames(blend(*given, mode=mode, opacity=0.7).media.video)
