"""One file, one node type of the recipe language: drop in a module with ``NODE``."""
