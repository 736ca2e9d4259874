"""Time slices: a long output is cut between groups of pictures, and each slice is named by what it shows and no more.

A slice's key is made of what its frames depend on: of a SEQUENCE the clips that are seen, of a SEGMENT the part of
its source, of what looks at each frame alone the same frames of its input. So an edit of the last seconds leaves the
keys of all slices before it alone, and their work is not done again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from artdag.codec.profile import Profile, profile_for
from artdag.digest import Digest, StepKey, canonical_json, digest_bytes, record_key
from artdag.effect import EffectCatalog
from artdag.grouping import Group, Grouping, Run
from artdag.node_type import Excerpt, NodeType
from artdag.plan import ENCODE, SOURCE, Plan, Step

RECORD = "artdag/slice/1"
Piece: TypeAlias = "Slice | Run"
FEWEST_SLICES = 8
"""Outputs of fewer slices, sixteen seconds, are rendered in one piece: that costs less than what slices would save."""

MOST_NAMES = 20_000
"""A plan of so many steps times slices is rendered in one piece: naming the slices would take too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some frames of an output, coded by themselves."""

    key: StepKey
    output: StepKey
    """The ENCODE step that it is a part of."""
    groups: tuple[range, ...]
    """Frames, in groups of pictures."""

    @property
    def span(self) -> range:
        return range(self.groups[0].start, self.groups[-1].stop)


def grouping_in(step: Step) -> Grouping | None:
    """Return how the frames of an ENCODE step are laid out; None where they are not in groups."""
    if step.type != ENCODE or step.shape.video is None or "groups" not in step.params:
        return None
    return Grouping.from_json(step.params["groups"], step.shape.video.frame_count)


def pieces_of(plan: Plan, output: StepKey, node_types: Mapping[str, NodeType], effects: EffectCatalog) -> list[Piece]:
    """Return the slices that the ENCODE step *output* is made of, and the runs that are copied between them, in order.

    There are none where it is made in one piece.
    """
    step = plan.by_key[output]
    grouping = grouping_in(step)
    if grouping is None:
        return []
    listed = list(_together(grouping))
    slices = sum(not isinstance(piece, Run) for piece in listed)
    if slices < FEWEST_SLICES or slices * len(plan.steps) > MOST_NAMES:
        return []
    profile = profile_for(step.shape.kind, step.params["profile"]).fitted(step.shape)
    ((_, source),) = step.inputs
    excerpts = Excerpts(plan, node_types, effects)
    how = _coding(step, profile)
    return [
        piece
        if isinstance(piece, Run)
        else Slice(key=_key(how, piece, excerpts.digest(source, _span(piece))), output=output, groups=piece)
        for piece in listed
    ]


def slices_of(plan: Plan, output: StepKey, node_types: Mapping[str, NodeType], effects: EffectCatalog) -> list[Slice]:
    """Return those of :func:`pieces_of` that are coded."""
    return [piece for piece in pieces_of(plan, output, node_types, effects) if isinstance(piece, Slice)]


def _together(grouping: Grouping) -> Iterator[tuple[range, ...] | Run]:
    """Yield groups that make a slice, and copied runs.

    A slice is a group: so it is the same after its clip was trimmed or moved. Only where clips are shorter than a
    group are those put together that are not longer in all.
    """
    held: list[range] = []
    for piece in grouping.pieces():
        fits = bool(held) and isinstance(piece, Group) and piece.span.stop - held[0].start <= grouping.gop
        if held and not fits:
            yield tuple(held)
            held = []
        if isinstance(piece, Run):
            yield piece
        else:
            held.append(piece.span)
    if held:
        yield tuple(held)


def _span(groups: Sequence[range]) -> range:
    return range(groups[0].start, groups[-1].stop)


def _key(how: Mapping[str, Any], groups: Sequence[range], frames: Digest) -> StepKey:
    return record_key(RECORD, how, [len(group) for group in groups], frames)


def find_slice(plan: Plan, key: StepKey, node_types: Mapping[str, NodeType], effects: EffectCatalog) -> Slice | None:
    """Return the slice of one of the plan's outputs that has this key."""
    for output in dict.fromkeys(plan.outputs.values()):
        for one in slices_of(plan, output, node_types, effects):
            if one.key == key:
                return one
    return None


def _coding(step: Step, profile: Profile) -> dict[str, Any]:
    """Return what decides how the picture is coded; sound is no part of a slice."""
    assert step.shape.video is not None
    video = step.shape.video
    settings = {**profile.settings(), "sound": None}
    shown = [video.width, video.height, video.pixel_format, str(video.frame_rate)]
    return {"settings": settings, "picture": shown, "toolchain": step.toolchain}


class Excerpts:
    """Names for ranges of frames of steps: equal names, equal frames."""

    def __init__(self, plan: Plan, node_types: Mapping[str, NodeType], effects: EffectCatalog) -> None:
        self._plan = plan
        self._node_types = node_types
        self._effects = effects
        self._known: dict[tuple[StepKey, int, int], Digest] = {}

    def digest(self, key: StepKey, frames: range) -> Digest:
        """Return the name of *frames* of the step *key*; it goes down without recursion, however long the chain."""
        waiting = [(key, frames)]
        while waiting:
            one, span = waiting[-1]
            if (one, span.start, span.stop) in self._known:
                waiting.pop()
                continue
            step = self._plan.by_key[one]
            excerpt = self.excerpt(step, span)
            if excerpt is None:  # depends on who knows what: the whole step, at this place
                excerpt = Excerpt(local=[step.key, span.start], inputs=(None,) * len(step.inputs))
            needed = [
                (source, part)
                for (_, source), part in zip(step.inputs, excerpt.inputs, strict=True)
                if part is not None and self._plan.by_key[source].shape.video is not None
            ]
            missing = [pair for pair in needed if (pair[0], pair[1].start, pair[1].stop) not in self._known]
            if missing:
                waiting += missing
                continue
            names = [self._known[source, part.start, part.stop] for source, part in needed]
            if excerpt.unchanged:
                (self._known[one, span.start, span.stop],) = names
                continue
            material = [step.type, step.effect, step.code, step.toolchain, len(span), excerpt.local, names]
            self._known[one, span.start, span.stop] = digest_bytes(canonical_json(material))
            waiting.pop()
        return self._known[key, frames.start, frames.stop]

    def excerpt(self, step: Step, frames: range) -> Excerpt | None:
        """Return what *frames* of *step* depend on; None where nobody can tell."""
        if step.type == SOURCE:
            return Excerpt(local=[step.key, frames.start], inputs=())
        shapes = tuple(self._plan.by_key[source].shape for _, source in step.inputs)
        effect = self._effects.get(step.effect) if step.effect is not None else None
        return self._node_types[step.type].excerpt(step.params, shapes, step.shape, effect, frames)
