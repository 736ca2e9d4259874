"""Which server a command talks to: the one that was named, the one of this machine, or the service in this process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.client.answers import UsageError
from app.client.doors import Door, HttpDoor, NobodyThereError
from app.client.servers import Servers
from app.settings import Settings


@contextmanager
def connected(
    server: str | None, token_file: Path | str | None, *, needs_server: str | None = None, quiet: bool = False
) -> Iterator[Door]:
    """Give the server at *server*; else the one last logged in to; else that of this machine; else this process.

    Args:
        server: an address; empty means none.
        token_file: a file that holds a bearer token; without one, the token of ``artdag login``.
        needs_server: what to say instead of doing the work in this process.
        quiet: say nothing of working in this process.

    Raises:
        NobodyThereError: when the server that was named does not answer.
        UsageError: when the address or the token file is none.
        SettingsError, EmbeddedRedisError: when this process cannot do it.
    """
    settings = Settings.from_env(os.environ, Path(".env"))
    servers = Servers(settings.home)
    token = _token_in(token_file)
    address = server or servers.default()
    if address:
        door = _door(address, token or servers.token(address))
        greet(door)
        yield door
        return
    door = _door(here(settings), token)
    try:
        greet(door)
    except NobodyThereError:
        if needs_server is not None:
            raise UsageError(f"no server answers at {door.address}: start one with `make run`{needs_server}") from None
    else:
        yield door
        return
    if not quiet:
        print(f"No server answers at {door.address}: working here.", file=sys.stderr)
    from app.client.local_render import local_door  # loads the whole service, which a server at hand makes needless

    with local_door(settings) as local:
        yield local


def here(settings: Settings) -> str:
    """Return the address of the server of this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.url_host)  # noqa: S104 - compared only
    return f"http://{host}:{settings.port}"


def greet(door: HttpDoor) -> None:
    """Raise NobodyThereError where no server of ours answers."""
    answer = door.ask("GET", "/healthz")
    if answer.status != 200 or not isinstance(answer.json, dict) or answer.json.get("status") != "ok":
        raise NobodyThereError(f"what answers at {door.address} is no Art DAG server")


def _door(address: str, token: str | None) -> HttpDoor:
    try:
        return HttpDoor(address, token)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _token_in(file: Path | str | None) -> str | None:
    if not file:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the token file {file} cannot be read: {getattr(error, 'strerror', error)}") from None
