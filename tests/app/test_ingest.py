"""The way in: what is kept, what is refused, and that a refusal leaves nothing behind."""

from __future__ import annotations

import io
import socket
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from app import create_app
from app.library.ingest import TooLargeError, display_name, ingest
from app.services import build_services
from app.settings import Settings
from artdag.digest import Digest
from artdag.errors import BrokenMediaError, UnsupportedMediaError
from artdag.identity import LOCAL
from tests.builders import a_clip
from tests.media import HOSTILE, MediaFolder


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> MediaFolder:
    return MediaFolder(tmp_path_factory.mktemp("media"))


def nothing_is_kept(services) -> bool:
    written = [*services.content.digests(), *services.content.scratch.iterdir(), *services.records.all("media")]
    return not written


def test_a_clip_is_kept_with_its_facts_and_named_in_the_library(services, tmp_path):
    path = a_clip(tmp_path / "clip.mp4")
    with path.open("rb") as file:
        arrived = ingest(services, file, filename="holiday.mp4", owner=LOCAL, limit=1 << 20)
    assert arrived.is_new
    assert services.content.read(arrived.digest) == path.read_bytes()
    assert arrived.facts.picture is not None
    assert arrived.facts.picture.frame_count == 12
    assert services.media.entry(LOCAL, arrived.digest).name == "holiday.mp4"


def test_the_same_bytes_again_are_known_since_the_first_time(client, tmp_path):
    data = a_clip(tmp_path / "clip.mp4").read_bytes()
    first = client.post("/cache/upload", data={"file": (io.BytesIO(data), "one.mp4")})
    second = client.post("/cache/upload", data={"file": (io.BytesIO(data), "two.mp4")})
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json["content_hash"] == first.json["content_hash"]
    assert second.json["known_since"] is not None


def test_several_files_answer_as_a_list(client, tmp_path):
    clips = [a_clip(tmp_path / f"{seed}.mp4", seed=seed).read_bytes() for seed in range(3)]
    answer = client.post("/cache/upload", data={"file": [(io.BytesIO(data), "a.mp4") for data in clips]})
    assert answer.status_code == 201
    assert answer.json["total"] == 3
    assert len({item["content_hash"] for item in answer.json["items"]}) == 3


