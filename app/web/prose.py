"""Docstrings as people should read them: paragraphs, with names and emphasis marked up."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_MARKS = re.compile(r"``(?P<code>[^`]+)``|`(?P<name>[^`]+)`|(?<![\w*])\*(?P<stress>[^\s*](?:[^*]*[^\s*])?)\*(?![\w*])")


def paragraphs(text: str) -> tuple[Markup, ...]:
    """Return the paragraphs of *text*; everything in it is escaped but the marks of a docstring."""
    return tuple(_marked(" ".join(part.split())) for part in text.split("\n\n") if part.strip())


def _marked(text: str) -> Markup:
    parts, end = [], 0
    for found in _MARKS.finditer(text):
        parts.append(escape(text[end : found.start()]))
        tag = "em" if found["stress"] else "code"
        inner = found["code"] or found["name"] or found["stress"]
        parts.append(Markup("<{0}>{1}</{0}>").format(tag, inner))
        end = found.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)
