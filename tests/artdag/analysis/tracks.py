"""Music made of arithmetic: every beat and every stroke of it is known to the sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from artdag.analysis.beats import Beats, find_beats
from artdag.analysis.flux import Flux, flux
from artdag.analysis.onsets import Onsets, find_onsets
from artdag.analysis.sound import listen
from artdag.analysis.tempo import Tempo, find_tempo
from artdag.codec.stream import Media, Samples
from artdag.media import SAMPLE_RATE, Kind, Shape
from tests.artdag.codec.synthetic import Wave

Signal = NDArray[np.float64]
ROOTS = (45, 41, 48, 43)
"""Keys (MIDI) of the chords that follow each other: A minor, F, C, G."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Sound, and when what happens in it; times are those of the first sample that sounds, in seconds."""

    samples: Samples
    beats: tuple[float, ...]
    downbeats: tuple[float, ...]
    onsets: tuple[float, ...]

    @property
    def wave(self) -> Wave:
        return Wave(self.samples.shape[1], samples=self.samples)

    @property
    def media(self) -> Media:
        return Media(sound=self.wave)

    @property
    def shape(self) -> Shape:
        return Shape(kind=Kind.AUDIO, sound=self.wave.shape)


@cache
def click() -> Signal:
    """The sound of a metronome: 1 kHz for 30 ms."""
    time = np.arange(1440) / SAMPLE_RATE
    return np.sin(2 * np.pi * 1000 * time) * np.exp(-time * 120)


@cache
def kick() -> Signal:
    time = np.arange(9600) / SAMPLE_RATE
    return np.sin(2 * np.pi * (50 * time + 4 * (1 - np.exp(-time * 40)))) * np.exp(-time * 18)


def snare(random: np.random.Generator) -> Signal:
    time = np.arange(7200) / SAMPLE_RATE
    body = np.sin(2 * np.pi * 190 * time) * np.exp(-time * 30)
    return 0.5 * body + 0.5 * random.standard_normal(7200) * np.exp(-time * 25)


def hat(random: np.random.Generator) -> Signal:
    time = np.arange(2400) / SAMPLE_RATE
    noise = np.diff(random.standard_normal(2402), n=2)
    return 0.4 * noise * np.exp(-time * 90)


@cache
def chord(root: int, length: int) -> Signal:
    """A minor or major triad with four partials to a tone, swelling for 30 ms and dying away."""
    time = np.arange(length) / SAMPLE_RATE
    third = 3 if root == ROOTS[0] else 4
    tones = [440 * 2 ** ((root + 12 + step - 69) / 12) for step in (0, third, 7)]
    wave = sum(np.sin(2 * np.pi * tone * partial * time) / partial for tone in tones for partial in (1, 2, 3, 4))
    return np.asarray(wave) / 6 * np.minimum(1, time / 0.03) * np.exp(-time * 0.8)


STYLES = ("clicks", "four", "rock", "hats", "house", "sparse", "accents")


