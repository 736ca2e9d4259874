"""The logs: one line for each thing that happened, with a reference and without secrets."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from flask.testing import FlaskClient

from app import logs
from app.logs import JsonFormatter, TextFormatter

SECRETS = (
    "Authorization: Bearer abc.def-123",
    "GET /auth?auth_token=tok-123&x=1",
    "redis://user:pass-123@example.org:6379/5 is away",
    "cookie artdag_session=sess-123; path=/",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0x123.sig-123",
    "the key is whsec_MfKQ9r8GKY123",
    "password=hunter-123",
)


def record(message: str, *, trouble: BaseException | None = None, facts: dict | None = None) -> logging.LogRecord:
    info = (type(trouble), trouble, trouble.__traceback__) if trouble else None
    made = logging.LogRecord("app.test", logging.INFO, __file__, 1, message, (), info)
    if facts:
        made.facts = facts
    return made


@pytest.mark.parametrize("formatter", [TextFormatter(), JsonFormatter()])
@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_written(formatter, secret):
    try:
        raise ValueError(secret)
    except ValueError as error:
        line = formatter.format(record(secret, trouble=error, facts={"header": secret}))
    assert "123" not in line
    assert "hidden" in line


@pytest.mark.parametrize("hostile", ["a\r\nERROR forged line", "\x1b[2J\x1b]0;title\x07", "\u2028next", "\x9b31m"])
def test_what_others_wrote_stays_in_its_line(hostile):
    for formatter in (TextFormatter(), JsonFormatter()):
        line = formatter.format(record(f"file {hostile!s} came"))
        assert len(line.splitlines()) == 1
        assert "\x1b" not in line
        assert "\x9b" not in line


def test_a_message_of_a_million_characters_is_cut():
    assert len(TextFormatter().format(record("x" * 1_000_000))) < 5000


def test_json_lines_hold_the_facts_and_the_traceback():
    logs.reference.set("abc123")
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        made = logging.LogRecord("app.test", logging.ERROR, __file__, 1, "it %s", ("broke",), sys.exc_info())
        made.facts = {"status": 500}
        found = json.loads(JsonFormatter().format(made))
    finally:
        logs.reference.set("")
    assert (found["message"], found["level"], found["reference"], found["status"]) == (
        "it broke",
        "ERROR",
        "abc123",
        "500",
    )
    assert "ZeroDivisionError" in found["traceback"]
    assert found["time"].endswith("Z")


def test_the_reference_on_an_error_page_is_the_answers_and_the_logs(person, client: FlaskClient, monkeypatch, caplog):
    def explode(*_: object) -> None:
        raise RuntimeError("out of paint")

    monkeypatch.setattr("app.blueprints.home.HomePage.to_json", explode)
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    client.application.config["TESTING"] = False
    answer = client.get("/")
    assert answer.status_code == 500
    reference = answer.get_json()["reference"]
    assert answer.headers["X-Request-Id"] == reference
    assert "out of paint" not in answer.text
    assert any(reference in line.getMessage() for line in caplog.records)


def test_each_answer_has_a_reference_of_ours_and_never_the_callers(client: FlaskClient):
    first, second = (client.get("/healthz", headers={"X-Request-Id": "evil"}).headers["X-Request-Id"] for _ in "ab")
    assert first != second
    assert "evil" not in (first, second)


def test_a_request_that_changes_something_is_told_without_its_query(client: FlaskClient, caplog):
    with caplog.at_level(logging.INFO, "artdag.requests"):
        client.post("/runs?auth_token=tok-123", json={"recipe": "no-such"})
        client.get("/healthz")
    lines = [line.getMessage() for line in caplog.records if line.name == "artdag.requests"]
    assert len(lines) == 1
    assert lines[0].startswith("POST /runs 404 in ")
