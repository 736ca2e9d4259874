"""docs/effects.md says what the effects declare."""

from __future__ import annotations

from pathlib import Path

from artdag.catalog import load_effects
from artdag.effects_reference import effects_markdown

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
