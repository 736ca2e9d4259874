"""Media from outside: given per run (`input: true`), an asset of this server, or fixed by content hash."""

from __future__ import annotations

from artdag.codec.stream import Media
from artdag.effect import EffectCatalog
from artdag.errors import InputError
from artdag.media import Shape
from artdag.node_type import Building, NodeType, Settled, Slots
from artdag.recipe import SourceConfig


def slots(config: SourceConfig, effects: EffectCatalog) -> Slots:
    return Slots(minimum=0, maximum=0)


def settle(config: SourceConfig, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    raise InputError("a SOURCE is settled by its bytes")  # the planner puts the digest in its place


def build(building: Building) -> Media:
    raise InputError("a SOURCE is opened, not built")


NODE = NodeType(name="SOURCE", config=SourceConfig, slots=slots, settle=settle, build=build)
