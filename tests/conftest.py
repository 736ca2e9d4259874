"""What tests share: a real Valkey for the session, an empty database and a home of its own for each test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from redis import Redis

from app.processes.embedded_redis import EmbeddedRedis
from app.services import Services, build_services
from app.settings import Settings
from artdag.identity import Identity

# The same examples in each run: a test that fails today must not have passed yesterday by luck, or by a fast machine.
hypothesis.settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("steady")


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Valkey of our own; it ends with the session."""
    home = Path(tempfile.mkdtemp(prefix="artdag-test-"))  # short: a socket's path must be
    try:
        with EmbeddedRedis(home) as server:
            assert server.url is not None
            yield server.url
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[Redis]:
    """A client of an empty database."""
    with Redis.from_url(redis_url) as client:
        client.flushdb()
        yield client


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """The defaults, for a home of this test's own."""
    return Settings.from_env({"ARTDAG_HOME": str(tmp_path / "home"), "REDIS_URL": redis_url})


@pytest.fixture
def services(settings: Settings, redis_client: Redis) -> Services:
    """Everything real; no worker runs."""
    return build_services(settings, redis_client)


@pytest.fixture
def alice() -> Identity:
    return Identity("alice", "art.example")


@pytest.fixture
def bob() -> Identity:
    return Identity("bob", "art.example")
