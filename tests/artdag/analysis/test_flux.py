"""flux: what becomes louder counts; what goes on, wanders or stops does not."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.analysis.flux import UNIT, flux
from artdag.analysis.sound import EDGES, HIGH, HOP, LOW, Heard, listen
from artdag.media import SAMPLE_RATE
from tests.artdag.analysis.tracks import a_sound_of, a_track, click


def heard(spectra: np.ndarray) -> Heard:
    power = spectra.sum(axis=1)
    return Heard(sample_count=len(power) * HOP, power=power.astype(np.float32), spectra=spectra.astype(np.float32))


def test_a_rise_is_the_logarithm_of_loudness_in_20_ms():
    spectra = np.zeros((60, len(EDGES)))
    spectra[40:, 20] = 1.0  # the loudest there is: log(1 + 100)
    found = flux(heard(spectra))
    assert found.onset[:40].tolist() == [0] * 40
    assert found.onset[40:44].tolist() == [4615, 4615, 0, 0]


def test_what_stops_does_not_count():
    spectra = np.ones((60, len(EDGES)))
    spectra[40:] = 0
    assert not flux(heard(spectra)).onset.any()


def test_a_tone_that_wanders_to_the_next_band_does_not_count():
    spectra = np.zeros((60, len(EDGES)))
    for moment in range(60):
        spectra[moment, 10 + moment // 10] = 1
    assert not flux(heard(spectra)).onset.any()


def test_a_sound_that_goes_on_is_not_struck_where_it_begins():
    noise = 0.1 * np.random.default_rng(1).standard_normal((2, SAMPLE_RATE))
    found = flux(listen(a_sound_of(noise).wave))
    assert found.onset[:2].max() < 4 * found.onset.mean()


def test_a_stroke_at_the_very_beginning_counts():
    samples = np.zeros((2, SAMPLE_RATE))
    samples[:, : len(click())] = click()
    found = flux(listen(a_sound_of(samples).wave))
    assert found.onset[:2].max() > 20 * UNIT
    assert found.onset[3:].max() == 0


def test_a_low_stroke_counts_more_for_the_beat_than_a_high_one():
    spectra = np.zeros((200, len(EDGES)))
    spectra[50:55, LOW] = 1
    spectra[150:155, HIGH] = 1
    found = flux(heard(spectra))
    assert found.pulse[50] == pytest.approx(500, abs=1)
    assert found.pulse[150] == pytest.approx(200, abs=1)
    assert found.low[50] == UNIT
    assert not found.low[150]


def test_loudness_as_a_whole_makes_no_difference():
    loud, soft = (flux(listen(a_track(120, duration_s=4, level=level).wave)) for level in (0.5, 0.005))
    assert np.abs(loud.onset - soft.onset).max() <= len(EDGES)  # a thousandth in each band


def test_silence_has_no_rises():
    found = flux(listen(a_sound_of(np.zeros((2, 5000))).wave))
    assert not found.onset.any()
    assert not found.pulse.any()
    assert found.onset.dtype == np.int64
