"""What a development registry is told when it starts."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Where it is, what it keeps, which renderers it knows."""

    origin: str = "http://127.0.0.1:8200"
    home: Path | None = None
    """Folder of its database and key; None keeps them in memory."""
    renderers: tuple[str, ...] = ()
    """Origins of the L1 servers whose questions are answered."""
    secret: str = ""
    """Sent to a renderer's /auth/revoke-user."""
    cookie_domain: str | None = None
    """Parent domain that the cookie is shared over; None: this host alone."""
    accounts: tuple[tuple[str, str], ...] = ()
    """(name, password)"""
    token_s: int = 30 * 24 * 3600
    calls_back: bool = True
    """Whether publishing asks the renderer for the run."""
    wants_signatures: bool = False
    """Whether what is to be published must come signed by its renderer."""

    @property
    def host(self) -> str:
        """What stands behind the second ``@`` of its users."""
        return urlsplit(self.origin).netloc


def parsed(arguments: Sequence[str]) -> Config:
    parser = argparse.ArgumentParser(prog="python -m tests.l2dev", description="A registry (L2) for development.")
    parser.add_argument("--origin", default=Config().origin, help="where it is reached; its port is listened on")
    parser.add_argument("--home", type=Path, help="folder to keep accounts and what was published in (else: memory)")
    parser.add_argument("--renderer", action="append", default=[], help="origin of an L1 (http://127.0.0.1:8100)")
    parser.add_argument("--secret", default="", help="proves /auth/revoke-user to the renderers")
    parser.add_argument("--cookie-domain", help="parent domain that the cookie is shared over")
    parser.add_argument("--account", action="append", default=[], help="name:password, made at the start")
    parser.add_argument("--token-s", type=int, default=Config().token_s, help="seconds that a token lasts")
    parser.add_argument("--no-call-back", action="store_true", help="believe what is published without asking")
    parser.add_argument("--signed", action="store_true", help="take only what its renderer signed (RFC 9421)")
    given = parser.parse_args(arguments)
    return Config(
        origin=given.origin.rstrip("/"),
        home=given.home,
        renderers=tuple(given.renderer or ["http://127.0.0.1:8100", "http://localhost:8100"]),
        secret=given.secret,
        cookie_domain=given.cookie_domain,
        accounts=tuple(tuple(pair.split(":", 1)) for pair in given.account) or (("alice", "alice"), ("bob", "bob")),
        token_s=given.token_s,
        calls_back=not given.no_call_back,
        wants_signatures=given.signed,
    )
