"""Reflect one half of the picture onto the other.

``horizontal``: the left half appears again on the right, as in a mirror that stands in the middle; ``vertical``: the
upper half below. The middle column or row of an odd size stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from artdag.codec.frame import Frame, Moment
from artdag.effect import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    axis: Annotated[Literal["horizontal", "vertical"], "Left onto right, or top onto bottom."] = "horizontal"


def frame(picture: Frame, params: Params, moment: Moment) -> Frame:
    result = picture.blank_like()
    along = 1 if params.axis == "horizontal" else 0
    for source, target in zip(picture.planes, result.planes, strict=True):
        near, far = np.moveaxis(source, along, 0), np.moveaxis(target, along, 0)
        half = (len(near) + 1) // 2
        far[:half] = near[:half]
        far[half:] = near[: len(near) - half][::-1]
    return result


EFFECT = Effect(name="mirror", group="geometry", params=Params, frame=frame, cost_class="light")
