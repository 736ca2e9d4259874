"""Examples of effects, a picture and a short loop: made by the effect itself from media this server begins with."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from av.video.frame import VideoFrame

from app.library.previews import picture_facts
from app.processes.looking import looking_context
from app.services import Services
from artdag.catalog import load_effects, load_node_types
from artdag.codec import poster
from artdag.codec.preview import write_picture
from artdag.confined import Channel, run_confined
from artdag.digest import Digest, StepKey, record_key
from artdag.effect import Effect, EffectCatalog
from artdag.executor import render
from artdag.media import Kind, MediaFacts
from artdag.node_type import NodeType
from artdag.params import ParamSpec, plain
from artdag.plan import ENCODE, SOURCE, Plan
from artdag.planner import make_plan
from artdag.recipe_reader import parse_recipe, recipe_for_effect
from artdag.result_cache import Result
from artdag.run import rfc3339
from artdag.walls import Limits

_RECORD = "artdag/example/3"
_LOOP_RECORD = "artdag/loop/1"
_LIMITS = Limits(
    address_space_bytes=6 << 30, cpu_s=120, file_size_bytes=256 << 20, open_files=128, processes=64, wall_s=180
)
_SUBJECTS = {Kind.IMAGE: ("cat",), Kind.VIDEO: ("dog", "waves"), Kind.AUDIO: ("music",), Kind.DATA: ("warm", "words")}
_LOOP_S = 2.0
_LOOP_SIZE = (320, 200)
_PLAIN_TO_SEE = 6.0
"""Mean difference of 255 from which nobody asks what the effect did."""
_turns = threading.BoundedSemaphore(1)
"""A catalogue full of effects must not take all processors from those who render."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A small picture, or a loop of two seconds."""

    digest: Digest
    facts: MediaFacts


def example_of(services: Services, effect: Effect) -> Example | None:
    """Return the example of *effect*, made now where there is none yet; None where this server has no subject for it.

    Raises:
        ArtDagError: when the effect fails.
    """
    tries = _tries(services, effect)
    if not tries:
        return None
    key = record_key(_RECORD, effect.name, effect.code_hash, services.toolchain, list(tries))
    return _made_once(services, key, lambda: _picture(services, effect, tries, key))


def loop_of(services: Services, effect: Effect) -> Example | None:
    """Return two seconds of what *effect* does, without sound; None where it makes no picture, or has no subject.

    Raises:
        ArtDagError: when the effect fails.
    """
    taken = _taken(services, effect, (Kind.VIDEO, Kind.IMAGE, Kind.AUDIO))
    if taken is None or (effect.result is None and not _takes_pictures(effect)):
        return None
    text = _loop_recipe(effect, services.assets.all(), taken)
    key = record_key(_LOOP_RECORD, effect.code_hash, services.toolchain, text, taken)
    return _made_once(services, key, lambda: _loop(services, effect, text, taken, key))


def _takes_pictures(effect: Effect) -> bool:
    picture = effect.native or effect.frame or effect.streams or effect.same_as
    return bool(picture) and Kind.IMAGE in effect.wired[0].kinds


def _made_once(services: Services, key: StepKey, make: Callable[[], Example]) -> Example:
    kept = _kept(services, key)
    if kept is not None:
        return kept
    with _turns:
        return _kept(services, key) or make()


def _kept(services: Services, key: StepKey) -> Example | None:
    result = services.results.get(key)
    if result is None or not services.content.has(result.digest):
        return None
    return Example(digest=result.digest, facts=result.facts)


def _tries(services: Services, effect: Effect) -> tuple[dict[str, Digest], ...]:
    """Return media for the effect's inputs: with a still where it takes one, and with clips where it takes them."""
    still_first, clip_first = (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO), (Kind.VIDEO, Kind.IMAGE, Kind.AUDIO)
    orders = [clip_first] if effect.group == "time" else [still_first, clip_first]
    found = [taken for order in orders if (taken := _taken(services, effect, order)) is not None]
    return tuple(taken for place, taken in enumerate(found) if taken not in found[:place])


def _taken(services: Services, effect: Effect, order: Sequence[Kind]) -> dict[str, Digest] | None:
    known, taken = services.assets.all(), dict[str, Digest]()
    for place, item in enumerate(effect.wired):
        kinds = (Kind.DATA,) if Kind.DATA in item.kinds else order
        names = [name for kind in kinds if kind in item.kinds for name in _SUBJECTS[kind] if name in known]
        fresh = [name for name in names if known[name] not in taken.values()] or names
        if not fresh:
            return None
        taken[item.slot] = known[fresh[0 if place == 0 else -1]]
    return taken


