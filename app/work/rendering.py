"""Rendering one stage in a confined child: what goes in, what it may use, and what of its answer is believed."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import shutil
import stat
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.runs.outputs import sources_of
from app.services import Services
from app.settings import Settings
from app.storage.room import GO_ON, room_on
from artdag.confined import Channel, fork_context, run_confined
from artdag.costs import joining, work_of
from artdag.digest import Digest, StepKey
from artdag.effect import EffectCatalog
from artdag.errors import ArtDagError, NoRoomError, RenderError
from artdag.executor import Rendered, render, render_joined, render_slice
from artdag.grouping import Run
from artdag.keeping import Reuse
from artdag.media import MediaFacts
from artdag.node_type import NodeType
from artdag.plan import Plan
from artdag.side import Kept
from artdag.stage import coded_share, computed_steps
from artdag.timeslice import Piece, Slice, find_slice, pieces_of
from artdag.walls import Limits

_log = logging.getLogger(__name__)

_PROGRESS_PAUSE_S = 0.1
_LOOK_AT_DISK_S = 0.5
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV)
_FULL = "the server's disk is nearly full: rendering ended before it was; make room, then run it again"
_BASE_MEMORY_BYTES, _BYTES_PER_PIXEL = 4 << 30, 250


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What came out."""

    path: Path
    facts: MediaFacts
    seconds: float
    """Wall time."""
    kept: tuple[Kept, ...] = ()
    """What was kept on the side."""
    computed: tuple[StepKey, ...] = ()
    """The steps that were computed for it."""
    work: Mapping[str, float] = field(default_factory=dict)
    """What it was, to learn from how long that takes."""
    reused: tuple[StepKey, ...] = ()
    """The steps whose frames were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Assignment:
    """What the child is given; it is a copy of this process, so nothing is sent."""

    plan: Plan
    key: StepKey
    part: Slice | None
    pieces: Sequence[Path | Run]
    """Those of the step *key*, all of them; empty where it is rendered in one piece."""
    paths: Mapping[Digest, Path]
    folder: Path
    effects: EffectCatalog
    node_types: Mapping[str, NodeType]
    reuse: Reuse


def render_in_child(
    services: Services,
    plan: Plan,
    key: StepKey,
    folder: Path,
    *,
    on_message: Callable[[dict[str, Any]], None],
    should_stop: Callable[[], bool],
) -> File:
    """Render the step *key* of *plan*, or the slice of that key, into a file in *folder*.

    Raises:
        StoppedError: when *should_stop* said so.
        LimitError: when it went over a limit.
        CrashError: when the child died; the same may go well another time.
        ArtDagError: what the engine says.
    """
    paths = {digest: services.content.path(digest) for digest in sources_of(plan)}
    own_folders = [folder for folder in (services.settings.effects_dir, services.settings.fonts_dir) if folder]
    part = None if key in plan.by_key else find_slice(plan, key, services.node_types, services.effects)
    if part is None and key not in plan.by_key:
        raise RenderError("Art DAG changed since this was planned: run it again")
    pieces = [] if part is not None else _pieces_there(services, plan, key)
    beside = folder.with_name(f"{folder.name}-pieces")  # not inside: there the child may write
    if pieces:
        pieces = _held(pieces, beside)
    target = part.output if part is not None else key
    reuse = services.memory.reuse(plan, target, part)
    if pieces:  # only the sound is made
        reuse = replace(reuse, read=(), keep=())
    watch = _DiskWatch(folder, should_stop)
    try:
        answer = run_confined(
            _render,
            _Assignment(
                plan=plan,
                key=key,
                part=part,
                pieces=pieces,
                paths=paths,
                folder=folder,
                effects=services.effects,
                node_types=services.node_types,
                reuse=reuse,
            ),
            limits=limits_for(plan, services.settings, folder),
            readable=[
                *paths.values(),
                *(piece for piece in pieces if isinstance(piece, Path)),
                *reuse.paths,
                *own_folders,
            ],
            writable=[folder],
            context=fork_context(),
            on_message=on_message,
            should_stop=watch.should_stop,
        )
    except ArtDagError as error:
        if watch.is_full:
            raise NoRoomError(_FULL) from None
        raise logged(error) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    path = _file_in(folder, answer["name"])
    if path is None:
        raise RenderError("the rendering process left something else than a file")
    for note in answer["notes"]:
        _log.warning("stage %s: %s", key[:10], str(note)[:500])
    reused = tuple(strip.step for strip, _ in reuse.read if strip.step in answer["reused"])
    computed = () if pieces else computed_steps(plan, [target], reused)
    if pieces:
        work = joining(plan, target)
    else:
        frames = max(1, video.frame_count) if (video := plan.by_key[target].shape.video) is not None else 1
        share = len(part.span) / frames if part is not None else coded_share(plan.by_key[target])
        work = work_of(plan, target, computed, share=share, sound=part is None)
    return File(
        path=path,
        facts=MediaFacts.from_json(answer["facts"]),
        seconds=float(answer["seconds"]),
        kept=tuple(_kept(folder, reuse, answer["kept"])),
        computed=computed,
        work=work,
        reused=reused,
    )


def _file_in(folder: Path, name: str) -> Path | None:
    """Return the file of that name; None where it is none, or has another name as well."""
    path = folder / Path(name).name
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return path if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 else None


def _kept(folder: Path, reuse: Reuse, told: Sequence[Mapping[str, Any]]) -> Iterator[Kept]:
    """Give what the child says it kept, as far as it was asked to and left files."""
    asked = {strip.key: strip.step for strip in reuse.keep} | {name: step for step, name in reuse.unheard}
    for entry in told:
        key, path = StepKey.parse(entry["key"]), _file_in(folder, entry["name"])
        if path is not None and asked.get(key) == entry["step"]:
            yield Kept(
                key=key,
                step=asked[key],
                path=path,
                facts=MediaFacts.from_json(entry["facts"]),
                seconds=float(entry["seconds"]),
                material=entry["material"],
            )


def _pieces_there(services: Services, plan: Plan, key: StepKey) -> list[Path | Run]:
    """Return where the slices of an output lie, and what is copied; nothing where there is none, or one is missing."""
    pieces = pieces_of(plan, key, services.node_types, services.effects)
    results = services.results.get_many(piece.key for piece in pieces if isinstance(piece, Slice))

    def place(piece: Piece) -> Path | Run | None:
        if isinstance(piece, Run):
            return piece
        result = results.get(piece.key)
        there = result is not None and services.content.has(result.digest)
        return services.content.path(result.digest) if result is not None and there else None

    found = [place(piece) for piece in pieces]
    return [piece for piece in found if piece is not None] if None not in found else []


def _held(pieces: Sequence[Path | Run], beside: Path) -> list[Path | Run]:
    """Give the slices a second name while they are read: who makes room may take their first one at any moment.

    Where one went already there are none, and the output is rendered in one piece.
    """
    beside.mkdir(mode=0o700)
    held: list[Path | Run] = []
    for place, piece in enumerate(pieces):
        if isinstance(piece, Path):
            try:
                os.link(piece, beside / str(place))
            except FileNotFoundError:
                return []
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
            else:
                held.append(beside / str(place))
                continue
        held.append(piece)
    return held


def limits_for(plan: Plan, settings: Settings, folder: Path) -> Limits:
    """Return what rendering *plan* may use: plenty for its size, not the whole machine."""
    sizes = [step.shape.video.width * step.shape.video.height for step in plan.steps if step.shape.video is not None]
    seconds = float(settings.render_timeout_s)
    room = room_on(folder)
    return Limits(
        address_space_bytes=_BASE_MEMORY_BYTES + _BYTES_PER_PIXEL * max(sizes, default=0),
        cpu_s=seconds * (os.cpu_count() or 1),
        file_size_bytes=max(1, room.free - room.reserve(GO_ON)),
        open_files=256,
        processes=64,
        wall_s=seconds,
    )


@dataclass(slots=True)
class _DiskWatch:
    """Ends a render before the disk is full: what else is on it, such as the journal of Redis, needs the rest."""

    folder: Path
    asked: Callable[[], bool]
    is_full: bool = False
    looked_at: float = 0.0

    def should_stop(self) -> bool:
        now = time.monotonic()
        if now - self.looked_at >= _LOOK_AT_DISK_S:
            self.looked_at = now
            self.is_full = not room_on(self.folder).leaves(GO_ON)
        return self.is_full or self.asked()


def told(error: Exception) -> RenderError:
    """Return an error that nobody expected as one of ours."""
    sentence = f"rendering failed with {type(error).__name__}: {error}"[:2000]
    return RenderError(sentence, detail="".join(traceback.format_exception(error))[-20_000:])


def logged(error: ArtDagError) -> ArtDagError:
    """Return *error* with a reference to the log, which gets the traceback or stack that runs are not to show."""
    if error.detail is None:
        return error
    reference = secrets.token_hex(6)
    _log.error("reference %s: %s\n%s", reference, error.message, error.detail)
    detail = f"The worker's log tells more, under reference {reference}."
    return type(error)(error.message, node=error.node, detail=detail, problems=error.problems)


def _render(channel: Channel, work: _Assignment) -> dict[str, Any]:
    """Render, in the child; the answer is plain JSON, for the parent believes nothing else."""
    progress = _Throttle(channel)
    try:
        rendered = _rendered(work, progress.tell)
    except (ArtDagError, MemoryError, OSError):
        raise
    except Exception as error:
        raise told(error) from error  # no crash: the same input would fail in the same way again
    kept = [
        {
            "key": one.key,
            "step": one.step,
            "name": one.path.name,
            "facts": one.facts.to_json(),
            "seconds": one.seconds,
            "material": dict(one.material),
        }
        for one in rendered.kept
    ]
    return {
        "name": rendered.path.name,
        "facts": rendered.facts.to_json(),
        "seconds": rendered.seconds,
        "kept": kept,
        "reused": list(rendered.reused),
        "notes": list(rendered.notes),
    }


def _rendered(work: _Assignment, on_progress: Callable[[int, int], None]) -> Rendered:
    how: dict[str, Any] = {
        "locate": work.paths.__getitem__,
        "folder": work.folder,
        "effects": work.effects,
        "node_types": work.node_types,
        "on_progress": on_progress,
        "reuse": work.reuse,
    }
    if work.part is not None:
        return render_slice(work.plan, work.part, **how)
    if work.pieces:
        return render_joined(work.plan, work.key, work.pieces, **how)
    return render(work.plan, work.key, **how)


@dataclass(slots=True)
class _Throttle:
    """Tells of progress some ten times a second, not at every frame."""

    channel: Channel
    told_at: float = 0.0

    def tell(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.told_at >= _PROGRESS_PAUSE_S or done >= total:
            self.told_at = now
            self.channel.send({"done": done, "total": total})
