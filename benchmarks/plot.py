"""The figures as a picture: bars of processor time, as ratios to the floor."""

from __future__ import annotations

from typing import Any

_COLOURS = {
    "floor": "#8a8178",
    "floor, 1 thread": "#b5aea6",
    "engine": "#2a7f62",
    "per node": "#c26a3d",
    "moviepy": "#6a5aa8",
}
_BAR, _GAP, _LEFT, _UNIT = 16, 26, 190, 110


def bars(report: dict[str, Any]) -> str:
    """Return an SVG of ``report["workloads"]``."""
    parts: list[str] = []
    y = 30
    for name, ways in report["workloads"].items():
        parts.append(f'<text x="10" y="{y + 12}" font-weight="bold">{name}</text>')
        for way, figures in ways.items():
            ratio = figures["cpu_ratio"]
            parts.append(
                f'<rect x="{_LEFT}" y="{y}" width="{ratio * _UNIT:.0f}" height="{_BAR - 3}" fill="{_COLOURS[way]}"/>'
                f'<text x="{_LEFT + ratio * _UNIT + 6:.0f}" y="{y + 11}">{way} {ratio:.2f}</text>'
            )
            y += _BAR
        y += _GAP
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="{y}" font-family="sans-serif" font-size="12">'
    title = '<text x="10" y="16" font-size="14">Processor time, one fused ffmpeg command = 1</text>'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', title, *parts, "</svg>", ""])
