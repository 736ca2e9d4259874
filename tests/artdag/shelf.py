"""Recipes in short, and media that exist as facts alone: all that checking and planning need."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

from artdag.catalog import load_effects, load_node_types
from artdag.digest import Digest, StepKey
from artdag.media import Kind, MediaFacts, PictureFacts, SoundFacts
from artdag.plan import Plan
from artdag.planner import make_plan
from artdag.recipe import Recipe
from artdag.recipe_reader import parse_recipe
from artdag.world import World
from tests.builders import a_digest


def picture(
    width: int = 64, height: int = 48, rate: Fraction = Fraction(25), count: int = 25, *, has_alpha: bool = False
) -> PictureFacts:
    return PictureFacts(
        width=width,
        height=height,
        frame_rate=rate,
        frame_count=count,
        codec="h264",
        pixel_format="yuv420p",
        has_alpha=has_alpha,
    )


def sound(duration_s: float = 1.0) -> SoundFacts:
    return SoundFacts(codec="aac", sample_rate=44100, channels=2, duration_s=duration_s)


def video(facts: PictureFacts, heard: SoundFacts | None = None) -> MediaFacts:
    duration_s = float(facts.frame_count / facts.frame_rate)
    return MediaFacts(
        kind=Kind.VIDEO, media_type="video/mp4", size=1000, duration_s=duration_s, picture=facts, sound=heard
    )


def image(facts: PictureFacts) -> MediaFacts:
    still = replace(facts, frame_rate=Fraction(1), frame_count=1)
    return MediaFacts(kind=Kind.IMAGE, media_type="image/png", size=1000, picture=still)


SHELF: Mapping[str, MediaFacts] = {
    "clip": video(picture(), sound()),
    "silent": video(picture(count=30)),
    "other": video(picture(96, 40, Fraction(30000, 1001), 45), sound(1.5)),
    "dog": video(picture(40, 30, count=10)),
    "blink": video(picture(count=1)),
    "photo": image(picture(99, 33)),
    "glass": image(picture(40, 60, has_alpha=True)),
    "song": MediaFacts(kind=Kind.AUDIO, media_type="audio/mpeg", size=1000, duration_s=2.0, sound=sound(2.0)),
    "words": MediaFacts(kind=Kind.DATA, media_type="text/plain", size=10),
}
NAMED = {a_digest(name): facts for name, facts in SHELF.items()}


@cache
def the_world(*assets: str) -> World:
    """Return a world with the real effects and node types, the media of the shelf, and those of them as *assets*."""
    return World(
        node_types=load_node_types(),
        effects=load_effects(),
        toolchain="test-toolchain",
        assets={name: a_digest(name) for name in assets},
        facts=NAMED.get,
    )


CLIP = "{id: clip, type: SOURCE, config: {input: true}}"
OTHER = "{id: other, type: SOURCE, config: {input: true}}"
SONG = "{id: song, type: SOURCE, config: {input: true}}"


def text_of(*nodes: str, output: str | None = None, head: str = "", outputs: str = "") -> bytes:
    """Return the text of a recipe; each of *nodes* is a line of YAML, the first of which stands on line 5."""
    last = output or nodes[-1].split("id: ", 1)[1].split(",", 1)[0]
    lines = ["name: tried", head.strip() or "version: '1.0'", "dag:", "  nodes:", *(f"    - {node}" for node in nodes)]
    lines += [f"  output: {last}"] + ([f"  outputs: {outputs}"] if outputs else [])
    return ("\n".join(lines) + "\n").encode()


def a_recipe(*nodes: str, **parts: Any) -> Recipe:
    return parse_recipe(text_of(*nodes, **parts))


def a_plan(
    *nodes: str,
    inputs: Mapping[str, str] | None = None,
    params: Mapping[str, Any] | None = None,
    world: World | None = None,
    **parts: Any,
) -> Plan:
    """Return the plan of *nodes*; *inputs* names media of the shelf, by default those called like the node."""
    recipe = a_recipe(*nodes, **parts)
    sources = [node.id for node in recipe.nodes if node.type == "SOURCE" and node.config.get("input")]
    named = {node: (inputs or {}).get(node, node) for node in sources}
    digests: dict[str, Digest] = {node: a_digest(name) for node, name in named.items() if name in SHELF}
    return make_plan(recipe, digests, params or {}, world or the_world())


def key_of(plan: Plan) -> StepKey:
    """Return the key of the step that makes the main output: the one before it is encoded."""
    step = plan.by_key[next(iter(plan.outputs.values()))]
    return step.inputs[0][1] if step.inputs else step.key


def using(effect: str, *inputs: str, **params: Any) -> str:
    """Return the node `it`: an EFFECT over *inputs*, or over `clip` as often as it takes inputs."""
    given = inputs or ["clip"] * len(the_world().effects.get(effect).wired)
    config = json.dumps({"effect": effect, "params": params})
    return f"{{id: it, type: EFFECT, config: {config}, inputs: [{', '.join(given)}]}}"


def key(*nodes: str, **parts: Any) -> StepKey:
    return key_of(a_plan(*nodes, **parts))
