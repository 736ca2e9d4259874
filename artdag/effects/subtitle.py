"""Write subtitles from a SubRip or WebVTT file over the picture, each in its time.

A cue is seen while start <= t - delay < end, where t is the time of the frame. Its lines stand in the middle, *margin*
away from the bottom (or the top) of the *safe* area (see ``title``); lines that would be wider than *width* are broken
evenly. Cues that overlap in time are stacked: each takes the place nearest to that side that is free when it begins,
and keeps it; more than 20 at once, and what finds no room in the picture, are not seen. Sizes are in pixels of a
picture of 720 lines and grow with the picture's shorter side.

Tags (those of HTML and WebVTT, and braces that begin with a backslash) are dropped, ``&amp;`` and the like become what
they stand for, and the places that WebVTT may ask for are not looked at. The typeface and its limits are those of
``title``. About 0.6 ms a frame (720p).
"""

from __future__ import annotations

import bisect
import html
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Literal

from artdag.codec.anchor import Safe, anchored, scale_of
from artdag.codec.caption import Look, block, caption
from artdag.codec.companions import parse_subtitles
from artdag.codec.composite import lay_sheet
from artdag.codec.frame import Frame, Moment
from artdag.codec.legible import why_illegible
from artdag.codec.timeline import copied
from artdag.codec.wrapping import height_of, wrapped
from artdag.effect import Effect, Input
from artdag.errors import BrokenMediaError
from artdag.media import Kind
from artdag.params import Color, Constant, Range

AT_ONCE = 20
GAP = 0.3
"""Between two cues, in sizes: what the boxes of both reach beyond them."""
SPACING = 1.2
FINEST = 10**6

_LINES = Constant("decides where lines end")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<(?:\d+:)?\d\d:\d\d\.\d{3}>|\{\\[^{}]*\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    size: Annotated[float, Range(4, 500, "px"), _LINES, "Of the letters, in a picture of 720 lines."] = 44.0
    color: Annotated[Color, "Of the letters."] = Color("#ffffff")
    bold: Annotated[bool, "Whether the letters are bold."] = False
    position: Annotated[Literal["bottom", "top"], "At which side they stand."] = "bottom"
    safe: Annotated[Safe, "The area they stay in, for screens that cut sides off; none for the whole picture."] = (
        "title"
    )
    margin: Annotated[float, Range(0, 360, "px"), "How far they stay from that side of that area."] = 4.0
    width: Annotated[float, Range(0.05, 1), _LINES, "How wide lines may be, in widths of the picture."] = 0.85
    outline: Annotated[float, Range(0, 40, "px"), "How wide the edge around the letters is; 0 for none."] = 3.0
    outline_color: Annotated[Color, "Of that edge."] = Color("#000000")
    box: Annotated[float, Range(0, 1), "How opaque a box behind the letters is; 0 for none."] = 0.0
    box_color: Annotated[Color, "Of the box."] = Color("#000000")
    delay_s: Annotated[float, Range(-86_400, 86_400, "s"), "How much later than written they are seen."] = 0.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A cue that is seen."""

    text: str
    offset: float
    """How far from the margin it stands, in sizes."""


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """What is seen from each of *times_ms* on until the next."""

    times_ms: tuple[int, ...]
    states: tuple[tuple[Placed, ...], ...]

    def at(self, time_ms: Fraction) -> tuple[Placed, ...]:
        found = bisect.bisect_right(self.times_ms, time_ms)
        return self.states[found - 1] if found else ()


def frame(picture: Frame, text: bytes, params: Params, moment: Moment) -> Frame:
    result = Frame.over(copied(picture.carrier), writable=True)
    width, height = picture.width, picture.height
    scale = scale_of(width, height)
    size = params.size * scale
    schedule = scheduled(text, params.width * width / size, height / size, params.bold)
    delay = Fraction(params.delay_s).limit_denominator(FINEST)
    look = Look(
        size=size,
        bold=params.bold,
        color=params.color,
        spacing=SPACING,
        outline=params.outline * scale,
        outline_color=params.outline_color,
        box=params.box,
        box_color=params.box_color,
    )
    for cue in schedule.at((moment.index / moment.frame_rate - delay) * 1000):
        lines = wrapped(cue.text, params.width * width / size, bold=params.bold)
        away = params.margin * scale + cue.offset * size
        at = anchored(params.position, (width, height), block(lines, look), away, params.safe)
        sheet = caption(lines, look, at, width, height, picture.pixel_format)
        if sheet is not None:
            lay_sheet(result, sheet)
    return result


def plain_text(cue: str) -> str:
    """Return what is to be read of a cue: without tags, and with &lt; and the like as what they stand for."""
    return html.unescape(_TAG.sub("", cue)).strip()


@lru_cache(maxsize=4)
def scheduled(text: bytes, width: float, room: float, bold: bool) -> Schedule:
    """Return when what is seen of a file, and where.

    Args:
        text: of the file.
        width: of a line at most, in sizes of the letters.
        room: that stacked cues may take, in sizes.
        bold: whether the letters are.

    Raises:
        BrokenMediaError: when *text* is neither SubRip nor WebVTT, or cannot be written with the typefaces here.
    """
    cues = sorted(parse_subtitles(text), key=lambda cue: cue.start_s)
    why = why_illegible("".join(plain_text(cue.text) for cue in cues))
    if why is not None:
        raise BrokenMediaError(why)
    changes: list[tuple[int, int, Placed]] = []
    standing: list[_Standing] = []
    for number, cue in enumerate(cues):
        start_ms, end_ms = round(cue.start_s * 1000), round(cue.end_s * 1000)
        read = plain_text(cue.text)
        standing = [other for other in standing if other.end_ms > start_ms]
        if not read or end_ms <= start_ms or len(standing) >= AT_ONCE:
            continue
        own = _Standing(end_ms, read, width, bold)
        if not own.find_place(standing, room):
            continue
        standing.append(own)
        placed = Placed(read, own.offset)
        changes += [(start_ms, number, placed), (end_ms, number, placed)]
    changes.sort(key=lambda change: change[0])
    times: list[int] = []
    states: list[tuple[Placed, ...]] = []
    seen: dict[int, Placed] = {}
    for time_ms, number, placed in changes:
        if seen.pop(number, None) is None:
            seen[number] = placed
        if not times or times[-1] != time_ms:
            times.append(time_ms)
            states.append(())
        states[-1] = tuple(seen.values())
    return Schedule(tuple(times), tuple(states))


class _Standing:
    """A cue that others have to make room for; how high it is, is found out when there is another."""

    def __init__(self, end_ms: int, text: str, width: float, bold: bool) -> None:
        self.end_ms = end_ms
        self.offset = 0.0
        self._text, self._width, self._bold = text, width, bold
        self._height: float | None = None

    @property
    def height(self) -> float:
        if self._height is None:
            lines = len(wrapped(self._text, self._width, bold=self._bold))
            self._height = height_of(lines, SPACING, bold=self._bold) + GAP
        return self._height

    def find_place(self, others: list[_Standing], room: float) -> bool:
        """Take the lowest free place; say whether there is one."""
        if not others:
            return True
        taken = sorted((other.offset, other.offset + other.height) for other in others)
        for bottom, top in taken:
            if self.offset + self.height <= bottom:
                break
            self.offset = max(self.offset, top)
        return self.offset + self.height <= room


EFFECT = Effect(
    name="subtitle",
    group="text",
    params=Params,
    inputs=(Input("input"), Input("subtitles", (Kind.DATA,))),
    frame=frame,
    cost_class="light",
)