@pytest.mark.parametrize("size", [300_000, 3_000_000])
def test_an_upload_that_is_too_large_is_told_the_limit_of_the_settings(redis_url, redis_client, tmp_path, size):
    environ = {"ARTDAG_HOME": str(tmp_path), "REDIS_URL": redis_url, "MAX_UPLOAD_BYTES": "200000"}
    client = create_app(build_services(Settings.from_env(environ), redis_client)).test_client()
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="large.png"\r\n\r\n\x89PNG\r\n\x1a\n'
    body = head + bytes(size) + b"\r\n--b--\r\n"
    answer = client.post("/cache/upload", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 413
    assert "200,000 bytes" in answer.json["detail"]


def test_of_several_files_the_refused_one_is_named_with_those_kept_before_it(client, tmp_path):
    clip = a_clip(tmp_path / "clip.mp4").read_bytes()
    answer = client.post("/cache/upload", data={"file": [(io.BytesIO(clip), "a.mp4"), (io.BytesIO(b""), "b.mp4")]})
    assert answer.status_code == 422
    assert answer.json["detail"] == "b.mp4: the file is empty; kept before it: a.mp4"


def test_a_recipe_among_media_is_told_where_recipes_go(client, services):
    answer = client.post("/cache/upload", data={"file": (io.BytesIO(b"name: x"), "mine.YAML")})
    assert answer.status_code == 415
    assert "/recipes/upload" in answer.json["detail"]
    assert nothing_is_kept(services)


@pytest.mark.parametrize("path", ["/cache/upload", "/cache/import"])
def test_the_ways_in_are_no_names_of_blobs(client, path):
    answer = client.get(path)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_medium_is_refused_and_nothing_is_kept(client, services, name):
    answer = client.post("/cache/upload", data={"file": (io.BytesIO(HOSTILE[name]), f"{name}.mp4")})
    assert answer.status_code in (415, 422)
    assert answer.content_type == "application/problem+json"
    assert len(answer.json["detail"]) > 10
    assert nothing_is_kept(services)


@pytest.mark.parametrize("name", ["plain.mp4", "plain.mkv"])
def test_a_clip_cut_off_in_its_middle_is_refused(client, services, media, name):
    whole = media[name].read_bytes()
    answer = client.post("/cache/upload", data={"file": (io.BytesIO(whole[: len(whole) // 2]), name)})
    assert answer.status_code == 422
    assert nothing_is_kept(services)


def test_a_file_over_the_limit_is_refused_while_it_comes(redis_client, redis_url, tmp_path):
    environ = {"ARTDAG_HOME": str(tmp_path / "h"), "REDIS_URL": redis_url, "MAX_UPLOAD_BYTES": "1000"}
    services = build_services(Settings.from_env(environ), redis_client)
    client = create_app(services).test_client()
    data = a_clip(tmp_path / "clip.mp4").read_bytes()
    assert len(data) > 1000
    answer = client.post("/cache/upload", data={"file": (io.BytesIO(data), "a.mp4")})
    assert answer.status_code == 413
    assert nothing_is_kept(services)
    with pytest.raises(TooLargeError):
        ingest(services, io.BytesIO(data), filename="a.mp4", owner=LOCAL, limit=1000)
    assert nothing_is_kept(services)


def test_a_body_that_ends_early_is_refused_and_nothing_is_kept(app, services, tmp_path):
    data = a_clip(tmp_path / "clip.mp4").read_bytes()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
        whole = head + data + b"\r\n--b--\r\n"
        request = (
            b"POST /cache/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(whole)
        )
        with socket.create_connection(server.server_address) as connection:
            connection.sendall(request + whole[: len(whole) // 2])
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").read()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert b" 400 " in answer.split(b"\r\n", 1)[0]
    assert nothing_is_kept(services)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\evil\\clip.mp4", "clip.mp4"),
        ("a\0b.mp4", "ab.mp4"),
        ("line\r\nSet-Cookie: x.mp4", "line Set-Cookie: x.mp4"),
        ("\u202egpj.exe", "gpj.exe"),
        ("", "untitled"),
        ("...", "untitled"),
        ("x" * 5000 + ".mp4", "x" * 195 + "….mp4"),
    ],
)
def test_names_are_for_showing_only(given, shown):
    assert display_name(given) == shown


def test_a_name_full_of_tricks_is_stored_under_its_hash_alone(client, services, tmp_path):
    data = a_clip(tmp_path / "clip.mp4").read_bytes()
    answer = client.post("/cache/upload", data={"file": (io.BytesIO(data), "../../../tmp/<img onerror=1>.mp4")})
    assert answer.status_code == 201
    assert answer.json["name"] == "<img onerror=1>.mp4"
    blobs = [path for path in (Path(services.content.root) / "blobs").rglob("*") if path.is_file()]
    assert [path.name for path in blobs] == [answer.json["content_hash"]]


def test_a_large_file_is_taken_with_room_set_aside_for_it(client, services, tmp_path):
    data = a_clip(tmp_path / "clip.mp4").read_bytes() + b"\0\x30\0\0free" + bytes((3 << 20) - 8)
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + data + b"\r\n--b--\r\n"
    answer = client.post("/cache/upload", data=form, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 201
    assert services.content.path(Digest(answer.json["content_hash"])).read_bytes() == data


def test_the_function_says_what_is_wrong_by_type(services):
    with pytest.raises(BrokenMediaError):
        ingest(services, io.BytesIO(b""), filename="a", owner=LOCAL, limit=10)
    with pytest.raises(UnsupportedMediaError):
        ingest(services, io.BytesIO(b"<svg/>"), filename="a", owner=LOCAL, limit=10)


def test_no_file_and_a_wrong_content_type_are_told(client):
    assert client.post("/cache/upload", data={"other": "x"}).status_code == 400
    assert client.post("/cache/upload", json={"file": "x"}).status_code in (400, 415)
    assert client.put("/cache/upload").status_code == 405


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="caf\xe9.png"\r\n\r\nx\r\n--b--\r\n',
            "not UTF-8",
        ),
        (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\nx', "it is cut off"),
        (b"--other\r\n\r\nx\r\n--other--\r\n", "it is cut off"),
    ],
)
def test_a_form_that_cannot_be_read_says_so_and_is_not_taken_for_an_empty_one(client, services, body, said):
    answer = client.post("/cache/upload", data=body, content_type="multipart/form-data; boundary=b")
    assert (answer.status_code, answer.json["code"]) == (400, "malformed")
    assert said in answer.json["detail"]
    assert nothing_is_kept(services)


PART = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n%s\r\n'


@pytest.mark.parametrize("body", [PART % (b"a" * 1_100_000), (PART % b"a") * 1001], ids=["field", "parts"])
def test_too_many_parts_and_too_long_a_field_are_not_told_the_limit_of_files(client, services, body):
    answer = client.post("/cache/upload", data=body + b"--b--\r\n", content_type="multipart/form-data; boundary=b")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert "1,000 fields and files" in answer.json["detail"]
    assert nothing_is_kept(services)
