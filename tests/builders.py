"""Small whole things for tests: a run, a stage, a clip."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from app.services import Services
from app.storage.media_index import MediaEntry
from app.storage.stage_record import NewStage
from artdag.codec.probe import probe
from artdag.digest import Digest, StepKey, digest_bytes
from artdag.identity import LOCAL, Identity
from artdag.run import Run

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def a_digest(text: str) -> Digest:
    return digest_bytes(text.encode())


def a_key(text: str) -> StepKey:
    return StepKey(digest_bytes(text.encode()))


def a_run(owner: Identity = LOCAL, *, minute: float = 0, **changes: Any) -> Run:
    return Run(
        **{
            "run_id": str(uuid.uuid4()),
            "owner": owner,
            "recipe": "soft-night",
            "recipe_id": a_digest("soft-night"),
            "inputs": {"clip": a_digest("clip")},
            "output_name": "night",
            "plan_id": a_digest("plan"),
            "created_at": NOON + timedelta(minutes=minute),
            **changes,
        }
    )


def a_stage(text: str = "stage", *, nodes: tuple[str, ...] = ("blur",), cost_s: float = 2.0) -> NewStage:
    return NewStage(key=a_key(text), nodes=nodes, cost_s=cost_s, title=f"soft-night: {nodes[-1]} → web")


def a_clip(path: Path, *, frames: int = 12, width: int = 64, height: int = 48, seed: int = 0) -> Path:
    """Write a short silent MP4 of moving noise; another *seed* gives other bytes."""
    noise = np.random.default_rng(seed)
    picture = noise.integers(0, 255, (height, width, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast", "x264-params": "threads=1"}
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(np.roll(picture, number * 2, axis=1), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def put_media(services: Services, path: Path, owner: Identity = LOCAL) -> Digest:
    """Put the file into *owner*'s library, as an upload would; the file itself is taken."""
    facts = probe(path)
    digest = services.content.put_file(path).digest
    services.media.put_facts(digest, facts)
    services.media.link(owner, digest, MediaEntry(name=path.name, uploaded_at=services.clock()))
    return digest


def nobody_knows_it(*_: object) -> bool:
    """Answer, as a registry does that was asked for bytes it does not have."""
    return False
