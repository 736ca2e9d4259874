"""One page, three renderings: a whole HTML page, one block of it, or JSON. ``respond`` picks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from flask import Response, current_app, redirect, render_template, request
from flask_wtf.csrf import generate_csrf

from app.web import htmx

VARY = ("Accept", "HX-Request", "HX-Target")


@dataclass(frozen=True)
class Page:
    """What a view answers with. Its template receives exactly one variable, ``page``.

    Attributes:
        template: its file under ``templates/``.
        fragments: names of blocks that htmx may ask for alone; a block's name is its element's id.
        media_type: of the JSON.
        polled: whether fragments are asked for again and again by the same address, and left as they are where nothing
            changed. Not where one address after the other fills one place, and an earlier one may come again.
    """

    template: ClassVar[str]
    fragments: ClassVar[tuple[str, ...]] = ()
    media_type: ClassVar[str] = "application/json"
    polled: ClassVar[bool] = True

    def to_json(self) -> Any:
        """Return what programs get, as plain data."""
        raise NotImplementedError

    @property
    def error_fragment(self) -> str | None:
        """The block for htmx when what it is about to swap is not offered; None sends the whole page."""
        return None


def items_json(items: list[Any], next_cursor: str | None = None, total: int | None = None) -> dict[str, Any]:
    """Return the one shape of all lists."""
    return {"items": items, "next": next_cursor, "total": total}


def wants_page() -> bool:
    """Tell whether a person is asking: htmx, or ``text/html`` named with a quality at least equal to JSON's.

    ``*/*`` and no header at all mean a program, so that plain curl gets JSON.
    """
    if htmx.is_htmx():
        return True
    html = _named_quality("text/html")
    return html > 0 and html >= max(_named_quality("application/json"), _named_quality("application/problem+json"))


def _named_quality(media_type: str) -> float:
    return max((quality for name, quality in request.accept_mimetypes if name.lower() == media_type), default=0.0)


def respond(page: Page, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return *page* in the rendering that the request asks for."""
    if not wants_page():
        body = json.dumps(page.to_json(), ensure_ascii=False, allow_nan=False) + "\n"
        response = Response(body, status, mimetype=page.media_type)
    elif fragment := htmx.wanted_fragment(page.fragments) or (page.error_fragment if htmx.is_partial() else None):
        response = _fragment_response(page, fragment, status)
    else:
        response = Response(render_template(page.template, page=page), status, mimetype="text/html")
    response.headers["Cache-Control"] = "private, no-cache"
    vary(response)
    response.headers.update(headers or {})
    return response


def plain_json(data: Any, status: int = 200) -> Response:
    """Return *data* as JSON, for a route that has no page."""
    response = Response(
        json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n", status, mimetype="application/json"
    )
    response.headers["Cache-Control"] = "private, no-cache"
    vary(response)
    return response


def vary(response: Response) -> None:
    """Note that the answer depends on who asks how; for answers that :func:`respond` did not make."""
    response.vary.update(VARY)


def render_fragment(page: Page, block: str) -> str:
    """Return one block of the page's template, rendered by itself."""
    template = current_app.jinja_env.get_template(page.template)
    context: dict[str, Any] = {"page": page}
    current_app.update_template_context(context)
    return "".join(template.blocks[block](template.new_context(context)))


def _fragment_response(page: Page, block: str, status: int) -> Response:
    body = render_fragment(page, block)
    response = Response(body, status, mimetype="text/html")
    if request.method == "GET" and status == 200 and page.polled:
        lasting = body.replace(generate_csrf(), "")  # the token of forms is signed anew each second, as good as before
        response.set_etag(hashlib.sha3_256(lasting.encode()).hexdigest()[:32])
        response.make_conditional(request)  # 304 when nothing changed: htmx then leaves the page as it is
    return response


def go_to(location: str) -> Response:
    """Send a browser on after a form: 303, or for htmx, whose swaps follow redirects unseen, its own header."""
    if htmx.is_partial():
        response = Response(status=204, headers={"HX-Redirect": location})
    else:
        response = Response(redirect(location, 303).get_data(), 303, {"Location": location}, mimetype="text/html")
    vary(response)
    return response
