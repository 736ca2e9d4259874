"""upload, ls, recipe, effects, lineage: what somebody has, and what it came from."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from app.client.answers import UsageError, checked
from app.client.doors import Door
from app.client.sending import send
from app.client.shown import age, duration, safe, say, say_json, size, table, value
from app.commands.runs import list_runs
from app.commands.talking import at_server, part

_MOST_AT_ONCE = 200
_MOST_ASSETS = 100_000


@click.command("upload")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@at_server
def upload(door: Door, *, files: tuple[Path, ...], as_json: bool) -> int:
    """Put media into your library; a large file that was broken off goes on where it stopped."""
    arrived = []
    for file in files:
        show = _sending(file) if sys.stderr.isatty() else None
        found = send(door, file, show)
        if show:
            sys.stderr.write("\r\x1b[K")
        arrived.append(found)
        if not as_json:
            known = "" if found.get("is_new", True) else "  (was here already)"
            say(f"{found['content_hash']}  {safe(file.name)}  {size(found['size'])}{known}")
    if as_json:
        say_json({"items": arrived, "next": None, "total": len(arrived)})
    return 0


@click.command("ls")
@click.argument("what", type=click.Choice(["media", "runs", "recipes", "assets", "effects"]), default="media")
@click.option("-q", "--search", default="", help="Only those with these words.")
@click.option("--status", help="Runs: only those in this state.")
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=30, show_default=True, help="So many.")
@at_server
def ls(door: Door, *, what: str, search: str, status: str | None, limit: int, as_json: bool) -> int:
    """List media (without an argument), runs, recipes, assets or effects."""
    if status and what != "runs":
        raise UsageError("--status is for runs")
    asked = {"q": search, "status": status or ""} if what in ("runs", "recipes", "media") else {}
    items = list(_listed(door, f"/{what}", {name: text for name, text in asked.items() if text}, limit))
    if as_json:
        say_json({"items": items, "next": None, "total": len(items)})
    elif not items:
        say(f"There are no {what}{' like that' if search or status else ''}.")
    else:
        _PRINTED[what](items)
    return 0


@click.group("recipe")
def recipe() -> None:
    """Check, upload and look at recipes."""


@recipe.command("lint")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each file, a line each.")
def lint(files: tuple[Path, ...], *, as_json: bool) -> int:
    """Check recipe files, on this machine; all that is wrong is told at once."""
    from artdag.cli import main as engine  # loads the media library

    return engine(["lint", *map(str, files), *(["--json"] if as_json else [])])


@recipe.command("upload")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@at_server
def upload_recipe(door: Door, *, file: Path, as_json: bool) -> int:
    """Put a recipe on the server's shelf."""
    found = checked(door.upload("/recipes/upload", file))
    say_json(found) if as_json else say(f"{found['id']}  {safe(found['name'])} {safe(found['version'])}")
    return 0


@recipe.command("show")
@click.argument("name")
@click.option("--text", is_flag=True, help="Print the YAML.")
@at_server
def show(door: Door, *, name: str, text: bool, as_json: bool) -> int:
    """Show a recipe's inputs, settings and effects."""
    if text:
        answer = door.ask("GET", f"/recipes/{part(name)}/text")
        checked(answer)
        click.echo(answer.data, nl=False)
        return 0
    found = checked(door.ask("GET", f"/recipes/{part(name)}"))
    if as_json:
        say_json(found)
        return 0
    say(f"{click.style(safe(found['name']), bold=True)} {safe(found['version'])}  {found['id']}")
    if found.get("description"):
        say(safe(found["description"]))
    for title, key in (("Inputs", "inputs"), ("Settings", "params"), ("Effects", "effects")):
        if found.get(key):
            say(click.style(title, bold=True))
            table([("  " + safe(_name(entry)), _facts(entry)) for entry in _entries(found[key])])
    return 0


@click.command("effects")
@click.argument("name", required=False)
@at_server
def effects(door: Door, *, name: str | None, as_json: bool) -> int:
    """List the effects, or tell all about one."""
    if name is None:
        found = checked(door.ask("GET", "/effects"))
        say_json(found) if as_json else _print_effects(found["items"])
        return 0
    one = checked(door.ask("GET", f"/effects/{part(name)}"))
    if as_json:
        say_json(one)
        return 0
    say(f"{click.style(safe(one['name']), bold=True)}  {safe(one.get('summary', ''))}")
    table([("  " + safe(entry["name"]), _facts(entry)) for entry in _entries(one.get("params", ()))])
    return 0


@click.command("lineage")
@click.argument("digest", metavar="HASH|ASSET")
@click.option("--depth", type=click.IntRange(1, 20), default=20, show_default=True, help="Generations, either way.")
@at_server
def lineage(door: Door, *, digest: str, depth: int, as_json: bool) -> int:
    """Show what bytes came from and what was made of them."""
    found = checked(door.ask("GET", f"/cache/{part(_hash_of(door, digest))}/lineage?depth={depth}"))
    if as_json:
        say_json(found)
        return 0
    family = _Family(found)
    say(f"{click.style(family.named(found['content_hash']), bold=True)}  {found['content_hash']}")
    for title, key, nothing in (
        ("Made by", "made_by", "no run of yours: it was uploaded, or is an asset"),
        ("Used in", "used_in", "no run of yours"),
    ):
        say(click.style(title, bold=True) + ("" if found[key] else f"  {nothing}"))
        family.print(found["content_hash"], found[key], up=key == "made_by")
    if not found["whole"]:
        say("There is more than is shown.")
    return 0


