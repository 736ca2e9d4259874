"""workers, drain, resume: who renders at a server, and who should take nothing new."""

from __future__ import annotations

import click

from app.client.answers import checked
from app.client.doors import Door
from app.client.shown import age, say, say_json, table
from app.commands.talking import at_server, part


@click.command("workers")
@at_server
def list_workers(door: Door, *, as_json: bool) -> int:
    """List the workers and what they do (admins)."""
    found = checked(door.ask("GET", "/workers"))
    if as_json:
        say_json(found)
        return 0
    if not found["items"]:
        say("No worker is connected: python worker.py")
    table(
        [
            (one["name"], one["queue"], one["state"], age(one["since"]) if one["since"] else "–", one["job"] or "–")
            for one in found["items"]
        ],
        ("WORKER", "QUEUE", "STATE", "SINCE", "DOES"),
    )
    return 0


@click.command("drain")
@click.argument("name")
@at_server
def drain(door: Door, *, name: str, as_json: bool) -> int:
    """Let a worker, or all of a machine, finish and take nothing new (admins)."""
    found = checked(door.ask("POST", f"/workers/{part(name)}/drain"))
    say_json(found) if as_json else say(f"{name} takes nothing new; `artdag workers` shows when its job is done")
    return 0


@click.command("resume")
@click.argument("name")
@at_server
def resume(door: Door, *, name: str, as_json: bool) -> int:
    """Let a drained worker or machine take work again (admins)."""
    found = checked(door.ask("POST", f"/workers/{part(name)}/resume"))
    say_json(found) if as_json else say(f"{name} takes work again")
    return 0
