"""What one pass reads instead of computing it, and what it keeps on the side for later ones."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from artdag.codec.kept import KeptVideo, Tee
from artdag.codec.probe import probe
from artdag.codec.stream import Media
from artdag.codec.tally import Tally
from artdag.content_store import FileContentStore
from artdag.cutoff import second_keys
from artdag.digest import Digest, StepKey
from artdag.effect import EffectCatalog
from artdag.errors import ArtDagError
from artdag.keeping import NOTHING, Reuse, Strip, Strips
from artdag.media import Kind, MediaFacts
from artdag.node_type import NodeType
from artdag.plan import ENCODE, Plan
from artdag.result_cache import Result, ResultCache
from artdag.seen import SeenSteps
from artdag.timeslice import Slice, slices_of

_MOST_STEPS = 2_000
"""In larger plans nothing is kept or read: to find out what would take longer than people wait for an answer."""
_MOST_BYTES = 4 << 30
_SHARE_OF_FREE = 0.2
"""What is kept by one pass takes no more than this, and no more than this share of what is free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Something of a step in a file of its own, checked, not yet published."""

    key: StepKey
    """The name that it is kept by."""
    step: StepKey
    path: Path
    facts: MediaFacts
    seconds: float
    """Wall time that it would take to make it again, about."""
    material: Mapping[str, Any]

    def result(self, digest: Digest, *, made_at: str, made_by: str, run: str | None, plan: Digest) -> Result:
        """Return the cache entry for the file, whose bytes are stored as *digest*."""
        return Result(
            key=self.key,
            digest=digest,
            facts=self.facts,
            seconds=self.seconds,
            made_at=made_at,
            made_by=made_by,
            material=self.material,
            run=run,
            plan=plan,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Where a process finds what was kept, and what was seen."""

    content: FileContentStore
    results: ResultCache
    seen: SeenSteps
    node_types: Mapping[str, NodeType]
    effects: EffectCatalog
    reserve_bytes: int = 0
    """So much of the disk stays free of what is kept on the side."""

    def reuse(self, plan: Plan, target: StepKey, part: Slice | None = None) -> Reuse:
        """Return what the pass that makes the ENCODE step *target*, or a slice of it, should read and keep."""
        strips = self.strips(plan, target, part)
        if strips is None:
            return NOTHING
        free = max(0, shutil.disk_usage(self.content.root).free - self.reserve_bytes)
        room = min(_MOST_BYTES, int(free * _SHARE_OF_FREE))
        return strips.reuse(self.path, lambda keys: self.seen.elsewhere(keys, plan.plan_id), room)

    def strips(self, plan: Plan, target: StepKey, part: Slice | None = None) -> Strips | None:
        """Return what the pass could read or keep; None where it makes neither, or the plan is very large."""
        step = plan.by_key[target]
        if step.type != ENCODE or step.shape.kind is Kind.DATA or len(plan.steps) > _MOST_STEPS:
            return None
        video = step.shape.video
        span = part.span if part is not None else range(video.frame_count if video is not None else 0)
        return Strips(plan, step.inputs[0][1], span, self.node_types, self.effects)

    def path(self, key: StepKey) -> Path | None:
        """Return where the bytes lie that are kept under a name; None where there are none, or others."""
        result = self.results.get(key)
        if result is None or not self.content.has(result.digest):
            return None
        return self.content.path(result.digest) if self.content.size(result.digest) == result.facts.size else None

    def read(self, plan: Plan, target: StepKey, part: Slice | None = None) -> tuple[StepKey, ...]:
        """Return the steps whose frames the pass would read."""
        return tuple(strip.step for strip, _ in self.reuse(plan, target, part).read)

    def adopt(self, plan: Plan) -> None:
        """Take over results that were made for the very bytes that *plan* follows, under the names of their work."""
        second = self._second_keys(plan)
        if not second:
            return
        there = self.results.get_many(second)
        made = self.results.get_many(second[key] for key in second if key not in there)
        for key, other in second.items():
            if other in made and key not in there and self.content.has(made[other].digest):
                self.results.put(replace(made[other], key=key))

    def share(self, plan: Plan, result: Result) -> None:
        """Let a result be found by what the bytes are that it follows, too."""
        other = self._second_keys(plan).get(result.key)
        if other is not None:
            self.results.put(replace(result, key=other))

    def _second_keys(self, plan: Plan) -> dict[StepKey, StepKey]:
        def report(key: StepKey) -> Digest | None:
            result = self.results.get(key)
            return result.digest if result is not None and self.content.has(result.digest) else None

        return second_keys(plan, report, self.node_types, self.effects)

    def names(self, plan: Plan) -> dict[StepKey, StepKey]:
        """Return every name under which passes of *plan* may have kept something, and the step that it is of.

        Slices are among them: they are named in the same way, and are of the output's step.
        """
        found: dict[StepKey, StepKey] = {}
        for target in dict.fromkeys(plan.outputs.values()):
            parts = slices_of(plan, target, self.node_types, self.effects)
            found |= {part.key: target for part in parts}
            passes = [self.strips(plan, target, part) for part in parts] or [self.strips(plan, target)]
            for strips in passes:
                if strips is not None:
                    found |= {strip.key: strip.step for strip in strips.all()}
                    found |= {name: step for step, name in strips.reports()}
        return found


