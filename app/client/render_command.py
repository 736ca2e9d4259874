"""The command ``render.py``: start a run, or with ``--sync`` wait for it and write what it made."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from app.client.doors import Answer, Door, HttpDoor, NobodyThereError
from app.processes.embedded_redis import EmbeddedRedisError
from app.settings import Settings, SettingsError
from artdag.codec.sniff import MEDIA_TYPES

_EPILOG = """examples:
  python render.py dog cat --sync            the built-in effect `dog`, wait for the result
  python render.py soft-night a.mp4 b.mp4 -p chill=0.7 --sync -o night.mp4
  python render.py my-recipe.yaml clip=a.mp4     returns at once with the run's id

exit codes: 0 done · 1 the run failed, or the server did · 2 the request makes no sense"""

_BAR = 28
_EVERY_S = 0.25
_SIGNED = "application/vnd.in-toto+json"


class UsageError(Exception):
    """The request makes no sense; the message says why."""


class FailedError(Exception):
    """It made sense and did not work."""


def main(arguments: Sequence[str]) -> int:
    """Do what *arguments* ask for; return the exit code."""
    asked = _parser().parse_intermixed_args(arguments)
    try:
        with _door(asked) as door:
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


# --- where to ---------------------------------------------------------------------------------------------------------


@contextmanager
def _door(asked: argparse.Namespace) -> Iterator[Door]:
    """Give the server that was named; else the one of this machine; else, for ``--sync``, this process."""
    token = _token(asked.token_file)
    if asked.server:
        try:
            door = HttpDoor(asked.server, token)
        except ValueError as error:
            raise UsageError(str(error)) from None
        _greet(door)
        yield door
        return
    settings = Settings.from_env(os.environ, Path(".env"))
    here = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.url_host)  # noqa: S104 - compared only
    door = HttpDoor(f"http://{here}:{settings.port}", token)
    try:
        _greet(door)
    except NobodyThereError:
        if not asked.sync:
            raise UsageError(
                f"no server answers at {door.address}: start one with `make run`, or add --sync to render here"
            ) from None
    else:
        yield door
        return
    print(f"No server answers at {door.address}: rendering here.", file=sys.stderr)
    from app.client.local_render import local_door  # loads the whole service, which a server at hand makes needless

    with local_door(settings) as local:
        yield local


def _token(file: Path | str | None) -> str | None:
    if file is None:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"the token file {file} cannot be read: {error.strerror}") from None


def _greet(door: HttpDoor) -> None:
    answer = door.ask("GET", "/healthz")
    if answer.status != 200:
        raise NobodyThereError(f"what answers at {door.address} is no Art DAG server")


# --- the run ----------------------------------------------------------------------------------------------------------


def _render(door: Door, asked: argparse.Namespace) -> int:
    request = _request(door, asked)
    run = _checked(door.ask("POST", "/runs", request))
    if not asked.sync:
        print(json.dumps(run) if asked.json else run["run_id"])
        return 0
    run = _watched(door, run)
    if run["status"] != "completed":
        if asked.json:
            print(json.dumps(run))
        raise FailedError(_why(run))
    written = _write(door, run, asked.output)
    print(json.dumps({**run, "files": [str(path) for path in written]}) if asked.json else written[0])
    return 0


def _request(door: Door, asked: argparse.Namespace) -> dict[str, Any]:
    request: dict[str, Any] = {
        "recipe": _recipe(door, asked.recipe),
        "inputs": _inputs(door, asked.inputs),
        "params": dict(_param(text) for text in asked.param),
    }
    name = asked.name or (asked.output.stem if asked.output else None)
    return {**request, "output_name": name} if name else request


def _recipe(door: Door, word: str) -> str:
    file = Path(word)
    if file.suffix not in (".yaml", ".yml"):
        return word
    if not file.is_file():
        raise UsageError(f"there is no file {word}")
    return str(_checked(door.upload("/recipes/upload", file))["id"])


def _inputs(door: Door, words: Sequence[str]) -> list[str] | dict[str, str]:
    """Return the inputs as the API takes them; files are uploaded first."""
    named = [word.partition("=") for word in words if "=" in word and not Path(word).exists()]
    if named and len(named) != len(words):
        raise UsageError("give all inputs in order, or all as NODE=…")
    if named:
        return {node: _medium(door, value) for node, _, value in named}
    return [_medium(door, word) for word in words]


def _medium(door: Door, word: str) -> str:
    """Return a content hash or name: a word with a dot or a slash in it is a file, and is uploaded."""
    looks_like_file = "/" in word or "." in word
    if not looks_like_file:
        return word
    file = Path(word)
    if not file.is_file():
        raise UsageError(f"there is no file {word}")
    return str(_checked(door.upload("/cache/upload", file))["content_hash"])


def _param(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"-p takes NAME=VALUE, not {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value  # a text needs no quotes


def _checked(answer: Answer) -> Any:
    """Return the answer's data. Raises UsageError for what the server refuses, FailedError where it fails."""
    if answer.status < 400:
        return answer.json
    problem = answer.json if isinstance(answer.json, dict) else {}
    lines = [str(problem.get("detail") or f"the server answered with status {answer.status}")]
    for entry in problem.get("errors", ()):
        where = f"line {entry['line']}: " if entry.get("line") else ""
        hint = f" ({entry['hint']})" if entry.get("hint") else ""
        lines.append(f"  {where}{entry.get('message')}{hint}")
    if len(lines) == 2 and problem["errors"][0].get("message") in lines[0] and not problem["errors"][0].get("hint"):
        lines.pop()
    raise (UsageError if answer.status < 500 else FailedError)("\n".join(lines))


