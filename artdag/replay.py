"""Making a run's result again from its record, and saying how like the first it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from artdag.codec.decode import open_media
from artdag.codec.frame import Frame, pixels
from artdag.codec.probe import probe
from artdag.digest import Digest, digest_file
from artdag.executor import render
from artdag.local_store import LocalStore
from artdag.plan import SOURCE, Plan


class Verdict(StrEnum):
    """How a second render compares with the recorded one."""

    BYTES = "identical bytes"
    FRAMES = "identical frames"
    NEAR = "frames within one code value"
    DIFFERS = "differs"


def replay(record: Mapping[str, Any], store: LocalStore) -> dict[str, Verdict]:
    """Render every output of the recorded run again, from the inputs and the plan in *store*, and compare.

    Bytes first, then decoded frames; a difference of one code value is told apart, for numpy's sine and exponential
    differ in the last bit between processors.

    Raises:
        BlobNotFoundError: when the plan, an input or the first result is not in the store any more.
        RenderError: when the code is not what it was when the run was planned.
    """
    plan = Plan.from_json(json.loads(store.content.read(Digest.parse(record["plan_id"]))))
    recorded = [Digest.parse(output["content_hash"]) for output in record["outputs"]]
    verdicts: dict[str, Verdict] = {}
    for (name, key), digest in zip(plan.outputs.items(), recorded, strict=True):
        if plan.by_key[key].type == SOURCE:
            store.content.verify(digest)
            verdicts[name] = Verdict.BYTES
            continue
        with TemporaryDirectory(dir=store.content.scratch) as folder:
            again = render(
                plan,
                key,
                locate=store.content.path,
                folder=Path(folder),
                effects=store.effects,
                node_types=store.node_types,
            )
            same = digest_file(again.path) == digest
            verdicts[name] = Verdict.BYTES if same else _compared(again.path, store.content.path(digest))
    return verdicts


def _compared(one: Path, other: Path) -> Verdict:
    facts, other_facts = probe(one), probe(other)
    if facts.picture is None or other_facts.picture is None:
        return Verdict.DIFFERS
    if replace(facts.picture, groups=None) != replace(other_facts.picture, groups=None):  # how it is coded may differ
        return Verdict.DIFFERS
    videos = open_media(one, facts).video, open_media(other, other_facts).video
    assert videos[0] is not None
    assert videos[1] is not None
    count, verdict = facts.picture.frame_count, Verdict.FRAMES
    for ours, theirs in zip(videos[0].frames(0, count), videos[1].frames(0, count), strict=True):
        if pixels(ours) == pixels(theirs):
            continue
        planes = zip(Frame.over(ours).planes, Frame.over(theirs).planes, strict=True)
        if any(np.abs(a.astype(np.int16) - b).max() > 1 for a, b in planes):
            return Verdict.DIFFERS
        verdict = Verdict.NEAR
    return verdict
