"""A server of our own: private, durable, alone on its folder, and gone with whoever started it."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis

from app.processes.embedded_redis import EmbeddedRedis, EmbeddedRedisError, running_url

PROJECT = Path(__file__).parents[2]


def eventually(true, timeout_s: float = 10.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url)


@pytest.fixture
def server(tmp_path):
    with EmbeddedRedis(tmp_path) as server:
        yield server


def test_it_answers_on_a_private_socket_in_database_five(server, tmp_path):
    assert server.url == f"unix://{tmp_path}/run/redis.sock?db=5"
    assert running_url(tmp_path) == server.url
    with client(server.url) as connection:
        assert connection.ping()
        assert connection.connection_pool.connection_kwargs["db"] == 5
        assert connection.info("server")["tcp_port"] == 0
    assert stat.S_IMODE((tmp_path / "run" / "redis.sock").stat().st_mode) == 0o700
    for folder in ("run", "redis", "logs"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700


def test_every_acknowledged_write_is_there_after_a_kill(tmp_path):
    server = EmbeddedRedis(tmp_path)
    with client(server.start()) as connection:
        assert connection.info("persistence")["aof_enabled"] == 1
        for number in range(50):
            connection.set(f"key{number}", number)
    os.kill(server.child.pid, signal.SIGKILL)
    assert eventually(lambda: not server.alive())
    assert running_url(tmp_path) is None  # the socket is still there; nobody answers

    with client(server.start()) as connection:  # the stale socket does not hinder it
        assert connection.dbsize() == 50
    server.stop()


def test_stopping_leaves_data_and_logs_only(tmp_path):
    server = EmbeddedRedis(tmp_path)
    server.start()
    server.stop()
    server.stop()  # harmless
    assert not server.alive()
    assert running_url(tmp_path) is None
    assert [entry.name for entry in (tmp_path / "run").iterdir()] == ["redis.lock"]


def test_a_home_has_one_server(server, tmp_path):
    with pytest.raises(EmbeddedRedisError, match=r"in use by another server \(unix:"):
        EmbeddedRedis(tmp_path).start()
    assert server.alive()
    assert running_url(tmp_path) == server.url


@pytest.mark.parametrize("command", ["CONFIG GET dir", "FLUSHALL", "KEYS *", "MODULE LIST", "DEBUG SLEEP 0"])
def test_what_would_do_the_most_harm_is_forbidden(server, command):
    with client(server.url) as connection, pytest.raises(redis.ResponseError, match=r"no permissions|not allowed"):
        connection.execute_command(*command.split())


def test_a_long_home_gets_a_short_private_socket(tmp_path):
    home = tmp_path / ("long name with % and ? " * 5)
    server = EmbeddedRedis(home)
    with client(server.start()) as connection:
        path = Path(connection.connection_pool.connection_kwargs["path"])
        assert connection.ping()
    assert len(os.fsencode(path)) <= 100
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert running_url(home) == server.url
    server.stop()
    assert not path.parent.exists()


def test_odd_letters_in_a_home_do_not_break_its_url(tmp_path):
    home = tmp_path / "50% & more?"
    with EmbeddedRedis(home) as server, client(server.url) as connection:
        assert connection.ping()
        assert running_url(home) == server.url


def test_a_server_that_cannot_start_says_why(tmp_path):
    folder = tmp_path / "redis" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(EmbeddedRedisError, match=r"it said:\n(.|\n)*manifest"):
        EmbeddedRedis(tmp_path).start()
    assert running_url(tmp_path) is None


def test_it_dies_with_whoever_started_it(tmp_path):
    script = (
        "import sys, time; from pathlib import Path; from app.processes.embedded_redis import EmbeddedRedis\n"
        "EmbeddedRedis(Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout.readline() == "up\n"
        assert running_url(tmp_path)
        parent.kill()
    with EmbeddedRedis(tmp_path) as server:  # waits for the lock that the dying server holds
        assert server.alive()
