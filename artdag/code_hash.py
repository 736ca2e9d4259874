"""The hash of code: what a piece of source *does*, free of comments, docstrings and blank lines.

It covers a file and, through its imports, every engine module it leans on, so that a cache never serves yesterday's
arithmetic. It works on the text, not on a syntax tree, whose dump differs between versions of Python.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

from artdag.digest import Digest, canonical_json, digest_bytes

_ROOT = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Source:
    """What counts of a file.

    Attributes:
        bare: its text without comments, docstrings (any text that stands alone), blank lines and trailing space.
        imports: the modules of this package that it names.
    """

    bare: str
    imports: frozenset[str]


def code_hash(path: Path, packages: Mapping[str, str] | None = None) -> Digest:
    """Return the hash of the code in *path* and in the modules of this package that it imports, near and far.

    *packages* are others that it takes code from, and their versions.

    Raises:
        tokenize.TokenError, SyntaxError: when *path* is not Python.
    """
    essence = _essence(path)
    modules = [[name, _module_essence(_module(name)).digest] for name in sorted(_closure(essence))]
    others = [dict(packages)] if packages else []
    return digest_bytes(canonical_json(["artdag/code/2", essence.digest, modules, *others]))


@dataclass(frozen=True, slots=True)
class _Essence:
    """The digest of a file's bare text, and the modules of this package that it names."""

    digest: Digest
    imports: frozenset[str]


def _essence(path: Path) -> _Essence:
    """Return the essence of a file; what was read once, by whichever process, is not taken apart again."""
    text = path.read_text("utf-8")
    key = digest_bytes(text.encode())
    known = _remembered()
    if key not in known:
        source = read_source(text)
        known[key] = [digest_bytes(source.bare.encode()), sorted(source.imports)]
        _fresh.add(key)
    bare, names = known[key]
    return _Essence(Digest(bare), frozenset(name for name in names if _module(name).exists()))


_fresh: set[str] = set()
_MEMORY = _ROOT / "__pycache__" / f"sources-{sys.implementation.cache_tag}.json"
"""Like compiled code, and as trusted: text digest -> what was found in that text by this very file."""


@cache
def _remembered() -> dict[str, Any]:
    try:
        memory = json.loads(_MEMORY.read_bytes())
        entries = memory["entries"]
        return dict(entries) if memory["by"] == _reader() else {}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def remember() -> None:
    """Write down what was taken apart, where compiled code may be written, too."""
    if not _fresh or sys.dont_write_bytecode:
        return
    _fresh.clear()
    beside = _MEMORY.with_name(f"{_MEMORY.name}.{os.getpid()}")
    with suppress(OSError):  # a package that may not be written to is read again each time
        _MEMORY.parent.mkdir(exist_ok=True)
        beside.write_text(json.dumps({"by": _reader(), "entries": _remembered()}), "utf-8")
        beside.replace(_MEMORY)


@cache
def _reader() -> Digest:
    return digest_bytes(Path(__file__).read_bytes())


def read_source(text: str) -> Source:
    """Return what counts of *text*, in one pass over its tokens (a start of the server reads some hundred files)."""
    lines = io.StringIO(text).readlines()  # as the tokenizer counts them; splitlines() knows more line ends
    verbatim: set[int] = set()
    blanked: set[int] = set()
    names: set[str] = set()
    for statement in _statements(text):
        words = [token for token in statement if token.type != tokenize.COMMENT]
        texts = list(takewhile(_is_plain_text, words))
        alone = texts and (len(texts) == len(words) or words[len(texts)].string == ";")
        if texts and alone and not lines[texts[0].start[0] - 1][: texts[0].start[1]].strip():
            blanked |= _blank(lines, texts[0].start, texts[-1].end)
        for token in statement:
            if token.type == tokenize.COMMENT:
                blanked |= _blank(lines, token.start, token.end)
            else:  # the lines that a text goes on over: where white space is meaning
                verbatim.update(range(token.start[0] - 1, token.end[0] - 1))
        names |= _imported([token.string for token in words])
    left: list[str] = []
    for number, line in enumerate(lines):
        inside_text = number in verbatim and number not in blanked
        bare = line.rstrip("\n") if inside_text else line.rstrip()
        if bare or inside_text:
            left.append(bare)
    here = (name for name in names if name.split(".")[0] == _ROOT.name and "." in name)
    return Source("\n".join(left), frozenset(name for name in here if _module(name).exists()))


def _statements(text: str) -> Iterator[list[tokenize.TokenInfo]]:
    """Yield the tokens of each logical line, comments among them."""
    statement: list[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            yield statement
            statement = []
        elif token.type not in _LAYOUT:
            statement.append(token)
    yield statement


_LAYOUT = {tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def _is_plain_text(token: tokenize.TokenInfo) -> bool:
    return token.type == tokenize.STRING and not set("fFbB") & set(token.string[: token.string.index(token.string[-1])])


def _blank(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> set[int]:
    """Put spaces from *start* to *end* (lines from 1, columns from 0); return the indices of the lines it touches."""
    touched = range(start[0] - 1, end[0])
    for number in touched:
        kept = lines[number]
        first = start[1] if number == touched[0] else 0
        last = end[1] if number == touched[-1] else len(kept)
        lines[number] = kept[:first] + " " * (last - first) + kept[last:]
    return set(touched)


def _imported(words: Sequence[str]) -> set[str]:
    """Return the absolute names that the imports of a logical line may mean: modules, and what is taken from them."""
    names: set[str] = set()
    for at, word in enumerate(words):
        if word not in ("from", "import") or (at and words[at - 1] not in (";", ":")):
            continue
        rest = [word for word in takewhile(lambda word: word != ";", words[at + 1 :]) if word not in "()"]
        module = ""
        if word == "from" and "import" in rest:
            split = rest.index("import")
            module, rest = "".join(rest[:split]) + ".", rest[split + 1 :]
            names.add(module[:-1])
        for part in " ".join(rest).split(","):
            name = part.split(" as ")[0].replace(" ", "")
            if name:  # nothing follows a last comma
                names.add(module + name)
    return {name for name in names if not name.startswith(".")}


@cache
def _module_essence(path: Path) -> _Essence:
    return _essence(path)


def _module(name: str) -> Path:
    below = _ROOT.joinpath(*name.split(".")[1:])
    return below / "__init__.py" if below.is_dir() else below.with_suffix(".py")


def _closure(essence: _Essence) -> set[str]:
    found: set[str] = set()
    waiting = [essence.imports]
    while waiting:
        for name in waiting.pop():
            if name not in found:
                found.add(name)
                waiting.append(_module_essence(_module(name)).imports)
    return found


def tree_hash(folder: Path) -> Digest:
    """Return the hash of all Python files below *folder*, exactly as they are."""
    files = sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)
    entries = [[path.relative_to(folder).as_posix(), digest_bytes(path.read_bytes())] for path in files]
    return digest_bytes(canonical_json(["artdag/tree/1", entries]))
