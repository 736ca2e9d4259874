"""The costs of the effects as a table and as plain data, beside what the effects declare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from artdag.effect import Cost, Effect
from benchmarks.effects import Measured
from benchmarks.sources import FRAME_RATE

LIMITS_MS: dict[Cost, float] = {"light": 4.0, "medium": 12.0}
"""As the words in ``COSTS`` say; what takes longer is heavy."""
ORDER: tuple[Cost, ...] = ("light", "medium", "heavy")
TOLERANCE = 0.1
"""Share of a limit by which a measurement may cross it before it says that the declaration is wrong."""


def measured_class(ms: float, tolerance: float = 0.0) -> Cost:
    """Return the class of what takes so many milliseconds for a frame of 720p."""
    return next((cost for cost, limit in LIMITS_MS.items() if ms <= limit * (1 + tolerance)), "heavy")


def differs(declared: Cost, least_ms: float, most_ms: float) -> bool:
    """Return whether the class is wrong, more clearly than a measurement may be.

    Args:
        declared: the class.
        least_ms: what the effect takes at its defaults.
        most_ms: what it takes at the settings that take longest; a class up to that one is right as well.
    """
    low, high = measured_class(least_ms, TOLERANCE), measured_class(most_ms, -TOLERANCE)
    return not ORDER.index(low) <= ORDER.index(declared) <= ORDER.index(high)


def form_of(effect: Effect) -> str:
    """Return how the effect does it."""
    forms = {"native": effect.native, "numpy": effect.frame, "sound": effect.sound, "streams": effect.streams}
    return next((name for name, form in forms.items() if form is not None), "same")


def usual_of(measured: Sequence[Measured]) -> Measured:
    """Return what counts: the defaults, or the first settings that have something to do."""
    return next((one for one in measured if not one.idle), measured[0])


def dearest(measured: Iterable[Measured]) -> Measured:
    return max(measured, key=lambda one: one.least)


def effect_rows(effect: Effect, measured: Sequence[Measured]) -> list[str]:
    """Return what one effect took for a person to read: a line, and one more where other settings take longer."""
    usual, most = usual_of(measured), dearest(measured)
    area = f"{usual.least / usual.megapixels:8.2f}" if usual.megapixels else f"{'–':>8}"
    mark = f"measured {measured_class(usual.least)}" if differs(effect.cost, usual.least, most.least) else ""
    doubt = " " if usual.quiet else "?"
    rows = [
        f"  {effect.name:20}{form_of(effect):8}{usual.least:8.2f}{doubt}{area}{usual.memory_mb:7.0f} MB"
        f"  {effect.cost:7} {mark}"
    ]
    if most.least > 1.25 * usual.least and most.least > 1:
        mark = f" ({measured_class(most.least)})" if measured_class(most.least) != effect.cost else ""
        rows.append(f"  {'':20}{'':8}{most.least:8.2f}{' ' if most.quiet else '?'}{'':19}  {most.settings}{mark}")
    return rows


EFFECTS_HEAD = f"""
Every effect, ms of processor time for a frame of 720p
  {"":20}{"form":8}{"frame":>8} {"Mpixel":>8}{"memory":>10}  declared"""
EFFECTS_LEGEND = f"""
The least of all rounds, at the defaults (where they change nothing: at settings that do), and below at the settings
that take longest, where that is a quarter more. A figure with ? was measured while other programs were busy.
Sound: per as much as lasts 1/{FRAME_RATE} s. "measured …" stands where the declared class is wrong: below that of the
defaults, or above that of the dearest settings. (…): the class of those."""


def figures(effect: Effect, measured: Sequence[Measured]) -> dict[str, Any]:
    """Return the same as plain data."""
    usual = usual_of(measured)
    return {
        "form": form_of(effect),
        "settings": usual.settings,
        "declared": effect.cost,
        "measured": measured_class(usual.least),
        "differs": differs(effect.cost, usual.least, dearest(measured).least),
        "ms_per_frame": round(usual.least, 3),
        "ms_per_megapixel": round(usual.least / usual.megapixels, 3) if usual.megapixels else None,
        "memory_mb": round(usual.memory_mb),
        "trials": {one.settings: {"ms": [round(ms, 3) for ms in one.ms], "undisturbed": one.quiet} for one in measured},
    }
