"""docs/effects.md, made from what the effects declare: ``python -m artdag.effects_reference > docs/effects.md``."""

from __future__ import annotations

from artdag.catalog import load_effects
from artdag.effect import COSTS, Effect, EffectCatalog
from artdag.params import ParamSpec

_GROUPS = ("basics", "colour", "detail", "geometry", "look", "time", "text", "sound")
_HEAD = """# The effects

Each is one file in `artdag/effects/`; this page is made from those files by `python -m artdag.effects_reference`.
How to write one of your own: [your-own-effect.md](your-own-effect.md). Settings marked ~ may change over time:
keyframes, or bound to a sound (see the recipe language). Cost is processor time per frame of 1280 × 720:
{costs}.
"""


def effects_markdown(catalog: EffectCatalog) -> str:
    """Return the reference of all effects of *catalog*, by group, as Markdown."""
    costs = ", ".join(f"*{name}* {words.split(' of one')[0]}" for name, words in COSTS.items())
    parts = [_HEAD.format(costs=costs)]
    for group in _GROUPS:
        effects = [effect for effect in catalog if effect.group == group]
        if effects:
            links = ", ".join(f"[{effect.name}](#{effect.name})" for effect in effects)
            parts.append(f"## {group.capitalize()}\n\n{links}\n")
            parts += [_section(effect) for effect in effects]
    return "\n".join(parts)


def _section(effect: Effect) -> str:
    takes = "; ".join(f"`{item.slot}` ({', '.join(kind.value for kind in item.kinds)})" for item in effect.wired)
    facts = f"Takes {takes or 'nothing'}. Cost: {effect.cost}."
    if effect.result is not None:
        facts += f" Gives {effect.result.value}."
    if effect.changes_length:
        facts += " Changes how long the clip lasts."
    lines = [f"### {effect.name}\n", effect.doc.strip() + "\n", facts + "\n"]
    if effect.param_specs:
        lines += ["| setting | values | default | |", "|---|---|---|---|"]
        lines += [_row(spec) for spec in effect.param_specs]
        lines.append("")
    return "\n".join(lines)


def _row(spec: ParamSpec) -> str:
    if spec.choices:
        values = ", ".join(f"`{choice}`" for choice in spec.choices)
    elif spec.low is not None and spec.high is not None and spec.type != "text":
        values = f"{spec.low:g} to {spec.high:g} {spec.unit}".rstrip()
    else:
        values = spec.type
    default = "needed" if spec.required else "–" if spec.default is None else f"`{spec.default}`"
    mark = " ~" if spec.can_change else ""
    return f"| `{spec.name}`{mark} | {_cell(values)} | {_cell(default)} | {_cell(spec.doc)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    print(effects_markdown(load_effects()), end="")
