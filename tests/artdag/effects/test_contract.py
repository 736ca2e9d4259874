"""What every effect promises, whoever wrote it."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from artdag.catalog import load_effects
from artdag.codec.frame import HAS_ALPHA, pixels
from artdag.effect import Effect
from artdag.errors import ParameterError
from artdag.params import ParamSpec
from tests.artdag.effects.apply import (
    apply,
    apply_sound,
    digest,
    drawn,
    inputs_for,
    settled,
    shape_of,
    stream_digest,
    streamed,
    tone,
)
from tests.artdag.effects.examples import ELSEWHERE, NEUTRAL, REQUISITES, other_settings, other_value
from tests.artdag.effects.golden_digests import golden_of, path_of

CATALOG = load_effects()
GROUPS = {"basics", "colour", "detail", "geometry", "look", "time", "text", "sound"}
SIZES = [(1, 1), (1, 7), (7, 1), (3, 5), (2, 2), (17, 9), (64, 48)]

PICTURE_CASES = [
    pytest.param(effect, pixel_format, id=f"{effect.name}-{pixel_format}")
    for effect in CATALOG
    if effect.sound is None and effect.streams is None
    for pixel_format in effect.pixel_formats
]
ALPHA_CASES = [
    pytest.param(effect, pixel_format, id=f"{effect.name}-{pixel_format}")
    for effect in CATALOG
    if effect.sound is None and effect.streams is None and effect.name not in {"chroma_key", "expr"}
    for pixel_format in effect.pixel_formats
    if pixel_format in HAS_ALPHA
]
SOUND_EFFECTS = [pytest.param(effect, id=effect.name) for effect in CATALOG if effect.sound is not None]
EFFECTS = [pytest.param(effect, id=effect.name) for effect in CATALOG]
SETTINGS = [
    pytest.param(effect, spec, id=f"{effect.name}-{spec.name}")
    for effect in CATALOG
    for spec in effect.param_specs
    if (effect.name, spec.name) not in ELSEWHERE
]
NUMBERS = [
    pytest.param(effect, spec, id=f"{effect.name}-{spec.name}")
    for effect in CATALOG
    for spec in effect.param_specs
    if spec.type in {"int", "float"}
]


def test_every_file_is_an_effect():
    assert CATALOG.refused == {}
    assert "identity" in CATALOG


@pytest.mark.parametrize("effect", EFFECTS)
def test_it_says_what_it_does(effect: Effect):
    assert effect.summary.endswith(".")
    assert 10 < len(effect.summary) <= 90
    assert effect.group in GROUPS
    assert effect.version >= 1
    assert dataclasses.is_dataclass(effect.params)
    assert effect.params.__dataclass_params__.frozen
    for spec in effect.param_specs:
        assert spec.doc, f"{spec.name} has no explanation"
        if spec.type in {"int", "float"}:
            assert spec.low is not None, f"{spec.name} has no range"
    json.dumps(effect.to_json())


@pytest.mark.parametrize("effect", EFFECTS)
def test_it_works_in_known_pixel_formats(effect: Effect):
    assert set(effect.pixel_formats) <= {"yuv420p", "yuva420p", "yuv444p", "yuva444p", "rgb24", "rgba"}
    assert len(set(effect.pixel_formats)) == len(effect.pixel_formats)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("effect", "pixel_format"), PICTURE_CASES)
def test_any_size_gives_the_right_shape_and_leaves_the_input(effect: Effect, pixel_format: str, size: tuple[int, int]):
    for params in ({}, other_settings(effect)):
        pictures = inputs_for(effect, *size, pixel_format, **params)
        before = [pixels(picture.carrier) for picture in pictures]
        result = apply(effect, *pictures, **params)
        values = settled(effect, params)
        if effect.same_as is None or effect.same_as(values) is None:
            shape = shape_of(pictures[0])
            wanted = effect.reshape(values, shape) if effect.reshape else shape
            assert (result.width, result.height, result.pixel_format) == (
                wanted.width,
                wanted.height,
                wanted.pixel_format,
            )
            assert all(result.carrier is not picture.carrier for picture in pictures)
        assert [pixels(picture.carrier) for picture in pictures] == before


@pytest.mark.parametrize(("effect", "pixel_format"), PICTURE_CASES)
def test_the_same_picture_gives_the_same_bytes(effect: Effect, pixel_format: str):
    for params in ({}, other_settings(effect)):
        pictures = inputs_for(effect, 47, 33, pixel_format, **params)
        assert digest(apply(effect, *pictures, index=3, **params)) == digest(
            apply(effect, *pictures, index=3, **params)
        )


@pytest.mark.parametrize(("effect", "pixel_format"), PICTURE_CASES)
def test_a_read_only_input_is_enough(effect: Effect, pixel_format: str):
    params = other_settings(effect)
    pictures = inputs_for(effect, 16, 12, pixel_format, **params)
    for picture in pictures:
        for plane in picture.planes:
            plane.flags.writeable = False
    apply(effect, *pictures, **params)


@pytest.mark.parametrize(("effect", "pixel_format"), ALPHA_CASES)
def test_an_opaque_picture_stays_opaque(effect: Effect, pixel_format: str):
    for params in ({}, other_settings(effect)):
        pictures = inputs_for(effect, 30, 22, pixel_format, **params)
        for picture in pictures:
            (picture.planes[0][..., 3] if pixel_format == "rgba" else picture.planes[3])[...] = 255
        result = apply(effect, *pictures, **params)
        opacity = result.planes[0][..., 3] if pixel_format == "rgba" else result.planes[3]
        assert (opacity == 255).all()


@pytest.mark.parametrize("effect", SOUND_EFFECTS)
def test_sound_keeps_its_length_and_does_not_depend_on_blocks(effect: Effect):
    samples = tone(0.5)
    before = samples.tobytes()
    samples.flags.writeable = False
    for params in ({}, other_settings(effect)):
        whole = apply_sound(effect, samples, **params)
        assert whole.shape == samples.shape
        assert whole.dtype == np.float32
        assert np.array_equal(whole, apply_sound(effect, samples, cuts=(1, 1000, 1001, 20_000), **params))
    assert samples.tobytes() == before
    assert apply_sound(effect, samples[:, :0]).shape == (2, 0)


@pytest.mark.parametrize(("effect", "spec"), NUMBERS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "7", None, True])
def test_what_is_no_number_is_refused(effect: Effect, spec: ParamSpec, value: object):
    if value is None and spec.optional:
        assert getattr(settled(effect, {spec.name: None}), spec.name) is None
        return
    with pytest.raises(ParameterError):
        settled(effect, {spec.name: value})


@pytest.mark.parametrize(("effect", "spec"), NUMBERS)
def test_numbers_out_of_range_are_refused_and_the_ends_are_not(effect: Effect, spec: ParamSpec):
    assert spec.low is not None
    assert spec.high is not None
    step = 1 if spec.type == "int" else 0.001
    for value in (spec.low - step, spec.high + step):
        with pytest.raises(ParameterError):
            settled(effect, {spec.name: value})
    for value in (spec.low, spec.high):
        pixel_format = effect.pixel_formats[0]
        if effect.streams is not None:
            stream_digest(streamed(effect, **{spec.name: value}))
        elif effect.sound is not None:
            result = apply_sound(effect, tone(0.01), **{spec.name: value})
            assert np.isfinite(result).all()
        else:
            apply(effect, *inputs_for(effect, 20, 14, pixel_format, **{spec.name: value}), **{spec.name: value})


@pytest.mark.parametrize("effect", EFFECTS)
def test_unknown_settings_are_refused(effect: Effect):
    with pytest.raises(ParameterError, match="no_such_setting"):
        settled(effect, {"no_such_setting": 1})


@pytest.mark.parametrize(("effect", "spec"), SETTINGS)
def test_every_setting_changes_the_result(effect: Effect, spec: ParamSpec):
    base = REQUISITES.get((effect.name, spec.name), {})
    changed = base | {spec.name: other_value(spec)}
    if effect.streams is not None:
        assert stream_digest(streamed(effect, **base)) != stream_digest(streamed(effect, **changed))
        return
    if effect.sound is not None:
        samples = tone(3.0)
        assert not np.array_equal(apply_sound(effect, samples, **base), apply_sound(effect, samples, **changed))
        return
    for pixel_format in effect.pixel_formats:
        one, other = (
            apply(effect, *inputs_for(effect, 96, 72, pixel_format, **params), index=12, **params)
            for params in (base, changed)
        )
        assert digest(one) != digest(other), pixel_format


@pytest.mark.parametrize(
    ("effect", "params"), [pytest.param(CATALOG.get(name), NEUTRAL[name], id=name) for name in sorted(NEUTRAL)]
)
def test_neutral_settings_change_nothing(effect: Effect, params: dict[str, float]):
    if effect.streams is not None:
        made, unchanged = streamed(effect, **params), streamed(CATALOG.get("identity"))
        assert made.shape == unchanged.shape
        assert stream_digest(made) == stream_digest(unchanged)
        return
    if effect.sound is not None:
        samples = tone(0.2)
        assert np.array_equal(apply_sound(effect, samples, **params), samples)
        return
    for pixel_format in effect.pixel_formats:
        picture = drawn(61, 43, pixel_format)
        assert digest(apply(effect, picture, **params)) == digest(picture), pixel_format


@pytest.mark.parametrize("effect", EFFECTS)
def test_the_pixels_are_those_of_the_golden_file(effect: Effect):
    path = path_of(effect)
    assert path.exists(), f"run `python -m tests.artdag.effects.renew_golden {effect.name}`"
    assert golden_of(effect) == json.loads(path.read_text("utf-8"))
