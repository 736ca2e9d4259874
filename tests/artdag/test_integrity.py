"""What is kept is looked over: what is damaged is told, what was let go is no damage, and one can stop and go on."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from artdag.cli import main
from artdag.content_store import FileContentStore
from artdag.digest import Digest
from artdag.integrity import Fault, check_blobs, check_results
from artdag.result_cache import FileResultCache, Result
from tests.artdag.shelf import SHELF
from tests.builders import a_key

MANY = [b"bytes %d" % number for number in range(40)]


@pytest.fixture
def content(tmp_path: Path) -> FileContentStore:
    return FileContentStore(tmp_path)


@pytest.fixture
def results(tmp_path: Path) -> FileResultCache:
    return FileResultCache(tmp_path)


def result(name: str, digest: Digest, size: int) -> Result:
    return Result(
        key=a_key(name),
        digest=digest,
        facts=replace(SHELF["clip"], size=size),
        seconds=1.0,
        made_at="2026-11-24T12:00:00.000Z",
        made_by="here",
        material={},
    )


def damage(content: FileContentStore, digest: Digest, data: bytes) -> Path:
    place = content.path(digest)
    place.chmod(0o644)
    place.write_bytes(data)
    return place


def faults(looked) -> dict[str, Fault]:
    return {one.name: one.finding.fault for one in looked if one.finding is not None}


def test_whole_blobs_are_looked_at_in_order_and_nothing_is_said(content):
    digests = sorted(content.put_bytes(data).digest for data in MANY)
    looked = list(check_blobs(content))
    assert [one.name for one in looked] == digests
    assert sum(one.size for one in looked) == sum(map(len, MANY))
    assert faults(looked) == {}


def test_bytes_that_changed_are_told_also_where_their_length_is_the_same(content):
    good, bad, short = (content.put_bytes(data).digest for data in (b"good", b"evil", b"long enough"))
    damage(content, bad, b"live")
    damage(content, short, b"")
    assert faults(check_blobs(content)) == {bad: Fault.CHANGED, short: Fault.CHANGED}
    content.verify(good)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_bytes_that_cannot_be_read_are_told_and_the_rest_is_looked_at(content):
    digests = sorted(content.put_bytes(data).digest for data in MANY)
    content.path(digests[0]).chmod(0)
    looked = list(check_blobs(content))
    assert len(looked) == len(MANY)
    assert faults(looked) == {digests[0]: Fault.UNREADABLE}


def test_who_stopped_goes_on_behind_the_last_name(content, results):
    digests = sorted(content.put_bytes(data).digest for data in MANY)
    first = [one.name for one, _ in zip(check_blobs(content), range(17), strict=False)]
    assert first + [one.name for one in check_blobs(content, after=first[-1])] == digests
    assert [one.name for one in check_blobs(content, after="7f")] == [name for name in digests if name >= "7f"]
    for number, digest in enumerate(digests):
        results.put(result(str(number), digest, 7))
    keys = [one.name for one in check_results(results, content)]
    assert keys == sorted(a_key(str(number)) for number in range(len(MANY)))
    assert [one.name for one in check_results(results, content, after=keys[20])] == keys[21:]


def test_what_is_deleted_while_it_is_looked_at_is_no_finding(content, results):
    digests = sorted(content.put_bytes(data).digest for data in MANY)
    for number, digest in enumerate(digests):
        results.put(result(str(number), digest, len(b"bytes 1")))
    looking = check_blobs(content)
    next(looking)
    for digest in digests[1:]:
        content.delete(digest)
    assert list(looking) == []
    looking = check_results(results, content)
    first = next(looking)
    for number in range(len(MANY)):
        if a_key(str(number)) != first.name:
            results.delete(a_key(str(number)))
    assert faults(looking) == {}


def test_results_are_told_that_say_nothing_or_whose_bytes_are_gone_or_others(content, results, tmp_path):
    blob = content.put_bytes(b"made")
    gone = content.put_bytes(b"gone").digest
    results.put(result("fine", blob.digest, blob.size))
    results.put(result("gone", gone, 4))
    results.put(result("other", blob.digest, 5))
    results.put(result("broken", blob.digest, blob.size))
    content.delete(gone)
    place = tmp_path / "steps" / a_key("broken")[:2] / f"{a_key('broken')}.json"
    place.chmod(0o644)
    place.write_text("{", "utf-8")
    assert faults(check_results(results, content)) == {
        a_key("gone"): Fault.NO_BYTES,
        a_key("other"): Fault.OTHER_SIZE,
        a_key("broken"): Fault.NO_RESULT,
    }


def test_fsck_says_what_is_damaged_and_mending_takes_it_out_without_throwing_it_away(content, results, capsys):
    blob = content.put_bytes(b"made")
    results.put(result("work", blob.digest, blob.size))
    store = ["--store", str(content.root)]
    assert main(["fsck", *store]) == 0
    assert "1 blobs (0.0 MB) and 1 results looked at: all is well" in capsys.readouterr().out
    damage(content, blob.digest, b"mede")
    assert main(["fsck", *store, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["blobs"], told["results"], told["damaged"], told["mended"]) == (1, 1, 1, False)
    assert [finding["fault"] for finding in told["findings"]] == ["changed"]
    assert main(["fsck", *store, "--mend"]) == 0
    assert blob.digest in capsys.readouterr().err
    assert not content.has(blob.digest)
    assert (content.aside / blob.digest).read_bytes() == b"mede"
    assert main(["fsck", *store]) == 0  # bytes that are to be made again are no damage
    assert "are not here" in capsys.readouterr().out


def test_a_folder_that_is_no_store_is_told_so_and_stays_empty(tmp_path, capsys):
    assert main(["fsck", "--store", str(tmp_path / "nowhere")]) == 2
    assert "there is no store in" in capsys.readouterr().err
    assert not (tmp_path / "nowhere").exists()
