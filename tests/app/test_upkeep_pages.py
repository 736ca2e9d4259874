"""Looking after the store from the cache page and by JSON: admins only, and each page says what it does."""

from __future__ import annotations

import pytest

from app.library.previews import preview_of
from app.upkeep.checking import go_on_checking
from app.work.dispatcher import dispatch_once
from app.work.upkeep import tidy_store
from tests.app.conftest import Person
from tests.app.test_checking import flip

DOORS = [("post", "/upkeep/verify"), ("get", "/upkeep/clear"), ("post", "/upkeep/clear"), ("post", "/upkeep/reindex")]


@pytest.mark.parametrize(("method", "path"), DOORS)
def test_only_admins_look_after_the_store(alice_client, stranger, method, path):
    assert getattr(alice_client, method)(path, json={}).status_code == 403
    assert getattr(stranger, method)(path, json={}).status_code == 401


def test_an_upload_that_went_bad_is_told_of_on_the_cache_page_and_in_readyz(client, person, services, clip):
    flip(services, clip)
    answer = client.post("/upkeep/verify")
    assert answer.status_code == 202
    assert answer.json["running"]
    assert "Verify now" in person.get("/cache").text
    go_on_checking(services)
    store = client.get("/upkeep").json
    assert store["check"]["damaged"] == 1
    assert [one["digest"] for one in store["for_a_person"]] == [clip]
    page = person.get("/cache").text
    assert "Only you can restore these" in page
    assert "upload the same file again" in page
    assert "only a person can restore" in client.get("/readyz").json["checks"]["store"]["detail"]


def test_the_page_tells_how_full_it_is_and_of_what(client, person, services, clip):
    assert "being counted" in person.get("/cache").text
    tidy_store(services)
    services.upkeep.note_size("2026-11-01", 0)
    usage = client.get("/upkeep").json
    assert usage["usage"]["sizes"]["uploads"] == services.content.size(clip)
    assert usage["growth_bytes_per_day"] > 0
    page = person.get("/cache").text
    assert "stack-uploads" in page
    assert "full in ~" in page


def test_a_dry_run_lists_what_goes_and_why_the_rest_stays_and_then_it_is_done(client, person, services, clip):
    preview = preview_of(services, "poster", clip)
    page = person.get("/upkeep/clear?limit=0").text
    assert "1 file would be let go" in page
    assert "it stands in the library of @local" in page
    assert services.content.has(preview)
    done = client.post("/upkeep/clear", json={"limit": 0})
    assert [one["content_hash"] for one in done.json["removes"]] == [preview]
    assert not services.content.has(preview)
    assert client.post("/upkeep/clear", json={"limit": -1}).status_code == 422
    assert person.post("/upkeep/clear", {"limit": ""}).status_code == 200


def test_reindex_answers_what_came_back(client, services, clip):
    services.redis.flushdb()
    found = client.post("/upkeep/reindex").json
    assert (found["media"], found["lost"]) == (1, [])
    assert client.get(f"/cache/{clip}", headers={"Accept": "application/json"}).json["name"] == "clip.mp4"


def test_verifying_from_the_page_goes_back_to_it(app):
    answer = Person(app).post("/upkeep/verify")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cache#store")


def test_the_dispatcher_asks_for_the_count_and_the_look_by_itself(services, clip):
    dispatch_once(services)
    waiting = services.redis.lrange("rq:queue:chores", 0, -1)
    assert {b"tidy", b"look-over"} <= set(waiting)
