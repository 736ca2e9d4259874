"""Blend two pictures or clips into one.

The first decides size, frame grid and length. The second is scaled to cover it, keeping its proportions, and what
stands out is cut off evenly; a shorter clip holds its last frame. Two stills give a still; a still and a clip give a
clip as long as the clip. The sound is that of the first that has any.

Without a `mode` it is `normal`: the second over the first, and at the default opacity of 0.5 the even mean of both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from artdag.animation import Animation
from artdag.codec.composite import Mode, layer_format
from artdag.codec.geometry import around, in_format
from artdag.codec.layered import Layer, Layered, Placement, clip_format
from artdag.codec.stream import Media
from artdag.codec.timeline import conformed, held, sound_of
from artdag.effect import PICTURES, EffectCatalog
from artdag.media import Kind, Shape, SoundShape, VideoShape
from artdag.node_type import Building, NodeType, Settled, Slots
from artdag.params import Range, plain
from artdag.params import settle as settle_params


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    mode: Annotated[Mode, "How the colours of both meet."] = "normal"
    opacity: Annotated[float, Range(0, 1), "How much of it is seen; at 0 the first alone."] = 0.5


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=2, maximum=2, kinds=(PICTURES,), gives=PICTURES)


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    shape = _shape(*inputs)
    return Settled(params=plain(config), shape=shape, same_as=0 if config.opacity == 0 and shape == inputs[0] else None)


def _shape(base: Shape, other: Shape) -> Shape:
    video = base.video
    assert video is not None
    assert other.video is not None
    if base.kind is Kind.IMAGE and other.kind is Kind.IMAGE:
        return base
    if base.kind is Kind.IMAGE:
        video = replace(
            video,
            pixel_format=clip_format(video.pixel_format),
            frame_rate=other.video.frame_rate,
            frame_count=other.video.frame_count,
        )
    has_sound = base.sound is not None or other.sound is not None
    sound = SoundShape(sample_count=video.sample_count) if has_sound else None
    return Shape(kind=Kind.VIDEO, video=video, sound=sound)


def build(building: Building) -> Media:
    config = settle_params(Config, building.params, what="BLEND")
    below, above = (media.video for media in building.inputs)
    assert below is not None
    assert above is not None
    target = building.shape.video
    assert target is not None
    base_is_still, still = (shape.kind is Kind.IMAGE for shape in building.shapes)
    base = in_format(below, target.pixel_format)
    if base_is_still and building.shape.kind is Kind.VIDEO:
        base = held(base, target.frame_rate, target.frame_count)
    above = in_format(above, layer_format(target.pixel_format, above.shape.pixel_format, config.mode))
    if not still:
        above = conformed(above, target.frame_rate, target.frame_count)
    covering = _covering(above.shape, target)

    def place(index: int) -> Placement:
        opacity = config.opacity
        if isinstance(opacity, Animation):
            opacity = opacity.at(float(index / target.frame_rate))
        return replace(covering, opacity=opacity)

    layer = Layer(
        video=above,
        first=0,
        stop=target.frame_count,
        place=place,
        mode=config.mode,
        still=still,
    )
    video = Layered(base, [layer])
    if building.shape.sound is None:
        return Media(video=video)
    sound = next(media.sound for media in building.inputs if media.sound is not None)
    return Media(video=video, sound=sound_of(sound, building.shape.sound.sample_count))


def _covering(own: VideoShape, target: VideoShape) -> Placement:
    width, height = target.width, target.height
    if (own.width, own.height) != (width, height):
        width, height = around(own.width, own.height, width, height)
    x, y = (width - target.width) // 4 * 2, (height - target.height) // 4 * 2
    return Placement(x=-x, y=-y, width=width, height=height, opacity=1)


NODE = NodeType(name="BLEND", config=Config, slots=slots, settle=settle, build=build)
