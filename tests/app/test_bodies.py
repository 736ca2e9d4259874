"""Seats for bodies: slow clients never hold all threads, and the slowest makes room."""

from __future__ import annotations

import http.client
import io
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web import bodies
from app.web.bodies import SLOW_AFTER_S, BusyError, Seats
from tests.builders import a_clip

PROJECT = Path(__file__).resolve().parents[2]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_body_gives_its_seat_back_at_its_end(clock):
    seats = Seats(1, clock=clock)
    body = seats.take(io.BytesIO(b"abc"), 3, None)
    with pytest.raises(BusyError):
        seats.take(io.BytesIO(b"x"), 1, None)
    assert body.read(100) == b"abc"
    assert seats.take(io.BytesIO(b"x"), None, None).read() == b"x"
    with pytest.raises(BusyError):
        seats.take(io.BytesIO(b"x"), 1, None)  # a body of unknown length is over when nothing more comes


def test_only_a_slow_body_loses_its_seat_and_its_connection(clock):
    seats = Seats(2, clock=clock)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        quick = seats.take(io.BytesIO(bytes(10_000_000)), 10_000_000, None)
        slow = seats.take(io.BytesIO(bytes(100)), 100, ours)
        for _ in range(100):
            quick.read(1 << 16)
        slow.read(1)
        with pytest.raises(BusyError):
            seats.take(io.BytesIO(b"x"), 1, None)
        clock.now += SLOW_AFTER_S + 1
        seats.take(io.BytesIO(b"x"), 1, None)
        assert theirs.recv(1) == b""
        with pytest.raises(BusyError):
            seats.take(io.BytesIO(b"x"), 1, None)
        assert quick.read(10)


@pytest.fixture
def web(redis_url: str, tmp_path: Path) -> Iterator[int]:
    """The web server as it is deployed; its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {**os.environ, "ARTDAG_HOME": str(tmp_path / "home"), "REDIS_URL": redis_url, "PORT": str(port)}
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    server = subprocess.Popen(command, cwd=PROJECT, env=environ, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                if asked(port, "/healthz") == 200:
                    break
            except OSError:
                assert time.monotonic() < deadline, "the web server did not start"
                time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def asked(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


CUT = None
"""What became of an upload that was so slow that others got its seat."""


def answer_to(connection: socket.socket) -> tuple[int, str, str | None] | None:
    answer = http.client.HTTPResponse(connection)
    try:
        answer.begin()
    except (http.client.RemoteDisconnected, ConnectionResetError):
        return CUT
    with answer:
        return answer.status, json.loads(answer.read())["code"], answer.headers["Retry-After"]


def slow_upload(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(
        b"POST /cache/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n"
        b'Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; name="file"; '
    )
    return connection


@pytest.mark.slow
def test_pages_and_runs_go_on_while_forty_uploads_hang(web, redis_client, tmp_path):
    hanging = [slow_upload(web) for _ in range(40)]
    try:
        for path in ("/healthz", "/readyz", "/", "/media", "/recipes") * 4:
            assert asked(web, path) in (200, 503)
        connection = http.client.HTTPConnection("127.0.0.1", web, timeout=30)
        connection.request("POST", "/runs", b'{"recipe": "no-such"}', {"Content-Type": "application/json"})
        assert connection.getresponse().status == 404
        connection.close()
        answers = [answer_to(one) for one in hanging if select.select([one], [], [], 0)[0]]
        assert len(answers) >= 40 - 2 * bodies.MEDIA_AT_ONCE
        assert set(answers) <= {(503, "busy", "5"), CUT}
        assert (503, "busy", "5") in answers
    finally:
        for one in hanging:
            one.close()
    file = a_clip(tmp_path / "c.mp4").read_bytes()
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="c.mp4"\r\n\r\n' + file + b"\r\n--b--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", web, timeout=30)
    connection.request("POST", "/cache/upload", body, {"Content-Type": "multipart/form-data; boundary=b"})
    assert connection.getresponse().status == 201, "whoever went away has given the seats back"
    connection.close()
