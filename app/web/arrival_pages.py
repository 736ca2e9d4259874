"""What came of bringing media in, said in one way whichever way they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Response, url_for

from app.library.ingest import Ingested
from app.library.views import facts_json
from app.web.respond import Page, go_to, items_json, respond, wants_page
from artdag.run import rfc3339


@dataclass(frozen=True)
class ArrivedPage(Page):
    """What came of an upload or an import."""

    template: ClassVar[str] = "cache/arrived.html"

    arrived: tuple[tuple[str, Ingested], ...]
    """(name, what it became)"""
    skipped: tuple[tuple[str, str], ...] = ()
    """(name, why)"""
    is_single: bool = True

    def to_json(self) -> dict[str, Any]:
        items = [_arrived_json(name, one) for name, one in self.arrived]
        if self.is_single:
            return items[0]
        return items_json(items, None, len(items)) | {"skipped": [{"name": n, "why": why} for n, why in self.skipped]}


def _arrived_json(name: str, one: Ingested) -> dict[str, Any]:
    return facts_json(one.digest, one.size, one.facts) | {
        "name": name,
        "is_new": one.is_new,
        "known_since": rfc3339(one.known_since),
        "url": url_for("cache.show", name=one.digest),
    }


def arrived(page: ArrivedPage, status: int) -> Response:
    """Answer with *page*; where one thing came, lead to it."""
    if not page.is_single:
        return respond(page, status)
    location = url_for("cache.show", name=page.arrived[0][1].digest)
    return go_to(location) if wants_page() else respond(page, status, {"Location": location})
