"""Bringing home what a run made: the file, its receipt, and the receipt as it was signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.client.answers import FailedError, checked
from app.client.doors import Door
from artdag.codec.sniff import MEDIA_TYPES

SIGNED = "application/vnd.in-toto+json"


def write(door: Door, run: Mapping[str, Any], output: Path | None) -> list[Path]:
    """Write the result, its receipt, and the receipt as it was signed; return the paths."""
    facts = checked(door.ask("GET", f"/cache/{run['output_hash']}", accept="application/json"))
    accepted = MEDIA_TYPES.get(facts["media_type"])
    extension = accepted.extension if accepted else "bin"
    target = output or Path(f"{_file_name(run['output_name'])}.{extension}")
    target.parent.mkdir(parents=True, exist_ok=True)
    fetch(door, str(run["output_hash"]), target)
    plain, signed = target.with_suffix(".provenance.json"), target.with_suffix(".provenance.dsse.json")
    record = checked(door.ask("GET", f"/runs/{run['run_id']}/provenance", accept="application/json"))
    plain.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    signed.write_bytes(door.ask("GET", f"/runs/{run['run_id']}/provenance", accept=SIGNED).data)
    return [target, plain, signed]


def fetch(door: Door, digest: str, target: Path) -> None:
    """Write the bytes of that hash to *target*, whole or not at all. Raises FailedError."""
    temporary = target.with_name(f".{target.name}.part")
    try:
        with temporary.open("wb") as file:
            status = door.fetch(f"/cache/{digest}/raw", file)
        if status != 200:
            raise FailedError(f"{digest[:10]}… cannot be fetched: the server answered with status {status}")
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _file_name(name: str) -> str:
    """Return *name* as one that every file system takes."""
    kept = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in name).strip(" .")
    return kept or "output"
