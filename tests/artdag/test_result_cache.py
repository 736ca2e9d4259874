"""Which work is done: what was put is found by every process, and what is broken counts as not done."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from artdag.result_cache import FileResultCache, Result
from tests.artdag.shelf import SHELF
from tests.builders import a_digest, a_key

RESULT = Result(
    key=a_key("work"),
    digest=a_digest("bytes"),
    facts=SHELF["clip"],
    seconds=1.25,
    made_at="2026-11-24T12:00:00.000Z",
    made_by="here",
    material={"type": "EFFECT", "params": {"radius": 8.0}},
)


@pytest.fixture
def cache(tmp_path: Path) -> FileResultCache:
    return FileResultCache(tmp_path)


def place(tmp_path: Path) -> Path:
    return tmp_path / "steps" / RESULT.key[:2] / f"{RESULT.key}.json"


def test_what_was_put_is_found(cache, tmp_path):
    assert cache.get(RESULT.key) is None
    cache.put(RESULT)
    assert cache.get(RESULT.key) == RESULT
    assert FileResultCache(tmp_path).get(RESULT.key) == RESULT
    assert list(cache.keys()) == [RESULT.key]
    assert cache.get_many([RESULT.key, a_key("other")]) == {RESULT.key: RESULT}


def test_the_newest_entry_counts_and_a_deleted_one_is_gone(cache):
    cache.put(RESULT)
    cache.put(replace(RESULT, seconds=9.0))
    assert cache.get(RESULT.key).seconds == 9.0
    cache.delete(RESULT.key)
    cache.delete(RESULT.key)
    assert cache.get(RESULT.key) is None
    assert list(cache.keys()) == []


def test_another_process_sees_it_at_once(cache, tmp_path):
    cache.put(RESULT)
    code = (
        "import sys; from pathlib import Path; from artdag.result_cache import FileResultCache;"
        "from artdag.digest import StepKey;"
        "print(FileResultCache(Path(sys.argv[1])).get(StepKey(sys.argv[2])).digest)"
    )
    command = [sys.executable, "-c", code, str(tmp_path), RESULT.key]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == RESULT.digest


WHOLE = json.dumps(RESULT.to_json())
BROKEN = {
    "empty": b"",
    "half": WHOLE[: len(WHOLE) // 2].encode(),
    "zeros": bytes(200),
    "no text": b"\xff\xfe",
    "a list": b"[]",
    "a word": b'"x"',
    "null": b"null",
    "a map of nothing": b"{}",
    "deep": b"[" * 100_000,
    **{
        f"{name} is {wrong!r}": json.dumps({**RESULT.to_json(), name: wrong}).encode()
        for name in ("key", "digest", "facts")
        for wrong in (None, 7, "x", [], {}, {"kind": "x"})
    },
    "facts of another kind": json.dumps(
        {**RESULT.to_json(), "facts": {**SHELF["clip"].to_json(), "picture": [1]}}
    ).encode(),
    "a rate of nothing": WHOLE.replace('"frame_rate": "25"', '"frame_rate": "1/0"').encode(),
    "another's": json.dumps({**RESULT.to_json(), "key": a_key("other")}).encode(),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_entry_is_a_miss_and_is_made_again(cache, tmp_path, name):
    cache.put(RESULT)
    place(tmp_path).chmod(0o644)
    place(tmp_path).write_bytes(BROKEN[name])
    assert cache.get(RESULT.key) is None
    assert cache.get_many([RESULT.key]) == {}
    cache.put(RESULT)
    assert cache.get(RESULT.key) == RESULT


def test_what_others_leave_in_the_folders_is_none_of_ours(cache, tmp_path):
    cache.put(RESULT)
    shard = place(tmp_path).parent
    for name in (f".{RESULT.key}.json.1.ab", "beef.json", "notes.txt"):
        (shard / name).write_bytes(b"")
    (tmp_path / "steps/.DS_Store").write_bytes(b"")
    assert list(cache.keys()) == [RESULT.key]


def test_readers_never_see_half_of_what_many_writers_write(cache):
    stop = threading.Event()
    seen: set[float] = set()
    missed: list[object] = []
    cache.put(RESULT)

    def read() -> None:
        while not stop.is_set():
            found = cache.get(RESULT.key)
            if found is None:
                missed.append(found)
            else:
                seen.add(found.seconds)

    reader = threading.Thread(target=read)
    reader.start()
    writers = [
        threading.Thread(target=lambda number=number: [cache.put(replace(RESULT, seconds=number)) for _ in range(20)])
        for number in range(4)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    stop.set()
    reader.join()
    assert missed == []
    assert seen <= {1.25, 0, 1, 2, 3}
    assert [path.name for path in (cache._steps / RESULT.key[:2]).iterdir()] == [f"{RESULT.key}.json"]
