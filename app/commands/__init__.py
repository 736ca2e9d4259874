"""The commands of ``artdag``: one module for each thing they are about."""
