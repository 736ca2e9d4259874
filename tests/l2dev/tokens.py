"""Tokens: JWTs signed with the registry's own Ed25519 key; no other algorithm is ever accepted."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.l2dev.config import Config
from tests.l2dev.store import Store

REQUIRED = ["sub", "username", "l2_server", "aud", "iat", "exp", "jti"]


class Tokens:
    """Makes them, and tells whose they are."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config, self._store = config, store
        self.key = _kept_key(config.home)

    def make(self, name: str, *, renderer: str | None = None, **changes: Any) -> str:
        """Return a token of *name*'s: for one *renderer*, or for this registry and all who share its cookie."""
        now = time.time()  # with its fraction, so that a token made right after a revocation is a later one
        claims = {
            "sub": name,
            "username": name,
            "l2_server": self._config.origin,
            "aud": renderer or self._config.origin,
            "iat": now,
            "exp": now + self._config.token_s,
            "jti": secrets.token_urlsafe(12),
            **({"l1_server": renderer} if renderer else {}),
        }
        return jwt.encode({**claims, **changes}, self.key, algorithm="EdDSA")

    def claims(self, token: str, *, renderer: str | None = None) -> dict[str, Any] | None:
        """Return what *token* says, where it is ours, valid now, not revoked, and meant for *renderer* (or for us)."""
        audience = [self._config.origin, *([renderer] if renderer else [])]
        try:
            found: dict[str, Any] = jwt.decode(
                token, self.key.public_key(), algorithms=["EdDSA"], audience=audience, options={"require": REQUIRED}
            )
        except jwt.InvalidTokenError:
            return None
        is_ours = found["l2_server"] == self._config.origin and found.get("l1_server") in (None, renderer)
        if not is_ours or self._store.is_revoked(found["jti"], found["username"], found["iat"]):
            return None
        return found


def _kept_key(home: Path | None) -> Ed25519PrivateKey:
    path = home / "key.pem" if home is not None else None
    if path is not None and path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        return key
    key = Ed25519PrivateKey.generate()
    if path is not None:
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return key
