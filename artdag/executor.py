"""Rendering one stage of a plan: streams are joined up, pulled through once, and written as one file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import av

from artdag.animation import is_bind, live
from artdag.codec.check import check_result
from artdag.codec.copying import Copied
from artdag.codec.decode import open_media
from artdag.codec.encode import encode
from artdag.codec.heap import keep_freed_memory
from artdag.codec.lanes import lanes_here
from artdag.codec.probe import probe
from artdag.codec.profile import Profile, profile_for
from artdag.codec.slices import encode_slice, encode_sound, join
from artdag.codec.stream import Media, Samples, Sound, Video
from artdag.codec.tally import Tally
from artdag.digest import Digest, StepKey
from artdag.effect import EffectCatalog
from artdag.errors import ArtDagError, RenderError
from artdag.grouping import Run
from artdag.keeping import NOTHING, Reuse
from artdag.media import Kind, MediaFacts, Shape
from artdag.node_type import Building, NodeType, step_code
from artdag.plan import SOURCE, Plan, Step
from artdag.side import Kept, Side
from artdag.timeslice import Slice, grouping_in

_TOO_LONG = "{} steps one behind the other are too many for one pass: keep an output in the middle and go on from it"
_DEEP = 100
"""Steps from which it is their number that memory does not suffice for; below, it is what one of them does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A finished file, checked, not yet published."""

    path: Path
    facts: MediaFacts
    seconds: float
    """Wall time."""
    tally: Tally
    kept: tuple[Kept, ...] = ()
    """What was kept on the side."""
    reused: tuple[StepKey, ...] = ()
    """Steps whose frames were read, not computed."""
    notes: tuple[str, ...] = ()
    """What went wrong on the side, and did no harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """What rendering needs of the world: where bytes lie, and the code of nodes and effects."""

    locate: Callable[[Digest], Path]
    effects: EffectCatalog
    node_types: Mapping[str, NodeType]
    through: Callable[[StepKey, Media], Media] = lambda _, media: media
    """What each step's streams go through on their way to those that take them."""

    def media(self, plan: Plan, key: StepKey, tally: Tally) -> Media:
        """Return the streams of the step *key*; nothing is decoded before they are pulled."""
        made: dict[StepKey, Media] = {}
        for step in plan.behind(key):
            own = self._opened(plan, step, tally) if step.type == SOURCE else self._built(plan, step, made)
            made[step.key] = self.through(step.key, own)
        return made[key]

    def _opened(self, plan: Plan, step: Step, tally: Tally) -> Media:
        digest = Digest.parse(step.params["digest"])
        media = open_media(self.locate(digest), MediaFacts.from_json(step.params["facts"]), tally)
        node = plan.node_of.get(step.key)
        return Media(
            video=_NamedVideo(media.video, node) if media.video is not None else None,
            sound=_NamedSound(media.sound, node) if media.sound is not None else None,
            data=media.data,
        )

    def _built(self, plan: Plan, step: Step, made: Mapping[StepKey, Media]) -> Media:
        node, node_type = plan.node_of.get(step.key), self.node_types[step.type]
        effect = self.effects.get(step.effect) if step.effect is not None else None
        if step.code != step_code(node_type, effect):
            what = f"the effect {step.effect}" if effect is not None else step.type
            raise RenderError(f"the code of {what} is not what it was when this was planned: run it again", node=node)
        wired = [key for slot, key in step.inputs if not is_bind(slot)]
        reports = _Reports({slot: made[key] for slot, key in step.inputs if is_bind(slot)})
        try:
            building = Building(
                params=live(step.params, reports),
                inputs=tuple(made[key] for key in wired),
                shapes=tuple(plan.by_key[key].shape for key in wired),
                shape=step.shape,
                effect=effect,
                seed=int(step.key[:8], 16),
                node=node,
                reports=reports,
            )
            media = node_type.build(building)
        except ArtDagError as error:
            raise _at(plan, step.key, error) from error
        return replace(media, data=cache(media.data)) if media.data is not None else media


