"""Draw the sound as a wave that runs through the picture.

The result is a clip of *width* by *height* that lasts as long as the sound and carries it along; of an input that has a
picture only the sound counts, and one without sound is silent. A frame shows the *window_s* seconds around its middle,
earlier ones to the left, silence beyond both ends of the sound; full scale reaches *gain_db* above half of the height.

``line`` draws the samples, joined by straight lines, *thickness* pixels wide: where several fall into a column, from
the least to the greatest of them. Both channels lie over each other, or with *split* the left one above the right. The
columns lie at fixed places of the sound, so that nothing flickers while it moves. ``bars`` draws the mean of the
highest peak and of the root mean square (times the root of 2, so that a sine has the same) of so many parts of the
window as rounded bars, which move as smoothly as frames allow; the louder channel counts. Colours go from *color* at
silence to *color2* at full scale, where that is given. Without *background* the picture is see-through around the wave,
to be laid over another one; a profile with alpha keeps that in a file. About 4 ms a frame (720p).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from artdag.animation import value_at
from artdag.codec.anchor import scale_of
from artdag.codec.frame import Plane
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
from artdag.codec.stream import Media
from artdag.codec.timeline import sound_of
from artdag.effect import SOUNDS, Effect, Input
from artdag.media import SAMPLE_RATE, Kind, Shape, VideoShape
from artdag.params import Color, Constant, Range

Columns = NDArray[np.float32]
_SIZE, _LENGTH = Constant("decides the size"), Constant("decides the length")
_PLACES = Constant("decides which samples belong together")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    width: Annotated[int, Range(16, MOST_WIDE, "px"), _SIZE, "Of the picture."] = 1280
    height: Annotated[int, Range(16, MOST_HIGH, "px"), _SIZE, "Of the picture."] = 720
    frame_rate: Annotated[float, Range(1, 120, "Hz"), _LENGTH, "Frames a second; 29.97 is 30000/1001."] = 25.0
    style: Annotated[Literal["bars", "line"], "How it is drawn."] = "bars"
    color: Annotated[Color, "Of the wave."] = Color("#3ddbd9")
    color2: Annotated[Color | None, "Of the wave at full scale; not given: one colour."] = Color("#a56eff")
    background: Annotated[Color | None, "Behind the wave; not given: see-through."] = Color("#0d1017")
    window_s: Annotated[float, Range(0.002, 60, "s"), _PLACES, "How much of the sound is seen at once."] = 3.0
    bars: Annotated[int, Range(4, 400), _PLACES, "How many bars are seen at once."] = 72
    thickness: Annotated[float, Range(0.5, 100, "px"), "Of the line, in a picture of 720 lines."] = 3.0
    gain_db: Annotated[float, Range(-40, 40, "dB"), "How much higher it is drawn."] = 0.0
    split: Annotated[bool, "Whether the left channel stands above the right one."] = False


def gives(params: Params, shapes: tuple[Shape, ...]) -> Shape:
    see_through = params.background is None
    return picture_shape(shapes[0], params.width, params.height, params.frame_rate, see_through=see_through)


def streams(inputs: tuple[Media, ...], params: Params, shape: Shape) -> Media:
    assert shape.video is not None
    sound = sound_of(heard(inputs[0]), shape.video.sample_count)
    return Media(video=Drawn(sound, partial(painter, params, shape.video), shape.video), sound=sound)


def painter(params: Params, shape: VideoShape, sound: Passing) -> Painter:
    halves = 2 if params.split else 1
    ramp = np.abs((np.arange(shape.height) + 0.5) / shape.height * 2 * halves % 2 - 1)
    brush = Brush(shape, params.color, params.color2, params.background, ramp)
    draw = (Bars if params.style == "bars" else Line)(params, shape, sound)
    return lambda index: brush(draw(index))


class Wave:
    """Coverage by the wave, frame by frame."""

    def __init__(self, params: Params, shape: VideoShape, sound: Passing) -> None:
        self._params, self._shape, self._sound = params, shape, sound
        self._window = params.window_s * SAMPLE_RATE

    def __call__(self, index: int) -> Plane:
        shape = self._shape
        params = value_at(self._params, float(index / shape.frame_rate))
        gain = 10 ** (params.gain_db / 20)
        middle = float((2 * index + 1) * SAMPLE_RATE / (2 * shape.frame_rate))
        if not params.split:
            return self.drawn(params, middle, gain, shape.height, (0, 1))
        above = shape.height // 2
        return np.concatenate(
            [
                self.drawn(params, middle, gain, height, (channel,))
                for channel, height in enumerate((above, shape.height - above))
            ]
        )

    def drawn(self, params: Params, middle: float, gain: float, height: int, channels: tuple[int, ...]) -> Plane:
        """Return coverage of *height* rows by *channels*; *middle* is the sample in the middle of the frame."""
        raise NotImplementedError


class Line(Wave):
    def __init__(self, params: Params, shape: VideoShape, sound: Passing) -> None:
        super().__init__(params, shape, sound)
        self._step = self._window / shape.width
        self._columns = Marching(self._measured)

    def drawn(self, params: Params, middle: float, gain: float, height: int, channels: tuple[int, ...]) -> Plane:
        width = self._shape.width
        first = round(middle / self._step) - width // 2
        columns = self._columns.between(first, first + width)
        scale = np.float32(gain * height / 2)
        half = np.float32(params.thickness * scale_of(width, self._shape.height) / 2)
        whole = np.ones(width, np.float32)
        found: Plane | None = None
        for channel in channels:
            low, high = (np.float32(height / 2) - columns[:, channel, end] * scale for end in (0, 1))
            own = spans(high - half, low + half, whole, height)
            found = own if found is None else np.maximum(found, own)
        assert found is not None
        return found

    def _measured(self, first: int, stop: int) -> Columns:
        """Return the least and the greatest value in columns: (columns, channel, 2)."""
        places = np.arange(first, stop + 1) * self._step
        before = np.floor(places).astype(np.int64)
        low, high = int(before[0]), int(before[-1]) + 2
        samples = self._sound.between(low, high)
        share = (places - before).astype(np.float32)
        at = before - low
        borders = samples[:, at] * (1 - share) + samples[:, at + 1] * share
        # samples and borders in the order in which they lie; a border after the sample that it falls on
        order = np.arange(len(places)) + at + 1
        merged = np.empty((2, samples.shape[1] + len(places)), np.float32)
        inside = np.ones(merged.shape[1], bool)
        inside[order] = False
        merged[:, order], merged[:, inside] = borders, samples
        least = np.minimum.reduceat(merged, order, axis=1)[:, :-1]
        greatest = np.maximum.reduceat(merged, order, axis=1)[:, :-1]
        ends = np.stack([np.minimum(least, borders[:, 1:]), np.maximum(greatest, borders[:, 1:])])
        return np.ascontiguousarray(ends.transpose(2, 1, 0))


class Bars(Wave):
    def __init__(self, params: Params, shape: VideoShape, sound: Passing) -> None:
        super().__init__(params, shape, sound)
        self._step = self._window / params.bars
        self._bars = Marching(self._measured)

    def drawn(self, params: Params, middle: float, gain: float, height: int, channels: tuple[int, ...]) -> Plane:
        width = self._shape.width
        begin = middle - self._window / 2
        first, stop = math.floor(begin / self._step) - 1, math.floor((begin + self._window) / self._step) + 2
        levels = self._bars.between(first, stop)[:, channels].max(axis=1)
        centers = ((np.arange(first, stop) + 0.5) * self._step - begin) / self._window * width
        reach = np.asarray(levels * (gain * height / 2), np.float64)
        before, behind, cover = stadium(centers, (reach, reach), width / params.bars, width)
        center = np.float32(height / 2)
        return spans(center - before, center + behind, cover, height)

    def _measured(self, first: int, stop: int) -> Columns:
        """Return how loud parts of the sound are: (parts, channel)."""
        starts = np.ceil(np.arange(first, stop + 1) * self._step).astype(np.int64)
        low = int(starts[0])
        samples = self._sound.between(low, int(starts[-1]) + 1)
        at = starts[:-1] - low
        inside = samples[:, : max(int(starts[-1]) - low, int(at[-1]) + 1)]
        peak = np.maximum.reduceat(np.abs(inside), at, axis=1)
        power = np.add.reduceat(np.square(inside, dtype=np.float64), at, axis=1) / np.maximum(np.diff(starts), 1)
        levels = (peak + np.sqrt(2 * power)) / 2
        return np.asarray(levels.T, np.float32)


EFFECT = Effect(
    name="waveform",
    group="text",
    params=Params,
    inputs=(Input("input", SOUNDS),),
    streams=streams,
    gives=gives,
    result=Kind.VIDEO,
    cost_class="light",
)
