"""What a node type is: one word of the recipe language, declared once.

Checks, forms, the published schema and the language reference are made from the declaration; the planner asks it for
the shape of its result, the executor for the streams that make it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from artdag.animation import has_animation
from artdag.codec.stream import Media
from artdag.digest import Digest, canonical_json, digest_bytes
from artdag.effect import Effect, EffectCatalog
from artdag.media import Kind, Shape

ALL_KINDS = (Kind.IMAGE, Kind.VIDEO, Kind.AUDIO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slots:
    """The inputs a node takes: how many, what they are called, and which kinds each accepts."""

    minimum: int
    maximum: int | None
    """None: any number."""
    names: tuple[str, ...] = ()
    """Names by position; where there are none, the position itself is the name."""
    kinds: tuple[tuple[Kind, ...], ...] = ()
    """Accepted kinds by position; the last one holds for all further positions."""
    gives: tuple[Kind, ...] | None = None
    """Kinds that the result may be of, where it need not be that of the first input."""

    def name(self, position: int) -> str:
        return self.names[position] if position < len(self.names) else str(position)

    def accepted(self, position: int) -> tuple[Kind, ...]:
        return self.kinds[min(position, len(self.kinds) - 1)] if self.kinds else ALL_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A node with nothing left to decide."""

    params: Mapping[str, Any]
    """Plain data, defaults and derived values included: this goes into the key."""
    shape: Shape
    effect: Effect | None = None
    same_as: int | None = None
    """Position of the input whose very bytes are the result; then there is no work and no step."""
    assets: tuple[tuple[str, str], ...] = ()
    """(slot, asset name) of further inputs that this server fills."""
    same_as_asset: str | None = None
    """Name of the asset whose very bytes are the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """What a node gets to make its streams from."""

    params: Mapping[str, Any]
    """As settled; what changes over time is an ``artdag.animation.Animation``."""
    inputs: tuple[Media, ...]
    shapes: tuple[Shape, ...]
    """Of the inputs."""
    shape: Shape
    """Of the result."""
    effect: Effect | None
    seed: int
    node: str | None = None
    """The recipe's node, for messages."""
    reports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the ANALYZE nodes say that its settings name, by slot; worked out when it is first asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """What some frames of a step depend on."""

    local: Any
    """Plain data: what the step does in these frames."""
    inputs: tuple[range | None, ...]
    """For each input, the frames that are looked at; None where none is, or only its sound."""
    unchanged: bool = False
    """Whether the frames are those of the one input that is looked at, as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is seen from one frame of a result on, until the next place."""

    first: int
    input: int | None
    """Position of the input whose frames are seen, one for one; None where no single one is."""
    begin: int = 0
    """Its frame that is seen first; where there is none, how many frames ago began what is seen."""
    unchanged: bool = False
    """Whether its frames are seen exactly as they are: then files may have their packets copied."""


Placing = Callable[[Mapping[str, Any], tuple[Shape, ...], Shape], Sequence[Place]]
"""(settled params, shapes of the inputs, own shape) -> places, the first at frame 0; nothing where nobody knows."""

Excerpting = Callable[[Mapping[str, Any], tuple[Shape, ...], Shape, Effect | None, range], Excerpt | None]
"""(settled params, shapes of the inputs, own shape, effect, frames) -> what these depend on; None: on the whole."""


def whole(
    params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape, effect: Effect | None, frames: range
) -> Excerpt | None:
    """For node types that do not say what a part of their result depends on."""
    return None


def same_frames(
    params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape, effect: Effect | None, frames: range
) -> Excerpt | None:
    """For node types with one input that look at each frame alone, and at no time."""
    if len(inputs) != 1 or has_animation(params):
        return None
    return Excerpt(local=dict(params), inputs=(frames,))


def over_the_first(params: Mapping[str, Any], inputs: tuple[Shape, ...], shape: Shape) -> tuple[Place, ...]:
    """For node types that do something to each frame of their first input."""
    base = inputs[0].video if inputs and inputs[0].kind is Kind.VIDEO else None
    if base is None or shape.video is None or base.frame_rate != shape.video.frame_rate:
        return ()
    return (Place(first=0, input=0),) if base.frame_count >= shape.video.frame_count else ()


Nearest = Callable[[int, range], int]
"""(frame of the first input, frames to choose from) -> the nearest of them where a group of pictures begins or ends;
that frame itself where no groups are known."""

Snapping = Callable[[Any, Settled, tuple[Shape, ...], Nearest], Settled]
"""(config, what was settled, shapes of the inputs, nearest) -> what is settled instead."""


def _as_settled(config: Any, settled: Settled, inputs: tuple[Shape, ...], nearest: Nearest) -> Settled:
    """For node types that do not care where groups of pictures begin."""
    return settled


def _nothing_to_check(config: Any, effects: EffectCatalog) -> None:
    """For node types whose settings cannot contradict each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeType:
    """One node type.

    Attributes:
        name: as written in recipes, such as ``RESIZE``.
        config: frozen dataclass of settings (``artdag.params``).
        slots: the inputs it takes; given a config and the effects, for an EFFECT's depend on its effect.
        settle: config, shapes of the inputs and effects -> what is decided. Raises ParameterError or InputError.
        check: config and effects -> nothing; raises ParameterError for what is wrong whatever the inputs are.
        snapped: what becomes of that where groups of pictures decide.
        build: the streams; pulls nothing yet.
        excerpt: what a range of frames depends on (``artdag.timeslice``).
        places: which input's frames are seen when (``artdag.grouping``); where groups of pictures begin follows.
        gives: the kind of the result; None where it is that of the first input.
        gives_list: whether the result is a list of any length: each of it is an input to what takes it.
        doc, code_hash: set by the loader.
    """

    name: str
    config: type[Any]
    slots: Callable[[Any, EffectCatalog], Slots]
    settle: Callable[[Any, tuple[Shape, ...], EffectCatalog], Settled]
    build: Callable[[Building], Media]
    check: Callable[[Any, EffectCatalog], None] = _nothing_to_check
    snapped: Snapping = _as_settled
    excerpt: Excerpting = whole
    places: Placing = over_the_first
    gives: Kind | None = None
    gives_list: bool = False
    doc: str = ""
    code_hash: Digest = field(default=Digest("0" * 64))


def step_code(node_type: NodeType, effect: Effect | None) -> Digest:
    """Return the hash of the code that does a step's work: it is part of the step's key."""
    if effect is None:
        return node_type.code_hash
    return digest_bytes(canonical_json([node_type.code_hash, effect.code_hash]))
