"""Lay a mark, such as a logo, over the whole clip, in a corner or anywhere else.

The mark is scaled to *scale* of the picture's width (and no higher than the picture), keeps its aspect and its own
transparency, and lies at *position*, *margin* pixels of a picture of 720 lines away from the sides; the margin grows
with the picture's shorter side. Where the mark's opacity is a, times *opacity*, the result is picture + a (mark -
picture); in 4:2:0 a chroma sample has the mean opacity of its two by two pixels. A mark that moves is a clip, which
begins again when it is shorter. About 1 ms a frame (720p) where the mark lies still; one that is a clip, or changes its
size, is scaled for every frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from artdag.animation import value_at
from artdag.codec.anchor import Position, anchored, scale_of
from artdag.codec.composite import layer_format
from artdag.codec.geometry import in_format
from artdag.codec.layered import Layer, Layered, Placement
from artdag.codec.stream import Media
from artdag.codec.timeline import conformed
from artdag.effect import Effect, Input
from artdag.media import Shape, VideoShape
from artdag.params import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    position: Annotated[Position, "Where it lies."] = "bottom_right"
    opacity: Annotated[float, Range(0, 1), "0 is not seen, 1 as opaque as the mark itself."] = 0.8
    scale: Annotated[float, Range(0.005, 1), "How wide it is, in widths of the picture."] = 0.15
    margin: Annotated[float, Range(0, 360, "px"), "How far it stays from the sides, in a picture of 720 lines."] = 28.0


def streams(inputs: tuple[Media, ...], params: Params, shape: Shape) -> Media:
    base, mark = (media.video for media in inputs)
    assert base is not None
    assert mark is not None
    own, rate = base.shape, base.shape.frame_rate
    still = mark.shape.frame_count == 1
    if not still:
        mark = conformed(mark, rate, own.frame_count, beyond="loop")
    layer = Layer(
        video=in_format(mark, layer_format(own.pixel_format, mark.shape.pixel_format, "normal")),
        first=0,
        stop=own.frame_count,
        place=lambda index: place(value_at(params, float(index / rate)), own, mark.shape),
        still=still,
    )
    return replace(inputs[0], video=Layered(base, [layer]))


def place(params: Params, picture: VideoShape, mark: VideoShape) -> Placement:
    """Return where the mark lies in the picture."""
    ratio = min(params.scale * picture.width / mark.width, picture.height / mark.height)
    width, height = (max(1, round(side * ratio)) for side in (mark.width, mark.height))
    size = (picture.width, picture.height)
    x, y = anchored(params.position, size, (width, height), params.margin * scale_of(*size))
    return Placement(x=round(x), y=round(y), width=width, height=height, opacity=params.opacity)


EFFECT = Effect(name="watermark", group="text", params=Params, inputs=(Input("input"), Input("mark")), streams=streams)
