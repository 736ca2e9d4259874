"""The figures: ratios to the floor of the same round, with their spread, as a table and as plain data."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from artdag.world import toolchain
from benchmarks.cost import QUIET, Cost

Costs = Mapping[str, Sequence[Cost]]
"""Way -> what each round took."""


def table(name: str, costs: Costs) -> str:
    """Return *costs* of one workload for a person to read."""
    lines = [f"\n{name}", f"  {'':16}{'processor':>18}{'wall':>22}{'memory':>11}"]
    for way, own in costs.items():
        cpu, (wall, trusted) = ratios(own, costs["floor"], "cpu_s"), wall_ratios(own, costs["floor"])
        peak = statistics.median(cost.peak_mb for cost in own)
        mark = " " if trusted else "?"
        lines.append(f"  {way:16}{_spread(cpu):>18}{_spread(wall):>21}{mark}{peak:>8.0f} MB")
    return "\n".join(lines)


def latency_table(waits: Mapping[str, Sequence[float]]) -> str:
    width = max(map(len, waits), default=0)
    rows = [f"  {name:{width}}  {_spread(values, 1):>20} ms" for name, values in waits.items()]
    return "\n".join(["\nShort waits", *rows])


def ratio_table(title: str, ratios: Mapping[str, Sequence[float]]) -> str:
    width = max(map(len, ratios), default=0)
    rows = [f"  {name:{width}}  {_spread(values):>20}" for name, values in ratios.items()]
    return "\n".join([f"\n{title}", *rows])


def goal_table(title: str, ratios: Mapping[str, Sequence[float]], goals: Mapping[str, str]) -> str:
    """Return ratios, each beside what it should be."""
    width = max(map(len, ratios), default=0)
    rows = [f"  {name:{width}}  {_spread(values, 3):>22}   {goals.get(name, '')}" for name, values in ratios.items()]
    return "\n".join([f"\n{title}", *rows])


LEGEND = f"""
Ratios to the floor of the same round: median (least–most). A wall time with ? was measured while other programs kept
more than {QUIET} cores busy in every round: it says little."""


def ratios(costs: Sequence[Cost], floors: Sequence[Cost], figure: str) -> list[float]:
    return [getattr(cost, figure) / getattr(base, figure) for cost, base in zip(costs, floors, strict=True)]


def wall_ratios(costs: Sequence[Cost], floors: Sequence[Cost]) -> tuple[list[float], bool]:
    """Return the ratios of wall time from rounds that nothing disturbed, and True; from all, and False, without any."""
    pairs = [(cost, base) for cost, base in zip(costs, floors, strict=True) if cost.quiet and base.quiet]
    trusted = bool(pairs)
    return [cost.wall_s / base.wall_s for cost, base in pairs or zip(costs, floors, strict=True)], trusted


def report(
    measured: Mapping[str, Costs], waits: Mapping[str, Sequence[float]], *, seconds: float, rounds: int
) -> dict[str, Any]:
    return {
        **circumstances(),
        "seconds": seconds,
        "rounds": rounds,
        "workloads": {
            name: {way: _figures(own, costs["floor"]) for way, own in costs.items()} for name, costs in measured.items()
        },
        "milliseconds": {name: [round(value, 2) for value in values] for name, values in waits.items()},
    }


def circumstances() -> dict[str, Any]:
    """Return when and where this is measured."""
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "toolchain": toolchain(),
    }


def _figures(costs: Sequence[Cost], floors: Sequence[Cost]) -> dict[str, Any]:
    cpu, (wall, trusted) = ratios(costs, floors, "cpu_s"), wall_ratios(costs, floors)
    return {
        "cpu_ratio": round(statistics.median(cpu), 3),
        "cpu_ratios": [round(value, 3) for value in cpu],
        "wall_ratio": round(statistics.median(wall), 3),
        "wall_undisturbed": trusted,
        "cpu_s": [round(cost.cpu_s, 3) for cost in costs],
        "wall_s": [round(cost.wall_s, 3) for cost in costs],
        "others": [round(cost.others, 2) for cost in costs],
        "peak_mb": round(max(cost.peak_mb for cost in costs)),
    }


def _spread(values: Sequence[float], digits: int = 2) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"
