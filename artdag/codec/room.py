"""What a room answers to a click: first its walls one by one, then all of it at once, as the room swallows the sound.

The room is a box, *length* : 0.7 *length* : 0.45 *length*. By Sabine's formula sound falls by 60 dB in
0.161 V / (0.15 S) seconds, 0.115 s for each metre of length: 1.4 s in a hall of 12 m. High tones fall faster, 1 + 4
*damping* f / (f + 2 kHz) times as fast. The early part is that of the image sources: every mirror image of the source
in the walls is heard once, at its distance; the late part is noise with the power that such images have on average,
4 π c / V a second. Between the mixing time (the square root of V in m³, in ms) and its double the one gives way to the
other. Tones below 60 Hz fade out. The energy of each ear's answer is 1: noise stays as loud as it is.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from artdag.codec.convolve import Response
from artdag.codec.noise import bell, random_bytes
from artdag.media import SAMPLE_RATE

SPEED = 343.0
"""Of sound, m/s."""
PROPORTIONS = np.array([1.0, 0.7, 0.45])
ABSORPTION = 0.15
EARS = 0.18
"""Metres between the ears."""
FACING = 0.4
"""How much less an ear hears from the other side."""
_EDGES_HZ = (60, 150, 300, 600, 1200, 2400, 4800, 9600)
"""Where bands begin, an octave each, that fall at a pace of their own; the last one goes on."""


def decay_s(length_m: float) -> float:
    """Return how long sound takes to fall by 60 dB."""
    sides = PROPORTIONS * length_m
    surface = 2 * (sides[0] * sides[1] + sides[0] * sides[2] + sides[1] * sides[2])
    return float(0.161 * sides.prod() / (surface * ABSORPTION))


@lru_cache(maxsize=4)
def response(length_m: float, damping: float, seed: int) -> Response:
    """Return the answer of a room, of both ears, from the moment on that the sound itself is heard.

    Args:
        length_m: longest side, 1 or more.
        damping: 0 (bare walls) to 1 (curtains).
        seed: decides the noise and where source and listener are.
    """
    lasts_s = decay_s(length_m)
    count = math.ceil(lasts_s * SAMPLE_RATE)
    time_s = np.arange(count) / SAMPLE_RATE
    volume = float((PROPORTIONS * length_m).prod())
    mixing_s = math.sqrt(volume) / 1000
    late = np.sin(np.clip(time_s / mixing_s - 1, 0, 1) * np.pi / 2)
    power = 4 * math.pi * SPEED / volume / SAMPLE_RATE
    noise = bell()[random_bytes(2 * count, seed, 0)].reshape(2, count) * (math.sqrt(power) / 32)
    raw = _images(length_m, min(2 * mixing_s, lasts_s), count, seed) * np.sqrt(1 - late**2) + noise * late
    answer = _fading(raw, time_s, lasts_s, damping)
    answer *= np.clip(20 * (1 - time_s / lasts_s), 0, 1)
    answer /= np.sqrt(np.square(answer).sum(axis=1, keepdims=True))
    answer.flags.writeable = False
    return answer


def _images(length_m: float, until_s: float, count: int, seed: int) -> Response:
    """Return the clicks of all mirror images that are heard before *until_s*, as strong as 1 / distance."""
    sides = PROPORTIONS * length_m
    where = random_bytes(6, seed, 0, stream=1) / 255
    source, listener = sides * (0.15 + 0.3 * where[:3]), sides * (0.6 + 0.2 * where[3:])
    reach = SPEED * until_s + float(np.linalg.norm(source - listener))
    ranges = [range(-n, n + 1) for n in (math.ceil(reach / (2 * side)) for side in sides)]
    boxes = np.array(list(product(*ranges)))
    turned = np.array(list(product((1, -1), repeat=3)))
    places = (turned * source)[:, None] + 2 * boxes * sides
    away = places.reshape(-1, 3) - listener
    clicks = np.zeros((2, count))
    direct = float(np.linalg.norm(source - listener))
    for channel, side in enumerate((-1, 1)):
        distance = np.linalg.norm(away - [0, side * EARS / 2, 0], axis=1)
        at = np.rint((distance - direct) / SPEED * SAMPLE_RATE).astype(int)
        facing = 1 - FACING * (1 - side * away[:, 1] / distance) / 2
        heard = (distance > direct + EARS) & (at < min(count, until_s * SAMPLE_RATE))
        np.add.at(clicks[channel], at[heard], (facing / distance)[heard])
    return clicks


def _fading(raw: Response, time_s: NDArray[np.float64], lasts_s: float, damping: float) -> Response:
    """Return *raw* with each of its bands falling at its own pace."""
    size = 1 << (2 * raw.shape[1] - 1).bit_length()
    spectrum = np.fft.rfft(raw, size, axis=1)
    frequency = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    octave = np.log2(np.maximum(frequency, 1.0))
    # each edge is crossed within half an octave
    above = [np.clip((octave - math.log2(edge)) * 2 + 0.5, 0, 1) for edge in _EDGES_HZ] + [np.zeros_like(octave)]
    result = np.zeros_like(raw)
    for edge, share, beyond in zip(_EDGES_HZ, above, above[1:], strict=False):
        middle = math.sqrt(2) * edge
        pace = 1 + 4 * damping * middle / (middle + 2000)
        band = np.fft.irfft(spectrum * (share - beyond), size, axis=1)[:, : raw.shape[1]]
        result += band * np.exp(-math.log(1000) * pace * time_s / lasts_s)
    return result
