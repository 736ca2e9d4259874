"""Looking over all that is kept, a while at a time: every blob against its name, every result, everything named.

Blobs that went bad are taken out of the store. What can be made again from the record is made again; the rest is
listed for people. The place where to go on stands in Redis, so that it survives whoever looks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, fields
from itertools import chain
from typing import Any, Literal

from app.services import Services
from app.storage.uses import all_uses
from app.upkeep.healing import Healed, heal, is_on_its_way, lost
from artdag.digest import Digest, StepKey
from artdag.errors import ArtDagError
from artdag.integrity import Fault, Finding, Looked, check_blobs, check_results

_log = logging.getLogger(__name__)

Phase = Literal["blobs", "results", "named", "over"]
_NEXT: dict[Phase, Phase] = {"blobs": "results", "results": "named", "named": "over"}
_SAVE_S = 1.0
_LEASE_S = 900.0
_MOST_FINDINGS = 200
_MOST_TRIES = 5


@dataclass(slots=True, kw_only=True)
class Check:
    """How far the look has come, and what came of it."""

    phase: Phase = "blobs"
    after: str = ""
    """Go on behind this name."""
    started_at: str = ""
    finished_at: str | None = None
    blobs: int = 0
    bytes: int = 0
    total_bytes: int = 0
    """Of all blobs, when it began."""
    seconds: float = 0.0
    """Time spent."""
    results: int = 0
    damaged: int = 0
    findings: list[dict[str, Any]] = field(default_factory=list)
    """The first ones, as the engine tells them."""
    rendering: dict[str, int] = field(default_factory=dict)
    """Blobs that are made again, and how often that was begun."""
    healed: int = 0
    for_a_person: list[dict[str, Any]] = field(default_factory=list)
    """What only a person can restore, with every run that it touches."""

    @property
    def is_running(self) -> bool:
        return self.phase != "over"

    @property
    def fraction(self) -> float:
        """Share of the bytes that are looked at, 0 to 1."""
        if not self.is_running:
            return 1.0
        return min(0.99, self.bytes / self.total_bytes) if self.total_bytes else 0.0

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Check:
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in facts.items() if name in known})

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "running": self.is_running, "fraction": round(self.fraction, 4)}


def last_check(services: Services) -> Check | None:
    """Return the look that goes on, or the last one; None where nobody ever looked."""
    facts = services.upkeep.get("fsck")
    return Check.from_json(facts) if facts is not None else None


def begin_check(services: Services) -> Check:
    """Let a new look begin, unless one goes on; who carries it out is :func:`go_on_checking`."""
    known = last_check(services)
    if known is not None and known.is_running:
        return known
    total = sum(services.content.size(digest) for digest in services.content.digests())
    check = Check(started_at=services.clock().isoformat(), total_bytes=total)
    check.rendering = known.rendering if known is not None else {}
    services.upkeep.put("fsck", check.to_json())
    return check


def go_on_checking(
    services: Services, *, for_s: float = 30.0, should_stop: Callable[[], bool] = lambda: False
) -> Check | None:
    """Look on for about *for_s* seconds; None where somebody else is at it, or nobody asked."""
    token = services.leases.take("fsck", _LEASE_S)
    if token is None:
        return None
    try:
        check = last_check(services)
        if check is None:
            return None
        if check.is_running:
            _Look(services, check).go_on(for_s, should_stop)
        else:
            see_to_renders(services, check)
        return check
    finally:
        services.leases.release("fsck", token)


def see_to_renders(services: Services, check: Check) -> None:
    """See what became of blobs that are made again, and put the next part of their work on its way."""
    if not check.rendering:
        return
    for name, tries in list(check.rendering.items()):
        digest = Digest.parse(name)
        if is_on_its_way(services, digest):
            continue
        outcome = heal(services, digest) if tries < _MOST_TRIES or services.content.has(digest) else Healed.PERSON
        if outcome is Healed.RENDERING:
            check.rendering[name] = tries + 1
            continue
        del check.rendering[name]
        if outcome is Healed.THERE:
            check.healed += 1
            _log.info("the blob %s was made again", digest[:10])
        else:
            check.for_a_person.append(lost(services, digest).to_json())
    services.upkeep.put("fsck", check.to_json())


def check_all(services: Services) -> Check:
    """Look over everything now, in this process."""
    begin_check(services)
    while True:
        check = go_on_checking(services)
        if check is None or not check.is_running:
            return check or Check(phase="over")


class _Look:
    """One while of looking."""

    def __init__(self, services: Services, check: Check) -> None:
        self._services = services
        self._check = check

    def go_on(self, for_s: float, should_stop: Callable[[], bool]) -> None:
        began = saved = time.monotonic()
        check = self._check
        while check.is_running:
            for looked in self._walk():
                self._note(looked)
                now = time.monotonic()
                if now - saved >= _SAVE_S:
                    check.seconds += now - saved
                    saved = now
                    self._save()
                if now - began >= for_s or should_stop():
                    check.seconds += now - saved
                    self._save()
                    return
            check.phase, check.after = _NEXT[check.phase], ""
        check.seconds += time.monotonic() - saved
        check.finished_at = self._services.clock().isoformat()
        self._save()
        _log.info(
            "looked over %d blobs in %.0f s: %d damaged, %d for a person",
            *(check.blobs, check.seconds, check.damaged, len(check.for_a_person)),
        )

    def _walk(self) -> Iterator[Looked]:
        services, check = self._services, self._check
        if check.phase == "blobs":
            return check_blobs(services.content, after=check.after)
        if check.phase == "results":
            return check_results(services.results, services.content, after=check.after)
        return _named(services, after=check.after)

    def _note(self, looked: Looked) -> None:
        check = self._check
        check.after = looked.name
        check.blobs += check.phase == "blobs"
        check.results += check.phase == "results"
        check.bytes += looked.size
        if check.phase == "named":
            self._heal(Digest(looked.name))
        elif looked.finding is not None:
            self._take_out(looked.finding)

    def _take_out(self, finding: Finding) -> None:
        if not finding.fault.is_damage:
            return
        check = self._check
        check.damaged += 1
        if len(check.findings) < _MOST_FINDINGS:
            check.findings.append(finding.to_json())
        _log.error("%s", finding.message)
        if finding.fault in (Fault.CHANGED, Fault.UNREADABLE) and finding.digest is not None:
            with self._services.media.changing(finding.digest):
                self._services.content.set_aside(finding.digest)
        elif finding.key is not None:
            self._services.results.delete(StepKey(finding.key))

    def _heal(self, digest: Digest) -> None:
        check = self._check
        try:
            outcome = heal(self._services, digest)
            if outcome is Healed.PERSON:
                check.for_a_person.append(lost(self._services, digest).to_json())
        except ArtDagError as error:  # one that cannot be told about must not end the look
            _log.warning("%s: %s", digest[:10], error.message)
            return
        if outcome is Healed.RENDERING:
            check.rendering.setdefault(digest, 0)
        check.healed += outcome is Healed.THERE

    def _save(self) -> None:
        self._services.upkeep.put("fsck", self._check.to_json())


def _named(services: Services, *, after: str) -> Iterator[Looked]:
    """Go through all bytes that somebody names and that are not here, in order."""
    everybody = services.media.everybody()
    named = chain(
        (digest for digest, _ in all_uses(services.redis)),
        (digest for owner in everybody for digest in services.media.digests_of(owner)),
        services.assets.all().values(),
        services.recipes.ids(),
    )
    for digest in sorted(set(named)):
        if digest > after and not services.content.has(digest):
            yield Looked(name=digest)
