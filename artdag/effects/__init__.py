"""One file, one effect: drop in a module with ``EFFECT`` and it is in the catalogue."""
