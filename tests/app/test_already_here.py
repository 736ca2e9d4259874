"""What is here already is known before anybody sends it."""

from __future__ import annotations

import hashlib

from tests.builders import a_clip, put_media

UNKNOWN = "ab" * 32


def asked(client, **question):
    answer = client.post("/cache/have", json=question)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_what_is_mine_is_told_with_its_name_and_since_when(client, clip):
    found = asked(client, content_hashes=[clip, UNKNOWN, clip])
    assert [(one["content_hash"], one["here"], one["mine"]) for one in found["items"]] == [
        (clip, True, True),
        (UNKNOWN, False, False),
    ]
    assert found["items"][0]["name"] == "clip.mp4"
    assert found["items"][0]["known_since"]


def test_only_files_of_a_known_size_are_worth_hashing(client, services, clip):
    size = services.content.size(clip)
    assert asked(client, sizes=[size, size + 1])["sizes"] == [size]
    client.delete(f"/cache/{clip}")
    assert asked(client, sizes=[size])["sizes"] == []


def test_sizes_of_others_are_not_told(shared_services, alice_client, bob_client, alice, tmp_path):
    digest = put_media(shared_services, a_clip(tmp_path / "c.mp4"), alice)
    size = shared_services.content.size(digest)
    assert asked(alice_client, sizes=[size])["sizes"] == [size]
    assert asked(bob_client, sizes=[size])["sizes"] == []


def test_what_another_has_is_taken_without_sending_it(
    shared_services, alice_client, bob_client, stranger, alice, tmp_path
):
    digest = put_media(shared_services, a_clip(tmp_path / "c.mp4"), alice)
    assert asked(bob_client, content_hashes=[digest])["items"][0]["mine"] is False
    assert stranger.post(f"/cache/{digest}/keep").status_code == 401
    first = bob_client.post(f"/cache/{digest}/keep", json={"name": "mine.mp4"})
    assert (first.status_code, first.json["name"], first.json["is_new"]) == (201, "mine.mp4", False)
    assert bob_client.post(f"/cache/{digest}/keep").status_code == 200
    assert alice_client.delete(f"/cache/{digest}").status_code == 200
    assert shared_services.content.has(digest), "bob has it now, too"


def test_what_is_not_here_or_is_no_medium_cannot_be_kept(client, services):
    assert client.post(f"/cache/{UNKNOWN}/keep").status_code == 404
    text = services.content.put_bytes(b"a plan, a recipe, a record").digest
    assert client.post(f"/cache/{text}/keep").status_code == 404
    assert asked(client, content_hashes=[text])["items"][0]["here"] is False


def test_a_question_that_makes_no_sense_is_told_so(client):
    for question in ({"content_hashes": ["AB" * 32]}, {"sizes": [-1]}, {"sizes": [1] * 1001}, {"hashes": []}):
        assert client.post("/cache/have", json=question).status_code == 422


def test_the_hash_that_is_asked_for_is_the_one_that_plain_tools_print(client, services, clip):
    assert clip == hashlib.sha3_256(services.content.path(clip).read_bytes()).hexdigest()
