"""Effects that are filters of the media library, against the same written in numpy: within one code value."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from artdag.catalog import load_effects
from artdag.codec.frame import IS_RGB, Frame
from tests.artdag.effects.apply import RATE, apply, drawn

Channel = NDArray[np.float64]
CATALOG = load_effects()
BY_ITSELF = {"blur", "denoise", "sharpen"}
"""They look at what is around a pixel: their own tests say what comes of lines, edges and noise."""
INDEX = 12


def planes(picture: Frame) -> list[Channel]:
    """Return R, G, B or Y, U, V, and opacity where there is one, as numbers."""
    found = picture.planes
    channels = [found[0][..., number] for number in range(found[0].shape[2])] if found[0].ndim == 3 else list(found)
    return [channel.astype(np.float64) for channel in channels]


def per_channel(change: Callable[[Channel], Channel]) -> Callable[[list[Channel], bool], list[Channel]]:
    """Return what changes each channel alike: luma in 0..1, chroma as what is left of its distance from grey."""

    def changed(values: list[Channel], rgb: bool) -> list[Channel]:
        if rgb:
            return [255 * np.clip(change(value / 255), 0, 1) for value in values[:3]] + values[3:]
        slope = (change(np.array(0.6)) - change(np.array(0.4))) / 0.2
        luma = 16 + 219 * np.clip(change((values[0] - 16) / 219), 0, 1)
        chroma = [np.clip(128 + slope * (value - 128), 16, 240) for value in values[1:3]]
        return [luma, *chroma, *values[3:]]

    return changed


def chroma_times(factor: float) -> Callable[[list[Channel], bool], list[Channel]]:
    return lambda values, _: [
        values[0],
        *(np.clip(128 + factor * (value - 128), 16, 240) for value in values[1:3]),
        *values[3:],
    ]


def turned(degrees: float) -> Callable[[list[Channel], bool], list[Channel]]:
    def changed(values: list[Channel], _: bool) -> list[Channel]:
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        u, v = values[1] - 128, values[2] - 128
        return [values[0], 128 + cos * u - sin * v, 128 + sin * u + cos * v, *values[3:]]

    return changed


def light_or_dark(amount: float) -> Callable[[Channel], Channel]:
    return lambda v: v + amount * (1 - v) if amount > 0 else v * (1 + amount)


def adjusted(values: list[Channel], _: bool) -> list[Channel]:
    """Contrast 1.3, brightness 0.2, gamma 1.6, saturation 0.7."""
    luma = np.clip(light_or_dark(0.2)(0.5 + 1.3 * ((values[0] - 16) / 219 - 0.5)), 0, 1) ** (1 / 1.6)
    chroma = [np.clip(128 + 0.7 * 1.3 * 0.8 * (value - 128), 16, 240) for value in values[1:3]]
    return [16 + 219 * luma, *chroma, *values[3:]]


def black_or_white(values: list[Channel], _: bool) -> list[Channel]:
    white = (values[0] - 16) * 255 / 219 >= 90
    return [np.where(white, 235.0, 16.0), *(np.full_like(value, 128) for value in values[1:3]), *values[3:]]


def kept(values: list[Channel], rgb: bool) -> list[Channel]:
    """The rectangle at (10, 6) of 32 × 20."""
    halves = [1 if rgb or value.shape == values[0].shape else 2 for value in values]
    return [value[6 // n : 26 // n, 10 // n : 42 // n] for value, n in zip(values, halves, strict=True)]


TWINS: dict[str, list[tuple[dict[str, Any], Callable[[list[Channel], bool], list[Channel]]]]] = {
    "brightness": [({"amount": value}, per_channel(light_or_dark(value))) for value in (-1, -0.4, 0.3, 1)],
    "color_adjust": [({"brightness": 0.2, "contrast": 1.3, "saturation": 0.7, "gamma": 1.6}, adjusted)],
    "color_cycle": [({"turns_per_second": 0.35}, turned(360 * 0.35 * INDEX / float(RATE)))],
    "contrast": [
        ({"amount": value}, per_channel(lambda v, value=value: 0.5 + value * (v - 0.5))) for value in (0, 0.5, 1.7, 4)
    ],
    "crop": [({"x": 10, "y": 6, "width": 32, "height": 20}, kept)],
    "flip": [
        ({"axis": "horizontal"}, lambda values, _: [value[:, ::-1] for value in values]),
        ({"axis": "vertical"}, lambda values, _: [value[::-1] for value in values]),
    ],
    "grayscale": [({"amount": value}, chroma_times(1 - value)) for value in (0.25, 0.6, 1)],
    "hue_shift": [({"degrees": value}, turned(value)) for value in (-70, 30, 200)],
    "invert": [
        ({"intensity": value}, per_channel(lambda v, value=value: v + value * (1 - 2 * v))) for value in (0.3, 0.5, 1)
    ],
    "saturation": [({"amount": value}, chroma_times(value)) for value in (0, 0.5, 1.8, 4)],
    "threshold": [({"level": 90}, black_or_white)],
}
CASES = [
    pytest.param(name, params, twin, pixel_format, id=f"{name}-{params}-{pixel_format}")
    for name, twins in TWINS.items()
    for params, twin in twins
    for pixel_format in CATALOG.get(name).pixel_formats
]


def test_every_effect_made_of_filters_has_its_twin_and_none_has_two_forms():
    native = {effect.name for effect in CATALOG if effect.native is not None}
    assert native == set(TWINS) | BY_ITSELF
    assert [effect.name for effect in CATALOG if effect.native is not None and effect.frame is not None] == []


@pytest.mark.parametrize(("name", "params", "twin", "pixel_format"), CASES)
def test_the_filters_do_what_the_formula_says(name, params, twin, pixel_format):
    picture = drawn(96, 64, pixel_format)
    result = planes(apply(CATALOG.get(name), picture, index=INDEX, **params))
    wanted = twin(planes(picture), pixel_format in IS_RGB)
    assert len(result) == len(wanted)
    for channel, expected in zip(result, wanted, strict=True):
        assert channel.shape == expected.shape
        assert np.abs(channel - np.clip(expected, 0, 255)).max() <= 1.0
