"""Sound through filters with memory: any range agrees with the whole, and the length is what was asked for."""

from __future__ import annotations

import numpy as np
import pytest

from artdag.codec.graph import Filter
from artdag.codec.sound_graph import SoundFiltered, retimed_sound
from artdag.codec.stream import Media, Sound
from artdag.media import SAMPLE_RATE
from tests.artdag.codec.synthetic import Wave
from tests.artdag.nodes.bench import samples


def heard(sound: Sound, first: int = 0, stop: int | None = None) -> np.ndarray:
    return samples(Media(sound=sound), first, stop)


@pytest.mark.parametrize("speed", [0.25, 0.4, 0.5, 1.5, 2, 2.7, 4])
def test_any_range_is_a_part_of_the_whole(speed):
    count = round(40_000 / speed)
    sound = retimed_sound(Wave(40_000), speed, count)
    whole = heard(sound)
    assert whole.shape == (2, count)
    for first, stop in ((0, 1), (777, 9000), (count - 1, count), (count // 2, count // 2)):
        assert np.array_equal(heard(sound, first, stop), whole[:, first:stop])


def test_filters_that_change_nothing_give_every_sample_back():
    wave = Wave(70_001)
    assert np.array_equal(heard(SoundFiltered(wave, [Filter.of("anull")], 70_001)), wave.all)


def test_what_is_missing_is_silence_and_what_is_too_much_is_cut():
    wave = Wave(1000)
    longer = heard(SoundFiltered(wave, [Filter.of("anull")], 1500))
    assert np.array_equal(longer[:, :1000], wave.all)
    assert not longer[:, 1000:].any()
    assert np.array_equal(heard(SoundFiltered(wave, [Filter.of("anull")], 400)), wave.all[:, :400])


def test_the_blocks_that_come_in_do_not_show():
    class Pieces(Wave):
        def samples(self, first, stop):
            for begin in range(first, stop, 77):
                yield self.all[:, begin : min(begin + 77, stop)]

    one, other = (retimed_sound(sound, 1.3, 20_000) for sound in (Wave(26_000), Pieces(26_000)))
    assert np.array_equal(heard(one), heard(other))


def test_one_sample_can_be_retimed():
    assert heard(retimed_sound(Wave(1), 4, 1)).shape == (2, 1)


def test_time_passes_at_the_speed_that_was_asked_for():
    count = 3 * SAMPLE_RATE
    rising = np.repeat(np.linspace(0.1, 0.9, 30), count // 30).astype(np.float32)
    tone = np.sin(np.arange(count) * 2 * np.pi * 500 / SAMPLE_RATE).astype(np.float32) * rising
    wave = Wave(count, samples=np.stack([tone, tone]))
    for speed in (0.5, 1.5, 3):
        out = heard(retimed_sound(wave, speed, round(count / speed)))[0]
        for part in (0.25, 0.5, 0.75):
            middle = int(part * len(out))
            window = out[middle - 1500 : middle + 1500]
            assert abs(np.abs(window).max() - (0.1 + 0.8 * part)) < 0.05
