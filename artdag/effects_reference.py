"""What the effects declare, for people: one in a terminal, and all as docs/effects.md.

``python -m artdag.effects_reference > docs/effects.md`` renews that page.
"""

from __future__ import annotations

from artdag.catalog import load_effects
from artdag.effect import COSTS, Effect, EffectCatalog
from artdag.params import ParamSpec, plain

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


def effect_text(effect: Effect) -> str:
    """Return all there is to say of *effect*, for a terminal."""
    takes = "; ".join(f"{item.slot} ({', '.join(kind.value for kind in item.kinds)})" for item in effect.wired)
    gives = effect.result.value if effect.result is not None else "what its first input is"
    length = "changes how long a clip lasts" if effect.changes_length else "a clip stays as long as it is"
    facts = {"group": effect.group, "takes": takes or "nothing", "gives": gives, "time": length}
    facts["cost"] = f"{effect.cost}: {effect.cost_words}"
    lines = [f"{effect.name}: {effect.doc.strip()}", "", *(f"{name:8}{words}" for name, words in facts.items())]
    if effect.param_specs:
        rows = [("setting", "values", "default")]
        rows += [(_marked(spec), _values(spec), _default(spec)) for spec in effect.param_specs]
        widths = [min(_WIDEST, max(len(row[column]) for row in rows)) for column in range(3)]
        texts = ["~ may change over time", *(spec.doc + _why_fixed(spec) for spec in effect.param_specs)]
        lines.append("")
        for row, text in zip(rows, texts, strict=True):
            cells = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
            lines.append(f"  {cells}  {text}")
    return "\n".join(lines)


_WIDEST = 24
"""Characters of a column; longer words push the rest of their line."""


def _marked(spec: ParamSpec) -> str:
    return f"{spec.name} ~" if spec.can_change else spec.name


def _why_fixed(spec: ParamSpec) -> str:
    return f" It cannot change over time: it {spec.constant}." if spec.constant else ""


def _default(spec: ParamSpec) -> str:
    if spec.required or spec.default is None:
        return "needed" if spec.required else "–"
    if isinstance(spec.default, bool):
        return str(spec.default).lower()
    return f"{spec.default:g}" if isinstance(spec.default, float) else str(plain(spec.default))


def _values(spec: ParamSpec, quote: str = "") -> str:
    """Return what the setting may be."""
    if spec.choices:
        return ", ".join(f"{quote}{choice}{quote}" for choice in spec.choices)
    if spec.low is not None and spec.high is not None and spec.type != "text":
        return f"{spec.low:.10g} to {spec.high:.10g} {spec.unit}".rstrip()
    return _KINDS.get(spec.type, spec.type)


_KINDS = {"bool": "true, false", "color": "colour", "custom": "text"}


def _row(spec: ParamSpec) -> str:
    values, default = _values(spec, "`"), _default(spec)
    default = default if default in ("needed", "–") else f"`{default}`"
    mark = " ~" if spec.can_change else ""
    return f"| `{spec.name}`{mark} | {_cell(values)} | {_cell(default)} | {_cell(spec.doc)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    print(effects_markdown(load_effects()), end="")
