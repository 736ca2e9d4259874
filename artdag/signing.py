"""Signatures: Ed25519 over in-toto statements in DSSE envelopes, checkable without this server.

DSSE signs ``PAE(type, body)`` = ``"DSSEv1 " + len(type) + " " + type + " " + len(body) + " " + body``
(https://github.com/secure-systems-lab/dsse/blob/master/protocol.md); the body is an in-toto Statement v1 whose
predicate is the provenance record, or that of an origin.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from artdag.digest import Digest, canonical_json, digest_bytes
from artdag.errors import SignatureError

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://artdag.org/provenance/v1"
ORIGIN_TYPE = "https://artdag.org/origin/v1"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Who can be believed: 32 bytes and the name they go by."""

    raw: bytes

    @property
    def key_id(self) -> Digest:
        return digest_bytes(self.raw)

    @property
    def text(self) -> str:
        """The key as people pass it on: base64."""
        return base64.b64encode(self.raw).decode()

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Raises SignatureError."""
        try:
            raw = base64.b64decode(text.strip(), validate=True)
        except ValueError as error:
            raise SignatureError("a public key is 44 characters of base64") from error
        if len(raw) != 32:
            raise SignatureError(f"a public key has 32 bytes, not {len(raw)}")
        return cls(raw)


class Signer:
    """The private key of this server."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = PublicKey(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    @classmethod
    def generate(cls) -> Signer:
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load_or_create(cls, path: Path) -> Signer:
        """Return the signer whose key lies at *path* (PEM, mode 0600), made there the first time.

        Two processes that come first at once end with one key: the file appears by a link that only one can make.
        """
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
            handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            try:
                os.write(handle, pem)
                os.fsync(handle)
                with suppress(FileExistsError):  # another process was first: its key is the server's
                    os.link(temporary, path)
            finally:
                os.close(handle)
                temporary.unlink()
        return cls(_private_key(path.read_bytes()))

    @property
    def private(self) -> Ed25519PrivateKey:
        """The key itself, for libraries that sign in forms of their own."""
        return self._private

    def envelope(self, record: Mapping[str, Any], *, predicate: str = PREDICATE_TYPE) -> dict[str, Any]:
        """Return *record* as the predicate, of the type so named, of a signed in-toto statement about its output."""
        output = record["output"]
        statement = {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": output["name"], "digest": {"sha3_256": output["content_hash"]}}],
            "predicateType": predicate,
            "predicate": dict(record),
        }
        body = canonical_json(statement)
        signature = self._private.sign(_pae(body))
        return {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(body).decode(),
            "signatures": [
                {
                    "keyid": self.public.key_id,
                    "sig": base64.b64encode(signature).decode(),
                    "public_key": self.public.text,
                }
            ],
        }


def _private_key(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SignatureError("the signing key cannot be read: it should be an Ed25519 key in PEM form") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureError("the signing key is not an Ed25519 key")
    return key


def _pae(body: bytes) -> bytes:
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(body), body)


def open_envelope(envelope: Mapping[str, Any], *, predicates: Collection[str] = (PREDICATE_TYPE,)) -> dict[str, Any]:
    """Return the record in *envelope*, of one of the types named, unchecked. Raises SignatureError when it is none."""
    try:
        statement = json.loads(base64.b64decode(envelope["payload"], validate=True))
        if envelope["payloadType"] != PAYLOAD_TYPE or statement["_type"] != STATEMENT_TYPE:
            raise SignatureError("this is not an in-toto statement")
        if statement["predicateType"] not in predicates:
            raise SignatureError("the statement is of another kind than is looked for here")
        record: dict[str, Any] = statement["predicate"]
        if statement["subject"][0]["digest"]["sha3_256"] != record["output"]["content_hash"]:
            raise SignatureError("the statement is about other bytes than its record")
    except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
        plain = " but a plain one: take the signed one (.dsse.json)" if "run_id" in envelope else ""
        raise SignatureError(f"this is not a signed record{plain}") from error
    return record


def verify_envelope(
    envelope: Mapping[str, Any], keys: Iterable[PublicKey], *, predicates: Collection[str] = (PREDICATE_TYPE,)
) -> dict[str, Any]:
    """Return the record in *envelope* once one of *keys* is seen to have signed exactly these bytes.

    Raises:
        SignatureError: when it is malformed, signed by none of *keys*, or changed since.
    """
    record = open_envelope(envelope, predicates=predicates)
    body = base64.b64decode(envelope["payload"])
    known = {str(key.key_id): key for key in keys}
    try:
        signatures = [(str(entry["keyid"]), base64.b64decode(entry["sig"])) for entry in envelope["signatures"]]
    except (KeyError, TypeError, ValueError) as error:
        raise SignatureError("this is not a signed record") from error
    signers = [(known[key_id], signature) for key_id, signature in signatures if key_id in known]
    if not signers:
        raise SignatureError("none of the keys given has signed this record")
    for key, signature in signers:
        try:
            Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, _pae(body))
        except InvalidSignature as error:
            raise SignatureError("the signature does not fit: the record was changed, or the key is another") from error
    return record
