"""Loading drop-in files: every module in ``artdag/effects`` and in the operator's folder is one effect."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib.machinery import SourceFileLoader
from pathlib import Path
from tokenize import TokenError
from types import ModuleType
from typing import Any

import artdag.effects
import artdag.nodes
from artdag.code_hash import code_hash, remember
from artdag.effect import ANY_FORMAT, Effect, EffectCatalog
from artdag.errors import EffectError, ParameterError
from artdag.node_type import NodeType
from artdag.packages import imported_packages
from artdag.params import settled, specs
from artdag.watchdog import TooSlowError, time_limit

LONGEST_S = 20.0
"""How long the file of an operator's effect may take to be loaded: large packages do take their time."""


def load_effects(folders: Iterable[Path] = ()) -> EffectCatalog:
    """Return the built-in effects and those in *folders*.

    A file that cannot be loaded is left out and told of in ``refused``; the others stay.
    """
    effects: dict[str, Effect] = {}
    refused: dict[str, str] = {}
    for path in _modules([*map(Path, artdag.effects.__path__), *folders]):
        try:
            effect = _load_effect(path) if _package_of(path) else _load_watched(path)
            if effect.name in effects:
                raise EffectError(f"there is an effect {effect.name!r} already")
        except EffectError as error:
            refused[path.name] = error.message
        else:
            effects[effect.name] = effect
    remember()
    return EffectCatalog(effects, refused)


def load_node_types() -> dict[str, NodeType]:
    """Return the node types of the recipe language by name, such as ``RESIZE``."""
    found: dict[str, NodeType] = {}
    for path in _modules(map(Path, artdag.nodes.__path__)):
        module = _import(path)
        node_type: NodeType = module.NODE
        found[node_type.name] = replace(node_type, doc=module.__doc__ or "", code_hash=code_hash(path))
    remember()
    return found


def _modules(folders: Iterable[Path]) -> list[Path]:
    return [path for folder in folders for path in sorted(folder.glob("*.py")) if not path.name.startswith(("_", "."))]


def _load_watched(path: Path) -> Effect:
    try:
        with time_limit(LONGEST_S):
            return _load_effect(path)
    except TooSlowError:
        raise EffectError(f"{path.name} was given up: after {LONGEST_S:g} s it was still not loaded") from None


def _load_effect(path: Path) -> Effect:
    try:
        packages = {} if _package_of(path) else imported_packages(path)
        module = _import(path)
    except (EffectError, KeyboardInterrupt, TooSlowError):
        raise
    except BaseException as error:  # a drop-in file may raise anything; the catalogue must survive it
        raise EffectError(f"{path.name} cannot be imported: {_in_one_line(error)}") from error
    effect = getattr(module, "EFFECT", None)
    if not isinstance(effect, Effect):
        raise EffectError(f"{path.name} has no EFFECT = Effect(…)")
    if effect.name != path.stem:
        raise EffectError(f"{path.name} declares the effect {effect.name!r}: file and effect must have one name")
    try:
        _check(effect)
        return replace(effect, doc=module.__doc__ or "", code_hash=code_hash(path, packages))
    except EffectError as error:
        raise EffectError(f"{path.name}: {error.message}") from error
    except (SyntaxError, UnicodeError, TokenError) as error:  # Python takes texts that are not UTF-8; we do not
        raise EffectError(f"{path.name} cannot be read as UTF-8: {_in_one_line(error)}") from error


_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_FORMS = ("native", "frame", "sound", "streams", "gives", "reshape", "fit", "same_as")
_LONGEST = 200


def _check(effect: Effect) -> None:
    """Find what would go wrong only later, or for others. Raises EffectError."""
    if not _NAME.fullmatch(effect.name):
        raise EffectError("the name of an effect is of small letters, digits and _, and begins with a letter")
    for name in _FORMS:
        form = getattr(effect, name)
        if form is not None and not callable(form):
            raise EffectError(f"{name} is a function, not {type(form).__name__}")
    if not (effect.native or effect.frame or effect.sound or effect.streams or effect.same_as):
        raise EffectError("the effect has no form: give native, frame, sound or streams")
    unknown = set(effect.pixel_formats) - set(ANY_FORMAT)
    if unknown or not effect.pixel_formats:
        told = f"{min(unknown)!r} is no pixel format of effects" if unknown else "it takes no pixel format"
        raise EffectError(f"{told}: they are {', '.join(ANY_FORMAT)}")
    slots = [item.slot for item in effect.inputs]
    if len(set(slots)) < len(slots) or not slots:
        raise EffectError("each input has a name of its own, and there is at least one")
    filled = [item.asset is not None for item in effect.inputs]
    if filled != sorted(filled):
        raise EffectError("inputs that an asset fills come after those that a recipe connects")
    try:
        declared = specs(effect.params)
    except Exception as error:  # annotations are read here for the first time, and may name anything
        raise EffectError(f"its params cannot be read: {_in_one_line(error)}") from error
    try:
        _ = effect.changes_length
    except Exception as error:  # for every page of the catalogue it is asked
        raise EffectError(f"how long its result lasts cannot be told: {_in_one_line(error)}") from error
    for spec in declared:
        if not spec.required and spec.default is not None and spec.type not in ("group", "custom"):
            try:
                settled(spec, spec.default)
            except ParameterError as error:
                raise EffectError(f"the default of a setting is not allowed: {error.message}") from error


def _in_one_line(error: BaseException) -> str:
    text = " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _import(path: Path) -> ModuleType:
    package = _package_of(path)
    if package is not None:
        return importlib.import_module(f"{package}.{path.stem}")
    name = f"artdag_effects_of_operator.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_FromText(name, str(path)))
    if spec is None or spec.loader is None:
        raise EffectError(f"{path.name} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while the file runs
    spec.loader.exec_module(module)
    return module


class _FromText(SourceFileLoader):
    """Runs the text that is hashed, always: compiled files are found by size and second, which an edit may keep."""

    def path_stats(self, path: Any) -> Any:
        raise OSError("no compiled file, please")


def _package_of(path: Path) -> str | None:
    """Return the package of the engine that *path* is a module of; None for an operator's file."""
    packages = ("artdag.effects", "artdag.nodes")
    return next((name for name in packages if path.parent == Path(sys.modules[name].__path__[0])), None)
