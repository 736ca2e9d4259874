"""Draw what tones the sound is made of, from 40 Hz to 16 kHz.

The result is a clip of *width* by *height* that lasts as long as the sound and carries it along; of an input that has a
picture only the sound counts, and one without sound is silent. Each octave is as wide as any other. What is measured
is the spectrum of 4096 samples (85 ms) under a Hann window around the middle of each frame: a sine of full scale at
1 kHz stands at 0 dB, tones above and below it are lifted by *tilt_db* for each octave up, and the mean power of both
channels counts. From *range_db* below full scale (nothing) to full scale (all) the picture grows evenly with dB, after
*gain_db*.

``bars`` shows the highest level within each of so many equal parts of the axis. A bar rises at once and falls by
*fall_db* a second: its height is the greatest of what it was over the time that it takes to fall through the whole
range, each lessened by the fall since then; so any frame can be worked out by itself. ``scroll`` shows the last
*window_s* seconds, now at the right side, tones from the lowest at the bottom, as a colour between *background* and
*color* up to half of the range, and *color2* at full scale; columns lie at fixed places of the sound. Without
*background* the picture is see-through where nothing is heard. About 4 ms a frame (720p), and
up to 10 where 1.5 s of sound scroll by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from artdag.animation import value_at
from artdag.codec.chroma import halved, yuv_of
from artdag.codec.frame import Frame, Plane
from artdag.codec.lookup import looked_up
from artdag.codec.sound_picture import (
    MOST_HIGH,
    MOST_WIDE,
    Brush,
    Drawn,
    Marching,
    Painter,
    Passing,
    heard,
    picture_shape,
    spans,
    stadium,
)
from artdag.codec.stream import Media, Samples
from artdag.codec.timeline import sound_of
from artdag.effect import SOUNDS, Effect, Input
from artdag.media import SAMPLE_RATE, Kind, Shape, VideoShape
from artdag.params import Color, Constant, Range

Levels = NDArray[np.float32]
WINDOW = 4096
LOWEST_HZ, HIGHEST_HZ = 40.0, 16_000.0
REFERENCE_HZ = 1000.0
_SILENT_DB = -200.0
_SIZE, _LENGTH = Constant("decides the size"), Constant("decides the length")
_PLACES = Constant("decides which samples belong together")
_MEMORY = Constant("decides how far back it is heard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    width: Annotated[int, Range(16, MOST_WIDE, "px"), _SIZE, "Of the picture."] = 1280
    height: Annotated[int, Range(16, MOST_HIGH, "px"), _SIZE, "Of the picture."] = 720
    frame_rate: Annotated[float, Range(1, 120, "Hz"), _LENGTH, "Frames a second; 29.97 is 30000/1001."] = 25.0
    style: Annotated[Literal["bars", "scroll"], "How it is drawn."] = "bars"
    color: Annotated[Color, "Of the bars at their foot; of what is half as loud as can be."] = Color("#4589ff")
    color2: Annotated[Color | None, "Of what is loudest; not given: one colour."] = Color("#ff7eb6")
    background: Annotated[Color | None, "Where nothing is heard; not given: see-through."] = Color("#0d1017")
    bars: Annotated[int, Range(4, 400), _PLACES, "How many bars there are."] = 56
    range_db: Annotated[float, Range(10, 140, "dB"), _MEMORY, "What is so much below full scale is not seen."] = 66.0
    fall_db: Annotated[float, Range(10, 2000, "dB/s"), _MEMORY, "How fast bars fall."] = 80.0
    gain_db: Annotated[float, Range(-40, 40, "dB"), "How much louder it counts."] = 6.0
    tilt_db: Annotated[float, Range(-6, 12, "dB"), "How much an octave is lifted over the one below."] = 3.0
    window_s: Annotated[float, Range(0.5, 60, "s"), _PLACES, "How much time is seen of what scrolls."] = 6.0


def gives(params: Params, shapes: tuple[Shape, ...]) -> Shape:
    see_through = params.background is None
    return picture_shape(shapes[0], params.width, params.height, params.frame_rate, see_through=see_through)


def streams(inputs: tuple[Media, ...], params: Params, shape: Shape) -> Media:
    assert shape.video is not None
    sound = sound_of(heard(inputs[0]), shape.video.sample_count)
    paint = painter_of_bars if params.style == "bars" else painter_of_scroll
    return Media(video=Drawn(sound, partial(paint, params, shape.video), shape.video), sound=sound)


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Parts of the axis of tones, and how their levels come out of the bins of a spectrum."""

    before: NDArray[np.int64]
    share: Levels
    """Of the places that are looked at, in order: the bin before each, and how far it lies towards the next."""
    order: NDArray[np.int64]
    """Which of the places are borders."""
    octaves: Levels
    """Of the middle of each part above the reference."""

    def levels(self, decibels: Levels) -> Levels:
        """Return the highest level within each part; between bins straight lines."""
        values = decibels[self.before] * (1 - self.share) + decibels[self.before + 1] * self.share
        highest = np.maximum.reduceat(values, self.order)[:-1]
        return np.asarray(np.maximum(highest, values[self.order[1:]]))


