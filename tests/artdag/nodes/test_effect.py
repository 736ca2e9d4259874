"""EFFECT: any range is a part of the whole, and what a drop-in file does wrong is told in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated

import numpy as np
import pytest

from artdag.animation import live
from artdag.codec.frame import Frame
from artdag.codec.graph import Filter
from artdag.codec.stream import Media
from artdag.effect import SOUNDS, Effect, EffectCatalog, Input
from artdag.errors import BrokenMediaError, ParameterError, RenderError
from artdag.media import Kind, Shape
from artdag.node_type import Building
from artdag.params import Range, settle
from tests.artdag.effects.examples import other_settings
from tests.artdag.nodes.bench import (
    Made,
    a_sound,
    a_video,
    all_inputs,
    an_image,
    applied,
    check_ranges,
    effects,
    frames,
    node_types,
    samples,
)

EFFECTS = [pytest.param(effect, id=effect.name) for effect in effects()]


def apply(effect: Effect, item: Made, **params: object) -> Made:
    """Return what *effect* makes of *item* in every input that a recipe connects, and of a small clip elsewhere."""
    wired, assets = all_inputs(effect, item)
    return applied(effect.name, *wired, also=assets, **params)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24", "yuva420p"])
@pytest.mark.parametrize("effect", EFFECTS)
def test_any_range_is_a_part_of_the_whole(effect, pixel_format):
    item = a_video(5, width=18, height=14, pixel_format=pixel_format)
    for params in ({}, other_settings(effect)):
        check_ranges(apply(effect, item, **params), cuts=[(0, 1), (2, 4), (4, 5)])


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_still_stays_a_still(effect):
    if Kind.IMAGE not in effect.wired[0].kinds:
        pytest.skip("takes no still")
    made = apply(effect, an_image(18, 14), **other_settings(effect))
    assert made.shape.kind is Kind.IMAGE
    check_ranges(made)


@pytest.mark.parametrize("effect", [param for param in EFFECTS if param.values[0].sound is not None])
def test_a_sound_effect_leaves_the_picture_alone_and_works_on_sound_alone(effect):
    clip = a_video(10)
    made = apply(effect, clip, **other_settings(effect))
    assert frames(made.media.video) == frames(clip.media.video)
    assert not np.array_equal(samples(made.media), samples(clip.media))
    check_ranges(apply(effect, a_sound(9000), **other_settings(effect)))


@pytest.mark.parametrize("effect", [param for param in EFFECTS if param.values[0].frame is not None])
def test_a_picture_effect_leaves_the_sound_alone(effect):
    clip = a_video(4, width=18, height=14)
    assert np.array_equal(samples(apply(effect, clip, **other_settings(effect)).media), samples(clip.media))


def test_the_second_picture_is_brought_to_the_first_ones_grid_and_begins_again():
    base = a_video(7, rate=Fraction(25), sound=False)
    dog = a_video(6, rate=Fraction(50), sound=False)
    made = applied("dog", base, also=[dog], overlay=True)
    laid = [Frame.over(frame).planes[0][30:46, 40:62].tobytes() for frame in made.media.video.frames(0, 7)]
    assert len(set(laid[:3])) == 3, "six frames at 50 per second are three at 25"
    assert laid[3:] == [*laid[:3], laid[0]]
    check_ranges(made)


def test_settings_are_checked_before_anything_is_made():
    with pytest.raises(ParameterError, match="blur has no setting 'radus'"):
        applied("blur", a_video(1), radus=1)
    with pytest.raises(ParameterError, match="there is no effect 'blurr': did you mean 'blur'"):
        applied("blurr", a_video(1))
    with pytest.raises(ParameterError, match="gain needs a sound, and its input has none"):
        applied("gain", a_video(1, sound=False))
    with pytest.raises(ParameterError, match="blur needs a picture, and its input has none"):
        applied("blur", a_sound())


# --- drop-in files that are wrong -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    amount: Annotated[float, Range(0, 1)] = 0.5


def of(**forms: object) -> Effect:
    return Effect(name="mine", group="look", params=Params, **forms)


def built(effect: Effect, item: Made, **params: object) -> Media:
    node_type = node_types()["EFFECT"]
    catalog = EffectCatalog({"mine": effect})
    config = settle(node_type.config, {"effect": "mine", "params": params})
    settled = node_type.settle(config, (item.shape,), catalog)
    return node_type.build(
        Building(
            params=live(settled.params, {}),
            inputs=(item.media,),
            shapes=(item.shape,),
            shape=settled.shape,
            effect=effect,
            seed=1,
            node="soft",
        )
    )


def fails(picture: Frame, params: Params, moment) -> Frame:
    if moment.index == 2:
        raise ZeroDivisionError("a hole")
    return picture.blank_like()


def tells(picture: Frame, params: Params, moment) -> Frame:
    raise BrokenMediaError("the table is torn")


def stops(picture: Frame, params: Params, moment) -> Frame:
    raise StopIteration


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (fails, "the effect mine failed at frame 2: ZeroDivisionError: a hole"),
        (tells, "the effect mine failed at frame 0: the table is torn"),
        (stops, "the effect mine failed at frame 0: StopIteration"),
        (lambda picture, params, moment: None, "the effect mine failed at frame 0: it gave NoneType, not a Frame"),
        (lambda picture, params, moment: picture.planes, "the effect mine failed at frame 0: it gave tuple, not a Fr"),
        (lambda picture, params: picture, "the effect mine failed at frame 0: TypeError: "),
        (lambda picture, params, moment: Frame.blank(8, 8, "yuv420p"), "it gave 8×8 yuv420p, not 64×48 yuv420p"),
        (lambda picture, params, moment: Frame.blank(64, 48, "rgb24"), "it gave 64×48 rgb24, not 64×48 yuv420p"),
        (
            lambda picture, params, moment: picture.planes[0].fill(0),
            "the effect mine failed at frame 0: ValueError: assignment destination is read-only (what an effect is",
        ),
    ],
)
def test_a_frame_that_fails_is_told_with_its_effect_its_place_and_its_node(frame, words):
    media = built(of(frame=frame), a_video(4))
    with pytest.raises(RenderError) as caught:
        list(media.video.frames(0, 4))
    assert caught.value.message.startswith(words) or words in caught.value.message
    assert caught.value.node == "soft"


@pytest.mark.parametrize(
    ("forms", "words"),
    [
        ({"reshape": lambda params, shape: {}["width"]}, "mine failed while planning: KeyError: 'width'"),
        ({"reshape": lambda params, shape: (8, 8)}, "planning: TypeError: reshape gave tuple, not VideoShape"),
        ({"same_as": lambda params: params.amuont}, "planning: AttributeError: "),
        ({"gives": lambda params, shapes: None}, "planning: TypeError: gives gave NoneType, not Shape"),
    ],
)
def test_what_fails_while_planning_is_told_likewise(forms, words):
    form = {"streams" if "gives" in forms else "frame": lambda *given: None}
    with pytest.raises(ParameterError, match=words):
        built(of(**form, **forms), a_video(4))


@pytest.mark.parametrize("native", [lambda params, shape: None, lambda params, shape: ["hflip"]])
def test_filters_that_are_none_fail_in_words_where_slices_are_planned(native):
    effect, shape = of(native=native), a_video(4).shape
    excerpt = node_types()["EFFECT"].excerpt
    assert excerpt is not None
    with pytest.raises(ParameterError, match="mine failed while planning: "):
        excerpt({}, (shape,), shape, effect, range(2))


@pytest.mark.parametrize(
    ("sound", "words"),
    [
        (lambda block, params, moment: 1 / 0, "failed at sample 0: ZeroDivisionError"),
        (
            lambda block, params, moment: block[:, 1:],
            r"it gave float32 of shape \(2, 999\), not float32 of \(2, 1000\)",
        ),
        (lambda block, params, moment: block.astype(np.float64), "it gave float64"),
        (lambda block, params, moment: None, "failed at sample 0: it gave NoneType, not samples"),
    ],
)
def test_sound_that_fails_is_told_likewise(sound, words):
    media = built(of(sound=sound, inputs=(Input("input", SOUNDS),)), a_video(4))
    with pytest.raises(RenderError, match=words) as caught:
        list(media.sound.samples(0, 2000))
    assert caught.value.node == "soft"


@pytest.mark.parametrize(
    ("native", "words"),
    [
        (lambda params, shape: 1 / 0, "the effect mine failed at its beginning: ZeroDivisionError: division by zero"),
        (lambda params, shape: None, "the effect mine failed at its beginning: TypeError: "),
        (lambda params, shape: ["hflip"], "the effect mine failed at its beginning: native gives filters, each made"),
        (
            lambda params, shape: [Filter.of("hflop")],
            "the filter hflop cannot be made with no options: no filter hflop",
        ),
        (
            lambda params, shape: [Filter.of("tmix", frames=3)],
            "the effect mine failed at its beginning: the filter 'tmix' keeps memory of earlier frames",
        ),
        (lambda params, shape: [Filter.of("gblur", sigmas=3)], "the filter gblur cannot be made with sigmas=3: unused"),
        (lambda params, shape: [Filter.of("gblur", sigma="x")], "the filter gblur cannot be made with sigma=x: "),
        (lambda params, shape: [Filter.of("crop", w=99, h=99)], "the filter crop cannot be joined up: "),
        (
            lambda params, shape: [Filter.of("crop", w=10, h=10)],
            "the filter crop gave 10×10, not the promised 64×48",
        ),
        (
            lambda params, shape: [Filter.of("hflip"), Filter.of("fps", fps=5)],
            "the effect mine failed at its beginning: the filter 'fps' keeps memory of earlier frames",
        ),
    ],
)
@pytest.mark.parametrize("amount", [0.5, {"keyframes": [[0, 0], [1, 1]]}], ids=["constant", "animated"])
def test_native_filters_that_fail_are_told(native, words, amount):
    with pytest.raises(RenderError) as caught:
        list(built(of(native=native), a_video(4), amount=amount).video.frames(0, 4))
    assert caught.value.message.startswith(words)


def test_an_effect_may_give_its_input_back():
    clip = a_video(4)
    media = built(of(frame=lambda picture, params, moment: picture), clip)
    assert frames(media.video) == frames(clip.media.video)


def test_an_effect_that_changes_the_size_says_so_beforehand():
    half = of(
        frame=lambda picture, params, moment: Frame.blank(32, 48, picture.pixel_format),
        reshape=lambda params, shape: replace(shape, width=shape.width // 2),
    )
    media = built(half, a_video(2))
    assert (media.video.shape.width, media.video.shape.height) == (32, 48)
    assert len(list(media.video.frames(0, 2))) == 2


def test_an_effect_sees_only_formats_that_it_takes():
    seen = set()

    def look(picture: Frame, params: Params, moment) -> Frame:
        seen.add(picture.pixel_format)
        return picture

    for item in (a_video(1), an_image(), an_image(8, 8, "rgba"), a_video(1, pixel_format="yuv444p")):
        built(of(frame=look, pixel_formats=("yuv444p", "yuva444p")), item).video.frames(0, 1).__next__()
    assert seen == {"yuv444p", "yuva444p"}


def test_a_shape_that_has_no_picture_reaches_no_picture_effect():
    shape = Shape(kind=Kind.AUDIO, sound=a_sound(10).shape.sound)
    node_type, catalog = node_types()["EFFECT"], EffectCatalog({"mine": of(frame=fails)})
    config = settle(node_type.config, {"effect": "mine"})
    with pytest.raises(ParameterError, match="mine needs a picture"):
        node_type.settle(config, (shape,), catalog)
