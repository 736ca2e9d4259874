"""Two people of one name, of two registries, in two browsers on one server: neither sees what the other has."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from redis import Redis
from werkzeug.serving import make_server

from app import create_app
from app.services import Services, build_services
from app.settings import Settings
from artdag.identity import Identity
from tests.browser.conftest import Visit, visited
from tests.builders import a_clip
from tests.registries import RunningL2, free_port, running_l2

pytestmark = pytest.mark.browser
SECRET = "what the first registry proves itself with"


@dataclass
class Server:
    """One L1 that knows two registries."""

    address: str
    services: Services
    registries: tuple[RunningL2, RunningL2]


@pytest.fixture
def server(redis_url: str, redis_client: Redis, tmp_path: Path) -> Iterator[Server]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    origins = [f"http://localhost:{free_port()}" for _ in range(2)]  # another host: no cookie of theirs comes here
    secrets = tmp_path / "secrets"
    secrets.write_text(f"{origins[0]} {hashlib.sha256(SECRET.replace(' ', '-').encode()).hexdigest()}\n")
    environ = {
        "ARTDAG_HOME": str(tmp_path / "home"),
        "REDIS_URL": redis_url,
        "L1_PUBLIC_URL": address,
        "L2_SERVERS": " ".join(origins),
        "L2_SECRETS": str(secrets),
    }
    services = build_services(Settings.from_env(environ), redis_client)
    with (
        running_l2("--secret", SECRET.replace(" ", "-"), renderers=(address,), origin=origins[0]) as first,
        running_l2(renderers=(address,), origin=origins[1]) as second,
    ):
        httpd = make_server("127.0.0.1", port, create_app(services), threaded=True)
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield Server(address, services, (first, second))
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def arrive(visit: Visit, l2: RunningL2) -> None:
    """Log in at the registry and come over, as people do."""
    page = visit.page
    page.goto(f"{l2.origin}/login")
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill("alice")
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Renderers").click()
    page.get_by_role("button", name="Attach").click()
    page.wait_for_url(visit.address + "/")
    expect(page.locator(".top .actor")).to_have_text(f"@alice@{l2.host}")


def bring(visit: Visit, path: Path) -> None:
    visit.go("/")
    visit.page.locator("input[type=file]").first.set_input_files(path)
    visit.page.wait_for_url("**/cache/*")


def start(visit: Visit, digest: str, name: str) -> str:
    """Run `identity` on what is in the library, and return the address of the run."""
    page = visit.page
    visit.go("/account")
    token = page.locator('meta[name="csrf-token"]').get_attribute("content")
    answer = page.request.post(
        f"{visit.address}/runs",
        data={"recipe": "identity", "inputs": [digest], "output_name": name},
        headers={"X-CSRFToken": token or "", "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status == 201, answer.text()
    return f"/runs/{answer.json()['run_id']}"


def test_neither_sees_or_harms_what_the_other_has(chromium: Browser, server: Server, tmp_path: Path) -> None:
    first, second = server.registries
    ours, theirs = tmp_path / "first's secret.mp4", tmp_path / "second's own.mp4"
    ours.write_bytes(a_clip(tmp_path / "clip.mp4").read_bytes())
    theirs.write_bytes(ours.read_bytes())
    one_of, other_of = (visited(chromium.new_context(), server.address) for _ in range(2))
    one, other = next(one_of), next(other_of)

    one.go("/")
    expect(one.page.locator(".top .who")).to_contain_text("Not logged in")
    one.page.get_by_text("Log in", exact=True).click()
    expect(one.page.get_by_role("link", name=f"at {first.host}")).to_have_attribute("href", f"{first.origin}/login")

    arrive(one, first)
    arrive(other, second)

    bring(one, ours)
    digest = one.page.url.rpartition("/")[2]
    bring(other, theirs)
    assert other.page.url.endswith(digest), "the bytes are kept once"
    run, other_run = start(one, digest, "first's film"), start(other, digest, "second's film")

    for visit, own, foreign, own_run in ((one, "first's", "second's", run), (other, "second's", "first's", other_run)):
        for path in ("/", "/runs", "/media", "/cache", f"/cache/{digest}", "/account", "/recipes", own_run):
            visit.go(path)
            text = visit.page.locator("body").inner_text()
            assert foreign not in text, path
            assert own in text or path in ("/account", "/recipes"), path
        addresses = [link.get_attribute("href") for link in visit.page.get_by_role("link").all()]
        assert not any(address and address.endswith(other_run if visit is one else run) for address in addresses)

    other.go(run)  # whoever has the link may look, and do nothing
    expect(other.page.get_by_text("first's film").first).to_be_visible()
    expect(other.page.get_by_text("Discard this run")).to_have_count(0)
    expect(other.page.get_by_role("button", name="Publish")).to_have_count(0)
    token = other.page.locator('meta[name="csrf-token"]').get_attribute("content") or ""
    for path in (f"{run}/discard", f"{run}/cancel", f"{run}/retry", f"{run}/publish"):
        answer = other.page.request.post(server.address + path, headers={"X-CSRFToken": token})
        assert answer.status == 403, path

    other.page.request.post(f"{server.address}{other_run}/discard", headers={"X-CSRFToken": token})
    answer = other.page.request.post(f"{server.address}/cache/{digest}/delete", headers={"X-CSRFToken": token})
    assert answer.status == 200
    other.go("/media")
    assert "second's" not in other.page.locator("main").inner_text()
    one.go(f"/cache/{digest}")
    assert "first's secret.mp4" in one.page.locator("main").inner_text()
    assert server.services.media.owners(server.services.media.digests_of(Identity("alice", first.host))[0]) == {
        Identity("alice", first.host)
    }

    one.page.goto(first.origin)
    one.page.get_by_role("button", name="Log out everywhere").click()
    one.go("/")
    expect(one.page.locator(".top .who")).to_contain_text("Not logged in")
    other.go("/")
    expect(other.page.locator(".top .actor")).to_have_text(f"@alice@{second.host}")
    other.page.goto(second.origin)
    other.page.get_by_role("button", name="Log out", exact=True).click()
    other.go("/")
    expect(other.page.locator(".top .who")).to_contain_text("Not logged in")
    assert one.complaints == other.complaints == []
    for visits in (one_of, other_of):
        assert next(visits, None) is None  # closes the window
