"""Move slowly over the picture, from one view to another.

A view is what ``zoom`` shows: enlarged by a factor, the point at (x W, y H) staying where it is, so that views never
reach outside of the picture. Over the whole clip the factor goes from *from_zoom* to *to_zoom*, by equal ratios in
equal times, and the point on a straight line; the first frame is the first view, the last frame the last. *easing*
``smooth`` starts and ends gently, t t (3 - 2 t). Fetched linearly between samples 1/256 apart, so that nothing
jitters. Opacity moves along. A still is one frame and shows the first view: make it a clip first, in a SEQUENCE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from artdag.codec.frame import Frame, Moment
from artdag.codec.remap import Places, bent, remapped
from artdag.effect import Effect
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    from_zoom: Annotated[float, Range(1, 20), "How many times enlarged at the beginning."] = 1.0
    to_zoom: Annotated[float, Range(1, 20), "How many times enlarged at the end."] = 1.3
    from_x: Annotated[float, Range(0, 1), "Where the view begins: 0 is the left side, 1 the right."] = 0.5
    from_y: Annotated[float, Range(0, 1), "Where the view begins: 0 is the top, 1 the bottom."] = 0.5
    to_x: Annotated[float, Range(0, 1), "Where the view ends: 0 is the left side, 1 the right."] = 0.5
    to_y: Annotated[float, Range(0, 1), "Where the view ends: 0 is the top, 1 the bottom."] = 0.5
    easing: Annotated[Literal["smooth", "linear"], "How it starts and ends: gently, or at full speed."] = "smooth"


def view(params: Params, moment: Moment) -> tuple[float, float, float]:
    """Return the factor, x and y of this moment."""
    t = moment.index / max(1, moment.frame_count - 1)
    if params.easing == "smooth":
        t = t * t * (3 - 2 * t)
    factor = params.from_zoom * (params.to_zoom / params.from_zoom) ** t
    return factor, params.from_x + t * (params.to_x - params.from_x), params.from_y + t * (params.to_y - params.from_y)


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    factor, at_x, at_y = view(params, moment)
    center_x, center_y = at_x * picture.width, at_y * picture.height

    def bend(x: Places, y: Places) -> tuple[Places, Places]:
        return center_x + (x - center_x) / factor, center_y + (y - center_y) / factor

    return remapped(picture, bent(picture.width, picture.height, picture.pixel_format, bend, edge="repeat"))


def same_as(params: Params) -> str | None:
    return "input" if params.from_zoom == params.to_zoom == 1 else None


EFFECT = Effect(name="ken_burns", group="geometry", params=Params, frame=frame, same_as=same_as)
