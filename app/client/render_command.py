"""The command ``render.py``: start a run, or with ``--sync`` wait for it and write what it made."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.client.answers import FailedError, UsageError, checked
from app.client.asking import inputs_of, param, recipe_word
from app.client.connect import connected
from app.client.doors import Door, NobodyThereError
from app.client.results import write
from app.client.watching import watched, why
from app.processes.embedded_redis import EmbeddedRedisError
from app.settings import SettingsError

_EPILOG = """examples:
  python render.py dog cat --sync            the built-in effect `dog`, wait for the result
  python render.py soft-night a.mp4 b.mp4 -p chill=0.7 --sync -o night.mp4
  python render.py my-recipe.yaml clip=a.mp4     returns at once with the run's id

exit codes: 0 done · 1 the run failed, or the server did · 2 the request makes no sense"""


def main(arguments: Sequence[str]) -> int:
    """Do what *arguments* ask for; return the exit code."""
    asked = _parser().parse_intermixed_args(arguments)
    needs_server = None if asked.sync else ", or add --sync to render here"
    try:
        with connected(asked.server, asked.token_file, needs_server=needs_server) as door:
            return _render(door, asked)
    except UsageError as error:
        print(f"render.py: {error}", file=sys.stderr)
        return 2
    except (FailedError, NobodyThereError, SettingsError, EmbeddedRedisError) as error:
        print(f"render.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nrender.py: interrupted; a run that a server took goes on there", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="render.py",
        description="Render a recipe or an effect.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", help="name or id of a recipe, name of an effect, or a recipe file (.yaml)")
    parser.add_argument(
        "inputs", nargs="*", help="asset names, content hashes or files, in order; or NODE=… for one of them"
    )
    parser.add_argument("-p", "--param", action="append", default=[], metavar="NAME=VALUE", help="a setting")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where the result goes (with --sync)")
    parser.add_argument("--name", help="what the output is called")
    parser.add_argument("--sync", action="store_true", help="wait, then write the result and its provenance")
    parser.add_argument("--json", action="store_true", help="print the run record")
    parser.add_argument("--server", default=os.environ.get("ARTDAG_SERVER"), help="default: ARTDAG_SERVER, else here")
    parser.add_argument(
        "--token-file",
        type=Path,
        default=os.environ.get("ARTDAG_TOKEN_FILE"),
        help="file that holds a bearer token; default: ARTDAG_TOKEN_FILE",
    )
    return parser


def _render(door: Door, asked: argparse.Namespace) -> int:
    run = checked(door.ask("POST", "/runs", _request(door, asked)))
    if not asked.sync:
        print(json.dumps(run) if asked.json else run["run_id"])
        return 0
    run = watched(door, run)
    if run["status"] != "completed":
        if asked.json:
            print(json.dumps(run))
        raise FailedError(why(run))
    written = write(door, run, asked.output)
    print(json.dumps({**run, "files": [str(path) for path in written]}) if asked.json else written[0])
    return 0


def _request(door: Door, asked: argparse.Namespace) -> dict[str, Any]:
    request: dict[str, Any] = {
        "recipe": recipe_word(door, asked.recipe),
        "inputs": inputs_of(door, asked.inputs),
        "params": dict(param(text) for text in asked.param),
    }
    name = asked.name or (asked.output.stem if asked.output else None)
    return {**request, "output_name": name} if name else request
