"""Looking over what is kept: is every blob what its name says, and can every result be used? Nothing is changed here.

Both go through the store in the order of names and can begin behind any name, so that who has to stop goes on there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from artdag.content_store import ContentStore
from artdag.digest import Digest, StepKey
from artdag.errors import BlobNotFoundError, CorruptBlobError
from artdag.result_cache import ResultCache


class Fault(StrEnum):
    """What can be wrong."""

    CHANGED = "changed"
    """A blob whose bytes are not those of its name any more."""
    UNREADABLE = "unreadable"
    """A blob that the disk, or its permissions, do not give."""
    NO_RESULT = "no_result"
    """An entry of the result cache that says nothing, or speaks of other work: that work will be done again."""
    NO_BYTES = "no_bytes"
    """A result whose bytes are not here any more: that work will be done again."""
    OTHER_SIZE = "other_size"
    """A result whose bytes are of another length than was written down."""

    @property
    def is_damage(self) -> bool:
        """Whether something was lost that should be there; bytes that were let go, to be made again, are no damage."""
        return self is not Fault.NO_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    fault: Fault
    message: str
    """One sentence for people."""
    digest: Digest | None = None
    """Of the blob; None where no entry tells it."""
    key: StepKey | None = None
    """Of the work, where it is its result that is looked at."""

    def to_json(self) -> dict[str, Any]:
        facts = {"fault": self.fault.value, "message": self.message, "digest": self.digest, "step_key": self.key}
        return {name: value for name, value in facts.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One thing that was looked at; who wants to go on later begins behind its *name*."""

    name: str
    """The blob's digest, or the step's key."""
    size: int = 0
    """Bytes that were read."""
    finding: Finding | None = None


def check_blobs(content: ContentStore, *, after: str = "") -> Iterator[Looked]:
    """Hash every blob with a name behind *after*, in order; what is deleted meanwhile is passed over.

    *after* may be a digest, the beginning of one, such as ``"7f"`` to begin with that shard, or empty.
    """
    for digest in content.digests(after=after):
        with suppress(BlobNotFoundError):
            size = content.size(digest)
            yield Looked(name=digest, size=size, finding=_blob_fault(content, digest))


def check_results(results: ResultCache, content: ContentStore, *, after: str = "") -> Iterator[Looked]:
    """See of every result with a key behind *after*, in order, whether it can be used; no bytes are read."""
    for key in results.keys(after=after):
        yield Looked(name=key, finding=_result_fault(results, content, key))


def _blob_fault(content: ContentStore, digest: Digest) -> Finding | None:
    try:
        content.verify(digest)
    except CorruptBlobError as error:
        return Finding(fault=Fault.CHANGED, message=error.message, digest=digest)
    except OSError as error:
        message = f"the bytes stored as {digest} cannot be read: {error.strerror}"
        return Finding(fault=Fault.UNREADABLE, message=message, digest=digest)
    return None


def _result_fault(results: ResultCache, content: ContentStore, key: StepKey) -> Finding | None:
    result = results.get(key)
    if result is None:
        if not results.has(key):
            return None  # deleted meanwhile
        message = f"the entry of the work {key} cannot be read"
        return Finding(fault=Fault.NO_RESULT, message=message, key=key)
    try:
        size = content.size(result.digest)
    except BlobNotFoundError:
        message = f"the bytes that the work {key} made are not here: {result.digest}"
        return Finding(fault=Fault.NO_BYTES, message=message, digest=result.digest, key=key)
    if size != result.facts.size:
        message = f"the work {key} made {result.facts.size} bytes, and {size} are stored as {result.digest}"
        return Finding(fault=Fault.OTHER_SIZE, message=message, digest=result.digest, key=key)
    return None
