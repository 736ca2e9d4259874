"""Vouching: whose token is this? Asked at the registry that the token selects, remembered for a minute."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import datetime

from redis import Redis

from app.registry.claims import Claims, TokenError, read_claims
from app.registry.client import L2Client, clients
from app.registry.errors import RegistryAnswerError, RegistryError, RegistryRefusedError
from app.registry.secrets_file import secrets_in
from app.settings import Settings
from app.storage.vouched_tokens import VouchedTokens
from artdag.errors import ParameterError
from artdag.identity import Identity

FRESH_S = 60.0
"""How long a registry's yes is good."""
_AWAY_S = 3
"""How long a registry that gave no answer is not asked again."""
_AT_ONCE = 4
"""Questions of one process to one registry at a time: a slow one must not hold all threads for long."""


class Vouching:
    """The configured registries, and what they said."""

    def __init__(
        self,
        settings: Settings,
        redis: Redis,
        clock: Callable[[], datetime],
    ) -> None:
        """Prepare; connect to nothing.

        Args:
            settings: name the registries; nobody else is ever asked.
            redis: where answers and revocations are kept, for all processes.
            clock: tells the moment.
        """
        self.clients = clients(settings)
        self._kept = VouchedTokens(redis)
        self._clock = clock
        self._l1 = settings.public_url
        self._secrets = settings.l2_secrets
        self._turns = {origin: threading.BoundedSemaphore(_AT_ONCE) for origin in self.clients}

    def identify(self, token: str) -> Identity:
        """Return whom a registry vouches for.

        Raises:
            TokenError: when the token is none, is revoked, or its registry refuses it.
            RegistryError: when its registry gives no answer that counts, and none is remembered from the last minute.
        """
        now = self._now()
        claims = self._claims(token)
        known, revoked = self._kept.look(token)
        if revoked:
            raise TokenError("the token was revoked")
        if known is not None and now - known.asked_at <= FRESH_S:
            return known.identity
        with self._turns[claims.l2_server]:
            known, _ = self._kept.look(token)  # perhaps somebody asked while we waited
            if known is not None and now - known.asked_at <= FRESH_S:
                return known.identity
            return self._asked(token, claims)

    def registry_of(self, token: str) -> L2Client:
        """Return the registry that *token* selects. Raises TokenError."""
        return self.clients[self._claims(token).l2_server]

    def seconds_left(self, token: str) -> float:
        """Return how long *token* is good, if nobody revokes it. Raises TokenError."""
        return self._claims(token).expires_at - self._now()

    def revoke(self, token: str) -> bool:
        """End *token*, which whoever names it may; return whether it was known here. Raises TokenError."""
        self._claims(token)
        return self._kept.revoke(token)

    def revoke_all(self, identity: Identity) -> int:
        """End all tokens of *identity* at once; return how many were known here."""
        return self._kept.revoke_all(identity, now=self._now())

    def check_secrets(self) -> None:
        """Read the file of secrets once. Raises SettingsError, so that a wrong line stops the start, not a request."""
        if self._secrets is not None:
            secrets_in(self._secrets)

    def caller_by_secret(self, secret: str) -> L2Client | None:
        """Return the registry whose secret this is."""
        given = hashlib.sha256(secret.encode()).hexdigest()
        found = None
        for origin, digest in secrets_in(self._secrets).items() if self._secrets is not None else ():
            if hmac.compare_digest(digest, given):  # all are compared, so that time tells nothing
                found = self.clients.get(origin)
        return found

    def _asked(self, token: str, claims: Claims) -> Identity:
        origin, asked_at = claims.l2_server, self._now()
        if (why := self._kept.is_away(origin)) is not None:
            raise _again(why)
        try:
            vouched = self.clients[origin].verify(token)
        except RegistryRefusedError as error:
            if error.passes:
                raise
            raise TokenError(f"the token was refused: {error.message}") from error
        except RegistryError as error:
            self._kept.note_away(origin, f"{error.code} {error.message}", seconds=_AWAY_S)
            raise
        if vouched.username != claims.username:
            raise RegistryAnswerError(f"{origin} vouches for {vouched.username}, but the token is of another name")
        now, identity = self._now(), vouched.identity
        if not self._kept.note(token, identity, asked_at=asked_at, now=now, expires_at=claims.expires_at):
            raise TokenError("the token was revoked")
        return identity

    def _claims(self, token: str) -> Claims:
        return read_claims(token, l1=self._l1, l2_servers=self.clients.keys(), now=self._now())

    def _now(self) -> float:
        return self._clock().timestamp()


def _again(told: str) -> RegistryError:
    """Return the error that was met a moment ago."""
    code, _, message = told.partition(" ")
    kind = next((kind for kind in RegistryError.__subclasses__() if kind.code == code), RegistryError)
    return RegistryAnswerError(message) if kind is RegistryAnswerError else kind(message)


def user_at(client: L2Client, username: str) -> Identity:
    """Return the identity of *client*'s user. Raises ParameterError where the name is none."""
    found = Identity.parse(f"@{username}@{client.host}")
    if found.name != username:
        raise ParameterError(f"{username[:80]!r} is no name of a user")
    return found