def render(
    plan: Plan,
    target: StepKey,
    *,
    locate: Callable[[Digest], Path],
    folder: Path,
    effects: EffectCatalog,
    node_types: Mapping[str, NodeType],
    on_progress: Callable[[int, int], None] | None = None,
    reuse: Reuse = NOTHING,
) -> Rendered:
    """Render the ENCODE step *target* into a new file in *folder*.

    Args:
        plan: the plan it is part of.
        target: key of the step.
        locate: where the bytes of a source lie.
        folder: writable, on the file system of the store.
        effects: the code whose hashes the plan's keys hold.
        node_types: likewise.
        on_progress: called with (frames done, frames planned); samples where there is no picture.
        reuse: frames of steps to read instead of computing them, and to keep on the side; the result is the same.

    Raises:
        ArtDagError: when a step cannot be rendered, or the file is not what was planned; nothing is left in *folder*.
    """
    step = plan.by_key[target]
    profile = chosen_profile(step)

    def write(media: Media, path: Path, tally: Tally) -> MediaFacts:
        layout = _layout(plan, step, locate)
        encode(
            media, step.shape, profile, path, layout=layout, tally=tally, on_progress=on_progress, lanes=lanes_here()
        )
        facts = _facts(path, profile)
        check_result(facts, step.shape, profile)
        return facts

    how: dict[str, Any] = {
        "locate": locate,
        "folder": folder,
        "effects": effects,
        "node_types": node_types,
    }
    return _written(plan, step, target, write, reuse=reuse, **how)


def render_slice(
    plan: Plan,
    part: Slice,
    *,
    locate: Callable[[Digest], Path],
    folder: Path,
    effects: EffectCatalog,
    node_types: Mapping[str, NodeType],
    on_progress: Callable[[int, int], None] | None = None,
    reuse: Reuse = NOTHING,
) -> Rendered:
    """Render the frames of one slice, without sound, into a new file in *folder*; otherwise as :func:`render`."""
    step = plan.by_key[part.output]
    profile = chosen_profile(step).fitted(step.shape)
    assert step.shape.video is not None
    shape = Shape(kind=Kind.VIDEO, video=replace(step.shape.video, frame_count=len(part.span)))

    def write(media: Media, path: Path, tally: Tally) -> MediaFacts:
        assert media.video is not None
        encode_slice(media.video, part.groups, profile, path, tally=tally, on_progress=on_progress)
        facts = probe(path)
        check_result(facts, shape, profile)
        return facts

    how: dict[str, Any] = {
        "locate": locate,
        "folder": folder,
        "effects": effects,
        "node_types": node_types,
    }
    return _written(plan, step, part.key, write, reuse=reuse, **how)


def render_joined(
    plan: Plan,
    target: StepKey,
    pieces: Sequence[Path | Run],
    *,
    locate: Callable[[Digest], Path],
    folder: Path,
    effects: EffectCatalog,
    node_types: Mapping[str, NodeType],
    on_progress: Callable[[int, int], None] | None = None,
    reuse: Reuse = NOTHING,
) -> Rendered:
    """Join the pieces of the ENCODE step *target*, in order, and code its sound: the very bytes of :func:`render`.

    *pieces* are files of its slices, and the runs of frames that are copied.
    """
    step = plan.by_key[target]
    profile = chosen_profile(step).fitted(step.shape)
    video = step.shape.video
    assert video is not None

    def write(media: Media, path: Path, tally: Tally) -> MediaFacts:
        spoken = None
        if media.sound is not None and step.shape.sound is not None and profile.sound is not None:
            spoken = folder / f"sound{profile.suffix}"
            encode_sound(media.sound, profile, spoken, tally=tally, on_progress=on_progress)
        try:
            parts = [_copied(plan, piece, locate) if isinstance(piece, Run) else piece for piece in pieces]
            join(parts, spoken, video, profile, path, tally=tally)
        finally:
            if spoken is not None:
                spoken.unlink(missing_ok=True)
        facts = probe(path)
        check_result(facts, step.shape, profile)
        return facts

    how: dict[str, Any] = {"locate": locate, "folder": folder, "effects": effects, "node_types": node_types}
    return _written(plan, step, target, write, reuse=replace(reuse, read=(), keep=()), **how)  # only sound is made


def _layout(plan: Plan, step: Step, locate: Callable[[Digest], Path]) -> list[range | Copied] | None:
    """Return how the frames of an ENCODE step are laid out, as it was planned."""
    grouping = grouping_in(step)
    if grouping is None:
        return None
    return [_copied(plan, one, locate) if isinstance(one, Run) else one.span for one in grouping.pieces()]


