"""Examples of effects: a short loop and a still of it, made by the effect itself from media this server begins with."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.library.previews import picture_facts
from app.library.showing import at_moment, recipe_of, usual
from app.library.showings import SHOWINGS
from app.processes.looking import looking_context
from app.services import Services
from artdag.catalog import load_effects, load_node_types
from artdag.codec import poster
from artdag.codec.fontfile import use_folder
from artdag.codec.preview import write_picture
from artdag.confined import Channel, run_confined
from artdag.digest import Digest, StepKey, record_key
from artdag.effect import Effect, EffectCatalog
from artdag.errors import RenderError
from artdag.executor import render
from artdag.media import MediaFacts
from artdag.params import settle
from artdag.plan import SOURCE, Plan
from artdag.planner import make_plan
from artdag.recipe_reader import parse_recipe
from artdag.result_cache import Result
from artdag.run import rfc3339
from artdag.walls import Limits

_LOOP, _STILL, _TRYOUT = "artdag/loop/2", "artdag/example/4", "artdag/tryout/1"
_LIMITS = Limits(
    address_space_bytes=6 << 30, cpu_s=60, file_size_bytes=256 << 20, open_files=128, processes=64, wall_s=120
)
_TRYOUT_LIMITS = replace(_LIMITS, cpu_s=20, wall_s=30)
_TRYOUT_PATIENCE_S = 10.0
_turns = threading.BoundedSemaphore(1)
"""A catalogue full of effects must not take all processors from those who render."""
_tryout_turns = threading.BoundedSemaphore(1)


class BusyTryoutError(RenderError):
    """So many want to try settings out that nobody's turn comes soon."""

    code = "busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A small picture, or a loop of a few seconds."""

    digest: Digest
    facts: MediaFacts


def example_of(services: Services, effect: Effect) -> Example | None:
    """Return a picture of what *effect* does, made now where there is none yet.

    None where this server has no medium for it, because those that it begins with were taken away.

    Raises:
        ArtDagError: when the effect fails.
    """
    return _made_once(services, effect, _STILL)


def loop_of(services: Services, effect: Effect) -> Example | None:
    """Return the loop that the picture is of; of an effect on sound, with the sound. As :func:`example_of` does."""
    return _made_once(services, effect, _LOOP)


def tryout_of(services: Services, effect: Effect, params: Mapping[str, Any]) -> Example | None:
    """Return a picture of what *effect* does with *params*: one frame of its loop; None as :func:`example_of`.

    Raises:
        ParameterError: when the effect does not take *params*.
        BusyTryoutError: when there is no turn for it within ten seconds.
        ArtDagError: when the effect fails.
    """
    showing = SHOWINGS.get(effect.name) or usual(effect)
    if showing is None:
        return None
    settle(effect.params, params, what=effect.name)
    given = {spec.name: showing.params[spec.name] for spec in effect.param_specs if spec.required}
    showing = replace(showing, params=given | dict(params), returns=False)
    recipe = recipe_of(effect, showing)
    if not _are_there(services, recipe):
        return None
    whole, step = _planned(services, recipe)
    plan, step = _planned(services, at_moment(recipe, whole.by_key[step].shape, showing.at))
    key = record_key(_TRYOUT, step)
    found = _kept(services, key)
    if found is not None:
        return found
    if not _tryout_turns.acquire(timeout=_TRYOUT_PATIENCE_S):
        raise BusyTryoutError("many try settings out at the moment: wait a little, or run it")
    try:
        return _kept(services, key) or _make_tryout(services, effect, plan, key)
    finally:
        _tryout_turns.release()


def _make_tryout(services: Services, effect: Effect, plan: Plan, key: StepKey) -> Example:
    started = time.monotonic()
    with _scratch(services) as folder:
        _, width, height = _in_child(services, plan, folder, 0.0, _TRYOUT_LIMITS)
        picture = services.content.put_file(folder / _PICTURE)
    about = picture_facts(picture.size, width, height)
    _keep(services, effect, key, picture.digest, about, started)
    return Example(digest=picture.digest, facts=about)


def _planned(services: Services, recipe: Mapping[str, Any]) -> tuple[Plan, StepKey]:
    """Return the plan and the one step that writes a file."""
    plan = make_plan(parse_recipe(json.dumps(recipe).encode()), {}, {}, services.world())
    (step,) = plan.outputs.values()
    return plan, step


def _are_there(services: Services, recipe: Mapping[str, Any]) -> bool:
    wanted = {node["config"]["asset"] for node in recipe["dag"]["nodes"] if node["type"] == SOURCE}
    return wanted <= services.assets.all().keys()


