"""What the views share: the configuration, the store, the tokens, and whose request this is."""

from __future__ import annotations

from typing import Any

from flask import current_app, request

from tests.l2dev.config import Config
from tests.l2dev.store import Store
from tests.l2dev.tokens import Tokens


def config() -> Config:
    return current_app.extensions["l2"][0]


def store() -> Store:
    return current_app.extensions["l2"][1]


def tokens() -> Tokens:
    return current_app.extensions["l2"][2]


def bearer() -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


def logged_in() -> str | None:
    """The name behind the cookie."""
    claims = tokens().claims(request.cookies.get("auth_token", ""))
    return claims["username"] if claims else None


def problem(status: int, detail: str) -> tuple[dict[str, Any], int]:
    return {"status": status, "detail": detail}, status
