"""For every setting of every effect: what to look at in tests, made from its declaration."""

from __future__ import annotations

from typing import Any

from artdag.effect import Effect
from artdag.params import ParamSpec

REQUISITES: dict[tuple[str, str], dict[str, Any]] = {
    ("zoom", "edges"): {"factor": 0.5},
    ("zoom", "background"): {"factor": 0.5},
    ("halftone", "ink"): {"colored": False},
    ("halftone", "paper"): {"colored": False},
    ("strobe", "color"): {"shown": 0},
}
"""(effect, setting) -> other settings without which that one has nothing to do."""

NEUTRAL: dict[str, dict[str, Any]] = {
    "bloom": {"amount": 0},
    "blur": {"radius": 0},
    "brightness": {"amount": 0},
    "color_adjust": {"brightness": 0, "contrast": 1, "saturation": 1, "gamma": 1},
    "color_balance": {"red": 0, "green": 0, "blue": 0},
    "color_cycle": {"turns_per_second": 0},
    "contrast": {"amount": 1},
    "crop": {},
    "crt": {"bend": 0, "lines": 0, "mask": 0, "vignette": 0},
    "denoise": {"strength": 0},
    "emboss": {"amount": 0, "keep": 1},
    "fade_audio": {"in_s": 0, "out_s": 0},
    "film_grain": {"intensity": 0},
    "fisheye": {"strength": 0},
    "gain": {"gain_db": 0},
    "gradient_map": {"amount": 0},
    "grayscale": {"amount": 0},
    "hue_shift": {"degrees": 0},
    "identity": {},
    "invert": {"intensity": 0},
    "ken_burns": {"from_zoom": 1, "to_zoom": 1},
    "noise": {"amount": 0},
    "outline": {"amount": 0},
    "pixelate": {"size": 1},
    "rgb_split": {"offset": 0},
    "ripple": {"amplitude": 0},
    "rotate": {"degrees": 720},
    "saturation": {"amount": 1},
    "scanlines": {"opacity": 0},
    "sepia": {"amount": 0},
    "shake": {"amplitude": 0, "degrees": 0},
    "sharpen": {"amount": 0},
    "strobe": {"rate_hz": 0},
    "swirl": {"strength": 0},
    "tile_grid": {"columns": 1, "rows": 1},
    "vignette": {"strength": 0},
    "wave": {"amplitude": 0},
    "zoom": {"factor": 1},
}
"""Settings with which an effect gives back exactly what it got."""


def other_value(spec: ParamSpec) -> Any:
    """Return a value well away from the default, within the range."""
    if spec.type == "bool":
        return not spec.default
    if spec.type == "enum":
        return next(choice for choice in reversed(spec.choices) if choice != spec.default)
    if spec.type == "color":
        return "#3060c0" if spec.default != "#3060c0" else "#c06030"
    if spec.type == "text":
        return "Another text"
    assert spec.low is not None
    assert spec.high is not None
    low, high = (
        max(spec.low, -8),
        min(spec.high, 40),
    )  # near the usual: a blur of 100 px shows nothing on a small picture
    value = low + 0.3 * (high - low)
    if spec.default is not None and abs(value - spec.default) < 0.05 * (high - low):
        value = low + 0.7 * (high - low)
    return round(value) if spec.type == "int" else round(value, 2)


def other_settings(effect: Effect) -> dict[str, Any]:
    """Return settings that all differ from the defaults."""
    return {spec.name: other_value(spec) for spec in effect.param_specs}
