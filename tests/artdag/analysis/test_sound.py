"""listen: one value each 10 ms, at exactly that moment, whatever blocks the sound comes in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from artdag.analysis.sound import EDGES, HIGH, HOP, LOW, MID, RATE, WINDOW, hop_count, listen
from artdag.codec.stream import Samples, Sound
from artdag.media import SAMPLE_RATE, SoundShape
from tests.artdag.codec.synthetic import Wave


class InBlocks(Sound):
    """Samples that come in blocks of given lengths, over and over."""

    def __init__(self, samples: Samples, lengths: tuple[int, ...]) -> None:
        self.shape = SoundShape(sample_count=samples.shape[1])
        self._samples, self._lengths = samples, lengths
        self.asked: list[tuple[int, int]] = []

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        self.asked.append((first, stop))
        position, turn = first, 0
        while position < stop:
            end = min(stop, position + self._lengths[turn % len(self._lengths)])
            yield self._samples[:, position:end]
            position, turn = end, turn + 1


def some_noise(count: int, seed: int = 0) -> Samples:
    return (0.1 * np.random.default_rng(seed).standard_normal((2, count))).astype(np.float32)


def silence_with(count: int, *strokes: int) -> Samples:
    samples = np.zeros((2, count), np.float32)
    samples[:, list(strokes)] = 1
    return samples


@pytest.mark.parametrize(
    ("sample_count", "hops"), [(1, 1), (480, 1), (481, 2), (48_000, 100), (48_001, 101), (99_999, 209)]
)
def test_there_is_a_value_for_each_10_ms_that_has_begun(sample_count, hops):
    assert hop_count(sample_count) == hops
    heard = listen(Wave(sample_count))
    assert heard.power.shape == (hops,)
    assert heard.spectra.shape == (hops, len(EDGES))


def test_blocks_of_any_length_give_the_same():
    samples = some_noise(300_001)
    whole = listen(InBlocks(samples, (300_001,)))
    for lengths in ((1024,), (1, 479, 481, 7), (122_880 + 1568 - 1024, 1), (5000, 200_000)):
        parts = listen(InBlocks(samples, lengths))
        assert np.array_equal(parts.power, whole.power)
        assert np.array_equal(parts.spectra, whole.spectra)


def test_the_sound_is_pulled_once():
    sound = InBlocks(some_noise(100_000), (4096,))
    listen(sound)
    assert sound.asked == [(0, 100_000)]


def test_values_do_not_depend_on_where_the_blocks_of_the_pass_end():
    samples = some_noise(400_000)
    whole, later = listen(Wave(0, samples=samples)), None
    whole = listen(InBlocks(samples, (4096,)))
    later = listen(InBlocks(samples[:, 100 * HOP :], (4096,)))
    inside = slice(105, 800)
    assert np.allclose(whole.spectra[inside], later.spectra[5:700], rtol=1e-5)
    assert np.allclose(whole.power[inside], later.power[5:700], rtol=1e-5)


def test_a_window_lies_around_its_moment():
    count = 20 * HOP
    stroke = 10 * HOP
    heard = listen(InBlocks(silence_with(count, stroke), (4096,)))
    loudness = heard.spectra.sum(axis=1)
    assert loudness.argmax() == 10
    assert np.allclose(loudness[9], loudness[11], rtol=1e-3)
    assert np.flatnonzero(loudness > 1e-6 * loudness.max()).tolist() == [8, 9, 10, 11, 12]
    assert 2 * HOP < WINDOW // 2 < 3 * HOP


def test_power_is_the_mean_square_of_both_channels_over_20_ms():
    samples = np.zeros((2, 9600), np.float32)
    samples[0, 4800:] = 0.6
    samples[1, 4800:] = 0.2
    power = listen(InBlocks(samples, (1000,))).power
    assert power[:10].tolist() == pytest.approx([0] * 9 + [0], abs=1e-9)
    assert power[10] == pytest.approx((0.36 + 0.04) / 2 / 2, rel=1e-5)  # half of its 20 ms
    assert power[11:].tolist() == pytest.approx([0.2] * 9, rel=1e-5)


@pytest.mark.parametrize(("frequency_hz", "part"), [(60, LOW), (150, LOW), (440, MID), (1500, MID), (3000, HIGH)])
def test_a_tone_lies_in_its_bands(frequency_hz, part):
    spectra = listen(Wave(48_000, frequency_hz=frequency_hz)).spectra[10:90]
    assert (spectra[:, part].sum(axis=1) > 0.98 * spectra.sum(axis=1)).all()


def test_the_bands_cover_the_spectrum_once():
    width = SAMPLE_RATE / WINDOW
    assert [*range(len(EDGES))[LOW], *range(len(EDGES))[MID], *range(len(EDGES))[HIGH]] == [*range(len(EDGES))]
    assert list(EDGES) == sorted(set(EDGES))
    assert (EDGES[MID.start] - 1) * width < 200 <= EDGES[MID.start] * width
    assert (EDGES[HIGH.start] - 1) * width < 2000 <= EDGES[HIGH.start] * width


def test_opposite_channels_do_not_cancel_out():
    samples = some_noise(24_000)[:1]
    alike = listen(InBlocks(np.concatenate([samples, samples]), (4096,)))
    opposite = listen(InBlocks(np.concatenate([samples, -samples]), (4096,)))
    assert np.array_equal(alike.spectra, opposite.spectra)
    assert np.array_equal(alike.power, opposite.power)


@pytest.mark.parametrize("count", [1, 2, 479, 480, 481, 1023, 1024, 1025, 1026, 2048, 122_880])
def test_the_shortest_sounds_have_measurements(count):
    heard = listen(Wave(count, samples=np.full((2, count), 0.5, np.float32)))
    assert heard.power.tolist() == pytest.approx([0.25] * hop_count(count))
    assert np.isfinite(heard.spectra).all()


def test_a_tone_seems_neither_struck_nor_damped_where_it_is_cut():
    heard = listen(Wave(48_000, frequency_hz=1000))
    assert np.allclose(heard.power, 0.08, rtol=0.02)


def test_the_dither_of_a_silent_file_is_silence():
    dither = (np.random.default_rng(0).integers(-1, 2, (2, 48_000)) / 2**17).astype(np.float32)
    heard = listen(InBlocks(dither, (4096,)))
    assert not heard.power.any()
    assert not heard.spectra.any()
    assert RATE == 100
