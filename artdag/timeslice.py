"""Time slices: a long output is cut on a fixed grid, and each slice is named by what it shows and nothing else.

A slice's key is made of what its frames depend on: of a SEQUENCE the clips that are seen, of a SEGMENT the part of
its source, of what looks at each frame alone the same frames of its input. So an edit of the last seconds leaves the
keys of all slices before it alone, and their work is not done again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from artdag.codec.profile import Profile, profile_for
from artdag.codec.slices import slice_spans
from artdag.digest import Digest, StepKey, canonical_json, digest_bytes, record_key
from artdag.effect import EffectCatalog
from artdag.media import Kind
from artdag.node_type import Excerpt, NodeType
from artdag.plan import ENCODE, SOURCE, Plan, Step

RECORD = "artdag/slice/1"
SLICE_GROUPS = 2
"""Groups of pictures in a slice: four seconds."""
FEWEST_SLICES = 4
"""Outputs of fewer slices are rendered in one piece: a job for each would cost more than it gives."""

MOST_NAMES = 20_000
"""A plan of so many steps times slices is rendered in one piece: naming the slices would take too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some frames of an output, coded by themselves."""

    key: StepKey
    output: StepKey
    """The ENCODE step that it is a part of."""
    span: range
    """Frames."""


def slices_of(plan: Plan, output: StepKey, node_types: Mapping[str, NodeType], effects: EffectCatalog) -> list[Slice]:
    """Return the slices that the ENCODE step *output* is made of, in order; none where it is made in one piece."""
    step = plan.by_key[output]
    if step.type != ENCODE or step.shape.kind is not Kind.VIDEO or step.shape.video is None:
        return []
    profile = profile_for(step.shape.kind, step.params["profile"]).fitted(step.shape)
    spans = slice_spans(step.shape.video, profile, SLICE_GROUPS)
    if len(spans) < FEWEST_SLICES or len(spans) * len(plan.steps) > MOST_NAMES:
        return []
    ((_, source),) = step.inputs
    excerpts = _Excerpts(plan, node_types, effects)
    how = _coding(step, profile)
    return [
        Slice(key=record_key(RECORD, how, len(span), excerpts.digest(source, span)), output=output, span=span)
        for span in spans
    ]


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


class _Excerpts:
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
            excerpt = self._excerpt(step, span)
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

    def _excerpt(self, step: Step, frames: range) -> Excerpt:
        if step.type == SOURCE:
            return Excerpt(local=[step.key, frames.start], inputs=())
        shapes = tuple(self._plan.by_key[source].shape for _, source in step.inputs)
        effect = self._effects.get(step.effect) if step.effect is not None else None
        found = self._node_types[step.type].excerpt(step.params, shapes, step.shape, effect, frames)
        if found is None:  # depends on who knows what: the whole step, at this place
            return Excerpt(local=[step.key, frames.start], inputs=(None,) * len(step.inputs))
        return found
