"""Several media as one list: given per run (`input: true`), or assets of this server by name."""

from __future__ import annotations

from artdag.codec.stream import Media
from artdag.effect import EffectCatalog
from artdag.errors import InputError
from artdag.media import Shape
from artdag.node_type import Building, NodeType, Settled, Slots
from artdag.recipe import SourceListConfig


def slots(config: SourceListConfig, effects: EffectCatalog) -> Slots:
    return Slots(minimum=0, maximum=0)


def settle(config: SourceListConfig, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    raise InputError("a SOURCE_LIST is settled by its bytes")  # the planner puts the digests in its place


def build(building: Building) -> Media:
    raise InputError("a SOURCE_LIST is opened, not built")


NODE = NodeType(name="SOURCE_LIST", config=SourceListConfig, slots=slots, settle=settle, build=build, gives_list=True)
