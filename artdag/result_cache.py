"""The result cache: step key -> what that work made. One small file per entry, so many processes need no index."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from artdag.content_store import write_atomically
from artdag.digest import Digest, StepKey
from artdag.errors import ArtDagError
from artdag.media import MediaFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one piece of work made, and what it cost."""

    key: StepKey
    digest: Digest
    facts: MediaFacts
    seconds: float
    """Wall time of the render."""
    made_at: str
    """RFC 3339, UTC."""
    made_by: str
    """Name of the machine or worker."""
    material: Mapping[str, Any]
    """What the key was made of: lets `explain` say why a later key differs."""
    run: str | None = None
    """The run that it was made for; None in entries that do not tell."""
    plan: Digest | None = None
    """The plan that it was made from."""
    reused: tuple[StepKey, ...] = ()
    """Steps behind it whose frames were read, not computed."""

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "digest": self.digest,
            "facts": self.facts.to_json(),
            "seconds": self.seconds,
            "made_at": self.made_at,
            "made_by": self.made_by,
            "material": dict(self.material),
            "run": self.run,
            "plan": self.plan,
            "reused": list(self.reused),
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Result:
        return cls(
            key=StepKey.parse(entry["key"]),
            digest=Digest.parse(entry["digest"]),
            facts=MediaFacts.from_json(entry["facts"]),
            seconds=entry["seconds"],
            made_at=entry["made_at"],
            made_by=entry["made_by"],
            material=entry["material"],
            run=entry.get("run"),
            plan=Digest.parse(entry["plan"]) if entry.get("plan") else None,
            reused=tuple(map(StepKey.parse, entry.get("reused", ()))),
        )


class ResultCache(Protocol):
    """Which work is done."""

    def get(self, key: StepKey) -> Result | None: ...

    def get_many(self, keys: Iterable[StepKey]) -> dict[StepKey, Result]:
        """Return those that are there, in one round trip."""

    def put(self, result: Result) -> None: ...

    def delete(self, key: StepKey) -> None: ...

    def has(self, key: StepKey) -> bool:
        """Tell whether there is an entry, were it unreadable."""

    def keys(self, *, after: str = "") -> Iterator[StepKey]:
        """Go through the keys of all entries, readable or not, behind *after* in their order."""


class FileResultCache:
    """Entries as ``steps/ab/<step key>.json``."""

    def __init__(self, root: Path) -> None:
        self._steps = root / "steps"
        self._steps.mkdir(parents=True, exist_ok=True, mode=0o700)

    def get(self, key: StepKey) -> Result | None:
        """Return the result, or None where the work is not done; an unreadable entry counts as not done."""
        try:
            result = Result.from_json(json.loads(self._place(key).read_bytes()))
        except FileNotFoundError:
            return None
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, ArtDagError):
            return None  # a miss costs a render, a wrong answer would cost trust
        return result if result.key == key else None

    def get_many(self, keys: Iterable[StepKey]) -> dict[StepKey, Result]:
        return {key: result for key in keys if (result := self.get(key)) is not None}

    def put(self, result: Result) -> None:
        write_atomically(self._place(result.key), json.dumps(result.to_json(), sort_keys=True, indent=1).encode())

    def delete(self, key: StepKey) -> None:
        self._place(key).unlink(missing_ok=True)

    def has(self, key: StepKey) -> bool:
        return self._place(key).exists()

    def keys(self, *, after: str = "") -> Iterator[StepKey]:
        for shard in sorted(self._steps.glob("[0-9a-f][0-9a-f]")):
            if shard.name < after[:2]:
                continue
            for place in sorted(shard.glob("*.json")):
                if place.stem > after and StepKey.fits(place.stem):
                    yield StepKey(place.stem)

    def _place(self, key: StepKey) -> Path:
        return self._steps / key[:2] / f"{key}.json"
