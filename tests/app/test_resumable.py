"""Uploads in pieces: they go on where they stopped, whatever stopped them, and end in the same place as any upload."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import time
from base64 import b64encode

import pytest

from app.library import resumable
from app.storage.upload_index import UploadIndex
from artdag.identity import LOCAL
from tests.builders import a_clip

PIECE = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def data(tmp_path):
    return a_clip(tmp_path / "clip.mp4", frames=30).read_bytes()


def told(**facts: str) -> str:
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in facts.items())


def begun(client, length, body=b"", **facts):
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": told(**facts)}
    answer = client.post("/cache/uploads", headers=headers | (PIECE if body else {}), data=body)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def sent(client, address, offset, body):
    return client.patch(address, headers={**PIECE, "Upload-Offset": str(offset)}, data=body)


def offset_of(client, address) -> int:
    answer = client.head(address, headers={"Tus-Resumable": "1.0.0"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return int(answer.headers["Upload-Offset"])


def test_a_client_can_ask_what_is_spoken_here(client):
    for address in ("/cache/uploads", "/cache/uploads/none"):
        answer = client.options(address)
        assert answer.status_code == 204
        assert answer.headers["Tus-Version"] == answer.headers["Tus-Resumable"] == "1.0.0"
        assert set(answer.headers["Tus-Extension"].split(",")) >= {"creation", "expiration", "termination"}
        assert int(answer.headers["Tus-Max-Size"]) > 0


def test_a_file_in_three_pieces_is_the_file(client, services, data):
    address = begun(client, len(data), filename="holiday.mp4")
    third = len(data) // 3
    for start, end in ((0, third), (third, 2 * third)):
        answer = sent(client, address, start, data[start:end])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
        assert offset_of(client, address) == end
    last = sent(client, address, 2 * third, data[2 * third :])
    assert last.status_code == 204
    item = client.get(last.headers["Content-Location"], headers={"Accept": "application/json"}).json
    assert item["content_hash"] == hashlib.sha3_256(data).hexdigest()
    assert item["name"] == "holiday.mp4"
    assert item["frame_count"] == 30
    assert offset_of(client, address) == len(data)
    assert list(services.content.scratch.iterdir()) == []


def test_the_first_bytes_may_come_with_the_beginning(client, data):
    address = begun(client, len(data), data, filename="whole.mp4")
    assert client.get(address).json["content_hash"] == hashlib.sha3_256(data).hexdigest()
    assert client.get("/cache/uploads").json["items"] == []


def test_unfinished_uploads_are_listed_for_their_owner_alone(alice_client, bob_client, stranger, data):
    address = begun(alice_client, len(data), data[:100], filename="a.mp4")
    assert [one["offset"] for one in alice_client.get("/cache/uploads").json["items"]] == [100]
    assert bob_client.get("/cache/uploads").json["items"] == []
    for method in ("get", "head", "delete"):
        assert getattr(bob_client, method)(address).status_code == 404
        assert getattr(stranger, method)(address).status_code == 401
    assert sent(bob_client, address, 100, data[100:]).status_code == 404
    assert stranger.post("/cache/uploads", headers={"Upload-Length": "5"}).status_code == 401


def test_a_piece_that_does_not_follow_is_refused_and_told_where_to_go_on(client, data):
    address = begun(client, len(data), data[:1000])
    for offset in (0, 999, 1001):
        answer = sent(client, address, offset, data[offset:])
        assert (answer.status_code, answer.json["code"], answer.json["offset"]) == (409, "wrong_offset", 1000)
    assert sent(client, address, 1000, data[1000:]).status_code == 204


def test_a_piece_that_breaks_off_counts_as_far_as_it_came(client, data):
    address = begun(client, len(data))
    broken = client.patch(
        address,
        headers={**PIECE, "Upload-Offset": "0"},
        input_stream=io.BytesIO(data[:700]),
        environ_overrides={"CONTENT_LENGTH": str(len(data))},
    )
    assert broken.status_code == 400
    assert offset_of(client, address) == 700
    assert sent(client, address, 700, data[700:]).status_code == 204


def test_what_is_no_medium_is_told_with_the_first_bytes_and_nothing_is_kept(client, services):
    address = begun(client, 1 << 30, filename="virus.exe")
    answer = sent(client, address, 0, b"MZ" + bytes(5000))
    assert answer.status_code == 415
    gone = client.head(address)
    assert gone.status_code == 410
    assert list(services.content.scratch.iterdir()) == []
    assert UploadIndex(services.redis).of(LOCAL, services.clock()) == ()


def test_a_broken_file_is_refused_at_its_end(client, services, data):
    half = data[: len(data) // 2]
    answer = client.post("/cache/uploads", headers={**PIECE, "Upload-Length": str(len(half))}, data=half)
    assert answer.status_code == 422
    assert list(services.content.scratch.iterdir()) == []
    assert list(services.content.digests()) == []


def test_other_bytes_than_were_announced_are_refused(client, services, data):
    wrong = "ab" * 32
    headers = {**PIECE, "Upload-Length": str(len(data)), "Upload-Metadata": told(content_hash=wrong)}
    answer = client.post("/cache/uploads", headers=headers, data=data)
    assert answer.status_code == 422
    assert "announced" in answer.json["detail"]
    assert list(services.content.digests()) == []
    right = hashlib.sha3_256(data).hexdigest()
    assert client.get(begun(client, len(data), data, content_hash=right)).json["content_hash"] == right


def test_more_bytes_than_were_announced_are_refused(client, data):
    address = begun(client, 1000)
    answer = sent(client, address, 0, data[:1001])
    assert answer.status_code == 413
    assert offset_of(client, address) == 0


def test_an_upload_that_was_ended_is_gone(client, services, data):
    address = begun(client, len(data), data[:500])
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 410
    assert sent(client, address, 500, data[500:]).status_code == 410
    assert list(services.content.scratch.iterdir()) == []


def test_ending_a_finished_upload_leaves_the_medium(client, data):
    address = begun(client, len(data), data)
    digest = client.get(address).json["content_hash"]
    assert client.delete(address).status_code == 204
    with client.get(f"/cache/{digest}/raw") as answer:
        assert answer.status_code == 200


def test_two_requests_cannot_write_at_once(client, services, data):
    address = begun(client, len(data), data[:500])
    place = next(services.content.scratch.iterdir())
    other = os.open(place, os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_EX)
    answer = sent(client, address, 500, data[500:])
    assert (answer.status_code, answer.json["code"]) == (423, "upload_busy")
    assert answer.headers["Retry-After"]
    os.close(other)
    assert sent(client, address, 500, data[500:]).status_code == 204


def test_a_server_that_died_before_it_looked_is_made_up_for(client, services, data):
    address = begun(client, len(data), data[:500])
    place = next(services.content.scratch.iterdir())
    with place.open("ab") as file:
        file.write(data[500:])
    offset = offset_of(client, address)
    assert offset == len(data) - 1
    assert sent(client, address, offset, data[offset:]).headers["Content-Location"]


def test_an_idle_upload_is_swept_after_a_day(client, services, data):
    address = begun(client, len(data), data[:500])
    place = next(services.content.scratch.iterdir())
    a_day_ago = time.time() - 24 * 3600 - 1
    os.utime(place, (a_day_ago, a_day_ago))
    assert services.content.sweep() == 1
    assert client.head(address).status_code == 404
    assert client.get("/cache/uploads").json["items"] == []


def test_nobody_begins_uploads_without_end(client, services, monkeypatch):
    monkeypatch.setattr(resumable, "MOST_AT_ONCE", 3)
    for _ in range(3):
        begun(client, 1000)
    answer = client.post("/cache/uploads", headers={"Upload-Length": "1000"})
    assert (answer.status_code, answer.json["code"]) == (429, "too_many_uploads")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 400),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "1e3"}, 400),
        ({"Upload-Length": "٣"}, 400),
        ({"Upload-Length": "9" * 30}, 400),
        ({"Upload-Length": "0"}, 422),
        ({"Upload-Length": "999999999999999"}, 413),
        ({"Upload-Defer-Length": "1"}, 400),
        ({"Upload-Length": "5", "Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "5", "Upload-Metadata": "filename ÿ"}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": "filename /w=="}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": "a YQ==,a YQ=="}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": "a " + "YWFh" * 2000}, 400),
        ({"Upload-Length": "5", "Upload-Metadata": told(content_hash="abc")}, 400),
    ],
)
def test_a_beginning_that_makes_no_sense_is_told_so(client, headers, status):
    answer = client.post(
        "/cache/uploads", headers={name: value.encode().decode("latin-1") for name, value in headers.items()}
    )
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"


def test_names_are_made_harmless(client, data):
    address = begun(client, len(data), data, filename="../../etc/\u202epasswd\0.mp4")
    digest = client.get(address).json["content_hash"]
    assert client.get(f"/cache/{digest}", headers={"Accept": "application/json"}).json["name"] == "passwd.mp4"


def test_a_piece_of_another_type_or_without_an_offset_is_refused(client, data):
    address = begun(client, len(data))
    headers = {"Upload-Offset": "0"}
    assert client.patch(address, headers=headers, data=data, content_type="video/mp4").status_code == 415
    assert client.patch(address, headers=PIECE, data=data).status_code == 400
    assert offset_of(client, address) == 0
