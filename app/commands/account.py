"""login, logout, servers: who one is at which server."""

from __future__ import annotations

import sys
from typing import TextIO

import click

from app.client.answers import UsageError, checked
from app.client.connect import greet
from app.client.doors import HttpDoor
from app.client.servers import Servers, origin_of
from app.client.shown import say, say_json, table
from app.commands.talking import as_json, settings_here
from app.settings import is_loopback

_LONGEST_TOKEN = 16_384


@click.command("login")
@click.argument("server", metavar="URL")
@click.option("--token-file", type=click.File("r", encoding="utf-8"), help="Holds the token; `-` is standard input.")
@click.option("--insecure", is_flag=True, help="Send the token over http:// to another machine.")
@click.option("--not-default", is_flag=True, help="Do not talk to this server where none is named.")
def login(*, server: str, token_file: TextIO | None, insecure: bool, not_default: bool) -> int:
    """Remember a token for the server at URL.

    Commands talk to that server from then on, where no other is named. The token is one of the server's API_TOKENS, or
    one that your L2 gave you. It is kept in ARTDAG_HOME/config, readable by you only, and sent to this server only.
    """
    origin = origin_of(server)
    host = origin.partition("//")[2].rpartition(":")[0] or origin.partition("//")[2]
    if origin.startswith("http:") and not is_loopback(host.strip("[]")) and not insecure:
        raise UsageError(f"{origin} would send the token for all to read: use https://, or say --insecure")
    greet(HttpDoor(origin))
    token = _token(token_file)
    checked(HttpDoor(origin, token).ask("GET", "/runs?limit=1"))
    Servers(settings_here().home).remember(origin, token, as_default=not not_default)
    say(f"Logged in to {origin}" + ("" if not_default else "; commands talk to it from now on"))
    return 0


@click.command("logout")
@click.argument("server", metavar="[URL]", required=False)
def logout(*, server: str | None) -> int:
    """Forget the token for a server; without URL, for the one that commands talk to."""
    servers = Servers(settings_here().home)
    address = server or servers.default()
    if address is None or not servers.forget(address):
        raise UsageError("there is no such login")
    say(f"Logged out of {origin_of(address)}")
    return 0


@click.command("servers")
@as_json
def list_servers(*, as_json: bool) -> int:
    """List the servers that you are logged in to."""
    servers = Servers(settings_here().home)
    default = servers.default()
    if as_json:
        say_json({"default": default, "servers": list(servers.known())})
    elif not servers.known():
        say("None: commands talk to the server of this machine.")
    else:
        table([("→" if one == default else " ", one) for one in servers.known()])
    return 0


def _token(file: TextIO | None) -> str:
    if file is not None:
        token = str(file.read(_LONGEST_TOKEN)).strip()
    elif sys.stdin.isatty():
        token = str(click.prompt("Token", hide_input=True, err=True)).strip()
    else:
        raise UsageError("there is no terminal to ask for the token at: give it with --token-file, or `-` and a pipe")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError("this is no token: one is a line of plain characters without spaces")
    return token
