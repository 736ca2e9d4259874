"""What effects on sound alone have in common: they need a sound, and leave the picture and the length as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from artdag.codec.stream import Media, Sound
from artdag.errors import ParameterError
from artdag.media import Shape


def sounding(effect: str) -> Callable[[Any, tuple[Shape, ...]], Shape]:
    """Return the ``gives`` of *effect*: the shape of the first input; ParameterError where that has no sound."""

    def gives(params: Any, shapes: tuple[Shape, ...]) -> Shape:
        if shapes[0].sound is None:
            raise ParameterError(f"{effect} needs a sound, and its input has none")
        return shapes[0]

    return gives


def heard_through(work: Callable[[Sound, Any], Sound]) -> Callable[[tuple[Media, ...], Any, Shape], Media]:
    """Return the ``streams`` of an effect that turns a sound and its settings into another sound of the same length."""

    def streams(inputs: tuple[Media, ...], params: Any, shape: Shape) -> Media:
        sound = inputs[0].sound
        assert sound is not None
        return replace(inputs[0], sound=work(sound, params))

    return streams