@lru_cache(maxsize=8)
def bands_of(count: int) -> Bands:
    """Return *count* parts, each with the same ratio between its ends."""
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, count + 1) * WINDOW / SAMPLE_RATE
    bins = np.arange(math.ceil(edges[0]), math.floor(edges[-1]) + 1)
    places = np.concatenate([edges, bins])
    sorting = np.argsort(places, kind="stable")
    places = places[sorting]
    before = np.floor(places).astype(np.int64)
    middle = np.sqrt(edges[:-1] * edges[1:]) * SAMPLE_RATE / WINDOW
    return Bands(
        before=before,
        share=(places - before).astype(np.float32),
        order=np.flatnonzero(sorting <= count),
        octaves=(np.rint(np.log2(middle / REFERENCE_HZ) * 4096) / 4096).astype(np.float32),
    )


@lru_cache(maxsize=1)
def window() -> NDArray[np.float64]:
    """Return the Hann window, such that a sine of amplitude 1 has 1 in its bin."""
    bell = np.hanning(WINDOW + 1)[:-1]
    return np.asarray(bell / (bell.sum() / 2))


def decibels(samples: Samples) -> Levels:
    """Return the level of each bin of 4096 samples of two channels, dB below a sine of full scale in both."""
    bins = np.fft.rfft(samples * window(), axis=1)
    power = (np.square(bins.real) + np.square(bins.imag)).sum(axis=0) / 2
    exact = 10 * np.log10(np.maximum(power, 10 ** (_SILENT_DB / 10)))
    # in steps of 1/64 dB: the last bits of a logarithm are the processor's
    return np.asarray(np.rint(exact * 64) / 64, np.float32)


def around(sound: Passing, sample: int) -> Levels:
    """Return the level of each bin around a sample."""
    return decibels(sound.between(sample - WINDOW // 2, sample + WINDOW // 2))


def painter_of_bars(params: Params, shape: VideoShape, sound: Passing) -> Painter:
    rate = shape.frame_rate
    parts = bands_of(params.bars)
    falls = params.fall_db / float(rate)
    memory = math.ceil(params.range_db / falls)
    drop = (np.arange(memory, -1, -1) * falls).astype(np.float32)[:, None]
    brush = Brush(shape, params.color, params.color2, params.background, np.linspace(1, 0, shape.height))

    def measured(first: int, stop: int) -> Levels:
        samples = (int((2 * index + 1) * SAMPLE_RATE / (2 * rate)) for index in range(first, stop))
        return np.stack([parts.levels(around(sound, sample)) for sample in samples])

    frames = Marching(measured)
    centers = (np.arange(params.bars) + 0.5) * shape.width / params.bars

    def paint(index: int) -> Frame:
        settings = value_at(params, float(index / rate))
        lately = frames.between(index - memory, index + 1)
        highest = (lately - drop).max(axis=0)
        reach = heights(settings, highest, parts) * np.float64(shape.height)
        before, _, cover = stadium(centers, (reach, reach), shape.width / params.bars, shape.width)
        foot = np.full(shape.width, shape.height, np.float32)
        return brush(spans(foot - before, foot, cover, shape.height))

    return paint


def heights(settings: Params, levels: Levels, parts: Bands) -> Levels:
    """Return how far levels stand above nothing, 0..1."""
    lifted = levels + np.float32(settings.gain_db) + parts.octaves * np.float32(settings.tilt_db)
    return np.clip(1 + lifted / np.float32(settings.range_db), 0, 1)


def painter_of_scroll(params: Params, shape: VideoShape, sound: Passing) -> Painter:
    rate = shape.frame_rate
    parts = bands_of(shape.height)
    step = params.window_s * SAMPLE_RATE / shape.width

    def measured(first: int, stop: int) -> Levels:
        return np.stack([parts.levels(around(sound, int((column + 0.5) * step))) for column in range(first, stop)])

    columns = Marching(measured)
    tables = palette(params)

    def paint(index: int) -> Frame:
        settings = value_at(params, float(index / rate))
        stop = round(float((2 * index + 1) * SAMPLE_RATE / (2 * rate)) / step)
        share = heights(settings, columns.between(stop - shape.width, stop), parts)
        return mapped(np.rint(share.T[::-1] * 255).astype(np.uint8), tables, shape)

    return paint


def palette(params: Params) -> tuple[Plane, Plane, Plane]:
    """Return loudness, 0..255 -> Y, U and V."""
    quiet = params.background if params.background is not None else params.color
    stops = [quiet, params.color, params.color2 if params.color2 is not None else params.color]
    colors = np.array([one.rgb for one in stops]) / 255
    loud = np.arange(256) / 255
    rgb = np.stack([np.interp(loud, [0, 0.5, 1], colors[:, channel]) for channel in range(3)], axis=-1)
    y, u, v = np.rint(yuv_of(rgb)).astype(np.uint8).T
    return y, u, v


def mapped(loud: Plane, tables: tuple[Plane, Plane, Plane], shape: VideoShape) -> Frame:
    frame = Frame.blank(shape.width, shape.height, shape.pixel_format)
    thin = halved(loud)
    for number, (table, out) in enumerate(zip(tables, frame.planes, strict=False)):
        looked_up(table, thin if number else loud, out)
    if len(frame.planes) == 4:
        opaque = np.minimum(2 * np.arange(256), 255).astype(np.uint8)
        looked_up(opaque, loud, frame.planes[3])
    return frame


EFFECT = Effect(
    name="spectrum",
    group="text",
    params=Params,
    inputs=(Input("input", SOUNDS),),
    streams=streams,
    gives=gives,
    result=Kind.VIDEO,
)
