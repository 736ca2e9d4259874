"""Publishing as pages and programs see it: what is public already, what is on its way, what could be done."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from flask import url_for

from app.publishing.course import delivery_of
from app.publishing.registries import registry_of
from app.services import Services
from app.storage.deliveries import Delivery, moment
from app.storage.job_queue import CHORES, open_queue, worker_count
from app.storage.publication_record import Publication, PublicationState, Published
from app.web.current import registry_token, visitor
from app.web.respond import Page
from artdag.digest import Digest
from artdag.run import Run, RunState, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationView:
    """One publication, and how the sending goes."""

    one: Publication
    delivery: Delivery | None

    @property
    def state(self) -> PublicationState:
        return self.one.state

    @property
    def attempts(self) -> int:
        return self.delivery.attempts if self.delivery is not None else 0

    @property
    def next_at(self) -> datetime | None:
        """When it is tried next."""
        waits = self.state is PublicationState.QUEUED and self.delivery is not None
        return moment(self.delivery.next_ms) if waits and self.delivery is not None else None

    @property
    def is_due(self) -> bool:
        """Whether the next try begins as soon as somebody is free."""
        return self.next_at is not None and self.next_at <= datetime.now(UTC)

    @property
    def link(self) -> str | None:
        """Where it can be read, at its registry."""
        named = (self.one.asset, self.one.activity_id)
        return next((text for text in named if text is not None and text.startswith(f"{self.one.l2}/")), None)

    @property
    def command(self) -> str | None:
        """The command that checks it, safe to paste: the registry chose the address."""
        return f"python -m artdag verify {shlex.quote(self.link)}" if self.link is not None else None

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.one.id,
            "kind": self.one.kind,
            "name": self.one.name,
            "content_hash": self.one.digest,
            "asked_at": rfc3339(self.one.asked_at),
            **self.one.entry(),
            "attempts": self.attempts,
            "next_try_at": rfc3339(self.next_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """What the card about publishing says. It is empty where there is nothing to say."""

    kind: Published
    views: tuple[PublicationView, ...]
    page_url: str
    """The page that the card stands on."""
    ask_url: str
    l2: str | None
    """The visitor's registry, where they may publish this."""
    has_login: bool
    """Whether the visitor came by a token of that registry."""
    has_workers: bool

    @property
    def is_open(self) -> bool:
        """Whether anything is on its way."""
        return any(view.state.is_open for view in self.views)

    @property
    def may_ask(self) -> bool:
        """Whether the visitor may publish it now."""
        return self.l2 is not None and not any(view.one.holds and view.one.l2 == self.l2 for view in self.views)

    @property
    def keeps_it(self) -> bool:
        """Whether it must stay for what the visitor published."""
        return any(view.one.holds and view.one.owner == visitor() for view in self.views)

    @property
    def is_shown(self) -> bool:
        return bool(self.views) or self.may_ask


@dataclass(frozen=True)
class PublicationPage(Page):
    """What came of asking."""

    template: ClassVar[str] = "publishing/asked.html"

    view: PublicationView

    def to_json(self) -> dict[str, Any]:
        return self.view.to_json()


def view_of(services: Services, one: Publication) -> PublicationView:
    return PublicationView(one=one, delivery=services.deliveries.get(delivery_of(one)))


def of_run(services: Services, run: Run) -> Publishing:
    """Return the card of a run."""
    page, ask = url_for("runs.show", run_id=run.run_id), url_for("publishing.publish_run", run_id=run.run_id)
    shown = _shown(services.publications.of("run", run.run_id))
    may = run.state is RunState.COMPLETED and visitor() == run.owner
    return _card(services, "run", shown, page, ask, may=may)


def of_bytes(services: Services, kind: Published, digest: Digest, *, may: bool) -> Publishing:
    """Return the card of a medium or a recipe; *may* says whether the visitor could publish it."""
    shown = _shown(one for one in services.publications.holding(digest) if one.digest == digest)
    place = "cache.show" if kind == "media" else "recipes.show"
    ask = "publishing.publish_media" if kind == "media" else "publishing.publish_recipe"
    return _card(services, kind, shown, url_for(place, name=digest), url_for(ask, name=digest), may=may)


def entries_of(services: Services, digest: Digest) -> list[dict[str, Any]]:
    """Return where these bytes are public, and what the visitor has on its way."""
    return [one.entry() for one in _shown(services.publications.holding(digest)) if one.digest == digest]


def run_json(run: Run) -> dict[str, Any]:
    """Return the record of *run* as the visitor may read it: where it is public, and what they have on its way."""
    record = run.to_json()
    if visitor() != run.owner:
        record["published"] = [one for one in record["published"] if one["state"] == PublicationState.PUBLISHED]
    return record


def _shown(known: Iterable[Publication]) -> list[Publication]:
    """Return what is public, and what is the visitor's own business."""
    return [one for one in known if one.state is PublicationState.PUBLISHED or one.owner == visitor()]


def _card(
    services: Services, kind: Published, known: Iterable[Publication], page_url: str, ask_url: str, *, may: bool
) -> Publishing:
    who = visitor()
    registry = registry_of(services, who) if may and who is not None else None
    views = tuple(view_of(services, one) for one in known)
    return Publishing(
        kind=kind,
        views=views,
        page_url=page_url,
        ask_url=ask_url,
        l2=registry.origin if registry is not None else None,
        has_login=registry_token() is not None,
        has_workers=not any(view.state.is_open for view in views)
        or worker_count(open_queue(services.redis, CHORES)) > 0,
    )
