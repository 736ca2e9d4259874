"""Any number of channels becomes left and right, by a stated matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from av.audio.frame import AudioFrame

from artdag.codec.stream import Samples
from artdag.errors import UnsupportedMediaError

_HALF = math.sqrt(0.5)

WEIGHTS: dict[str, tuple[float, float]] = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FC": (_HALF, _HALF),
    "LFE": (0.0, 0.0),
    "BL": (_HALF, 0.0),
    "BR": (0.0, _HALF),
    "BC": (0.5, 0.5),
    "SL": (_HALF, 0.0),
    "SR": (0.0, _HALF),
    "FLC": (1.0, 0.0),
    "FRC": (0.0, 1.0),
    "DL": (1.0, 0.0),
    "DR": (0.0, 1.0),
}
"""What a channel (by FFmpeg's name) gives to left and right, after ITU-R BS.775: centre and surrounds 3 dB down, the
bass channel left out. The sum is scaled so that full scale in every channel stays within full scale."""

_FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0}


def to_stereo(frames: Sequence[AudioFrame]) -> Samples:
    """Return the samples of *frames*, of one format and layout, as (2, n) float32, full scale ±1, at their own rate.

    One channel is heard on both sides.

    Raises:
        UnsupportedMediaError: when its channels or its sample format are not known here.
    """
    channels = _planar(frames)
    if len(channels) == 1:
        return np.repeat(channels, 2, axis=0)
    if len(channels) == 2:
        return channels
    weights = _matrix(tuple(channel.name for channel in frames[0].layout.channels))
    mixed = np.zeros((2, channels.shape[1]), np.float32)
    for channel, (left, right) in zip(channels, weights, strict=True):
        mixed[0] += np.float32(left) * channel
        mixed[1] += np.float32(right) * channel
    return mixed


def _matrix(names: tuple[str, ...]) -> list[tuple[float, float]]:
    if any(name in WEIGHTS for name in names):
        found = [WEIGHTS.get(name, (0.0, 0.0)) for name in names]
    else:
        found = [(1.0, 0.0) if index % 2 == 0 else (0.0, 1.0) for index in range(len(names))]  # no layout is given
    most = max(sum(left for left, _ in found), sum(right for _, right in found), 1.0)
    return [(left / most, right / most) for left, right in found]


def _planar(frames: Sequence[AudioFrame]) -> Samples:
    """Return (channels, n) float32."""
    frame = frames[0]
    samples = np.concatenate([item.to_ndarray() for item in frames], axis=1)
    count = frame.layout.nb_channels
    if not frame.format.is_planar:
        samples = samples.reshape(-1, count).T
    name = frame.format.name.removesuffix("p")
    if name in ("flt", "dbl"):
        floats = samples.astype(np.float32)
    elif name in _FULL_SCALE:
        floats = (samples.astype(np.float64) / _FULL_SCALE[name]).astype(np.float32)
        if name == "u8":
            floats -= np.float32(1)
    else:
        raise UnsupportedMediaError(f"sound in samples of format {frame.format.name} is not known here")
    # damaged float sound may hold what is no number; it would spread through every filter behind
    return np.nan_to_num(floats, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
