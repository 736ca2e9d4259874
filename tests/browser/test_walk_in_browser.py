"""The walk of somebody who comes here for the first time, in a real Chromium."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.services import Services
from artdag.digest import Digest
from artdag.signing import verify_envelope
from tests.browser.conftest import Visit
from tests.builders import a_clip, put_media
from tests.media import MediaFolder

pytestmark = [pytest.mark.browser, pytest.mark.slow]

POLLS_S = 2.5
PLAY = """video => new Promise(tell => {
  video.muted = true;
  video.addEventListener("timeupdate", () => video.currentTime > 0.3 && tell(video.currentTime));
  video.play();
})"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return a_clip(tmp_path / "sea.mp4", frames=50, width=160, height=90)


@pytest.fixture
def clip(services: Services, tmp_path: Path) -> Digest:
    return put_media(services, a_clip(tmp_path / "lake.mp4", frames=50, width=160, height=90, seed=7))


def test_upload_recipe_form_run_watch_play_receipt_download(
    visit: Visit, services: Services, start_worker: Callable[[], None], file: Path, tmp_path: Path
) -> None:
    page = visit.page
    content = hashlib.sha3_256(file.read_bytes()).hexdigest()
    visit.go("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    visit.check_access()

    page.set_input_files('form[data-upload] input[type="file"]', file)
    page.wait_for_url(f"**/cache/{content}")
    visit.check_access()

    page.get_by_role("link", name="Recipes", exact=True).first.click()
    page.get_by_role("link", name="cool-night").first.click()
    page.locator(f'input[name="inputs.clip"][value="{content}"]').check(force=True)
    page.locator('input[name="params.turn"]').fill("200")
    visit.check_access()
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/*")
    run_page = page.url

    expect(page.get_by_text("No worker is connected")).to_be_visible()
    visit.check_access()
    start_worker()
    live = page.locator("#run_live")
    expect(live).to_have_attribute("data-state-of", "completed", timeout=60_000)
    assert page.title().startswith("✓ cool-night")
    asked = len(visit.asked)
    page.wait_for_timeout(POLLS_S * 1000)
    assert visit.asked[asked:] == [], "a finished run is not asked about any more"

    video = page.locator("video[data-player]")
    assert video.evaluate(PLAY) > 0.3
    assert video.evaluate("video => [video.videoWidth, video.videoHeight]") == [160, 90]
    expect(page.locator('[data-node="hue"]')).to_have_attribute("data-state", "done")
    expect(page.get_by_role("link", name="Discard this run")).to_be_visible()
    visit.check_access()

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download", exact=True).click()
    waiting.value.save_as(tmp_path / "result.mp4")
    run = services.runs.get(run_page.rpartition("/")[2])
    assert hashlib.sha3_256((tmp_path / "result.mp4").read_bytes()).hexdigest() == run.output

    page.get_by_role("link", name="Provenance").click()
    expect(page.get_by_role("heading", name="Signature valid")).to_be_visible()
    visit.check_access()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Signed record").click()
    waiting.value.save_as(tmp_path / "signed.json")
    record = verify_envelope(json.loads((tmp_path / "signed.json").read_text()), [services.signer.public])
    assert record["output"]["content_hash"] == run.output
    assert visit.complaints == []


def test_a_film_that_the_browser_cannot_play_is_said_to_be_one(
    visit: Visit, services: Services, clip: Digest, tmp_path: Path
) -> None:
    hevc = put_media(services, MediaFolder(tmp_path)["hlg.mp4"])
    visit.go(f"/cache/{hevc}")
    expect(visit.page.get_by_text("This browser cannot play hevc")).to_be_visible()
    visit.check_access()
    visit.go(f"/cache/{clip}")
    expect(visit.page.get_by_role("button", name="frame ▸")).to_be_visible()
    strip = visit.page.locator("[data-seek]").first
    box = strip.bounding_box()
    assert box is not None
    visit.page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + 10)
    visit.page.wait_for_function("document.querySelector('[data-player]').currentTime > 1.4")
    expect(visit.page.get_by_text("This browser cannot play")).to_be_hidden()


def test_a_refused_upload_is_told_beside_its_name(visit: Visit, file: Path, tmp_path: Path) -> None:
    (tmp_path / "no.mp4").write_text("no film")
    visit.go("/media")
    visit.page.set_input_files('form[data-upload] input[type="file"]', [file, tmp_path / "no.mp4"])
    expect(visit.page.locator(".uploads .refused")).to_contain_text("no.mp4")
    expect(visit.page.locator(".uploads .refused")).to_contain_text("of no type that is accepted")
    expect(visit.page.locator(".uploads a")).to_have_text("ready → open")
    visit.check_access()


def test_a_page_that_is_watched_keeps_what_the_visitor_opened(visit: Visit, clip: Digest) -> None:
    run_id = started(visit, clip)
    visit.go(f"/runs/{run_id}/plan")
    page = visit.page
    page.locator("details.step").nth(1).locator("summary").click()
    polls = len(visit.asked)
    page.wait_for_timeout(5000)
    assert len(visit.asked) - polls >= 2
    expect(page.locator("details.step").nth(1)).to_have_attribute("open", "")
    assert visit.complaints == []


def test_unchanged_fragments_are_answered_with_304(visit: Visit, clip: Digest) -> None:
    statuses: list[int] = []
    visit.page.on("response", lambda answer: statuses.append(answer.status) if "/plan" in answer.url else None)
    visit.go(f"/runs/{started(visit, clip)}/plan")
    visit.page.wait_for_timeout(7000)
    assert 304 in statuses
    assert set(statuses) == {200, 304}


def test_every_page_is_accessible_fits_a_phone_and_asks_nobody_else(visit: Visit, clip: Digest) -> None:
    run_id = started(visit, clip)
    recipe = visit.page.request.get(f"{visit.address}/recipes").json()["items"][0]["id"]
    places = [
        *(
            "/",
            "/runs",
            "/runs?status=failed",
            "/recipes",
            "/recipes/upload",
            "/media",
            "/effects",
            "/cache",
            "/readyz",
            "/docs",
        ),
        *(f"/runs/{run_id}", f"/runs/{run_id}/plan", f"/runs/{run_id}/commands", "/nowhere"),
        *(f"/recipes/{recipe}", f"/cache/{clip}", "/effects/invert"),
    ]
    for width, scheme in ((360, "light"), (1440, "dark")):
        visit.page.set_viewport_size({"width": width, "height": 900})
        visit.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        for place in places:
            visit.go(place)
            visit.check_access()
            wide = visit.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{place} is {wide} px wide on a screen of {width}"
    assert [url for url in visit.asked if url.startswith("http")] == []


def test_keys_lead_around(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/runs")
    page.keyboard.press("/")
    page.keyboard.type("gr")  # typed into the search field: no key leads away from there
    assert page.locator('input[type="search"]').input_value() == "gr"
    page.locator('input[type="search"]').blur()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    visit.check_access()


def test_the_theme_can_be_switched_and_is_kept(visit: Visit) -> None:
    page = visit.page
    visit.go("/")
    before = page.evaluate("getComputedStyle(document.body).color")
    page.get_by_role("button", name="Switch between light and dark").click()
    after = page.evaluate("getComputedStyle(document.body).color")
    assert before != after
    visit.go("/runs")
    assert page.evaluate("getComputedStyle(document.body).color") == after


def test_it_all_works_without_javascript(plain_visit: Visit, file: Path) -> None:
    page = plain_visit.page
    content = hashlib.sha3_256(file.read_bytes()).hexdigest()
    plain_visit.go("/")
    page.set_input_files('form[data-upload] input[type="file"]', file)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(f"**/cache/{content}")
    plain_visit.go("/recipes")
    page.get_by_role("link", name="cool-night").first.click()
    page.locator(f'input[name="inputs.clip"][value="{content}"]').check(force=True)
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/*")
    expect(page.get_by_text("pending").first).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("cancelled").first).to_be_visible()
    page.get_by_role("link", name="Discard this run").click()
    page.get_by_role("button", name="Discard").click()
    page.wait_for_url("**/runs")


def started(visit: Visit, clip: Digest) -> str:
    """Start a run that nobody will carry out; return its id."""
    answer = visit.page.request.post(f"{visit.address}/runs", data={"recipe": "cool-night", "inputs": [clip]})
    assert answer.status == 201, answer.text()
    run_id: str = answer.json()["run_id"]
    return run_id
