"""What tests of the web part share: clients that are programs, people, alice and bob; and a worker within the test."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from app import create_app
from app.services import Services, build_services
from app.settings import Settings
from app.storage.stage_record import StageState
from artdag.digest import Digest
from artdag.identity import LOCAL, Identity
from tests.builders import a_clip, put_media

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Person:
    """Somebody with a browser: asks for pages, follows the rules of origins, sends the page's CSRF token."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.headers = {**HTML, "Sec-Fetch-Site": "same-origin"}

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={**self.headers, **headers})

    def fragment(self, path: str, element: str) -> TestResponse:
        """Ask as htmx does before it swaps *element*, written ``tag#id``."""
        asked = {"HX-Request": "true", "HX-Target": element, "HX-Request-Type": "partial", "Accept": "text/html"}
        return self.client.get(path, headers={**self.headers, **asked})

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> TestResponse:
        form = {**(data or {}), "csrf_token": self.token()}
        return self.client.post(path, data=form, headers={**self.headers, **headers})

    def token(self) -> str:
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/").text)
        assert found is not None
        return found[1]


@pytest.fixture
def app(services: Services) -> Flask:
    """The application in single-user mode."""
    return under_test(create_app(services))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program on the same machine."""
    return app.test_client()


@pytest.fixture
def person(app: Flask) -> Person:
    return Person(app)


@pytest.fixture
def shared_services(redis_url: str, redis_client: Redis, tmp_path: Path, alice: Identity, bob: Identity) -> Services:
    """A server that alice and bob have tokens for."""
    tokens = tmp_path / "tokens"
    lines = [f"{hashlib.sha256(token_of(who).encode()).hexdigest()} {who}" for who in (alice, bob)]
    tokens.write_text("# who may come in\n" + "\n".join(lines) + "\n")
    environ = {"ARTDAG_HOME": str(tmp_path / "shared"), "REDIS_URL": redis_url, "API_TOKENS": str(tokens)}
    return build_services(Settings.from_env(environ), redis_client)


@pytest.fixture
def shared_app(shared_services: Services) -> Flask:
    return under_test(create_app(shared_services))


@pytest.fixture
def stranger(shared_app: Flask) -> FlaskClient:
    return shared_app.test_client()


@pytest.fixture
def alice_client(shared_app: Flask, alice: Identity) -> FlaskClient:
    return client_of(shared_app, alice)


@pytest.fixture
def bob_client(shared_app: Flask, bob: Identity) -> FlaskClient:
    return client_of(shared_app, bob)


@pytest.fixture
def clip(services: Services, tmp_path: Path) -> Digest:
    """A short clip in the local user's library."""
    return put_media(services, a_clip(tmp_path / "clip.mp4"), LOCAL)


@pytest.fixture
def work(services: Services) -> Callable[[], None]:
    """Call it to do what waits, as a worker would."""
    return lambda: work_off(services)


@pytest.fixture(autouse=True)
def _quiet_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    caplog.clear()


def under_test(app: Flask) -> Flask:
    app.config["TESTING"] = True
    return app


def client_of(app: Flask, who: Identity) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token_of(who)}"
    return client


def token_of(who: Identity) -> str:
    return f"token-of-{who.name}"


def work_off(services: Services) -> None:
    """Carry out every stage that waits, in confined children, one after the other."""
    from app.work.jobs import StageJob  # the renderer is heavy, and most tests need none

    while True:
        while services.stages.take_next() is not None:
            pass
        queued = [stage for stage in services.stages.active() if stage.state is StageState.QUEUED]
        if not queued:
            return
        for stage in queued:
            StageJob(services, stage.key, stage.attempt).carry_out()
