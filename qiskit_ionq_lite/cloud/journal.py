"""What was submitted, written down before it is sent and confirmed after, so that no crash loses a job.

One SQLite file in the user's data folder, shared by all processes. It holds tokens, names and ids; never a
circuit, never a key. An account is told from another by a keyed digest, from which no key can be had.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_data_path

from qiskit_ionq_lite.notices import notify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

VARIABLE = "IONQ_LITE_JOURNAL"
"""Environment variable: a file for the journal, or ``off``."""

_OFF = frozenset({"off", "0", "no", "false"})
_KEPT_SECONDS = 90 * 24 * 3600
_BUSY_SECONDS = 30.0  # that a process waits for another one's write
_LONGEST_SUBMISSION = 900.0  # seconds after which nobody is still submitting

_NOBODY = 0  # is sending: no process has this number

_SCHEMA = """
CREATE TABLE IF NOT EXISTS submissions (
    token TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    url TEXT NOT NULL,
    backend TEXT NOT NULL,
    name TEXT NOT NULL,
    circuits INTEGER NOT NULL,
    shots INTEGER NOT NULL,
    submitted_at REAL NOT NULL,
    host TEXT NOT NULL,
    process INTEGER NOT NULL,
    state TEXT NOT NULL,
    job_id TEXT
);
CREATE INDEX IF NOT EXISTS open_submissions ON submissions (account, url) WHERE state = 'open';
"""


@dataclass(frozen=True)
class Submission:
    """One submission.

    Attributes:
        token: identifies it in the job's metadata.
        backend: name of the backend.
        name: of the job.
        circuits: how many.
        shots: of each circuit.
        submitted_at: seconds since 1970.
        state: ``open`` until its fate is known, then ``confirmed``, ``refused`` or ``unsent``.
        job_id: of the job, once confirmed.
    """

    token: str
    backend: str
    name: str
    circuits: int
    shots: int
    submitted_at: float
    state: str = "open"
    job_id: str | None = None


class Journal:
    """The submissions of one account at one address.

    Args:
        path: the SQLite file; ``None`` keeps no journal.
        url: address of the API.
        key: the account's API key, of which only a digest is kept.
        clock: seconds since 1970.
    """

    def __init__(self, path: Path | None, url: str, key: str, clock: Callable[[], float] = time.time) -> None:
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._path = path
        self._url = url
        self._account = hmac.new(key.encode(), b"qiskit-ionq-lite journal", hashlib.sha256).hexdigest()[:16]
        self._clock = clock
        self._lock = threading.Lock()
        self._sending: set[str] = set()

    @property
    def is_kept(self) -> bool:
        """Whether anything is written down."""
        return self._path is not None

    def begin(self, submission: Submission) -> None:
        """Write down what is about to be sent. A journal that cannot be written is a warning, once."""
        with self._lock:
            self._sending.add(submission.token)
        try:
            with self._rows() as rows:
                rows.execute(
                    "DELETE FROM submissions WHERE state != 'open' AND submitted_at < ?",
                    [self._clock() - _KEPT_SECONDS],
                )
                rows.execute(
                    "INSERT INTO submissions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', NULL)",
                    [
                        *(submission.token, self._account, self._url, submission.backend, submission.name),
                        *(submission.circuits, submission.shots, submission.submitted_at),
                        *(socket.gethostname(), os.getpid()),
                    ],
                )
        except (sqlite3.Error, OSError) as error:
            notify(
                f"the journal {self._path} cannot be written ({error}): jobs are submitted all the same, but "
                "if this process dies while it submits, recover() will not know of it; "
                f"{VARIABLE} names another file, or is 'off'"
            )
            self._path = None

    def confirm(self, token: str, job_id: str) -> None:
        """The job exists."""
        self._settle(token, "confirmed", job_id)

    def refuse(self, token: str) -> None:
        """The cloud refused it: there is no job."""
        self._settle(token, "refused")

    def give_up(self, token: str) -> None:
        """Looked for, and not found: it was never sent."""
        self._settle(token, "unsent")

    def leave_open(self, token: str) -> None:
        """This process is done with it, and does not know its fate."""
        self._write("UPDATE submissions SET process = ? WHERE token = ?", [_NOBODY, token])
        self._forget(token)

    def open(self) -> list[Submission]:
        """Submissions whose fate is unknown and that nobody is still sending, oldest first."""
        here, now = socket.gethostname(), self._clock()
        with self._rows() as rows:
            found = rows.execute(
                "SELECT token, backend, name, circuits, shots, submitted_at, state, job_id, host, process "
                "FROM submissions WHERE account = ? AND url = ? AND state = 'open' ORDER BY submitted_at",
                [self._account, self._url],
            ).fetchall()
        return [
            Submission(*row)
            for *row, host, process in found
            if now - row[5] > _LONGEST_SUBMISSION or not self._is_sending(row[0], host == here, process)
        ]

    def recent(self, limit: int = 100) -> list[Submission]:
        """Submissions, newest first."""
        with self._rows() as rows:
            found = rows.execute(
                "SELECT token, backend, name, circuits, shots, submitted_at, state, job_id FROM submissions "
                "WHERE account = ? AND url = ? ORDER BY submitted_at DESC LIMIT ?",
                [self._account, self._url, limit],
            ).fetchall()
        return [Submission(*row) for row in found]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def __del__(self) -> None:
        """Nobody has to close a provider: what is open is closed with the last reference to it."""
        if self._connection is not None and self._process == os.getpid():
            self._connection.close()

    def _is_sending(self, token: str, is_here: bool, process: int) -> bool:
        if is_here and process == os.getpid():
            with self._lock:
                return token in self._sending
        return is_here and process != _NOBODY and _is_alive(process)

    def _settle(self, token: str, state: str, job_id: str | None = None) -> None:
        """A state that cannot be written leaves the submission open, and recover() finds it out again."""
        self._write("UPDATE submissions SET state = ?, job_id = ? WHERE token = ?", [state, job_id, token])
        self._forget(token)

    def _forget(self, token: str) -> None:
        with self._lock:
            self._sending.discard(token)

    def _write(self, statement: str, values: list[Any]) -> None:
        try:
            with self._rows() as rows:
                rows.execute(statement, values)
        except (sqlite3.Error, OSError) as error:
            notify(f"the journal {self._path} cannot be written: {error}")

    @contextmanager
    def _rows(self) -> Iterator[sqlite3.Connection | _NoRows]:
        with self._lock:
            if self._path is None:
                yield _NoRows()
                return
            if self._connection is None or self._process != os.getpid():  # a fork must not share it
                self._connection, self._process = _connected(self._path), os.getpid()
            yield self._connection


class _NoRows:
    """Where nothing is written down."""

    def execute(self, _statement: str, _values: object = ()) -> _NoRows:
        return self

    def fetchall(self) -> list[Any]:
        return []


def journal_path(given: bool | str | os.PathLike[str] | None, environment: Mapping[str, str]) -> Path | None:
    """Where the journal is; ``None`` for none.

    Args:
        given: what the user said: a file, ``True``, ``False``, or nothing.
        environment: where :data:`VARIABLE` is looked up if the user said nothing.
    """
    if given is None:
        given = environment.get(VARIABLE) or True
        if isinstance(given, str) and given.lower() in _OFF:
            return None
    if given is True:
        return user_data_path("qiskit-ionq-lite", appauthor=False) / "journal.db"
    return Path(given) if given else None


def _connected(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.executescript(_SCHEMA)
    return connection


def _is_alive(process: int) -> bool:
    if os.name == "nt":  # signals would end it there, so it counts as alive until its time is over
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
