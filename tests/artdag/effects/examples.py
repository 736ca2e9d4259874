"""For every setting of every effect: what to look at in tests, made from its declaration."""

from __future__ import annotations

from typing import Any

from artdag.effect import Effect
from artdag.params import ParamSpec

REQUISITES: dict[tuple[str, str], dict[str, Any]] = {
    ("zoom", "edges"): {"factor": 0.5},
    ("zoom", "background"): {"factor": 0.5},
    ("expr", "seed"): {"g": "noise(x / 9, y / 9) * rnd"},
    ("halftone", "ink"): {"colored": False},
    ("halftone", "paper"): {"colored": False},
    ("normalize_loudness", "true_peak_dbtp"): {"target_lufs": -5},
    ("strobe", "color"): {"shown": 0},
    ("subtitle", "box_color"): {"box": 0.8},
    ("timecode", "outline_color"): {"outline": 4},
    ("watermark", "margin"): {"margin": 300},
    ("waveform", "bars"): {"style": "bars"},
    ("waveform", "thickness"): {"style": "line"},
    ("spectrum", "window_s"): {"style": "scroll"},
    ("title", "margin"): {"position": "top_left"},
    ("title", "safe"): {"position": "top_left"},
    ("title", "width"): {"text": "A title of several words"},
    ("title", "spacing"): {"text": "Two\nlines"},
    ("title", "outline_color"): {"outline": 4},
    ("title", "box_color"): {"box": 0.8},
    ("title", "duration"): {"duration": 0.2},
    ("loop", "seamless"): {"crossfade_s": 0.2},
}
"""(effect, setting) -> other settings without which that one has nothing to do."""

ELSEWHERE = {("timecode", "drop_frame")}
"""Settings that have something to do at other frame rates only, where they are tested by themselves."""

DATA: dict[str, bytes] = {
    "lut": b"LUT_3D_SIZE 2\n0 0 .2\n.9 0 0\n0 1 .1\n1 .8 0\n0 .1 1\n1 0 .8\n0 1 1\n1 1 .9\n",
    "subtitle": b"1\n00:00:00,000 --> 00:00:20,000\nA subtitle that is long enough for several lines\n",
}
"""Effect -> what its data input is given."""

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
    "datamosh": {"corruption": 0},
    "denoise": {"strength": 0},
    "echo": {"decay": 0},
    "emboss": {"amount": 0, "keep": 1},
    "expr": {},
    "fade_audio": {"in_s": 0, "out_s": 0},
    "film_grain": {"intensity": 0},
    "fisheye": {"strength": 0},
    "freeze": {"for_s": 0},
    "gain": {"gain_db": 0},
    "gradient_map": {"amount": 0},
    "grayscale": {"amount": 0},
    "hue_shift": {"degrees": 0},
    "identity": {},
    "invert": {"intensity": 0},
    "ken_burns": {"from_zoom": 1, "to_zoom": 1},
    "loop": {"count": 1},
    "lut": {"amount": 0},
    "noise": {"amount": 0},
    "outline": {"amount": 0},
    "pitch": {"semitones": 0},
    "pixelate": {"size": 1},
    "reverb": {"mix": 0},
    "rgb_split": {"offset": 0},
    "ripple": {"amplitude": 0},
    "rotate": {"degrees": 720},
    "saturation": {"amount": 1},
    "scanlines": {"opacity": 0},
    "sepia": {"amount": 0},
    "shake": {"amplitude": 0, "degrees": 0},
    "sharpen": {"amount": 0},
    "speed_ramp": {"factor": 1},
    "strobe": {"rate_hz": 0},
    "swirl": {"strength": 0},
    "title": {"opacity": 0},
    "tile_grid": {"columns": 1, "rows": 1},
    "time_slice": {"spread_s": 0},
    "trails": {"decay": 0},
    "vignette": {"strength": 0},
    "wave": {"amplitude": 0},
    "watermark": {"opacity": 0},
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
    if spec.parsed is not None:
        return spec.parsed.schema["examples"][0]
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
