"""gc, reindex: a server's store, looked after by its admins."""

from __future__ import annotations

import click

from app.client.answers import UsageError, checked
from app.client.doors import Door
from app.client.shown import duration, say, say_json, size, table
from app.commands.talking import at_server
from app.settings import read_bytes

_SHOWN = 20


@click.command("gc")
@click.option("--limit", metavar="BYTES", help="What may be kept, such as 50GiB. [CACHE_MAX_BYTES of the server]")
@click.option("--dry-run", is_flag=True, help="Only tell.")
@at_server
def gc(door: Door, *, limit: str | None, dry_run: bool, as_json: bool) -> int:
    """Let go of what can be made again, cheap and big things first (admins)."""
    order: dict[str, object] = {"dry_run": dry_run}
    if limit is not None:
        try:
            order["limit"] = read_bytes(limit)
        except ValueError as error:
            raise UsageError(f"--limit {limit}: {error}") from None
    found = checked(door.ask("POST", "/upkeep/clear", order))
    if as_json:
        say_json(found)
        return 0
    table([(one.get("content_hash", "")[:10], size(one["size"])) for one in found["removes"][:_SHOWN] if "size" in one])
    verb = "would be let go" if dry_run else "were let go"
    again = f"; to make them again takes about {duration(found['rebuild_seconds'])}" if found["count"] else ""
    say(f"{found['count']} things of {size(found['freed_bytes'])} {verb}{again}. {found['detail']}")
    return 0


@click.command("reindex")
@at_server
def reindex(door: Door, *, as_json: bool) -> int:
    """Fill Redis from the disk; what is in Redis stays as it is (admins)."""
    found = checked(door.ask("POST", "/upkeep/reindex"))
    if as_json:
        say_json(found)
        return 0
    parts = ", ".join(f"{found[name]} {name}" for name in ("assets", "media", "recipes", "runs"))
    say(f"{found['written']} entries written: {parts}; {len(found['lost'])} lost, {len(found['missing'])} missing")
    return 0
