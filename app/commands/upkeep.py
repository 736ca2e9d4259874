"""doctor, fsck, starter, up, completion: the service itself, on this machine."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click

from app.client.answers import UsageError
from app.client.connect import connected, greet, here
from app.client.doors import Door, HttpDoor, NobodyThereError
from app.client.shown import mark, safe, say, say_json, size, table
from app.commands.talking import as_json, settings_here, where_to
from app.settings import Settings

_ROOM_BYTES = 1 << 30
_OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: str
    """``ok``, ``warning`` or ``broken``."""
    words: str


@click.command("doctor")
@as_json
def doctor(*, as_json: bool) -> int:
    """Look whether all is right on this machine, and say what to do where it is not."""
    found = list(_findings(settings_here()))
    if as_json:
        say_json(
            {"ok": not _broken(found), "checks": [{"name": f.name, "state": f.state, "detail": f.words} for f in found]}
        )
    else:
        table([(mark(one.state), one.name, one.words) for one in found])
    return int(_broken(found))


@click.command("status")
@where_to
@as_json
def status(*, server: str | None, token_file: str | None, as_json: bool) -> int:
    """Say how a server stands: ready or not, and why."""
    with connected(server, token_file, needs_server="") as door:
        return _status(door, as_json=as_json)


def _status(door: Door, *, as_json: bool) -> int:
    answer = door.ask("GET", "/readyz")
    found = answer.json
    if as_json:
        say_json(found)
    else:
        table([(mark(check["state"]), name, check["detail"]) for name, check in found["checks"].items()])
    return 0 if found["ready"] else 1


@click.command("fsck", context_settings={"ignore_unknown_options": True})
@click.option("--mend", is_flag=True, help="Take what is damaged out, so that it is made again.")
@as_json
def fsck(*, mend: bool, as_json: bool) -> int:
    """Look over this machine's store: every blob against its name, every result."""
    from artdag.cli import main as engine  # loads the media library

    store = settings_here().cache_dir
    if not store.is_dir():
        raise UsageError(f"there is no store at {store} yet")
    return engine(["fsck", "--store", str(store), *(["--mend"] if mend else []), *(["--json"] if as_json else [])])


@click.command("starter")
def starter() -> int:
    """Bring in the built-in assets and recipes, where they are missing."""
    from app.operation.starter import main as bring_in  # loads the whole service

    return bring_in(["--no-renders"])


@click.command("up")
def up() -> int:
    """Run the service here, as `make run` does, until Ctrl-C."""
    from app.operation.up import main as run

    return run(os.environ)


def _broken(found: list[Finding]) -> bool:
    return any(one.state == "broken" for one in found)


def _findings(settings: Settings) -> Iterator[Finding]:
    version = platform.python_version()
    if sys.version_info < _OLDEST_PYTHON:
        yield Finding(name="python", state="broken", words=f"{version}: 3.11 or newer is needed")
    else:
        yield Finding(name="python", state="ok", words=version)
    yield _folder("home", settings)
    yield _disk(settings)
    yield _engine()
    yield from _service(settings)
    yield _web(settings)


def _folder(name: str, settings: Settings) -> Finding:
    home = settings.home
    if not home.exists():
        return Finding(name=name, state="warning", words=f"{home} is not there yet: the first start makes it")
    if not os.access(home, os.W_OK):
        return Finding(name=name, state="broken", words=f"{home} cannot be written to")
    if home.stat().st_mode & 0o077:
        return Finding(name=name, state="warning", words=f"{home} can be looked into by others: chmod 700 {home}")
    return Finding(name=name, state="ok", words=str(home))


def _disk(settings: Settings) -> Finding:
    place = settings.cache_dir
    while not place.exists():
        place = place.parent
    disk = shutil.disk_usage(place)
    words = f"{size(disk.free)} of {size(disk.total)} free where {settings.cache_dir} lies"
    return Finding(name="disk", state="ok" if disk.free >= _ROOM_BYTES else "warning", words=words)


def _engine() -> Finding:
    try:
        from artdag.catalog import load_effects, load_node_types
        from artdag.world import toolchain

        count = len(load_effects([]))
        words = f"{count} effects, {len(load_node_types())} node types; {toolchain()}"
    except ImportError as error:
        return Finding(name="engine", state="broken", words=f"{error}: `make run` installs what is missing")
    return Finding(name="engine", state="ok", words=words)


def _service(settings: Settings) -> Iterator[Finding]:
    """Give what the service says of itself, as far as its Redis can be found from here."""
    from app.readiness import readiness
    from app.services import build_services
    from app.settings import SettingsError

    try:
        services = build_services(settings)
    except SettingsError as error:
        yield Finding(name="redis", state="warning", words=str(error))
        return
    for check in readiness(services):
        yield Finding(name=check.name, state=check.state, words=check.words)
    refused = services.effects.refused
    for file, why in refused.items():
        yield Finding(name=f"effect {file}", state="warning", words=safe(why))


def _web(settings: Settings) -> Finding:
    address = here(settings)
    try:
        greet(HttpDoor(address))
    except NobodyThereError as error:
        return Finding(name="web", state="warning", words=str(error))
    return Finding(name="web", state="ok", words=f"answers at {address}")


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, *, shell: str) -> int:
    """Print the script that completes commands in SHELL; `docs/command-line.md` says where it goes."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    say(kind(context.find_root().command, {}, "artdag", "_ARTDAG_COMPLETE").source())
    return 0
