"""Write a text over the picture.

Sizes and distances are in pixels of a picture of 720 lines and grow with the picture's shorter side, so that one title
looks the same in every size; an upright picture counts by its width. Lines are broken where they would be wider than
*width*, evenly. The block of lines lies at *position*, *margin* away from the sides of the *safe* area, and is then
moved by *x* and *y* of the picture's width and height; what stands out is not seen. The safe areas are those of EBU R
95: 5 % (title) or 3.5 % (action) of the width and of the height away from each side. It is seen while start <= t <
start + duration, where t is the time of the frame; over *fade_s* at both ends its opacity changes evenly, taken at the
middle of each frame. Behind the letters lie, from top to bottom, an outline, a soft black shadow and a box.

The typeface is DejaVu Sans: Latin, Greek, Cyrillic, Arabic, Hebrew, Armenian, Georgian and many signs. Letters are
joined, kerned and marked as it says, and a text that begins with Arabic or Hebrew is written from the right. A text is
refused where a character is in no typeface here; there may be further ones (docs/typefaces.md). A transparent picture
is opaque where there are letters. A still shows its first moment.

A text that lies still is drawn once, and then costs about 0.5 ms a frame (720p). One that moves, grows or turns opaque
behind is drawn for every frame: 3 to 10 ms for a line or two, 30 where it fills the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from artdag.codec.anchor import Position, Safe, aligned, anchored, scale_of
from artdag.codec.caption import Look, block, caption
from artdag.codec.composite import lay_sheet
from artdag.codec.frame import Frame, Moment
from artdag.codec.legible import check_title
from artdag.codec.timeline import copied
from artdag.codec.wrapping import wrapped
from artdag.effect import Effect
from artdag.params import Checked, Color, Constant, Range

_WHEN = Constant("decides when it is seen")
FINEST = 10**6
"""Times are taken as fractions with at most this denominator: 0.1 is a tenth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    text: Annotated[str, Range(1, 2000), Checked(check_title), "What is written; it may have several lines."] = "Title"
    size: Annotated[float, Range(4, 500, "px"), "Of the letters, in a picture of 720 lines."] = 64.0
    color: Annotated[Color, "Of the letters."] = Color("#ffffff")
    bold: Annotated[bool, "Whether the letters are bold."] = True
    position: Annotated[Position, "Where it lies; lines begin or end at that side."] = "center"
    x: Annotated[float, Range(-2, 2), "How far it is moved right, in widths of the picture."] = 0.0
    y: Annotated[float, Range(-2, 2), "How far it is moved down, in heights of the picture."] = 0.0
    safe: Annotated[Safe, "The area it stays in, for screens that cut sides off; none for the whole picture."] = "title"
    margin: Annotated[float, Range(0, 360, "px"), "How far it stays from the sides of that area."] = 0.0
    width: Annotated[float, Range(0.05, 1), "How wide lines may be, in widths of the picture."] = 0.9
    spacing: Annotated[float, Range(0.5, 4), "From one line to the next, in sizes of the letters."] = 1.2
    start: Annotated[float, Range(0, 86_400, "s"), _WHEN, "When it appears."] = 0.0
    duration: Annotated[float | None, Range(0, 86_400, "s"), _WHEN, "How long it is seen; not given: to the end."] = (
        None
    )
    fade_s: Annotated[float, Range(0, 60, "s"), _WHEN, "How long it takes to appear, and to go."] = 0.4
    opacity: Annotated[float, Range(0, 1), "Of it all; 0 is not seen."] = 1.0
    outline: Annotated[float, Range(0, 40, "px"), "How wide the edge around the letters is; 0 for none."] = 0.0
    outline_color: Annotated[Color, "Of that edge."] = Color("#000000")
    shadow: Annotated[float, Range(0, 100, "px"), "How far a soft shadow falls; 0 for none."] = 6.0
    box: Annotated[float, Range(0, 1), "How opaque a box behind the letters is; 0 for none."] = 0.0
    box_color: Annotated[Color, "Of the box."] = Color("#000000")


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = Frame.over(copied(picture.carrier), writable=True)
    opacity = params.opacity * presence(params, moment)
    if opacity == 0:
        return result
    size = (picture.width, picture.height)
    scale = scale_of(*size)
    look = Look(
        size=params.size * scale,
        bold=params.bold,
        color=params.color,
        spacing=params.spacing,
        align=aligned(params.position),
        outline=params.outline * scale,
        outline_color=params.outline_color,
        shadow=params.shadow * scale,
        box=params.box,
        box_color=params.box_color,
    )
    lines = wrapped(params.text, params.width * picture.width / look.size, bold=params.bold)
    left, top = anchored(params.position, size, block(lines, look), params.margin * scale, params.safe)
    at = (left + params.x * picture.width, top + params.y * picture.height)
    sheet = caption(lines, look, at, *size, picture.pixel_format)
    if sheet is not None:
        lay_sheet(result, sheet, opacity=opacity)
    return result


def presence(params: Params, moment: Moment) -> float:
    """Return how far it has appeared, 0..1, at a moment."""
    start = Fraction(params.start).limit_denominator(FINEST)
    last = moment.frame_count / moment.frame_rate
    end = last if params.duration is None else start + Fraction(params.duration).limit_denominator(FINEST)
    time = moment.index / moment.frame_rate
    if not start <= time < end:
        return 0.0
    if params.fade_s == 0:
        return 1.0
    middle = time + 1 / (2 * moment.frame_rate)
    return max(0.0, min(1.0, float(middle - start) / params.fade_s, float(end - middle) / params.fade_s))


EFFECT = Effect(name="title", group="text", params=Params, frame=frame, cost_class="light")
