"""The real server: what it refuses before a view sees it has the one shape, and bodies that end early are told."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gunicorn.http import errors

from app.services import build_services
from app.settings import Settings
from app.web.refusals import answer_bytes, refusal
from tests.builders import a_clip

pytestmark = pytest.mark.slow
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port and the home of a gunicorn as `make run` starts it."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {**os.environ, "ARTDAG_HOME": str(home), "REDIS_URL": redis_url, "PORT": str(port)}
    log = home / "web.log"
    with log.open("wb") as file:
        web = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"],
            cwd=PROJECT,
            env=environ,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                if b" 200 " in sent(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")[0]:
                    break
            except OSError:
                assert time.monotonic() < deadline, log.read_text()
                assert web.poll() is None, log.read_text()
                time.sleep(0.1)
        yield port, home
    finally:
        web.terminate()
        web.wait(20)


def sent(port: int, data: bytes) -> tuple[bytes, bytes]:
    """Send *data* and nothing more; return the head and the body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (b"POST /runs HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n", 400, "malformed"),
        (b"GET / HTTP/1.1\r\nX-Long: " + b"x" * 9000 + b"\r\n", 431, "headers_too_large"),
        (b"GET /?q=" + b"x" * 8192 + b" HTTP/1.1\r\n", 414, "uri_too_long"),
        (b"GET / HTTP/9\r\n", 400, "malformed"),
        (b"POST /runs HTTP/1.1\r\nTransfer-Encoding: strange\r\n", 501, "unsupported_transfer_coding"),
        (b'GET /"\x00 HTTP/1.1\r\nA\x00<b>: 1\r\n', 400, "malformed"),
    ],
)
def test_what_the_server_itself_refuses_has_the_one_shape(server, request_, status, code):
    head, body = sent(server[0], request_ + b"Host: localhost\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Type: application/problem+json" in head
    said = json.loads(body)
    assert {"type", "title", "status", "detail", "code", "errors"} <= set(said)
    assert (said["status"], said["code"]) == (status, code)
    assert said["title"] not in ("", "Error")


def test_a_form_that_is_whole_in_a_body_that_is_not_is_refused_and_nothing_is_kept(server, redis_url, tmp_path):
    port, home = server
    data = a_clip(tmp_path / "clip.mp4").read_bytes()
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n' + data + b"\r\n--b--\r\n"
    head = b"POST /cache/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    store = build_services(Settings.from_env({"ARTDAG_HOME": str(home), "REDIS_URL": redis_url})).content
    answer, body = sent(port, head + b"Content-Length: %d\r\n\r\n" % (len(form) + 10) + form)
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert "ended before it was complete" in json.loads(body)["detail"]
    assert list(store.digests()) == []
    answer, _ = sent(port, head + b"Content-Length: %d\r\n\r\n" % len(form) + form)
    assert b" 201 " in answer.split(b"\r\n")[0]


def test_half_a_recipe_is_no_recipe(server):
    text = (
        b"name: half\ndag:\n  nodes:\n    - {id: a, type: SOURCE, config: {input: true}}\n  output: a\n# the other half"
    )
    head = b"POST /recipes/upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\n"
    answer, _ = sent(server[0], head + b"Content-Length: %d\r\n\r\n" % (2 * len(text)) + text)
    assert b" 400 " in answer.split(b"\r\n")[0]
    answer, _ = sent(server[0], head + b"Content-Length: %d\r\n\r\n" % len(text) + text)
    assert b" 201 " in answer.split(b"\r\n")[0]


@pytest.mark.parametrize("error", [KeyError("secret"), errors.InvalidResponseHeader("secret")])
def test_what_is_the_servers_own_fault_tells_a_reference_and_no_more(error):
    fault = refusal(error)
    assert (fault.status, fault.code) == (500, "internal")
    assert b"secret" not in answer_bytes(fault)
    assert fault.more["reference"].encode() in answer_bytes(fault)
