"""LocalStore: the engine with a folder for memory, for use without server or queue."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from artdag.catalog import load_effects, load_node_types
from artdag.codec.probe import probe
from artdag.content_store import FileContentStore
from artdag.digest import Digest, StepKey
from artdag.effect import EffectCatalog
from artdag.executor import Rendered, render
from artdag.media import MediaFacts
from artdag.node_type import NodeType
from artdag.plan import ENCODE, Plan
from artdag.planner import make_plan
from artdag.recipe import Recipe
from artdag.result_cache import FileResultCache, Result
from artdag.run import rfc3339
from artdag.stage import stages
from artdag.world import World, toolchain


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What rendering a plan gave."""

    plan: Plan
    outputs: Mapping[str, Digest]
    """Output name -> bytes."""
    rendered: Mapping[StepKey, Rendered]
    """What was made now; all else was there."""


class LocalStore:
    """Content store and result cache of one folder, and the effects and node types known here."""

    def __init__(self, root: Path, *, effects_folders: tuple[Path, ...] = ()) -> None:
        self.content = FileContentStore(root)
        self.results = FileResultCache(root)
        self.effects: EffectCatalog = load_effects(effects_folders)
        self.node_types: dict[str, NodeType] = load_node_types()
        self.assets: dict[str, Digest] = {}
        self._facts: dict[Digest, MediaFacts] = {}

    def world(self) -> World:
        return World(
            node_types=self.node_types,
            effects=self.effects,
            toolchain=toolchain(),
            assets=self.assets,
            facts=self.facts,
        )

    def add(self, path: Path) -> Digest:
        """Take a copy of a media file. Raises UnsupportedMediaError, BrokenMediaError."""
        facts = probe(path)
        with self.content.receive() as upload, path.open("rb") as file:
            shutil.copyfileobj(file, upload, 1 << 20)
            digest = upload.commit().digest
        self._facts[digest] = facts
        return digest

    def facts(self, digest: Digest) -> MediaFacts | None:
        if digest not in self._facts and self.content.has(digest):
            self._facts[digest] = probe(self.content.path(digest))
        return self._facts.get(digest)

    def plan(self, recipe: Recipe, inputs: Mapping[str, Digest], params: Mapping[str, Any]) -> Plan:
        return make_plan(recipe, inputs, params, self.world())

    def carry_out(self, plan: Plan, on_progress: Callable[[int, int], None] | None = None) -> Outcome:
        """Render what is missing of *plan*. Raises RenderError and its kin."""
        wanted = [key for key in plan.outputs.values() if plan.by_key[key].type == ENCODE]
        known = self.results.get_many(wanted)
        have = {key: result for key, result in known.items() if self._holds(result)}
        made: dict[StepKey, Rendered] = {}
        for stage in stages(plan, have):
            with TemporaryDirectory(dir=self.content.scratch) as folder:
                rendered = render(
                    plan,
                    stage.key,
                    locate=self.content.path,
                    folder=Path(folder),
                    effects=self.effects,
                    node_types=self.node_types,
                    on_progress=on_progress,
                )
                blob = self.content.put_file(rendered.path)
            result = result_of(plan, stage.key, blob.digest, rendered, made_by=platform.node())
            self.results.put(result)
            have[stage.key], made[stage.key] = result, rendered
        outputs = {
            name: have[key].digest if key in have else Digest(plan.by_key[key].params["digest"])
            for name, key in plan.outputs.items()
        }
        return Outcome(plan=plan, outputs=outputs, rendered=made)

    def _holds(self, result: Result) -> bool:
        return self.content.has(result.digest) and self.content.size(result.digest) == result.facts.size


def result_of(plan: Plan, key: StepKey, digest: Digest, rendered: Rendered, *, made_by: str) -> Result:
    """Return the cache entry for the file that *rendered* made of the step *key*."""
    made_at = rfc3339(datetime.now(UTC))
    assert made_at is not None
    return Result(
        key=key,
        digest=digest,
        facts=rendered.facts,
        seconds=rendered.seconds,
        made_at=made_at,
        made_by=made_by,
        material=plan.by_key[key].material,
    )
