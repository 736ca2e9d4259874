"""Which bytes: written whole or not at all, once, and never changed."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from artdag.content_store import FileContentStore, write_atomically
from artdag.digest import Digest, digest_bytes
from artdag.errors import BlobNotFoundError, CorruptBlobError, DiskError, NoRoomError

DATA = b"some bytes" * 500
NAME = digest_bytes(DATA)


@pytest.fixture
def store(tmp_path: Path) -> FileContentStore:
    return FileContentStore(tmp_path / "cache")


def entries(store: FileContentStore) -> list[str]:
    """Return every file of the store, by its place below the root."""
    return sorted(path.relative_to(store.root).as_posix() for path in store.root.rglob("*") if path.is_file())


def put_bytes(store: FileContentStore) -> None:
    store.put_bytes(DATA)


def put_in_pieces(store: FileContentStore) -> None:
    with store.receive() as upload:
        for start in range(0, len(DATA), 999):
            upload.write(DATA[start : start + 999])
        upload.commit()


def put_file(store: FileContentStore) -> None:
    path = store.scratch / "made"
    path.write_bytes(DATA)
    try:
        store.put_file(path)
    finally:
        path.unlink(missing_ok=True)  # whoever made it keeps it where it could not be taken over


WAYS = [put_bytes, put_in_pieces, put_file]


@pytest.mark.parametrize("put", WAYS)
def test_bytes_lie_under_their_name_read_only_and_nothing_else_is_left(store, put):
    put(store)
    assert entries(store) == [f"blobs/{NAME[:2]}/{NAME}"]
    path = store.path(NAME)
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert (store.read(NAME), store.size(NAME), store.has(NAME)) == (DATA, len(DATA), True)
    assert list(store.digests()) == [NAME]
    store.verify(NAME)


@pytest.mark.parametrize("again", WAYS)
def test_the_same_bytes_twice_are_one_blob(store, again):
    assert store.put_bytes(DATA).is_new
    again(store)
    assert not store.put_bytes(DATA).is_new
    assert entries(store) == [f"blobs/{NAME[:2]}/{NAME}"]
    assert stat.S_IMODE(store.path(NAME).stat().st_mode) == 0o444


def test_a_file_is_moved_and_not_copied(store):
    path = store.scratch / "made"
    path.write_bytes(DATA)
    inode = path.stat().st_ino
    blob = store.put_file(path)
    assert (blob.digest, blob.size, blob.is_new) == (NAME, len(DATA), True)
    assert store.path(NAME).stat().st_ino == inode
    assert not path.exists()


def test_a_file_from_another_file_system_is_copied_and_taken_away(store, tmp_path):
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    path = elsewhere / f"artdag-test-{os.getpid()}"
    path.write_bytes(DATA)
    assert store.put_file(path).digest == NAME
    assert not path.exists()
    assert entries(store) == [f"blobs/{NAME[:2]}/{NAME}"]


def test_bytes_that_are_not_committed_are_thrown_away(store):
    with store.receive() as upload:
        upload.write(DATA)
        assert (upload.digest, upload.size) == (NAME, len(DATA))
        assert stat.S_IMODE(upload.path.stat().st_mode) == 0o600
    assert entries(store) == []


def test_what_is_not_there_is_told(store):
    for ask in (store.path, store.size, store.read, store.verify):
        with pytest.raises(BlobNotFoundError, match="there are no bytes"):
            ask(NAME)
    assert not store.has(NAME)
    store.delete(NAME)


def test_deleted_bytes_are_gone(store):
    store.put_bytes(DATA)
    store.delete(NAME)
    assert entries(store) == []


def damage(store: FileContentStore, content: bytes) -> None:
    path = store.path(NAME)
    path.chmod(0o644)
    path.write_bytes(content)


@pytest.mark.parametrize("content", [b"x" + DATA[1:], DATA[:-1], DATA + b"x", b""])
def test_bytes_that_went_bad_are_found(store, content):
    store.put_bytes(DATA)
    damage(store, content)
    for ask in (store.read, store.verify):
        with pytest.raises(CorruptBlobError):
            ask(NAME)


@pytest.mark.parametrize("content", [b"x" + DATA[1:], DATA[:-1], b""])
@pytest.mark.parametrize("again", WAYS)
def test_a_blob_that_went_bad_is_healed_by_the_next_one_that_writes_it(store, content, again):
    store.put_bytes(DATA)
    damage(store, content)
    with store.path(NAME).open("rb") as reader:
        again(store)
        assert reader.read() == content, "whoever reads it is not disturbed"
    assert store.read(NAME) == DATA
    assert stat.S_IMODE(store.path(NAME).stat().st_mode) == 0o444


def test_what_others_leave_in_the_folders_is_none_of_ours(store):
    store.put_bytes(DATA)
    for name in ("blobs/.DS_Store", f"blobs/{NAME[:2]}/.nfs0001", f"blobs/{NAME[:2]}/{NAME}.part"):
        (store.root / name).write_bytes(b"")
    (store.root / "blobs/zz").mkdir()
    assert list(store.digests()) == [NAME]


# --- when the disk fails ----------------------------------------------------------------------------------------------


class Failing:
    """A call that fails the *n*-th time it is made, and counts how often it was."""

    def __init__(self, real: Callable[..., Any], nth: int, error: OSError) -> None:
        self.real, self.nth, self.error = real, nth, error
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        if self.calls == self.nth:
            raise self.error
        return self.real(*args, **kwargs)


CALLS = {
    "write": (os, "write"),
    "fsync": (os, "fsync"),
    "open": (os, "open"),
    "replace": (Path, "replace"),
    "chmod": (Path, "chmod"),
    "mkdir": (Path, "mkdir"),
}


def failing(monkeypatch: pytest.MonkeyPatch, call: str, nth: int, error: OSError) -> Failing:
    owner, name = CALLS[call]
    fault = Failing(getattr(owner, name), nth, error)

    def bound(*args: Any, **kwargs: Any) -> Any:  # a function, so that it becomes a method of Path
        return fault(*args, **kwargs)

    monkeypatch.setattr(owner, name, bound)
    return fault


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("put", WAYS)
def test_whatever_call_fails_there_is_the_whole_blob_or_nothing(store, monkeypatch, put, call, number):
    nth = 0
    while True:
        nth += 1
        with monkeypatch.context() as patch:
            fault = failing(patch, call, nth, OSError(number, os.strerror(number)))
            with suppress(DiskError if number == errno.EIO else NoRoomError):
                put(store)
        if fault.calls < nth:
            break  # it was not called so often: nothing failed
        left = entries(store)
        assert left in ([], [f"blobs/{NAME[:2]}/{NAME}"])
        if left:
            assert store.read(NAME) == DATA  # it is there, whole; only that it will stay was not confirmed
            store.delete(NAME)
    assert store.read(NAME) == DATA
    assert list(store.scratch.iterdir()) == []


@pytest.mark.parametrize("put", [put_bytes, put_in_pieces])
def test_short_writes_are_carried_on(store, monkeypatch, put):
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, bytes(data[:7])))
    put(store)
    assert store.read(NAME) == DATA


def test_no_handle_is_left_open_after_failures(store, monkeypatch):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for call in ("write", "fsync", "replace"):
        for _ in range(5):
            with monkeypatch.context() as patch:
                failing(patch, call, 1, OSError(errno.ENOSPC, "full"))
                with pytest.raises(NoRoomError):
                    store.put_bytes(DATA)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_bytes_are_on_the_disk_before_their_name_and_the_folder_after(store, monkeypatch):
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def moved(path: Path, target: Path) -> Path:
        order.append("name")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", moved)
    store.put_bytes(DATA)
    assert order == ["file", "folder", "name", "folder"]
    order.clear()
    put_file(store)  # it was there: that is made sure of, too
    assert order == ["file", "name", "folder"]


# --- many at once -----------------------------------------------------------------------------------------------------


def test_many_threads_with_the_same_and_other_bytes_do_not_disturb_each_other(store):
    contents = [DATA, *(bytes([number]) * 1000 for number in range(5))]
    errors: list[BaseException] = []

    def write() -> None:
        try:
            for content in contents * 5:
                store.put_bytes(content)
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert set(store.digests()) == {digest_bytes(content) for content in contents}
    assert list(store.scratch.iterdir()) == []
    for content in contents:
        assert store.read(digest_bytes(content)) == content


def test_a_writer_that_is_killed_leaves_only_what_the_sweep_takes(store):
    code = (
        "import os, sys; from pathlib import Path; from artdag.content_store import FileContentStore;"
        "upload = FileContentStore(Path(sys.argv[1])).receive(); upload.write(b'half'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(store.root)], check=False).returncode == 9
    (left,) = store.scratch.iterdir()
    (folder := store.scratch / "render").mkdir()
    (folder / "part.mp4").write_bytes(b"half")
    assert store.sweep() == 0, "what is young may still be written"
    assert store.sweep(older_than_s=-1) == 2
    assert not left.exists()
    assert list(store.scratch.iterdir()) == []
    assert list(store.digests()) == []


# --- small files ------------------------------------------------------------------------------------------------------


def test_a_small_file_is_the_old_one_or_the_new_one_whatever_fails(tmp_path, monkeypatch):
    place = tmp_path / "steps" / "entry.json"
    write_atomically(place, b"old")
    for call in ("open", "write", "fsync", "replace"):
        for nth in (1, 2):
            with monkeypatch.context() as patch:
                fault = failing(patch, call, nth, OSError(errno.ENOSPC, "full"))
                try:
                    write_atomically(place, b"new")
                except NoRoomError:
                    assert fault.calls >= nth
            assert place.read_bytes() in (b"old", b"new")
            assert [path.name for path in place.parent.iterdir()] == ["entry.json"]
            write_atomically(place, b"old")


def test_a_small_file_is_read_only_unless_asked_otherwise(tmp_path):
    write_atomically(tmp_path / "a", b"1")
    write_atomically(tmp_path / "b", b"1", mode=0o600)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o444
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600


def test_a_digest_is_all_that_decides_the_place(store):
    blob = store.put_bytes(b"")
    assert blob.digest == Digest("a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a")
    assert store.path(blob.digest) == store.root / "blobs" / blob.digest[:2] / blob.digest
