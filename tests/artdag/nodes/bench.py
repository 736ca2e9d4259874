"""One node at a time, over streams made of arithmetic: settled and built as planner and executor do it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np

from artdag.animation import live
from artdag.catalog import load_effects, load_node_types
from artdag.codec.frame import pixels, stamped
from artdag.codec.stream import Media, Samples, Video
from artdag.codec.timeline import copied
from artdag.effect import Effect, EffectCatalog
from artdag.media import Kind, Shape, VideoShape
from artdag.node_type import Building, NodeType
from artdag.params import settle
from tests.artdag.codec.synthetic import Pattern, Wave
from tests.artdag.effects.examples import DATA

SEED = 7


@dataclass(frozen=True, slots=True)
class Made:
    """What a node gave: streams and what was said about them beforehand."""

    media: Media
    shape: Shape
    same_as: int | None = None
    params: Mapping[str, Any] | None = None


@cache
def effects() -> EffectCatalog:
    return load_effects()


@cache
def node_types() -> dict[str, NodeType]:
    return load_node_types()


def made(
    name: str,
    config: Mapping[str, Any],
    *inputs: Made,
    also: Sequence[Made] = (),
    reports: Mapping[str, Mapping[str, Any]] | None = None,
) -> Made:
    """Return what the node type *name* makes of *inputs*.

    *also* are the assets that fill an effect's further inputs; *reports* is what ANALYZE nodes say, by the names that
    the settings are bound to.

    Raises:
        ParameterError: as the planner would see it.
    """
    node_type = node_types()[name]
    settings = settle(node_type.config, config, field="config", what=name)
    node_type.check(settings, effects())
    settled = node_type.settle(settings, tuple(item.shape for item in inputs), effects())
    if settled.same_as is not None:
        same = inputs[settled.same_as]
        return Made(same.media, same.shape, same_as=settled.same_as, params=settled.params)
    everything = (*inputs, *also)
    building = Building(
        params=live(settled.params, reports or {}),
        inputs=tuple(item.media for item in everything),
        shapes=tuple(item.shape for item in everything),
        shape=settled.shape,
        effect=settled.effect,
        seed=SEED,
        reports=reports or {},
    )
    return Made(node_type.build(building), settled.shape, params=settled.params)


def applied(effect: str, *inputs: Made, also: Sequence[Made] = (), **params: Any) -> Made:
    return made("EFFECT", {"effect": effect, "params": params}, *inputs, also=also)


def a_video(count: int = 10, *, sound: bool = True, **shape: Any) -> Made:
    video = Pattern(count, **shape)
    tone = Wave(video.shape.sample_count) if sound else None
    return Made(
        Media(video=video, sound=tone), Shape(kind=Kind.VIDEO, video=video.shape, sound=tone.shape if tone else None)
    )


def an_image(width: int = 64, height: int = 48, pixel_format: str = "rgb24") -> Made:
    video = Pattern(1, width=width, height=height, pixel_format=pixel_format, rate=Fraction(1))
    return Made(Media(video=video), Shape(kind=Kind.IMAGE, video=video.shape))


def a_sound(count: int = 48_000, samples: Samples | None = None) -> Made:
    tone = Wave(count, samples=samples)
    return Made(Media(sound=tone), Shape(kind=Kind.AUDIO, sound=tone.shape))


def a_text(text: bytes) -> Made:
    return Made(Media(data=lambda: text), Shape(kind=Kind.DATA))


def all_inputs(effect: Effect, item: Made) -> tuple[list[Made], list[Made]]:
    """Return *item* for each input that a recipe connects (for data: its text), and a clip for each of the others."""
    wired = [a_text(DATA[effect.name]) if Kind.DATA in one.kinds else item for one in effect.wired]
    return wired, [a_video(3, width=8, height=6)] * (len(effect.inputs) - len(wired))


def frames(video: Video, first: int = 0, stop: int | None = None) -> list[bytes]:
    """Return the pixels of a range of frames, each seen to be of the shape and at the time that was promised."""
    shape = video.shape
    stop = shape.frame_count if stop is None else stop
    found = []
    for index, frame in enumerate(video.frames(first, stop), start=first):
        assert (frame.width, frame.height, frame.format.name) == (shape.width, shape.height, shape.pixel_format)
        assert frame.pts == index
        assert frame.time_base == 1 / shape.frame_rate
        found.append(pixels(frame))
    assert len(found) == stop - first
    return found


def samples(media: Media, first: int = 0, stop: int | None = None) -> Samples:
    assert media.sound is not None
    stop = media.sound.shape.sample_count if stop is None else stop
    blocks = [np.zeros((2, 0), np.float32), *media.sound.samples(first, stop)]
    assert all(block.dtype == np.float32 for block in blocks)
    whole = np.concatenate(blocks, axis=1)
    assert whole.shape == (2, stop - first)
    return whole


class Kept(Video):
    """Frames that lie ready: what an earlier node gave, written down."""

    def __init__(self, video: Video) -> None:
        self.shape: VideoShape = video.shape
        self._frames = [copied(frame) for frame in video.frames(0, video.shape.frame_count)]

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        for index in range(first, stop):
            yield stamped(copied(self._frames[index]), index, self.shape.frame_rate)


def kept(item: Made) -> Made:
    """Return *item* rendered by itself: frames and samples lie ready, and no graph or generator is behind them."""
    video = Kept(item.media.video) if item.media.video is not None else None
    sound = None
    if item.media.sound is not None:
        whole = samples(item.media)
        sound = Wave(whole.shape[1], samples=whole)
    return Made(Media(video=video, sound=sound), item.shape)


def check_ranges(item: Made, cuts: Sequence[tuple[int, int]] | None = None) -> None:
    """See that any range of frames and samples is exactly that part of the whole."""
    if item.media.video is not None:
        assert item.media.video.shape == item.shape.video
        whole = frames(item.media.video)
        count = len(whole)
        for first, stop in cuts or [(0, 1), (count - 1, count), (count // 3, count), (count // 2, count // 2 + 1)]:
            if first < stop <= count:
                assert frames(item.media.video, first, stop) == whole[first:stop], (first, stop)
        assert frames(item.media.video, count // 2, count // 2) == []
    if item.media.sound is not None:
        assert item.media.sound.shape == item.shape.sound
        heard = samples(item.media)
        count = heard.shape[1]
        for first, stop in ((0, 1), (count - 1, count), (count // 3, count), (999, 2001), (count // 2, count // 2)):
            if 0 <= first <= stop <= count:
                assert np.array_equal(samples(item.media, first, stop), heard[:, first:stop]), (first, stop)
    if item.media.video is not None and item.media.sound is not None:
        assert item.media.sound.shape.sample_count == item.media.video.shape.sample_count
