"""Commands on a folder of blobs and results: `fsck`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from artdag.content_store import FileContentStore
from artdag.errors import InputError
from artdag.integrity import Fault, Finding, Looked, check_blobs, check_results
from artdag.result_cache import FileResultCache


def fsck(options: argparse.Namespace) -> int:
    """Look over the folder; 0: all is well, or was mended, 1: something is damaged. Raises InputError."""
    content, results = _opened(options.store)
    counts = {"blobs": 0, "bytes": 0, "results": 0}
    findings: list[Finding] = []

    def counted(what: str, looked: Iterator[Looked]) -> Iterator[Looked]:
        for one in looked:
            counts[what] += 1
            counts["bytes"] += one.size
            yield one

    everything = chain(
        counted("blobs", check_blobs(content)),
        counted("results", check_results(results, content)),
    )
    for looked in everything:
        if looked.finding is not None:
            findings.append(looked.finding)
            if not options.json:
                print(looked.finding.message, file=sys.stderr if looked.finding.fault.is_damage else sys.stdout)
    damaged = [finding for finding in findings if finding.fault.is_damage]
    if options.mend:
        _mend(damaged, content, results)
    if options.json:
        told = {**counts, "damaged": len(damaged), "mended": bool(options.mend and damaged)}
        print(json.dumps({**told, "findings": [finding.to_json() for finding in findings]}))
    else:
        print(_summary(counts, damaged, content, mended=options.mend))
    return 1 if damaged and not options.mend else 0


def _opened(root: Path) -> tuple[FileContentStore, FileResultCache]:
    if not (root / "blobs").is_dir():
        raise InputError(f"there is no store in {root}: it would hold a folder 'blobs'")
    return FileContentStore(root), FileResultCache(root)


def _mend(damaged: list[Finding], content: FileContentStore, results: FileResultCache) -> None:
    """Take what is damaged out of the way, so that the work is done again when it is asked for."""
    for finding in damaged:
        if finding.fault in (Fault.CHANGED, Fault.UNREADABLE) and finding.digest is not None:
            content.set_aside(finding.digest)
        elif finding.key is not None:
            results.delete(finding.key)


def _summary(counts: dict[str, int], damaged: list[Finding], content: FileContentStore, *, mended: bool) -> str:
    looked = f"{counts['blobs']} blobs ({counts['bytes'] / 1e6:,.1f} MB) and {counts['results']} results looked at"
    if not damaged:
        return f"{looked}: all is well"
    if not mended:
        return f"{looked}: {len(damaged)} damaged; --mend takes them out, to be made again when they are asked for"
    return f"{looked}: {len(damaged)} damaged and taken out; damaged bytes lie in {content.aside}"
