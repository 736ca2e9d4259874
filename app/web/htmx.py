"""The only reader of htmx's headers, in the spelling of htmx 4: ``HX-Target: section#run_status``."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from flask import request


def is_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def is_partial() -> bool:
    """Tell whether htmx is about to swap a part of a page; boosted links and history restores take whole pages."""
    return (
        is_htmx()
        and request.headers.get("HX-Boosted") != "true"
        and request.headers.get("HX-History-Restore-Request") != "true"
        and request.headers.get("HX-Request-Type") != "full"
    )


def wanted_fragment(offered: Iterable[str]) -> str | None:
    """Return the one of the *offered* blocks that htmx is about to swap."""
    if not is_partial():
        return None
    target = target_id()
    return target if target in tuple(offered) else None


def target_id() -> str | None:
    _, _, target = request.headers.get("HX-Target", "").partition("#")
    return unquote(target) or None
