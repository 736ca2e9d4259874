"""Media and plans at the ends of what there is: each works, or gets one clear sentence that names the node."""

from __future__ import annotations

import math
import struct
import wave
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from artdag.codec.probe import probe
from artdag.digest import Digest
from artdag.errors import RecipeError
from artdag.local_store import LocalStore
from artdag.media import MediaFacts
from artdag.recipe_reader import parse_recipe
from artdag.stage import stages
from tests.artdag.codec.files import a_video_file
from tests.artdag.shelf import CLIP, OTHER, a_plan, text_of, using


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def made(store: LocalStore, *nodes: str, head: str = "", **inputs: Digest) -> MediaFacts:
    """Render *nodes* and return what came out, looked at anew."""
    outcome = store.carry_out(store.plan(parse_recipe(text_of(*nodes, head=head)), inputs, {}))
    (digest,) = outcome.outputs.values()
    return probe(store.content.path(digest))


def a_picture(folder: Path, width: int, height: int) -> Path:
    Image.new("RGB", (width, height), (200, 90, 30)).save(folder / f"{width}x{height}.png", compress_level=1)
    return folder / f"{width}x{height}.png"


def a_tone(folder: Path, rate: int, channels: int, seconds: float = 0.25) -> Path:
    path = folder / f"{rate}-{channels}.wav"
    levels = (int(9_000 * math.sin(index * 440 * math.tau / rate)) for index in range(round(rate * seconds)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"".join(struct.pack("<h", level) * channels for level in levels))
    return path


@pytest.mark.parametrize(("width", "height"), [(7680, 4320), (1, 1), (1, 4000), (4001, 1), (33, 17)])
def test_pictures_of_8k_of_one_pixel_and_of_one_line_keep_their_size(store, tmp_path, width, height):
    facts = made(store, CLIP, using("invert"), clip=store.add(a_picture(tmp_path, width, height)))
    assert facts.picture is not None
    assert (facts.picture.width, facts.picture.height) == (width, height)


def test_a_clip_of_one_pixel_becomes_one_that_every_player_shows(store, tmp_path):
    source = store.add(a_video_file(tmp_path, count=5, width=1, height=1))
    facts = made(store, CLIP, using("sepia"), clip=source)
    assert facts.picture is not None
    assert (facts.picture.width, facts.picture.height, facts.picture.frame_count) == (2, 2, 5)


def test_what_is_larger_than_8k_is_refused_in_one_sentence():
    wide = "{id: box, type: RESIZE, config: {width: 8192, height: 8192, mode: stretch}, inputs: [clip]}"
    with pytest.raises(RecipeError, match="'box' would be 8192 × 8192; 8192 × 4320 is the most"):
        a_plan(CLIP, wide)


@pytest.mark.parametrize("rate", [Fraction(240), Fraction(1, 7), Fraction(24000, 1001)])
def test_clips_of_any_frame_rate_keep_it_frame_by_frame(store, tmp_path, rate):
    facts = made(store, CLIP, using("invert"), clip=store.add(a_video_file(tmp_path, count=13, rate=rate, sound=False)))
    assert facts.picture is not None
    assert (facts.picture.frame_rate, facts.picture.frame_count) == (rate, 13)


def test_a_moving_picture_that_claims_no_time_between_frames_is_shown_at_a_rate_that_there_is(store, tmp_path):
    frames = [Image.new("RGB", (16, 12), (index * 40, 0, 0)) for index in range(6)]
    frames[0].save(tmp_path / "still.gif", save_all=True, append_images=frames[1:], duration=0, loop=0)
    facts = made(store, CLIP, using("invert"), clip=store.add(tmp_path / "still.gif"))
    assert facts.picture is not None
    assert facts.picture.frame_rate > 0
    assert facts.picture.frame_count == 6


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (192_000, 2), (48_000, 8), (44_100, 6), (11_025, 1)])
def test_sound_of_any_rate_and_any_number_of_channels_comes_out_as_long_as_it_was(store, tmp_path, rate, channels):
    facts = made(
        store, CLIP, using("gain"), head="output: {profile: wav}", clip=store.add(a_tone(tmp_path, rate, channels))
    )
    assert facts.sound is not None
    assert (facts.sound.sample_rate, facts.sound.channels) == (48_000, 2)
    assert facts.sound.duration_s == pytest.approx(0.25, abs=1e-4)


def test_a_clip_that_is_shorter_than_its_transition_is_told_with_the_node(tmp_path):
    crossed = "{id: both, type: SEQUENCE, config: {transition: {type: crossfade, duration: 5}}, inputs: [clip, other]}"
    with pytest.raises(RecipeError) as told:
        a_plan(CLIP, OTHER, crossed)
    (problem,) = told.value.problems
    assert problem.node == "both"
    assert "clip 1 lasts 1 s, too short for the transitions that touch it" in problem.message


def wide(count: int) -> list[str]:
    """Return a film of as many stills, each made by two nodes of its own."""
    how = "{id: n%d, type: EFFECT, config: {effect: brightness, params: {amount: %g}}, inputs: [clip]}"
    nodes = [how % (place, place / count) for place in range(1, count + 1)]
    nodes += [
        f"{{id: d{place}, type: EFFECT, config: {{effect: invert}}, inputs: [n{place}]}}"
        for place in range(1, count + 1)
    ]
    listed = ", ".join(f"d{place}" for place in range(1, count + 1))
    return [CLIP, *nodes, f"{{id: film, type: SEQUENCE, config: {{still_duration: 0.04}}, inputs: [{listed}]}}"]


def test_a_plan_two_thousand_wide_is_one_pass():
    plan = a_plan(*wide(2_000), inputs={"clip": "photo"})
    assert len(plan.steps) == 2 * 2_000 + 3
    (stage,) = stages(plan, ())
    assert len(stage.nodes) == 2 * 2_000 + 2


def test_a_wide_plan_is_rendered_as_one_film(store, tmp_path):
    facts = made(store, *wide(60), clip=store.add(a_picture(tmp_path, 16, 12)))
    assert facts.picture is not None
    assert facts.picture.frame_count == 60
