"""Values in words: short, and never JSON."""

from __future__ import annotations

from typing import Any

import pytest

from artdag.value_words import as_argument, format_value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"),
        (0.5, "0.5"),
        (None, "–"),
        ("Sea", "Sea"),
        (["a", "b"], "a, b"),
        ([["saturation", 1.5], ["speed", 1.25]], "saturation 1.5, speed 1.25"),
        (list(range(96)), "0, 1, 2, 3, 4, 5, 6, 7 … 96 in all"),
        ({"x": 1, "y": 2.0}, "x 1, y 2"),
        ({"keyframes": [[0.0, 2.0], [4.0, 9.0]], "ease": "smooth"}, "2 → 9 over 4 s, smooth"),
        ({"keyframes": [[1.0, 2.0], [4.0, 9.0]], "ease": "linear"}, "2 → 9 from 1 s to 4 s"),
        ({"keyframes": [[0, 1], [1, 3], [2, 0.5]], "ease": "hold"}, "1 → 3 → 0.5 over 2 s, in steps"),
        (
            {"keyframes": [[second, second % 4] for second in range(13)]},
            "0 → … → 0 over 12 s, 13 keyframes between 0 and 3",
        ),
        ({"bind": "track", "feature": "beat", "range": [1.0, 1.2], "smooth_s": 0.1}, "follows beat of track, 1 to 1.2"),
        ({"keyframes": "soon"}, "keyframes soon"),
        ({"bind": "track", "feature": "beat", "range": [1]}, "bind track, feature beat, range 1"),
    ],
)
def test_a_value_reads_as_a_person_would_say_it(value: Any, words: str) -> None:
    assert format_value(value) == words


@pytest.mark.parametrize(
    ("value", "argument"), [(True, "true"), (0.5, "0.5"), ("Sea", "Sea"), ("12", '"12"'), ({"a": [1]}, '{"a": [1]}')]
)
def test_a_value_is_written_for_the_command_line_as_it_reads_it(value: Any, argument: str) -> None:
    assert as_argument(value) == argument
