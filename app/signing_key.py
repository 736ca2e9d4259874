"""The server's signature, made with a key that is in memory only while it signs.

Rendering processes are copies of the worker, and what a stranger's file makes of one may read all that it was born
with. The key's file is out of their reach; so must the key be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from artdag.errors import SignatureError
from artdag.signing import PREDICATE_TYPE, PublicKey, Signer

_COVERED = ("@method", "@target-uri", "content-type")
"""The body comes with its digest, which is covered, too. The token is not: it speaks for the person, not for us."""


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A request that is about to be sent; its signature stands among the headers afterwards."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


class SigningKey:
    """Signs like a :class:`Signer`; the file at *path* is made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def public(self) -> PublicKey:
        return Signer.load_or_create(self._path).public

    @property
    def publics(self) -> tuple[PublicKey, ...]:
        """Today's key, then those that signed before it: what they signed stays as good as it was.

        Retired ones stand beside the key's file, in one called like it with ``.retired`` at the end, a line each.
        """
        retired = self._path.with_name(f"{self._path.name}.retired")
        lines = retired.read_text("utf-8").splitlines() if retired.exists() else []
        found = [self.public]
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    found.append(PublicKey.parse(line))
                except SignatureError as error:
                    raise SignatureError(f"{retired}, line {number}: {error.message}") from error
        return tuple(found)

    def envelope(self, record: Mapping[str, Any], *, predicate: str = PREDICATE_TYPE) -> dict[str, Any]:
        """Return *record* as the predicate, of the type so named, of a signed in-toto statement about its output."""
        return Signer.load_or_create(self._path).envelope(record, predicate=predicate)

    def sign_request(self, request: OutgoingRequest, *, key_url: str, at: datetime) -> None:
        """Sign *request* by RFC 9421, its body included.

        Args:
            request: gets the headers ``Content-Digest``, ``Signature-Input`` and ``Signature``.
            key_url: where the public key can be read.
            at: the moment.
        """
        resolver = MappingKeyResolver(public_keys={}, private_keys={key_url: Signer.load_or_create(self._path).private})
        signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=resolver)
        signer.sign(request, key_id=key_url, created=at, label="l1", covered_component_ids=_COVERED, body=request.body)
