"""Eight seconds of music at 120 beats per minute: kick, clap, hat, bass, chords and a small tune; it loops.

Every note is laid on a ring, so what rings beyond the end is heard at the beginning.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.operation.starter_content.streams import Played
from artdag.media import SAMPLE_RATE

BEATS_PER_MINUTE = 120
BEAT_S = 60 / BEATS_PER_MINUTE
BARS = 4
DURATION_S = BARS * 4 * BEAT_S

CHORDS = ((57, 60, 64, 71), (53, 57, 60, 67), (48, 55, 64, 67), (55, 59, 62, 69))
"""One per bar, in MIDI numbers: a minor, F, C and G, each with a ninth or more."""
BASS = (45, 41, 36, 43)
TUNE = (
    76,
    0,
    79,
    76,
    0,
    74,
    0,
    72,
    76,
    0,
    72,
    69,
    0,
    72,
    0,
    74,
    76,
    0,
    79,
    84,
    0,
    83,
    0,
    79,
    74,
    0,
    71,
    74,
    0,
    79,
    74,
    71,
)
"""Eighth notes; 0 is a rest."""

Wave = NDArray[np.float64]


def music() -> Played:
    """Return the loop."""
    tracks = np.zeros((2, round(DURATION_S * SAMPLE_RATE)))
    for beat in range(BARS * 4):
        _add(tracks, _kick(), beat, 0.9)
        if beat % 4 == 0:
            _add(tracks, _crash(), beat, 0.16, left=0.3)
        if beat % 4 in (1, 3):
            _add(tracks, _clap(), beat, 0.33, left=0.1)
        for part, level in ((0.0, 0.06), (0.5, 0.13), (0.75, 0.05)):
            _add(tracks, _hat(0.06 if part != 0.5 else 0.14), beat + part, level, left=-0.25)
    duck = _ducking(tracks.shape[1])
    melodic = np.zeros_like(tracks)
    for bar, (chord, root) in enumerate(zip(CHORDS, BASS, strict=True)):
        for eighth in range(8):
            octave = 12 if eighth in (3, 7) else 0
            _add(melodic, _bass(root + octave), bar * 4 + eighth / 2, 0.42)
        for number, note in enumerate(chord):
            _add(melodic, _pad(note, 4 * BEAT_S), bar * 4, 0.075, left=(-0.6, 0.5, -0.3, 0.7)[number])
            for stab in (1.5, 3.5):
                _add(melodic, _pluck(note + 12, 0.35), bar * 4 + stab, 0.06, left=(0.5, -0.5, 0.3, -0.3)[number])
    melodic *= duck
    for eighth, note in enumerate(TUNE):
        if note:
            _add(melodic, _pluck(note, 0.6), eighth / 2, 0.16, left=0.2)
            _add(melodic, _pluck(note, 0.6), eighth / 2 + 0.75, 0.055, left=-0.7)
            _add(melodic, _pluck(note, 0.6), eighth / 2 + 1.5, 0.02, left=0.7)
    mixed = np.tanh(1.15 * (tracks + melodic))
    return Played((0.89 * mixed / np.abs(mixed).max()).astype(np.float32))


def _add(tracks: Wave, sound: Wave, beat: float, level: float, left: float = 0.0) -> None:
    """Lay *sound* on the ring from *beat* on; *left* is where it stands, 1 left to -1 right."""
    count = tracks.shape[1]
    first = round(beat * BEAT_S * SAMPLE_RATE) % count
    angle = (1 - left) * np.pi / 4
    for channel, share in enumerate((np.cos(angle), np.sin(angle))):
        scaled = sound * (level * np.sqrt(2) * share)
        room = count - first
        tracks[channel, first : first + len(scaled)] += scaled[:room]
        if len(scaled) > room:
            tracks[channel, : len(scaled) - room] += scaled[room:]


def _time(duration_s: float) -> Wave:
    return np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE


def _faded(sound: Wave, rise_s: float = 0.002, fall_s: float = 0.01) -> Wave:
    """Return *sound* without clicks at its ends."""
    index = np.arange(len(sound)) / SAMPLE_RATE
    faded: Wave = sound * np.minimum(index / rise_s, 1) * np.minimum(index[::-1] / fall_s, 1)
    return faded


def _hertz(note: float) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _kick() -> Wave:
    time_s = _time(0.32)
    tone_hz = 46 + 150 * np.exp(-time_s / 0.028)
    body = np.sin(2 * np.pi * np.cumsum(tone_hz) / SAMPLE_RATE) * np.exp(-time_s / 0.11)
    click = np.sin(2 * np.pi * 1800 * time_s) * np.exp(-time_s / 0.003)
    return _faded(body + 0.25 * click, 0.0005, 0.05)


def _noise(count: int, seed: int) -> Wave:
    return np.random.default_rng(seed).normal(size=count)


def _hat(length_s: float) -> Wave:
    time_s = _time(length_s)
    bright = np.diff(np.diff(_noise(len(time_s) + 2, 11))) / 2.4
    return _faded(bright * np.exp(-time_s / (length_s / 4)), 0.0005)


def _crash() -> Wave:
    time_s = _time(1.6)
    wash = np.diff(_noise(len(time_s) + 1, 17)) / 1.4
    return _faded(wash * (np.exp(-time_s / 0.05) + 0.35 * np.exp(-time_s / 0.4)), 0.0005, 0.1)


def _clap() -> Wave:
    time_s = _time(0.2)
    noise = np.diff(np.convolve(_noise(len(time_s) + 8, 5), np.hanning(10)[1:-1] / 3, "valid"))
    noise = np.pad(noise, (0, len(time_s) - len(noise)))
    bursts = sum(
        (np.where(time_s >= at, np.exp(-(time_s - at) / 0.006), 0) for at in (0, 0.011, 0.021)), np.zeros(len(time_s))
    )
    tail = np.where(time_s >= 0.021, np.exp(-(time_s - 0.021) / 0.05), 0)
    return _faded(noise * (0.7 * bursts + tail) * 1.3, 0.0005)


def _bass(note: float) -> Wave:
    time_s = _time(BEAT_S / 2 * 0.92)
    turn = 2 * np.pi * _hertz(note) * time_s
    voice = sum(
        (np.sin(number * turn) / number * np.exp(-time_s * number * 3.2) for number in range(1, 9)), np.zeros(len(turn))
    )
    return _faded(voice * np.exp(-time_s / 0.5), 0.004, 0.02)


def _pad(note: float, length_s: float) -> Wave:
    time_s = _time(length_s + 0.4)
    voice = np.zeros(len(time_s))
    for detune in (-0.09, 0.0, 0.08):
        turn = 2 * np.pi * _hertz(note + detune) * time_s
        for number in range(1, 6):
            voice += np.sin(number * turn + 1.7 * number + 40 * detune) / number**1.7
    return _faded(voice / 2.4, 0.12, 0.5)


def _pluck(note: float, length_s: float) -> Wave:
    time_s = _time(length_s)
    turn = 2 * np.pi * _hertz(note) * time_s
    bell = np.sin(turn + 1.6 * np.exp(-time_s / 0.05) * np.sin(3 * turn)) + 0.25 * np.sin(2 * turn)
    return _faded(bell * np.exp(-time_s / 0.16), 0.002, 0.05)


def _ducking(count: int) -> Wave:
    """Return the level of what makes room for the kick: low on the beat, back before the next."""
    since_s = np.arange(count) / SAMPLE_RATE % BEAT_S
    return 1 - 0.62 * np.exp(-since_s / 0.09)
