"""The land in all seasons, from the mountains to the front, and the light over it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.operation.starter_content.drawing import Canvas, rgb

WIDTH, HEIGHT = 1280, 720

Line = NDArray[np.float64]
"""The row of a ridge, for every column."""
_COLUMNS = np.arange(WIDTH, dtype=np.float64)


def _swells(base: float, *swells: tuple[float, float, float]) -> Line:
    """Return a ridge: *base* plus sines of (height, length, start), start as 0..1 of a length."""
    parts = (height * np.sin(2 * np.pi * (_COLUMNS / length + start)) for height, length, start in swells)
    return base + sum(parts, np.zeros(WIDTH))


def _peaks(*corners: tuple[float, float]) -> Line:
    """Return a ridge of straight slopes with a little roughness."""
    columns, rows = zip(*corners, strict=True)
    rough = 5 * np.sin(_COLUMNS / 13.0) + 3 * np.sin(_COLUMNS / 5.3 + 1) + 2 * np.sin(_COLUMNS / 2.9)
    ridge: Line = np.interp(_COLUMNS, columns, rows) + rough * 0.6
    return ridge


MOUNTAINS = _peaks(
    *((-20, 400), (90, 318), (170, 372), (300, 246), (392, 330), (450, 300), (560, 404), (690, 352), (770, 388)),
    *((930, 268), (1010, 330), (1090, 286), (1200, 372), (1300, 340)),
)
FOOTHILLS = _swells(420, (20, 620, 0.15), (10, 260, 0.5), (4, 120, 0.2))
MEADOWS = _swells(492, (22, 900, 0.55), (9, 330, 0.1))
HILL = 548 - 96 * np.exp(-(((_COLUMNS - 830) / 330) ** 2)) + 26 * np.exp(-(((_COLUMNS - 250) / 220) ** 2)) + 86
FRONT = _swells(668, (20, 1180, 0.62), (8, 420, 0.2))


def on(line: Line, x: float) -> float:
    """Return the row of a ridge at column *x*, within the picture."""
    return float(np.interp(x, _COLUMNS, line))


def land(canvas: Canvas, line: Line, color: str, to: str | None = None) -> None:
    """Paint all below *line*, from *color* at its highest point to *to* at the lower side of the picture."""
    plane = canvas.frame.planes[0]
    first, full = max(0, int(line.min()) - 1), min(HEIGHT, int(line.max()) + 2)
    rows = np.arange(first, HEIGHT, dtype=np.float32)
    ends = np.array([rgb(color), rgb(to or color)], np.float32)
    values = np.stack([np.interp(rows, (first, HEIGHT), ends[:, channel]) for channel in range(3)], axis=1)
    paint = values.astype(np.float32)[:, None]
    share = np.clip(rows[: full - first, None] + 1 - line.astype(np.float32), 0, 1)[..., None]
    edge = plane[first:full].astype(np.float32)
    plane[first:full] = edge + (paint[: full - first] - edge) * share + np.float32(0.5)
    plane[full:] = paint[full - first :] + np.float32(0.5)


def glow(canvas: Canvas, x: float, y: float, radius: float, color: str, strength: float) -> None:
    """Lay light around a point, *strength* (0..1) of *color* in the middle and none at *radius*."""
    left, right = max(0, int(x - radius)), min(WIDTH, int(x + radius) + 1)
    top, bottom = max(0, int(y - radius)), min(HEIGHT, int(y + radius) + 1)
    if left >= right or top >= bottom:
        return
    across = (np.arange(left, right, dtype=np.float32) - np.float32(x)) ** 2
    down = (np.arange(top, bottom, dtype=np.float32) - np.float32(y)) ** 2
    near = 1 - np.sqrt(across[None, :] + down[:, None]) / np.float32(radius)
    share = (np.float32(strength) * np.clip(near, 0, 1) ** 2)[..., None]
    part = canvas.frame.planes[0][top:bottom, left:right]
    old = part.astype(np.float32)
    part[...] = old + (np.array(rgb(color), np.float32) - old) * share + np.float32(0.5)
