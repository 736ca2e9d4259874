"""What a text in a request means: the bytes or the recipe whose hash it is, or whose hash alone begins so."""

from __future__ import annotations

import re
from typing import Any

from app.library.naming import AmbiguousPrefixError
from app.services import Services
from app.storage.tombstones import Buried, Tombstones
from artdag.digest import Digest
from artdag.errors import ArtDagError, BlobNotFoundError
from artdag.identity import Identity
from artdag.run import rfc3339

SHORTEST_PREFIX = 8
_PREFIX = re.compile(r"[0-9a-f]{8,63}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class RecipeNotFoundError(ArtDagError):
    """There is no such recipe."""

    code = "recipe_not_found"


class GoneError(ArtDagError):
    """It was here and was deleted on purpose."""

    code = "gone"

    def __init__(self, message: str, *, gone_at: str, why: str) -> None:
        super().__init__(message)
        self.more: dict[str, Any] = {"gone_at": gone_at, "why": why}


def media_named(services: Services, text: str, who: Identity | None) -> Digest:
    """Return the bytes that *text* names: a whole hash, or for somebody logged in a unique beginning of one.

    Only what stands in *who*'s library, and assets, are found by a beginning. A whole hash need not be here.

    Raises:
        BlobNotFoundError, AmbiguousPrefixError
    """
    if _HASH.fullmatch(text):
        return Digest(text)
    if who is not None and _PREFIX.fullmatch(text):
        assets = {digest for digest in services.assets.all().values() if digest.startswith(text)}
        found = sorted({*services.media.spelt(who, text), *assets})
        if len(found) > 1:
            raise AmbiguousPrefixError(text, found)
        if found:
            return found[0]
    raise BlobNotFoundError(f"there are no bytes called {text[:80]!r} here")


def recipe_named(services: Services, text: str, who: Identity | None) -> Digest:
    """Return the id of the recipe that *text* means: an id, a name, or for somebody logged in a beginning of an id.

    Raises:
        RecipeNotFoundError, AmbiguousPrefixError
    """
    if _HASH.fullmatch(text):
        if services.recipes.get(Digest(text)) is not None:
            return Digest(text)
    elif named := services.recipes.named(text, who):
        return named
    elif who is not None and _PREFIX.fullmatch(text):
        found = services.recipes.spelt(text)
        if len(found) > 1:
            raise AmbiguousPrefixError(text, found)
        if found:
            return found[0]
    raise RecipeNotFoundError(f"there is no recipe {text[:80]!r} here")


def raise_if_gone(services: Services, kind: Buried, name: str) -> None:
    """Raise GoneError when *name* was deleted; for places that are about to say "unknown"."""
    stone = Tombstones(services.redis).get(kind, name)
    if stone is not None:
        moment = rfc3339(stone.at) or ""
        raise GoneError(f"this {kind} is gone: {stone.why} on {moment[:10]}", gone_at=moment, why=stone.why)