def _copied(plan: Plan, run: Run, locate: Callable[[Digest], Path]) -> Copied:
    params = plan.by_key[run.source].params
    facts = MediaFacts.from_json(params["facts"])
    return Copied(path=locate(Digest.parse(params["digest"])), facts=facts, begin=run.begin, count=run.count)


def _written(
    plan: Plan,
    step: Step,
    name: StepKey,
    write: Callable[[Media, Path, Tally], MediaFacts],
    *,
    locate: Callable[[Digest], Path],
    folder: Path,
    effects: EffectCatalog,
    node_types: Mapping[str, NodeType],
    reuse: Reuse = NOTHING,
) -> Rendered:
    """Return the file that *write* makes of the streams behind the ENCODE step *step*; after an error there is none."""
    ((_, source),) = step.inputs
    path = folder / f"{name}{chosen_profile(step).fitted(step.shape).suffix}"
    tally = Tally()
    started = time.monotonic()
    keep_freed_memory()
    side = Side(reuse, folder, tally)
    renderer = Renderer(locate=locate, effects=effects, node_types=node_types, through=side.through)
    media = renderer.media(plan, source, tally)
    try:
        facts = write(media, path, tally)
    except BaseException as error:
        side.abandon()
        path.unlink(missing_ok=True)
        depth = len(plan.behind(source))
        if _comes_of(error, RecursionError) or (_comes_of(error, MemoryError) and depth > _DEEP):
            raise RenderError(_TOO_LONG.format(depth), node=plan.node_of.get(source)) from error
        if isinstance(error, ArtDagError):
            raise _at(plan, source, error) from error
        raise
    seconds = time.monotonic() - started
    kept = side.finished(seconds)
    reused = () if side.faults else tuple(strip.step for strip, _ in reuse.read)
    notes = (*side.faults, *side.notes)
    return Rendered(path=path, facts=facts, seconds=seconds, tally=tally, kept=kept, reused=reused, notes=notes)


def _comes_of(error: BaseException | None, kind: type[Exception]) -> bool:
    """Return whether *error* is of that *kind*, or tells of one that is: what an effect raises is told by its name."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__
    return error is not None


def _facts(path: Path, profile: Profile) -> MediaFacts:
    if profile.kind is Kind.DATA:  # text of ours: there is nothing to probe
        return MediaFacts(kind=Kind.DATA, media_type=profile.media_type, size=path.stat().st_size)
    return probe(path)


def chosen_profile(step: Step) -> Profile:
    """Return the profile an ENCODE step was planned with.

    Raises:
        RenderError: when this engine's profile of that name has other settings, so that the key would lie.
    """
    profile = profile_for(step.shape.kind, step.params["profile"])
    if profile.fitted(step.shape).settings() != step.params["settings"]:
        raise RenderError(f"the profile {profile.name!r} is not what it was when this was planned: run it again")
    return profile


def _at(plan: Plan, key: StepKey, error: ArtDagError) -> ArtDagError:
    """Return *error* with the node it happened at, as near as is known."""
    if error.node is None:
        error.node = plan.node_of.get(key)
    return error


class _NamedVideo(Video):
    """A source's picture, whose errors name the node."""

    def __init__(self, upstream: Video, node: str | None) -> None:
        self._upstream, self._node = upstream, node
        self.shape = upstream.shape

    def frames(self, first: int, stop: int) -> Iterator[av.VideoFrame]:
        with _named(self._node):
            yield from self._upstream.frames(first, stop)


class _NamedSound(Sound):
    """A source's sound, whose errors name the node."""

    def __init__(self, upstream: Sound, node: str | None) -> None:
        self._upstream, self._node = upstream, node
        self.shape = upstream.shape

    def samples(self, first: int, stop: int) -> Iterator[Samples]:
        with _named(self._node):
            yield from self._upstream.samples(first, stop)


class _Reports(Mapping[str, Mapping[str, Any]]):
    """What ANALYZE steps say, by slot: worked out when it is first asked for."""

    def __init__(self, media: Mapping[str, Media]) -> None:
        self._media = media

    def __getitem__(self, slot: str) -> Mapping[str, Any]:
        read = self._media[slot].data
        assert read is not None
        return cast("dict[str, Any]", json.loads(read()))

    def __iter__(self) -> Iterator[str]:
        return iter(self._media)

    def __len__(self) -> int:
        return len(self._media)


@contextmanager
def _named(node: str | None) -> Iterator[None]:
    try:
        yield
    except ArtDagError as error:
        error.node = error.node or node
        raise
