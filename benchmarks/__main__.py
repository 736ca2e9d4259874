"""``make bench``: every workload by every way, in turns within one run, as ratios to the floor; and every effect.

Machines differ and are shared, so ratios of one run are what counts: processor time first. Nothing here passes or
fails. A quick look: ``python -m benchmarks --seconds 2 --rounds 1 --only numpy``; the effects alone, or one of them:
``python -m benchmarks effects``, ``python -m benchmarks effects --only blur``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from artdag.catalog import load_effects
from benchmarks.cost import Cost
from benchmarks.edits import edits
from benchmarks.effect_figures import EFFECTS_HEAD, EFFECTS_LEGEND, effect_rows, figures
from benchmarks.effects import Bench
from benchmarks.estimates import estimates
from benchmarks.films import GOALS as FILM_GOALS
from benchmarks.films import films
from benchmarks.latencies import latencies
from benchmarks.plot import bars
from benchmarks.report import LEGEND, circumstances, goal_table, latency_table, ratio_table, report, table
from benchmarks.sources import make_clip
from benchmarks.ways import WAYS
from benchmarks.workloads import WORKLOADS, Workload

RESULTS = Path(__file__).parent / "results"
PUBLISHED = Path(__file__).parent.parent / "docs"
_LATENCY_ROUNDS = 7


def main(arguments: Sequence[str] | None = None, *, results: Path = RESULTS, published: Path = PUBLISHED) -> None:
    options = _options(arguments)
    clips_folder = Path(gettempdir()) / "artdag-bench"
    clips_folder.mkdir(exist_ok=True)
    results.mkdir(exist_ok=True)
    folders = [results, published] if options.publish else [results]
    if options.part != "effects":
        figures = _workloads(options, clips_folder)
        for folder in folders:
            _write(figures, folder / ("latest.json" if folder is results else "benchmarks.json"))
    if options.part != "workloads":
        effects = _effects(options, clips_folder)
        for folder in folders if effects else []:
            _write_json(effects, folder / "effects.json")


def _workloads(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    ways = ["floor", *(way for way in WAYS if way != "floor" and way in options.ways)]
    measured: dict[str, dict[str, list[Cost]]] = {}
    for workload in WORKLOADS:
        if options.only in workload.name:
            costs = measure(workload, ways, folder, options.seconds, options.rounds)
            measured[workload.name] = costs
            print(table(workload.name, costs), flush=True)
    waits = latencies(folder, _LATENCY_ROUNDS) if options.only in "short waits" else {}
    if waits:
        print(latency_table(waits))
    again = edits(folder, options.seconds, options.rounds) if options.only in "edits" else {}
    if again:
        print(ratio_table("The last of ten nodes is edited, against that node alone (processor)", again))
    off = estimates(folder, options.seconds) if options.only in "estimates" else {}
    if off:
        print(ratio_table("How far estimates of chains of three effects are off (share of the wall time)", off))
    cuts = films(folder, options.film_seconds, options.rounds) if options.only in "films" else {}
    if cuts:
        print(goal_table(f"Films of {options.film_seconds:g} s", cuts, FILM_GOALS))
    print(LEGEND)
    figures = report(measured, waits, seconds=options.seconds, rounds=options.rounds)
    return {**figures, "edits": again, "estimates": off, "films": cuts}


def _effects(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    catalog = load_effects([options.effects_dir] if options.effects_dir else [])
    chosen = [effect for effect in catalog if options.only in effect.name]
    if not chosen:
        return {}
    bench, found = Bench(catalog, folder, options.seconds), {}
    print(EFFECTS_HEAD)
    for effect in chosen:
        measured = bench.measure(effect, options.rounds)
        found[effect.name] = figures(effect, measured)
        print("\n".join(effect_rows(effect, measured)), flush=True)
    print(EFFECTS_LEGEND)
    return {**circumstances(), "rounds": options.rounds, "effects": found}


def _write(figures: dict[str, Any], path: Path) -> None:
    _write_json(figures, path)
    path.with_suffix(".svg").write_text(bars(figures))
    print(f"written: {path.parent.name}/{path.stem}.svg")


def _write_json(figures: dict[str, Any], path: Path) -> None:
    path.write_text(json.dumps(figures, indent=1) + "\n")
    print(f"written: {path.parent.name}/{path.name}")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("all", "workloads", "effects"), default="all")
    parser.add_argument(
        "--seconds", type=float, default=10.0, help="length of a clip (a quarter each where there are 8)"
    )
    parser.add_argument("--film-seconds", type=float, default=60.0, help="length of a film that is cut and edited")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--only", default="", help="part of the name of a workload or an effect, or 'short waits', 'edits', 'films'"
    )
    parser.add_argument("--effects-dir", type=Path, help="folder of further effects")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS), help="beside the floor")
    parser.add_argument("--publish", action="store_true", help="also renew what is kept in docs")
    return parser.parse_args(arguments)


def measure(
    workload: Workload, ways: Collection[str], folder: Path, seconds: float, rounds: int
) -> dict[str, list[Cost]]:
    """Return what each way took in each round."""
    length = seconds if workload.clips == 1 else seconds / 4
    clips = [make_clip(folder, length, number=number) for number in range(workload.clips)]
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name in ways:  # in turns, so that what disturbs one disturbs all
            costs[name].append(WAYS[name](workload, clips, length))
    return costs


if __name__ == "__main__":
    main()
