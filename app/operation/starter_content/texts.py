"""Text that comes beside media: a warm colour table and a few subtitles."""

from __future__ import annotations

SIZE = 17


def warm_table() -> str:
    """Return a .cube table that warms light tones and cools dark ones, with a soft shoulder."""
    lines = ['TITLE "warm"', f"LUT_3D_SIZE {SIZE}"]
    steps = [step / (SIZE - 1) for step in range(SIZE)]
    for blue in steps:
        for green in steps:
            for red in steps:
                light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
                lean = light - 0.45
                graded = (red + 0.16 * lean + 0.03, green + 0.03 * lean, blue - 0.18 * lean + 0.01)
                lines.append(" ".join(f"{min(1.0, max(0.0, _soft(value))):.6f}" for value in graded))
    return "\n".join(lines) + "\n"


def _soft(value: float) -> float:
    """Return *value* on a gentle S: 3v² - 2v³, by a third."""
    inside = min(1.0, max(0.0, value))
    return inside + (inside * inside * (3 - 2 * inside) - inside) / 3


def subtitles() -> str:
    """Return SubRip subtitles over eight seconds."""
    words = [
        (0.2, 1.9, "The sea is up early,"),
        (2.1, 3.9, "and so are we."),
        (4.2, 6.0, "Nobody said"),
        (6.2, 7.8, "it would wait."),
    ]
    cues = [
        f"{number}\n{_time(start)} --> {_time(end)}\n{text}\n" for number, (start, end, text) in enumerate(words, 1)
    ]
    return "\n".join(cues)


def _time(seconds: float) -> str:
    millis = round(seconds * 1000)
    return f"00:00:{millis // 1000:02d},{millis % 1000:03d}"
