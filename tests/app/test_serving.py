"""Bytes as they are served: ranges, conditions, and headers that keep them harmless."""

from __future__ import annotations

import hashlib

import pytest

from app.library.previews import preview_key
from artdag.identity import LOCAL
from tests.builders import a_clip, put_media


def test_a_program_gets_the_bytes_and_a_browser_the_page(client, person, services, clip):
    data = services.content.read(clip)
    answer = client.get(buffered=True, path=f"/cache/{clip}")
    assert answer.data == data
    assert hashlib.sha3_256(answer.data).hexdigest() == clip
    assert answer.content_type == "video/mp4"
    assert (
        client.get(buffered=True, path=f"/cache/{clip}", headers={"Accept": "application/json"}).json["content_hash"]
        == clip
    )
    page = person.get(f"/cache/{clip}")
    assert page.mimetype == "text/html"
    assert "clip.mp4" in page.text
    assert person.client.get(f"/cache/{clip}/raw", headers=person.headers, buffered=True).data == data


def test_headers_name_the_content_and_forbid_it_to_act(client, clip):
    headers = client.get(buffered=True, path=f"/cache/{clip}").headers
    assert headers["ETag"] == f'"{clip}"'
    assert "immutable" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "Accept" in headers["Vary"]


def test_ranges_give_exactly_the_part_asked_for(client, services, clip):
    data = services.content.read(clip)
    part = client.get(buffered=True, path=f"/cache/{clip}", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.data == data[10:20]
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(data)}"
    tail = client.get(buffered=True, path=f"/cache/{clip}", headers={"Range": "bytes=-5"})
    assert tail.data == data[-5:]
    assert client.get(buffered=True, path=f"/cache/{clip}", headers={"Range": f"bytes={len(data)}-"}).status_code == 416
    whole = client.get(buffered=True, path=f"/cache/{clip}", headers={"Range": "bytes=0-3", "If-Range": '"other"'})
    assert whole.status_code == 200
    same = client.get(buffered=True, path=f"/cache/{clip}", headers={"Range": "bytes=0-3", "If-Range": f'"{clip}"'})
    assert same.status_code == 206


def test_files_of_the_pages_keep_conditions_too(client):
    etag = client.get("/static/app.css", buffered=True).headers["ETag"]
    for headers in ({}, {"Range": "bytes=0-9"}):
        other = client.get("/static/app.css", buffered=True, headers={"If-Match": '"other"', **headers})
        assert (other.status_code, other.json["code"]) == (412, "precondition_failed")
        for right in (etag, "*"):
            same = client.get("/static/app.css", buffered=True, headers={"If-Match": right, **headers})
            assert same.status_code == (206 if headers else 200)


def test_conditions_and_head_send_no_bytes(client, clip):
    assert client.get(buffered=True, path=f"/cache/{clip}", headers={"If-None-Match": f'"{clip}"'}).status_code == 304
    head = client.head(buffered=True, path=f"/cache/{clip}")
    assert head.status_code == 200
    assert head.data == b""
    assert int(head.headers["Content-Length"]) > 0
    assert client.head(buffered=True, path=f"/cache/{'0' * 64}").status_code == 404


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-3"}])
def test_a_wrong_if_match_is_refused_without_the_bytes(client, person, clip, headers):
    for path in (f"/cache/{clip}", f"/cache/{clip}/raw", *([] if headers else ["/static/app.css"])):
        answer = client.get(buffered=True, path=path, headers={"If-Match": '"other"', **headers})
        assert (answer.status_code, answer.mimetype) == (412, "application/problem+json")
        assert answer.json["code"] == "precondition_failed"
    for right in (f'"other", "{clip}"', "*"):
        whole = client.get(buffered=True, path=f"/cache/{clip}", headers={"If-Match": right, **headers})
        assert whole.status_code == (206 if headers else 200)
    assert person.get(f"/cache/{clip}/raw", **{"If-Match": '"other"'}).mimetype == "text/html"


def test_what_browsers_might_run_is_offered_for_saving(client, services, tmp_path):
    path = tmp_path / "words.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\n<script>alert(1)</script>\n")
    digest = put_media(services, path, LOCAL)
    answer = client.get(buffered=True, path=f"/cache/{digest}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.content_type == "application/octet-stream"


@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e%2f%2e%2e%2fetc",
        "%00",
        "A" * 64,
        "0" * 63,
        "0" * 65,
        "٠" * 64,
        "blobs",
        "-1",
    ],
)
def test_no_path_leads_out_of_the_store(client, name):
    for tail in ("", "/raw", "/poster"):
        assert client.get(buffered=True, path=f"/cache/{name}{tail}").status_code in (404, 400)


def test_a_unique_beginning_leads_to_the_whole_and_a_short_or_shared_one_does_not(client, clip):
    answer = client.get(buffered=True, path=f"/cache/{clip[:10]}")
    assert answer.status_code in (302, 303)
    assert answer.location.endswith(clip)
    assert client.get(buffered=True, path=f"/cache/{clip[:7]}").status_code == 404


@pytest.mark.parametrize("preview", ["poster", "strip"])
def test_previews_are_small_pictures_made_once_that_go_with_their_medium(client, services, clip, preview):
    first = client.get(buffered=True, path=f"/cache/{clip}/{preview}")
    assert first.content_type == "image/webp"
    assert first.data[:4] == b"RIFF"
    assert client.get(buffered=True, path=f"/cache/{clip}/{preview}").data == first.data
    kept = services.results.get(preview_key(preview, clip))
    assert client.delete(f"/cache/{clip}").status_code in (200, 204)
    assert services.results.get(kept.key) is None
    assert not services.content.has(kept.digest)


def test_what_a_medium_has_nothing_of_is_not_there(client, clip):
    answer = client.get(f"/cache/{clip}/spectrum")
    assert answer.status_code == 404
    assert answer.json["detail"] == f"there is no spectrum of {clip}"


def test_strangers_see_bytes_by_their_hash_but_no_list_of_what_others_have(shared_services, stranger, alice, tmp_path):
    digest = put_media(shared_services, a_clip(tmp_path / "c.mp4"), alice)
    assert stranger.get(buffered=True, path=f"/cache/{digest}").status_code == 200
    assert stranger.get(buffered=True, path="/cache").json["items"] == []
    assert stranger.get(buffered=True, path=f"/cache/{digest[:10]}").status_code == 404
    assert stranger.delete(f"/cache/{digest}").status_code == 401
