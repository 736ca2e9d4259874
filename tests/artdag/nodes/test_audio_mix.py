"""AUDIO_MIX: several sounds at once, as loud as they are told to be, and never beyond full scale."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from artdag.codec.decode import open_media
from artdag.codec.probe import probe
from artdag.codec.stream import Media
from artdag.errors import ParameterError, RecipeError
from artdag.media import SAMPLE_RATE, Kind
from tests.artdag.codec.files import a_video_file
from tests.artdag.nodes.bench import a_sound, a_video, check_ranges, made, samples
from tests.artdag.shelf import CLIP, SONG, a_plan, key
from tests.artdag.studio import Studio
from tests.media import run_ffmpeg


def mixed(*inputs, **config):
    return made("AUDIO_MIX", config, *inputs)


def loud(value: float, count: int = 48_000):
    return a_sound(count, samples=np.full((2, count), value, np.float32))


def mix_of(*names: str, config: str = "{}") -> tuple[str, ...]:
    sources = dict.fromkeys(names)
    return (
        *(f"{{id: {name}, type: SOURCE, config: {{input: true}}}}" for name in sources),
        f"{{id: mix, type: AUDIO_MIX, config: {config}, inputs: [{', '.join(names)}]}}",
    )


# --- the sum ----------------------------------------------------------------------------------------------------------


def test_a_mix_is_the_sum_of_its_inputs():
    one, other = a_sound(5000), loud(0.25, 5000)
    assert np.array_equal(samples(mixed(one, other).media), samples(one.media) + np.float32(0.25))


@pytest.mark.parametrize("count", [2, 3, 7])
def test_any_number_of_inputs_is_mixed(count):
    whole = mixed(*[loud(0.125, 100)] * count)
    assert (samples(whole.media) == 0.125 * count).all()


def test_each_input_has_its_gain():
    whole = mixed(loud(0.5), loud(0.25), loud(0.125), gains=[0.5, 0, 2])
    assert (samples(whole.media) == 0.25 + 0 + 0.25).all()


def test_left_and_right_stay_apart():
    left = a_sound(100, samples=np.stack([np.full(100, 0.5), np.zeros(100)]).astype(np.float32))
    whole = samples(mixed(left, left).media)
    assert (whole[0] == np.float32(0.98)).all() or np.abs(whole[0] - 0.98).max() < 1e-6
    assert not whole[1].any()


def test_the_longest_decides_and_the_others_are_silent_after_their_end():
    whole = mixed(loud(0.5, 1000), loud(0.25, 3001))
    assert whole.shape.kind is Kind.AUDIO
    assert whole.shape.video is None
    assert whole.shape.sound.sample_count == 3001
    heard = samples(whole.media)
    assert (heard[:, :1000] == 0.75).all()
    assert (heard[:, 1000:] == 0.25).all()
    check_ranges(whole)


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001)], ids=str)
def test_of_clips_the_sound_counts_and_a_silent_one_lasts_as_long_as_its_picture(rate):
    clip, silent = a_video(7, rate=rate), a_video(11, rate=rate, sound=False)
    whole = mixed(clip, silent)
    assert whole.media.video is None
    assert whole.shape.sound.sample_count == silent.shape.video.sample_count
    heard, own = samples(whole.media), samples(clip.media)
    assert np.array_equal(heard[:, : own.shape[1]], own)
    assert not heard[:, own.shape[1] :].any()
    check_ranges(whole)


# --- full scale -------------------------------------------------------------------------------------------------------


def test_a_mix_that_would_exceed_full_scale_is_brought_down_as_a_whole():
    swelling = a_sound(96_000, samples=np.linspace(0, 1, 96_000, dtype=np.float32) * np.ones((2, 1), np.float32))
    whole = mixed(swelling, swelling)
    heard = samples(whole.media)
    assert np.abs(heard).max() == pytest.approx(0.98, abs=1e-6)
    assert np.abs(heard - 0.98 * samples(swelling.media)).max() < 1e-6  # from the first sample on: it does not pump
    check_ranges(whole)


def test_a_single_peak_decides_for_all():
    spike = np.full((2, 50_000), 0.1, np.float32)
    spike[1, 49_000] = -1.5
    whole = samples(mixed(a_sound(50_000, samples=spike), loud(0.0, 10)).media)
    assert whole[1, 49_000] == pytest.approx(-0.98)
    assert whole[0, 0] == pytest.approx(0.1 * 0.98 / 1.5)


def test_a_mix_below_full_scale_is_not_touched():
    assert (samples(mixed(loud(0.5), loud(0.25)).media) == 0.75).all()


def test_normalizing_can_be_left_out():
    assert (samples(mixed(loud(1.0), loud(0.75), normalize=False).media) == 1.75).all()


def test_silence_stays_silent():
    assert not samples(mixed(loud(0.0), loud(0.0)).media).any()


def test_a_range_alone_is_as_loud_as_in_the_whole():
    quiet_then_loud = np.concatenate([np.full((2, 60_000), 0.1), np.full((2, 60_000), 2.0)], axis=1).astype(np.float32)
    parts = a_sound(120_000, samples=quiet_then_loud), loud(0.0, 10)
    alone = samples(mixed(*parts).media, 100, 200)
    assert np.array_equal(alone, samples(mixed(*parts).media)[:, 100:200])
    assert alone[0, 0] == pytest.approx(0.1 * 0.98 / 2)


# --- gains that change ------------------------------------------------------------------------------------------------


def test_a_gain_follows_keyframes_sample_by_sample():
    rising = {"keyframes": [[0, 0], [1, 1]]}
    whole = mixed(loud(0.5), loud(0.0), gains=[rising, 1])
    assert np.abs(samples(whole.media)[0] - 0.5 * np.arange(48_000) / 48_000).max() < 1e-7
    check_ranges(whole)


def test_a_gain_that_jumps_makes_no_click():
    jumping = {"keyframes": [[0, 0], [0.5, 2]], "ease": "hold"}
    heard = samples(mixed(loud(0.25), loud(0.0), gains=[jumping, 1]).media)[0]
    assert heard[0] == 0
    assert heard[-1] == 0.5
    assert np.abs(np.diff(heard)).max() <= 0.5 / 240 + 1e-6


def test_the_peak_is_that_of_the_moving_mix():
    rising = {"keyframes": [[0, 0], [0.9, 2]]}
    whole = mixed(loud(0.98), loud(0.0), gains=[rising, 1])
    heard = samples(whole.media)
    assert np.abs(heard).max() == pytest.approx(0.98, abs=1e-6)
    assert heard[0, 21_600] == pytest.approx(0.49, abs=1e-6)
    check_ranges(whole)


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"gains": [1]}, "AUDIO_MIX has 2 inputs, and 'gains' has 1: there is one for each"),
        ({"gains": [1, 1, 1]}, "AUDIO_MIX has 2 inputs, and 'gains' has 3"),
        ({"gains": []}, "AUDIO_MIX has 2 inputs, and 'gains' has 0"),
        ({"gains": 1}, "'gains' is a list of numbers from 0 to 2, one for each input"),
        ({"gains": {"keyframes": [[0, 1]]}}, "'gains' is a list of numbers"),
        ({"gains": [1, 2.5]}, "'gain' is 2.5, outside 0 to 2"),
        ({"gains": [1, -1]}, "outside 0 to 2"),
        ({"gains": [1, "loud"]}, "takes a number, not 'loud'"),
        ({"gains": [1, {"keyframes": [[0, 1], [1, 3]]}]}, "outside 0 to 2"),
        ({"gains": [1, {"keyframes": [[1, 1], [0, 2]]}]}, "not in order"),
        ({"normalize": 1}, "takes true or false"),
        ({"gain": [1, 1]}, "no setting 'gain'"),
    ],
)
def test_what_cannot_be_is_refused(config, words):
    with pytest.raises(ParameterError, match=words):
        mixed(a_sound(10), a_sound(10), **config)


def test_each_wrong_gain_is_told_at_its_place():
    with pytest.raises(ParameterError) as told:
        mixed(a_sound(10), a_sound(10), gains=[3, -1])
    assert [problem.field for problem in told.value.problems] == ["config.gains.0", "config.gains.1"]


@pytest.mark.parametrize(
    ("names", "config", "words"),
    [
        (("clip", "photo"), "{}", "AUDIO_MIX needs audio or video in slot 2; 'photo' gives image"),
        (("song",), "{}", "AUDIO_MIX 'mix' takes 2 or more inputs, and is given 1"),
        (("song", "clip"), "{gains: [1, 1, 1]}", "'gains' has 3: there is one for each"),
    ],
)
def test_a_recipe_that_cannot_be_mixed_is_refused(names, config, words):
    with pytest.raises(RecipeError, match=words):
        a_plan(*mix_of(*names, config=config))


def test_a_mix_is_no_picture():
    still = "{id: box, type: RESIZE, config: {width: 10}, inputs: [mix]}"
    with pytest.raises(RecipeError, match=r"RESIZE needs image or video in slot 1; 'mix' gives audio"):
        a_plan(*mix_of("clip", "song"), still)


# --- keys and files ---------------------------------------------------------------------------------------------------


def test_gains_of_one_are_the_default_and_order_is_meaning():
    assert key(*mix_of("clip", "song")) == key(*mix_of("clip", "song", config="{gains: [1, 1.0], normalize: true}"))
    assert key(*mix_of("clip", "song")) != key(*mix_of("song", "clip"))
    assert key(*mix_of("clip", "song")) != key(*mix_of("clip", "song", config="{normalize: false}"))
    assert key(*mix_of("clip", "song")) != key(*mix_of("clip", "song", config="{gains: [1, 0.5]}"))


def test_files_of_other_rates_are_mixed_and_written(tmp_path: Path):
    studio = Studio(tmp_path)
    clip = studio.add(a_video_file(tmp_path))
    run_ffmpeg("-f", "lavfi", "-i", "sine=frequency=500:sample_rate=44100:duration=0.7", tmp_path / "song.flac")
    song = studio.add(tmp_path / "song.flac")
    wav, inputs = "output: {profile: wav}", {"clip": clip, "song": song}
    plan = studio.plan(CLIP, SONG, *mix_of("clip", "song")[2:], inputs=inputs, head=wav)
    done = studio.render(plan)
    assert done.facts.kind is Kind.AUDIO
    parts = [opened(studio.files[digest]) for digest in (clip, song)]
    length = max(part.sound.shape.sample_count for part in parts)
    assert round(done.facts.sound.duration_s * SAMPLE_RATE) == length
    wanted = np.zeros((2, length), np.float32)
    for part in parts:
        own = samples(part)
        wanted[:, : own.shape[1]] += own
    heard = samples(opened(done.path))
    scale = min(1, 0.98 / np.abs(wanted).max())
    assert np.abs(heard[:, :length] - wanted * scale).max() < 1e-4


def opened(path: Path) -> Media:
    return open_media(path, probe(path))
