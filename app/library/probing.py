"""The parent of children that look into files, under its earlier address."""

from app.processes.looking import looking_context

__all__ = ["looking_context"]
