"""Give the dog, whatever comes in; or lay the dog over the picture.

Without *overlay* the result is the dog's clip itself, byte for byte. With it the clip, a third of the picture's height
and at most half its width, keeps its proportions and covers the bottom right corner, a fortieth of the smaller side
away from both borders. Position and size are even, so that the colour samples of 4:2:0 pictures fall into place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from artdag.codec.frame import Frame, Moment
from artdag.effect import Effect, Input
from artdag.media import Kind, VideoShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    overlay: Annotated[bool, "Lay the dog over the input instead of giving the dog alone."] = False


def same_as(params: Params) -> str | None:
    return None if params.overlay else "dog"


def fit(params: Params, shapes: Sequence[VideoShape]) -> Sequence[tuple[int, int]]:
    """Return the base's own size and the dog's, even and at least 2."""
    base, dog = shapes
    scale = min(base.height / 3 / dog.height, base.width / 2 / dog.width)
    return (base.width, base.height), (_even(dog.width * scale), _even(dog.height * scale))


def _even(length: float) -> int:
    return max(2, int(length / 2 + 0.5) * 2)


def frame(base: Frame, dog: Frame, params: Params, moment: Moment) -> Frame:
    margin = min(base.width, base.height) // 40
    left = max(0, base.width - dog.width - margin) // 2 * 2
    top = max(0, base.height - dog.height - margin) // 2 * 2
    result = base.blank_like()
    for index, (source, patch, target) in enumerate(zip(base.planes, dog.planes, result.planes, strict=True)):
        step = 2 if "420" in base.pixel_format and index in {1, 2} else 1
        target[...] = source
        corner = target[top // step :, left // step :][: patch.shape[0], : patch.shape[1]]
        corner[...] = patch[: corner.shape[0], : corner.shape[1]]
    return result


EFFECT = Effect(
    name="dog",
    group="basics",
    params=Params,
    inputs=(Input("input", (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO)), Input("dog", asset="dog")),
    frame=frame,
    fit=fit,
    same_as=same_as,
    cost_class="light",
)
