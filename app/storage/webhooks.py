"""Webhooks: where each person wants to be told when a run is over, and the secret that signs their messages."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, cast

from redis import Redis

from artdag.digest import Digest, canonical_json, digest_bytes
from artdag.errors import ArtDagError
from artdag.identity import Identity
from artdag.run import rfc3339

MOST = 10
"""Endpoints of one person."""
SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark of a secret, not one
_CALLBACK_S = 30 * 24 * 3600
_SECRET_BYTES = 32


class TooManyEndpointsError(ArtDagError):
    """Somebody has as many endpoints as one may have."""

    code: ClassVar[str] = "too_many_endpoints"


class EndpointNotFoundError(ArtDagError):
    """There is no such endpoint among the caller's."""

    code: ClassVar[str] = "endpoint_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address of one person."""

    id: str
    url: str
    created_at: str
    """RFC 3339."""

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "url": self.url, "created_at": self.created_at}


class Webhooks:
    """Endpoints by person; call-backs by run."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def endpoints(self, owner: Identity) -> tuple[Endpoint, ...]:
        """Return *owner*'s, oldest first."""
        found = cast("Mapping[bytes, bytes]", self._redis.hgetall(_key(owner)))
        kept = [Endpoint(**json.loads(text)) for text in found.values()]
        return tuple(sorted(kept, key=lambda one: (one.created_at, one.id)))

    def add(self, owner: Identity, url: str, now: datetime) -> Endpoint:
        """Keep *url*, which was found to be in order; one that is known stays as it is.

        Raises:
            TooManyEndpointsError: when there are MOST already.
        """
        known = self.endpoints(owner)
        same = next((one for one in known if one.url == url), None)
        if same is not None:
            return same
        if len(known) >= MOST:
            raise TooManyEndpointsError(f"one person has at most {MOST} endpoints: remove one first")
        made = Endpoint(id=endpoint_id(owner, url), url=url, created_at=rfc3339(now) or "")
        self._redis.hset(_key(owner), made.id, json.dumps(made.to_json()))
        return made

    def remove(self, owner: Identity, endpoint: str) -> None:
        """Forget an endpoint.

        Raises:
            EndpointNotFoundError: when *owner* has none of this id.
        """
        if not self._redis.hdel(_key(owner), endpoint):
            raise EndpointNotFoundError(f"there is no endpoint {endpoint[:80]!r} among yours")

    def secret(self, owner: Identity) -> str:
        """Return what *owner*'s messages are signed with; it is made when it is first asked for."""
        key = _secret_key(owner)
        made = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        self._redis.set(key, made, nx=True)
        return cast(bytes, self._redis.get(key)).decode()

    def renew_secret(self, owner: Identity) -> str:
        """Return a new secret; the one before it signs nothing more."""
        self._redis.delete(_secret_key(owner))
        return self.secret(owner)

    def call_back(self, run_id: str, url: str) -> None:
        """Note that who asked for a run wants to be told at *url* when it is over."""
        self._redis.set(_callback_key(run_id), url, ex=_CALLBACK_S)

    def callback_of(self, run_id: str) -> str | None:
        found = cast("bytes | None", self._redis.get(_callback_key(run_id)))
        return None if found is None else found.decode()

    def forget_callback(self, run_id: str) -> None:
        self._redis.delete(_callback_key(run_id))


def endpoint_id(owner: Identity, url: str) -> str:
    """Return the id of an endpoint: equal for equal ones."""
    named: Digest = digest_bytes(canonical_json(["artdag/endpoint/1", str(owner), url]))
    return named[:16]


def _key(owner: Identity) -> str:
    return f"artdag:webhooks:{owner}"


def _secret_key(owner: Identity) -> str:
    return f"artdag:webhooks:secret:{owner}"


def _callback_key(run_id: str) -> str:
    return f"artdag:webhooks:run:{run_id}"
