"""Effects of the operator's folder: in the catalogue, with pictures of their own, run, or refused in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.services import Services
from app.settings import Settings
from artdag.digest import Digest
from artdag.identity import LOCAL
from tests.app.conftest import Person
from tests.own_effects import written_into


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """Those of a server whose operator has followed the guide, and has a file that is broken."""
    folder = written_into(tmp_path / "my-effects")
    (folder / "broken.py").write_text("import no_such_module\n")
    (folder / "hollow.py").write_text(HOLLOW)
    environ = {"ARTDAG_HOME": str(tmp_path / "home"), "REDIS_URL": redis_url, "EFFECTS_DIR": str(folder)}
    return Settings.from_env(environ)


HOLLOW = """'It fails.'
from artdag.effect import Effect


def frame(picture, params, moment):
    return 1 / 0


EFFECT = Effect(name="hollow", group="look", frame=frame)
"""
OWN = ["letterbox", "worn_tape", "infrared", "ember"]
"""Of filters, of numpy, for moviepy, from the template."""


def test_they_stand_in_the_catalogue_and_what_is_broken_is_told_below(person: Person, client: FlaskClient) -> None:
    page = person.get("/effects").text
    assert all(f'href="/effects/{name}"' in page for name in OWN)
    assert "broken.py cannot be imported: ModuleNotFoundError: No module named &#39;no_such_module&#39;" in page
    assert list(client.get("/effects").json["refused"]) == ["broken.py"]


@pytest.mark.parametrize("name", OWN)
def test_each_makes_its_own_picture_and_loop(client: FlaskClient, services: Services, clip: Digest, name: str) -> None:
    services.assets.register("dog", clip, LOCAL)
    for kind, mimetype in (("example", "image/webp"), ("loop", "video/mp4")):
        with client.get(f"/effects/{name}/{kind}") as answer:
            assert (answer.status_code, answer.mimetype) == (200, mimetype)


@pytest.mark.parametrize("name", OWN)
def test_each_runs(client: FlaskClient, clip: Digest, work: Callable[[], None], name: str) -> None:
    started = client.post("/runs", json={"recipe": name, "inputs": [clip]})
    assert started.status_code == 201
    work()
    assert client.get(f"/runs/{started.json['run_id']}").json["status"] == "completed"


def test_who_asks_for_one_that_is_broken_is_told_why(client: FlaskClient, clip: Digest) -> None:
    for answer in (
        client.post("/runs", json={"recipe": "broken", "inputs": [clip]}),
        client.get("/effects/broken"),
        client.post("/recipes/upload", data=_RECIPE, content_type="application/yaml"),
    ):
        assert answer.status_code in (404, 422)
        assert "broken.py cannot be imported: ModuleNotFoundError: No module named 'no_such_module'" in answer.text


_RECIPE = """
name: with-a-broken-one
dag:
  nodes:
    - {id: film, type: SOURCE, config: {input: true}}
    - {id: done, type: EFFECT, config: {effect: broken}, inputs: [film]}
  output: done
"""


def test_one_that_fails_has_no_example_and_is_told_why_at_once_from_then_on(
    client: FlaskClient, services: Services, clip: Digest
) -> None:
    services.assets.register("dog", clip, LOCAL)
    told = [client.get(f"/effects/hollow/{kind}").json["detail"] for kind in ("example", "loop", "example")]
    assert told[0].startswith("there is no example of hollow: the effect hollow failed at frame 0: ZeroDivisionError")
    assert told[1].startswith("there is no loop of hollow: the effect hollow failed at frame 0")
    assert told[2] == told[0]
