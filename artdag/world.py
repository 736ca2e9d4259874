"""World: everything outside a recipe that decides what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from artdag import VERSION
from artdag.code_hash import code_hash
from artdag.codec.fontfile import pen
from artdag.digest import Digest, StepKey, canonical_json, digest_bytes
from artdag.effect import EffectCatalog
from artdag.media import MediaFacts
from artdag.node_type import NodeType
from artdag.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the planner may know besides recipe, inputs and params."""

    node_types: Mapping[str, NodeType]
    effects: EffectCatalog
    toolchain: str
    assets: Mapping[str, Digest]
    facts: Callable[[Digest], MediaFacts | None]
    """What is in the bytes; None where there are no such bytes here."""
    reports: Callable[[StepKey], Mapping[str, Any] | None] = lambda _: None
    """What an ANALYZE node heard, by the step that writes it down; None where that was not done yet."""
    recipes: Callable[[str], Recipe | None] = lambda _: None
    """The recipe of that name or id; None where there is none here."""


_ENGINE = Path(__file__).parent
_OF_MEDIA = ("codec/probe.py", "codec/decode.py", "codec/encode.py", "codec/slices.py", "grouping.py", "timeslice.py")
"""What looks into media, opens, writes and joins them, and decides what is copied and where slices begin."""


def toolchain() -> str:
    """Return the name of what looks into, opens and writes media: the engine's code for it and the library's build.

    It stands in every step key, so that other builds never pass off frames as ours. Node types and effects have code
    hashes of their own.
    """
    return f"{_without_typefaces()}; {pen()}"


@cache
def _without_typefaces() -> str:
    codec = digest_bytes(canonical_json([code_hash(_ENGINE / name) for name in _OF_MEDIA]))
    return f"artdag {VERSION}; codec {codec[:16]}; {_media_library()}; numpy {np.__version__}"


@cache
def probe_name() -> str:
    """Return the name of what looks into files: the probe's code and the media library's build.

    Facts that another one found may differ from those that today's would find in the same bytes.
    """
    return f"probe {code_hash(_ENGINE / _OF_MEDIA[0])[:16]}; {_media_library()}"


def _media_library() -> str:
    libraries = ",".join(f"{name} {'.'.join(map(str, parts))}" for name, parts in sorted(av.library_versions.items()))
    return f"av {av.__version__}; {libraries}"
