"""Picking in lists: by click, by Shift and by key; what is picked stays so while the list renews itself."""

from __future__ import annotations

from pathlib import Path

from app.runs.submission import RunRequest, submit_run
from app.services import Services
from artdag.identity import LOCAL
from tests.browser.conftest import Visit
from tests.builders import a_clip, put_media


def test_picked_runs_stay_picked_while_the_list_renews_itself(visit: Visit, services: Services, tmp_path: Path) -> None:
    clip = put_media(services, a_clip(tmp_path / "clip.mp4"), LOCAL)
    page = visit.page
    for effect in ("invert", "sepia", "blur"):
        submit_run(services, RunRequest(recipe=effect, inputs=[clip]), LOCAL)
    visit.go("/runs")
    boxes = page.locator(".pick input")
    compare = page.get_by_role("button", name="Compare")
    boxes.nth(2).check()
    assert not compare.is_visible()
    boxes.nth(0).check()
    assert compare.is_visible()
    submit_run(services, RunRequest(recipe="grayscale", inputs=[clip]), LOCAL)
    page.locator("#run_list tbody tr").nth(3).wait_for()
    assert [boxes.nth(place).is_checked() for place in range(4)] == [False, True, False, True]
    assert page.get_by_text("2 picked").is_visible()
    visit.check_access()
    page.get_by_role("button", name="Pick none").click()
    assert page.locator(".pick :checked").count() == 0
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    page.get_by_text("3 picked").wait_for()
    page.keyboard.press("x")  # the one that has the focus, off again
    page.get_by_text("2 picked").wait_for()
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_role("button", name="Cancel 2 runs").wait_for()
    visit.check_access()
    page.get_by_role("button", name="Cancel 2 runs").click()
    page.get_by_role("heading", name="2 runs cancelled").wait_for()
    visit.check_access()
