"""The file of secrets with which registries prove their own calls to us: lines ``origin sha256-of-secret``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from app.settings import SettingsError

_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


def secrets_in(path: Path) -> Mapping[str, str]:
    """Return origin → SHA-256 of its secret; a changed file counts at once.

    Raises:
        SettingsError: naming the line that is wrong.
    """
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, _changed_at: int) -> Mapping[str, str]:
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        match line.partition("#")[0].split():
            case []:
                continue
            case [origin, digest] if _SHA256.fullmatch(digest) and origin.startswith(("https://", "http://")):
                found[origin.rstrip("/")] = digest.lower()
            case _:
                raise SettingsError(f"L2_SECRETS={path}: line {number} is not `origin sha256-of-secret`")
    return found
