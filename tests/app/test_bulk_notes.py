"""Several media are changed at once: all of them, or none."""

from __future__ import annotations

import pytest

from tests.builders import a_clip, put_media


@pytest.fixture
def clips(services, tmp_path):
    return [put_media(services, a_clip(tmp_path / f"{seed}.mp4", seed=seed)) for seed in range(3)]


def test_words_are_added_and_taken_away_and_the_rest_stays(client, clips):
    client.patch(f"/cache/{clips[0]}", json={"tags": ["old", "sea"], "description": "kept"})
    change = {"add_tags": ["sun", "sea"], "remove_tags": ["old"], "folder": "trips/2026", "add_collections": ["best"]}
    answer = client.patch("/media", json={"content_hashes": clips[:2], **change})
    assert answer.status_code == 200, answer.text
    first, second = answer.json["items"]
    assert (first["tags"], second["tags"]) == (["sea", "sun"], ["sun", "sea"])
    assert (first["description"], first["folder"], first["collections"]) == ("kept", "trips/2026", ["best"])
    assert client.get("/media?folder=trips&tag=sun&collection=best").json["items"][0]["name"]
    assert len(client.get("/media?tag=sun").json["items"]) == 2


def test_where_one_is_not_mine_none_is_changed(client, clips):
    answer = client.patch("/media", json={"content_hashes": [clips[0], "ab" * 32], "add_tags": ["sun"]})
    assert answer.status_code == 404
    assert "nothing was changed" in answer.json["detail"]
    assert client.get("/media?tag=sun").json["items"] == []


@pytest.mark.parametrize(
    "wrong",
    [{"content_hashes": []}, {"content_hashes": ["short"]}, {"add_tags": ["x" * 61]}, {"tags": ["x"]}, {"folder": 7}],
)
def test_what_makes_no_sense_is_told_so(client, clips, wrong):
    assert client.patch("/media", json={"content_hashes": clips, **wrong}).status_code == 422


def test_more_words_than_a_medium_may_have_change_nothing(client, clips):
    client.patch(f"/cache/{clips[1]}", json={"tags": [f"tag-{number}" for number in range(50)]})
    answer = client.patch("/media", json={"content_hashes": clips, "add_tags": ["one-more"]})
    assert answer.status_code == 422
    assert client.get("/media?tag=one-more").json["items"] == []