def _why(run: Mapping[str, Any]) -> str:
    error = run.get("error") or {}
    node, message = error.get("node"), str(error.get("message", "no more is known"))
    where = f"{node}: " if node and not message.startswith(node) else ""
    return f"the run {run['run_id']} {run['status']}: {where}{message}"


# --- waiting ----------------------------------------------------------------------------------------------------------


def _watched(door: Door, run: dict[str, Any]) -> dict[str, Any]:
    """Return the run once it is over; a terminal sees it coming."""
    show = _bar(sys.stderr) if sys.stderr.isatty() else None
    path = f"/runs/{run['run_id']}" + ("" if show else "?wait=5")
    while run["status"] in ("pending", "running"):
        if show:
            show(run)
            time.sleep(_EVERY_S)
        door.work()
        run = _checked(door.ask("GET", path))
    if show:
        show(run)
        sys.stderr.write("\n")
    return run


def _bar(terminal: TextIO) -> Callable[[Mapping[str, Any]], None]:
    def show(run: Mapping[str, Any]) -> None:
        progress = run["progress"]
        share = 1.0 if run["status"] == "completed" else float(progress["fraction"])
        full = round(share * _BAR)
        left = f", about {progress['eta_seconds']:.0f} s left" if progress["eta_seconds"] and share < 1 else ""
        words = f"{run['status']}, {progress['cached']} of {progress['nodes']} reused{left}"
        terminal.write(f"\r\x1b[K{'█' * full}{'░' * (_BAR - full)} {share:4.0%}  {words}")
        terminal.flush()

    return show


# --- the result -------------------------------------------------------------------------------------------------------


def _write(door: Door, run: Mapping[str, Any], output: Path | None) -> list[Path]:
    """Write the result, its receipt, and the receipt as it was signed; return the paths."""
    facts = _checked(door.ask("GET", f"/cache/{run['output_hash']}", accept="application/json"))
    accepted = MEDIA_TYPES.get(facts["media_type"])
    extension = accepted.extension if accepted else "bin"
    target = output or Path(f"{_file_name(run['output_name'])}.{extension}")
    target.parent.mkdir(parents=True, exist_ok=True)
    _fetched(door, f"/cache/{run['output_hash']}/raw", target)
    plain, signed = target.with_suffix(".provenance.json"), target.with_suffix(".provenance.dsse.json")
    record = _checked(door.ask("GET", f"/runs/{run['run_id']}/provenance", accept="application/json"))
    plain.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    signed.write_bytes(door.ask("GET", f"/runs/{run['run_id']}/provenance", accept=_SIGNED).data)
    return [target, plain, signed]


def _fetched(door: Door, path: str, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.part")
    try:
        with temporary.open("wb") as file:
            status = door.fetch(path, file)
        if status != 200:
            raise FailedError(f"the result cannot be fetched: the server answered with status {status}")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _file_name(name: str) -> str:
    """Return *name* as one that every file system takes."""
    kept = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in name).strip(" .")
    return kept or "output"
