"""L2Client against a real development L2, and against registries that answer as none should."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator

import jwt
import pytest

from app.registry.client import L2Client, L2Paths
from app.registry.errors import (
    RegistryAnswerError,
    RegistryAwayError,
    RegistryError,
    RegistryLateError,
    RegistryRefusedError,
)
from app.registry.exchange import LARGEST_ANSWER_BYTES, Patience
from artdag.identity import Identity
from tests.builders import a_digest
from tests.registries import RunningL2, fake_l2, free_port, raw_answers, running_l2, says_json
from tests.tokens import a_token, raw_token

L1 = "http://127.0.0.1:8100"
SHORT = Patience(connect_s=0.5, whole_s=0.5)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def client_of(origin: str) -> L2Client:
    """Return one that a busy machine does not make impatient."""
    return L2Client(origin, l1=L1, patience=Patience(connect_s=30, whole_s=30))


@pytest.fixture(scope="module")
def l2() -> Iterator[RunningL2]:
    with running_l2("--no-call-back", renderers=(L1,)) as running:
        yield running


def test_a_real_registry_vouches_for_its_users_and_names_their_host(l2: RunningL2) -> None:
    client = client_of(l2.origin)
    vouched = client.verify(l2.token("alice", L1))
    assert (vouched.username, vouched.actor) == ("alice", f"@alice@{l2.host}")
    assert client.verify(l2.cookie("bob")).username == "bob"


def test_a_token_for_another_renderer_or_none_at_all_is_refused(l2: RunningL2) -> None:
    token = l2.token("alice", L1)
    with pytest.raises(RegistryRefusedError, match=r"renderer is not known here \(403\)"):
        L2Client(l2.origin, l1="http://other.example").verify(token)
    with pytest.raises(RegistryRefusedError, match="not valid"):
        client_of(l2.origin).verify(token[:-4] + "AAAA")


def test_no_trick_with_the_signature_gets_past_the_registry(l2: RunningL2) -> None:
    claims = jwt.decode(l2.token("alice", L1), options={"verify_signature": False})
    public = l2.ask("GET", "/users/alice").json["publicKey"]["publicKeyPem"].encode()
    signed = [raw_token({"alg": "HS256"}, claims), raw_token({"alg": "HS256"}, claims, public)]
    head = ".".join(raw_token({"alg": "HS256", "typ": "JWT"}, claims).split(".")[:2])
    keyed = base64.urlsafe_b64encode(hmac.digest(public, head.encode(), "sha256")).rstrip(b"=").decode()
    client = client_of(l2.origin)
    for token in (*signed, f"{head}.{keyed}", raw_token({"alg": "none"}, claims, b""), a_token("alice", l2.origin, L1)):
        with pytest.raises(RegistryRefusedError, match="not valid"):
            client.verify(token)


def test_what_is_published_once_is_published_once_however_often_it_is_sent(l2: RunningL2) -> None:
    client, token, digest = client_of(l2.origin), l2.token("alice", L1), a_digest("film")
    assert client.published(digest) is False
    record = {"run_id": "r", "l1_server": L1, "output_name": "film", "output_hash": digest, "provenance": {}}
    first = client.record_run(token, record, idempotency_key="k1")
    assert client.record_run(token, record, idempotency_key="k1") == first
    assert client.published(digest) is True
    assert l2.ask("GET", "/users/alice/outbox").json["totalItems"] == 1


def test_the_paths_are_ours_to_set() -> None:
    with fake_l2(says_json({"username": "alice"})) as l2:
        paths = L2Paths(verify="/v2/who", by_hash="/v2/known?sha3=")
        client = L2Client(l2.origin, l1=L1, paths=paths)
        client.verify("t")
        client.published(a_digest("a"))
        assert [path for _, path, _, _ in l2.asked] == ["/v2/who", f"/v2/known?sha3={a_digest('a')}"]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"username": 7},
        {"username": ""},
        {"username": "<script>"},
        {"username": "al\nice"},
        {"username": "аlice"},  # the first letter is Cyrillic
        {"username": "alice@evil.example"},
        {"username": "a" * 65},
        {"username": "alice", "actor": "@bob@{host}"},
        {"username": "alice", "actor": "@alice@evil.example"},
        {"username": "alice", "actor": "https://evil.example/users/alice"},
        {"username": "alice", "actor": "{origin}/users/bob"},
        {"username": "alice", "actor": "{origin}.evil.example/users/alice"},
        {"username": "alice", "actor": ["@alice@{host}"]},
    ],
)
def test_a_registry_cannot_vouch_for_a_name_that_is_none_or_not_its_own(said: dict[str, object]) -> None:
    with fake_l2() as l2:
        actor = said.get("actor")
        if isinstance(actor, str):
            said = {**said, "actor": actor.format(host=l2.host, origin=l2.origin)}
        l2.says = says_json(said)
        with pytest.raises(RegistryAnswerError, match="vouches for"):
            client_of(l2.origin).verify("t")


def test_an_actor_may_be_said_as_an_address_at_the_registry() -> None:
    with fake_l2() as l2:
        for actor in (None, f"@alice@{l2.host}", f"{l2.origin}/users/alice", f"{l2.origin}/@alice"):
            l2.says = says_json({"username": "alice", "actor": actor})
            assert client_of(l2.origin).verify("t").actor == f"@alice@{l2.host}"


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        ((b"HTTP/1.1 302 Found\r\nLocation: {canary}/auth/verify\r\nContent-Length: 0\r\n\r\n",), "redirects"),
        ((b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",), "fault of its own"),
        ((OK + b"Content-Length: 10737418240\r\n\r\n", b"{"), "larger"),
        ((OK + b"\r\n", b" " * (LARGEST_ANSWER_BYTES + 2)), "larger"),
        ((OK + b"Transfer-Encoding: chunked\r\n\r\n", b"20000\r\n" + b" " * 0x20000), "larger"),
        ((OK + b"Content-Length: 100\r\n\r\n{}",), "cut off"),
        ((OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{", b""), "no answer"),
        ((b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}",), "not JSON"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",), "not JSON"),
        ((OK + b"Content-Length: 2\r\n\r\n{]",), "not the JSON"),
        ((OK + b"Content-Length: 2\r\n\r\n[]",), "no object"),
        ((OK + b"Content-Length: -5\r\n\r\n",), "not the JSON"),
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), "no answer"),
        ((b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",), "no answer"),
        ((b"",), "no answer"),
    ],
)
def test_an_answer_that_is_none_is_told_in_a_sentence(pieces: tuple[bytes, ...], why: str) -> None:
    with fake_l2() as canary:
        told = tuple(piece.replace(b"{canary}", canary.origin.encode()) for piece in pieces)
        with raw_answers(*told) as origin, pytest.raises(RegistryAnswerError, match=why):
            client_of(origin).verify("t")
        assert canary.asked == []


@pytest.mark.parametrize(
    "pieces",
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (OK + b"Content-Length: 100\r\n\r\n{", b"}"),
    ],
)
def test_a_registry_that_falls_silent_is_waited_for_no_longer_than_is_set(pieces: tuple[bytes, ...]) -> None:
    with raw_answers(*pieces, pause=threading.Event()) as origin, pytest.raises(RegistryLateError, match=r"0.5 s"):
        L2Client(origin, l1=L1, patience=SHORT).verify("t")


def test_a_registry_that_drips_is_not_waited_for_either() -> None:
    drops = [OK, *[b"X: y\r\n"] * 90]
    pause = threading.Event()
    pause.wait = lambda _=None: not threading.Event().wait(0.05)  # type: ignore[method-assign]  # a drop each 50 ms
    with raw_answers(*drops, pause=pause) as origin, pytest.raises(RegistryLateError):
        L2Client(origin, l1=L1, patience=SHORT).verify("t")


def test_nobody_there_is_told_apart_from_an_answer() -> None:
    with pytest.raises(RegistryAwayError, match="nobody answers"):
        client_of(f"http://127.0.0.1:{free_port()}").verify("t")
    with pytest.raises(RegistryError):
        client_of("http://no-such-host.invalid").verify("t")


def test_what_could_not_be_asked_is_neither_published_nor_unpublished() -> None:
    digest = a_digest("a")
    assert client_of(f"http://127.0.0.1:{free_port()}").published(digest) is None
    with fake_l2() as l2:
        for says, known in (
            (says_json({"content_hash": digest}), True),
            (says_json({"content_hash": a_digest("other")}), None),
            (says_json({}, 404), False),
            (says_json({}, 410), False),
            (says_json({}, 401), None),
            (says_json({}, 500), None),
            (says_json([], 200), None),
        ):
            l2.says = says
            assert client_of(l2.origin).published(digest) is known


def test_what_others_published_is_not_ones_own_where_the_registry_says_whose_it_is() -> None:
    with fake_l2() as l2:
        alice, bob = (Identity(name, l2.host) for name in ("alice", "bob"))
        theirs, mine = {"madeBy": str(bob)}, {"madeBy": str(alice)}
        for said, known in (
            ({"assets": [theirs]}, False),
            ({"assets": [theirs, theirs]}, False),
            ({"assets": [theirs, mine]}, True),
            ({"assets": [theirs, {}]}, True),
            ({"assets": [theirs, {"madeBy": "somebody"}]}, True),
            ({"assets": [theirs, "bob's"]}, True),
            ({"assets": []}, True),
            ({"assets": theirs}, True),
            ({}, True),
        ):
            l2.says = says_json(said)
            client = client_of(l2.origin)
            assert client.published(a_digest("a"), by=alice) is known, said
            assert client.published(a_digest("a")) is True


def test_what_a_registry_says_is_shown_only_where_it_is_fit_to_be_shown() -> None:
    with fake_l2() as l2:
        for said, shown in (
            ({"detail": "no such user"}, "no such user"),
            ({"error": "x\x1b[31m"}, "401"),
            ({"detail": "y" * 5000}, "y" * 300),
            ([], "401"),
        ):
            l2.says = says_json(said, 401)
            with pytest.raises(RegistryRefusedError, match=r"401") as caught:
                client_of(l2.origin).verify("t")
            assert shown in caught.value.message
            assert len(caught.value.message) < 400


def test_the_token_goes_to_the_registry_alone_and_says_who_asks() -> None:
    with fake_l2(says_json({"username": "alice"})) as l2:
        client_of(l2.origin).verify("the-token")
        (method, path, headers, body) = l2.asked[0]
        assert (method, path, body) == ("POST", "/auth/verify", {"l1_server": L1})
        assert headers["Authorization"] == "Bearer the-token"
        assert "the-token" not in json.dumps([path, body])
