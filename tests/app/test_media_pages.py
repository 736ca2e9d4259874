"""The pages of media, cache, effects and assets: what people see, with scripts and without."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient

from app.library.effect_examples import loop_of
from app.library.excerpts import excerpt_of
from app.library.ingest import ingest
from app.services import Services
from artdag.digest import Digest
from artdag.identity import LOCAL, Identity
from tests.app.conftest import Person
from tests.builders import a_clip, put_media
from tests.media import MediaFolder

SUBTITLES = b"1\n00:00:00,000 --> 00:00:02,000\nHello <b>there</b>\n"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> MediaFolder:
    return MediaFolder(tmp_path_factory.mktemp("media"))


@pytest.fixture
def subtitles(services: Services) -> Digest:
    taken = ingest(services, io.BytesIO(SUBTITLES), filename="hello.srt", owner=LOCAL, limit=1000)
    return taken.digest


def test_an_empty_library_says_what_will_stand_there_and_what_to_do(person: Person) -> None:
    page = person.get("/media").text
    assert "No media yet" in page
    assert 'action="/cache/upload"' in page
    assert 'href="/effects"' in page


def test_the_grid_shows_a_picture_a_name_and_a_length(person: Person, clip: Digest) -> None:
    page = person.get("/media").text
    assert f'href="/cache/{clip}"' in page
    assert f'src="/cache/{clip}/poster"' in page
    assert "clip.mp4" in page
    assert "64 × 48" in page
    assert "1 item of yours" in page


def test_kinds_and_words_narrow_the_grid_and_stay_in_the_address(
    person: Person, clip: Digest, subtitles: Digest
) -> None:
    assert "hello.srt" not in person.get("/media?kind=video").text
    assert "clip.mp4" not in person.get("/media?q=hello").text
    nothing = person.get("/media?q=zebra").text
    assert "Nothing fits" in nothing
    assert "zebra" in nothing
    assert 'value="zebra"' in nothing


def test_typing_into_the_search_asks_for_the_grid_alone(person: Person, clip: Digest) -> None:
    part = person.fragment("/media?q=clip", "section#media_grid").text
    assert part.lstrip().startswith('<section id="media_grid"')
    assert "<html" not in part


def test_older_media_are_one_link_away(services: Services, person: Person, tmp_path) -> None:
    for seed in range(3):
        put_media(services, a_clip(tmp_path / f"clip{seed}.mp4", frames=2, seed=seed), LOCAL)
    first = person.get("/media?limit=2").text
    following = re.search(r'href="(/media\?cursor=[^"]+)" rel="next"', first)
    assert following is not None
    assert "clip0.mp4" in person.get(following[1]).text
    assert "clip0.mp4" not in first


@pytest.mark.parametrize("address", ["/media?limit=0", "/media?kind=smell", "/cache?limit=999"])
def test_a_filter_that_makes_no_sense_is_told(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 422


@pytest.mark.parametrize("address", ["/media?cursor=x", "/cache?cursor=nothing", "/recipes?cursor=1"])
def test_an_invented_cursor_is_a_bad_request(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert answer.json["code"] == "malformed"


def test_a_form_without_scripts_uploads_several_files(person: Person, files: MediaFolder) -> None:
    token = person.token()
    chosen = [(io.BytesIO(files[name].read_bytes()), name) for name in ("still.png", "still.jpg")]
    answer = person.client.post("/cache/upload", data={"csrf_token": token, "file": chosen}, headers=person.headers)
    assert answer.status_code == 201
    assert "2 files are in" in answer.text
    again = person.client.post(
        "/cache/upload",
        data={"csrf_token": token, "file": (io.BytesIO(files["still.png"].read_bytes()), "still.png")},
        headers=person.headers,
    )
    assert again.status_code == 303
    assert person.get(again.location).status_code == 200


def test_an_upload_from_a_page_needs_the_pages_token_and_leaves_nothing_without(
    person: Person, services: Services, files: MediaFolder
) -> None:
    data = {"file": (io.BytesIO(files["still.png"].read_bytes()), "still.png")}
    answer = person.client.post("/cache/upload", data=data, headers=person.headers)
    assert answer.status_code == 403
    assert services.media.count(LOCAL) == 0
    assert list(services.content.scratch.iterdir()) == []


def test_an_items_page_plays_it_and_tells_its_facts(person: Person, clip: Digest) -> None:
    page = person.get(f"/cache/{clip}").text
    assert f'<video src="/cache/{clip}/raw"' in page
    assert "h264" in page
    assert "12 frames at 25 fps" in page
    assert f'data-copy="{clip}"' in page


def test_a_text_is_shown_as_text_and_never_as_markup(person: Person, subtitles: Digest) -> None:
    page = person.get(f"/cache/{subtitles}").text
    assert "Hello &lt;b&gt;there&lt;/b&gt;" in page


def test_a_text_is_seen_at_a_glance_where_others_have_a_picture(person: Person, subtitles: Digest) -> None:
    grid = person.get("/media").text
    assert "<span>Hello there</span>" in grid
    assert "1 subtitle" in grid
    assert f"/cache/{subtitles}/poster" not in grid


def test_what_was_heard_is_told_and_drawn_not_shown_as_json(
    person: Person, services: Services, client: FlaskClient, work: Callable[[], None], files: MediaFolder
) -> None:
    tone = put_media(services, files["tone.wav"])
    text = """
