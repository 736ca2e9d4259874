"""The hash of code: what a piece of source *does*, free of comments, docstrings and blank lines.

It covers a file and, through its imports, every engine module it leans on, so that a cache never serves yesterday's
arithmetic. It works on the text, not on a syntax tree, whose dump differs between versions of Python.
"""

from __future__ import annotations

import ast
import io
import tokenize
from functools import cache
from pathlib import Path

from artdag.digest import Digest, canonical_json, digest_bytes

_ROOT = Path(__file__).parent


def code_hash(path: Path) -> Digest:
    """Return the hash of the code in *path* and in the modules of this package that it imports, near and far.

    Raises:
        SyntaxError: when *path* is not Python.
    """
    text = path.read_text("utf-8")
    leaned_on = sorted(_closure(text))
    modules = [[name, _bare(_module(name))] for name in leaned_on]
    return digest_bytes(canonical_json(["artdag/code/1", bare_source(text), modules]))


def bare_source(text: str) -> str:
    """Return *text* without comments, docstrings (any text that stands alone), blank lines and trailing space."""
    lines = io.StringIO(text).readlines()  # as the tokenizer counts them; splitlines() knows more line ends
    verbatim: set[int] = set()
    cuts: list[tuple[int, int, int, int]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            assert node.end_lineno is not None
            if not lines[node.lineno - 1][: node.col_offset].strip():  # a one-line class keeps its docstring
                last = lines[node.end_lineno - 1].encode()[: node.end_col_offset].decode()  # columns count bytes
                cuts.append((node.lineno, 0, node.end_lineno, len(last)))
        elif isinstance(node, (ast.Constant, ast.JoinedStr)) and node.end_lineno is not None:
            verbatim.update(range(node.lineno - 1, node.end_lineno - 1))
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    cuts.extend((*token.start, *token.end) for token in tokens if token.type == tokenize.COMMENT)
    for first_line, first_column, last_line, last_column in cuts:
        for number in range(first_line - 1, last_line):
            start = first_column if number == first_line - 1 else 0
            stop = last_column if number == last_line - 1 else len(lines[number])
            kept = lines[number]
            lines[number] = kept[:start] + " " * (stop - start) + kept[stop:]
    blanked = {number for first, _, last, _ in cuts for number in range(first - 1, last)}
    left: list[str] = []
    for number, line in enumerate(lines):
        inside_text = number in verbatim and number not in blanked  # where white space is meaning
        bare = line.rstrip("\n") if inside_text else line.rstrip()
        if bare or inside_text:
            left.append(bare)
    return "\n".join(left)


@cache
def _bare(path: Path) -> str:
    return bare_source(path.read_text("utf-8"))


def _module(name: str) -> Path:
    below = _ROOT.joinpath(*name.split(".")[1:])
    return below / "__init__.py" if below.is_dir() else below.with_suffix(".py")


def _closure(text: str) -> set[str]:
    found: set[str] = set()
    waiting = [_imports(text)]
    while waiting:
        for name in waiting.pop():
            if name not in found:
                found.add(name)
                waiting.append(_module_imports(_module(name)))
    return found


@cache
def _module_imports(path: Path) -> frozenset[str]:
    return _imports(path.read_text("utf-8"))


def _imports(text: str) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return frozenset(
        name for name in names if name.split(".")[0] == _ROOT.name and "." in name and _module(name).exists()
    )


def tree_hash(folder: Path) -> Digest:
    """Return the hash of all Python files below *folder*, exactly as they are."""
    files = sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)
    entries = [[path.relative_to(folder).as_posix(), digest_bytes(path.read_bytes())] for path in files]
    return digest_bytes(canonical_json(["artdag/tree/1", entries]))