def a_track(
    bpm: float,
    style: str = "rock",
    *,
    duration_s: float = 20.0,
    offset_s: float = 0.0,
    noise: float = 0.0,
    chords: float = 0.0,
    level: float = 1.0,
    missing: Sequence[int] = (),
    seed: int = 1,
) -> Track:
    """Return a track in 4/4 of constant tempo.

    Args:
        bpm: beats per minute.
        style: ``clicks`` a metronome; ``accents`` one that stresses the first of four; ``four`` a kick on each beat;
            ``rock`` kick, snare, kick, snare with hats in quavers; ``hats`` kick on each beat with hats in quavers;
            ``house`` kick on each beat, a hat between; ``sparse`` kick on one, snare on three, nothing on the others
            but hats.
        duration_s: how long.
        offset_s: when its first beat comes.
        noise: standard deviation of white noise under it.
        chords: loudness of a chord at each bar.
        level: everything is multiplied by it.
        missing: beats at which nothing is struck.
        seed: of its noises.
    """
    random = np.random.default_rng(seed)
    count = round(duration_s * SAMPLE_RATE)
    mixed = np.zeros(count)
    beat = 60 / bpm
    # the last beat is heard: one that only begins before the end would be no beat to anybody
    beats = [offset_s + index * beat for index in range(int((duration_s - 0.1 - offset_s) / beat) + 1)]
    struck: set[float] = set()

    def add(time_s: float, sound: Signal, gain: float) -> None:
        start = round(time_s * SAMPLE_RATE)
        part = sound[: max(0, count - start)]
        mixed[start : start + len(part)] += gain * part
        struck.add(start / SAMPLE_RATE)

    for index, time_s in enumerate(beats):
        in_bar = index % 4
        if chords and in_bar == 0:
            add(time_s, chord(ROOTS[index // 4 % 4], round(4 * beat * SAMPLE_RATE)), chords)
        if index in missing:
            continue
        if style in ("clicks", "accents"):
            add(time_s, click(), 0.9 if style == "accents" and in_bar == 0 else 0.5)
        elif style in ("four", "hats", "house") or (style == "rock" and in_bar in (0, 2)):
            add(time_s, kick(), 0.8)
        elif style == "rock":
            add(time_s, snare(random), 0.5)
        elif in_bar in (0, 2):
            add(time_s, kick() if in_bar == 0 else snare(random), 0.7)
        if style in ("hats", "rock", "sparse"):
            add(time_s, hat(random), 0.2)
        if style in ("hats", "rock", "house", "sparse") and time_s + beat / 2 < duration_s - 0.1:
            add(time_s + beat / 2, hat(random), 0.2)
    mixed += noise * random.standard_normal(count)
    right = mixed + noise * random.standard_normal(count)
    samples = (level * np.stack([mixed, right])).clip(-1, 1).astype(np.float32)
    return Track(
        samples=samples,
        beats=tuple(round(time * SAMPLE_RATE) / SAMPLE_RATE for time in beats),
        downbeats=tuple(round(time * SAMPLE_RATE) / SAMPLE_RATE for time in beats[::4]),
        onsets=tuple(sorted(struck)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What happens in a track, and what was found in it."""

    beats: tuple[float, ...]
    downbeats: tuple[float, ...]
    onsets: tuple[float, ...]
    flux: Flux
    found_onsets: Onsets
    tempo: Tempo | None
    found_beats: Beats


def study(track: Track) -> Study:
    rises = flux(listen(track.wave))
    onsets = find_onsets(rises)
    tempo = find_tempo(rises, onsets)
    return Study(
        beats=track.beats,
        downbeats=track.downbeats,
        onsets=track.onsets,
        flux=rises,
        found_onsets=onsets,
        tempo=tempo,
        found_beats=find_beats(rises, onsets, tempo),
    )


@cache
def studied(bpm: float, style: str, **how: float) -> Study:
    """Return the study of ``a_track``: its samples are not kept, so many may be."""
    return study(a_track(bpm, style, **how))  # type: ignore[arg-type]


def a_sound_of(samples: Samples) -> Track:
    """Return any samples as a track of which nothing is known."""
    return Track(samples=np.asarray(samples, np.float32), beats=(), downbeats=(), onsets=())


def missed_and_added(true: Sequence[float], found: Sequence[float], within_s: float) -> tuple[list[float], list[float]]:
    """Return which of *true* have no partner in *found* that is as near, and which of *found* none in *true*."""
    left = list(found)
    missed = []
    for time in true:
        near = [other for other in left if abs(other - time) <= within_s]
        if near:
            left.remove(min(near, key=lambda other: abs(other - time)))
        else:
            missed.append(time)
    return missed, left


SHOP = (
    (60.0, "clicks", {}),
    (60.0, "rock", {"noise": 0.01, "chords": 0.3}),
    (66.6, "hats", {"offset_s": 0.6137, "noise": 0.002}),
    (73.1, "house", {"offset_s": 0.1045, "chords": 0.4}),
    (85.0, "four", {"offset_s": 1.7, "noise": 0.02}),
    (85.0, "accents", {"offset_s": 0.25, "noise": 0.01, "chords": 0.3}),
    (97.3, "rock", {"offset_s": 0.6156, "noise": 0.02}),
    (97.3, "clicks", {"offset_s": 0.0033, "level": 0.02}),
    (110.0, "house", {"noise": 0.005}),
    (110.0, "hats", {"offset_s": 1.7061, "noise": 0.01, "chords": 0.3}),
    (123.4, "clicks", {"offset_s": 0.1086, "noise": 0.02}),
    (123.4, "rock", {"offset_s": 0.4, "noise": 0.01, "chords": 0.3}),
    (123.4, "four", {"chords": 0.4, "level": 0.05}),
    (140.0, "hats", {"offset_s": 0.0001}),
    (140.0, "accents", {"offset_s": 0.6137, "noise": 0.01, "chords": 0.3}),
    (155.5, "rock", {"offset_s": 0.6005, "noise": 0.01, "chords": 0.3}),
    (155.5, "four", {"offset_s": 0.6137, "noise": 0.002}),
    (175.0, "clicks", {"offset_s": 1.7037, "noise": 0.002}),
    (175.0, "house", {"offset_s": 0.1, "noise": 0.01, "chords": 0.3}),
    (190.0, "rock", {"offset_s": 0.1002, "noise": 0.02}),
    (200.0, "clicks", {"offset_s": 0.6162, "noise": 0.01, "chords": 0.3}),
    (200.0, "hats", {"offset_s": 0.6168, "noise": 0.02}),
    (200.0, "four", {}),
)
"""Tracks of all tempi and styles, clean and in noise, beginning between samples of every grid."""