class Side:
    """What is read instead of computed, and kept on the side, while one file is written."""

    def __init__(self, reuse: Reuse, folder: Path, tally: Tally) -> None:
        self._read = {strip.step: (strip, path) for strip, path in reuse.read}
        self._keep = {strip.step: strip for strip in reuse.keep}
        self._heard, self._unheard = dict(reuse.heard), dict(reuse.unheard)
        self._room_bytes = reuse.room_bytes
        self._folder, self._tally = folder, tally
        self._tees: list[tuple[Strip, Tee]] = []
        self._reports: dict[StepKey, bytes] = {}
        self.faults: list[str] = []
        """What could not be read."""
        self.notes: list[str] = []
        """What could not be kept."""

    def through(self, key: StepKey, media: Media) -> Media:
        """Return what takes the place of a step's streams."""
        if media.data is not None:
            return self._report(key, media, media.data)
        if media.video is None:
            return media
        if key in self._read:
            strip, path = self._read[key]
            kept = KeptVideo(media.video, strip.span, path, tally=self._tally, on_fault=self.faults.append)
            return replace(media, video=kept)
        if key in self._keep:
            strip = self._keep[key]
            tee = Tee(media.video, strip.span, self._folder / f"{strip.key}.kept", most_bytes=self._room_bytes)
            self._tees.append((strip, tee))
            return replace(media, video=tee)
        return media

    def _report(self, key: StepKey, media: Media, read: Callable[[], bytes]) -> Media:
        if key in self._heard:
            return replace(media, data=cache(self._heard[key].read_bytes))
        if key not in self._unheard:
            return media

        def remembered() -> bytes:
            self._reports[key] = read()
            return self._reports[key]

        return replace(media, data=cache(remembered))

    def abandon(self) -> None:
        """End without keeping anything."""
        for _, tee in self._tees:
            tee.abandon()

    def finished(self, seconds: float) -> tuple[Kept, ...]:
        """Return what was kept, of a pass that took so long; a file that is not what it should be is none."""
        frames = [self._kept(strip, tee, seconds) for strip, tee in self._tees]
        reports = [self._written(key, report, seconds) for key, report in self._reports.items()]
        return tuple(kept for kept in [*frames, *reports] if kept is not None)

    def _kept(self, strip: Strip, tee: Tee, seconds: float) -> Kept | None:
        why = tee.finish()
        if why is None:
            try:
                facts = probe(tee.path)
            except ArtDagError as error:
                why = error.message
            else:
                span = strip.span
                found = facts.picture.frame_count if facts.picture is not None else 0
                if found == len(span) or (found and len(span) == 1):  # one frame tells no frame rate
                    return Kept(
                        key=strip.key,
                        step=strip.step,
                        path=tee.path,
                        facts=facts,
                        seconds=seconds * strip.share / 2,  # about half of a pass is the encoding of its result
                        material={
                            "type": "KEPT",
                            "step": strip.step,
                            "frames": [strip.span.start, strip.span.stop],
                        },
                    )
                why = "the file that was written is not what was to be kept"
        tee.path.unlink(missing_ok=True)
        self.notes.append(f"frames were not kept: {why}")
        return None

    def _written(self, key: StepKey, report: bytes, seconds: float) -> Kept | None:
        path = self._folder / f"{self._unheard[key]}.json"
        try:
            path.write_bytes(report)
        except OSError as error:
            path.unlink(missing_ok=True)
            self.notes.append(f"a report was not kept: {error.strerror}")
            return None
        facts = MediaFacts(kind=Kind.DATA, media_type="application/json", size=len(report))
        material = {"type": "KEPT", "step": key}
        return Kept(key=self._unheard[key], step=key, path=path, facts=facts, seconds=seconds / 10, material=material)