def _hash_of(door: Door, word: str) -> str:
    """Return the hash that *word* is, or begins, or that the asset of this name has."""
    if not set(word) - set("0123456789abcdef"):
        return word
    assets = {one["name"]: one["content_hash"] for one in _listed(door, "/assets", {}, _MOST_ASSETS)}
    if word not in assets:
        raise UsageError(f"{word!r} is no hash and no asset of this server")
    return str(assets[word])


class _Family:
    """Runs as a tree from some bytes, either way; each run is told once."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._names = found["names"]

    def named(self, digest: str) -> str:
        return safe(self._names.get(digest, digest[:10]))

    def print(self, start: str, runs: list[dict[str, Any]], *, up: bool) -> None:
        told: set[str] = set()
        waiting = [(start, 1)]
        while waiting:
            digest, depth = waiting.pop()
            for run in runs:
                near, far = ("outputs", "inputs") if up else ("inputs", "outputs")
                if run["run_id"] in told or digest not in _hashes(run[near]):
                    continue
                told.add(run["run_id"])
                others = list(dict.fromkeys(_hashes(run[far])))
                arrow = "from" if up else "gave"
                listed = ", ".join(f"{self.named(one)} ({one[:10]})" for one in others) or "nothing"
                say(f"{'  ' * depth}{safe(run['recipe'])}  run {run['run_id'][:8]}  {age(run['completed_at'])}")
                say(f"{'  ' * depth}  {arrow} {listed}")
                waiting += [(one, depth + 1) for one in reversed(others)]


def _hashes(named: Mapping[str, Any]) -> Iterator[str]:
    for one in named.values():
        yield from [one] if isinstance(one, str) else one


def _listed(door: Door, path: str, asked: Mapping[str, str], limit: int) -> Iterator[dict[str, Any]]:
    cursor, left = "", limit
    while left > 0:
        wanted = {**asked, "limit": str(min(left, _MOST_AT_ONCE)), **({"cursor": cursor} if cursor else {})}
        query = "" if path in ("/assets", "/effects") else f"?{urlencode(wanted)}"
        found = checked(door.ask("GET", path + query, accept="application/json"))
        items = found["items"] if "items" in found else [{"name": name, **one} for name, one in found.items()]
        yield from items[:left]
        left -= len(items)
        cursor = found.get("next") or ""
        if not cursor:
            return


def _sending(file: Path) -> Callable[[int], None]:
    whole = max(1, file.stat().st_size)

    def show(sent: int) -> None:
        sys.stderr.write(f"\r\x1b[K{safe(file.name)}  {min(1.0, sent / whole):4.0%} of {size(whole)}")
        sys.stderr.flush()

    return show


def _print_media(items: list[dict[str, Any]]) -> None:
    table(
        [
            (item["content_hash"][:10], item.get("name", ""), item.get("kind", ""), _looks(item), size(item["size"]))
            for item in items
        ],
        ("HASH", "NAME", "KIND", "WHAT", "SIZE"),
    )


def _looks(item: Mapping[str, Any]) -> str:
    shape = f"{item['width']}×{item['height']}" if item.get("width") else ""
    return " ".join(
        part for part in (shape, duration(item.get("duration_s")) if item.get("duration_s") else "") if part
    )


def _print_recipes(items: list[dict[str, Any]]) -> None:
    table(
        [(one["id"][:10], one["name"], one["version"], safe(one.get("description") or "")[:60]) for one in items],
        ("ID", "NAME", "VERSION", "WHAT"),
    )


def _print_effects(items: list[dict[str, Any]]) -> None:
    table(
        [(one["name"], one.get("group", ""), one.get("cost", ""), one.get("summary", "")) for one in items],
        ("EFFECT", "GROUP", "COST", "WHAT"),
    )


_PRINTED: dict[str, Callable[[list[dict[str, Any]]], None]] = {
    "media": _print_media,
    "assets": _print_media,
    "runs": list_runs,
    "recipes": _print_recipes,
    "effects": _print_effects,
}


def _entries(found: Any) -> list[dict[str, Any]]:
    if isinstance(found, Mapping):
        return [
            {"name": name, **one} if isinstance(one, Mapping) else {"name": name, "is": one}
            for name, one in found.items()
        ]
    return [one if isinstance(one, dict) else {"name": one} for one in found]


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("name") or entry.get("node") or "")


def _facts(entry: Mapping[str, Any]) -> str:
    hidden = {"name", "node", "description", "doc"}
    told = [
        f"{name.replace('_', ' ')} {value(one)}"
        for name, one in entry.items()
        if name not in hidden and one not in (None, "", [], {})
    ]
    words = entry.get("description") or entry.get("doc") or ""
    return ", ".join(told) + (f"  {safe(words)}" if words else "")
