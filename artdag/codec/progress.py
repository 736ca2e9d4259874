"""Progress: how whoever waits for a file hears how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with the frames (samples, where there is no picture) that are done, and all of them; often: be quick."""
