"""Files that people bring in: known before they are sent, and sent on from where they stopped."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from app.services import Services
from artdag.digest import Digest
from artdag.identity import LOCAL
from tests.browser.conftest import Visit
from tests.builders import a_clip, put_media

pytestmark = pytest.mark.browser
FIELD = 'form[data-upload] input[type="file"]'


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A clip of some 20 MB: three pieces."""
    path = a_clip(tmp_path / "large.mp4", frames=10)
    data = path.read_bytes()
    room = 20_000_000
    path.write_bytes(data + (room + 8).to_bytes(4, "big") + b"free" + bytes(room))  # a box that players pass over
    return path


def digest_of(path: Path) -> Digest:
    return Digest(hashlib.sha3_256(path.read_bytes()).hexdigest())


def test_a_file_that_is_here_is_told_so_and_not_sent(visit: Visit, services: Services, tmp_path: Path) -> None:
    path = a_clip(tmp_path / "mine.mp4")
    data = path.read_bytes()
    digest = put_media(services, path)
    path.write_bytes(data)
    visit.go("/media")
    visit.page.set_input_files(FIELD, path)
    link = visit.page.locator(".uploads a")
    expect(link).to_contain_text("already here since", timeout=20_000)
    assert link.get_attribute("href") == f"/cache/{digest}"
    assert "/cache/upload" not in visit.asked
    assert visit.complaints == []


def test_a_large_file_goes_on_after_a_lost_line_and_after_a_reload(
    visit: Visit, services: Services, large: Path
) -> None:
    page = visit.page
    pieces = 0

    def lose_the_line(route: Route) -> None:
        nonlocal pieces
        pieces += route.request.method == "PATCH"
        if route.request.method == "PATCH" and pieces in (2, 3):
            route.abort()
        else:
            route.continue_()

    page.route("**/cache/uploads/*", lose_the_line)
    visit.go("/media")
    page.set_input_files(FIELD, large)
    expect(page.locator(".uploads .state")).to_contain_text("again in", timeout=20_000)
    page.reload()
    page.set_input_files(FIELD, large)
    page.wait_for_url("**/media")
    expect(page.locator(".media-card .name")).to_have_text("large.mp4", timeout=20_000)
    assert services.media.entry(LOCAL, digest_of(large)) is not None
    assert visit.asked.count("/cache/uploads") == 1, "it was begun once"
    assert list(services.content.scratch.glob("resumable-*")) == []
