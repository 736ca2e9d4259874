"""What a drop-in file takes from outside of itself: installed packages, whose versions are part of what it does."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from artdag.errors import EffectError

_COUNTED_ELSEWHERE = sys.stdlib_module_names | {"artdag", "numpy", "av"}
"""Modules of the engine have their own hash; what the toolchain names is in every key."""


def imported_packages(path: Path) -> dict[str, str]:
    """Return the installed packages that the file at *path* imports from, by name, and their versions.

    A module that is not there (an import that the file can do without) is none.

    Raises:
        EffectError: when it imports another file: nothing tells which state of it a result was made with.
        SyntaxError, ValueError: when it is not Python.
    """
    packages: dict[str, str] = {}
    for module in sorted(set(_imports(ast.parse(path.read_bytes(), str(path)))) - _COUNTED_ELSEWHERE):
        names = _packages_by_module().get(module, ()) if not module.startswith(".") else ()
        if not names and _is_there(module):
            raise EffectError(
                f"{path.name} imports {module!r}: an effect file may import the engine, numpy and installed packages,"
                " not other files"
            )
        packages |= {name: importlib.metadata.version(name) for name in names}
    return packages


def _imports(tree: ast.Module) -> Iterator[str]:
    """Yield what is imported anywhere in a file: the first part of absolute names, relative ones as they stand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "") if node.level else str(node.module).split(".")[0]


def _is_there(module: str) -> bool:
    if module.startswith((".", "artdag_effects_of_operator")):
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except ValueError:  # a module that was put there by hand
        return True


@cache
def _packages_by_module() -> Mapping[str, Sequence[str]]:
    """Return the installed packages by the modules they bring. It reads a file of each, so only when it is needed."""
    return {module: sorted(set(names)) for module, names in importlib.metadata.packages_distributions().items()}
