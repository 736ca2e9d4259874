"""The file of tokens for programs (``API_TOKENS``): lines ``sha256-of-token actor``."""

from __future__ import annotations

import hashlib
import hmac
import re
from functools import lru_cache
from pathlib import Path

from app.settings import Settings, SettingsError
from artdag.errors import ParameterError
from artdag.identity import Identity

_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


def check_tokens(settings: Settings) -> None:
    """Read the file of tokens once. Raises SettingsError, so that a wrong line stops the start and not a request."""
    if settings.api_tokens is not None:
        _tokens(settings.api_tokens, settings.api_tokens.stat().st_mtime_ns)


def token_owner(token: str, tokens: Path) -> Identity | None:
    given = hashlib.sha256(token.encode()).hexdigest()
    found = None
    for digest, actor in _tokens(tokens, tokens.stat().st_mtime_ns):
        if hmac.compare_digest(digest, given):  # all lines are compared, so that time tells nothing
            found = actor
    return found


@lru_cache(maxsize=4)
def _tokens(tokens: Path, _changed_at: int) -> tuple[tuple[str, Identity], ...]:
    found = []
    for number, line in enumerate(tokens.read_text(encoding="utf-8").splitlines(), start=1):
        match line.partition("#")[0].split():
            case []:
                continue
            case [digest, actor] if _SHA256.fullmatch(digest):
                found.append((digest.lower(), _actor(actor, tokens, number)))
            case _:
                raise SettingsError(f"API_TOKENS={tokens}: line {number} is not `sha256-of-token @name@host`")
    return tuple(found)


def _actor(text: str, tokens: Path, number: int) -> Identity:
    try:
        return Identity.parse(text)
    except ParameterError as error:
        raise SettingsError(f"API_TOKENS={tokens}: line {number}: {error.message}") from None
