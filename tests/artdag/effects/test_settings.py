"""Every setting over its whole range: each of several values gives another result, and all of them one that can be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from artdag.catalog import load_effects
from artdag.effect import Effect
from artdag.params import ParamSpec
from tests.artdag.effects.apply import apply, apply_sound, digest, inputs_for, stream_digest, streamed, tone
from tests.artdag.effects.examples import ELSEWHERE, REQUISITES

CATALOG = load_effects()
CASES = [
    pytest.param(effect, spec, id=f"{effect.name}-{spec.name}")
    for effect in CATALOG
    for spec in effect.param_specs
    if spec.parsed is None and spec.type != "text" and (effect.name, spec.name) not in ELSEWHERE
]
VALUES: dict[tuple[str, str], list[Any]] = {
    ("chroma_key", "color"): ["#808080", "#d04010", "#104040"],
    ("echo", "count"): [1, 2, 3, 5],
    ("echo", "delay_s"): [0.04, 0.1, 0.3, 0.6],
    ("edge_detect", "high"): [30, 60, 120, 255],
    ("freeze", "at_s"): [0, 0.2, 0.5, 0.8],
    ("halftone", "degrees"): [-20, 0, 10, 40],
    ("loop", "crossfade_s"): [0, 0.1, 0.2, 0.4],
    ("neon_glow", "color"): ["#ffffff", "#d04010", "#1040d0"],
    ("normalize_loudness", "true_peak_dbtp"): [-9, -7, -5, -4],
    ("outline", "thickness"): [1, 2, 3, 5],
    ("pixelsort", "high"): [80, 120, 160, 220],
    ("ripple", "speed"): [-3.1, -1, 0.5, 2.2],
    ("strobe", "rate_hz"): [0, 1.5],
    ("strobe", "shown"): [0.2, 0.8],
    ("subtitle", "delay_s"): [0, 1],
    ("subtitle", "width"): [0.05, 0.3, 0.6],
    ("title", "duration"): [0.2, 0.6, 0.7],
    ("title", "start"): [0, 0.2, 0.4],
    ("title", "x"): [-0.4, -0.1, 0.2, 0.4],
    ("title", "y"): [-0.4, -0.1, 0.2, 0.4],
    ("watermark", "margin"): [0, 60, 150, 300],
    ("wave", "speed"): [-3.1, -1, 0.5, 2.2],
    ("waveform", "gain_db"): [-40, -20, 0, 15],
}
"""(effect, setting) -> values that differ on a picture of 96 × 72 at 0.48 s, and in a clip of a second."""
ALSO: dict[tuple[str, str], dict[str, Any]] = {
    ("chroma_key", "color"): {"similarity": 0.3},
    ("echo", "count"): {"delay_s": 0.1},
}
SMALL = {"width": 160, "height": 90}
"""For pictures of sounds, whose size is their own."""
SPAN = (-30, 60)
"""What is looked at closely of a range: a small picture knows no waves of 10,000 pixels, nor a second the whole day."""


def values(spec: ParamSpec) -> list[Any]:
    """Return several values of a setting from one end of its range to the other, or all that there are."""
    if spec.type == "bool":
        return [False, True]
    if spec.type == "enum":
        return list(spec.choices)
    if spec.type == "color":
        return ["#000000", "#ffffff", "#d04010", "#1040d0"]
    assert spec.low is not None
    assert spec.high is not None
    low, high = max(spec.low, SPAN[0]), min(spec.high, SPAN[1])
    if spec.name == "seed":
        return [0, 1, 2, spec.high]
    found = [low + share * (high - low) for share in (0, 0.2, 0.45, 0.7, 1)]
    return sorted({round(value) if spec.type == "int" else round(value, 4) for value in found})


def result(effect: Effect, params: dict[str, Any]) -> str:
    if effect.streams is not None:
        return stream_digest(streamed(effect, **params))
    if effect.sound is not None:
        found = apply_sound(effect, tone(3.0), **params)
        assert np.isfinite(found).all()
        return found.tobytes().hex()
    pixel_format = effect.pixel_formats[0]
    return digest(apply(effect, *inputs_for(effect, 96, 72, pixel_format, **params), index=12, **params))


@pytest.mark.parametrize(("effect", "spec"), CASES)
def test_each_of_several_values_gives_another_result(effect: Effect, spec: ParamSpec):
    key = (effect.name, spec.name)
    others = REQUISITES.get(key, {}) | ALSO.get(key, {}) | (SMALL if effect.name in ("spectrum", "waveform") else {})
    tried = VALUES.get(key) or values(spec)
    seen = [result(effect, others | {spec.name: value}) for value in tried]
    same = [(tried[a], tried[b]) for a in range(len(tried)) for b in range(a) if seen[a] == seen[b]]
    assert not same
