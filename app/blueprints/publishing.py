"""Publishing a run, a medium or a recipe at one's registry; and this server's public keys, which the receipts name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Blueprint, Response, url_for
from pydantic import BaseModel

from app.library.lookup import media_named, raise_if_gone, recipe_named
from app.publishing.asking import publish_media as ask_for_media
from app.publishing.asking import publish_recipe as ask_for_recipe
from app.publishing.asking import publish_run as ask_for_run
from app.storage.publication_record import Publication, PublicationState
from app.storage.run_record import RunNotFoundError
from app.web.current import ForbiddenError, caller, registry_token, services
from app.web.openapi import api
from app.web.publishing import PublicationPage, view_of
from app.web.respond import Page, go_to, respond, wants_page
from artdag.identity import Identity
from artdag.published import ACTIVITY_TYPE, server_actor
from artdag.signing import PublicKey

bp = Blueprint("publishing", __name__)

_TAG = "publishing"
_ABOUT = (
    "Sent by a job until it is there; asking again asks for the same. 202 while it is on its way, 200 once it is there."
    " It cannot be taken back from here, and what it was made of stays on this server."
)


class PublicationRecord(BaseModel):
    """Something on its way to a registry, or there."""

    id: str
    kind: str
    name: str
    content_hash: str
    asked_at: str
    l2: str
    asset: str | None
    activity_id: str | None
    at: str | None
    state: PublicationState
    error: str | None = None
    attempts: int
    next_try_at: str | None


@dataclass(frozen=True)
class KeysPage(Page):
    """Who this server is to other servers, and the keys it signs with."""

    template: ClassVar[str] = "publishing/keys.html"
    media_type: ClassVar[str] = ACTIVITY_TYPE

    l1: str
    keys: tuple[PublicKey, ...]

    def to_json(self) -> dict[str, Any]:
        return server_actor(self.l1, self.keys, name="Art DAG")


@bp.post("/runs/<run_id>/publish")
@api(
    "Publish the output of a run at your registry",
    tag=_TAG,
    description=_ABOUT,
    answers={202: PublicationRecord, 200: PublicationRecord},
    login=True,
)
def publish_run(run_id: str) -> Response:
    who = caller()
    try:
        run = services().runs.get(run_id)
    except RunNotFoundError:
        raise_if_gone(services(), "run", run_id)
        raise
    _must_be(who, {run.owner}, "this run")
    return _asked(ask_for_run(services(), run.run_id, who, registry_token()), url_for("runs.show", run_id=run.run_id))


@bp.post("/cache/<medium:name>/publish")
@api(
    "Publish a medium of your library at your registry",
    tag=_TAG,
    description=_ABOUT,
    answers={202: PublicationRecord, 200: PublicationRecord},
    login=True,
)
def publish_media(name: str) -> Response:
    who = caller()
    digest = media_named(services(), name, who)
    _must_be(who, services().media.owners(digest), "this medium")
    return _asked(ask_for_media(services(), digest, who, registry_token()), url_for("cache.show", name=digest))


@bp.post("/recipes/<recipe:name>/publish")
@bp.post("/configs/<recipe:name>/publish", endpoint="publish_recipe_alias")
@api(
    "Publish a recipe of yours at your registry",
    tag=_TAG,
    description=_ABOUT,
    answers={202: PublicationRecord, 200: PublicationRecord},
    login=True,
)
def publish_recipe(name: str) -> Response:
    who = caller()
    recipe_id = recipe_named(services(), name, who)
    _must_be(who, services().recipes.owners(recipe_id), "this recipe")
    return _asked(ask_for_recipe(services(), recipe_id, who, registry_token()), url_for("recipes.show", name=recipe_id))


@bp.get("/actor")
@api(
    "This server's public keys",
    tag=_TAG,
    description="The keys that it signs receipts and requests with, and signed with before; as an Activity Streams"
    " `Application` with `assertionMethod` (FEP-521a).",
    produces=(ACTIVITY_TYPE,),
)
def actor() -> Response:
    return respond(KeysPage(services().settings.public_url, services().signer.publics))


def _must_be(who: Identity, owners: frozenset[Identity] | set[Identity], what: str) -> None:
    """Raise ForbiddenError: publishing is done in one's own name, so that admins cannot do it for others either."""
    if who not in owners:
        raise ForbiddenError(f"{what} belongs to somebody else: only who has it can publish it, in their own name")


def _asked(one: Publication, place: str) -> Response:
    if wants_page():
        return go_to(f"{place}#publishing")
    status = 200 if one.state is PublicationState.PUBLISHED else 202
    return respond(PublicationPage(view_of(services(), one)), status, {"Location": place})
