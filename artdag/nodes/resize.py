"""Bring a picture or clip to a size: fit inside a box, fill it, stretch to it, or fit and pad."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from artdag.codec.geometry import Mode, even, inside, resized, resized_shape
from artdag.codec.stream import Media
from artdag.effect import PICTURES, EffectCatalog
from artdag.errors import ParameterError
from artdag.media import Shape
from artdag.node_type import Building, NodeType, Settled, Slots, same_frames
from artdag.params import Color, Constant, Range

MAX_SIDE = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    width: Annotated[
        int | None,
        Range(2, MAX_SIDE, "px"),
        Constant("decides the size"),
        "Of the box; from the height and the aspect without.",
    ] = None
    height: Annotated[
        int | None,
        Range(2, MAX_SIDE, "px"),
        Constant("decides the size"),
        "Of the box; from the width and the aspect without.",
    ] = None
    mode: Annotated[Mode, "How the picture meets the box."] = "fit"
    background: Annotated[Color, "Beside the picture, for 'pad'."] = Color("#000000")


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=1, maximum=1, kinds=(PICTURES,))


def check(config: Config, effects: EffectCatalog) -> None:
    if config.width is None and config.height is None:
        raise ParameterError("RESIZE needs 'width', 'height' or both")


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    (shape,) = inputs
    assert shape.video is not None
    width, height = config.width, config.height
    if width is None or height is None:
        width, height = inside(shape.video.width, shape.video.height, width or 1 << 20, height or 1 << 20)
        if max(width, height) > MAX_SIDE:
            raise ParameterError(f"RESIZE would give {width}×{height}: no side may be longer than {MAX_SIDE} px")
    width, height = even(width), even(height)
    target = resized_shape(shape.video, width, height, config.mode)
    background = str(config.background) if config.mode == "pad" else "#000000"
    return Settled(
        params={"width": width, "height": height, "mode": config.mode, "background": background},
        shape=replace(shape, video=target),
        same_as=0 if (target.width, target.height) == (shape.video.width, shape.video.height) else None,
    )


def build(building: Building) -> Media:
    (media,), params = building.inputs, building.params
    assert media.video is not None
    video = resized(media.video, params["width"], params["height"], params["mode"], params["background"])
    return Media(video=video, sound=media.sound)


NODE = NodeType(name="RESIZE", config=Config, slots=slots, settle=settle, excerpt=same_frames, check=check, build=build)
