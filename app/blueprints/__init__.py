"""One file per area: its Page classes on top, its routes below."""
