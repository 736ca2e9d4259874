"""PublicationStore: what is published or on its way, which bytes that holds, and the tokens that open the registry.

``artdag:publication:<id>`` is a record that never expires. ``artdag:publications:of:<kind>:<subject>`` and
``artdag:publications:holding:<digest>`` are sets of ids; ``artdag:publications:open`` holds those that somebody has
still to see to. A person's token lies at ``artdag:publication:token:<id>`` and nowhere else, for an hour at most.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from redis import Redis
from redis.client import Pipeline

from app.storage.newest_first import atomically, decoded
from app.storage.publication_record import Publication, PublicationState, Published
from app.storage.records import Records
from app.storage.run_record import BeingDeletedError
from artdag.digest import Digest

TOKEN_S = 3600
_DECIDING_S = 30
OPEN = "artdag:publications:open"


class PublicationStore:
    """Publications by id, by what they are of, by the bytes they hold."""

    def __init__(self, redis: Redis, records: Records) -> None:
        """Stand on *redis*; what is published, or may be, is written down in *records*, too."""
        self._redis = redis
        self._records = records

    # --- asking ---

    def ask(self, wanted: Publication, token: str, *, token_s: float = TOKEN_S) -> Publication:
        """Write *wanted* down, its bytes held from this moment, and return it.

        What is on its way already, or there, stays as it is; the newer token is taken for it. What failed begins anew.

        Raises:
            BeingDeletedError: when bytes that it needs are being deleted; nothing is written.
        """
        marks = [_deleting(digest) for digest in wanted.held]

        def write(pipe: Pipeline) -> Publication:
            for digest, mark in zip(wanted.held, marks, strict=True):
                if pipe.exists(mark):
                    raise BeingDeletedError(f"the bytes {digest} are being deleted: upload them again first")
            known = _read(cast("bytes | None", pipe.get(_record(wanted.id))))
            taken = wanted
            if known is not None:
                taken = known if known.holds else _again(known, wanted)
            pipe.multi()
            if taken.state is PublicationState.PUBLISHED:
                return taken
            self._put(pipe, taken)
            pipe.sadd(OPEN, taken.id)
            pipe.set(_token(taken.id), token, ex=max(1, round(min(token_s, TOKEN_S))))
            return taken

        return self._kept(atomically(self._redis, write, _record(wanted.id), *marks))

    def restore(self, one: Publication) -> bool:
        """Bring back what the disk remembers; False, and nothing changed, where it is known."""

        def write(pipe: Pipeline) -> bool:
            is_known = bool(pipe.exists(_record(one.id)))
            pipe.multi()
            if not is_known:
                self._put(pipe, one)
                pipe.sadd(OPEN, one.id)  # its run is told, then it is closed
            return not is_known

        is_new = atomically(self._redis, write, _record(one.id))
        if is_new:
            self._kept(one)
        return is_new

    @contextmanager
    def deciding(self, kind: Published, subject: str) -> Iterator[None]:
        """Keep others out while something is published or let go, so that only one of both happens.

        A holder that died lets go after half a minute.
        """
        name = f"artdag:publications:deciding:{kind}:{subject}"
        with self._redis.lock(name, timeout=_DECIDING_S, blocking_timeout=2 * _DECIDING_S):
            yield

    def token(self, name: Digest) -> str | None:
        """Return the token to send it with; None once it ran out."""
        found = cast("bytes | None", self._redis.get(_token(name)))
        return None if found is None else found.decode()

    def token_s(self, name: Digest) -> float:
        """Return for how many seconds the token is kept yet."""
        return max(0, self._redis.pttl(_token(name))) / 1000

    def forget_token(self, name: Digest) -> None:
        self._redis.delete(_token(name))

    # --- its course ---

    def change(self, name: Digest, **changes: Any) -> Publication | None:
        """Return it with *changes*; None, and nothing changed, where there is none or it is published already."""

        def write(pipe: Pipeline) -> Publication | None:
            known = _read(cast("bytes | None", pipe.get(_record(name))))
            pipe.multi()
            if known is None or known.state is PublicationState.PUBLISHED:
                return None
            after = replace(known, **changes)
            self._put(pipe, after)
            return after

        after = atomically(self._redis, write, _record(name))
        return self._kept(after) if after is not None else None

    def close(self, name: Digest) -> None:
        """Note that nobody needs to see to it any more."""

        def write(pipe: Pipeline) -> None:
            known = _read(cast("bytes | None", pipe.get(_record(name))))
            pipe.multi()
            if known is None or not known.state.is_open:
                pipe.srem(OPEN, name)
                pipe.delete(_token(name))

        atomically(self._redis, write, _record(name))

    def forget(self, kind: Published, subject: str) -> None:
        """Forget failed ones of something that is gone."""
        for known in self.of(kind, subject):
            if not known.holds:
                pipe = self._redis.pipeline()
                pipe.delete(_record(known.id), _token(known.id))
                pipe.srem(_of(kind, subject), known.id)
                for digest in known.held:
                    pipe.srem(_holding(digest), known.id)
                pipe.execute()
                self._records.remove("publications", known.id)

    # --- looking ---

    def get(self, name: Digest) -> Publication | None:
        return _read(cast("bytes | None", self._redis.get(_record(name))))

    def of(self, kind: Published, subject: str) -> tuple[Publication, ...]:
        """Return those of a run, a medium or a recipe, the latest first."""
        return self._members(_of(kind, subject))

    def holding(self, digest: Digest) -> tuple[Publication, ...]:
        """Return those that have these bytes to show, or need them; failed ones, too."""
        return self._members(_holding(digest))

    def all_held(self) -> frozenset[Digest]:
        """Return all bytes that some publication needs, or may need."""
        prefix = _holding("")
        keys = self._redis.scan_iter(match=f"{prefix}*", count=500)
        digests = {Digest(decoded(key).removeprefix(prefix)) for key in keys}
        return frozenset(one for one in digests if any(known.needs for known in self.holding(one)))

    def open(self) -> tuple[Publication, ...]:
        """Return those that somebody has to see to."""
        return self._members(OPEN)

    # --- inside ---

    def _members(self, key: str) -> tuple[Publication, ...]:
        names = sorted(map(decoded, cast("set[bytes]", self._redis.smembers(key))))
        found = self._get_many(names)
        return tuple(sorted(found, key=lambda one: one.asked_at, reverse=True))

    def _get_many(self, names: Iterable[str]) -> list[Publication]:
        keys = [_record(name) for name in names]
        records = cast("list[bytes | None]", self._redis.mget(keys)) if keys else []
        return [found for record in records if (found := _read(record)) is not None]

    def _put(self, pipe: Pipeline, one: Publication) -> None:
        pipe.set(_record(one.id), json.dumps(one.to_json()))
        pipe.sadd(_of(one.kind, one.subject), one.id)
        for digest in one.held:
            pipe.sadd(_holding(digest), one.id)

    def _kept(self, one: Publication) -> Publication:
        self._records.put("publications", one.id, one.to_json())
        return one


def _again(known: Publication, wanted: Publication) -> Publication:
    """Return a failed one that is asked for again: what may have arrived the last time still may have."""
    return replace(wanted, receipt=known.receipt, held=known.held, uncertain=known.uncertain)


def _read(record: bytes | None) -> Publication | None:
    return None if record is None else Publication.from_json(json.loads(record))


def _record(name: str) -> str:
    return f"artdag:publication:{name}"


def _token(name: str) -> str:
    return f"artdag:publication:token:{name}"


def _of(kind: str, subject: str) -> str:
    return f"artdag:publications:of:{kind}:{subject}"


def _holding(digest: str) -> str:
    return f"artdag:publications:holding:{digest}"


def _deleting(digest: str) -> str:
    return f"artdag:deleting:{digest}"
