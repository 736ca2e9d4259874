"""Every call to the disk fails once, and once the process ends there: it is all there afterwards, or nothing is."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from contextlib import suppress

import pytest

from app.library.ingest import ingest
from app.runs.completion import complete_runs
from app.runs.doorbell import top_up
from app.runs.submission import RunRequest, submit_run
from app.storage import room
from app.storage.stage_record import StageState
from app.upkeep.reindex import reindex
from app.work import jobs
from app.work.jobs import StageJob
from app.work.rendering import File
from artdag.codec.probe import probe
from artdag.content_store import FileContentStore
from artdag.errors import ArtDagError, DiskError, NoRoomError
from artdag.identity import LOCAL
from artdag.run import RunState
from tests.builders import a_clip
from tests.disk_faults import CALLS, ERRORS, Disk, failing

FAULTS = list(ERRORS.values())
MOST = 60


@pytest.fixture(scope="module")
def clip_file(tmp_path_factory):
    return a_clip(tmp_path_factory.mktemp("clip") / "clip.mp4")


@pytest.fixture(autouse=True)
def _in_process(monkeypatch):
    """Probing and rendering happen here, without children: it is the disk that is tried."""
    monkeypatch.setattr("app.library.ingest.probe_confined", probe)


def upload(services, clip_file):
    with clip_file.open("rb") as file:
        return ingest(services, file, filename="clip.mp4", owner=LOCAL, limit=1 << 30)


def published(services, stage_key, attempt, clip_file, monkeypatch):
    """Carry a stage out, without the render itself: its result is a copy of the clip."""

    def rendered(_services, _plan, _key, folder, **_):
        made = folder / "made.mp4"
        shutil.copyfile(clip_file, made)
        with made.open("ab") as file:
            file.write(b"\0\0\0\x08free")
        return File(path=made, facts=probe(made), seconds=1.0)

    monkeypatch.setattr(jobs, "render_in_child", rendered)
    return StageJob(services, stage_key, attempt).carry_out()


def whole(services) -> bool:
    for digest in services.content.digests():
        services.content.verify(digest)
    return True


@pytest.mark.parametrize("call", CALLS)
def test_an_upload_is_all_there_or_not_at_all_whichever_call_fails(services, clip_file, call):
    for n in range(1, MOST):
        disk = Disk(services.settings.cache_dir, call, n, FAULTS[n % len(FAULTS)])
        with failing(disk):
            done = None
            with suppress(NoRoomError, DiskError):
                done = upload(services, clip_file)
        assert whole(services)
        assert not disk.synced_again
        assert list(services.content.scratch.iterdir()) == []
        (entry,) = services.media.page(LOCAL).items or (None,)
        assert (entry is None) == (done is None)
        if not disk.was_reached:
            assert done is not None
            break
        upload(services, clip_file)  # the disk is well again, and so is everything
        services.media.unlink(LOCAL, next(iter(services.media.digests_of(LOCAL))))
        for digest in list(services.content.digests()):
            services.content.delete(digest)
    else:
        pytest.fail("it never came to an end")


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "mkdir", "open"])
def test_a_run_ends_in_its_true_state_whichever_call_fails(services, clip_file, monkeypatch, caplog, call):
    clip = upload(services, clip_file).digest
    ends = set()
    for n in range(1, MOST):
        request = RunRequest(recipe="invert", inputs=[clip], params={"intensity": n / 100})
        disk = Disk(services.settings.cache_dir, call, n, FAULTS[n % len(FAULTS)])
        run = None
        with failing(disk):
            with suppress(NoRoomError, DiskError):
                run = submit_run(services, request, LOCAL)
            if run is not None:
                (wanted,) = services.runs.stages_of(run.run_id)
                stage = services.stages.get(wanted.key)
                if stage.state is StageState.WAITING:
                    stage = services.stages.take_next()
                with suppress(OSError):  # no folder to work in
                    published(services, stage.key, stage.attempt, clip_file, monkeypatch)
                with suppress(NoRoomError, DiskError):
                    complete_runs(services, [run.run_id])
        assert not disk.synced_again
        assert whole(services)
        services.queue.empty()
        if run is None:
            assert services.stages.open_count() == 0  # refused, and nothing is left of it
            continue
        ended = services.runs.get(run.run_id)
        assert ended.state.is_final
        ends.add((ended.state, (ended.error or {}).get("code")))
        if ended.state is RunState.COMPLETED:
            assert all(services.content.has(one) for one in (ended.output, ended.provenance, ended.plan_id))
        else:
            assert "disk" in ended.error["message"]
        if not disk.was_reached:
            assert ended.state is RunState.COMPLETED
            break
    else:
        pytest.fail("it never came to an end")
    assert {code for _, code in ends} <= {None, "no_room", "storage"}


@pytest.mark.parametrize("call", ["write", "fsync", "replace", "open", "mkdir"])
def test_a_process_that_ends_at_any_call_leaves_all_or_nothing(tmp_path, call):
    """Every crash point of publishing, one after the other, each in a process of its own."""
    data = os.urandom(200_000)
    for n in range(1, MOST):
        root = tmp_path / f"{call}-{n}"
        FileContentStore(root)
        child = os.fork()
        if child == 0:
            disk = Disk(root, call, n, None)
            with failing(disk):
                FileContentStore(root).put_bytes(data)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        store = FileContentStore(root)
        found = list(store.digests())
        for digest in found:
            assert store.read(digest) == data
        assert store.sweep(older_than_s=-1) <= 1  # at most the file that was being written
        store.put_bytes(data)
        assert len(list(store.digests())) == 1
        if code == 0:
            assert len(found) == 1
            return
        assert code == 137
    pytest.fail("it never came to an end")


def test_a_sync_that_failed_is_never_tried_again_on_the_same_file(services, clip_file):
    disk = Disk(services.settings.cache_dir, "fsync", 1, errno.EIO)
    with failing(disk), pytest.raises(DiskError, match=r"cannot be written: Input/output error"):
        upload(services, clip_file)
    assert not disk.synced_again
    assert services.media.digests_of(LOCAL) == ()


def test_a_full_disk_is_a_507_with_a_sentence_and_takes_things_again_when_there_is_room(
    client, services, clip_file, monkeypatch
):
    def send():
        with clip_file.open("rb") as file:
            return client.post("/cache/upload", data={"file": (file, "clip.mp4")})

    with monkeypatch.context() as patched:
        patched.setattr(room.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100 << 30, 96 << 30, 4 << 30))
        answer = send()
        assert answer.status_code == 507
        assert answer.json["code"] == "no_room"
        assert "stay free for what keeps the server going" in answer.json["detail"]
    assert send().status_code == 201


def test_with_little_room_nothing_new_is_begun_and_what_waits_goes_on_by_itself(services, clip_file, monkeypatch):
    clip = upload(services, clip_file).digest
    with monkeypatch.context() as patched:
        free = [6 << 30]
        patched.setattr(room.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100 << 30, 0, free[0]))
        free[0] = 5 << 30
        run = submit_run(services, RunRequest(recipe="invert", inputs=[clip]), LOCAL)
        services.queue.empty()
        (wanted,) = services.runs.stages_of(run.run_id)
        free[0] = 1 << 30
        with pytest.raises(NoRoomError, match="what the run makes"):
            submit_run(services, RunRequest(recipe="invert", inputs=[clip], params={"intensity": 0.5}), LOCAL)
        services.stages.put_back(wanted.key, 1, died=False, unless_held=False, error={})
        assert top_up(services) == 0
        assert services.runs.get(run.run_id).state is RunState.PENDING
    assert top_up(services) == 1


def test_bytes_that_were_announced_are_set_aside_at_once(services):
    with services.content.receive(expected_bytes=50 << 20) as upload_:
        assert upload_.path.stat().st_blocks * 512 >= 50 << 20
        upload_.write(b"short")
        blob = upload_.commit()
    assert services.content.path(blob.digest).stat().st_size == 5


def test_a_form_of_many_files_sets_its_length_aside_once(client, services, monkeypatch):
    data, taken = bytes(2 << 20), []
    parts = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="%d"\r\n\r\n%b\r\n' % (number, data)
        for number in range(4)
    )
    real = services.content.receive

    def receive(*, expected_bytes: int = 0):
        held = sum(path.stat().st_blocks * 512 for path in services.content.scratch.iterdir())
        taken.append(held + expected_bytes)
        return real(expected_bytes=expected_bytes)

    monkeypatch.setattr(services.content, "receive", receive)
    monkeypatch.setattr("app.library.ingest.accepted_type", lambda head: "image/png")
    client.post("/cache/upload", data=parts + b"--b--\r\n", content_type="multipart/form-data; boundary=b")
    assert len(taken) == 4
    assert max(taken) <= len(parts) + (1 << 16)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 24 MB, where the machine lets us have one."""
    place = tmp_path / "small"
    place.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24m,nr_inodes=600", "tmpfs", str(place)],
            capture_output=True,
            check=False,
        ).returncode
    ):
        pytest.skip("NO SMALL DISK: mounting a tmpfs takes root; the full disk is only played, by failing calls")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_real_disk_that_fills_up_loses_nothing_that_was_acknowledged(small_disk):
    store = FileContentStore(small_disk / "cache")
    kept = []
    while room.room_on(small_disk).free > 2 << 20:
        kept.append(store.put_bytes(os.urandom(1 << 20)))
    with pytest.raises(NoRoomError):
        store.put_bytes(os.urandom(3 << 20))
    assert len(kept) > 15
    for blob in kept:
        store.verify(blob.digest)
    assert list(store.scratch.iterdir()) == []
    with pytest.raises(NoRoomError):
        store.receive(expected_bytes=20 << 20)
    assert list(store.scratch.iterdir()) == []
    store.delete(kept[0].digest)
    store.delete(kept[1].digest)
    store.verify(store.put_bytes(os.urandom(1 << 20)).digest)


def test_a_real_disk_without_inodes_is_a_full_disk(small_disk):
    store = FileContentStore(small_disk / "cache")
    kept = []
    while os.statvfs(small_disk).f_favail:
        kept.append(store.put_bytes(b"%d" % len(kept)))
    with pytest.raises(NoRoomError):
        store.put_bytes(b"one more")
    for blob in kept:
        store.verify(blob.digest)


def test_a_real_read_only_disk_is_told_in_a_sentence(small_disk):
    store = FileContentStore(small_disk / "cache")
    blob = store.put_bytes(b"here before")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(DiskError, match="Read-only file system"):
        store.put_bytes(b"too late")
    store.verify(blob.digest)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    store.put_bytes(b"again")


def test_after_any_of_it_redis_can_be_filled_from_the_disk(services, clip_file):
    for n in (1, 3, 5, 7):
        with failing(Disk(services.settings.cache_dir, "fsync", n, errno.EIO)), suppress(ArtDagError):
            upload(services, clip_file)
    before = services.media.digests_of(LOCAL)
    services.redis.flushdb()
    assert reindex(services).lost == []
    assert set(before) <= set(services.media.digests_of(LOCAL))