name: hear
dag:
  nodes:
    - {id: song, type: SOURCE, config: {input: true}}
    - {id: heard, type: ANALYZE, config: {features: [duration, onsets, energy]}, inputs: [song]}
  output: heard
"""
    recipe = client.post("/recipes/upload", data=text, content_type="application/yaml").json["id"]
    run = client.post("/runs", json={"recipe": recipe, "inputs": [tone]}).json["run_id"]
    work()
    report = client.get(f"/runs/{run}").json["output_hash"]
    for place in (f"/cache/{report}", f"/runs/{run}"):
        page = person.get(place).text
        assert "1.5 s long" in page
        assert '<svg class="heard"' in page
        assert f"/cache/{report}/poster" not in page
    assert f"/cache/{report}/poster" not in person.get(f"/recipes/{recipe}").text
    assert "1.5 s long" in person.get("/media").text


@pytest.mark.parametrize(
    ("name", "text", "lines", "facts"),
    [
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi\n", ("Hi",), ("1 subtitle",)),
        ("a.cube", "# made by hand\nLUT_3D_SIZE 2\n" + "0 0 0\n" * 8, None, ("2 × 2 × 2 colours",)),
    ],
)
def test_texts_of_each_type_are_told_in_a_few_facts(
    services: Services, name: str, text: str, lines: tuple[str, ...] | None, facts: tuple[str, ...]
) -> None:
    taken = ingest(services, io.BytesIO(text.encode()), filename=name, owner=LOCAL, limit=1000)
    glance = excerpt_of(services, taken.digest, taken.facts)
    assert glance is not None
    assert glance.facts == facts
    assert lines in (None, glance.lines)
    assert "# made by hand" not in glance.lines


def test_details_are_edited_with_a_form_and_with_patch(person: Person, client: FlaskClient, clip: Digest) -> None:
    answer = person.post(
        f"/cache/{clip}/edit",
        {
            "name": "24/7 \u202eloop…\n",
            "description": "<script>alert(1)</script>",
            "tags": "blue, night, blue",
            "folder": "../trips//lisbon/",
            "collections": "",
            "origin_url": "https://example.org/sea",
        },
    )
    assert answer.status_code == 303
    page = person.get(f"/cache/{clip}").text
    assert "<script>alert(1)" not in page
    facts = client.get(f"/cache/{clip}", headers={"Accept": "application/json"}).json
    assert facts["name"] == "24/7 loop…"
    assert facts["tags"] == ["blue", "night"]
    assert facts["folder"] == "trips/lisbon"
    assert facts["origin"] == {"type": "external", "url": "https://example.org/sea"}
    with client.get(f"/cache/{clip}") as saved:
        assert "24-7 loop" in unquote(saved.headers["Content-Disposition"])
    changed = client.patch(f"/cache/{clip}", json={"tags": ["day"]}).json
    assert (changed["tags"], changed["name"]) == (["day"], "24/7 loop…")
    wrong = client.patch(
        f"/cache/{clip}", json={"tagz": ["day"], "origin": {"type": "external", "url": "javascript:1"}}
    )
    assert wrong.status_code == 422
    assert {problem["field"] for problem in wrong.json["errors"]} == {"tagz", "origin.url"}


def test_what_is_somebody_elses_can_be_seen_by_its_hash_but_not_changed(
    shared_services: Services, alice: Identity, alice_client: FlaskClient, bob_client: FlaskClient, tmp_path
) -> None:
    digest = put_media(shared_services, a_clip(tmp_path / "alices.mp4"), alice)
    with bob_client.get(f"/cache/{digest}/raw") as seen:
        assert seen.status_code == 200
    assert bob_client.patch(f"/cache/{digest}", json={"name": "mine"}).status_code == 403
    assert bob_client.delete(f"/cache/{digest}").status_code == 403
    assert bob_client.get("/media").json["items"] == []
    assert [item["name"] for item in alice_client.get("/media").json["items"]] == ["alices.mp4"]


def test_the_page_shows_what_a_deletion_does_before_it_asks(person: Person, services: Services, clip: Digest) -> None:
    asked = person.get(f"/cache/{clip}/delete").text
    assert "Delete clip.mp4?" in asked
    assert services.content.has(clip)
    done = person.post(f"/cache/{clip}/delete")
    assert "clip.mp4 is gone" in done.text
    assert person.get(f"/cache/{clip}").status_code == 410


def test_a_medium_becomes_an_asset_that_everybody_sees(
    client: FlaskClient, person: Person, clip: Digest, services: Services
) -> None:
    made = client.post("/assets", json={"name": "sea", "content_hash": clip[:12]})
    assert made.status_code == 201
    assert made.json["content_hash"] == clip
    assert [one["name"] for one in client.get("/assets").json["items"]] == ["sea"]
    assert "sea" in person.get("/assets").text
    assert client.post("/assets", json={"name": "Sea!", "content_hash": clip}).status_code == 422
    assert client.post("/assets", json={"name": "sky", "content_hash": "0" * 64}).status_code == 404


def test_the_catalogue_groups_every_effect_and_draws_an_example(
    client: FlaskClient, person: Person, services: Services, files: MediaFolder
) -> None:
    page = person.get("/effects").text
    assert all(f'href="/effects/{effect.name}"' in page for effect in services.effects)
    missing = client.get("/effects/invert/example")
    assert missing.status_code == 404
    assert missing.json["detail"].startswith("there is no example of invert: the media that this server began with")
    with files["still.png"].open("rb") as file:
        picture = ingest(services, file, filename="february.png", owner=LOCAL, limit=1 << 20).digest
    services.assets.register("february", picture, LOCAL)
    with client.get("/effects/invert/example") as first, client.get("/effects/invert/example") as second:
        assert first.mimetype == "image/webp"
        assert second.headers["ETag"] == first.headers["ETag"]


def test_a_loop_is_what_the_effect_made_and_as_long_as_its_medium(
    client: FlaskClient, services: Services, clip: Digest
) -> None:
    assert client.get("/effects/shake/loop").status_code == 404  # no medium yet
    services.assets.register("dog", clip, LOCAL)
    with client.get("/effects/shake/loop") as first, client.get("/effects/shake/loop") as second:
        assert first.mimetype == "video/mp4"
        assert second.headers["ETag"] == first.headers["ETag"]
    found = loop_of(services, services.effects.get("shake"))
    assert found is not None
    assert found.facts.picture is not None
    assert (found.facts.picture.width, found.facts.picture.height) == (480, 300)


def test_settings_are_tried_out_on_a_small_picture(
    client: FlaskClient, person: Person, services: Services, clip: Digest
) -> None:
    services.assets.register("dog", clip, LOCAL)
    pictures = {}
    for amount in ("4", "40"):
        with client.get(f"/effects/shake/tryout?params.amplitude={amount}") as answer:
            assert (answer.status_code, answer.mimetype) == (200, "image/webp")
            pictures[amount] = answer.data
    assert pictures["4"] != pictures["40"]
    page = person.get("/effects/shake?params.amplitude=7").text
    assert '/effects/shake/tryout?params.amplitude=7.0"' in page
    assert 'name="params.amplitude" min="0" max="500" step="any" value="7"' in page
    fragment = person.fragment("/effects/shake?params.amplitude=8", "figure#tryout").text
    assert fragment.lstrip().startswith("<figure")
    assert "ETag" not in person.fragment("/effects/shake?params.amplitude=8", "figure#tryout").headers
    assert "params.amplitude=8.0" in fragment


def test_settings_that_cannot_be_are_told_where_the_picture_would_be(client: FlaskClient, person: Person) -> None:
    fragment = person.fragment("/effects/blur?params.radius=900", "figure#tryout").text
    assert "&#39;radius&#39; is 900, outside 0 to" in fragment
    assert "<img" not in fragment
    answer = client.get("/effects/blur/tryout?params.radius=900")
    assert answer.status_code == 422
    assert "outside 0 to" in answer.json["detail"]
    assert client.get("/effects/blur/tryout?params.no=1").status_code == 422
    assert client.get("/effects/blur?params=1").status_code == 400
    assert client.get("/effects/blur/tryout").status_code == 404  # no medium yet


def test_an_effects_page_explains_it_and_runs_it(person: Person, client: FlaskClient, clip: Digest) -> None:
    page = person.get("/effects/posterize").text
    assert 'name="params.levels"' in page
    assert "``" not in page
    answer = person.post("/effects/posterize/run", {"inputs.input": clip, "params.levels": "5"})
    assert answer.status_code == 303
    assert client.get(answer.location).json["params"] == {"levels": 5}
    wrong = person.post("/effects/posterize/run", {"inputs.input": clip, "params.levels": "900"})
    assert wrong.status_code == 422
    assert "levels" in wrong.text
    assert client.get("/effects/posteriz").status_code == 404
