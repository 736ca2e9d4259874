"""A DAG as a picture: boxes in layers from left to right, edges that go around the boxes between. Pure arithmetic.

The layout is Sugiyama's in small: each node one layer behind its last input, long edges given a place in every layer
they cross, and the order within the layers improved by a few sweeps of barycentres.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.runs.drawn import FOLLOWS, Drawn, with_chains_folded, with_lists_folded, with_recipes_folded

MAX_DRAWN = 60
"""With more boxes than this, recipes inside and then chains are drawn as one box; with still more, none are drawn."""

BOX_WIDTH, BOX_HEIGHT = 160, 62
_LANE_HEIGHT = 14  # what a passing edge takes in a layer
_GAP_X, _GAP_Y, _MARGIN = 42, 20, 6
_SWEEPS = 6
_SLOTS_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A node in its place; *x* and *y* are its upper left corner."""

    node: Drawn
    x: float
    y: float
    width: int = BOX_WIDTH
    height: int = BOX_HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A line from one box to another, as the ``d`` of an SVG path; one for all the slots that it fills."""

    path: str
    source: str
    target: str
    slot: str
    state: str | None

    @property
    def is_follow(self) -> bool:
        """Whether only a setting follows the source, and no picture or sound comes from it."""
        return self.slot == FOLLOWS


@dataclass(frozen=True, slots=True, kw_only=True)
class DagPicture:
    """What a template needs to write the SVG."""

    width: int = 0
    height: int = 0
    boxes: tuple[Box, ...] = ()
    edges: tuple[Edge, ...] = ()
    is_collapsed: bool = False
    left_out: int = 0
    """Boxes that are too many to draw; then nothing is."""

    @property
    def has_follows(self) -> bool:
        """Whether a setting of a node follows what another one heard."""
        return any(edge.is_follow for edge in self.edges)


@dataclass(slots=True)
class _Place:
    """A box, or the point where a long edge crosses a layer."""

    name: str
    layer: int
    is_box: bool
    sources: list[_Place] = field(default_factory=list)
    targets: list[_Place] = field(default_factory=list)
    rank: float = 0.0
    y: float = 0.0

    @property
    def height(self) -> float:
        return BOX_HEIGHT if self.is_box else _LANE_HEIGHT


def draw(nodes: Sequence[Drawn]) -> DagPicture:
    """Return the picture of *nodes*, which are in topological order; inputs that are not among them are not drawn."""
    shown = with_lists_folded(nodes)
    is_collapsed = len(shown) > MAX_DRAWN
    if is_collapsed:
        shown = with_recipes_folded(shown)
    if len(shown) > MAX_DRAWN:
        shown = with_chains_folded(shown)
    if len(shown) > MAX_DRAWN:
        return DagPicture(is_collapsed=True, left_out=len(shown))
    if not shown:
        return DagPicture()
    shown = tuple(replace(node, inputs=_joined(node.inputs)) for node in shown)
    by_id = {node.id: node for node in shown}
    layers, routes = _layered(shown, by_id)
    _order(layers)
    height = _stack(layers)
    places = {place.name: place for layer in layers for place in layer if place.is_box}
    edges = tuple(
        Edge(
            path=_path(route),
            source=route[0].name,
            target=route[-1].name,
            slot=slot,
            state=by_id[route[0].name].state,
        )
        for slot, route in routes
    )
    return DagPicture(
        width=_x(len(layers) - 1) + BOX_WIDTH + _MARGIN,
        height=round(height + 2 * _MARGIN),
        boxes=tuple(Box(node=node, x=_x(places[node.id].layer), y=round(places[node.id].y, 1)) for node in shown),
        edges=edges,
        is_collapsed=is_collapsed,
    )


def _joined(inputs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return *inputs* with one entry for each source: a clip that is played a thousand times is one line."""
    slots: dict[str, list[str]] = {}
    for slot, source in inputs:
        slots.setdefault(source, []).append(slot)
    return tuple(
        (", ".join(names) if len(names) <= _SLOTS_NAMED else f"{names[0]} … {names[-1]}", source)
        for source, names in slots.items()
    )


def _layered(
    nodes: Sequence[Drawn], by_id: Mapping[str, Drawn]
) -> tuple[list[list[_Place]], list[tuple[str, list[_Place]]]]:
    places: dict[str, _Place] = {}
    for node in nodes:
        behind = [places[source].layer for _, source in node.inputs if source in places]
        places[node.id] = _Place(node.id, max(behind, default=-1) + 1, is_box=True)
    first_use: dict[str, int] = {}
    for node in nodes:
        for _, source in node.inputs:
            layer = places[node.id].layer
            first_use[source] = min(first_use.get(source, layer), layer)
    for node in nodes:  # what has no inputs stands just before its first user, so that its edge is short
        if not any(source in by_id for _, source in node.inputs) and node.id in first_use:
            places[node.id].layer = max(first_use[node.id] - 1, 0)
    layers: list[list[_Place]] = [[] for _ in range(max(place.layer for place in places.values()) + 1)]
    for place in places.values():
        layers[place.layer].append(place)
    routes = []
    for node in nodes:
        for slot, source in node.inputs:
            if source not in places:
                continue
            route = [places[source]]
            for layer in range(places[source].layer + 1, places[node.id].layer):
                lane = _Place(f"{source}>{node.id}", layer, is_box=False)
                layers[layer].append(lane)
                route.append(lane)
            route.append(places[node.id])
            for left, right in itertools.pairwise(route):
                left.targets.append(right)
                right.sources.append(left)
            routes.append((slot, route))
    return layers, routes


def _order(layers: list[list[_Place]]) -> None:
    for layer in layers:
        _number(layer)
    for sweep in range(_SWEEPS):
        forwards = sweep % 2 == 0
        for layer in layers if forwards else reversed(layers):
            for place in layer:
                beside = place.sources if forwards else place.targets
                if beside:
                    place.rank = sum(other.rank for other in beside) / len(beside)
            layer.sort(key=lambda place: place.rank)
            _number(layer)


def _number(layer: list[_Place]) -> None:
    for position, place in enumerate(layer):
        place.rank = (position + 0.5) / len(layer)


def _stack(layers: list[list[_Place]]) -> float:
    """Give every place its *y*: layers centred on one line; return the height of the tallest."""
    heights = [sum(place.height for place in layer) + _GAP_Y * (len(layer) - 1) for layer in layers]
    tallest = max(heights)
    for layer, height in zip(layers, heights, strict=True):
        y = _MARGIN + (tallest - height) / 2
        for place in layer:
            place.y = y
            y += place.height + _GAP_Y
    return tallest


def _x(layer: int) -> int:
    return _MARGIN + layer * (BOX_WIDTH + _GAP_X)


def _path(route: Sequence[_Place]) -> str:
    """A line out of the first box, through the lanes, into the last."""
    middle = [place.y + place.height / 2 for place in route]
    x = _x(route[0].layer) + BOX_WIDTH
    parts = [f"M{x} {middle[0]:.1f}"]
    for place, y_before, y in zip(route[1:], middle, middle[1:], strict=False):
        left = _x(place.layer)
        bend = (left - x) / 2
        parts.append(f"C{x + bend:.0f} {y_before:.1f} {left - bend:.0f} {y:.1f} {left} {y:.1f}")
        x = left
        if not place.is_box:
            x = left + BOX_WIDTH
            parts.append(f"H{x}")
    return "".join(parts)
