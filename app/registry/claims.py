"""What a token says of itself: enough to choose the registry to ask, and to refuse what none should be asked about.

Nothing here is believed: the signature is the registry's to check, and who it is is what the registry says.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from artdag.errors import ArtDagError

LONGEST_TOKEN = 8192
LONGEST_LIFE_S = 366 * 24 * 3600
_CLOCKS_APART_S = 120
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_ALGORITHMS = frozenset(("EdDSA", *(f"{kind}{size}" for kind in ("ES", "RS", "PS", "HS") for size in (256, 384, 512))))
_NEEDED = ("sub", "username", "l2_server", "aud", "iat", "exp")
_LONGEST_TEXT = 400


class TokenError(ArtDagError):
    """The token is none that anybody could vouch for; the message says why."""

    code = "bad_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says of itself, in form."""

    username: str
    l2_server: str
    """One of the configured origins."""
    issued_at: float
    expires_at: float
    """Seconds since 1970."""


def read_claims(token: str, *, l1: str, l2_servers: Collection[str], now: float) -> Claims:
    """Return what *token* claims.

    Args:
        token: a JWT in its compact form.
        l1: our own origin, which the token must be meant for, unless it is for its registry and all who share its
            cookie.
        l2_servers: the origins that may be asked.
        now: seconds since 1970.

    Raises:
        TokenError
    """
    if len(token) > LONGEST_TOKEN:
        raise TokenError(f"the token is longer than {LONGEST_TOKEN:,} characters")
    if _FORM.fullmatch(token) is None:
        raise TokenError("the token is not a JWT: three parts with dots between them")
    claims = _unverified(token)
    missing = [name for name in _NEEDED if name not in claims]
    if missing:
        raise TokenError(f"the token lacks {_and(missing)}")
    l2_server = _text(claims, "l2_server")
    if l2_server not in l2_servers:
        raise TokenError(f"the token is of a registry that is not known here: {l2_server[:80]!r}")
    _check_audience(claims, l1, l2_server)
    issued_at, expires_at = _check_times(claims, now)
    username = _text(claims, "username")
    if _text(claims, "sub") == "":
        raise TokenError("the token's `sub` is empty")
    return Claims(username=username, l2_server=l2_server, issued_at=issued_at, expires_at=expires_at)


def _unverified(token: str) -> Mapping[str, Any]:
    try:
        found = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise TokenError("the token's parts cannot be read") from None
    algorithm, claims = found["header"].get("alg"), found["payload"]
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS:
        raise TokenError(f"the token is not signed in a way that counts: {str(algorithm)[:40]!r}")
    if not isinstance(claims, dict):
        raise TokenError("the token's claims are no object")
    return claims


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise TokenError(f"the token's `{name}` is not a text of {_LONGEST_TEXT} characters or fewer")
    return value


def _check_audience(claims: Mapping[str, Any], l1: str, l2_server: str) -> None:
    audience = claims["aud"]
    meant_for = audience if isinstance(audience, list) else [audience]
    if not {l1, l2_server} & {one for one in meant_for if isinstance(one, str)}:
        raise TokenError("the token is meant for another server (`aud`)")
    if claims.get("l1_server") not in (None, l1):
        raise TokenError("the token is meant for another server (`l1_server`)")


def _check_times(claims: Mapping[str, Any], now: float) -> tuple[float, float]:
    times = {name: claims[name] for name in ("iat", "exp", "nbf") if name in claims}
    for name, value in times.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e11:
            raise TokenError(f"the token's `{name}` is no moment in seconds since 1970")
        assert math.isfinite(value)
    issued_at, expires_at = float(times["iat"]), float(times["exp"])
    if expires_at <= now:
        raise TokenError("the token has expired")
    if max(issued_at, float(times.get("nbf", 0))) > now + _CLOCKS_APART_S:
        raise TokenError("the token is of the future: the clocks of this server and its registry differ")
    if expires_at - issued_at > LONGEST_LIFE_S:
        raise TokenError("the token would last for more than a year")
    return issued_at, expires_at


def _and(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
