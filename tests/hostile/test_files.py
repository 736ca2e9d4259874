"""Hostile files: each gets its expected answer, reaches nothing, leaves nothing, and renders to nothing secret."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.services import Services, build_services
from app.settings import Settings
from artdag.run import RunState
from tests.app.conftest import under_test, work_off
from tests.builders import a_clip
from tests.hostile import bombs, playlists
from tests.hostile.case import SENTINEL, Case, Traps, laid_traps

CASES = [*playlists.CASES, *bombs.CASES]
SHORT = [case for case in CASES if not case.is_long]


@pytest.fixture(scope="module")
def traps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traps]:
    folder = tmp_path_factory.mktemp("traps")
    os.environ["HOSTILE_SENTINEL"] = SENTINEL.decode()
    with laid_traps(folder, a_clip(folder / "made.mp4", seed=9).read_bytes()) as laid:
        yield laid
    del os.environ["HOSTILE_SENTINEL"]


@pytest.fixture(scope="module")
def house(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """A service for all cases: who comes after a hostile file must find it as if nothing had been."""
    home = tmp_path_factory.mktemp("house")
    return build_services(Settings.from_env({"ARTDAG_HOME": str(home), "REDIS_URL": redis_url}))


@pytest.fixture(scope="module")
def house_client(house: Services) -> FlaskClient:
    return under_test(create_app(house)).test_client()


@pytest.fixture
def services(house: Services) -> Iterator[Services]:
    house.redis.flushdb()
    yield house
    for digest in list(house.content.digests()):
        house.content.delete(digest)
    for key in list(house.results.keys()):
        house.results.delete(key)


def send(client: FlaskClient, services: Services, case: Case, traps: Traps, *, rendered: bool) -> None:
    data = case.make(traps)
    form = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{case.filename}"\r\n\r\n'.encode()
    answer = client.post(
        "/cache/upload", data=form + data + b"\r\n--b--\r\n", content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code in case.expect, f"{case.name}: {answer.status_code} {answer.text}"
    assert SENTINEL.decode() not in answer.text
    assert str(Path.cwd()) not in answer.text
    assert case.words in answer.text
    if answer.status_code == 201:
        digest = answer.json["content_hash"]
        show(client, digest)
        if rendered and answer.json["kind"] != "data":
            render(client, services, digest, answer.json["kind"])
    else:
        assert len(answer.json["detail"]) < 400
        assert answer.json["detail"].count("\n") == 0
        assert list(services.content.digests()) == []  # nothing is kept of it
    assert list(services.content.scratch.iterdir()) == []
    traps.assert_untouched()


def show(client: FlaskClient, digest: str) -> None:
    """Its picture is drawn, or not, and told of in a sentence."""
    shown = client.get(f"/cache/{digest}/poster")
    assert shown.status_code < 500, shown.text
    shown.close()


def render(client: FlaskClient, services: Services, digest: str, kind: str) -> None:
    """What was taken can be rendered, or fails with a sentence; and nothing secret is in what comes out."""
    effect = "gain" if kind == "audio" else "invert"
    run = client.post("/runs", json={"recipe": effect, "inputs": [digest]})
    assert run.status_code in (201, 202, 422), run.text
    if run.status_code == 422:
        return
    work_off(services)
    ended = services.runs.get(run.json["run_id"])
    assert ended.state in (RunState.COMPLETED, RunState.FAILED)
    if ended.error is not None:
        assert ended.error["code"] != "crashed"
        assert "Traceback" not in str(ended.error)
    for blob in services.content.digests():
        if blob != digest:
            assert SENTINEL not in services.content.path(blob).read_bytes()


def test_there_are_enough_cases():
    assert len({case.name for case in CASES}) == len(CASES) >= 120


@pytest.mark.parametrize("case", SHORT, ids=str)
def test_a_hostile_file_gets_its_answer_and_nothing_else(house_client, services, traps, case):
    send(house_client, services, case, traps, rendered=False)


@pytest.mark.hostile
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_hostile_file_is_rendered_to_nothing_but_itself(house_client, services, traps, case):
    send(house_client, services, case, traps, rendered=True)


def test_the_traps_catch_what_gets_through(tmp_path):
    """The test of the tests: who opens the pipe or the port is seen."""
    with laid_traps(tmp_path, b"") as laid:
        socket.create_connection(("127.0.0.1", laid.port)).close()
        reader = os.open(laid.pipe, os.O_RDONLY | os.O_NONBLOCK)
        for _ in range(100):
            if laid.visitors and laid.opened:
                break
            time.sleep(0.02)
        os.close(reader)
        assert laid.visitors
        assert laid.opened
