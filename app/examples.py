"""Example pictures of effects: each made by the effect itself from a medium this server begins with, and kept."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.posters import picture_facts
from app.probing import looking_context
from app.services import Services
from artdag.catalog import load_effects, load_node_types
from artdag.codec.poster import write_poster
from artdag.confined import Channel, run_confined
from artdag.digest import Digest, StepKey, record_key
from artdag.effect import Effect
from artdag.executor import render
from artdag.media import Kind, MediaFacts
from artdag.params import ParamSpec, plain
from artdag.plan import ENCODE, SOURCE, Plan
from artdag.planner import make_plan
from artdag.recipe_reader import parse_recipe, recipe_for_effect
from artdag.result_cache import Result
from artdag.run import rfc3339
from artdag.walls import Limits

_RECORD = "artdag/example/1"
_LIMITS = Limits(
    address_space_bytes=6 << 30, cpu_s=120, file_size_bytes=256 << 20, open_files=128, processes=64, wall_s=180
)
_SUBJECTS = {Kind.IMAGE: ("cat",), Kind.VIDEO: ("dog", "waves"), Kind.AUDIO: ("music",)}
_turns = threading.BoundedSemaphore(1)
"""A catalogue full of effects must not take all processors from those who render."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A small picture."""

    digest: Digest
    facts: MediaFacts


def example_of(services: Services, effect: Effect) -> Example | None:
    """Return the example of *effect*, made now where there is none yet; None where this server has no subject for it.

    Raises:
        ArtDagError: when the effect fails.
    """
    subjects = _subjects(services, effect)
    if subjects is None:
        return None
    key = record_key(_RECORD, effect.name, effect.code_hash, services.toolchain, subjects)
    kept = _kept(services, key)
    if kept is not None:
        return kept
    with _turns:
        return _kept(services, key) or _made(services, effect, subjects, key)


def _kept(services: Services, key: StepKey) -> Example | None:
    result = services.results.get(key)
    if result is None or not services.content.has(result.digest):
        return None
    return Example(digest=result.digest, facts=result.facts)


def _subjects(services: Services, effect: Effect) -> dict[str, Digest] | None:
    """Return a medium for each input: a picture where it takes one, else a clip, else sound; never the same twice."""
    known, taken = services.assets.all(), dict[str, Digest]()
    for place, item in enumerate(effect.wired):
        kinds = [kind for kind in (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO) if kind in item.kinds]
        if effect.group == "time" and Kind.VIDEO in kinds:
            kinds = [Kind.VIDEO]
        names = [name for kind in kinds for name in _SUBJECTS[kind] if name in known]
        fresh = [name for name in names if known[name] not in taken.values()] or names
        if not fresh:
            return None
        taken[item.slot] = known[fresh[0 if place == 0 else -1]]
    return taken


def _made(services: Services, effect: Effect, subjects: dict[str, Digest], key: StepKey) -> Example:
    started = time.monotonic()
    recipe = parse_recipe(recipe_for_effect(effect))
    plain_plan = make_plan(recipe, subjects, _needed(effect), services.world())
    striking = {spec.name: value for spec in effect.param_specs if (value := _striking(spec)) is not None}
    plans = [plain_plan, make_plan(recipe, subjects, {**_needed(effect), **striking}, services.world())]
    folder = services.content.scratch / f"example-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        width, height = _in_child(services, plans, folder)
        blob = services.content.put_file(folder / "example.webp")
    finally:
        shutil.rmtree(folder)
    facts = picture_facts(blob.size, width, height)
    services.results.put(
        Result(
            key=key,
            digest=blob.digest,
            facts=facts,
            seconds=time.monotonic() - started,
            made_at=rfc3339(services.clock()) or "",
            made_by=socket.gethostname(),
            material={"type": "EXAMPLE", "effect": effect.name, "of": dict(subjects)},
        )
    )
    return Example(digest=blob.digest, facts=facts)


def _in_child(services: Services, plans: list[Plan], folder: Path) -> tuple[int, int]:
    sources = {Digest(step.params["digest"]) for plan in plans for step in plan.steps if step.type == SOURCE}
    paths = {digest: services.content.path(digest) for digest in sources}
    effects_dir = services.settings.effects_dir
    project = Path(__file__).resolve().parents[1]
    width, height = run_confined(
        _make,
        [plan.to_bytes().decode() for plan in plans],
        {str(digest): str(path) for digest, path in paths.items()},
        str(folder),
        str(effects_dir) if effects_dir else "",
        limits=_LIMITS,
        readable=[*paths.values(), project / "artdag", *([effects_dir] if effects_dir else [])],
        writable=[folder],
        context=looking_context(),
    )
    return int(width), int(height)


def _make(_channel: Channel, plans: list[str], paths: dict[str, str], folder: str, effects_dir: str) -> tuple[int, int]:
    """Render the first plan; where that leaves the picture as it was, the second, whose settings are stronger."""
    effects, node_types = load_effects([Path(effects_dir)] if effects_dir else []), load_node_types()
    place = Path(folder)
    target = place / "example.webp"
    size, before = (0, 0), b""
    for text in plans:
        plan = Plan.from_json(json.loads(text))
        step = plan.by_key[next(iter(plan.outputs.values()))]
        source = next(one for one in plan.steps if one.type == SOURCE)
        if not before:
            write_poster(Path(paths[source.params["digest"]]), MediaFacts.from_json(source.params["facts"]), target)
            before = target.read_bytes()
        if step.type != ENCODE:
            shown = MediaFacts.from_json(step.params["facts"])
            size = write_poster(Path(paths[step.params["digest"]]), shown, target)
        else:
            made = render(
                plan,
                step.key,
                locate=lambda digest: Path(paths[digest]),
                folder=place,
                effects=effects,
                node_types=node_types,
            )
            size = write_poster(made.path, made.facts, target)
        if target.read_bytes() != before:
            break
    return size


def _needed(effect: Effect) -> dict[str, Any]:
    return {spec.name: _striking(spec) for spec in effect.param_specs if spec.required}


def _striking(spec: ParamSpec) -> Any:
    """Return a value that shows what the setting does: well off its default, within its range."""
    if spec.type in ("float", "int") and spec.low is not None and spec.high is not None:
        default = float(spec.default) if not spec.required and spec.default is not None else spec.low
        value = default + 0.6 * (min(spec.high, default + 180) - default)
        return round(value) if spec.type == "int" else value
    if spec.required:
        return {"bool": True, "color": "#e0542a", "text": "Art DAG"}.get(
            spec.type, spec.choices[:1][0] if spec.choices else 1
        )
    return plain(spec.default)
