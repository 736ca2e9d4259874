"""How a stored picture is to be shown: turned, mirrored, with square pixels."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import cast

from av.filter import Graph
from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame

from artdag.codec.graph import Filter

WIDEST_PIXEL = 8
"""Pixels up to so many times as wide as high (or as high as wide) are believed; beyond, the file is in error."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """The stored picture is mirrored left to right first, then turned by *rotation* degrees clockwise."""

    rotation: int = 0
    mirrored: bool = False

    @property
    def filters(self) -> tuple[Filter, ...]:
        """What brings the stored picture upright."""
        mirror = (Filter.of("hflip"),) if self.mirrored else ()
        turn = {
            0: (),
            90: (Filter.of("transpose", dir="clock"),),
            180: (Filter.of("hflip"), Filter.of("vflip")),
            270: (Filter.of("transpose", dir="cclock"),),
        }[self.rotation]
        return (*mirror, *turn)


def shown_size(width: int, height: int, pixel_aspect: Fraction | None, orientation: Orientation) -> tuple[int, int]:
    """Return (width, height) of the picture as shown; *pixel_aspect* is a stored pixel's width over its height.

    Lines are kept, they are what was sampled; the width follows.
    """
    if pixel_aspect and Fraction(1, WIDEST_PIXEL) <= pixel_aspect <= WIDEST_PIXEL:
        width = max(1, int(width * pixel_aspect + Fraction(1, 2)))
    return (height, width) if orientation.rotation in (90, 270) else (width, height)


_ORIENTATIONS = {
    (1, 0, 0, 1): Orientation(0),
    (0, 1, -1, 0): Orientation(90),
    (-1, 0, 0, -1): Orientation(180),
    (0, -1, 1, 0): Orientation(270),
    (-1, 0, 0, 1): Orientation(0, mirrored=True),
    (0, -1, -1, 0): Orientation(90, mirrored=True),
    (1, 0, 0, -1): Orientation(180, mirrored=True),
    (0, 1, 1, 0): Orientation(270, mirrored=True),
}
"""By the signs of a display matrix, which maps stored (x, y) to shown (a x + c y, b x + d y), y downwards."""


def orientation_of(frame: VideoFrame) -> Orientation:
    """Return how *frame* is turned. It is the same for all frames of a file. Turns that are no quarter are ignored."""
    for item in _side_data(frame):
        if item[0] is Type.DISPLAYMATRIX:
            a, b, _, c, d = struct.unpack("=5i", item[1][:20])
            little = max(map(abs, (a, b, c, d))) // 100  # what a quarter turn's cosine leaves when it was computed
            signs = tuple((value > little) - (value < -little) for value in (a, b, c, d))
            return _ORIENTATIONS.get((signs[0], signs[1], signs[2], signs[3]), Orientation())
    return Orientation()


_UNKNOWN = range(28, 49)
"""Numbers of kinds of side data that the media library may give and its Python names do not have yet, such as EXIF."""


def _side_data(frame: VideoFrame) -> list[tuple[Type, bytes]]:
    try:
        found = cast(SideDataContainer, frame.side_data)  # the library's stubs describe another, older thing
    except ValueError:  # one of an unknown kind hides all of them: take those away first
        found = cast(SideDataContainer, _without_unknown(frame).side_data)
    return [(item.type, bytes(item)) for item in (found[index] for index in range(len(found)))]


def _without_unknown(frame: VideoFrame) -> VideoFrame:
    graph = Graph()
    nodes = [
        graph.add(
            "buffer",
            video_size=f"{frame.width}x{frame.height}",
            pix_fmt=frame.format.name,
            time_base="1/1",
            pixel_aspect="1/1",
        )
    ]
    nodes += [graph.add("sidedata", mode="delete", type=str(kind)) for kind in _UNKNOWN]
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes)
    graph.configure()
    graph.vpush(frame)
    return graph.vpull()
