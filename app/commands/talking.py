"""What commands that talk to a server have in common: where it is, who asks, and how the answer is wanted."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from app.client.answers import UsageError, checked
from app.client.connect import connected
from app.client.doors import Door
from app.settings import Settings

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def where_to(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let *view* know which server is meant, and who asks."""
    server = click.option("--server", envvar="ARTDAG_SERVER", metavar="URL", help="The server. [ARTDAG_SERVER]")
    token = click.option(
        "--token-file", envvar="ARTDAG_TOKEN_FILE", metavar="FILE", help="A token. [ARTDAG_TOKEN_FILE]"
    )
    return server(token(view))


def at_server(view: Callable[..., Any]) -> Callable[..., Any]:
    """Give *view* a door as its first argument, by the options that say where to."""

    @where_to
    @as_json
    @wraps(view)
    def asked(server: str | None, token_file: str | None, **options: Any) -> Any:
        needs_server = ", or leave out --detach to work here" if options.get("detach") else None
        quiet = bool(options["as_json"])
        with connected(server, token_file, needs_server=needs_server, quiet=quiet) as door:
            return view(door, **options)

    return asked


def settings_here() -> Settings:
    """Return the settings of this machine. Raises SettingsError."""
    return Settings.from_env(os.environ, Path(".env"))


def part(name: str) -> str:
    """Return *name* as one part of an address."""
    return quote(name, safe="")


def run_id_of(door: Door, word: str) -> str:
    """Return the id of the run that *word* means: an id, the beginning of one of yours, or ``last``."""
    if len(word) == 36:
        return part(word)
    if word == "last":
        items = checked(door.ask("GET", "/runs?limit=1"))["items"]
        if not items:
            raise UsageError("there is no run of yours yet")
        return str(items[0]["run_id"])
    if len(word) < 6 or set(word) - set("0123456789abcdef-"):
        raise UsageError(f"{word!r} is no run: give its id, 6 characters or more of its beginning, or `last`")
    items = checked(door.ask("GET", f"/runs?limit=50&q={word}"))["items"]
    found = [str(run["run_id"]) for run in items if run["run_id"].startswith(word)]
    if len(found) != 1:
        what = f"begins {len(found)} runs" if found else "begins no run"
        raise UsageError(f"{word!r} {what} of yours")
    return found[0]
