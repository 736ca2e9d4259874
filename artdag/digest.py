"""All hashing there is: names of bytes (Digest), names of work (StepKey), and the one canonical encoding.

Two names that are never mixed: a ``Digest`` says *which bytes*, a ``StepKey`` says *which work*. Both are the
SHA3-256 in 64 lower-case hex characters. Every pre-image of a step key begins with the name of its record type, so
that no two kinds of record can collide, and goes through ``canonical_json``, so that equal values have one spelling.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from artdag.errors import InvalidDigestError

_HEX64 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CHUNK_BYTES = 1 << 20


class _Hex64(str):
    """Sixty-four lower-case hex characters, checked once, at the border."""

    __slots__ = ()

    @classmethod
    def fits(cls, text: str) -> bool:
        """Return whether *text* has the form of this kind of name."""
        return _HEX64.fullmatch(text) is not None

    @classmethod
    def parse(cls, text: object) -> Self:
        """Return *text* as this kind of name.

        Raises:
            InvalidDigestError: when it is not exactly 64 lower-case hex characters.
        """
        if not isinstance(text, str) or not cls.fits(text):
            shown = repr(text)[:80]
            raise InvalidDigestError(f"{shown} is not a content hash: 64 lower-case hex characters are needed")
        return cls(text)


class Digest(_Hex64):
    """The name of bytes."""

    __slots__ = ()


class StepKey(_Hex64):
    """The name of work: known before the work is done."""

    __slots__ = ()


def digest_bytes(data: bytes) -> Digest:
    return Digest(hashlib.sha3_256(data).hexdigest())


def digest_chunks(chunks: Iterable[bytes]) -> Digest:
    hasher = hashlib.sha3_256()
    for chunk in chunks:
        hasher.update(chunk)
    return Digest(hasher.hexdigest())


def digest_file(path: Path) -> Digest:
    """Return the digest of the file's bytes, read in pieces of 1 MiB."""
    with path.open("rb") as file:
        return digest_chunks(iter(lambda: file.read(_CHUNK_BYTES), b""))


def canonical_json(value: Any) -> bytes:
    """Return the one spelling of *value*: UTF-8, keys sorted, no white space, shortest floats.

    Raises:
        ValueError: for NaN and the infinities, which have no JSON spelling.
        TypeError: for anything that is not plain data.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def record_key(record_type: str, *fields: Any) -> StepKey:
    """Return the key of the record ``[record_type, *fields]``."""
    return StepKey(digest_bytes(canonical_json([record_type, *fields])))


def source_key(content: Digest) -> StepKey:
    """Return the key of the work "have these bytes"."""
    return record_key("artdag/source/1", content)
