"""Apply one effect to one picture or one piece of sound, with nothing around it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artdag.codec.frame import HAS_ALPHA, IS_RGB, Frame, Moment, pixels, stamped
from artdag.codec.graph import GraphLine, pinned
from artdag.effect import Effect, Input, SoundMoment
from artdag.media import SAMPLE_RATE, Kind, VideoShape
from artdag.params import settle
from tests.artdag.effects.examples import DATA
from tests.artdag.nodes.bench import Made, a_sound, a_text, a_video, an_image, applied, frames, samples

RATE = Fraction(25)
FRAME_COUNT = 50


def shape_of(picture: Frame) -> VideoShape:
    return VideoShape(
        width=picture.width,
        height=picture.height,
        pixel_format=picture.pixel_format,
        frame_rate=RATE,
        frame_count=FRAME_COUNT,
    )


def settled(effect: Effect, params: Mapping[str, Any]) -> Any:
    return settle(effect.params, params, what=effect.name)


def apply(effect: Effect, *pictures: Frame, index: int = 0, step_seed: int = 1, **params: Any) -> Frame:
    """Return what *effect* makes of *pictures*, through its frame form, its native one or, unchanged, neither."""
    values = settled(effect, params)
    if effect.same_as is not None and (slot := effect.same_as(values)) is not None:
        return pictures[[item.slot for item in effect.inputs].index(slot)]
    if effect.frame is not None:
        moment = Moment(index=index, frame_rate=RATE, frame_count=FRAME_COUNT, seed=step_seed)
        texts = [DATA[effect.name]] if is_data(effect.wired[-1]) else []
        return effect.frame(*pictures, *texts, values, moment)
    if effect.native is not None:
        return apply_native(effect, pictures[0], values, index)
    return pictures[0]


def apply_native(effect: Effect, picture: Frame, values: Any, index: int = 0) -> Frame:
    assert effect.native is not None
    shape = shape_of(picture)
    target = effect.reshape(values, shape) if effect.reshape else shape
    line = GraphLine(shape, (*effect.native(values, shape), pinned(target.pixel_format)))
    (carrier,) = [*line.through(stamped(picture.carrier, index, RATE)), *line.rest()]
    return Frame.over(carrier)


def filled(width: int, height: int, pixel_format: str, *values: int) -> Frame:
    """Return a picture of one colour: *values* are those of the planes, or of the channels of a packed format."""
    picture = Frame.blank(width, height, pixel_format)
    if len(picture.planes) == 1 and picture.planes[0].ndim == 3:
        picture.planes[0][...] = values
    else:
        for plane, value in zip(picture.planes, values, strict=True):
            plane[...] = value
    return picture


def drawn(width: int, height: int, pixel_format: str, seed: int = 0) -> Frame:
    """Return a fixed picture with slopes, an edge and grain, within the range of its format, alpha included."""
    picture = Frame.blank(width, height, pixel_format)
    grain = np.random.default_rng(seed)
    for index, plane in enumerate(picture.planes):
        rows, columns = np.indices(plane.shape[:2])
        channels = plane.shape[2] if plane.ndim == 3 else 1
        for channel in range(channels):
            number = index + channel
            slope = (7 * columns * (number + 1) + 5 * rows + 40 * number) % 220
            edge = 60 * ((columns * 2 > plane.shape[1]) ^ (rows * 3 > plane.shape[0]))
            value = slope + edge + grain.integers(0, 9, plane.shape[:2])
            low, high = (0, 255) if pixel_format in IS_RGB or number == 3 else (16, 235 if number == 0 else 240)
            view = plane[..., channel] if plane.ndim == 3 else plane
            view[...] = np.clip(value, low, high)
    return picture


def alpha(picture: Frame) -> NDArray[np.uint8]:
    assert picture.pixel_format in HAS_ALPHA
    return picture.planes[0][..., 3] if picture.pixel_format == "rgba" else picture.planes[3]


def inputs_for(effect: Effect, width: int, height: int, pixel_format: str, /, **params: Any) -> list[Frame]:
    """Return one drawn picture per picture input, sized as the effect wants them."""
    count = sum(not is_data(item) for item in effect.inputs)
    pictures = [drawn(width, height, pixel_format, seed) for seed in range(count)]
    if effect.fit is not None:
        sizes = effect.fit(settled(effect, params), [shape_of(picture) for picture in pictures])
        pictures = [drawn(*size, pixel_format, seed) for seed, size in enumerate(sizes)]
    return pictures


def tone(duration_s: float, amplitude: float = 0.5, frequency_hz: float = 440.0) -> NDArray[np.float32]:
    time_s = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    wave = amplitude * np.sin(2 * np.pi * frequency_hz * time_s)
    return np.stack([wave, -0.5 * wave]).astype(np.float32)


def apply_sound(
    effect: Effect, samples: NDArray[np.float32], cuts: Sequence[int] = (), **params: Any
) -> NDArray[np.float32]:
    """Return what *effect* makes of *samples*, given to it in blocks that end at *cuts*."""
    assert effect.sound is not None
    count = samples.shape[1]
    bounds = [0, *cuts, count]
    values = settled(effect, params)
    blocks = [
        effect.sound(samples[:, first:stop], values, SoundMoment(first=first, sample_count=count))
        for first, stop in pairwise(bounds)
    ]
    return np.concatenate(blocks, axis=1)


def to_yuv(red: float, green: float, blue: float) -> tuple[int, int, int]:
    """Return the code values (BT.709, limited range) of a colour given in 0..255."""
    r, g, b = red / 255, green / 255, blue / 255
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return round(16 + 219 * luma), round(128 + 224 * (b - luma) / 1.8556), round(128 + 224 * (r - luma) / 1.5748)


def center(picture: Frame) -> tuple[int, ...]:
    """Return the values in the middle of each plane, or channel, as plain numbers."""
    if picture.planes[0].ndim == 3:
        return tuple(int(value) for value in picture.planes[0][picture.height // 2, picture.width // 2])
    return tuple(int(plane[plane.shape[0] // 2, plane.shape[1] // 2]) for plane in picture.planes)


def digest(picture: Frame) -> str:
    return hashlib.sha256(pixels(picture.carrier)).hexdigest()


def is_data(item: Input) -> bool:
    return item.kinds == (Kind.DATA,)


def streamed(effect: Effect, **params: Any) -> Made:
    """Return what *effect*, of the form ``streams``, makes of a second of small video or of sound."""
    first = effect.wired[0]
    inputs = [a_video(30, width=48, height=36) if Kind.VIDEO in first.kinds else a_sound(SAMPLE_RATE)]
    inputs += [a_text(DATA[effect.name]) if is_data(item) else an_image(48, 36) for item in effect.wired[1:]]
    return applied(effect.name, *inputs, **params)


def stream_digest(made: Made) -> str:
    """Return the digest of all frames, and of all samples to 15 bits: their last bit is the processor's."""
    found = hashlib.sha256()
    if made.media.video is not None:
        for picture in frames(made.media.video):
            found.update(picture)
    if made.media.sound is not None:
        found.update((samples(made.media) * 2**15).round().astype("<i2"))
    return found.hexdigest()
