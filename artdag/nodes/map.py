"""The same operation on each of a list, one after the other; with `timing`, each as long as a beat lasts.

`operation` is a node type and `config` its settings. With `timing`, the second input is an ANALYZE node: the sound is
cut at its beats (downbeats, onsets), *every* so many of them, from its beginning to its end; there is one result for
each piece, the list begins again where it ends, and the operation, SEGMENT, gives each the length of its piece. A
still is held that long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from artdag.codec.stream import Media
from artdag.effect import EffectCatalog
from artdag.errors import InputError, ParameterError
from artdag.media import Kind, Shape
from artdag.node_type import ALL_KINDS, Building, NodeType, Settled, Slots
from artdag.params import Constant, Parsed, Range


def _mapping(raw: Any) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise ParameterError("'config' is a map of the operation's settings")
    return raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    feature: Annotated[Literal["beats", "downbeats", "onsets"], "Where the sound is cut."] = "beats"
    every: Annotated[int, Range(1, 1000), Constant("decides the lengths"), "So many of them to a piece."] = 1
    least_s: Annotated[float, Range(0.04, 60, "s"), Constant("decides the lengths"), "No piece is shorter."] = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    operation: Annotated[str, Range(1, 100), "A node type with one input, such as EFFECT."]
    config: Annotated[Mapping[str, Any] | None, Parsed(_mapping, {"type": "object"}), "Its settings."] = None
    timing: Annotated[Timing | None, "Lengths from an ANALYZE node."] = None


def slots(config: Config, effects: EffectCatalog) -> Slots:
    if config.timing is None:
        return Slots(minimum=1, maximum=1, names=("items",), kinds=(ALL_KINDS,))
    return Slots(minimum=2, maximum=2, names=("items", "timing"), kinds=(ALL_KINDS, (Kind.DATA,)))


def check(config: Config, effects: EffectCatalog) -> None:
    if config.operation in ("MAP", "SOURCE", "SOURCE_LIST", "RECIPE"):
        raise ParameterError(f"MAP cannot do {config.operation}: 'operation' is a node type with one input, as EFFECT")
    if config.timing is not None and config.operation != "SEGMENT":
        raise ParameterError("'timing' gives lengths to the operation SEGMENT; put a MAP with another one before it")


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    raise InputError("a MAP is settled item by item")  # by the planner


def build(building: Building) -> Media:
    raise InputError("a MAP is built item by item")


NODE = NodeType(name="MAP", config=Config, slots=slots, settle=settle, check=check, build=build, gives_list=True)
