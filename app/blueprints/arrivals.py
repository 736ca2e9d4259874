"""/cache/upload, /cache/import: the way in; and /cache/have, /cache/<hash>/keep: what is here needs no sending."""

from __future__ import annotations

from typing import Annotated, Any, cast

from flask import Blueprint, Response, json, request, url_for
from pydantic import BaseModel, ConfigDict, Field

from app.library.already import keep_what_is_here, same_sizes
from app.library.lookup import media_named
from app.library.server_import import ImportRefusedError, import_path
from app.web.arrival_pages import ArrivedPage, arrived
from app.web.current import ForbiddenError, caller, is_admin, services
from app.web.incoming import IncomingFile, takes_media
from app.web.openapi import api
from app.web.payload import MalformedRequestError, payload, query
from app.web.records import HaveAnswer
from app.web.respond import items_json
from artdag.digest import Digest
from artdag.run import rfc3339

bp = Blueprint("arrivals", __name__, url_prefix="/cache")

_TAG = "media"

Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0, le=1 << 50, strict=True)]


class ImportQuery(BaseModel):
    """What to import."""

    path: str = Field(
        min_length=1, max_length=5000, description="file or folder on the server, under one of IMPORT_ROOTS"
    )


class Question(BaseModel):
    """What somebody is about to send."""

    model_config = ConfigDict(extra="forbid")

    content_hashes: list[Hash] = Field([], max_length=1000)
    sizes: list[Size] = Field([], max_length=1000, description="bytes, for who would rather not hash everything")


class Keeping(BaseModel):
    """What to call it."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=400)


@bp.post("/upload")
@takes_media
@api(
    "Upload media",
    tag=_TAG,
    description="Multipart, field `file`, several allowed: then the answer is a list. 200 when all were already here."
    " 400, and nothing is kept, when fewer bytes come than Content-Length says, even where the form looks whole.",
    upload="file",
    answers={201: None, 200: None},
    login=True,
)
def upload() -> Response:
    owner = caller()
    files = [file for file in request.files.getlist("file") if file.filename or not _is_empty(file.stream)]
    if not files:
        raise MalformedRequestError("there is no file: send multipart/form-data with the field `file`")
    came = []
    for file in files:
        incoming = cast(IncomingFile, file.stream)
        came.append((incoming.display_name, incoming.keep(owner=owner)))
    status = 201 if any(one.is_new for _, one in came) else 200
    return arrived(ArrivedPage(tuple(came), is_single=len(came) == 1), status)


@bp.post("/import")
@api("Import from the server's disk", tag=_TAG, query=ImportQuery, answers={201: None, 200: None}, login=True)
def import_() -> Response:
    owner = caller()
    if not is_admin(owner):
        raise ForbiddenError("only admins import from the server's disk")
    wanted = query(ImportQuery) if "path" in request.args else ImportQuery.model_validate(payload())
    try:
        done = import_path(services(), wanted.path, owner)
    except ImportRefusedError as error:
        raise ForbiddenError(error.message) from error
    status = 201 if any(one.is_new for _, one in done.files) else 200
    is_single = len(done.files) == 1 and not done.skipped
    return arrived(ArrivedPage(done.files, done.skipped, is_single=is_single), status)


def _is_empty(file: Any) -> bool:
    return isinstance(file, IncomingFile) and file.size == 0


@bp.post("/have")
@api(
    "Ask what of some media is here already",
    tag=_TAG,
    description="By content hash: what is `here` need not be sent, and what is `mine` stands in your library. By size:"
    " the answer's `sizes` are those that media of yours have; only files of such a size are worth hashing first.",
    body=Question,
    answers={200: HaveAnswer},
    html=False,
    login=True,
)
def have() -> Response:
    owner, found = caller(), services()
    wanted = Question.model_validate(payload())
    items = []
    for text in dict.fromkeys(wanted.content_hashes):
        digest = Digest(text)
        entry = found.media.entry(owner, digest)
        items.append(
            {
                "content_hash": digest,
                "here": found.content.has(digest) and found.media.facts(digest) is not None,
                "mine": entry is not None,
                "name": entry.name if entry else None,
                "known_since": rfc3339(entry.uploaded_at) if entry else None,
                "url": url_for("cache.show", name=digest),
            }
        )
    known = sorted(same_sizes(found, owner, wanted.sizes))
    body = json.dumps(items_json(items, None, len(items)) | {"sizes": known}) + "\n"
    return Response(body, mimetype="application/json", headers={"Cache-Control": "no-store"})


@bp.post("/<medium:name>/keep")
@api(
    "Put a medium that is here into your library",
    tag=_TAG,
    description="In place of an upload. 200 when it stood there already.",
    body=Keeping,
    answers={201: None, 200: None},
    login=True,
)
def keep(name: str) -> Response:
    owner, found = caller(), services()
    digest = media_named(found, name, owner)
    wanted = Keeping.model_validate(payload())
    kept = keep_what_is_here(found, digest, owner, wanted.name)
    entry = found.media.entry(owner, digest)
    shown = entry.name if entry else digest[:10]
    return arrived(ArrivedPage(((shown, kept),)), 200 if kept.known_since else 201)
