"""Measure a clip or a sound: what `features` names is found, and given as data that other nodes follow.

- `duration` in seconds
- `tempo` in beats per minute; `beats`, `downbeats` (the first of each four) and `onsets` (what is struck) in seconds
- `energy` and `bands` (low, mid, high): loudness over time, 100 values a second, from 0 to 1
- `scenes`: where hard cuts are; `motion`: how much the picture changes, one value for each frame, from 0 to 1

A clip without sound is silent: it has no tempo and no beats. Sound alone has no scenes and no motion.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from artdag.analysis.report import FEATURES, check_features, report_bytes, settled_features
from artdag.codec.stream import Media
from artdag.effect import EffectCatalog
from artdag.errors import ParameterError
from artdag.media import Kind, Shape
from artdag.node_type import Building, NodeType, Settled, Slots
from artdag.params import Parsed


def _features(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(name, str) for name in raw):
        raise ParameterError("'features' is a list of names such as [tempo, beats]")
    return settled_features(raw)


_SCHEMA = {"type": "array", "items": {"enum": list(FEATURES)}, "minItems": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    features: Annotated[tuple[str, ...], Parsed(_features, _SCHEMA), "What to find; the order means nothing."] = (
        "duration",
        "tempo",
        "beats",
        "energy",
    )


def slots(config: Config, effects: EffectCatalog) -> Slots:
    return Slots(minimum=1, maximum=1, kinds=((Kind.VIDEO, Kind.AUDIO),))


def settle(config: Config, inputs: tuple[Shape, ...], effects: EffectCatalog) -> Settled:
    check_features(config.features, inputs[0])
    return Settled(params={"features": list(config.features)}, shape=Shape(kind=Kind.DATA))


def build(building: Building) -> Media:
    (media,), (shape,) = building.inputs, building.shapes
    return Media(data=partial(report_bytes, media, shape, building.params["features"]))


NODE = NodeType(name="ANALYZE", config=Config, slots=slots, settle=settle, build=build, gives=Kind.DATA)
