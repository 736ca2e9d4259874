"""Files under their digests, and what planning and rendering need to know of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from artdag.codec.probe import probe
from artdag.digest import Digest, digest_file
from artdag.effect import EffectCatalog
from artdag.executor import Rendered, render
from artdag.media import MediaFacts
from artdag.plan import Plan
from artdag.planner import make_plan
from artdag.recipe_reader import parse_recipe
from artdag.world import World
from tests.artdag.nodes.bench import effects, node_types
from tests.artdag.shelf import text_of


def still(path: Path, color: tuple[int, int, int] = (200, 120, 40), size: tuple[int, int] = (64, 48)) -> Path:
    """Write a picture of one colour."""
    Image.new("RGB", size, color).save(path)
    return path


class Studio:
    """A folder with files to render from, and the folder `made` with what was rendered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[Digest, Path] = {}
        self.facts: dict[Digest, MediaFacts] = {}
        self.effects: EffectCatalog = effects()

    def add(self, path: Path) -> Digest:
        digest = digest_file(path)
        self.files[digest], self.facts[digest] = path, probe(path)
        return digest

    def plan(self, *nodes: str, inputs: Mapping[str, Digest], **parts: Any) -> Plan:
        """Return the plan of *nodes*; the input `dog`, where it is given, is the asset of that name."""
        world = World(
            node_types=node_types(),
            effects=self.effects,
            toolchain="here",
            assets={name: digest for name, digest in inputs.items() if name == "dog"},
            facts=self.facts.get,
        )
        given = {node: digest for node, digest in inputs.items() if node != "dog"}
        return make_plan(parse_recipe(text_of(*nodes, **parts)), given, {}, world)

    def render(self, plan: Plan, output: str | None = None, **how: Any) -> Rendered:
        (self.folder / "made").mkdir(exist_ok=True)
        target = plan.outputs[output or next(iter(plan.outputs))]
        parts = {"effects": self.effects, "node_types": node_types(), **how}
        return render(plan, target, locate=self.files.__getitem__, folder=self.folder / "made", **parts)

    def left(self) -> list[str]:
        folder = self.folder / "made"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
