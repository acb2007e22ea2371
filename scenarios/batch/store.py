"""A store of questions and answers: one SQLite file with one writer.

    scenarios(name, key, action, given)    every question ever asked of this store; given: JSON of
                                           the options; the primary key is (name, key)
    results(key, status, answer, reason, seconds)    answer: the JSON of the single command
    about(what, value)                     version of this layout

The key is a hash of what is asked and of what answers it (version, law), so that a changed file
adds questions and never mixes with old answers. Write-ahead logging keeps every committed answer
through a kill of any process; a lock beside the file, held while it is open, keeps second writers
out and says who the first is.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from constraints.errors import InputError, printable
from scenarios.batch.task import FAILED, Result
from scenarios.scenario_file.question import FileQuestion

__all__ = ["Row", "Store", "open_store"]

LAYOUT = "1"
TABLES = """
CREATE TABLE IF NOT EXISTS about (what TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scenarios (
    name TEXT NOT NULL, key TEXT NOT NULL, action TEXT NOT NULL, given TEXT NOT NULL,
    PRIMARY KEY (name, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, status TEXT NOT NULL, answer TEXT NOT NULL, reason TEXT NOT NULL,
    seconds REAL NOT NULL);
"""
CHUNK = 500


@dataclass(frozen=True)
class Row:
    """A question with its result; status `new` if there is none yet."""

    name: str
    key: str
    action: str
    given: dict[str, str]
    status: str
    answer: str
    reason: str


@contextmanager
def open_store(path: Path, *, write: bool) -> Iterator[Store]:
    """The store at a path, locked if it is to be written; made if it is not there.

    Raises InputError if another process writes to it, it is no store, or the disk refuses.
    """
    name = printable(path)
    if not write and not path.exists():
        raise InputError("STORE", "must be there", name)
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


def _locked(path: Path) -> IO[str]:
    """The lock beside a store, which the system frees when this process ends."""
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
    """An open store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """connection: to the file."""
        self._connection = connection

    def prepare(self) -> None:
        """Make the tables if they are not there."""
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(TABLES)
        self._connection.execute("INSERT OR IGNORE INTO about VALUES ('layout', ?)", [LAYOUT])

    def check(self) -> None:
        """Raises sqlite3.DatabaseError if this is no store of this layout."""
        found = self._connection.execute("SELECT value FROM about WHERE what = 'layout'").fetchone()
        if found is None or found[0] != LAYOUT:
            raise sqlite3.DatabaseError("it is a store of another version")

    def add(self, asked: Iterable[FileQuestion]) -> None:
        """Add questions; those that are there already stay."""
        rows = ((x.name, x.key, x.action, json.dumps(x.given, ensure_ascii=False)) for x in asked)
        with self._transaction():
            self._connection.executemany(
                "INSERT OR IGNORE INTO scenarios VALUES (?, ?, ?, ?)", rows
            )

    def record(self, results: Iterable[Result]) -> None:
        """Keep results, at once or not at all; a later one takes the place of a failure."""
        rows = [(x.key, x.status, x.answer, x.reason, x.seconds) for x in results]
        with self._transaction():
            self._connection.executemany(
                "INSERT INTO results VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                "status = excluded.status, answer = excluded.answer, reason = excluded.reason, "
                f"seconds = excluded.seconds WHERE results.status = '{FAILED}'",
                rows,
            )

    def statuses(self) -> dict[str, str]:
        """The status of each key that has a result."""
        return dict(self._connection.execute("SELECT key, status FROM results"))

    def usage(self) -> tuple[float, float] | None:
        """Seconds and bytes of an answer on average; None if there is none."""
        mean = "SELECT avg(seconds), avg(length(answer)) FROM results WHERE status != ?"
        seconds, size = self._connection.execute(mean, [FAILED]).fetchone()
        return None if seconds is None else (seconds, size)

    def rows(self) -> Iterator[Row]:
        """All questions with their results, by name and then by key."""
        found = self._connection.execute(
            "SELECT name, s.key, action, given, coalesce(status, 'new'), coalesce(answer, ''), "
            "coalesce(reason, '') FROM scenarios s LEFT JOIN results r ON r.key = s.key "
            "ORDER BY name, s.key"
        )
        for name, key, action, given, status, answer, reason in found:
            yield Row(name, key, action, json.loads(given), status, answer, reason)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk has ended it already
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
