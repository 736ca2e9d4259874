"""The receipt of a run: what was made of what, by which code, on which machine. Plain data, later signed."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import av

from artdag import VERSION
from artdag.code_hash import tree_hash
from artdag.digest import Digest, StepKey, canonical_json, digest_bytes
from artdag.effect import EffectCatalog
from artdag.plan import SOURCE, Plan
from artdag.recipe import Recipe
from artdag.result_cache import Result
from artdag.run import Run, rfc3339

RECORD = "artdag/provenance/1"
_PACKAGES = ("av", "numpy", "moviepy", "pillow", "uharfbuzz", "freetype-py", "rq", "flask")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a run has to show for its steps."""

    results: Mapping[StepKey, Result]
    """Of the outputs that were encoded, made now or before."""
    fresh: Collection[StepKey]
    """Outputs among them that were rendered for this run; all others came from the cache."""
    media_types: Mapping[Digest, str]
    computed: Collection[StepKey] | None = None
    """Steps that were computed for this run, where frames of some were read; None: all that *fresh* needs."""


def make_record(
    *,
    run: Run,
    recipe: Recipe,
    plan: Plan,
    carried: Carried,
    effects: EffectCatalog,
    task_id: str,
    rendered_at: datetime,
) -> dict[str, Any]:
    """Return the provenance record of *run*.

    Times and machine are in it on purpose: it tells of an event. The work itself is in the step keys.
    """
    (_, digest), *more = run.outputs.items()
    outputs = [
        {"name": own_name, "content_hash": own, "media_type": carried.media_types[own]}
        for own_name, own in [(run.output_name, digest), *more]
    ]
    used = sorted({step.effect for step in plan.steps if step.effect is not None} | _aliases(recipe, plan, effects))
    return {
        "record": RECORD,
        "task_id": task_id,
        "run_id": run.run_id,
        "rendered_at": rfc3339(rendered_at),
        "rendered_by": str(run.owner),
        "recipe": {"id": recipe.recipe_id, "name": recipe.name, "version": recipe.version},
        "plan_id": plan.plan_id,
        "params": dict(run.params),
        "output": outputs[0],
        "outputs": outputs,
        "inputs": [{"name": node, "content_hash": own} for node, own in _inputs(recipe, plan)],
        "effects": [
            {"name": effect.name, "version": str(effect.version), "content_hash": effect.code_hash}
            for effect in map(effects.get, used)
        ],
        "steps": _steps(plan, carried),
        "infrastructure": infrastructure(),
    }


def _aliases(recipe: Recipe, plan: Plan, effects: EffectCatalog) -> set[str]:
    """Return effects that a needed node names though no step bears them: they gave their input's own bytes."""
    named = [node.config.get("effect") for node in recipe.nodes if node.type == "EFFECT" and node.id in plan.nodes]
    return {name for name in named if isinstance(name, str) and name in effects}


def _inputs(recipe: Recipe, plan: Plan) -> list[tuple[str, Digest]]:
    """Return (node, digest) of every source; what an asset gave to an effect bears the asset's slot."""
    nodes = [node.id for node in recipe.nodes if node.type == SOURCE and node.id in plan.nodes]
    keys = {plan.nodes[node] for node in nodes}
    slots = {key: slot for step in plan.steps for slot, key in step.inputs}
    wired = [(node, plan.nodes[node]) for node in nodes]
    assets = [(slots.get(step.key, "asset"), step.key) for step in plan.steps if step.type == SOURCE]
    named = wired + [(slot, key) for slot, key in assets if key not in keys]
    return [(name, Digest(plan.by_key[key].params["digest"])) for name, key in named]


def _steps(plan: Plan, carried: Carried) -> list[dict[str, Any]]:
    """Return the steps in order. A fused step has no bytes of its own: its pass's output stands at its end."""
    rendered = carried.computed
    if rendered is None:
        rendered = {step.key for target in carried.fresh for step in plan.behind(target)}
    names = {key: name for name, key in plan.outputs.items()}
    entries = []
    for step in plan.steps:
        result = carried.results.get(step.key)
        digest = step.params["digest"] if step.type == SOURCE else result.digest if result else None
        fresh = step.key in carried.fresh
        entries.append(
            {
                "node": plan.node_of.get(step.key) or names.get(step.key) or "asset",
                "step_key": step.key,
                "type": step.type,
                "effect": step.effect,
                "content_hash": digest,
                "cached": step.type == SOURCE or (not fresh and step.key not in rendered),
                "seconds": round(result.seconds, 3) if result is not None and fresh else 0.0,
            }
        )
    return entries


@cache
def infrastructure() -> dict[str, Any]:
    """Return which software and which machine this is."""
    packages = {name: found for name in _PACKAGES if (found := _version(name)) is not None}
    ffmpeg = {name: ".".join(map(str, parts)) for name, parts in sorted(av.library_versions.items())}
    software = {
        "name": "infra:artdag",
        "version": VERSION,
        "content_hash": tree_hash(Path(__file__).parent),
        "ffmpeg": ffmpeg,
        "packages": packages,
        "python": platform.python_version(),
    }
    hardware: dict[str, Any] = {"name": platform.node(), "cpu": _processor(), "cores": os.cpu_count()}
    hardware["content_hash"] = digest_bytes(canonical_json(hardware))
    return {"software": software, "hardware": hardware}


def _version(package: str) -> str | None:
    """Return the version of *package*; None where the engine runs without it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
