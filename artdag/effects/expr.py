"""Work the colours out by formulas of your own, of the place, the time and the pixel.

Such as r: sin(x/20 + t) * 0.5 + 0.5, bands of red that move.

Each of *r*, *g*, *b* and *a* (opacity) is a formula that gives 0 to 1; what it gives beyond is cut off, what is no
number counts as 0, and those that are not given leave their channel as it is. The pixel's own R'G'B' and opacity are r,
g, b and a, 0 to 1. A formula for *a* makes a picture with opacity.

Names: x and y (of the pixel, from 0 at the top left), w and h (size of the picture), t (seconds), i (number of the
frame), r, g, b, a, pi, rnd (a random number from 0 to 1, another one for every pixel and frame). Operators, from what
binds least: c ? a : b, ||, &&, == !=, < <= > >=, + -, * / %, - and ! before a value, ^ (power). Functions: sin, cos,
tan, atan2(y, x), sqrt, exp, log, abs, sign, floor, fract, length(x, y), min, max, clamp(v, low, high),
mix(a, b, share), step(edge, v), smoothstep(low, high, v), if(condition, then, else), and noise(x, y): smooth clouds
from 0 to 1 that bend from one unit to the next and begin again after 256.

A frame of 1280 × 720 takes 2 ms, 1 ms more for each channel that is read or changed, and for each operation on all of
its pixels 0.5 ms (a sine 2 ms, noise 15 ms); what depends on x or y alone costs next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from artdag.codec.arithmetic import Value, Values
from artdag.codec.frame import Frame, Moment, Plane
from artdag.codec.lookup import bands
from artdag.codec.noise import random_bytes
from artdag.effect import Effect
from artdag.expression import Formula, Program, parse_formula
from artdag.media import VideoShape
from artdag.params import Parsed, Range

CHANNELS = "rgba"
RED, GREEN, BLUE, OPACITY = (Formula(name) for name in CHANNELS)


def _formula(example: str) -> Parsed:
    return Parsed(parse_formula, {"type": ["string", "number"], "maxLength": 1000, "examples": [example]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    r: Annotated[Formula, _formula("r * smoothstep(0, 0.5, y / h)"), "The formula of red."] = RED
    g: Annotated[Formula, _formula("1 - g"), "The formula of green."] = GREEN
    b: Annotated[Formula, _formula("fract(x / 16) < 0.5 ? b : g"), "The formula of blue."] = BLUE
    a: Annotated[Formula, _formula("1 - (x / w) ^ 2"), "The formula of opacity."] = OPACITY
    seed: Annotated[int, Range(0, 2**31 - 1), "Of rnd and noise: another seed is another chance."] = 1


def reshape(params: Params, shape: VideoShape) -> VideoShape:
    return replace(shape, pixel_format=_shown(params, shape.pixel_format))


def _shown(params: Params, pixel_format: str) -> str:
    return pixel_format if params.a == "a" else "rgba"


@lru_cache(maxsize=16)
def _program(formulas: tuple[Formula, ...]) -> Program:
    return Program(formulas)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    source = picture.planes[0]
    result = Frame.blank(picture.width, picture.height, _shown(params, picture.pixel_format))
    target = result.planes[0]
    wanted = dict(zip(CHANNELS, (params.r, params.g, params.b, params.a), strict=True))
    changed = [number for number, name in enumerate(CHANNELS[: target.shape[2]]) if wanted[name] != name]
    program = _program(tuple(wanted[CHANNELS[number]] for number in changed))
    known: dict[str, Value] = {
        "w": float(picture.width),
        "h": float(picture.height),
        "t": moment.time_s,
        "i": float(moment.index),
        "pi": float(np.pi),
        "x": np.arange(picture.width, dtype=np.float32)[None],
    }
    chance = _chance(source.shape[:2], params.seed, moment.index) if "rnd" in program.names else None
    for rows in bands(picture.height):
        _copy(source[rows], target[rows])
        known["y"] = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        if chance is not None:
            known["rnd"] = chance[rows] * np.float32(1 / 65535)
        for number in [number for number, name in enumerate(CHANNELS) if name in program.names]:
            known[CHANNELS[number]] = _levels(source[rows], number)
        for number, value in zip(changed, program.run(known, params.seed), strict=True):
            target[rows, :, number] = _codes(value)
    return result


def _chance(shape: tuple[int, ...], seed: int, index: int) -> NDArray[np.uint16]:
    return random_bytes(2 * shape[0] * shape[1], seed, index).view("<u2").reshape(shape)


def _copy(source: Plane, target: Plane) -> None:
    channels = min(source.shape[2], target.shape[2])
    target[..., :channels] = source[..., :channels]
    target[..., channels:] = 255


def _levels(source: Plane, channel: int) -> Value:
    if channel >= source.shape[2]:
        return 1.0
    return np.multiply(source[..., channel], np.float32(1 / 255), dtype=np.float32)


def _codes(value: Value) -> Values:
    with np.errstate(invalid="ignore"):
        level = np.fmin(np.fmax(np.asarray(value, np.float32), np.float32(0)), np.float32(1))  # these skip what is nan
    return np.rint(level * np.float32(255))


EFFECT = Effect(
    name="expr", group="colour", params=Params, pixel_formats=("rgb24", "rgba"), frame=frame, reshape=reshape
)
