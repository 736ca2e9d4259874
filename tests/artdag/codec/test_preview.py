"""Previews show what is in a file: a strip its frames in order, a waveform when it is loud, a spectrum which tones."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from av.codec.context import CodecContext
from av.packet import Packet

from artdag.codec.preview import PREVIEWS, STRIP_FRAMES, STRIP_WIDTH, draw_strip, shows, write_preview
from artdag.codec.probe import probe
from artdag.codec.sound_preview import HIGHEST_HZ, LOWEST_HZ, WINDOW, draw_spectrum, draw_waveform
from artdag.errors import InputError
from artdag.media import SAMPLE_RATE
from tests.artdag.codec.synthetic import Wave
from tests.builders import a_clip

SECONDS = 4


def tone(hertz: float, seconds: float = SECONDS, gain: float = 0.5) -> np.ndarray:
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.tile((gain * np.sin(2 * np.pi * hertz * times)).astype(np.float32), (2, 1))


def wave(samples: np.ndarray) -> Wave:
    return Wave(samples.shape[1], samples=samples)


def row_of(hertz: float, height: int) -> int:
    """Return where a tone stands: each octave as high as any other, the lowest at the bottom."""
    return height - 1 - int(np.log(hertz / LOWEST_HZ) / np.log(HIGHEST_HZ / LOWEST_HZ) * height)


@pytest.mark.parametrize("hertz", [100.0, 440.0, 3000.0, 12_000.0])
def test_a_tone_is_a_bright_line_at_its_height(hertz):
    picture = draw_spectrum(wave(tone(hertz)), 300, 200).to_ndarray().astype(int).sum(axis=2)
    brightest = picture[:, 20:-20].argmax(axis=0)
    band = abs(row_of(hertz + SAMPLE_RATE / WINDOW, 200) - row_of(hertz, 200)) + 2
    assert np.abs(brightest - row_of(hertz, 200)).max() <= band
    assert (picture[row_of(min(hertz * 4, 15_000), 200), 20:-20] < picture.max() / 2).all()


@pytest.mark.parametrize("seconds", [0.05, 4, 60])
def test_a_spectrum_has_no_holes_whatever_the_length(seconds):
    picture = draw_spectrum(wave(tone(1000, seconds)), 100, 100).to_ndarray().astype(int).sum(axis=2)
    assert (picture.max(axis=0) > picture.min() + 60).all()


def test_a_tone_that_ends_goes_dark():
    sound = tone(1000)
    sound[:, sound.shape[1] // 2 :] = 0
    picture = draw_spectrum(wave(sound), 200, 100).to_ndarray().astype(int).sum(axis=2)
    assert picture[:, 110:].max() == picture.min()
    assert picture[:, :90].max(axis=0).min() > picture.min()


def test_bars_are_as_high_as_it_is_loud():
    loud, quiet = tone(1000, 2, 0.8), tone(1000, 2, 0.2)
    picture = draw_waveform(wave(np.concatenate([loud, quiet], axis=1)), 400, 100, 40).to_ndarray()
    heights = (picture[..., 3] > 0).sum(axis=0)[4::10]
    assert heights[:20].min() == heights[:20].max() == 82
    assert heights[20:].max() == 40  # the square root of a quarter, times 82, to whole pixels above and below


def test_silence_is_a_line():
    silence = wave(np.zeros((2, SAMPLE_RATE), np.float32))
    assert (draw_waveform(silence, 400, 100, 40).to_ndarray()[..., 3] > 0).sum(axis=0).max() == 2
    assert len(np.unique(draw_spectrum(silence, 50, 50).to_ndarray().reshape(-1, 4), axis=0)) == 1


def test_a_strip_shows_ten_moments_in_order(tmp_path: Path):
    clip = a_clip(tmp_path / "clip.mp4", frames=50, width=160, height=90)
    strip = draw_strip(clip, probe(clip)).to_ndarray()
    assert strip.shape == (90, STRIP_FRAMES * STRIP_WIDTH, 4)
    tiles = [strip[:, place * STRIP_WIDTH : (place + 1) * STRIP_WIDTH, :3].astype(int) for place in range(STRIP_FRAMES)]
    assert all(np.abs(one - other).mean() > 0.1 for one, other in pairwise(tiles))


def test_a_tall_clip_and_one_of_a_single_frame_have_strips_too(tmp_path: Path):
    tall = a_clip(tmp_path / "tall.mp4", frames=1, width=48, height=160)
    strip = draw_strip(tall, probe(tall)).to_ndarray()
    assert strip.shape == (120, STRIP_FRAMES * STRIP_WIDTH, 4)
    seen = strip[..., 3].any(axis=0)
    assert seen.sum() == STRIP_FRAMES * 36


def test_each_preview_is_a_webp_file_of_the_size_it_says(tmp_path: Path):
    clip = a_clip(tmp_path / "clip.mp4", frames=25, width=64, height=48)
    facts = probe(clip)
    for name in PREVIEWS:
        target = tmp_path / f"{name}.webp"
        if not shows(name, facts):
            with pytest.raises(InputError):
                write_preview(name, clip, facts, target)
            continue
        size = write_preview(name, clip, facts, target)
        (frame,) = CodecContext.create("webp", "r").decode(Packet(target.read_bytes()))
        assert (frame.width, frame.height) == size
