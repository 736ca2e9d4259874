"""``make bench``: every workload by every way, in turns within one run, as ratios to the floor.

Machines differ and are shared, so ratios of one run are what counts: processor time first. Nothing here passes or
fails.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir

from artdag.world import toolchain
from benchmarks.plot import bars
from benchmarks.sources import make_clip
from benchmarks.ways import WAYS, Cost
from benchmarks.workloads import WORKLOADS, Workload

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    options = _options()
    clips_folder = Path(gettempdir()) / "artdag-bench"
    clips_folder.mkdir(exist_ok=True)
    measured: dict[str, dict[str, list[Cost]]] = {}
    for workload in WORKLOADS:
        if options.only and options.only not in workload.name:
            continue
        measured[workload.name] = _measured(workload, clips_folder, options.seconds, options.rounds)
        print(_table(workload.name, measured[workload.name]), flush=True)
    report = _report(measured, options.seconds, options.rounds)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(report, indent=1) + "\n")
    (RESULTS / "latest.svg").write_text(bars(report))
    print(f"written to {RESULTS.name}/latest.json and latest.svg in the folder benchmarks")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of a clip (2.5 s each where there are 8)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="a word in the name of the workload")
    return parser.parse_args()


def _measured(workload: Workload, folder: Path, seconds: float, rounds: int) -> dict[str, list[Cost]]:
    length = seconds if workload.clips == 1 else seconds / 4
    clips = [make_clip(folder, length, number=number) for number in range(workload.clips)]
    costs: dict[str, list[Cost]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, way in WAYS.items():  # in turns, so that what disturbs one disturbs all
            costs[name].append(way(workload, clips, length))
    return costs


def _ratios(costs: Sequence[Cost], floors: Sequence[Cost], figure: str) -> list[float]:
    return [getattr(cost, figure) / getattr(base, figure) for cost, base in zip(costs, floors, strict=True)]


def _table(name: str, costs: dict[str, list[Cost]]) -> str:
    lines = [f"\n{name}", f"  {'':10}{'processor':>22}{'wall':>22}{'memory':>10}"]
    for way, own in costs.items():
        cpu, wall = (_ratios(own, costs["floor"], figure) for figure in ("cpu_s", "wall_s"))
        peak = statistics.median(cost.peak_mb for cost in own)
        lines.append(f"  {way:10}{_spread(cpu):>22}{_spread(wall):>22}{peak:>7.0f} MB")
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def _report(measured: dict[str, dict[str, list[Cost]]], seconds: float, rounds: int) -> dict[str, object]:
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "toolchain": toolchain(),
        "seconds": seconds,
        "rounds": rounds,
        "workloads": {
            name: {
                way: {
                    "cpu_ratio": round(statistics.median(_ratios(own, costs["floor"], "cpu_s")), 3),
                    "wall_ratio": round(statistics.median(_ratios(own, costs["floor"], "wall_s")), 3),
                    "cpu_s": [round(cost.cpu_s, 3) for cost in own],
                    "wall_s": [round(cost.wall_s, 3) for cost in own],
                    "peak_mb": round(max(cost.peak_mb for cost in own)),
                }
                for way, own in costs.items()
            }
            for name, costs in measured.items()
        },
    }


if __name__ == "__main__":
    main()