def _made_once(services: Services, effect: Effect, record: str) -> Example | None:
    showing = SHOWINGS.get(effect.name) or usual(effect)
    if showing is None:
        return None
    recipe = recipe_of(effect, showing)
    if not _are_there(services, recipe):
        return None
    plan, step = _planned(services, recipe)
    keys = {one: record_key(one, step, showing.at) for one in (_LOOP, _STILL)}
    found = _kept(services, keys[record])
    if found is None:
        with _turns:
            found = _kept(services, keys[record])
            if found is None:
                if step in _failures:
                    raise RenderError(_failures[step])
                try:
                    _make(services, effect, plan, showing.at, keys)
                except RenderError as error:
                    _remember_failure(step, error.message)
                    raise
                found = _kept(services, keys[record])
    return found


_failures: dict[StepKey, str] = {}
"""What failed in this process, and why: nobody waits for it again."""
_MOST_FAILURES = 256


def _remember_failure(step: StepKey, message: str) -> None:
    while len(_failures) >= _MOST_FAILURES:
        del _failures[next(iter(_failures))]
    _failures[step] = message


def _kept(services: Services, key: StepKey) -> Example | None:
    result = services.results.get(key)
    if result is None or not services.content.has(result.digest):
        return None
    return Example(digest=result.digest, facts=result.facts)


_PICTURE, _FILM = "example.webp", "loop.mp4"


def _make(services: Services, effect: Effect, plan: Plan, at: float, keys: dict[str, StepKey]) -> None:
    started = time.monotonic()
    with _scratch(services) as folder:
        facts, width, height = _in_child(services, plan, folder, at)
        film, picture = (services.content.put_file(folder / name) for name in (_FILM, _PICTURE))
    made = (
        (keys[_LOOP], film.digest, MediaFacts.from_json(facts)),
        (keys[_STILL], picture.digest, picture_facts(picture.size, width, height)),
    )
    for key, digest, about in made:
        _keep(services, effect, key, digest, about, started)


def _keep(services: Services, effect: Effect, key: StepKey, digest: Digest, about: MediaFacts, started: float) -> None:
    services.results.put(
        Result(
            key=key,
            digest=digest,
            facts=about,
            seconds=time.monotonic() - started,
            made_at=rfc3339(services.clock()) or "",
            made_by=socket.gethostname(),
            material={"type": "EXAMPLE", "effect": effect.name},
        )
    )


@contextmanager
def _scratch(services: Services) -> Iterator[Path]:
    folder = services.content.scratch / f"example-{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _in_child(services: Services, plan: Plan, folder: Path, at: float, limits: Limits = _LIMITS) -> Any:
    sources = {Digest(step.params["digest"]) for step in plan.steps if step.type == SOURCE}
    paths = {digest: services.content.path(digest) for digest in sources}
    effects_dir, fonts_dir = services.settings.effects_dir, services.settings.fonts_dir
    project = Path(__file__).resolve().parents[2]
    return run_confined(
        _film,
        plan.to_bytes().decode(),
        {str(digest): str(path) for digest, path in paths.items()},
        str(folder),
        str(effects_dir) if effects_dir else "",
        str(fonts_dir) if fonts_dir else "",
        at,
        limits=limits,
        readable=[*paths.values(), project / "artdag", *(folder for folder in (effects_dir, fonts_dir) if folder)],
        writable=[folder],
        context=looking_context(),
    )


def _loaded(effects_dir: str) -> EffectCatalog:
    """Return the effects, with those of the operator's folder."""
    # When moviepy is imported it starts the program that it would write films with, and no program may start here.
    os.environ.setdefault("IMAGEIO_FFMPEG_EXE", "ffmpeg")
    return load_effects([Path(effects_dir)] if effects_dir else [])


def _film(
    _channel: Channel, text: str, paths: dict[str, str], folder: str, effects_dir: str, fonts_dir: str, at: float
) -> tuple[dict[str, Any], int, int]:
    """Render the loop, and draw the moment *at* of it; return the loop's facts and the picture's size."""
    use_folder(Path(fonts_dir) if fonts_dir else None)
    plan = Plan.from_json(json.loads(text))
    made = render(
        plan,
        next(iter(plan.outputs.values())),
        locate=lambda digest: Path(paths[digest]),
        folder=Path(folder),
        effects=_loaded(effects_dir),
        node_types=load_node_types(),
    )
    picture = poster.draw_moment(made.path, made.facts, at)
    write_picture(picture, Path(folder) / _PICTURE)
    made.path.rename(Path(folder) / _FILM)
    return made.facts.to_json(), picture.width, picture.height
