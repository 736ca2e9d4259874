"""GENERATE: pictures, clips and sounds from nothing, the same whatever range is asked for."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from artdag.checker import check_recipe
from artdag.codec.bordered import color_values
from artdag.codec.decode import open_media
from artdag.codec.frame import Frame
from artdag.codec.probe import probe
from artdag.errors import ParameterError, RecipeError, RenderError
from artdag.media import SAMPLE_RATE, Kind
from artdag.nodes.generate import USES, Config
from artdag.params import Color
from tests.artdag.nodes.bench import Made, check_ranges, frames, made, samples
from tests.artdag.shelf import SONG, a_plan, a_recipe, key, the_world
from tests.artdag.studio import Studio

SMALL = {"width": 64, "height": 48}
PICTURES = ["color", "gradient", "noise", "test_pattern", "text"]
TURNING = {"keyframes": [[0, 0], [0.4, 90]]}


def generated(kind: str, **config: object) -> Made:
    return made("GENERATE", {"kind": kind, **({"text": "Words"} if kind == "text" else {}), **config})


def picture(item: Made, index: int = 0) -> Frame:
    (frame,) = item.media.video.frames(index, index + 1)
    return Frame.over(frame)


def node(config: str, name: str = "it") -> str:
    return f"{{id: {name}, type: GENERATE, config: {config}}}"


# --- shapes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_without_duration_is_a_still_of_1280_by_720(kind):
    for still in (generated(kind), generated(kind, duration=None)):
        shape = still.shape.video
        assert still.shape.kind is Kind.IMAGE
        assert (shape.width, shape.height, shape.pixel_format) == (1280, 720, "rgb24")
        assert (shape.frame_rate, shape.frame_count) == (1, 1)
        assert len(frames(still.media.video)) == 1


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("size", [(64, 48), (63, 47), (1280, 72)], ids=str)
def test_a_picture_with_duration_is_a_clip_and_any_range_of_it_is_the_same(kind, size):
    clip = generated(kind, duration=0.4, width=size[0], height=size[1])
    shape = clip.shape.video
    assert clip.shape.kind is Kind.VIDEO
    assert clip.shape.sound is None
    assert (shape.width, shape.height, shape.pixel_format) == (*size, "yuv420p")
    assert (shape.frame_rate, shape.frame_count) == (25, 10)
    check_ranges(clip, cuts=[(0, 1), (9, 10), (3, 7), (5, 6)])


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        (25, Fraction(25)),
        (12.5, Fraction(25, 2)),
        ("30000/1001", Fraction(30000, 1001)),
        (29.97, Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        ("59.94", Fraction(60000, 1001)),
        ("50", Fraction(50)),
        (240, Fraction(240)),
        (119.88, Fraction(120000, 1001)),
        (47.95, Fraction(48000, 1001)),
        (33.333333333333336, Fraction(100, 3)),
    ],
)
def test_a_rate_is_written_as_people_write_it(written, rate):
    clip = generated("color", duration=1, frame_rate=written, **SMALL)
    assert clip.shape.video.frame_rate == rate
    assert clip.shape.video.frame_count == int(rate + Fraction(1, 2))


@pytest.mark.parametrize("kind", ["tone", "silence"])
def test_a_sound_lasts_five_seconds_or_as_long_as_it_is_told_to(kind):
    assert generated(kind).shape.sound.sample_count == 5 * SAMPLE_RATE
    short = generated(kind, duration=0.1)
    assert short.shape.kind is Kind.AUDIO
    assert short.shape.video is None
    assert samples(short.media).shape == (2, 4800)
    check_ranges(short)


def test_what_lasts_no_time_lasts_a_frame_or_a_sample_at_least():
    assert generated("color", duration=0.001, **SMALL).shape.video.frame_count == 1
    assert generated("silence", duration=0.001).shape.sound.sample_count == 48


# --- pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("color", "rgb"),
    [("#ff8800", "#ff8800"), ("black", "#000000"), ("white", "#ffffff"), ("navy", "#000080"), ("#123", "#112233")],
)
def test_a_colour_is_that_colour(color, rgb):
    assert (picture(generated("color", color=color, **SMALL)).planes[0] == Color(rgb).rgb).all()
    clip = picture(generated("color", color=color, duration=0.2, **SMALL), 3)
    for plane, value in zip(clip.planes, color_values(Color(rgb), "yuv420p")[:3], strict=True):
        assert (plane == value).all()


def test_without_a_colour_it_is_black():
    assert not picture(generated("color", **SMALL)).planes[0].any()


def test_a_gradient_goes_from_one_colour_to_the_other():
    across = picture(generated("gradient", color="#ff0000", color2="#0000ff", width=511, height=8)).planes[0]
    assert across[0, 0].tolist() == [255, 0, 0]
    assert across[0, -1].tolist() == [0, 0, 255]
    assert across[0, 255].tolist() == [128, 0, 128]
    down = picture(generated("gradient", angle=90, width=8, height=511)).planes[0]
    assert [int(value) for value in down[(0, 255, 510), 0, 0]] == [0, 128, 255]


def test_the_angle_of_a_gradient_can_change():
    turning = generated("gradient", angle=TURNING, duration=0.44, **SMALL)
    check_ranges(turning)
    upright, level = (
        frames(generated("gradient", angle=angle, duration=0.04, **SMALL).media.video) for angle in (0, 90)
    )
    assert frames(turning.media.video)[:1] == upright
    assert frames(turning.media.video)[10:] == level
    assert len(set(frames(turning.media.video))) == 11


def test_a_still_of_a_turning_gradient_is_its_beginning():
    assert frames(generated("gradient", angle=TURNING, **SMALL).media.video) == frames(
        generated("gradient", angle=0, **SMALL).media.video
    )


def test_noise_is_new_in_every_frame_and_spread_evenly():
    noise = generated("noise", duration=0.4, width=256, height=128)
    assert len(set(frames(noise.media.video))) == 10
    luma, u, v = picture(noise, 4).planes
    assert (luma.min(), luma.max()) == (16, 235)
    assert luma.mean() == pytest.approx(125.5, abs=2)
    assert np.histogram(luma, 4, (16, 236))[0] == pytest.approx(256 * 128 / 4, rel=0.05)
    assert (u == 128).all()
    assert (v == 128).all()


def test_a_seed_is_a_noise_and_another_seed_another():
    one, same, other = (generated("noise", seed=seed, duration=0.04, **SMALL) for seed in (1, 1, 2))
    assert frames(one.media.video) == frames(same.media.video) != frames(other.media.video)
    digest = hashlib.sha256(frames(one.media.video)[0]).hexdigest()
    assert digest[:16] == "f786832bf31b1aa5"


def test_noise_lies_between_its_colours():
    still = picture(generated("noise", color="#100000", color2="#20ff40", **SMALL)).planes[0]
    assert still[..., 0].min() >= 0x10
    assert still[..., 0].max() <= 0x20
    share = still[..., 1] / 255
    assert np.abs(still[..., 2] - share * 0x40).max() <= 0.51


def test_every_frame_of_the_test_pattern_can_be_told():
    pattern = generated("test_pattern", duration=4, frame_rate=10, width=320, height=180)
    shown = frames(pattern.media.video)
    assert len(set(shown)) == 40


def test_text_is_in_the_middle_and_within_its_margins():
    luma = picture(generated("text", text="Middle", duration=0.1, width=400, height=200)).planes[0]
    rows, columns = np.nonzero(luma.max(axis=1) > 16)[0], np.nonzero(luma.max(axis=0) > 16)[0]
    assert luma.max() == 235
    assert abs((columns[0] + columns[-1]) / 2 - 200) <= 4
    assert abs((rows[0] + rows[-1]) / 2 - 100) <= 6
    long = picture(generated("text", text="many words " * 30, size=90, duration=0.1, width=400, height=200)).planes[0]
    rows, columns = np.nonzero(long.max(axis=1) > 16)[0], np.nonzero(long.max(axis=0) > 16)[0]
    assert columns[0] >= 19
    assert columns[-1] <= 380
    assert rows[0] >= 9
    assert rows[-1] <= 190


def test_text_has_its_colours():
    still = picture(generated("text", text="■", size=90, color="#ff8800", color2="navy", width=200, height=100))
    assert still.planes[0][0, 0].tolist() == [0, 0, 128]
    assert still.planes[0][50, 100].tolist() == [255, 0x88, 0]


def test_text_is_the_same_in_every_frame():
    assert len(set(frames(generated("text", duration=1, **SMALL).media.video))) == 1


def test_the_size_of_letters_is_an_eighth_of_the_height_where_none_is_given():
    for height in (160, 400):
        plain = generated("text", text="H", width=600, height=height)
        assert plain.params["size"] == height // 8
        assert frames(plain.media.video) == frames(
            generated("text", text="H", width=600, height=height, size=height // 8).media.video
        )


# --- sounds -----------------------------------------------------------------------------------------------------------


def test_a_tone_is_a_sine_of_its_frequency_and_level():
    heard = samples(generated("tone", frequency=1000, level_db=-6, duration=1).media)
    assert np.array_equal(heard[0], heard[1])
    spectrum = np.abs(np.fft.rfft(heard[0]))
    assert spectrum.argmax() == 1000
    assert 20 * np.log10(np.abs(heard).max()) == pytest.approx(-6, abs=0.001)
    assert np.abs(heard[:, [0, -1]]).max() < 0.001


def test_a_tone_is_440_hertz_18_below_full_scale_where_nothing_is_said():
    assert np.array_equal(
        samples(generated("tone").media), samples(generated("tone", frequency=440, level_db=-18, duration=5).media)
    )


def test_the_level_of_a_tone_can_change():
    fading = generated("tone", frequency=12_000, level_db={"keyframes": [[0, 0], [1, -20]]}, duration=1)
    heard = np.abs(samples(fading.media)[0])
    assert heard[24_001] == pytest.approx(10 ** (-10 / 20), abs=1e-3)
    check_ranges(fading)


def test_silence_is_silent():
    assert not samples(generated("silence", duration=1).media).any()


# --- refusals ---------------------------------------------------------------------------------------------------------


SOME = {
    "seed": 1,
    "color": "red",
    "color2": "blue",
    "angle": 3,
    "text": "a",
    "size": 20,
    "frequency": 100,
    "level_db": -3,
    "width": 10,
    "height": 10,
    "frame_rate": 25,
    "duration": 1,
}


@pytest.mark.parametrize("kind", USES)
@pytest.mark.parametrize("name", SOME)
def test_a_setting_belongs_to_its_kinds_and_is_refused_by_the_others(kind, name):
    config = {"kind": kind, name: SOME[name]}
    config |= {"text": "a"} if kind == "text" else {}
    config |= {"duration": 1} if name == "frame_rate" else {}
    if name in USES[kind]:
        made("GENERATE", config)
        return
    with pytest.raises(ParameterError, match=f"GENERATE {kind} has no use for '{name}'") as told:
        made("GENERATE", config)
    assert told.value.problems[0].field == f"config.{name}"
    assert told.value.problems[0].hint == f"it takes {', '.join(USES[kind])}"


def test_every_setting_belongs_to_some_kind():
    assert {name for names in USES.values() for name in names} == set(Config.__dataclass_fields__) - {"kind"}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "GENERATE needs 'kind'"),
        ({"kind": "colour"}, "'kind' cannot be 'colour': did you mean 'color'"),
        ({"kind": "text"}, "GENERATE text needs a 'text'"),
        ({"kind": "text", "text": " \n"}, "the text is empty: there is nothing to write"),
        ({"kind": "text", "text": ""}, "has length 0"),
        ({"kind": "color", "frame_rate": 25}, "a still where no 'duration' is given, and that has no 'frame_rate'"),
        ({"kind": "color", "duration": 1, "frame_rate": 0}, "'frame_rate' is from 1 to 240"),
        ({"kind": "color", "duration": 1, "frame_rate": "1/0"}, "'frame_rate' is from 1 to 240"),
        ({"kind": "color", "duration": 1, "frame_rate": "25/2/3"}, "'frame_rate' is from 1 to 240"),
        ({"kind": "color", "duration": 1, "frame_rate": "1e999999999"}, "'frame_rate' is from 1 to 240"),
        ({"kind": "color", "duration": 1, "frame_rate": 10**5000}, "'frame_rate' is from 1 to 240"),
        ({"kind": "color", "duration": 1, "frame_rate": [25]}, "'frame_rate' is from 1 to 240"),
        ({"kind": "color", "duration": 1, "frame_rate": "fast"}, "'frame_rate' is from 1 to 240"),
        ({"kind": "color", "duration": 1, "frame_rate": True}, "'frame_rate' is from 1 to 240"),
        ({"kind": "color", "duration": 1, "frame_rate": float("inf")}, "'frame_rate' is from 1 to 240"),
        ({"kind": "color", "duration": 1, "frame_rate": {"keyframes": [[0, 1], [1, 2]]}}, "'frame_rate' is from 1"),
        ({"kind": "color", "duration": 0}, "outside 0.001 to 86400"),
        ({"kind": "color", "duration": 1, "height": 5000}, "a clip may be 8192×4320 at most"),
        ({"kind": "color", "width": 1}, "outside 2 to 8192"),
        ({"kind": "color", "width": {"keyframes": [[0, 2], [1, 4]]}}, "cannot change over time: it decides the size"),
        ({"kind": "tone", "frequency": {"keyframes": [[0, 2], [1, 4]]}}, "it decides the phase of every sample"),
        ({"kind": "tone", "frequency": 24_000}, "outside 1 to 20000"),
        ({"kind": "color", "color": {"keyframes": [[0, "red"]]}}, "cannot change over time: only numbers can"),
        ({"kind": "color", "speed": 2}, "no setting 'speed'"),
    ],
)
def test_what_cannot_be_is_refused(config, words):
    with pytest.raises(ParameterError, match=words):
        made("GENERATE", config)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(ParameterError) as told:
        generated("silence", color="red", angle=3)
    assert [problem.field for problem in told.value.problems] == ["config.color", "config.angle"]


def test_text_that_does_not_fit_is_refused_when_it_is_drawn():
    crowded = generated("text", text="many words " * 100, **SMALL)
    with pytest.raises(RenderError, match="does not fit into 58×43 px"):
        frames(crowded.media.video)


# --- in a recipe ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "then", "words"),
    [
        ("{kind: tone}", "RESIZE, config: {width: 10}", "RESIZE needs image or video in slot 1; 'it' gives audio"),
        ("{kind: color}", "AUDIO_MIX", "AUDIO_MIX needs audio or video in slot 1; 'it' gives image"),
    ],
)
def test_the_kind_of_what_it_gives_is_known_before_anything_is_planned(config, then, words):
    song = SONG.replace("input: true", "input: true, accept: [audio]")
    inputs = "[it, song]" if then == "AUDIO_MIX" else "[it]"
    recipe = a_recipe(node(config), song, f"{{id: next, type: {then}, inputs: {inputs}}}")
    with pytest.raises(RecipeError, match=words):
        check_recipe(recipe, the_world())


@pytest.mark.parametrize(
    ("config", "then"),
    [
        ("{kind: color, duration: 2}", "SEGMENT, config: {duration: 1}"),
        ("{kind: tone}", "SEGMENT, config: {duration: 1}"),
        ("{kind: gradient}", "RESIZE, config: {width: 10}"),
    ],
)
def test_what_fits_its_kind_may_follow(config, then):
    nodes = node(config), f"{{id: next, type: {then}, inputs: [it]}}"
    assert check_recipe(a_recipe(*nodes), the_world()) == ()
    a_plan(*nodes)


def test_it_takes_no_inputs():
    with pytest.raises(RecipeError, match="GENERATE 'it' takes no inputs, and is given 1"):
        a_plan(SONG, "{id: it, type: GENERATE, config: {kind: color}, inputs: [song]}")


def test_equal_work_has_equal_keys_however_it_is_written():
    assert key(node("{kind: color}")) == key(node("{kind: color, color: '#000', width: 1280, duration: null}"))
    clip = key(node("{kind: noise, duration: 1, frame_rate: 29.97, seed: 0}"))
    assert clip == key(node("{kind: noise, duration: 1.001, frame_rate: 30000/1001}"))
    assert clip != key(node("{kind: noise, duration: 1, frame_rate: 30000/1001, seed: 1}"))
    assert key(node("{kind: color}")) != key(node("{kind: color, height: 722}"))
    assert key(node("{kind: tone, frequency: 440.0}")) == key(node("{kind: tone}"))
    assert key(node("{kind: tone}")) != key(node("{kind: silence}"))


def test_a_recipe_of_generated_things_alone_is_rendered(tmp_path: Path):
    studio = Studio(tmp_path)
    nodes = (
        node("{kind: test_pattern, duration: 1, width: 320, height: 180, frame_rate: 30000/1001}", "bars"),
        node("{kind: tone, frequency: 1000, duration: 2}", "tone"),
        "{id: both, type: MUX, inputs: [bars, tone]}",
    )
    plan = studio.plan(*nodes, inputs={}, head="output: {profile: lossless}")
    done = studio.render(plan)
    shown = open_media(done.path, probe(done.path))
    assert (shown.video.shape.frame_rate, shown.video.shape.frame_count) == (Fraction(30000, 1001), 30)
    pattern = generated("test_pattern", duration=1, width=320, height=180, frame_rate="30000/1001")
    assert frames(shown.video) == frames(pattern.media.video)
    tone = samples(generated("tone", frequency=1000, duration=2).media, 0, shown.video.shape.sample_count)
    assert np.abs(samples(shown) - tone).max() < 1e-4


@pytest.mark.parametrize("kind", PICTURES)
def test_a_still_is_written_as_it_is(tmp_path: Path, kind: str):
    studio = Studio(tmp_path)
    text = ", text: Words" if kind == "text" else ""
    done = studio.render(studio.plan(node(f"{{kind: {kind}, width: 64, height: 48{text}}}"), inputs={}))
    assert done.facts.kind is Kind.IMAGE
    shown = open_media(done.path, probe(done.path))
    assert frames(shown.video) == frames(generated(kind, **SMALL).media.video)


@pytest.mark.parametrize("kind", ["noise", "test_pattern", "text"])
def test_a_clip_is_the_same_bytes_each_time(tmp_path: Path, kind: str):
    text = ", text: Words" if kind == "text" else ""
    made_twice = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        studio = Studio(tmp_path / name)
        done = studio.render(studio.plan(node(f"{{kind: {kind}, duration: 0.2{text}}}"), inputs={}))
        made_twice.append(done.path.read_bytes())
    assert made_twice[0] == made_twice[1]
