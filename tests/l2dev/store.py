"""What the registry keeps, in SQLite: accounts, revoked tokens, attached renderers, what was published."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from werkzeug.security import check_password_hash, generate_password_hash

_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, password TEXT NOT NULL, valid_from REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS revoked (jti TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS issued (session TEXT NOT NULL, token TEXT NOT NULL, jti TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attached (name TEXT, renderer TEXT, PRIMARY KEY (name, renderer));
CREATE TABLE IF NOT EXISTS published (
    number INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, key TEXT NOT NULL, content_hash TEXT NOT NULL,
    record TEXT NOT NULL, at REAL NOT NULL, UNIQUE (owner, key));
"""


class Store:
    """One database, one writer at a time."""

    def __init__(self, home: Path | None) -> None:
        if home is not None:
            home.mkdir(parents=True, exist_ok=True)
        path = ":memory:" if home is None else str(home / "l2.sqlite3")
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._lock = threading.Lock()
        self._connection.executescript(_TABLES)

    def _do(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    # --- accounts ---

    def add_account(self, name: str, password: str) -> bool:
        """Return False, and change nothing, where the name is taken."""
        hashed = generate_password_hash(password, "pbkdf2:sha256:1000")  # quick: nobody's real password is here
        return bool(self._do("INSERT OR IGNORE INTO accounts (name, password) VALUES (?, ?) RETURNING 1", name, hashed))

    def checks(self, name: str, password: str) -> bool:
        found = self._do("SELECT password FROM accounts WHERE name = ?", name)
        return bool(found) and check_password_hash(found[0]["password"], password)

    def has(self, name: str) -> bool:
        return bool(self._do("SELECT 1 FROM accounts WHERE name = ?", name))

    # --- tokens ---

    def revoke(self, jti: str) -> None:
        self._do("INSERT OR IGNORE INTO revoked VALUES (?)", jti)

    def revoke_all(self, name: str) -> None:
        """End every token that *name* has by now."""
        self._do("UPDATE accounts SET valid_from = ? WHERE name = ?", time.time(), name)

    def is_revoked(self, jti: str, name: str, issued_at: float) -> bool:
        found = self._do("SELECT valid_from FROM accounts WHERE name = ?", name)
        return (
            not found
            or issued_at <= found[0]["valid_from"]
            or bool(self._do("SELECT 1 FROM revoked WHERE jti = ?", jti))
        )

    def issue(self, session: str, token: str, jti: str) -> None:
        """Remember that the login *session* gave out *token*, which ends with it."""
        self._do("INSERT INTO issued VALUES (?, ?, ?)", session, token, jti)

    def issued(self, session: str) -> list[tuple[str, str]]:
        """Return (token, jti) of what the login gave out."""
        return [(row["token"], row["jti"]) for row in self._do("SELECT * FROM issued WHERE session = ?", session)]

    # --- renderers ---

    def attach(self, name: str, renderer: str) -> None:
        self._do("INSERT OR IGNORE INTO attached VALUES (?, ?)", name, renderer)

    def attached(self, name: str) -> list[str]:
        return [row["renderer"] for row in self._do("SELECT renderer FROM attached WHERE name = ?", name)]

    # --- what was published ---

    def publish(self, owner: str, key: str, record: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        """Keep *record* and return it with its number, and whether it is new; the same key gives what it gave first."""
        made = self._do(
            "INSERT OR IGNORE INTO published (owner, key, content_hash, record, at) VALUES (?, ?, ?, ?, ?) RETURNING 1",
            *(owner, key, record["output_hash"], json.dumps(record), time.time()),
        )
        (row,) = self._do("SELECT * FROM published WHERE owner = ? AND key = ?", owner, key)
        return _read(row), bool(made)

    def published(self, number: int) -> dict[str, Any] | None:
        return next(map(_read, self._do("SELECT * FROM published WHERE number = ?", number)), None)

    def by_hash(self, content_hash: str) -> list[dict[str, Any]]:
        return list(
            map(_read, self._do("SELECT * FROM published WHERE content_hash = ? ORDER BY number", content_hash))
        )

    def outbox(self, owner: str) -> list[dict[str, Any]]:
        return list(map(_read, self._do("SELECT * FROM published WHERE owner = ? ORDER BY number DESC", owner)))


def _read(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "record": json.loads(row["record"])}
