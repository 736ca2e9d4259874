"""Fused is stepwise: a chain in one pass gives exactly the pixels that it gives with every node written down."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artdag.media import Kind
from tests.artdag.effects.examples import other_settings
from tests.artdag.nodes.bench import Made, a_sound, a_video, all_inputs, applied, effects, frames, kept, made, samples

Step = Callable[[Made], Made]


def effect(name: str, item: Made, *, other: bool = False) -> Made:
    declared = effects().get(name)
    wired, assets = all_inputs(declared, item)
    params = other_settings(declared) if other else {}
    return applied(name, *wired, also=assets, **params)


NODES: dict[str, Step] = {
    "SEGMENT": partial(made, "SEGMENT", {"offset": 0.04}),
    "RESIZE pad": partial(made, "RESIZE", {"width": 14, "height": 20, "mode": "pad", "background": "#ff8000"}),
    "RESIZE fill": partial(made, "RESIZE", {"width": 10, "height": 10, "mode": "fill"}),
    "RESIZE stretch": partial(made, "RESIZE", {"width": 20, "height": 8, "mode": "stretch"}),
    "TRANSFORM look": partial(made, "TRANSFORM", {"effects": {"hue": 40, "blur": 2, "sharpen": 1}}),
    "TRANSFORM speed": partial(made, "TRANSFORM", {"effects": [{"speed": 0.5}, {"hue": 20}]}),
    "SEQUENCE": lambda item: made(
        "SEQUENCE",
        {"transition": {"type": "crossfade", "duration": 0.04}, "width": 12, "height": 12, "target_size": "explicit"},
        item,
        item,
    ),
    "MUX": lambda item: made("MUX", {}, item, a_sound(9600)),
    "BLEND": lambda item: made("BLEND", {"mode": "screen", "opacity": 0.4}, item, a_video(2, width=9, height=7)),
    "LAYER": lambda item: made(
        "LAYER",
        {"inputs": [{}, {"position": [3, -2], "opacity": {"keyframes": [[0, 0.2], [0.1, 1]]}, "blend": "multiply"}]},
        item,
        a_video(2, width=9, height=7),
    ),
    "circle": lambda item: made("SEQUENCE", {"transition": {"type": "circle", "duration": 0.04}}, item, item),
    "keyframes, native": partial(applied, "hue_shift", degrees={"keyframes": [[0, 0], [0.1, 200]]}),
    "keyframes, frames": partial(applied, "zoom", factor={"keyframes": [[0, 1], [0.1, 3]]}),
}
STEPS: dict[str, Step] = {effect_.name: partial(effect, effect_.name) for effect_ in effects()} | NODES
OTHERS: dict[str, Step] = {
    f"{effect_.name}, otherwise": partial(effect, effect_.name, other=True) for effect_ in effects()
}
TYPICAL = ["blur", "flip", "sepia", "pixelate", "RESIZE pad", "SEQUENCE"]
"""One of each sort: native on YUV and on any format, frames on YUV and on any format, a size and a join."""


def source(pixel_format: str) -> Made:
    return a_video(2, width=16, height=12, pixel_format=pixel_format, rate=Fraction(25))


def assert_equal(one: Made, other: Made, why: object) -> None:
    assert one.shape == other.shape, why
    assert frames(one.media.video) == frames(other.media.video), why
    if one.media.sound is not None:
        assert np.array_equal(samples(one.media), samples(other.media)), why


def check_pairs(first: Step, seconds: dict[str, Step], pixel_format: str) -> None:
    fused = first(source(pixel_format))
    written = kept(fused)
    for name, second in seconds.items():
        if name != "SEGMENT" or fused.shape.video.frame_count > 1:
            assert_equal(second(fused), second(written), name)


@pytest.mark.parametrize("first", STEPS)
def test_every_pair_of_steps_gives_the_same_pixels_fused_and_stepwise(first):
    check_pairs(STEPS[first], STEPS, "yuv420p")


@pytest.mark.parametrize("first", STEPS)
def test_each_step_before_one_of_every_sort_in_rgb(first):
    check_pairs(STEPS[first], {name: STEPS[name] for name in TYPICAL}, "rgb24")


@pytest.mark.parametrize("pixel_format", ["rgb24", "yuva420p"])
@pytest.mark.parametrize("first", TYPICAL[1:4])
def test_each_step_after_one_of_every_sort_in_rgb_and_with_alpha(first, pixel_format):
    check_pairs(STEPS[first], OTHERS, pixel_format)


@given(st.lists(st.sampled_from(sorted(STEPS | OTHERS)), min_size=3, max_size=6), st.sampled_from(["yuv420p", "rgb24"]))
@settings(max_examples=25)
def test_any_chain_gives_the_same_pixels_fused_and_stepwise(names, pixel_format):
    fused = stepwise = source(pixel_format)
    for name in names:
        step = (STEPS | OTHERS)[name]
        if name == "SEGMENT" and fused.shape.video.frame_count == 1:
            continue  # there is nothing left to cut
        fused, stepwise = step(fused), kept(step(stepwise))
    assert fused.shape.kind is Kind.VIDEO
    assert_equal(fused, stepwise, names)
