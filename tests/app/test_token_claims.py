"""Tokens of every false kind are refused with one sentence before any registry is asked about them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from app.registry.claims import LONGEST_TOKEN, TokenError, read_claims
from tests.tokens import a_token, claims_of, raw_token

L1, L2, OTHER = "https://l1.example", "https://l2.example", "http://127.0.0.1:8202"
NOW = time.time()


def read(token: str, now: float | None = None) -> Any:
    return read_claims(token, l1=L1, l2_servers=[L2, OTHER], now=time.time() if now is None else now)


def good(**changes: Any) -> str:
    return a_token("alice", L2, L1, **changes)


def test_a_proper_token_selects_its_registry() -> None:
    claims = read(good())
    assert (claims.username, claims.l2_server) == ("alice", L2)
    assert claims.expires_at > claims.issued_at
    assert read(a_token("bob", OTHER, L1)).l2_server == OTHER


@pytest.mark.parametrize(
    "changes", [{"aud": [L1, "x"]}, {"aud": L2, "l1_server": ...}, {"aud": [L2]}, {"nbf": NOW - 5}]
)
def test_a_token_may_be_for_its_registry_and_all_who_share_its_cookie(changes: dict[str, Any]) -> None:
    assert read(good(**changes)).username == "alice"


NEEDED = ("sub", "username", "l2_server", "aud", "iat", "exp")
WITH = claims_of("alice", L2, L1)
FALSE: dict[str, tuple[Callable[[], str], str]] = {
    "nothing": (lambda: "", "not a JWT"),
    "a word": (lambda: "nonsense", "not a JWT"),
    "two parts": (lambda: "a.b", "not a JWT"),
    "four parts": (lambda: "a.b.c.d", "not a JWT"),
    "no signature": (lambda: good().rpartition(".")[0] + ".", "not a JWT"),
    "line ends": (lambda: good() + "\r\nX: y", "not a JWT"),
    "other letters": (lambda: good().replace(".", "．"), "not a JWT"),
    "a megabyte": (lambda: "a" * (1 << 20), "longer than"),
    "a megabyte of claims": (lambda: good(pad="x" * (1 << 20)), "longer than"),
    "just too long": (lambda: "a" * (LONGEST_TOKEN + 1), "longer than"),
    "no base64": (lambda: "a.b.c", "cannot be read"),
    "no JSON": (lambda: raw_token(b"{", b"{"), "cannot be read"),
    "no object": (lambda: raw_token({"alg": "EdDSA"}, [1]), "cannot be read"),
    "bottomless": (lambda: raw_token({"alg": "EdDSA"}, b'{"a":' * 1000 + b"1" + b"}" * 1000), "read|lacks"),
    "alg none": (lambda: raw_token({"alg": "none"}, WITH), "not signed in a way that counts"),
    "alg NONE": (lambda: raw_token({"alg": "NoNe"}, WITH), "not signed in a way that counts"),
    "alg missing": (lambda: raw_token({}, WITH), "not signed in a way that counts"),
    "alg null": (lambda: raw_token({"alg": None}, WITH), "not signed in a way that counts"),
    "alg a list": (lambda: raw_token({"alg": ["EdDSA"]}, WITH), "not signed|cannot be read"),
    "alg unknown": (lambda: raw_token({"alg": "RSA1_5"}, WITH), "not signed in a way that counts"),
    **{f"no {name}": (lambda name=name: good(**{name: ...}), f"lacks `{name}`") for name in NEEDED},
    "nothing claimed": (lambda: raw_token({"alg": "EdDSA"}, {}), "lacks `sub`, `username`"),
    "expired": (lambda: good(exp=time.time() - 1), "has expired"),
    "ends before it begins": (lambda: good(iat=time.time() + 60, exp=time.time() - 60), "has expired"),
    "of the future": (lambda: good(iat=time.time() + 500, exp=time.time() + 900), "of the future"),
    "not before later": (lambda: good(nbf=time.time() + 500), "of the future"),
    "for a century": (lambda: good(exp=time.time() + 100 * 366 * 86400), "more than a year"),
    "exp a text": (lambda: raw_token({"alg": "EdDSA"}, {**WITH, "exp": "never"}), "`exp` is no moment"),
    "exp true": (lambda: raw_token({"alg": "EdDSA"}, {**WITH, "exp": True}), "`exp` is no moment"),
    "exp null": (lambda: raw_token({"alg": "EdDSA"}, {**WITH, "exp": None}), "`exp` is no moment"),
    "exp endless": (lambda: raw_token({"alg": "EdDSA"}, b'{"exp": 1e999, ' + b"%s" % _rest()), "`exp` is no moment"),
    "exp not a number": (lambda: raw_token({"alg": "EdDSA"}, b'{"exp": NaN, ' + b"%s" % _rest()), "`exp` is no moment"),
    "iat negative": (lambda: good(iat=-1), "`iat` is no moment"),
    "another audience": (lambda: good(aud="https://l1.evil.example"), r"another server \(`aud`\)"),
    "audience of another L2": (lambda: good(aud=OTHER), r"another server \(`aud`\)"),
    "audience nothing": (lambda: good(aud=[]), r"another server \(`aud`\)"),
    "audience a number": (lambda: raw_token({"alg": "EdDSA"}, {**WITH, "aud": [7, None]}), r"another server \(`aud`\)"),
    "audience begins alike": (lambda: good(aud=f"{L1}.evil.example"), r"another server \(`aud`\)"),
    "another renderer": (lambda: good(l1_server="https://l1.evil.example"), r"another server \(`l1_server`\)"),
    "username a number": (lambda: raw_token({"alg": "EdDSA"}, {**WITH, "username": 7}), "`username` is not a text"),
    "username endless": (lambda: good(username="a" * 401), "`username` is not a text"),
    "sub empty": (lambda: good(sub=""), "`sub` is empty"),
    "l2 a list": (lambda: raw_token({"alg": "EdDSA"}, {**WITH, "l2_server": [L2]}), "`l2_server` is not a text"),
}  # fmt: skip


def _rest() -> bytes:
    return json.dumps({name: value for name, value in WITH.items() if name != "exp"}).encode()[1:]


@pytest.mark.parametrize("kind", FALSE)
def test_a_false_token_is_refused_in_a_sentence(kind: str) -> None:
    make, why = FALSE[kind]
    with pytest.raises(TokenError, match=why) as caught:
        read(make())
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 250


@pytest.mark.parametrize(
    "l2_server",
    [
        "https://evil.example",
        f"{L2}/",
        f"{L2}:443",
        f"{L2}.evil.example",
        f"{L2}@evil.example",
        "https://l2.example:pw@evil.example",
        "https://evil.example#https://l2.example",
        "https://evil.example\\@l2.example",
        "https://evil.example?https://l2.example",
        "HTTPS://L2.EXAMPLE",
        "http://l2.example",
        "https://l2.example.",
        "https://l2․example",  # one dot leader
        "https://ⅼ2.example",  # a roman numeral
        "https://l2.example\x00",
        " https://l2.example",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_FLUSHALL",
        "unix:///run/redis.sock",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:8202",
        "http://127.1:8202",
        "http://2130706433:8202",
        "http://[::ffff:127.0.0.1]:8202",
        "//l2.example",
        "",
    ],
)
def test_only_an_exact_origin_is_ever_asked(l2_server: str) -> None:
    with pytest.raises(TokenError, match="registry that is not known here"):
        read(a_token("alice", l2_server, L1))
