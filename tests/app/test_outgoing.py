"""What others ask us to call is on the open internet, whatever it is called and however it is written."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator

import pytest

from app.outgoing import AddressError, UnreachableError, is_public, place_of, post


class Listener:
    """Somebody on loopback who answers once and remembers what came."""

    def __init__(self, answer: bytes) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._answer = answer
        self.port = self._socket.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self.heard.append(connection.recv(65536))
                connection.sendall(self._answer)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener(b"HTTP/1.1 204 No Content\r\nRetry-After: 7\r\n\r\n")
    yield made
    made.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1:8100/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://10.0.0.8/",
        "http://192.168.1.1/",
        "http://172.16.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00::1]/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://redis/",
        "http://db.internal/",
        "http://printer.local/",
        "http://a.localhost/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "example.org",
        "",
        "http://",
        "http://user:secret@example.org/",
        "http://example.org/#part",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://example.org:x/",
        "http://exa mple.org/",
        "http://example.org/\r\nX-Evil: 1",
        "http://example.org\\@127.0.0.1/",
        "http://exämple.org/",
        "http://-example.org/",
        "http://example..org/",
        "http://[::1",
        "http://1.2.3.4.5/",
        "http://999.1.1.1/",
        "http://example.org/" + "a" * 2000,
    ],
)
def test_what_is_no_public_web_address_is_refused(url):
    with pytest.raises(AddressError):
        place_of(url)


@pytest.mark.parametrize(
    ("url", "netloc", "path"),
    [
        ("https://example.org", "example.org", "/"),
        ("https://Example.org./hook?a=1", "example.org", "/hook?a=1"),
        ("http://example.org:443/", "example.org:443", "/"),
        ("https://93.184.216.34:8443/x", "93.184.216.34:8443", "/x"),
        ("https://[2606:2800:220:1::1]/x", "[2606:2800:220:1::1]", "/x"),
    ],
)
def test_a_public_web_address_is_taken_apart(url, netloc, path):
    place = place_of(url)
    assert (place.netloc, place.path) == (netloc, path)


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(text):
    assert is_public(ipaddress.ip_address(text))


def test_a_name_that_stands_for_a_private_address_is_refused_before_anybody_is_called(listener, monkeypatch):
    def resolved(_host, port, **_kinds):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(AddressError, match="no public address"):
        post(f"http://rebound.example.org:{listener.port}/", b"x", {})
    assert listener.heard == []


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    def resolved(_host, port, **_kinds):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", port)),
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    with pytest.raises(AddressError, match=r"10\.0\.0\.1"):
        post("http://mixed.example.org/", b"x", {})


def test_the_name_is_resolved_once_and_the_judged_address_is_called(listener, monkeypatch):
    asked = []
    whole = socket.getaddrinfo

    def resolved(host, port, *rest, **kinds):
        asked.append(host)
        return whole("127.0.0.1", port, *rest, **kinds)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    reply = post(
        f"http://hooks.example.org:{listener.port}/a?b=1",
        b"{}",
        {"X-Kind": "test"},
        private_hosts=["hooks.example.org"],
    )
    assert (reply.status, reply.retry_after_s) == (204, 7.0)
    assert asked.count("hooks.example.org") == 1
    (heard,) = listener.heard
    assert heard.startswith(b"POST /a?b=1 HTTP/1.1\r\n")
    assert f"Host: hooks.example.org:{listener.port}\r\n".encode() in heard


def test_a_private_host_that_the_operator_named_is_reached_at_that_port_only(listener):
    named = [f"127.0.0.1:{listener.port}"]
    assert post(f"http://127.0.0.1:{listener.port}/", b"x", {}, private_hosts=named).status == 204
    with pytest.raises(AddressError):
        post("http://127.0.0.1:1/", b"x", {}, private_hosts=named)


def test_nobody_there_and_no_http_there_are_told_apart_from_a_refusal(monkeypatch):
    silent = Listener(b"SSH-2.0-OpenSSH_9\r\n")
    try:
        with pytest.raises(UnreachableError, match="gave no answer"):
            post(f"http://127.0.0.1:{silent.port}/", b"x", {}, private_hosts=["127.0.0.1"])
    finally:
        silent.close()
    with pytest.raises(UnreachableError, match="cannot be reached"):
        post(f"http://127.0.0.1:{silent.port}/", b"x", {}, private_hosts=["127.0.0.1"])


def test_a_redirect_is_an_answer_and_is_not_followed():
    sends_on = Listener(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n")
    try:
        assert post(f"http://127.0.0.1:{sends_on.port}/", b"x", {}, private_hosts=["127.0.0.1"]).status == 302
        assert len(sends_on.heard) == 1
    finally:
        sends_on.close()
