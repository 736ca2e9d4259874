"""RunStore: every run, its state compared and set, newest first, and which bytes it uses.

``artdag:run:<run_id>`` is a hash and never expires: ``record`` (the run record as JSON), ``state``, ``version``,
``progress``, ``stages`` (the work it needed when it was submitted), ``kept`` (the copy of the record that lies among
the blobs). ``artdag:uses:<digest>`` holds the runs that have these bytes as input, output, recipe or record.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from redis import Redis

from app.storage.newest_first import NewestFirst, Page, decoded
from app.storage.records import Records
from app.storage.run_record import (
    BeingDeletedError,
    Created,
    Remembered,
    RunActiveError,
    RunNotFoundError,
    TooManyRunsError,
    list_key,
    lists_of,
    memory_key,
    restored,
    run_key,
    searched_text,
    used_by,
    uses_key,
    written,
)
from app.storage.run_scripts import CHANGE, CREATE, DELETE, MARK_DELETING, PROGRESS
from app.storage.stage_record import NewStage
from app.storage.stage_store import stage_arguments
from artdag.digest import Digest, StepKey
from artdag.errors import DiskError, NoRoomError
from artdag.identity import Identity
from artdag.run import Progress, Run, RunState

__all__ = ["BeingDeletedError", "Created", "Remembered", "RunActiveError", "RunNotFoundError", "RunStore"]

_log = logging.getLogger(__name__)

IDEMPOTENCY_S = 24 * 3600
DELETING_S = 60
"""How long a deletion may take; a crashed one blocks its bytes no longer than this."""


class RunStore:
    """Runs by id."""

    def __init__(self, redis: Redis, records: Records | None = None) -> None:
        """Stand on *redis*; each run is written down in *records*, too, where there are any."""
        self._redis = redis
        self._records = records
        self._create = redis.register_script(CREATE)
        self._change = redis.register_script(CHANGE)
        self._progress = redis.register_script(PROGRESS)
        self._delete = redis.register_script(DELETE)
        self._mark_deleting = redis.register_script(MARK_DELETING)

    # --- one run ---

    def create(
        self,
        run: Run,
        *,
        stages: Sequence[NewStage] = (),
        uses: Iterable[Digest] = (),
        kept: Digest | None = None,
        remembered: Remembered | None = None,
        is_news: bool = True,
        most_open: int | None = None,
    ) -> Created:
        """Write *run* and the stages it waits for, at once; a stage that is on its way already is joined.

        Args:
            run: in any state; a completed one needs no stages.
            stages: the work that is missing; what needs other work is joined when that is done.
            uses: bytes it needs besides those its record names, such as assets.
            kept: the copy of its record among the blobs, for a completed one.
            remembered: the request's Idempotency-Key; where it was used before, nothing is written.
            most_open: how many runs of its owner may be open, this one included.
            is_news: False for a run that comes back from the disk: it is written down, and its end was told of.

        Raises:
            BeingDeletedError: when bytes it uses are being deleted; nothing is written.
            TooManyRunsError: when its owner has *most_open* open ones; nothing is written.
            NoRoomError, DiskError: when it cannot be written down; nothing is written.
        """
        pins = sorted(set(uses))
        ready = [stage for stage in stages if not stage.needs]
        request: dict[str, Any] = {
            "run": run.run_id,
            "record": written(run),
            "state": run.state.value,
            "progress": json.dumps(asdict(run.progress)),
            "stages_text": _stages_text(stages),
            "kept": kept or "",
            "sorted": lists_of(run),
            "sets": [] if run.state.is_final else ["artdag:runs:open"],
            "ended": run.state.is_final and is_news,
            "uses": sorted({*used_by(run), *pins, *([kept] if kept else [])}),
            "pins": json.dumps(pins),
            **stage_arguments(run.plan_id, run.owner, ready),
        }
        if remembered is not None:
            value = json.dumps({"run_id": run.run_id, "body": remembered.body})
            key = memory_key(run.owner, remembered.key)
            request["idempotency"] = {"key": key, "value": value, "seconds": IDEMPOTENCY_S}
        if most_open is not None and not run.state.is_final:
            lists = [list_key(run.owner, state, None) for state in (RunState.PENDING, RunState.RUNNING)]
            request["open"] = {"most": most_open, "lists": lists}
        if is_news:
            self._write_down(run, kept, pins)
        try:
            kind, found = _call(self._create, json.dumps(request))
        except BaseException:
            self._forget(run.run_id)
            raise
        if kind in (b"deleting", b"earlier", b"full"):
            self._forget(run.run_id)
        if kind == b"full" and most_open is not None:
            raise TooManyRunsError.of(most_open)
        if kind == b"deleting":
            raise BeingDeletedError(f"the bytes {found.decode()} are being deleted: upload them again first")
        if kind == b"earlier":
            earlier = json.loads(found)
            return Created(run_id=earlier["run_id"], is_new=False, body=Digest.parse(earlier["body"]))
        states = {stage.key: state.decode() for stage, state in zip(ready, found, strict=True) if state}
        return Created(run_id=run.run_id, is_new=True, joined=states)

    def remembered(self, owner: Identity, key: str) -> Created | None:
        """Return the run that *owner* made with this Idempotency-Key; None where there is none any more."""
        found = cast("bytes | None", self._redis.get(memory_key(owner, key)))
        if found is None:
            return None
        earlier = json.loads(found)
        if not self._redis.exists(run_key(earlier["run_id"])):
            return None
        return Created(run_id=earlier["run_id"], is_new=False, body=Digest.parse(earlier["body"]))

    def get(self, run_id: str) -> Run:
        """Return the run.

        Raises:
            RunNotFoundError: when there is none.
        """
        return self._read(run_id)[0]

    def get_many(self, run_ids: Iterable[str]) -> dict[str, Run]:
        """Return those that are there, in one round trip."""
        wanted = list(run_ids)
        pipe = self._redis.pipeline(transaction=False)
        for run_id in wanted:
            pipe.hmget(run_key(run_id), "record", "progress")
        return {
            run_id: restored(record, progress)
            for run_id, (record, progress) in zip(wanted, pipe.execute(), strict=True)
            if record is not None
        }

    def stages_of(self, run_id: str) -> tuple[NewStage, ...]:
        """Return the work that was missing when the run was submitted."""
        return self.stages_of_many([run_id])[run_id]

    def stages_of_many(self, run_ids: Iterable[str]) -> dict[str, tuple[NewStage, ...]]:
        """Return the same for several, in one round trip."""
        wanted = list(run_ids)
        pipe = self._redis.pipeline(transaction=False)
        for run_id in wanted:
            pipe.hget(run_key(run_id), "stages")
        found = cast("list[bytes | None]", pipe.execute())
        return {
            run_id: tuple(map(NewStage.from_json, json.loads(text))) if text else ()
            for run_id, text in zip(wanted, found, strict=True)
        }

    def joined_by(self, run_id: str) -> frozenset[StepKey]:
        """Return the stages of a run that others had asked for before it."""
        found = cast("bytes | None", self._redis.hget(run_key(run_id), "joined"))
        return frozenset(map(StepKey.parse, json.loads(found))) if found else frozenset()

    def kept_copy(self, run_id: str) -> Digest | None:
        """Return the copy of a completed run's record that lies among the blobs."""
        found = cast("bytes | None", self._redis.hget(run_key(run_id), "kept"))
        return Digest.parse(found.decode()) if found else None

    def move(self, run_id: str, state: RunState, *, kept: Digest | None = None, **changes: Any) -> Run:
        """Move the run to *state*, with *changes* to other fields, and return it.

        Raises:
            RunNotFoundError: when there is none.
            IllegalTransitionError: when it cannot go there from where it is at this moment.
        """
        return self._write(run_id, lambda run: run.moved_to(state, **changes), kept)

    def change(self, run_id: str, **changes: Any) -> Run:
        """Change fields other than the state, such as ``published``, and return the run."""
        return self._write(run_id, lambda run: replace(run, **changes), None)

    def replan(self, run_id: str, plan_id: Digest, progress: Progress, stages: Sequence[NewStage]) -> Run:
        """Give a run whose sound is heard its whole plan, and return it; the stages have still to be joined.

        Raises:
            RunNotFoundError: when there is none.
        """
        return self._write(
            run_id, lambda run: replace(run, plan_id=plan_id, progress=progress, analysing=False), None, stages
        )

    def update_progress(self, run_id: str, progress: Progress) -> bool:
        """Note how far it has come; False, and nothing changed, where that would be a step back or it is final."""
        text = json.dumps(asdict(progress))
        return bool(_call(self._progress, run_id, text, repr(progress.fraction)))

    def delete(self, run_id: str) -> Run:
        """Remove a final run from every list and return what it was.

        Raises:
            RunNotFoundError: when there is none.
            RunActiveError: when it is not final.
        """
        while True:
            run, version = self._read(run_id)
            if run.state.is_final:
                self._forget(run_id)
            kept, pins = cast("list[bytes]", self._redis.hmget(run_key(run_id), "kept", "pins"))
            request = {
                "run": run_id,
                "version": version,
                "sorted": list(lists_of(run)),
                "uses": sorted({*used_by(run), *json.loads(pins or b"[]"), *([kept.decode()] if kept else [])}),
            }
            outcome = _call(self._delete, json.dumps(request))
            if outcome == b"active":
                raise RunActiveError(f"run {run_id} is {run.state.value}: cancel it first")
            if outcome == b"gone":
                self._forget(run_id)  # again: its end may have been written down meanwhile
                return run

    # --- many runs ---

    def page(
        self,
        owner: Identity | None = None,
        *,
        status: RunState | None = None,
        recipe: str | None = None,
        q: str = "",
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Run]:
        """Return a page of runs, newest first.

        Args:
            owner: only theirs.
            status: only those in this state.
            recipe: only those of the recipe with this id or name.
            q: only those with all of these words in recipe, output name, inputs, params or id.
            cursor: ``next`` of the page before.
            limit: runs on the page.

        Raises:
            ValueError: when *cursor* is none of this list.
        """
        newest = NewestFirst(self._redis, list_key(owner, status, recipe))
        if not q.strip() and not (recipe and (owner or status)):
            names, following = newest.slice(cursor, limit)
            return Page(items=tuple(self.get_many(names).values()), next=following, total=newest.count())
        words = q.lower().split()

        def takes(run: Run) -> bool:
            return (
                (owner is None or run.owner == owner)
                and (status is None or run.state is status)
                and (recipe is None or recipe in (run.recipe, run.recipe_id))
                and all(word in searched_text(run) for word in words)
            )

        return newest.search(cursor, limit, read=lambda names: self.get_many(names).items(), takes=takes)

    def counts(self, owner: Identity | None = None) -> dict[RunState, int]:
        """Return how many runs are in each state."""
        return {state: NewestFirst(self._redis, list_key(owner, state, None)).count() for state in RunState}

    def ids(self) -> Iterator[str]:
        """Go through all runs, in no order."""
        for run_id, _ in self._redis.zscan_iter(list_key(None, None, None), count=500):
            yield decoded(run_id)

    def open_ids(self) -> Iterator[str]:
        """Go through the runs that are not final."""
        for run_id in self._redis.sscan_iter("artdag:runs:open", count=500):
            yield decoded(run_id)

    # --- runs that ended, for whoever tells of it ---

    def ended(self, limit: int) -> tuple[str, ...]:
        """Return runs that ended and that nobody told of yet, the earliest first."""
        found = cast("list[bytes]", self._redis.zrange("artdag:runs:ended", 0, limit - 1))
        return tuple(decoded(item) for item in found)

    def are_announced(self, run_ids: Sequence[str]) -> None:
        """Note that of these all was told."""
        if run_ids:
            self._redis.zrem("artdag:runs:ended", *run_ids)

    # --- which bytes are used ---

    def runs_using(self, digest: Digest) -> tuple[str, ...]:
        """Return the runs that have these bytes as input, output, recipe, plan or record."""
        return tuple(sorted(decoded(item) for item in cast("set[bytes]", self._redis.smembers(uses_key(digest)))))

    def mark_deleting(self, digest: Digest) -> tuple[str, ...]:
        """Announce that *digest* is about to be deleted, so that no new run can take it.

        Returns:
            Nothing where the mark stands now (for ``DELETING_S`` seconds, or until ``unmark_deleting``); else the
            runs that use the bytes, and then there is no mark.
        """
        found = cast("list[bytes]", _call(self._mark_deleting, digest, DELETING_S))
        return tuple(sorted(item.decode() for item in found))

    def unmark_deleting(self, digest: Digest) -> None:
        """Take the mark away: the deletion is done, or did not happen."""
        self._redis.delete(f"artdag:deleting:{digest}")

    # --- inside ---

    def _read(self, run_id: str) -> tuple[Run, str]:
        record, progress, version = cast(
            "list[bytes | None]", self._redis.hmget(run_key(run_id), "record", "progress", "version")
        )
        if record is None or version is None:
            raise RunNotFoundError(f"there is no run {run_id[:80]}")
        return restored(record, progress), version.decode()

    def _write(
        self,
        run_id: str,
        changed: Callable[[Run], Run],
        kept: Digest | None,
        stages: Sequence[NewStage] | None = None,
    ) -> Run:
        while True:  # ends: each round trip that fails is one that somebody else's change succeeded in
            before, version = self._read(run_id)
            after = changed(before)
            old, new = lists_of(before), lists_of(after)
            request: dict[str, Any] = {
                "run": run_id,
                "version": version,
                "record": written(after),
                "state": after.state.value,
                "unsorted": [key for key in old if key not in new],
                "sorted": {key: score for key, score in new.items() if key not in old},
                "closes": after.state.is_final,
                "uses": sorted({*used_by(after), *([kept] if kept else [])}),
            }
            if after.progress != before.progress:
                request |= {"progress": json.dumps(asdict(after.progress)), "fraction": after.progress.fraction}
            if kept is not None:
                request["kept"] = kept
            if stages is not None:
                request["stages_text"] = _stages_text(stages)
            if _call(self._change, json.dumps(request)):
                if after.state.is_final or stages is not None:
                    self._note(run_id)
                return after

    # --- on the disk ---

    def write_down(self, run_id: str) -> None:
        """Write the run to the disk as Redis knows it."""
        kept, pins = cast("list[bytes | None]", self._redis.hmget(run_key(run_id), "kept", "pins"))
        run = self.get(run_id)
        self._write_down(run, Digest.parse(kept.decode()) if kept else None, json.loads(pins or b"[]"))

    def _note(self, run_id: str) -> None:
        """Write down what became of a run that goes on or ended in Redis already: that is not undone any more."""
        try:
            self.write_down(run_id)
        except RunNotFoundError:
            self._forget(run_id)  # discarded a moment ago
        except (NoRoomError, DiskError) as error:
            # The record says that it was asked for; from the results that are here the same would come of it again.
            _log.warning("the end of run %s is not on the disk: %s", run_id, error)

    def _write_down(self, run: Run, kept: Digest | None, pins: Sequence[str]) -> None:
        if self._records is not None:
            self._records.put("runs", run.run_id, {"run": run.to_json(), "kept": kept, "pins": list(pins)})

    def _forget(self, run_id: str) -> None:
        if self._records is not None:
            self._records.remove("runs", run_id)


def _stages_text(stages: Iterable[NewStage]) -> str:
    return json.dumps([stage.to_json() for stage in stages])


def _call(script: Any, *arguments: object) -> Any:
    return script(args=list(arguments))