def _picture(services: Services, effect: Effect, tries: Sequence[Mapping[str, Digest]], key: StepKey) -> Example:
    started = time.monotonic()
    recipe = parse_recipe(recipe_for_effect(effect))
    needed = {spec.name: _striking(spec, 1) for spec in effect.param_specs if spec.required}
    count = sum(spec.type in ("float", "int") for spec in effect.param_specs)
    striking = {spec.name: value for spec in effect.param_specs if (value := _striking(spec, count)) is not None}
    world = services.world()
    plans = [make_plan(recipe, taken, params, world) for params in (needed, striking) for taken in tries]
    with _scratch(services) as folder:
        width, height = _in_child(services, _draw, plans, folder)
        blob = services.content.put_file(folder / _PICTURE)
    facts = picture_facts(blob.size, width, height)
    return _keep(services, effect, key, blob.digest, facts, started)


def _loop(services: Services, effect: Effect, text: str, taken: Mapping[str, Digest], key: StepKey) -> Example:
    started = time.monotonic()
    plan = make_plan(parse_recipe(text.encode()), taken, {}, services.world())
    with _scratch(services) as folder:
        facts = _in_child(services, _film, [plan], folder)
        blob = services.content.put_file(folder / _FILM)
    return _keep(services, effect, key, blob.digest, MediaFacts.from_json(facts), started)


def _keep(
    services: Services, effect: Effect, key: StepKey, digest: Digest, facts: MediaFacts, started: float
) -> Example:
    services.results.put(
        Result(
            key=key,
            digest=digest,
            facts=facts,
            seconds=time.monotonic() - started,
            made_at=rfc3339(services.clock()) or "",
            made_by=socket.gethostname(),
            material={"type": "EXAMPLE", "effect": effect.name},
        )
    )
    return Example(digest=digest, facts=facts)


@contextmanager
def _scratch(services: Services) -> Iterator[Path]:
    folder = services.content.scratch / f"example-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


_PICTURE, _FILM = "example.webp", "loop.mp4"


def _loop_recipe(effect: Effect, assets: Mapping[str, Digest], taken: Mapping[str, Digest]) -> str:
    """Return a recipe that shows *effect* on small clips; a setting that can change goes there and back."""
    width, height = _LOOP_SIZE
    names = {digest: name for name, digest in assets.items()}
    nodes: list[dict[str, Any]] = []
    inputs: list[str] = []
    for item in effect.wired:
        nodes.append({"id": item.slot, "type": "SOURCE", "config": {"input": True}})
        last = item.slot
        if Kind.VIDEO in item.kinds:
            nodes.append({"id": f"{last}_cut", "type": "SEGMENT", "config": {"duration": _LOOP_S}, "inputs": [last]})
            last = f"{last}_cut"
        if Kind.IMAGE in item.kinds and names.get(taken[item.slot]) != "music":
            size = {"width": width, "height": height, "mode": "fill"}
            nodes.append({"id": f"{last}_small", "type": "RESIZE", "config": size, "inputs": [last]})
            last = f"{last}_small"
        inputs.append(last)
    params = {spec.name: _striking(spec, 1) for spec in effect.param_specs if spec.required}
    params |= _sweep(effect)
    nodes.append(
        {"id": "shown", "type": "EFFECT", "config": {"effect": effect.name, "params": params}, "inputs": inputs}
    )
    nodes.append({"id": "result", "type": "SEGMENT", "config": {"duration": 2 * _LOOP_S}, "inputs": ["shown"]})
    recipe = {"name": effect.name, "dag": {"nodes": nodes, "output": "result"}, "output": {"profile": "preview"}}
    return json.dumps(recipe)


def _sweep(effect: Effect) -> dict[str, Any]:
    """Return keyframes for the first setting that can change, for effects that do not move by themselves."""
    if effect.group not in ("basics", "colour", "detail", "geometry"):
        return {}
    for spec in effect.param_specs:
        if spec.can_change and not spec.required and spec.name not in ("seed", "speed", "x", "y"):
            start, end = plain(spec.default), _striking(spec, 1)
            if start is not None and start != end:
                points = [[0, start], [_LOOP_S / 2, end], [_LOOP_S, start]]
                return {spec.name: {"keyframes": points, "ease": "smooth"}}
    return {}


