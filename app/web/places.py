"""Names in addresses: any text, except the words that stand in their place for something else."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter

TAKEN = {
    "medium": ("have", "import", "upload", "uploads"),
    "recipe": ("check", "language", "schema.json", "upload"),
    "endpoint": ("secret",),
    "run": ("cancel", "compare", "discard", "sheet"),
}
"""Converter -> words: `/cache/upload` is no medium of that name, so it has no DELETE either, and says so in `Allow`."""


def register(app: Flask) -> None:
    for name, words in TAKEN.items():
        pattern = f"(?!(?:{'|'.join(word.replace('.', '[.]') for word in words)})$)[^/]+"
        app.url_map.converters[name] = type(name.title(), (BaseConverter,), {"regex": pattern})
