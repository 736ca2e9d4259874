"""The terminal and docs/effects.md say what the effects declare."""

from __future__ import annotations

from pathlib import Path

from artdag.catalog import load_effects
from artdag.effects_reference import effect_text, effects_markdown

PAGE = Path(__file__).parents[2] / "docs/effects.md"


def test_the_page_is_what_the_effects_declare():
    renew = "python -m artdag.effects_reference > docs/effects.md"
    assert PAGE.read_text("utf-8") == effects_markdown(load_effects()), f"docs/effects.md is stale: {renew}"


def test_every_effect_and_setting_stands_there():
    text = effects_markdown(load_effects())
    for effect in load_effects():
        assert f"### {effect.name}\n" in text
        section = text.split(f"### {effect.name}\n", 1)[1].split("\n### ", 1)[0]
        assert effect.summary in section
        for spec in effect.param_specs:
            assert f"| `{spec.name}`" in section


def line_of(text: str, begin: str) -> list[str]:
    """Return the cells of the line that begins so."""
    line = next(line for line in text.splitlines() if line.strip().startswith(begin))
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_one_effect_is_told_with_ranges_units_cost_and_what_may_change():
    text = effect_text(load_effects().get("rotate"))
    assert text.startswith("rotate: Turn the picture about its middle.\n")
    assert line_of(text, "degrees")[:3] == ["degrees ~", "-3600 to 3600 °", "15"]
    assert line_of(text, "expand")[:3] == ["expand", "true, false", "false"]
    assert line_of(text, "cost") == ["cost", "medium: up to 12 ms of one processor for a frame of 720p"]
    assert line_of(text, "takes") == ["takes", "input (image, video)"]
    assert line_of(text, "time") == ["time", "a clip stays as long as it is"]


def test_what_an_effect_does_to_time_and_kind_is_told():
    catalog = load_effects()
    assert line_of(effect_text(catalog.get("speed_ramp")), "time")[1] == "changes how long a clip lasts"
    assert line_of(effect_text(catalog.get("waveform")), "gives")[1] == "video"
    assert "It cannot change over time: it decides when it is seen." in effect_text(catalog.get("title"))
    assert "setting" not in effect_text(catalog.get("identity"))


def test_every_effect_can_be_told_in_a_terminal():
    for effect in load_effects():
        text = effect_text(effect)
        assert all(line_of(text, spec.name) for spec in effect.param_specs)
