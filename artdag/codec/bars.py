"""A test pattern: bars of known colours, a ramp, and what tells one frame from the next.

From the top: seven bars of 75 % (grey, yellow, cyan, green, magenta, red, blue) over two thirds; a row with the blue
ones in reverse; a row of black, white and a ramp from black to white; and a strip in which a white block goes from left
to right, one step a frame, once in as many frames as a second has (rounded, 10 at least). When it is at the left, the
strip is grey. In the middle of the bars stands the frame's number, from 0, where there is room for it.
"""

from __future__ import annotations

from fractions import Fraction

from artdag.codec.drawing import fill, flat, gradient
from artdag.codec.frame import SUBSAMPLED, Frame
from artdag.codec.typeset import SMALLEST, write
from artdag.params import Color

BLACK, WHITE, GREY = Color("#000000"), Color("#ffffff"), Color("#808080")
COLORS = tuple(map(Color, ("#bfbfbf", "#bfbf00", "#00bfbf", "#00bf00", "#bf00bf", "#bf0000", "#0000bf")))
FEWEST = 10
"""Steps of the white block."""
REVERSE = (COLORS[6], BLACK, COLORS[4], BLACK, COLORS[2], BLACK, COLORS[0])


class Bars:
    """Paints the pattern in one size and format."""

    def __init__(self, width: int, height: int, pixel_format: str, frame_rate: Fraction, frame_count: int) -> None:
        self._steps = max(FEWEST, int(frame_rate + Fraction(1, 2)))
        self._width = width
        self._top, self._bottom = _even(height * 11 / 12), height
        self._ground = _ground(width, height, pixel_format)
        self._digits = max(4, len(str(frame_count - 1)))
        self._size = min(height // 8, width // (self._digits + 2))
        self._cells: dict[str, Frame] = {}
        """Each digit that was needed, white on black."""

    def frame(self, index: int) -> Frame:
        frame = self._ground.blank_like()
        for target, source in zip(frame.planes, self._ground.planes, strict=True):
            target[...] = source
        step = index % self._steps
        strip = (0, self._top, self._width, self._bottom)
        fill(frame, strip, BLACK if step else GREY)
        left = _even(self._width * step / self._steps)
        right = max(left + 2, _even(self._width * (step + 1) / self._steps))
        fill(frame, (left, self._top, min(right, self._width), self._bottom), WHITE)
        if self._size >= SMALLEST:
            self._write(frame, str(index).zfill(self._digits))
        return frame

    def _write(self, frame: Frame, number: str) -> None:
        cell_width, cell_height = _even(self._size * 0.75), _even(self._size * 1.25)
        left, top = _even((frame.width - cell_width * len(number)) / 2), _even(frame.height / 3 - cell_height / 2)
        edge = _even(self._size / 4)
        right, bottom = left + cell_width * len(number), top + cell_height
        fill(frame, (left - edge, top - edge, right + edge, bottom + edge), BLACK)
        for digit in number:
            if digit not in self._cells:
                self._cells[digit] = flat(cell_width, cell_height, frame.pixel_format, BLACK)
                write(self._cells[digit], (digit,), self._size, WHITE)
            _put(self._cells[digit], frame, left, top)
            left += cell_width


def _ground(width: int, height: int, pixel_format: str) -> Frame:
    """Return what is the same in every frame."""
    frame = flat(width, height, pixel_format, BLACK)
    rows = [0, *(_even(height * twelfths / 12) for twelfths in (8, 9, 11))]
    for number in range(7):
        left, right = _even(width * number / 7), width if number == 6 else _even(width * (number + 1) / 7)
        fill(frame, (left, rows[0], right, rows[1]), COLORS[number])
        fill(frame, (left, rows[1], right, rows[2]), REVERSE[number])
    white, ramp = _even(width / 6), _even(width / 3)
    fill(frame, (white, rows[2], ramp, rows[3]), WHITE)
    if ramp < width and rows[2] < rows[3]:
        _put(gradient(width - ramp, rows[3] - rows[2], pixel_format, (BLACK, WHITE), 0), frame, ramp, rows[2])
    return frame


def _put(part: Frame, frame: Frame, left: int, top: int) -> None:
    """Put a picture into a larger one, at even places."""
    for number, (target, source) in enumerate(zip(frame.planes, part.planes, strict=True)):
        step = 2 if number in (1, 2) and frame.pixel_format in SUBSAMPLED else 1
        height, width = source.shape[:2]
        target[top // step : top // step + height, left // step : left // step + width] = source


def _even(value: float) -> int:
    """Return the even number at or next below *value*: where a sample of chroma begins."""
    return int(value // 2) * 2
