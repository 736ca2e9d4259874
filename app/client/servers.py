"""The servers that somebody logged in to, and the token for each: one file, readable by its owner only."""

from __future__ import annotations

import json
import os
import stat
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.client.answers import UsageError

_SECURE_PORT, _PLAIN_PORT = 443, 80


def origin_of(address: str) -> str:
    """Return scheme, host and port of *address*, as one spelling. Raises UsageError where it is no address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise UsageError(f"{address!r} is not an address such as https://art.example.org") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise UsageError(f"{address!r} is not an address such as https://art.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = _SECURE_PORT if parts.scheme == "https" else _PLAIN_PORT
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, usual) else "")


class Servers:
    """What is remembered in one home."""

    def __init__(self, home: Path) -> None:
        self.path = home / "config" / "servers.json"

    def token(self, address: str) -> str | None:
        """Return the token for the server at *address*: for exactly this scheme, host and port."""
        found = self._read()["tokens"].get(origin_of(address))
        return None if found is None else str(found)

    def default(self) -> str | None:
        """Return the server to talk to where none is named; None means the one of this machine."""
        found = self._read()["default"]
        return None if found is None else str(found)

    def known(self) -> tuple[str, ...]:
        return tuple(sorted(self._read()["tokens"]))

    def remember(self, address: str, token: str, *, as_default: bool) -> None:
        kept = self._read()
        kept["tokens"][origin_of(address)] = token
        if as_default:
            kept["default"] = origin_of(address)
        self._write(kept)

    def forget(self, address: str) -> bool:
        """Forget a server; return whether it was known."""
        kept, origin = self._read(), origin_of(address)
        known = kept["tokens"].pop(origin, None) is not None or kept["default"] == origin
        if kept["default"] == origin:
            kept["default"] = None
        self._write(kept)
        return known

    def _read(self) -> dict[str, Any]:
        try:
            mode = stat.S_IMODE(self.path.stat().st_mode)
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {"default": None, "tokens": {}}
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{self.path} cannot be read: {error}") from None
        if mode & 0o077:
            raise UsageError(f"{self.path} holds tokens and can be read by others; run: chmod 600 {self.path}")
        try:
            kept = json.loads(text)
            return {"default": kept["default"], "tokens": dict(kept["tokens"])}
        except (ValueError, KeyError, TypeError):
            raise UsageError(f"{self.path} is not what `artdag login` wrote: delete it and log in again") from None

    def _write(self, kept: dict[str, Any]) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=".servers-")  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=2)
        Path(temporary).replace(self.path)
