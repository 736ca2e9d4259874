"""Which registry is whose, and asking it whether something is published."""

from __future__ import annotations

from app.library.standing import Asked
from app.registry.client import L2Client
from app.services import Services
from artdag.digest import Digest
from artdag.identity import Identity


def registry_of(services: Services, owner: Identity) -> L2Client | None:
    """Return the registry that vouches for *owner*; None where none of ours does."""
    return next((one for one in services.vouching.clients.values() if one.host == owner.host), None)


def asked_for(services: Services, owner: Identity) -> Asked:
    """Return what asks the registries about bytes of *owner*'s. One that is not configured any more is silent.

    Their own registry is asked whether *owner* made them public: what a neighbour there did keeps nobody.
    """
    own = registry_of(services, owner)

    def asked(l2: str | None, digest: Digest) -> bool | None:
        if l2 is None:
            return own.published(digest, by=owner) if own is not None else False
        client = services.vouching.clients.get(l2)
        return client.published(digest) if client is not None else None

    return asked
