"""Every error as one shape: problem+json (RFC 9457) for programs, the same facts as a page or a card for people."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, cast

import pydantic
import redis.exceptions
from flask import Flask, Response, request
from werkzeug.exceptions import ClientDisconnected, HTTPException

from app.library.effect_examples import BusyTryoutError
from app.library.ingest import TooLargeError
from app.library.lookup import GoneError, RecipeNotFoundError
from app.library.naming import AmbiguousPrefixError, UnknownRecipeError
from app.library.resumable import OffsetError, TooManyUploadsError, UploadBusyError, UploadNotFoundError
from app.library.server_import import ImportRefusedError
from app.outgoing import AddressError, UnreachableError
from app.registry.claims import TokenError
from app.registry.errors import RegistryAwayError, RegistryError, RegistryLateError
from app.storage.run_record import BeingDeletedError, RunActiveError, RunNotFoundError, TooManyRunsError
from app.storage.webhooks import EndpointNotFoundError, TooManyEndpointsError
from app.storage.worker_list import WorkerNotFoundError
from app.web.bodies import BusyError
from app.web.current import ForbiddenError
from app.web.incoming import IncomingRequest
from app.web.login import NotLoggedInError
from app.web.payload import MalformedRequestError, MediaTypeError
from app.web.receipt import NoReceiptError
from app.web.request_log import current_reference
from app.web.respond import Page, respond, wants_page
from artdag import errors as engine
from artdag.errors import ArtDagError, Problem
from artdag.fetching import FetchError
from artdag.published_check import PublishedError

_log = logging.getLogger(__name__)

STATUS: dict[type[ArtDagError], int] = {
    MalformedRequestError: 400,
    engine.InvalidDigestError: 400,
    NotLoggedInError: 401,
    TokenError: 401,
    ForbiddenError: 403,
    ImportRefusedError: 403,
    engine.BlobNotFoundError: 404,
    RunNotFoundError: 404,
    RecipeNotFoundError: 404,
    UnknownRecipeError: 404,
    NoReceiptError: 404,
    UploadNotFoundError: 404,
    GoneError: 410,
    OffsetError: 409,
    UploadBusyError: 423,
    TooManyUploadsError: 429,
    TooManyRunsError: 429,
    RunActiveError: 409,
    AmbiguousPrefixError: 409,
    BeingDeletedError: 409,
    engine.IllegalTransitionError: 409,
    engine.StoppedError: 409,
    TooLargeError: 413,
    MediaTypeError: 415,
    AddressError: 422,
    UnreachableError: 502,
    EndpointNotFoundError: 404,
    WorkerNotFoundError: 404,
    TooManyEndpointsError: 409,
    engine.UnsupportedMediaError: 415,
    engine.BrokenMediaError: 422,
    engine.ParameterError: 422,
    engine.RecipeError: 422,
    engine.InputError: 422,
    engine.EffectError: 422,
    engine.SignatureError: 422,
    PublishedError: 422,
    FetchError: 502,
    BusyError: 503,
    BusyTryoutError: 503,
    engine.RenderError: 500,
    engine.CorruptBlobError: 500,
    engine.NoRoomError: 507,
    RegistryError: 502,
    RegistryAwayError: 503,
    RegistryLateError: 504,
    engine.DiskError: 507,
}
"""The one table that knows both worlds; the nearest class that an error inherits from decides."""

TITLES = {
    400: "The request cannot be read",
    401: "Not logged in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    406: "No such rendering",
    409: "Refused",
    410: "Gone",
    412: "Not what was expected",
    413: "Too large",
    414: "Address too long",
    415: "Not a supported type",
    416: "No such range",
    417: "Not done here",
    422: "Not valid",
    423: "In use",
    429: "Too many at once",
    431: "Too large",
    500: "Something went wrong here",
    501: "Not done here",
    502: "The registry answered badly",
    503: "Can't reach the queue",
    504: "The registry did not answer",
    507: "No room",
}

RETRY_AFTER_S = 2
QUEUE_AWAY = "queue_away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One answer that says what went wrong."""

    status: int
    code: str
    detail: str
    title: str = ""
    node: str | None = None
    problems: tuple[Problem, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    """Further members of the problem, such as ``candidates``, ``runs`` or ``reference``."""

    def to_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title or TITLES.get(self.status, "Error"),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        if self.node is not None:
            found["node"] = self.node
        found["errors"] = [problem.to_json() for problem in self.problems]
        return {**self.more, **found}


@dataclass(frozen=True)
class ErrorPage(Page):
    """What every error answers with."""

    template: ClassVar[str] = "errors/error.html"
    fragments: ClassVar[tuple[str, ...]] = ("error_card",)
    media_type: ClassVar[str] = "application/problem+json"

    fault: Fault

    @property
    def error_fragment(self) -> str:
        return "error_card"

    @property
    def tries_again(self) -> bool:
        """Whether the browser should ask again by itself: what is away comes back."""
        return self.fault.code == QUEUE_AWAY and request.method == "GET"

    @property
    def offers_logout(self) -> bool:
        """Whether it is the login that stands in the way: another's, or one whose registry does not answer."""
        return self.fault.code == "other_session" or self.fault.code.startswith("registry")

    @property
    def title(self) -> str:
        return self.fault.title or TITLES.get(self.fault.status, "Error")

    def to_json(self) -> dict[str, Any]:
        return self.fault.to_json()


def status_of(kind: type[ArtDagError]) -> int:
    for ancestor in kind.__mro__:
        if ancestor in STATUS:
            return STATUS[ancestor]
    return 500


def fault_of(error: ArtDagError) -> Fault:
    """Return *error* as an answer."""
    return Fault(
        status=status_of(type(error)),
        code=error.code,
        detail=f"{error.message}\n{error.detail}" if error.detail else error.message,
        title=getattr(error, "title", ""),
        node=error.node,
        problems=error.problems,
        more=dict(getattr(error, "more", {})),
    )


def register(app: Flask) -> None:
    handlers: dict[type[Exception], Callable[[Any], Response]] = {
        ArtDagError: _on_engine_error,
        pydantic.ValidationError: _on_invalid,
        HTTPException: _on_http_error,
        redis.exceptions.ConnectionError: _on_redis_away,
        redis.exceptions.TimeoutError: _on_redis_away,
        redis.exceptions.BusyLoadingError: _on_redis_away,
        Exception: _on_surprise,
    }
    for kind, handler in handlers.items():
        app.register_error_handler(kind, handler)
    app.before_request(_take_if_match)
    app.after_request(_say_unmet)


def answer(fault: Fault, headers: dict[str, str] | None = None) -> Response:
    return respond(ErrorPage(fault), fault.status, headers)


def _on_engine_error(error: ArtDagError) -> Response:
    fault = fault_of(error)
    if fault.status in (502, 504) or isinstance(error, RegistryAwayError):
        _log.warning("%s %s: %s", request.method, request.path, error.message)
        title = "The registry is away" if fault.status == 503 else ""
        return answer(replace(fault, title=title), {"Retry-After": str(RETRY_AFTER_S)})
    if fault.status == 500:
        return _on_surprise(error)
    headers = {"WWW-Authenticate": "Bearer"} if fault.status == 401 else {}
    return answer(fault, headers | getattr(error, "headers", {}))


_SAID = {"missing": "this is needed", "extra_forbidden": "there is no field of this name"}
"""What we say instead of pydantic, by its type of error."""


def _on_invalid(error: pydantic.ValidationError) -> Response:
    problems = tuple(
        Problem(
            message=_SAID.get(one["type"], str(one["msg"]).removeprefix("Value error, ")),
            field=_field(one["loc"]),
        )
        for one in error.errors(include_url=False, include_context=False, include_input=False)
    )
    first = problems[0]
    detail = f"{first.field}: {first.message}" if first.field else first.message
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return answer(Fault(status=422, code="invalid_request", detail=detail + more, problems=problems))


def _field(place: tuple[int | str, ...]) -> str | None:
    """Return where it is in the request, without pydantic's names for the alternatives of a type."""
    return ".".join(str(part) for part in place if "[" not in str(part)) or None


_HTTP_CODES = {
    400: ("malformed", "The request cannot be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not answer to that method."),
    412: ("precondition_failed", "What is here is not what If-Match names."),
    413: ("too_large", "The request is larger than this server takes."),
    415: ("unsupported_media_type", "This type is not read here."),
    416: ("range_not_satisfiable", "The bytes asked for are not there."),
}


def _on_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # a redirect is raised, too
        return cast(Response, Response.force_type(error.get_response(), request.environ))
    code, detail = _HTTP_CODES.get(status, (f"http_{status}", error.description or ""))
    wanted = ("Allow", "Content-Range", "Retry-After", "WWW-Authenticate")
    kept = {name: value for name, value in error.get_headers(request.environ) if name in wanted}
    if status == 413 and isinstance(request, IncomingRequest):
        detail = f"The request is larger than the {request.largest_bytes:,} bytes that are taken here."
    if isinstance(error, ClientDisconnected):
        detail = "The body ended before it was complete, or came in chunks that are none: send it again."
    return answer(Fault(status=status, code=code, detail=detail), kept)


def _take_if_match() -> None:
    """Keep If-Match from werkzeug: it looks at ranges first, does not know `*`, and sends all bytes with a 412."""
    if request.if_match:  # read once, and kept by the request
        request.environ.pop("HTTP_IF_MATCH", None)


def _say_unmet(response: Response) -> Response:
    """Give the error in place of what has an ETag that If-Match does not name."""
    etag, _ = response.get_etag()
    if etag is None or not request.if_match or request.if_match.contains(etag):
        return response
    response.close()
    code, detail = _HTTP_CODES[412]
    return answer(Fault(status=412, code=code, detail=detail))


def _on_redis_away(error: Exception) -> Response:
    _log.warning("Redis is away: %s", error)
    is_page = wants_page() and request.method == "GET"
    advice = "this page tries again by itself" if is_page else "try again in a few seconds"
    detail = f"Redis, which holds the queue and the runs, does not answer. Nothing is lost; {advice}."
    fault = Fault(status=503, code=QUEUE_AWAY, detail=detail)
    return answer(fault, {"Retry-After": str(RETRY_AFTER_S)})


def _on_surprise(error: Exception) -> Response:
    """Tell the log everything and the visitor a reference to it; never a traceback."""
    reference = current_reference()
    _log.error("reference %s: %s %s failed", reference, request.method, request.path, exc_info=error)
    code = error.code if isinstance(error, ArtDagError) else "internal"
    detail = f"The server's log tells what happened, under reference {reference}."
    return answer(Fault(status=500, code=code, detail=detail, more={"reference": reference}))
