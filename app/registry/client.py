"""L2Client: what we ask of one registry, and what its answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from app.registry.errors import RegistryAnswerError, RegistryError, RegistryRefusedError
from app.registry.exchange import Answer, Patience, Sign, ask
from app.settings import Settings
from artdag.digest import Digest
from artdag.errors import ParameterError
from artdag.identity import LOCAL, Identity

_SAID_CHARACTERS = 300
_LONGEST_S = 25.0
"""A job that publishes ends after half a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class L2Paths:
    """Where a registry answers; a content hash is put behind ``by_hash``."""

    verify: str = "/auth/verify"
    record_run: str = "/assets/record-run"
    record_asset: str = "/assets/record-asset"
    by_hash: str = "/assets/by-hash/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouched:
    """Somebody whom a registry knows by a token."""

    identity: Identity
    """The name that the registry gave, at the registry's own host, whatever else was said."""

    @property
    def username(self) -> str:
        return self.identity.name

    @property
    def actor(self) -> str:
        return str(self.identity)


class L2Client:
    """One registry, by its exact origin. Nothing is asked anywhere else, whatever a token or an answer says."""

    def __init__(self, origin: str, *, l1: str, paths: L2Paths | None = None, patience: Patience | None = None) -> None:
        """Prepare; connect to nothing.

        Args:
            origin: as the settings name it.
            l1: our own public origin.
            paths: where it answers.
            patience: how long each question may take.
        """
        self.origin = origin
        self.host = urlsplit(origin).netloc
        """What stands behind the second ``@`` of its users."""
        self._l1 = l1
        self._paths = paths or L2Paths()
        self._patience = patience or Patience()

    def waiting(self, times: float) -> L2Client:
        """Return the same client with so many times the patience, though never more than 25 s."""
        patience = Patience(connect_s=self._patience.connect_s, whole_s=min(times * self._patience.whole_s, _LONGEST_S))
        return L2Client(self.origin, l1=self._l1, paths=self._paths, patience=patience)

    def verify(self, token: str) -> Vouched:
        """Return whom *token* stands for.

        Raises:
            RegistryRefusedError: when the registry does not vouch for it.
            RegistryError: when it gave no answer that counts.
        """
        answer = self._ask("POST", self._paths.verify, body={"l1_server": self._l1}, token=token)
        said = answer.record()
        return Vouched(identity=self._identity(said.get("username"), said.get("actor")))

    def record_run(
        self, token: str, record: Mapping[str, Any], *, idempotency_key: str, sign: Sign | None = None
    ) -> dict[str, Any]:
        """Publish *record* in the name of *token*'s owner; return what the registry says of it.

        Sent again with the same key it is the same publication. *sign* adds our own signature to the request.

        Raises:
            RegistryError
        """
        return self._record(self._paths.record_run, token, record, idempotency_key, sign)

    def record_asset(
        self, token: str, record: Mapping[str, Any], *, idempotency_key: str, sign: Sign | None = None
    ) -> dict[str, Any]:
        """Publish what no run of ours made, such as an upload or a recipe; else like ``record_run``."""
        return self._record(self._paths.record_asset, token, record, idempotency_key, sign)

    def published(self, digest: Digest, *, by: Identity | None = None) -> bool | None:
        """Tell whether the registry knows these bytes; None where it could not be asked, or not understood.

        With *by* it does not count what the registry says others made public; where it does not say whose it is, it
        counts.
        """
        try:
            said = self.known(digest)
        except RegistryError:
            return None
        return said is not None and not (by is not None and _is_others_alone(said, by))

    def known(self, digest: Digest) -> dict[str, Any] | None:
        """Return what the registry says of these bytes; None where it has none of them.

        Raises:
            RegistryError: when it could not be asked, or not understood.
        """
        try:
            said = self._ask("GET", self._paths.by_hash + quote(digest)).record()
        except RegistryRefusedError as error:
            if error.status in (404, 410):
                return None
            raise
        if said.get("content_hash", digest) != digest:
            raise RegistryAnswerError(f"{self.origin} speaks of other bytes than it was asked about")
        return said

    def _record(
        self, path: str, token: str, record: Mapping[str, Any], idempotency_key: str, sign: Sign | None
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": idempotency_key}
        return self._ask("POST", path, body=record, token=token, headers=headers, sign=sign).record()

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        sign: Sign | None = None,
    ) -> Answer:
        sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token is not None else {})}
        answer = ask(self.origin, method, path, body=body, headers=sent, sign=sign, patience=self._patience)
        if answer.status >= 500 or answer.status < 200:
            raise RegistryAnswerError(f"{self.origin} has a fault of its own ({answer.status})", status=answer.status)
        if answer.status >= 400:
            raise RegistryRefusedError(f"{self.origin} said no: {_said(answer)}", status=answer.status)
        return answer

    def _identity(self, username: object, actor: object) -> Identity:
        """Return the identity that the answer means. Raises RegistryAnswerError where it names nobody, or another's."""
        try:
            found = Identity.parse(f"@{username}@{self.host}" if isinstance(username, str) else "")
        except ParameterError:
            raise RegistryAnswerError(f"{self.origin} vouches for a name that is none") from None
        if actor is not None and not self._is_own(actor, found):
            raise RegistryAnswerError(f"{self.origin} vouches for an actor that is not {found}")
        if found == LOCAL:
            raise RegistryAnswerError(f"{LOCAL} is this server's own; no registry vouches for it")
        return found

    def _is_own(self, actor: object, identity: Identity) -> bool:
        """Tell whether *actor* is another way to write *identity*: itself, or an address at this registry."""
        if not isinstance(actor, str) or actor == str(identity):
            return actor == str(identity)
        return actor.startswith(f"{self.origin}/") and actor.rpartition("/")[2].lstrip("@") == identity.name


def assets_in(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a registry lists of some bytes, one for each who made them public; empty where it lists none."""
    listed = said.get("assets")
    return [asset for asset in listed if isinstance(asset, dict)] if isinstance(listed, list) else []


def _is_others_alone(said: Mapping[str, Any], who: Identity) -> bool:
    """Tell whether the registry names somebody for each of the bytes' assets, and never *who*."""
    makers = [asset.get("madeBy") for asset in assets_in(said)]
    if not makers or len(makers) != len(said["assets"]):
        return False
    try:
        return all(isinstance(maker, str) and Identity.parse(maker) != who for maker in makers)
    except ParameterError:
        return False


def _said(answer: Answer) -> str:
    """Return why, in the registry's own words where they are fit to be shown."""
    try:
        said = answer.record()
    except RegistryAnswerError:
        return str(answer.status)
    words = said.get("detail") or said.get("error") or said.get("message")
    if not isinstance(words, str) or not words.isprintable():
        return str(answer.status)
    return f"{words[:_SAID_CHARACTERS]} ({answer.status})"


def clients(settings: Settings) -> dict[str, L2Client]:
    """Return the registries that *settings* name, by origin."""
    paths = L2Paths(
        verify=settings.l2_verify_path,
        record_run=settings.l2_record_path,
        record_asset=settings.l2_asset_path,
        by_hash=settings.l2_by_hash_path,
    )
    patience = Patience(connect_s=min(2.0, settings.l2_timeout_s), whole_s=settings.l2_timeout_s)
    return {
        origin: L2Client(origin, l1=settings.public_url, paths=paths, patience=patience)
        for origin in settings.l2_servers
    }
