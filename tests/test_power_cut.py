"""The power goes while bytes are stored: what was acknowledged is there afterwards, and nothing is half there.

A disk in a file is mounted and written to by a process that says aloud what is stored. At a random moment the process
is stopped and the file behind the disk copied: that is what had reached the disk. The copy is mounted, its journal
replayed, and looked at. ``CUTS`` asks for more cuts.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.records import Records
from artdag.content_store import FileContentStore
from artdag.digest import Digest, digest_bytes

CUTS = int(os.environ.get("CUTS", "8"))
SIZE = "96M"
WRITER = """
import os, sys
from pathlib import Path
from app.storage.records import Records
from artdag.content_store import FileContentStore

root, careless = Path(sys.argv[1]), sys.argv[2] == "careless"
if careless:
    os.fsync = lambda handle: None
store, records, number = FileContentStore(root), Records(root / "records"), 0
while True:
    data = os.urandom(64 + number % 50 * 200)
    digest = store.put_bytes(data).digest
    records.put("runs", str(number), {"digest": digest})
    print(digest, number, flush=True)
    number += 1
"""

pytestmark = pytest.mark.chaos


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("NO POWER CUTS: they take root and mkfs.ext4")
    yield tmp_path
    for name in ("disk", "after"):
        subprocess.run(["umount", "-l", str(tmp_path / name)], capture_output=True, check=False)


def mount(image: Path, place: Path) -> None:
    place.mkdir(exist_ok=True)
    # the kernel writes what nobody synced after a minute, not after five seconds: the copy is one moment
    done = subprocess.run(["mount", "-o", "loop,commit=60", str(image), str(place)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"NO POWER CUTS: {done.stderr.decode().strip()}")


def cut(folder: Path, after_s: float, how: str) -> tuple[list[tuple[Digest, str]], Path]:
    """Write until the power goes; return what was acknowledged, and where the disk is mounted again."""
    image, acknowledged = folder / "disk.img", folder / "acknowledged"
    subprocess.run(["truncate", "-s", SIZE, str(image)], check=True)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    mount(image, folder / "disk")
    with acknowledged.open("wb") as told:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(folder / "disk" / "cache"), how], stdout=told)
    while not acknowledged.stat().st_size and writer.poll() is None:
        time.sleep(0.01)
    time.sleep(after_s)
    writer.send_signal(signal.SIGSTOP)
    shutil.copyfile(image, folder / "after.img")
    lines = acknowledged.read_text().splitlines()
    writer.kill()
    writer.wait()
    subprocess.run(["umount", str(folder / "disk")], check=True)
    mount(folder / "after.img", folder / "after")
    pairs = [line.split() for line in lines if line.count(" ") == 1]
    return [(Digest.parse(digest), number) for digest, number in pairs if len(digest) == 64], folder / "after" / "cache"


def look(acknowledged: list[tuple[Digest, str]], root: Path) -> tuple[int, int]:
    """Return how many acknowledged things are lost, and how many blobs are not what their name says."""
    store, records = FileContentStore(root), Records(root / "records")
    there = set(store.digests())
    bad = sum(digest_bytes(store.path(digest).read_bytes()) != digest for digest in there)
    lost = sum(
        digest not in there or records.get("runs", number) != {"digest": digest} for digest, number in acknowledged
    )
    return lost, bad


def test_what_was_acknowledged_survives_every_power_cut(folder: Path) -> None:
    seed = int(os.environ.get("CHAOS_SEED", str(time.time_ns() % 10**6)))
    print(f"CHAOS_SEED={seed} CUTS={CUTS}")
    dice, total = random.Random(seed), 0
    for _ in range(CUTS):
        acknowledged, root = cut(folder, dice.uniform(0.2, 2.5), "careful")
        total += len(acknowledged)
        assert look(acknowledged, root) == (0, 0)
        subprocess.run(["umount", str(folder / "after")], check=True)
    print(f"{CUTS} power cuts, {total} acknowledged, 0 lost, 0 damaged")
    assert total > CUTS


def test_this_test_would_see_a_store_that_does_not_sync(folder: Path) -> None:
    acknowledged, root = cut(folder, 2.0, "careless")
    lost, bad = look(acknowledged, root)
    print(f"without syncing: {len(acknowledged)} acknowledged, {lost} lost, {bad} damaged")
    assert lost + bad > 0
