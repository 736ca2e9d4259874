"""What renderers (L1) ask: whose token is this, record this run, do you know these bytes."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, request

from tests.l2dev.activitypub import create_activity
from tests.l2dev.signatures import unsigned
from tests.l2dev.state import bearer, config, problem, store, tokens

bp = Blueprint("questions", __name__)


@bp.post("/auth/verify")
def verify() -> Any:
    renderer = (request.get_json(silent=True) or {}).get("l1_server")
    if renderer not in config().renderers:
        return problem(403, "this renderer is not known here")
    claims = tokens().claims(bearer(), renderer=renderer)
    if claims is None:
        return problem(401, "this token is not valid, or no longer")
    return {"username": claims["username"], "actor": f"@{claims['username']}@{config().host}"}


@bp.post("/auth/revoke")
def revoke() -> Any:
    """End the one token that comes as the bearer, here and at the renderers."""
    claims = next((one for one in _claims_for_any(bearer()) if one), None)
    if claims is None:
        return problem(401, "this token is not valid, or no longer")
    end_token(bearer(), claims)
    return {"revoked": True}


@bp.post("/assets/record-run")
def record_run() -> Any:
    return _recorded(("run_id", "l1_server", "output_name", "output_hash", "provenance"))


@bp.post("/assets/record-asset")
def record_asset() -> Any:
    """Publish what no run made: an upload, a recipe."""
    return _recorded(("kind", "l1_server", "output_name", "output_hash", "provenance"))


def _recorded(wanted: tuple[str, ...]) -> Any:
    claims = next((one for one in _claims_for_any(bearer()) if one), None)
    if claims is None:
        return problem(401, "this token is not valid, or no longer")
    record = request.get_json(silent=True) or {}
    missing = [name for name in wanted if name not in record]
    if missing:
        return problem(422, f"the record lacks {', '.join(missing)}")
    if record["l1_server"] not in config().renderers:
        return problem(403, "this renderer is not known here")
    if why := unsigned(record["l1_server"]):
        return problem(403, why)
    if config().calls_back and record.get("run_id") and (why := _differs(record)):
        return problem(422, why)
    key = request.headers.get("Idempotency-Key") or f"{record.get('run_id')}/{record['output_hash']}"
    kept, is_new = store().publish(claims["username"], key, record)
    activity = create_activity(config().origin, kept)
    said = {
        "asset": activity["object"]["id"],
        "activity_id": activity["id"],
        "content_hash": kept["content_hash"],
        "published_at": activity["published"],
    }
    return said, 201 if is_new else 200


@bp.get("/assets/by-hash/<content_hash>")
def by_hash(content_hash: str) -> Any:
    found = store().by_hash(content_hash)
    if not found:
        return problem(404, "nothing with this hash was published here")
    activities = [create_activity(config().origin, one) for one in found]
    return {"content_hash": content_hash, "assets": [activity["object"] for activity in activities]}


def end_token(token: str, claims: dict[str, Any]) -> None:
    """Revoke it, and what was given out by it, here; then tell the renderers, to whom naming a token proves enough."""
    for one, jti in [(token, claims["jti"]), *store().issued(claims["jti"])]:
        store().revoke(jti)
        for renderer in config().renderers:
            tell(renderer, "/auth/revoke", {"token": one}, secret=one)


def end_all_tokens(name: str) -> None:
    store().revoke_all(name)
    for renderer in config().renderers:
        tell(renderer, "/auth/revoke-user", {"username": name, "l2_server": config().origin}, secret=config().secret)


def tell(renderer: str, path: str, body: dict[str, Any], *, secret: str) -> int | None:
    """Return the status of the answer; None where nobody is there (it will ask us within a minute anyway)."""
    try:
        return _asked(renderer, "POST", path, json.dumps(body), {"Authorization": f"Bearer {secret}"})[0]
    except OSError:
        return None


def _claims_for_any(token: str) -> list[dict[str, Any] | None]:
    return [tokens().claims(token, renderer=renderer) for renderer in (None, *config().renderers)]


def _differs(record: dict[str, Any]) -> str | None:
    """Ask the renderer for the run; return what is not as the record says."""
    try:
        status, data = _asked(record["l1_server"], "GET", f"/runs/{record['run_id']}", None, {})
    except OSError:
        return "the renderer could not be asked for the run"
    if status != 200:
        return f"the renderer says {status} of the run"
    run = json.loads(data)
    if run.get("output_hash") != record["output_hash"]:
        return "the run at the renderer has another output"
    return None


def _asked(origin: str, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(origin)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request(
            method, path, body, {"Content-Type": "application/json", "Accept": "application/json", **headers}
        )
        answer = connection.getresponse()
        return answer.status, answer.read(1 << 20)
    finally:
        connection.close()
