"""How an effect is shown in the catalogue: a recipe of a small clip that shows what it does, on a medium that suits it.

What suits it is told in ``app.library.showings``; an effect that does not stand there (an operator's own) is shown on
what it takes, with settings that are made from its declaration.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from artdag.effect import PICTURES, Effect
from artdag.media import Kind, Shape
from artdag.params import ParamSpec

WIDTH, HEIGHT = 480, 300
STILL_S = 3.0
"""How long a still is shown."""
LENGTH_S: Mapping[str, float] = {"dog": 3.0, "dunes": 3.0, "waves": 4.0, "music": 4.0}
"""Clips and sounds among the media a server begins with: they go round in so much time, or it is a whole bar."""
_TEXTS = ("warm", "words")
_GREY = {"color": "#4d5563", "color2": None}
_LABEL = {"size": 84, "bold": False, "color": "#c3c9d4", "position": "top_left", "fade_s": 0, "shadow": 0}


@dataclass(frozen=True, slots=True)
class Swing:
    """A number that goes from *start* to *end* and back, once in the loop."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A number that goes from *start* to *end*, where it is as it was at the start."""

    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What an effect is shown on, and how.

    Attributes:
        on: the medium it is put on, by its name among the assets.
        params: its settings; Swing and Turn move.
        first: effects that the medium has been through before: (name, settings).
        under: asset of a second picture input, or of text.
        behind: asset that is seen where the result is see-through.
        beside: the right half shows the result, the left one what came in.
        placed: (left, top) where a result of another size lies, on the medium in grey.
        seen_by: the effect that draws a sound: waveform or spectrum.
        returns: the whole is played backwards, too, so that it ends where it began.
        grainy: there is noise in every frame, and so that the file stays small it is written as a preview.
        at: the moment of the still picture, as a share of the loop.
    """

    on: str = "waves"
    params: Mapping[str, Any] = field(default_factory=dict)
    first: Sequence[tuple[str, Mapping[str, Any]]] = ()
    under: str = ""
    behind: str = ""
    beside: bool = False
    placed: tuple[int, int] | None = None
    seen_by: str = "waveform"
    returns: bool = False
    grainy: bool = False
    at: float = 0.5

    @property
    def length_s(self) -> float:
        return LENGTH_S.get(self.on, STILL_S)


class _Graph:
    """Nodes of a recipe, in the order in which they were added."""

    def __init__(self, length_s: float) -> None:
        self._length_s = length_s
        self.nodes: list[dict[str, Any]] = []

    def add(self, type_: str, config: Mapping[str, Any], *inputs: str) -> str:
        name = f"n{len(self.nodes)}"
        node: dict[str, Any] = {"id": name, "type": type_, "config": self._moving(config)}
        self.nodes.append(node | ({"inputs": list(inputs)} if inputs else {}))
        return name

    def effect(self, name: str, params: Mapping[str, Any], *inputs: str) -> str:
        return self.add("EFFECT", {"effect": name, "params": dict(params)}, *inputs)

    def medium(self, asset: str, *, still: bool = False) -> str:
        """Add an asset as a clip of the size and length that all have here; sound and text stay as they are."""
        source = self.add("SOURCE", {"asset": asset})
        if asset in _TEXTS:
            return source
        if asset == "music":
            return self.add("SEGMENT", {"duration": self._length_s}, source)
        filled = self.add("RESIZE", {"width": WIDTH, "height": HEIGHT, "mode": "fill"}, source)
        return filled if still or asset in LENGTH_S else self.shown(filled)

    def shown(self, still: str) -> str:
        """Add a clip that shows a picture for all the time."""
        return self.add("SEQUENCE", {"still_duration": self._length_s}, still)

    def _moving(self, value: Any) -> Any:
        if isinstance(value, Swing):
            points = [[0, value.start], [self._length_s / 2, value.end], [self._length_s, value.start]]
            return {"keyframes": points, "ease": "smooth"}
        if isinstance(value, Turn):
            return {"keyframes": [[0, value.start], [self._length_s, value.end]]}
        if isinstance(value, Mapping):
            return {key: self._moving(part) for key, part in value.items()}
        return value


def recipe_of(effect: Effect, showing: Showing) -> dict[str, Any]:
    """Return the recipe of the loop that shows *effect*."""
    graph = _Graph(showing.length_s)
    takes_clips = Kind.VIDEO in effect.wired[0].kinds
    before = graph.medium(showing.on, still=not takes_clips)
    for name, params in showing.first:
        before = graph.effect(name, params, before)
    others = [showing.under or _other(effect, number) for number in range(1, len(effect.wired))]
    result = graph.effect(effect.name, showing.params, before, *map(graph.medium, others))
    if Kind.IMAGE in effect.wired[0].kinds and not takes_clips:
        result = graph.shown(result)
    if showing.on == "music":
        drawn = effect.result in PICTURES
        result = graph.add("MUX", {}, result, before) if drawn else _heard(graph, before, result, showing.seen_by)
    if showing.beside:
        half = {"x": WIDTH // 2, "width": WIDTH - WIDTH // 2}
        right = graph.effect("crop", half, result)
        line = graph.add("GENERATE", {"kind": "color", "color": "#ffffff", "width": 2, "height": HEIGHT})
        result = _laid(graph, before, (right, WIDTH // 2, 0), (line, WIDTH // 2 - 1, 0))
    if showing.placed is not None:
        around = graph.effect("brightness", {"amount": -0.35}, graph.effect("grayscale", {}, before))
        result = _laid(graph, around, (result, *showing.placed))
    if showing.behind:
        result = _laid(graph, graph.medium(showing.behind), (result, 0, 0))
    if showing.returns:
        result = graph.add("SEQUENCE", {}, result, graph.effect("reverse", {}, result))
    profile = {"output": {"profile": "preview"}} if showing.grainy else {}
    return {"name": effect.name, "dag": {"nodes": graph.nodes, "output": result}, **profile}


def at_moment(recipe: Mapping[str, Any], shape: Shape, at: float) -> dict[str, Any]:
    """Return *recipe*, whose result is of *shape*, for one frame of it: that after a share *at* of its length."""
    assert shape.video is not None
    rate = shape.video.frame_rate
    index = min(shape.video.frame_count - 1, int(shape.video.frame_count * at))
    dag = recipe["dag"]
    moment = {"offset": float(index / rate), "duration": float(1 / rate)}
    cut = {"id": "moment", "type": "SEGMENT", "config": moment, "inputs": [dag["output"]]}
    return {"name": recipe["name"], "dag": {"nodes": [*dag["nodes"], cut], "output": "moment"}}


def _other(effect: Effect, number: int) -> str:
    return "warm" if effect.wired[number].kinds == (Kind.DATA,) else "dunes"


def _laid(graph: _Graph, base: str, *layers: tuple[str, int, int]) -> str:
    placed = [{}, *({"position": [left, top]} for _, left, top in layers)]
    return graph.add("LAYER", {"inputs": placed}, base, *(name for name, _, _ in layers))


def _heard(graph: _Graph, before: str, after: str, seen_by: str) -> str:
    """Return *after*, a sound, below a picture of itself, with that of what came in above."""
    size: dict[str, Any] = {"width": WIDTH, "height": HEIGHT // 2}
    size |= {"window_s": 2, "bars": 60} if seen_by == "waveform" else {"bars": 40}
    halves = []
    for sound, label, colors in ((before, "before", _GREY), (after, "after", {})):
        half = graph.effect(seen_by, size | colors, sound)
        halves.append(graph.effect("title", _LABEL | {"text": label}, half))
    whole = graph.add("GENERATE", {"kind": "color", "color": "#0d1017", "width": WIDTH, "height": HEIGHT})
    return graph.add("MUX", {}, _laid(graph, whole, (halves[0], 0, 0), (halves[1], 0, HEIGHT // 2)), after)


def usual(effect: Effect) -> Showing | None:
    """Return how an effect is shown of which nothing is told; None where no medium here is of a kind that it takes."""
    kinds = effect.wired[0].kinds if effect.wired else ()
    if effect.result is Kind.DATA or not {*PICTURES, Kind.AUDIO} & set(kinds):
        return None
    if kinds == (Kind.IMAGE,):
        return Showing(on="cat", params=_usual_params(effect))
    sound = Kind.VIDEO not in kinds or (effect.group == "sound" and Kind.AUDIO in kinds)
    return Showing(on="music" if sound else "dog", params=_usual_params(effect))


def _usual_params(effect: Effect) -> dict[str, Any]:
    """Return values of the settings that have no default: it is the author's defaults that are to be seen."""
    return {spec.name: _plausible(spec) for spec in effect.param_specs if spec.required}


def _plausible(spec: ParamSpec) -> Any:
    """Return a value that is likely to show something, and no extreme."""
    if spec.type in ("float", "int"):
        low, high = (-math.inf if spec.low is None else spec.low, math.inf if spec.high is None else spec.high)
        base = min(max(low, 0), high)
        value = base + 0.6 * (min(high, base + (40 if spec.type == "int" else 4)) - base)
        return round(value) if spec.type == "int" else value
    if spec.parsed is not None:
        return next(iter(spec.parsed.schema.get("examples", ())), 1)
    return {"bool": True, "color": "#e0542a", "text": "Art DAG"}.get(spec.type, (spec.choices or (1,))[0])
