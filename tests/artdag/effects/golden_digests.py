"""What the golden files hold: digests of each effect's output on a fixed small picture."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from artdag.effect import Effect
from tests.artdag.effects.apply import apply, apply_sound, digest, inputs_for, stream_digest, streamed, tone
from tests.artdag.effects.examples import other_settings

FOLDER = Path(__file__).parent / "golden"
WIDTH, HEIGHT = 48, 36


def path_of(effect: Effect) -> Path:
    return FOLDER / f"{effect.name}.json"


def golden_of(effect: Effect) -> dict[str, Any]:
    """Return the version and, per pixel format (or ``sound``, ``streams``) and settings, the digest of the result."""
    digests: dict[str, dict[str, str]] = {}
    for params in ({}, other_settings(effect)):
        spelling = json.dumps(params, sort_keys=True)
        if effect.streams is not None:
            digests.setdefault("streams", {})[spelling] = stream_digest(streamed(effect, **params))
            continue
        if effect.sound is not None:
            samples = apply_sound(effect, tone(0.1), **params)
            # rounded, since the last bit of a sine or a power is the processor's
            digests.setdefault("sound", {})[spelling] = hashlib.sha256(
                (samples * 2**15).round().astype("<i2")
            ).hexdigest()
            continue
        for pixel_format in effect.pixel_formats:
            pictures = inputs_for(effect, WIDTH, HEIGHT, pixel_format, **params)
            digests.setdefault(pixel_format, {})[spelling] = digest(apply(effect, *pictures, index=7, **params))
    return {"version": effect.version, "digests": digests}