def _in_child(services: Services, work: Callable[..., Any], plans: list[Plan], folder: Path) -> Any:
    sources = {Digest(step.params["digest"]) for plan in plans for step in plan.steps if step.type == SOURCE}
    paths = {digest: services.content.path(digest) for digest in sources}
    effects_dir = services.settings.effects_dir
    project = Path(__file__).resolve().parents[2]
    return run_confined(
        work,
        [plan.to_bytes().decode() for plan in plans],
        {str(digest): str(path) for digest, path in paths.items()},
        str(folder),
        str(effects_dir) if effects_dir else "",
        limits=_LIMITS,
        readable=[*paths.values(), project / "artdag", *([effects_dir] if effects_dir else [])],
        writable=[folder],
        context=looking_context(),
    )


def _loaded(effects_dir: str) -> EffectCatalog:
    """Return the effects, with those of the operator's folder."""
    # When moviepy is imported it starts the program that it would write films with, and no program may start here.
    os.environ.setdefault("IMAGEIO_FFMPEG_EXE", "ffmpeg")
    return load_effects([Path(effects_dir)] if effects_dir else [])


def _film(_channel: Channel, plans: list[str], paths: dict[str, str], folder: str, effects_dir: str) -> dict[str, Any]:
    """Render the one plan without its sound; return the facts of the file."""
    plan = Plan.from_json(json.loads(plans[0]))
    made = render(
        plan,
        next(iter(plan.outputs.values())),
        locate=lambda digest: Path(paths[digest]),
        folder=Path(folder),
        effects=_loaded(effects_dir),
        node_types=load_node_types(),
    )
    made.path.rename(Path(folder) / _FILM)
    return made.facts.to_json()


def _draw(_channel: Channel, plans: list[str], paths: dict[str, str], folder: str, effects_dir: str) -> tuple[int, int]:
    """Render one plan after the other until a picture shows what the effect does; else take the clearest."""
    world = (_loaded(effects_dir), load_node_types())
    best: VideoFrame | None = None
    clearest = -1.0
    for text in plans:
        plan = Plan.from_json(json.loads(text))
        picture, before = _pictures(plan, paths, Path(folder), *world)
        seen = poster.difference(picture, before)
        if seen > clearest:
            best, clearest = picture, seen
        if clearest >= _PLAIN_TO_SEE:
            break
    assert best is not None
    write_picture(best, Path(folder) / _PICTURE)
    return best.width, best.height


def _pictures(
    plan: Plan, paths: Mapping[str, str], folder: Path, effects: EffectCatalog, node_types: Mapping[str, NodeType]
) -> tuple[VideoFrame, VideoFrame]:
    """Return what comes out and what went in."""
    source = next(one for one in plan.steps if one.type == SOURCE)
    step = plan.by_key[next(iter(plan.outputs.values()))]
    before = poster.draw_poster(Path(paths[source.params["digest"]]), MediaFacts.from_json(source.params["facts"]))
    if step.type != ENCODE:  # an input's own bytes
        shown = MediaFacts.from_json(step.params["facts"])
        return poster.draw_poster(Path(paths[step.params["digest"]]), shown), before
    made = render(
        plan,
        step.key,
        locate=lambda digest: Path(paths[digest]),
        folder=folder,
        effects=effects,
        node_types=node_types,
    )
    return poster.draw_poster(made.path, made.facts), before


def _striking(spec: ParamSpec, count: int) -> Any:
    """Return a value that shows what the setting does: well off its default, the less so the more there are."""
    if spec.type in ("float", "int") and spec.low is not None and spec.high is not None:
        default = float(spec.default) if not spec.required and spec.default is not None else spec.low
        value = default + 0.6 / max(1, count) ** 0.5 * (min(spec.high, default + 180) - default)
        return round(value) if spec.type == "int" else value
    if spec.parsed is not None and spec.parsed.schema.get("examples"):
        return spec.parsed.schema["examples"][0]
    if spec.required:
        return {"bool": True, "color": "#e0542a", "text": "Art DAG"}.get(
            spec.type, spec.choices[:1][0] if spec.choices else 1
        )
    return plain(spec.default)
