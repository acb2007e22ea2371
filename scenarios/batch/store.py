"""A store of questions and answers: one SQLite file with at most one writer.

    scenarios(name, key, action, given)              all questions; given is the JSON of the options
    results(key, status, answer, reason, seconds)    answer is the JSON that the command prints,
                                                     packed by zlib; as it is in stores before 0.2
    about(what, value)                               version of these tables
    digests(key, sha256)                             checksum of each answer
    stale(name, key)                                 questions whose scenario has changed since

The key is a hash of all that decides the answer: the question, flopwise's version and the law. So a
changed scenario is a new question and never gets an old answer. Write-ahead logging keeps every
committed answer even if a process is killed. A writer holds a lock on a file beside the store. It
keeps other writers out and tells them who holds it. A database of another program is not touched.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import socket
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from constraints.errors import InputError, printable
from scenarios.batch.task import FAILED, Result
from scenarios.scenario_file.question import FileQuestion

__all__ = ["DAMAGED", "Row", "Store", "open_store"]

LAYOUT = "1"
"""Version of the tables."""
TABLES = """
CREATE TABLE IF NOT EXISTS about (what TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scenarios (
    name TEXT NOT NULL, key TEXT NOT NULL, action TEXT NOT NULL, given TEXT NOT NULL,
    PRIMARY KEY (name, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, status TEXT NOT NULL, answer TEXT NOT NULL, reason TEXT NOT NULL,
    seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS digests (key TEXT PRIMARY KEY, sha256 TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stale (
    name TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (name, key)) WITHOUT ROWID;
"""
MOST_BYTES = 2**28
"""The longest answer that is unpacked [byte]."""
DAMAGED = "damaged"
"""Status of a question whose answer is not the one that was kept."""
CHANGED = "its answer was changed in the store: `flopwise batch retry` asks it again"


@dataclass(frozen=True)
class Row:
    """A question of a store with its result.

    Attributes:
        name: name of the question.
        key: hash of all that decides the answer.
        action: `plan`, `target` or `pareto`.
        given: options that ask the question, with their texts.
        status: status of the answer, `failed`, `damaged`, or `new` if there is no result yet.
        answer: JSON of the answer; empty if there is none.
        reason: why the question failed; empty if it did not.
        stale: whether the scenario of this name has changed since.
    """

    name: str
    key: str
    action: str
    given: dict[str, str]
    status: str
    answer: str
    reason: str
    stale: bool = False


@contextmanager
def open_store(path: Path, *, write: bool) -> Iterator[Store]:
    """Open a store, for the length of a `with` block.

    Args:
        path: path of the store.
        write: whether to write to it. Then it is locked, and made if it does not exist.

    Raises:
        InputError: if it does not exist and is to be read, another process writes to it, the file
            is not a store, or SQLite can't read or write it.
    """
    name = printable(path)
    if not write and not path.exists():
        raise InputError("STORE", "must be there", name)
    _check_ours(path)
    lock = _locked(path) if write else None
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            store = Store(connection)
            if write:
                store.prepare()
            store.check()
            yield store
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise InputError("STORE", f"can't be used: {error}", name) from None
    finally:
        if lock is not None:
            lock.close()


def _check_ours(path: Path) -> None:
    """Refuse a database of another program, before anything is written to it or beside it."""
    rule = "is a database of another program"
    try:
        if not path.is_file() or not path.stat().st_size:
            return
        address = f"{path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(address, uri=True, isolation_level=None)
        try:
            found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in found}
        finally:
            connection.close()
    except (OSError, sqlite3.DatabaseError):
        return  # what it is that can't be read is told when it is opened
    if tables and not {"about", "scenarios", "results"} <= tables:
        raise InputError("STORE", rule, printable(path))


def _locked(path: Path) -> IO[str]:
    """Lock the file beside a store; the system frees the lock when this process ends."""
    try:
        lock = open(f"{path}.lock", "a+", encoding="utf-8")  # noqa: SIM115
    except OSError as error:
        rule = f"can't be written: {error.strerror}"
        raise InputError("STORE", rule, printable(path)) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = printable(lock.read(200)) or "another process"
        lock.close()
        raise InputError("STORE", f"is in use by {holder}", printable(path)) from None
    lock.seek(0)
    lock.truncate()
    lock.write(f"process {os.getpid()} on {socket.gethostname()}")
    lock.flush()
    return lock


class Store:
    """An open store, whose methods each run one statement or one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use an open connection to the file."""
        self._connection = connection

    def prepare(self) -> None:
        """Make the tables that do not exist yet."""
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(TABLES)
        self._connection.execute("INSERT OR IGNORE INTO about VALUES ('layout', ?)", [LAYOUT])

    def check(self) -> None:
        """Check the version of the tables.

        Raises:
            sqlite3.DatabaseError: if the file is not a store of this version.
        """
        found = self._connection.execute("SELECT value FROM about WHERE what = 'layout'").fetchone()
        if found is None or found[0] != LAYOUT:
            raise sqlite3.DatabaseError("it is a store of another version")

    def add(self, asked: Iterable[FileQuestion]) -> None:
        """Add questions; those that the store has already stay as they are.

        Other questions of the same names are stale from now on: their scenarios have changed.
        """
        rows = [(x.name, x.key, x.action, json.dumps(x.given, ensure_ascii=False)) for x in asked]
        named = [row[:2] for row in rows]
        with self._transaction():
            self._connection.executemany(
                "INSERT OR IGNORE INTO scenarios VALUES (?, ?, ?, ?)", rows
            )
            self._connection.executemany(
                "INSERT OR IGNORE INTO stale SELECT name, key FROM scenarios "
                "WHERE name = ? AND key != ?",
                named,
            )
            self._connection.executemany("DELETE FROM stale WHERE name = ? AND key = ?", named)

    def record(self, results: Iterable[Result]) -> None:
        """Keep results, either all or none; a new result replaces a failure and nothing else."""
        rows = [(x.key, x.status, _packed(x.answer), x.reason, x.seconds) for x in results]
        digests = [(x.key, _digest(x.answer)) for x in results]
        with self._transaction():
            self._connection.executemany(
                "INSERT INTO digests VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET sha256 = "
                "excluded.sha256 WHERE (SELECT status FROM results WHERE results.key = "
                f"excluded.key) = '{FAILED}'",
                digests,
            )
            self._connection.executemany(
                "INSERT INTO results VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                "status = excluded.status, answer = excluded.answer, reason = excluded.reason, "
                f"seconds = excluded.seconds WHERE results.status = '{FAILED}'",
                rows,
            )

    def forget(self, keys: Iterable[str]) -> None:
        """Drop the results of some questions, so that they are asked again."""
        with self._transaction():
            for table in ("results", "digests"):
                self._connection.executemany(
                    f"DELETE FROM {table} WHERE key = ?", [(key,) for key in keys]
                )

    def statuses(self) -> dict[str, str]:
        """The statuses of all results, by key."""
        return dict(self._connection.execute("SELECT key, status FROM results"))

    def usage(self) -> tuple[float, float] | None:
        """Mean time [s] and size [byte] of the answers; None if there are none."""
        mean = "SELECT avg(seconds), avg(length(answer)) FROM results WHERE status != ?"
        seconds, size = self._connection.execute(mean, [FAILED]).fetchone()
        return None if seconds is None else (seconds, size)

    def rows(self) -> Iterator[Row]:
        """All questions with their results, in order of name and key.

        A damaged answer is left out, and its status says so.
        """
        digests, stale = map(self._pairs, ("digests", "stale"))
        found = self._connection.execute(
            "SELECT name, s.key, action, given, coalesce(status, 'new'), coalesce(answer, ''), "
            "coalesce(reason, '') FROM scenarios s LEFT JOIN results r ON r.key = s.key "
            "ORDER BY name, s.key"
        )
        whole = dict(digests)
        for name, key, action, given, status, kept, reason in found:
            answer = _unpacked(kept)
            if status != "new" and whole.get(key, _digest(answer)) != _digest(answer):
                status, answer, reason = DAMAGED, "", CHANGED
            asked = json.loads(given)
            yield Row(name, key, action, asked, status, answer, reason, (name, key) in stale)

    def _pairs(self, table: str) -> set[tuple[str, str]]:
        """The rows of a table of two columns; none in stores from before there was that table."""
        known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        if self._connection.execute(known, [table]).fetchone() is None:
            return set()
        return set(self._connection.execute(f"SELECT * FROM {table}"))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # SQLite ends it itself if the disk is full
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _digest(answer: str) -> str:
    """The checksum of an answer."""
    return hashlib.sha256(answer.encode()).hexdigest()


def _packed(answer: str) -> bytes | str:
    """An answer as it is kept: a sixth of its size; no answer as an empty text."""
    return zlib.compress(answer.encode()) if answer else ""


def _unpacked(kept: bytes | str) -> str:
    """The answer that is kept; a text that is no answer if it is damaged."""
    if isinstance(kept, str):
        return kept
    try:
        unpacker = zlib.decompressobj()
        return unpacker.decompress(kept, MOST_BYTES).decode()
    except (zlib.error, UnicodeDecodeError):
        return DAMAGED
