"""Loudness as ITU-R BS.1770-4 measures it: the signals of EBU Tech 3341, and the meter of the media library."""

from __future__ import annotations

import math

import av
import numpy as np
import pytest
from av.filter import Graph

from artdag.codec.loudness import BETWEEN, Normalized, integrated, measured
from artdag.codec.stream import Media
from artdag.media import SAMPLE_RATE
from tests.artdag.codec.synthetic import Wave
from tests.artdag.nodes.bench import samples


def tones(*parts: tuple[float, float], frequency_hz: float = 1000.0) -> Wave:
    """Return sines of (seconds, dBFS), one after the other, in both channels."""
    pieces = [
        10 ** (level / 20) * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE)
        for seconds, level in parts
    ]
    wave = np.concatenate(pieces).astype(np.float32)
    return Wave(len(wave), samples=np.stack([wave, wave]))


@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        ([(20, -23)], -23),
        ([(20, -33)], -33),
        ([(10, -36), (60, -23), (10, -36)], -23),
        ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23),
        ([(20, -26), (20.1, -20), (20, -26)], -23),
    ],
)
def test_the_signals_of_ebu_tech_3341_read_as_they_must(parts, lufs):
    assert measured(tones(*parts)).lufs == pytest.approx(lufs, abs=0.1)


def noise(seconds: float = 8, seed: int = 1) -> Wave:
    """Return noise that swells, louder on the left, so that gates have something to do."""
    count = round(seconds * SAMPLE_RATE)
    swell = 0.002 + 0.2 * np.clip(np.sin(np.arange(count) / SAMPLE_RATE * 1.3), 0, 1) ** 3
    grain = np.random.default_rng(seed).standard_normal((2, count)) * swell * [[1.0], [0.4]]
    return Wave(count, samples=grain.astype(np.float32))


def metered(samples: np.ndarray) -> dict[str, str]:
    """Return what the media library's own meter (``ebur128``) says of (2, n) samples."""
    graph = Graph()
    source = graph.add("abuffer", sample_rate=str(SAMPLE_RATE), sample_fmt="fltp", channel_layout="stereo")
    graph.link_nodes(source, graph.add("ebur128", metadata="1", peak="true"), graph.add("abuffersink"))
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
    frame.sample_rate = SAMPLE_RATE
    graph.push(frame)
    graph.push(None)
    last = None
    while True:
        try:
            last = graph.pull()
        except (av.EOFError, av.BlockingIOError):
            break
    assert last is not None
    return dict(last.metadata)


def test_it_agrees_with_the_meter_of_the_media_library():
    wave = noise()
    found, told = measured(wave), metered(wave.all)
    assert found.lufs == pytest.approx(float(told["lavfi.r128.I"]), abs=0.02)
    assert found.true_peak == pytest.approx(float(told["lavfi.r128.true_peak"]), rel=0.02)


def test_the_peak_between_the_samples_is_seen():
    """A sine at a quarter of the sample rate, sampled 45° off its crests, is √2 higher than its samples."""
    angle = np.pi / 2 * np.arange(4800) + np.pi / 4
    fade = np.minimum(1, np.arange(4800) / 1000)
    wave = (0.5 * np.sin(angle) * fade).astype(np.float32)
    assert np.abs(wave).max() == pytest.approx(0.3536, abs=0.001)
    assert measured(Wave(4800, samples=np.stack([wave, wave]))).true_peak == pytest.approx(0.5, rel=0.06)
    assert BETWEEN.sum(axis=1) == pytest.approx([1.0, 1.0, 1.0, 1.0], abs=0.03)


def test_the_gates_by_hand():
    """Blocks of -20, -20, -40 and -80 LUFS: the last is silence, the third 10 LU below the mean of three (-21.7)."""
    power = [10 ** ((lufs + 0.691) / 10) for lufs in (-20, -20, -40, -80)]
    assert integrated(np.array(power)) == pytest.approx(-20)
    assert integrated(np.array(power[2:])) == pytest.approx(-40)
    assert integrated(np.array(power[3:])) is None


@pytest.mark.parametrize("count", [1, 4800, 19_199])
def test_what_is_shorter_than_a_block_is_one(count):
    wave = tones((1, -20))
    short = measured(Wave(count, samples=wave.all[:, -count:]))
    assert short.lufs is None or short.lufs > -40
    assert short.lufs is not None or count == 1


def test_silence_and_nothing_have_no_loudness():
    assert measured(Wave(48_000, samples=np.zeros((2, 48_000), np.float32))).lufs is None
    assert measured(Wave(0, samples=np.zeros((2, 0), np.float32))).lufs is None


def test_the_gain_is_one_for_the_whole_and_is_found_once():
    wave = noise()
    result = Normalized(wave, -16.0, 0.0)
    part = samples(Media(sound=result), 100_000, 100_500)
    whole = samples(Media(sound=result))
    assert np.array_equal(part, whole[:, 100_000:100_500])
    loud = np.abs(wave.all) > 0.01
    gains = whole[loud] / wave.all[loud]
    assert np.ptp(gains) < 1e-6
    assert 20 * math.log10(gains[0]) == pytest.approx(-16 - measured(wave).lufs, abs=0.001)
