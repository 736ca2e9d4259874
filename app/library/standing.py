"""How public some bytes are: what is held here is the truth, a registry is asked about the rest, silence is a yes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.services import Services
from app.storage.publication_record import Publication
from artdag.digest import Digest
from artdag.identity import Identity

Asked = Callable[[str | None, Digest], bool | None]
"""Asks a registry for these bytes, or with None that of the owner for what the owner made public of them.

None when it could not be asked.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether bytes may go, as far as publishing is concerned."""

    published: bool | None
    """None where nobody could tell: it counts as yes."""
    pinned: str | None = None
    """Why they must stay though they are not published themselves."""


def standing_of(services: Services, digest: Digest, whose: Identity, asked: Asked) -> Standing:
    """Return how public *digest* is by *whose* doing. Registries are asked only about what the records leave open.

    What others published of it holds the bytes, and keeps nobody else from letting go of them.
    """
    known = [one for one in services.publications.holding(digest) if one.owner == whose]
    firm = [one for one in known if one.holds]
    if any(one.digest == digest for one in firm):
        return Standing(published=True)
    if firm:
        return Standing(published=False, pinned=_needed_by(firm[0]))
    unsure = False
    for one in (one for one in known if one.uncertain):
        answer = asked(one.l2, one.digest)
        if answer:
            return (
                Standing(published=True) if one.digest == digest else Standing(published=False, pinned=_needed_by(one))
            )
        unsure |= answer is None
    own = asked(None, digest)
    return Standing(published=None if unsure and not own else own)


def pinned_here(services: Services, digest: Digest, whose: Identity) -> str | None:
    """Return why *whose* publications pin bytes that are not published themselves, as far as is known here."""
    firm = [one for one in services.publications.holding(digest) if one.holds and one.owner == whose]
    return _needed_by(firm[0]) if firm and all(one.digest != digest for one in firm) else None


def is_held(services: Services, digest: Digest) -> bool:
    """Tell whether a publication needs these bytes, or may need them."""
    return any(one.needs for one in services.publications.holding(digest))


def _needed_by(one: Publication) -> str:
    words = {"queued": "is about to be published", "sending": "is about to be published"}
    return f"“{one.name}”, which {words.get(one.state.value, 'is published')} at {one.l2}, was made with it"
