"""LocalStore: the engine with a folder for memory, for use without server or queue."""

from __future__ import annotations

import json
import platform
import shutil
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from artdag.catalog import load_effects, load_node_types
from artdag.codec.probe import probe
from artdag.content_store import FileContentStore
from artdag.costs import FileCosts, work_of
from artdag.difference import nearest
from artdag.digest import Digest, StepKey
from artdag.effect import EffectCatalog
from artdag.errors import NoRoomError
from artdag.executor import Rendered, render
from artdag.explanation import Explained, explain
from artdag.history import History
from artdag.media import MediaFacts
from artdag.node_type import NodeType
from artdag.plan import ENCODE, Plan
from artdag.planner import Inputs, make_plan
from artdag.recipe import Recipe
from artdag.result_cache import FileResultCache, Result
from artdag.run import rfc3339
from artdag.seen import SeenSteps
from artdag.side import Memory
from artdag.stage import coded_share, computed_steps, stages
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
        self.history = History(root, self.content)
        self.seen = SeenSteps(root)
        self.costs = FileCosts(root)
        self.effects: EffectCatalog = load_effects(effects_folders)
        self.node_types: dict[str, NodeType] = load_node_types()
        self.assets: dict[str, Digest] = {}
        self.recipes: dict[str, Recipe] = {}
        """Those that others may have inside, by name and by id."""
        self._facts: dict[Digest, MediaFacts] = {}

    def world(self) -> World:
        return World(
            node_types=self.node_types,
            effects=self.effects,
            toolchain=toolchain(),
            assets=self.assets,
            facts=self.facts,
            reports=self.report,
            recipes=self.recipes.get,
        )

    def add_recipe(self, recipe: Recipe) -> None:
        """Let others have *recipe* inside."""
        self.recipes |= {recipe.name: recipe, recipe.recipe_id: recipe}

    def report(self, key: StepKey) -> Mapping[str, Any] | None:
        """Return what the ANALYZE node behind the step *key* heard, where it was heard before."""
        result = self.results.get(key)
        if result is None or not self._holds(result):
            return None
        return cast("dict[str, Any]", json.loads(self.content.read(result.digest)))

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

    def plan(self, recipe: Recipe, inputs: Inputs, params: Mapping[str, Any]) -> Plan:
        """Return the whole plan; what has to be heard first is heard now."""
        plan = make_plan(recipe, inputs, params, self.world())
        while plan.first_part:
            self.carry_out(plan)
            plan = make_plan(recipe, inputs, params, self.world())
        return plan

    def carry_out(self, plan: Plan, on_progress: Callable[[int, int], None] | None = None) -> Outcome:
        """Render what is missing of *plan*, and remember that it was asked for. Raises RenderError and its kin."""
        run = str(uuid.uuid4())
        memory = self.memory
        memory.adopt(plan)
        have = self.there(plan)
        made: dict[StepKey, Rendered] = {}
        for stage in stages(plan, have):
            with TemporaryDirectory(dir=self.content.scratch) as folder:
                reuse = memory.reuse(plan, stage.key)
                rendered = render(
                    plan,
                    stage.key,
                    reuse=reuse,
                    locate=self.content.path,
                    folder=Path(folder),
                    effects=self.effects,
                    node_types=self.node_types,
                    on_progress=on_progress,
                )
                blob = self.content.put_file(rendered.path)
                self._keep(rendered, run, plan)
            computed = computed_steps(plan, [stage.key], rendered.reused)
            self.seen.note(computed, plan.plan_id)
            work = work_of(plan, stage.key, computed, share=coded_share(plan.by_key[stage.key]))
            self.costs.learn(work, rendered.seconds)
            result = result_of(plan, stage.key, blob.digest, rendered, made_by=platform.node(), run=run)
            self.results.put(result)
            memory.share(plan, result)
            have[stage.key], made[stage.key] = result, rendered
        outputs = {
            name: have[key].digest if key in have else Digest(plan.by_key[key].params["digest"])
            for name, key in plan.outputs.items()
        }
        if not plan.first_part:
            self.history.note(run, plan, datetime.now(UTC))
        return Outcome(plan=plan, outputs=outputs, rendered=made)

    @property
    def memory(self) -> Memory:
        """What was kept here, and what was seen."""
        return Memory(
            content=self.content,
            results=self.results,
            seen=self.seen,
            node_types=self.node_types,
            effects=self.effects,
        )

    def _keep(self, rendered: Rendered, run: str, plan: Plan) -> None:
        """Publish what a pass kept on the side; where there is no room for it, it is let go."""
        made_at = rfc3339(datetime.now(UTC)) or ""
        for kept in rendered.kept:
            with suppress(NoRoomError):
                digest = self.content.put_file(kept.path).digest
                how = {"made_at": made_at, "made_by": platform.node(), "run": run}
                self.results.put(kept.result(digest, plan=plan.plan_id, **how))

    def there(self, plan: Plan) -> dict[StepKey, Result]:
        """Return the results of the plan's outputs that are here."""
        wanted = [key for key in plan.outputs.values() if plan.by_key[key].type == ENCODE]
        return {key: result for key, result in self.results.get_many(wanted).items() if self._holds(result)}

    def explain(self, plan: Plan) -> tuple[Explained, ...]:
        """Return what carrying out *plan* would do, and why, against the nearest plan that was carried out here."""
        have = self.there(plan)
        missing = [key for key in plan.outputs.values() if plan.by_key[key].type == ENCODE and key not in have]
        memory = self.memory
        read = {strip.step: strip.key for key in missing for strip, _ in memory.reuse(plan, key).read}
        kept = self.results.get_many(read.values())
        have |= {step: kept[name] for step, name in read.items() if name in kept}
        return explain(plan, computed_steps(plan, missing, read), have, nearest(plan, self.history.plans()))

    def _holds(self, result: Result) -> bool:
        return self.content.has(result.digest) and self.content.size(result.digest) == result.facts.size


def result_of(plan: Plan, key: StepKey, digest: Digest, rendered: Rendered, *, made_by: str, run: str) -> Result:
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
        run=run,
        plan=plan.plan_id,
        reused=rendered.reused,
    )
