"""Write the timecode of each frame over the picture: hours, minutes, seconds and frames.

Frames are counted from *start* on, so many to the second as the frame rate is, to the nearest whole number; at 24 hours
it begins again. At 29.97 and 59.94 frames a second, with *drop_frame*, the first two (four) numbers of every minute are
left out, but for every tenth minute, as SMPTE ST 12-1 has it: so it stays with the clock. A semicolon before the frames
tells of it. Sizes are in pixels of a picture of 720 lines and grow with the picture's shorter side. All digits are
equally wide, so nothing moves but what changes. About 1 ms a frame (720p).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from artdag.codec.anchor import Position, anchored, scale_of
from artdag.codec.caption import Look, block, caption
from artdag.codec.composite import lay_sheet
from artdag.codec.frame import Frame, Moment
from artdag.codec.timeline import copied
from artdag.effect import Effect
from artdag.errors import ParameterError
from artdag.media import VideoShape
from artdag.params import Color, Parsed, Range, Ungiven

DROPPED = {Fraction(30_000, 1001): 2, Fraction(60_000, 1001): 4}
"""Frame rate -> numbers left out in a minute."""
_CODE = re.compile(r"(\d{2}):([0-5]\d):([0-5]\d)[:;](\d{2,3})", re.ASCII)


def _code(raw: Any) -> str:
    if isinstance(raw, Ungiven):
        return "00:00:00:00"
    found = _CODE.fullmatch(raw) if isinstance(raw, str) else None
    if found is None or int(found[1]) > 23:
        raise ParameterError("'start' is a timecode such as '01:00:00:00': hours to 23, minutes, seconds, frames")
    return found[0].replace(";", ":")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    start: Annotated[
        str,
        Parsed(_code, {"type": "string", "examples": ["01:00:00:00"]}),
        "The timecode of the first frame.",
    ] = "00:00:00:00"
    drop_frame: Annotated[bool, "At 29.97 and 59.94: leave numbers out, to stay with the clock."] = True
    size: Annotated[float, Range(4, 500, "px"), "Of the digits, in a picture of 720 lines."] = 36.0
    color: Annotated[Color, "Of the digits."] = Color("#ffffff")
    bold: Annotated[bool, "Whether the digits are bold."] = True
    position: Annotated[Position, "Where it lies."] = "bottom"
    margin: Annotated[float, Range(0, 360, "px"), "How far it stays from the sides."] = 40.0
    outline: Annotated[float, Range(0, 40, "px"), "How wide the edge around the digits is; 0 for none."] = 0.0
    outline_color: Annotated[Color, "Of that edge."] = Color("#000000")
    box: Annotated[float, Range(0, 1), "How opaque the box behind the digits is; 0 for none."] = 0.6
    box_color: Annotated[Color, "Of the box."] = Color("#000000")


def reshape(params: Params, shape: VideoShape) -> VideoShape:
    """Return *shape*. Raises ParameterError where there is no such timecode as *start* at its rate."""
    _first(params, shape.frame_rate)
    return shape


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = Frame.over(copied(picture.carrier), writable=True)
    size = (picture.width, picture.height)
    scale = scale_of(*size)
    look = Look(
        size=params.size * scale,
        bold=params.bold,
        color=params.color,
        outline=params.outline * scale,
        outline_color=params.outline_color,
        box=params.box,
        box_color=params.box_color,
    )
    lines = (timecode(params, moment),)
    at = anchored(params.position, size, block(lines, look), params.margin * scale)
    sheet = caption(lines, look, at, *size, picture.pixel_format)
    if sheet is not None:
        lay_sheet(result, sheet)
    return result


def timecode(params: Params, moment: Moment) -> str:
    rate = moment.frame_rate
    return spelt(_first(params, rate) + moment.index, rate, _dropped(params, rate))


def _dropped(params: Params, rate: Fraction) -> int:
    return DROPPED.get(rate, 0) if params.drop_frame else 0


def per_second(rate: Fraction) -> int:
    """Return how many frames the timecode counts in a second."""
    return max(1, int(rate + Fraction(1, 2)))


def _first(params: Params, rate: Fraction) -> int:
    found = _CODE.fullmatch(params.start)
    assert found is not None
    hours, minutes, seconds, frames = map(int, found.groups())
    second, dropped = per_second(rate), _dropped(params, rate)
    if frames >= second:
        raise ParameterError(f"'start' is {params.start}, and at {float(rate):g} frames a second there is no {frames}")
    if dropped and minutes % 10 and seconds == 0 and frames < dropped:
        raise ParameterError(f"'start' is {params.start}, which drop-frame timecode leaves out")
    minutes += 60 * hours
    return (60 * minutes + seconds) * second + frames - dropped * (minutes - minutes // 10)


def spelt(count: int, rate: Fraction, dropped: int) -> str:
    """Return the timecode of frame *count* from 00:00:00:00 on, *dropped* numbers being left out in a minute."""
    second = per_second(rate)
    if dropped:
        minute = 60 * second - dropped
        tens, rest = divmod(count, 10 * minute + dropped)
        # the first of ten minutes is whole: it lasts *dropped* frames longer
        count += dropped * (9 * tens + max(0, (rest - dropped) // minute))
    whole, frames = divmod(count, second)
    minutes, seconds = divmod(whole, 60)
    hours = minutes // 60 % 24
    digits = 3 if second > 100 else 2
    return f"{hours:02}:{minutes % 60:02}:{seconds:02}{';' if dropped else ':'}{frames:0{digits}}"


EFFECT = Effect(name="timecode", group="text", params=Params, frame=frame, reshape=reshape)
