"""Tokens for tests: those that a registry could have made, and those that nobody should."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEY = Ed25519PrivateKey.generate()


def claims_of(username: str, l2: str, l1: str, /, **changes: Any) -> dict[str, Any]:
    """Return proper claims with *changes*; one that is changed to ``...`` is left out."""
    now = time.time()
    proper = {
        "sub": username,
        "username": username,
        "l2_server": l2,
        "l1_server": l1,
        "aud": l1,
        "iat": now,
        "exp": now + 3600,
    }
    return {name: value for name, value in {**proper, **changes}.items() if value is not ...}


def a_token(username: str, l2: str, l1: str, /, **changes: Any) -> str:
    return jwt.encode(claims_of(username, l2, l1, **changes), _KEY, algorithm="EdDSA")


def raw_token(header: Any, payload: Any, signature: bytes = b"x") -> str:
    """Put a token together that no library would make."""
    parts = [json.dumps(part).encode() if not isinstance(part, bytes) else part for part in (header, payload)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, signature))
