"""/cache/uploads: large files in several requests, as tus 1.0 has it: core, creation, expiration, termination."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator
from email.utils import format_datetime
from typing import Any

from flask import Blueprint, Response, json, request, url_for

from app.library.lookup import raise_if_gone
from app.library.resumable import Standing, UploadNotFoundError, append, begin, end, standing, standing_of
from app.web.current import caller, services
from app.web.errors import Fault, answer
from app.web.incoming import takes_media
from app.web.openapi import Header, api
from app.web.payload import MalformedRequestError, MediaTypeError
from app.web.records import UploadList, UploadState
from app.web.respond import items_json
from artdag.digest import Digest
from artdag.run import rfc3339

bp = Blueprint("uploads", __name__, url_prefix="/cache/uploads")

_TAG = "media"
_VERSION = "1.0.0"
_EXTENSIONS = "creation,creation-with-upload,expiration,termination"
_BYTES = "application/offset+octet-stream"
_PIECE_BYTES = 1 << 18
_MOST_METADATA = 4096
_NUMBER = re.compile(r"\d{1,15}", re.ASCII)
_DIGITS = "^[0-9]{1,15}$"
_PAIRS = "^([A-Za-z_]+ ([A-Za-z0-9]{4})*(,[A-Za-z_]+ ([A-Za-z0-9]{4})*)*)?$"

_RESUMABLE = Header("Tus-Resumable", "Version of tus that is spoken.", pattern=r"^(1[.]0[.]0)?$")
_OFFSET = Header(
    "Upload-Offset", "Where these bytes belong: the number of bytes that are here.", required=True, pattern=_DIGITS
)


@bp.before_request
def _check_version() -> Response | None:
    """Refuse other versions of tus; who names none speaks ours."""
    named = request.headers.get("Tus-Resumable") or _VERSION
    if request.method == "OPTIONS" or named == _VERSION:
        return None
    fault = Fault(status=412, code="tus_version", detail=f"This server speaks tus {_VERSION}, not {named[:40]}.")
    return answer(fault, {"Tus-Version": _VERSION})


@bp.after_request
def _say_version(response: Response) -> Response:
    response.headers["Tus-Resumable"] = _VERSION
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.route("", methods=["OPTIONS"], provide_automatic_options=False)
@bp.route("/<upload_id>", methods=["OPTIONS"], provide_automatic_options=False, endpoint="can_one")
def can(upload_id: str = "") -> Response:
    """Say what of tus is spoken here."""
    headers = {
        "Tus-Version": _VERSION,
        "Tus-Extension": _EXTENSIONS,
        "Tus-Max-Size": str(services().settings.max_upload_bytes),
        "Allow": "OPTIONS, GET, HEAD, POST" if not upload_id else "OPTIONS, GET, HEAD, PATCH, DELETE",
    }
    return Response(status=204, headers=headers)


@bp.get("")
@api("List uploads that are not finished", tag=_TAG, answers={200: UploadList}, html=False, login=True)
def index() -> Response:
    found = [_state(one) for one in standing_of(services(), caller())]
    return _json(items_json(found, None, len(found)))


@bp.post("")
@takes_media
@api(
    "Begin an upload in pieces",
    tag=_TAG,
    description="tus 1.0, creation: `Upload-Length`, and `Upload-Metadata` with `filename` and, where it is known, "
    "`content_hash`. The first bytes may come along. `Location` names where to send the others.",
    headers=(
        _RESUMABLE,
        Header("Upload-Length", "Bytes of the whole file.", required=True, pattern=_DIGITS),
        Header("Upload-Metadata", "Pairs of a key and a value in Base64, parted by commas.", pattern=_PAIRS),
    ),
    raw=_BYTES,
    answers={201: UploadState},
    html=False,
    login=True,
)
def create() -> Response:
    owner = caller()
    length = _number("Upload-Length")
    told = _metadata(request.headers.get("Upload-Metadata", ""))
    name = told.get("filename") or told.get("name") or "untitled"
    record = begin(services(), owner, length=length, filename=name, expected=_expected(told.get("content_hash")))
    found = Standing(record=record, offset=0)
    if request.mimetype == _BYTES:
        found, _ = append(services(), owner, record.upload_id, 0, _pieces())
    response = _json(_state(found), 201)
    response.headers.update({"Location": url_for("uploads.show", upload_id=record.upload_id), **_headers(found)})
    return response


@bp.get("/<upload_id>")
@api(
    "Ask how far an upload is",
    tag=_TAG,
    description="The number of bytes that are here is in `Upload-Offset`, so HEAD does as well.",
    answers={200: UploadState},
    html=False,
    login=True,
)
def show(upload_id: str) -> Response:
    found = _standing(upload_id)
    response = _json(_state(found))
    response.headers.update(_headers(found))
    return response


@bp.patch("/<upload_id>")
@takes_media
@api(
    "Send the next piece of an upload",
    tag=_TAG,
    description="With the last byte the file is looked into and kept; `Content-Location` then names it.",
    headers=(_RESUMABLE, _OFFSET),
    raw=_BYTES,
    answers={204: None},
    html=False,
    login=True,
)
def send(upload_id: str) -> Response:
    _standing(upload_id)
    if request.mimetype != _BYTES:
        raise MediaTypeError(f"a piece of an upload is sent as {_BYTES}")
    found, _ = append(services(), caller(), upload_id, _number("Upload-Offset"), _pieces())
    return Response(status=204, headers=_headers(found))


@bp.delete("/<upload_id>")
@api(
    "End an upload",
    tag=_TAG,
    description="What it became, if it was finished, stays.",
    headers=(_RESUMABLE,),
    answers={204: None},
    html=False,
    login=True,
)
def stop(upload_id: str) -> Response:
    end(services(), _standing(upload_id).record, why=f"ended by {caller()}")
    return Response(status=204)


# --- inside -----------------------------------------------------------------------------------------------------------


def _standing(upload_id: str) -> Standing:
    """Return how far it is. Raises UploadNotFoundError, GoneError."""
    owner = caller()
    try:
        return standing(services(), owner, upload_id)
    except UploadNotFoundError:
        raise_if_gone(services(), "upload", upload_id)
        raise


def _pieces() -> Iterator[bytes]:
    return iter(lambda: request.stream.read(_PIECE_BYTES), b"")


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if _NUMBER.fullmatch(text) is None:
        raise MalformedRequestError(f"the header {header} must be a number of bytes")
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    """Return what ``Upload-Metadata`` says: pairs of a key and, in Base64, its value."""
    if len(text) > _MOST_METADATA:
        raise MalformedRequestError(f"Upload-Metadata is longer than {_MOST_METADATA:,} characters")
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = pair.partition(" ")
        try:
            said = b64decode(value, validate=True).decode()
        except (binascii.Error, ValueError):
            raise MalformedRequestError(f"the value of {key[:40]!r} in Upload-Metadata is no Base64 of UTF-8") from None
        if key in found:
            raise MalformedRequestError(f"Upload-Metadata names {key[:40]!r} twice")
        found[key] = said
    return found


def _expected(text: str | None) -> Digest | None:
    return Digest.parse(text) if text else None


def _state(found: Standing) -> dict[str, Any]:
    record = found.record
    return {
        "upload_id": record.upload_id,
        "name": record.name,
        "length": record.length,
        "offset": found.offset,
        "expires_at": rfc3339(record.expires_at),
        "content_hash": record.kept,
        "url": url_for("cache.show", name=record.kept) if record.kept else None,
    }


def _headers(found: Standing) -> dict[str, str]:
    record = found.record
    headers = {
        "Upload-Offset": str(found.offset),
        "Upload-Length": str(record.length),
        "Upload-Expires": format_datetime(record.expires_at, usegmt=True),
    }
    return headers | ({"Content-Location": url_for("cache.show", name=record.kept)} if record.kept else {})


def _json(found: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(found) + "\n", status, mimetype="application/json")
