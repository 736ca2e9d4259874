"""A picture, clip or sound made from nothing.

- `color`: all `color` (black).
- `gradient`: evenly from `color` (black) to `color2` (white) in RGB; at `angle` 0 from left to right, at 90 downwards.
- `noise`: every pixel of every frame somewhere between `color` (black) and `color2` (white), as `seed` says.
- `test_pattern`: colour bars with a moving marker and the frame's number, to judge colours, sizes and sync by.
- `text`: `text` in the middle, in `color` (white) on `color2` (black), in letters of `size` pixels (an eighth of the
  height), or smaller where it would not fit; 5 % at each side stay free. A character that the typeface has not is
  drawn as an empty box.
- `tone`: a sine of `frequency` (440 Hz) at `level_db` (-18), faded over 5 ms at both ends.
- `silence`.

Pictures are `width` × `height` (1280 × 720): a still, or, where `duration` is given, a clip of `frame_rate` (25). Sound
lasts `duration` (5 s). A setting that the kind has no use for is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Any, Literal

from artdag.animation import Animation
from artdag.codec.bars import Bars
from artdag.codec.drawing import Painted, flat, gradient, specks
from artdag.codec.fontfile import pen
from artdag.codec.frame import Frame
from artdag.codec.legible import check_title
from artdag.codec.noise import random_bytes
from artdag.codec.oscillator import Sine
from artdag.codec.stream import Media, Video
from artdag.codec.timeline import Silence, held
from artdag.codec.typeset import SMALLEST, fitted, write
from artdag.effect import EffectCatalog
from artdag.errors import ParameterError, Problem
from artdag.media import SAMPLE_RATE, Kind, Shape, SoundShape, VideoShape, frame_at
from artdag.node_type import Building, NodeType, Settled, Slots
from artdag.params import Checked, Color, Constant, Parsed, Range, plain

MAX_SIDE, MAX_CLIP_HEIGHT = 8192, 4320
SOUND_S = 5.0
"""How long a sound lasts where nothing is said."""
MARGIN = 0.05
"""Of each side of a text, in widths and heights of the picture."""
STILL_RATE = Fraction(1)
_NTSC = (24, 30, 48, 60, 120)
"""Whole rates that broadcasting slows down by 1000/1001; people write them with two or three decimals."""

_NEAR = Fraction(6, 1000)
_RATE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,20})?(?:/[0-9]{1,9})?", re.ASCII)

_PICTURE = ("width", "height", "duration", "frame_rate")
USES = {
    "color": ("color", *_PICTURE),
    "gradient": ("color", "color2", "angle", *_PICTURE),
    "noise": ("color", "color2", "seed", *_PICTURE),
    "test_pattern": _PICTURE,
    "text": ("text", "size", "color", "color2", *_PICTURE),
    "tone": ("frequency", "level_db", "duration"),
    "silence": ("duration",),
}
SOUNDS = ("tone", "silence")


def _rate(raw: Any) -> Fraction:
    wanted = "'frame_rate' is from 1 to 240, such as 25, 29.97 or '30000/1001'"
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise ParameterError(wanted)
    # first looked at: a text such as 1e999999999 would take ages to become a number, and so would 10**5000 to be told
    text = str(raw) if not isinstance(raw, int) or 1 <= raw <= 240 else ""
    if not _RATE.fullmatch(text):
        raise ParameterError(wanted)
    try:
        exact = Fraction(text)
    except ZeroDivisionError as error:
        raise ParameterError(wanted) from error
    if not 1 <= exact <= 240:
        raise ParameterError(wanted)
    slowed = [Fraction(1000 * rate, 1001) for rate in _NTSC]
    return next((rate for rate in slowed if abs(exact - rate) < _NEAR), exact.limit_denominator(1001))


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    kind: Annotated[
        Literal["color", "gradient", "noise", "test_pattern", "text", "tone", "silence"], "What is generated."
    ]
    width: Annotated[
        int | None, Range(2, MAX_SIDE, "px"), Constant("decides the size"), "Of the picture; 1280 without."
    ] = None
    height: Annotated[
        int | None, Range(2, MAX_SIDE, "px"), Constant("decides the size"), "Of the picture; 720 without."
    ] = None
    duration: Annotated[
        float | None,
        Range(0.001, 86_400, "s"),
        Constant("decides the length"),
        "Of a clip or a sound. Without it pictures are stills, and sounds last 5 s.",
    ] = None
    frame_rate: Annotated[
        Fraction | None,
        Parsed(
            _rate,
            # an object is a param
            {
                "type": ["number", "string", "object", "null"],
                "minimum": 1,
                "maximum": 240,
                "pattern": f"^{_RATE.pattern}$",
            },
        ),
        "Frames per second of a clip, such as 25 or '30000/1001'; 25 without.",
    ] = None
    seed: Annotated[
        int | None, Range(0, 2**31 - 1), Constant("decides every pixel"), "For noise: another seed is another noise."
    ] = None
    color: Annotated[Color | None, "Of the picture, of one end of it, or of the letters."] = None
    color2: Annotated[Color | None, "Of the other end, or behind the letters."] = None
    angle: Annotated[float | None, Range(-3600, 3600, "°"), "Of a gradient, clockwise; 0 is to the right."] = None
    text: Annotated[str | None, Range(1, 2000), Checked(check_title), "What is written."] = None
    size: Annotated[
        int | None,
        Range(SMALLEST, 4000, "px"),
        Constant("decides where lines end"),
        "Of the letters; an eighth of the height without.",
    ] = None
    frequency: Annotated[
        float | None, Range(1, 20_000, "Hz"), Constant("decides the phase of every sample"), "Of a tone; 440 without."
    ] = None
    level_db: Annotated[float | None, Range(-96, 0, "dB"), "Of a tone's peaks below full scale; -18 without."] = None


_CHOICES = tuple(name for name in Config.__dataclass_fields__ if name != "kind")


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=0, maximum=0, gives=(_kind(config),))


def _kind(config: Config) -> Kind:
    if config.kind in SOUNDS:
        return Kind.AUDIO
    return Kind.IMAGE if config.duration is None else Kind.VIDEO


def check(config: Config, effects: EffectCatalog) -> None:
    problems: list[Problem] = []
    uses = USES[config.kind]
    for name in _CHOICES:
        if getattr(config, name) is not None and name not in uses:
            message = f"GENERATE {config.kind} has no use for {name!r}"
            problems.append(Problem(message=message, field=f"config.{name}", hint=f"it takes {', '.join(uses)}"))
    if config.kind not in SOUNDS and config.duration is None and config.frame_rate is not None:
        message = "GENERATE makes a still where no 'duration' is given, and that has no 'frame_rate'"
        problems.append(Problem(message=message, field="config.frame_rate"))
    if config.kind == "text" and not (config.text or "").strip():
        problems.append(Problem(message="GENERATE text needs a 'text'", field="config"))
    if _kind(config) is Kind.VIDEO and (config.height or 0) > MAX_CLIP_HEIGHT:
        message = f"a clip may be {MAX_SIDE}×{MAX_CLIP_HEIGHT} at most"
        problems.append(Problem(message=message, field="config.height"))
    if problems:
        raise ParameterError("; ".join(problem.message for problem in problems[:3]), problems=problems)


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    kind = _kind(config)
    if kind is Kind.AUDIO:
        duration_s = SOUND_S if config.duration is None else config.duration
        sound = SoundShape(sample_count=max(1, round(duration_s * SAMPLE_RATE)))
        params = {"kind": config.kind, "sample_count": sound.sample_count, **_work(config, None)}
        return Settled(params=params, shape=Shape(kind=kind, sound=sound))
    rate, count = STILL_RATE, 1
    if config.duration is not None:
        rate = config.frame_rate or Fraction(25)
        count = max(1, frame_at(config.duration, rate))
    video = VideoShape(
        width=config.width or 1280,
        height=config.height or 720,
        pixel_format="rgb24" if kind is Kind.IMAGE else "yuv420p",
        frame_rate=rate,
        frame_count=count,
    )
    params = {
        "kind": config.kind,
        "width": video.width,
        "height": video.height,
        "pixel_format": video.pixel_format,
        "frame_rate": str(rate),
        "frame_count": count,
        **_work(config, video),
    }
    return Settled(params=params, shape=Shape(kind=kind, video=video))


def _work(config: Config, video: VideoShape | None) -> dict[str, Any]:
    """Return the settings that the kind uses, written out."""
    defaults: dict[str, Any] = {
        "color": Color("#ffffff" if config.kind == "text" else "#000000"),
        "color2": Color("#000000" if config.kind == "text" else "#ffffff"),
        "angle": 0.0,
        "seed": 0,
        "text": None,
        "size": max(SMALLEST, video.height // 8) if video is not None else None,
        "frequency": 440.0,
        "level_db": -18.0,
    }
    used = [name for name in USES[config.kind] if name in defaults]
    chosen = {name: getattr(config, name) for name in used}
    work = {name: plain(defaults[name] if value is None else value) for name, value in chosen.items()}
    return work | ({"pen": pen()} if config.kind in ("text", "test_pattern") else {})


def build(building: Building) -> Media:
    params, shape = building.params, building.shape
    if shape.sound is not None:
        count = shape.sound.sample_count
        if params["kind"] == "silence":
            return Media(sound=Silence(count))
        return Media(sound=Sine(count, frequency_hz=params["frequency"], level_db=params["level_db"]))
    assert shape.video is not None
    return Media(video=_painted(params, shape.video))


def _painted(params: Any, shape: VideoShape) -> Video:
    size = (shape.width, shape.height, shape.pixel_format)
    kind = params["kind"]
    first, second = (Color(params.get(name, "#000000")) for name in ("color", "color2"))
    if kind == "test_pattern":
        return Painted(Bars(*size, shape.frame_rate, shape.frame_count).frame, shape)
    if kind == "noise":
        pixels = shape.width * shape.height

        def noise(index: int) -> Frame:
            shares = random_bytes(pixels, params["seed"], index).reshape(shape.height, shape.width)
            return specks(*size, (first, second), shares)

        return Painted(noise, shape)
    if kind == "gradient" and isinstance(params["angle"], Animation):
        angle: Animation = params["angle"]
        rate = shape.frame_rate
        return Painted(lambda index: gradient(*size, (first, second), angle.at(float(index / rate))), shape)
    if kind == "gradient":
        return _unmoved(lambda: gradient(*size, (first, second), params["angle"]), shape)
    if kind == "text":
        return _unmoved(lambda: _written(params, shape, first, second), shape)
    return _unmoved(lambda: flat(*size, first), shape)


def _unmoved(paint: Callable[[], Frame], shape: VideoShape) -> Video:
    """Return a picture that is painted once and shown in every frame."""
    once = Painted(lambda index: paint(), replace(shape, frame_count=1))
    return held(once, shape.frame_rate, shape.frame_count)


def _written(params: Any, shape: VideoShape, color: Color, behind: Color) -> Frame:
    frame = flat(shape.width, shape.height, shape.pixel_format, behind)
    room = (round(side * (1 - 2 * MARGIN)) for side in (shape.width, shape.height))
    size, lines = fitted(params["text"], *room, params["size"])
    write(frame, lines, size, color)
    return frame


NODE = NodeType(name="GENERATE", config=Config, slots=slots, settle=settle, build=build, check=check)
