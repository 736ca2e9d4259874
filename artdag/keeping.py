"""What is kept between steps, so that an edit of the end of a chain need not do its beginning again.

A pass streams: what its steps give is gone when it ends. But where a step that was computed for another plan turns up
again, people are trying out what comes after it. So the pass that computes it the second time keeps its frames on the
side, of each way through the plan only of the last such step; from then on passes read them instead. What is kept is
named by what its frames depend on, as slices are, so a slice keeps, and finds, its part of a step.

Pure: what was seen, and what is there, is asked of who calls.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from artdag.animation import is_bind
from artdag.codec.kept import exact_profile
from artdag.digest import StepKey, record_key
from artdag.effect import EffectCatalog
from artdag.media import Kind
from artdag.node_type import NodeType
from artdag.plan import SOURCE, Plan, Step, encoding
from artdag.timeslice import Excerpts

RECORD = "artdag/kept/1"
MOST_LOOKED_UP = 500
"""So many steps of one pass are looked up, the ones nearest to its end first."""
MOST_KEPT = 4
"""So many are kept by one pass."""
WORTH_MS = 6.0
"""Steps that together take less than this for a frame of 720p are done again sooner than their frames are read."""
_EFFECT_MS = {"light": 2.5, "medium": 8.0, "heavy": 20.0}
_NODE_MS = {"RESIZE": 3.0, "TRANSFORM": 5.0, "BLEND": 6.0, "LAYER": 6.0, "SEGMENT": 0.0, "MUX": 0.0, "SWITCH": 0.5}
_ELSE_MS = 2.0
"""Milliseconds of one processor for a frame of 720p. Written down, not measured: what is kept must follow from the
plan alone."""
_BYTES_PER_PIXEL = {"libx264": 0.4, "ffv1": 1.6}
"""About what kept frames take, seen from above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """Frames of a step, under the name that they are kept by."""

    step: StepKey
    span: range
    key: StepKey
    bytes_estimate: int
    share: float = 0.0
    """How much of the work of its pass, without the encoding, is the work behind it: 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """What a pass reads instead of computing it, and what it keeps."""

    read: tuple[tuple[Strip, Path], ...] = ()
    keep: tuple[Strip, ...] = ()
    room_bytes: int = 0
    """Most bytes that may be kept on the side, together."""
    heard: tuple[tuple[StepKey, Path], ...] = ()
    """ANALYZE steps whose reports are there, and where."""
    unheard: tuple[tuple[StepKey, StepKey], ...] = ()
    """Those whose are not: their reports are always kept. The step, and the name of its report."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that are read."""
        return tuple(path for _, path in (*self.read, *self.heard))


NOTHING = Reuse()


