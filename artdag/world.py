"""World: everything outside a recipe that decides what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import av
import numpy as np

from artdag import VERSION
from artdag.digest import Digest
from artdag.effect import EffectCatalog
from artdag.media import MediaFacts
from artdag.node_type import NodeType


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the planner may know besides recipe, inputs and params."""

    node_types: Mapping[str, NodeType]
    effects: EffectCatalog
    toolchain: str
    assets: Mapping[str, Digest]
    facts: Callable[[Digest], MediaFacts | None]
    """What is in the bytes; None where there are no such bytes here."""


@cache
def toolchain() -> str:
    """Return the name of the engine and the media library's build: other builds never pass off frames as ours."""
    libraries = ",".join(f"{name} {'.'.join(map(str, parts))}" for name, parts in sorted(av.library_versions.items()))
    return f"artdag {VERSION}; av {av.__version__}; {libraries}; numpy {np.__version__}"
