"""Another recipe as one node: its variable inputs are the inputs, `params` are values for its params."""

from __future__ import annotations

from artdag.codec.stream import Media
from artdag.effect import EffectCatalog
from artdag.errors import InputError
from artdag.expansion import RecipeConfig
from artdag.media import Shape
from artdag.node_type import Building, NodeType, Settled, Slots


def slots(config: RecipeConfig, effects: EffectCatalog) -> Slots:
    return Slots(minimum=0, maximum=None)


def settle(config: RecipeConfig, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    raise InputError("a RECIPE is settled by its nodes")  # they stand in its place before anything is settled


def build(building: Building) -> Media:
    raise InputError("a RECIPE is made of its nodes")


NODE = NodeType(name="RECIPE", config=RecipeConfig, slots=slots, settle=settle, build=build)
