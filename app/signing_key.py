"""The server's signature, made with a key that is in memory only while it signs.

Rendering processes are copies of the worker, and what a stranger's file makes of one may read all that it was born
with. The key's file is out of their reach; so must the key be.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from artdag.signing import PublicKey, Signer


class SigningKey:
    """Signs like a :class:`Signer`; the file at *path* is made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def public(self) -> PublicKey:
        return Signer.load_or_create(self._path).public

    def envelope(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return *record* as the predicate of a signed in-toto statement about its output."""
        return Signer.load_or_create(self._path).envelope(record)
