"""How the catalogue shows effects: each on something that suits it, in a loop that is small and ends as it begins."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from app.library.showing import HEIGHT, LENGTH_S, WIDTH, Showing, Turn, recipe_of, usual
from app.library.showings import SHOWINGS
from app.operation.starter import ASSETS
from artdag.catalog import load_effects, load_node_types
from artdag.digest import Digest, digest_bytes
from artdag.effect import Effect, Input
from artdag.media import Kind, MediaFacts, PictureFacts, SoundFacts
from artdag.plan import Plan
from artdag.planner import make_plan
from artdag.recipe_reader import parse_recipe
from artdag.world import World

CATALOG = load_effects()
FACTS = {digest_bytes(name.encode()): name for name in ASSETS}


def facts(digest: Digest) -> MediaFacts:
    """Return what is in the media that a server begins with, by and large."""
    name = FACTS[digest]
    if name in ("warm", "words"):
        return MediaFacts(kind=Kind.DATA, media_type="application/x-subrip", size=1000)
    length_s = LENGTH_S.get(name, 0.0)
    sound = SoundFacts(codec="aac", sample_rate=48_000, channels=2, duration_s=length_s or 8.0)
    if name == "music":
        return MediaFacts(kind=Kind.AUDIO, media_type="audio/wav", size=1000, duration_s=8.0, sound=sound)
    rate = Fraction(30 if name == "dunes" else 25)
    picture = PictureFacts(
        width=640,
        height=360,
        frame_rate=rate if length_s else Fraction(1),
        frame_count=round(length_s * rate) or 1,
        codec="h264" if length_s else "png",
        pixel_format="yuv420p" if length_s else "rgb24",
    )
    if not length_s:
        return MediaFacts(kind=Kind.IMAGE, media_type="image/png", size=1000, picture=picture)
    return MediaFacts(
        kind=Kind.VIDEO, media_type="video/mp4", size=1000, duration_s=length_s, picture=picture, sound=sound
    )


def planned(effect: Effect, showing: Showing) -> Plan:
    catalog = replace(CATALOG, effects={**CATALOG.effects, effect.name: effect})
    assets = {name: digest for digest, name in FACTS.items()}
    world = World(node_types=load_node_types(), effects=catalog, toolchain="any", assets=assets, facts=facts)
    return make_plan(parse_recipe(json.dumps(recipe_of(effect, showing)).encode()), {}, {}, world)


def shown(plan: Plan) -> Any:
    (key,) = plan.outputs.values()
    return plan.by_key[key].shape


def test_every_effect_of_this_project_is_shown_on_something_that_was_chosen_for_it():
    assert set(SHOWINGS) == set(CATALOG.effects)


@pytest.mark.parametrize("name", sorted(SHOWINGS))
def test_its_recipe_gives_a_loop_of_one_size_and_a_few_seconds(name):
    shape = shown(planned(CATALOG.get(name), SHOWINGS[name]))
    assert (shape.video.width, shape.video.height) == (WIDTH, HEIGHT)
    assert 2 <= shape.video.duration_s <= 8
    assert 0 <= SHOWINGS[name].at < 1
    assert (shape.sound is not None) >= (SHOWINGS[name].on == "music")


def test_no_loop_flashes_three_times_a_second():
    """Beyond that it may harm people (WCAG 2.3.1)."""
    assert SHOWINGS["strobe"].params["rate_hz"] < 3


def test_what_goes_round_comes_back_to_where_it_began():
    turns = [value for showing in SHOWINGS.values() for value in showing.params.values() if isinstance(value, Turn)]
    assert turns
    assert all((turn.end - turn.start) % 360 == 0 for turn in turns)


@pytest.mark.parametrize("effect", [pytest.param(effect, id=effect.name) for effect in CATALOG])
def test_an_effect_of_which_nothing_is_told_is_shown_all_the_same(effect):
    own = replace(effect, name="mine")
    showing = usual(own)
    assert showing is not None
    assert shown(planned(own, showing)).video.frame_count > 1


def test_an_effect_on_stills_alone_is_shown_on_a_still():
    own = replace(CATALOG.get("blur"), name="mine", inputs=(Input("input", (Kind.IMAGE,)),))
    showing = usual(own)
    assert showing is not None
    assert shown(planned(own, showing)).video.frame_count == 75
