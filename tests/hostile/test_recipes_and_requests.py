"""Hostile recipes, addresses and headers: each is refused with a sentence, and never by an accident of ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.services import Services, build_services
from app.settings import Settings
from artdag.identity import LOCAL
from tests.app.conftest import under_test
from tests.builders import a_clip, put_media
from tests.hostile.case import SENTINEL
from tests.hostile.recipes import RECIPES, effect, node

HASH = "a" * 64


@pytest.fixture(scope="module")
def services(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Services:
    home = tmp_path_factory.mktemp("house")
    return build_services(Settings.from_env({"ARTDAG_HOME": str(home), "REDIS_URL": redis_url}))


@pytest.fixture(scope="module")
def client(services: Services) -> FlaskClient:
    return under_test(create_app(services)).test_client()


@pytest.fixture(scope="module")
def clip(services: Services, tmp_path_factory: pytest.TempPathFactory) -> str:
    services.redis.flushdb()
    return put_media(services, a_clip(tmp_path_factory.mktemp("clip") / "clip.mp4"), LOCAL)


@pytest.mark.parametrize("name", RECIPES)
def test_a_hostile_recipe_is_refused_with_a_sentence(client, services, name):
    text = RECIPES[name]
    body = text if isinstance(text, bytes) else text.encode()
    answer = client.post("/recipes/upload", data=body, content_type="application/yaml")
    assert answer.status_code in (413, 422), f"{answer.status_code} {answer.text[:500]}"
    assert 0 < len(answer.json["detail"]) < 2000
    assert "Traceback" not in answer.text
    assert SENTINEL.decode() not in answer.text
    assert not Path("/tmp/owned").exists()
    assert list(services.recipes.ids()) == []


RESIZE = "id: b, type: RESIZE, config: {width: 8, height: 8}, inputs: [a]"


@pytest.mark.parametrize("text", [effect("blur", "radius: 2"), node(RESIZE)])
def test_the_same_without_the_hostile_part_is_taken(client, services, text):
    assert client.post("/recipes/upload", data=text, content_type="application/yaml").status_code == 201
    services.redis.flushdb()


ADDRESSES = [
    "/cache/..%2f..%2f..%2fetc%2fpasswd",
    "/cache/%2e%2e/%2e%2e/etc/passwd",
    "/cache/..%252f..%252fetc%252fpasswd",
    "/cache/..\\..\\etc\\passwd",
    "/cache//etc/passwd",
    "/cache/%00",
    f"/cache/{HASH}%00.png",
    f"/cache/{HASH}/../../../etc/passwd",
    f"/cache/{HASH.upper()}",
    f"/cache/{HASH[1:]}",
    f"/cache/{HASH}a",
    f"/cache/{'а' * 64}",
    f"/cache/{'１' * 64}",
    f"/cache/{HASH}/raw/../../x",
    "/cache/" + "a" * 5000,
    "/cache/{{7*7}}",
    "/cache/%F0%9F%92%A9",
    "/cache/%ff%fe",
    "/static/..%2f..%2fpyproject.toml",
    "/static/../pyproject.toml",
    "/static/%2e%2e/pyproject.toml",
    "/static//etc/passwd",
    "/runs/..%2f..%2fetc%2fpasswd",
    "/runs/%00",
    "/runs/" + "x" * 3000,
    "/recipes/..%2f..%2fx",
    "/recipes/%00",
    "/effects/..%2f..%2fx",
    "/effects/__class__",
    "/assets/..%2f..%2fx",
    f"/runs/{HASH}/artifact/../../etc/passwd",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_leaves_its_place_leads_nowhere(client, address):
    answer = client.get(address, follow_redirects=True)
    assert answer.status_code in (404, 405), answer.text[:300]
    assert "root:" not in answer.text
    assert "[project]" not in answer.text


RANGES = {
    "bytes=--5": 416,
    "bytes=5-1": 416,
    f"bytes={2**64}-": 416,
    f"bytes=0-{2**70}": 206,
    "bytes=" + ",".join(f"{n}-{n}" for n in range(2000)): 416,
    "bytes=0-0,0-0": 416,
    "bytes=-0": 416,
    "bytes=abc": 416,
    "bytes=": 416,
    "bytes": 416,
    "lines=0-1": 200,
    "bytes=0-1\t": 206,
    "bytes=-99999999999999999999": 206,
    "bytes=1e3-": 416,
    "bytes=0x1-": 416,
    "bytes=１-": 416,
}


@pytest.mark.parametrize("wanted", RANGES, ids=lambda text: text[:20])
def test_a_range_never_gives_more_than_is_there(client, services, clip, wanted):
    answer = client.get(f"/cache/{clip}/raw", headers={"Range": wanted})
    size = services.content.size(clip)
    assert answer.status_code in {RANGES[wanted], 200, 416}
    assert len(answer.data) <= max(size, 1000)
    if answer.status_code == 206:
        assert len(answer.data) <= size
    answer.close()


FORM = "multipart/form-data"
WITH_B = f"{FORM}; boundary=b"
FIELD = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.png"\r\n\r\n'
BODIES = {
    "no boundary": (b"x", FORM, {400}),
    "a boundary of nothing": (b"--\r\n", f"{FORM}; boundary=", {400}),
    "a boundary of 1000": (b"x", f"{FORM}; boundary={'b' * 1000}", {400}),
    "cut off": (FILE + b"abc", WITH_B, {400}),
    "5000 fields": ((FIELD + b"x\r\n") * 5000 + b"--b--", WITH_B, {400, 413}),
    "a field of 2 MB": (FIELD + b"x" * (2 << 20) + b"\r\n--b--", WITH_B, {400, 413}),
    "a head of 1 MB": (b"--b\r\nX: " + b"x" * (1 << 20) + b"\r\n\r\n\r\n--b--", WITH_B, {400, 413}),
    "no name": (b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", WITH_B, {400}),
    "a file without bytes": (FILE + b"\r\n--b--", WITH_B, {400, 422}),
    "a form of text": (b"file=x", "application/x-www-form-urlencoded", {400, 415}),
    "JSON": (b'{"file": "/etc/passwd"}', "application/json", {400, 415}),
    "XML": (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "application/xml", {400, 415}),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_upload_is_refused_and_leaves_nothing(client, services, name):
    body, kind, expect = BODIES[name]
    before = set(services.content.digests())
    answer = client.post("/cache/upload", data=body, content_type=kind)
    assert answer.status_code in expect, answer.text[:300]
    assert set(services.content.digests()) == before
    assert list(services.content.scratch.iterdir()) == []


RUNS = {
    "NaN": b'{"recipe": "blur", "inputs": [], "params": {"radius": NaN}}',
    "infinity": b'{"recipe": "blur", "inputs": [], "params": {"radius": 1e999}}',
    "deep": b'{"recipe": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "a list": b"[]",
    "a number": b"1",
    "cut off": b'{"recipe": "blur"',
    "a recipe that is a path": b'{"recipe": "../../etc/passwd", "inputs": []}',
    "inputs that are paths": b'{"recipe": "invert", "inputs": ["/etc/passwd"]}',
    "inputs that are addresses": b'{"recipe": "invert", "inputs": ["http://127.0.0.1/"]}',
    "a name that is a path": b'{"recipe": "invert", "inputs": [], "output_name": "../../x\\u0000"}',
    "a name of control characters": b'{"recipe": "invert", "inputs": [], "output_name": "a\\r\\nSet-Cookie: x"}',
    "an owner": b'{"recipe": "invert", "inputs": [], "username": "@root@localhost"}',
    "a prototype": b'{"recipe": "invert", "inputs": [], "__proto__": {}}',
    "10000 inputs": b'{"recipe": "invert", "inputs": [' + b",".join([b'"' + b"a" * 64 + b'"'] * 10_000) + b"]}",
    "an integer of 10000 digits": b'{"recipe": "blur", "inputs": [], "params": {"radius": ' + b"9" * 10_000 + b"}}",
}


@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_cannot_be_is_refused_and_is_no_run(client, services, name):
    answer = client.post("/runs", data=RUNS[name], content_type="application/json")
    assert answer.status_code in (400, 404, 413, 422), answer.text[:300]
    assert "Traceback" not in answer.text
    assert list(services.runs.ids()) == []


PLACES = [
    *("//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example", "\\\\evil.example"),
    *("/%0d%0aSet-Cookie:x", "javascript:alert(1)", "/\t/evil.example"),
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("path", ["/login", "/logout", "/auth"])
def test_nobody_is_sent_to_another_place(client, path, place):
    answer = client.get(path, query_string={"next": place})
    to = answer.headers.get("Location", "/")
    assert to.startswith("/"), to
    assert not to.startswith(("//", "/\\")), to
    assert "Set-Cookie: x" not in str(answer.headers)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_get_stays_a_get_whatever_a_header_says(client, services, clip, header):
    client.get(f"/cache/{clip}?_method=DELETE", headers={header: "DELETE"}).close()
    assert services.content.has(clip)


def test_the_host_and_who_forwards_it_are_not_believed(client):
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    answer = client.get("/readyz", headers={"X-Forwarded-Host": "evil.example", "X-Original-URL": "/upkeep"})
    assert "evil.example" not in answer.text
