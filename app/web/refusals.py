"""What the server itself refuses before any view sees it, told in the one shape of all errors."""

from __future__ import annotations

import json
import secrets
from http import HTTPStatus
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import ThreadWorker

from app.web.errors import ErrorPage, Fault

_STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (errors.LimitRequestLine, 414, "uri_too_long"),
    (errors.LimitRequestHeaders, 431, "headers_too_large"),
    (errors.ExpectationFailed, 417, "expectation_failed"),
    (errors.UnsupportedTransferCoding, 501, "unsupported_transfer_coding"),
    (errors.ParseException, 400, "malformed"),
)
"""The first that fits decides."""

_OURS = (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName, errors.ConfigurationProblem)
"""Of the server's exceptions those that no request is to blame for."""

_DETAIL_CHARACTERS = 300


class Worker(ThreadWorker):  # type: ignore[misc]  # it carries no types
    """gunicorn's worker with threads, whose own answers programs can read as they read ours.

    What cannot be read does not say what it accepts either, so the answer is JSON, to browsers too.
    """

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        fault = refusal(exc)
        if fault.status == 500:
            self.log.error("reference %s: a request failed in the server", fault.more["reference"], exc_info=exc)
        else:
            self.log.warning("refused a request from %s: %s", (addr or ("",))[0], fault.detail)
        try:
            util.write_nonblock(client, answer_bytes(fault))
        except OSError:
            self.log.debug("nobody was there any more to be told")


def refusal(error: Exception) -> Fault:
    """Return what *error*, raised while a request was read, says to whoever sent it."""
    found = next(((status, code) for kind, status, code in _STATUS if isinstance(error, kind)), None)
    if found is None or isinstance(error, _OURS):
        reference = secrets.token_hex(6)
        detail = f"The server's log tells what happened, under reference {reference}."
        return Fault(status=500, code="internal", detail=detail, more={"reference": reference})
    status, code = found
    return Fault(status=status, code=code, detail=f"{str(error)[:_DETAIL_CHARACTERS] or 'It cannot be read'}.")


def answer_bytes(fault: Fault) -> bytes:
    """Return *fault* as a whole HTTP answer, after which the connection ends."""
    body = json.dumps(fault.to_json()).encode() + b"\n"
    head = (
        f"HTTP/1.1 {fault.status} {HTTPStatus(fault.status).phrase}\r\n"
        "Connection: close\r\n"
        f"Content-Type: {ErrorPage.media_type}\r\n"
        f"Content-Length: {len(body)}\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "\r\n"
    )
    return head.encode("ascii") + body
