"""Every number of every effect can change over time: each moment is what that moment's value gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from artdag.catalog import load_effects
from artdag.effect import Effect
from artdag.errors import ParameterError
from artdag.media import Kind
from artdag.params import ParamSpec
from tests.artdag.effects.apply import is_data
from tests.artdag.effects.examples import DATA, REQUISITES, other_value
from tests.artdag.nodes.bench import Made, a_sound, a_text, a_video, an_image, applied, frames, samples

COUNT = 4
DECIDES_SIZE = {("crop", "width"), ("crop", "height"), ("crop", "x"), ("crop", "y")}
CATALOG = load_effects()
CHANGING = [
    pytest.param(effect, spec, id=f"{effect.name}-{spec.name}")
    for effect in CATALOG
    for spec in effect.param_specs
    if spec.can_change and effect.streams is None
]


def ends(spec: ParamSpec) -> tuple[float, float]:
    assert spec.low is not None
    assert spec.high is not None
    start = spec.default if spec.default is not None else spec.low + (spec.high - spec.low) / 4
    return start, other_value(spec)


def inputs_of(effect: Effect) -> list[Made]:
    first = a_sound(4800) if effect.sound is not None else a_video(COUNT, sound=False, width=48, height=32)
    more = (a_text(DATA[effect.name]) if is_data(item) else an_image(48, 32) for item in effect.inputs[1:])
    return [first, *more]


def result(effect: Effect, **params: Any) -> Made:
    first, *more = inputs_of(effect)
    wired = len(effect.wired) - 1
    return applied(effect.name, first, *more[:wired], also=more[wired:], **params)


@pytest.mark.parametrize(("effect", "spec"), CHANGING)
def test_each_moment_is_what_the_value_of_that_moment_gives(effect: Effect, spec: ParamSpec):
    start, end = ends(spec)
    others = REQUISITES.get((effect.name, spec.name), {})
    animation = {spec.name: {"keyframes": [[0, start], [0.1, end]]}}
    if (effect.name, spec.name) in DECIDES_SIZE:
        with pytest.raises(ParameterError, match="it changes the size of the picture"):
            result(effect, **others, **animation)
        return
    changing = result(effect, **others, **animation)
    if changing.shape.kind is Kind.AUDIO:
        heard = samples(changing.media)
        for index in (0, 2399, 4799):
            value = start + (end - start) * index / 4800
            alone = samples(result(effect, **others, **{spec.name: value}).media)
            np.testing.assert_allclose(heard[:, index], alone[:, index], rtol=1e-5, atol=1e-6)
        return
    assert changing.media.video is not None
    seen = frames(changing.media.video)
    rate = changing.media.video.shape.frame_rate
    for index in range(COUNT):
        share = min(1.0, float(index / rate) / 0.1)
        value = start * (1 - share) + end * share
        constant = int(value + 0.5) if spec.type == "int" else value
        alone = result(effect, **others, **{spec.name: constant}).media.video
        assert alone is not None
        assert frames(alone)[index] == seen[index], (index, constant)