class Strips:
    """The strips of one pass: what it needs of each step, by name."""

    def __init__(
        self,
        plan: Plan,
        source: StepKey,
        span: range,
        node_types: Mapping[str, NodeType],
        effects: EffectCatalog,
    ) -> None:
        """Begin.

        Args:
            plan: the plan.
            source: the step whose frames are encoded.
            span: the frames of it that the pass makes.
            node_types: those that the plan was made with.
            effects: likewise.
        """
        self._plan = plan
        self._source = source
        self._effects = effects
        self._names = Excerpts(plan, node_types, effects)
        self._steps = plan.behind(source)
        self._needs = self._needed(span)

    def of(self, key: StepKey) -> Strip | None:
        """Return the strip of the step *key*; None where it is no clip, or nobody can tell what is needed of it."""
        step, span = self._plan.by_key[key], self._needs.get(key)
        # A still is made again sooner than it is kept; and a picture file may carry more than pixels, such as a colour
        # profile, which a clip does not hold.
        if step.shape.kind is not Kind.VIDEO or step.shape.video is None or step.type == SOURCE or not span:
            return None
        video = step.shape.video
        profile = exact_profile(video)
        assert profile.picture is not None
        shown = [video.width, video.height, video.pixel_format, str(video.frame_rate)]
        how = {"settings": profile.settings(), "picture": shown, "toolchain": step.toolchain}
        estimate = _BYTES_PER_PIXEL[profile.picture.codec] * video.width * video.height * len(span)
        return Strip(
            step=key,
            span=span,
            key=record_key(RECORD, how, len(span), self._names.digest(key, span)),
            bytes_estimate=int(estimate),
        )

    def all(self) -> Iterator[Strip]:
        """Go through all of them."""
        for step in self._steps:
            if (strip := self.of(step.key)) is not None:
                yield strip

    def reuse(
        self,
        there: Callable[[StepKey], Path | None],
        seen: Callable[[Iterable[StepKey]], Collection[StepKey]],
        room_bytes: int,
    ) -> Reuse:
        """Return what the pass should read and keep.

        Args:
            there: where the frames kept under a name lie; None where there are none.
            seen: those of some steps that were computed for another plan before.
            room_bytes: most bytes that may be kept.
        """
        often = seen(step.key for step in self._steps if step.type != SOURCE)
        read: dict[StepKey, tuple[Strip, Path]] = {}
        keep: dict[StepKey, Strip] = {}
        visited: set[tuple[StepKey, bool]] = set()
        waiting, looked = [(self._source, False)], 0
        for key, is_behind in waiting:  # grows while it is walked
            step = self._plan.by_key[key]
            if (key, is_behind) in visited or (key, False) in visited or step.type == SOURCE or key in read:
                continue
            visited.add((key, is_behind))
            strip = self.of(key) if looked < MOST_LOOKED_UP else None
            looked += 1
            if strip is not None and (path := there(strip.key)) is not None:
                read[key] = strip, path
                continue
            is_kept = False
            if strip is not None and not is_behind and key in often and (work_ms := self._work_ms(key)) >= WORTH_MS:
                is_kept = True
                keep[key] = replace(strip, share=work_ms / self._work_ms(self._source))
            waiting += [(source, is_behind or is_kept) for _, source in step.inputs]
        reports = dict(self.reports())
        heard = {step: path for step, name in reports.items() if (path := there(name)) is not None}
        return Reuse(
            read=tuple(read.values()),
            keep=_fitting(keep.values(), room_bytes),
            room_bytes=room_bytes,
            heard=tuple(heard.items()),
            unheard=tuple((step, name) for step, name in reports.items() if step not in heard),
        )

    def reports(self) -> Iterator[tuple[StepKey, StepKey]]:
        """Give the steps whose reports others follow, with the name under which a report is written down."""
        follows = {source for step in self._steps for slot, source in step.inputs if is_bind(slot)}
        for step in self._steps:
            if step.key in follows:
                yield step.key, encoding(step.key, step.shape, None, step.toolchain).key

    def _work_ms(self, key: StepKey) -> float:
        """Return what the work behind a step takes for a frame of 720p, decoding aside."""
        return sum(map(self._own_ms, self._plan.behind(key)))

    def _own_ms(self, step: Step) -> float:
        if step.type == SOURCE or step.shape.video is None:
            return 0.0
        if step.effect is not None:
            return _EFFECT_MS[self._effects.get(step.effect).cost]
        return _NODE_MS.get(step.type, _ELSE_MS)

    def _needed(self, span: range) -> dict[StepKey, range | None]:
        """Return the frames of each step that the pass needs, first to last; None where nobody can tell."""
        found: dict[StepKey, range | None] = {self._source: span}
        for step in reversed(self._steps):
            for source, part in self._parts(step, found.get(step.key)):
                known = found.get(source, part)
                if known is None or part is None:
                    found[source] = None
                else:
                    found[source] = range(min(known.start, part.start), max(known.stop, part.stop))
        return found

    def _parts(self, step: Step, span: range | None) -> Iterator[tuple[StepKey, range | None]]:
        """Give the frames of each input that *span* of a step needs."""
        excerpt = self._names.excerpt(step, span) if span is not None and step.shape.video is not None else None
        for position, (_, source) in enumerate(step.inputs):
            video = self._plan.by_key[source].shape.video
            if video is None:
                continue
            if excerpt is not None:
                if (part := excerpt.inputs[position]) is not None:
                    yield source, part
            elif span is None or step.shape.video is None:
                yield source, None
            elif (video.frame_rate, video.frame_count) == (step.shape.video.frame_rate, step.shape.video.frame_count):
                yield (
                    source,
                    span,
                )  # most likely frame by frame; were it not, too little would be kept, never a wrong one
            else:
                yield source, range(video.frame_count) if len(span) == step.shape.video.frame_count else None


def _fitting(strips: Iterable[Strip], room_bytes: int) -> tuple[Strip, ...]:
    """Return the strips that there is room for, those first that save most."""
    found: list[Strip] = []
    for strip in sorted(strips, key=lambda one: (-one.share, one.key)):
        if len(found) < MOST_KEPT and strip.bytes_estimate <= room_bytes:
            found.append(strip)
            room_bytes -= strip.bytes_estimate
    return tuple(found)
