"""Give the input back, unchanged to the last byte.

identity(x) = x: no pixel and no sample is touched and nothing is encoded again, so the result has the input's own hash.
"""

from __future__ import annotations

from artdag.effect import Effect, Input
from artdag.media import Kind
from artdag.params import NoParams


def same_as(params: NoParams) -> str:
    return "input"


EFFECT = Effect(
    name="identity",
    group="basics",
    inputs=(Input("input", (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO)),),
    same_as=same_as,
)
