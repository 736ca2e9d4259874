"""verify, replay: is it as the receipt says, and does it come out the same again?"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from app.client.answers import FailedError, UsageError, checked
from app.client.connect import connected
from app.client.doors import Door
from app.client.results import SIGNED, fetch
from app.client.shown import mark, say, say_json
from app.commands.talking import as_json, run_id_of, settings_here, where_to


@click.command("verify")
@click.argument("what", metavar="RECORD|RUN|ADDRESS")
@click.option("--key", help="Public key in base64, from whom you trust.")
@click.option("--file", "output", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The output.")
@click.option("--l1", metavar="ORIGIN", help="The server that must have made what is published.")
@click.option("--l2", metavar="ORIGIN", help="The registry that must have published it.")
@where_to
@as_json
def verify(
    *,
    what: str,
    key: str | None,
    output: Path | None,
    l1: str | None,
    l2: str | None,
    server: str | None,
    token_file: str | None,
    as_json: bool,
) -> int:
    """Check a signed receipt, and the output with it, or something that was published.

    RECORD is a file. For a RUN its receipt and its output are fetched. ADDRESS is where a registry publishes something:
    it is checked with nothing but what the registry and the server that made it tell everybody.
    """
    from artdag.cli import main as engine  # loads the media library

    with ExitStack() as stack:
        record = Path(what)
        if not record.is_file() and not what.startswith(("http://", "https://")):
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="artdag-")))
            with connected(server, token_file, quiet=True) as door:
                record, made = _signed_record(door, run_id_of(door, what), folder)
                if output is None:
                    output = folder / "output"
                    fetch(door, made, output)
        arguments = [
            "verify",
            what if what.startswith(("http://", "https://")) else str(record),
            *(["--l1", l1] if l1 else []),
            *(["--l2", l2] if l2 else []),
            *(["--key", key] if key else []),
            *(["--file", str(output)] if output else []),
        ]
        if not as_json:
            return engine(arguments)
        said, complained = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(complained):
            code = engine(arguments)
        lines = [*said.getvalue().splitlines(), *complained.getvalue().splitlines()]
        say_json({"valid": code == 0, "said": lines})
        return code


@click.command("replay")
@click.argument("what", metavar="RECORD|RUN")
@click.option("--store", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where the inputs lie.")
@where_to
@as_json
def replay(*, what: str, store: Path | None, server: str | None, token_file: str | None, as_json: bool) -> int:
    """Render a recorded run again, here, and compare.

    The verdict is: identical bytes, identical frames, frames within one code value, or differs.
    """
    from artdag.errors import ArtDagError

    with ExitStack() as stack:
        if Path(what).is_file():
            record = _read_record(Path(what))
        else:
            door = stack.enter_context(connected(server, token_file, quiet=True))
            record = checked(door.ask("GET", f"/runs/{run_id_of(door, what)}/provenance", accept="application/json"))
            store = store or stack.enter_context(_brought(door, record))
        settings = settings_here()
        store = store or settings.cache_dir
        from artdag.local_store import LocalStore
        from artdag.replay import Verdict
        from artdag.replay import replay as render_again

        folders = (settings.effects_dir,) if settings.effects_dir else ()
        try:
            verdicts = render_again(record, LocalStore(store, effects_folders=folders))
        except ArtDagError as error:
            raise FailedError(error.message) from error
        differs = Verdict.DIFFERS in verdicts.values()
        if as_json:
            say_json({"same": not differs, "outputs": {name: verdict.value for name, verdict in verdicts.items()}})
        else:
            for name, verdict in verdicts.items():
                say(f"{mark('failed' if verdict is Verdict.DIFFERS else 'ok')}  {name}: {verdict.value}")
        return int(differs)


def _signed_record(door: Door, run_id: str, folder: Path) -> tuple[Path, str]:
    """Return the receipt of a run, as it was signed, in a file; and the hash of its output."""
    answer = door.ask("GET", f"/runs/{run_id}/provenance", accept=SIGNED)
    checked(answer)
    path = folder / "record.dsse.json"
    path.write_bytes(answer.data)
    return path, str(checked(door.ask("GET", f"/runs/{run_id}"))["output_hash"])


def _read_record(path: Path) -> Mapping[str, Any]:
    from artdag.errors import ArtDagError
    from artdag.signing import open_envelope

    try:
        record = json.loads(path.read_bytes())
        record = open_envelope(record) if "payload" in record else record
    except (ValueError, TypeError, ArtDagError):
        raise UsageError(f"{path} is no receipt of a run") from None
    if not {"plan_id", "outputs"} <= record.keys():
        raise UsageError(f"{path} is no receipt of a run")
    found: Mapping[str, Any] = record
    return found


@contextmanager
def _brought(door: Door, record: Mapping[str, Any]) -> Iterator[Path]:
    """Give a store that holds what the run needs: this machine's own where it has it, else a copy from the server."""
    from artdag.content_store import FileContentStore
    from artdag.digest import Digest

    needed = [record["plan_id"], *(one["content_hash"] for part in ("inputs", "outputs") for one in record[part])]
    own = settings_here().cache_dir
    if own.is_dir():
        content = FileContentStore(own)
        if all(content.has(Digest.parse(digest)) for digest in needed):
            yield own
            return
    with TemporaryDirectory(prefix="artdag-") as folder:
        copy = FileContentStore(Path(folder))
        for digest in dict.fromkeys(needed):
            path = Path(folder) / "arriving"
            fetch(door, digest, path)
            copy.put_file(path)
        yield Path(folder)
