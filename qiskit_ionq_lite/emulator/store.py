"""Jobs, bodies and results in SQLite.

Short transactions through :meth:`Store.atomic`: what was acknowledged is on disk, and what was interrupted
never happened. A file is in WAL mode, so it survives ``kill -9``, and has a second connection for those who
only read: they do not wait while a large result is written. In memory one connection does both.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter
from threading import RLock
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
import numpy as np

from qiskit_ionq_lite.emulator import sessions
from qiskit_ionq_lite.emulator.jobs import COLUMNS, OPEN_STATUSES, STATUSES, Ending, Job
from qiskit_ionq_lite.emulator.migrations import migrate
from qiskit_ionq_lite.emulator.outcomes import Outcomes, Registers
from qiskit_ionq_lite.emulator.refusals import bad_request
from qiskit_ionq_lite.errors import IonQError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

_SELECT = f"SELECT {', '.join(f'jobs.{column}' for column in COLUMNS)} FROM jobs"
_INSERT = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_OPEN = ", ".join(f"'{status}'" for status in OPEN_STATUSES)
_WAITS = "parent_id IS NULL AND status = 'ready'"  # has an index, jobs_waiting
_row = attrgetter(*COLUMNS)
_MEMORY = ":memory:"
_BATCH = 500  # values in one IN (...); SQLite allows 999 in its oldest builds


class StoreClosedError(IonQError):
    """The cloud has been closed; work that still ran is left for the next start."""


@dataclass(frozen=True)
class Selection:
    """Which jobs a listing wants; ``None`` means any.

    Attributes:
        ids: only these, children included.
        parent_id: only the children of this job. Without either, children are left out.
        targets: backends.
    """

    ids: tuple[str, ...] | None = None
    parent_id: str | None = None
    status: str | None = None
    targets: tuple[str, ...] | None = None
    session_id: str | None = None


class _Guarded:
    """One connection, for one thread at a time."""

    def __init__(self, name: str) -> None:
        self.lock = RLock()
        self.connection = sqlite3.connect(name, isolation_level=None, check_same_thread=False)


class Store:
    """The database of one local cloud.

    Args:
        path: a file, created if need be; ``None`` keeps everything in memory.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._closed = False
        name = _MEMORY if path is None else os.fspath(path)
        self._writer = self._reader = _Guarded(name)
        try:
            self._prepare()
            if name not in (_MEMORY, ""):
                self._reader = _Guarded(name)
        except BaseException:
            self._writer.connection.close()
            raise

    def _prepare(self) -> None:
        connection = self._writer.connection
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection)

    def close(self) -> None:
        """Close the file; later calls raise :class:`StoreClosedError`."""
        with self._reader.lock, self._writer.lock:
            self._closed = True
            self._reader.connection.close()
            self._writer.connection.close()

    @contextmanager
    def atomic(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it, or nothing."""
        with self._using(self._writer) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """What was committed, without waiting for who writes."""
        return self._using(self._reader)

    @contextmanager
    def _using(self, guarded: _Guarded) -> Iterator[sqlite3.Connection]:
        with guarded.lock:
            if self._closed:
                raise StoreClosedError("the local cloud has been closed")
            yield guarded.connection

    def create(self, jobs: Sequence[Job], body: bytes, instead_of: str | None = None) -> None:
        """Keep a new job, its body, and after it its children.

        Args:
            jobs: the new job and its children.
            body: its ``input``.
            instead_of: a job that is canceled in the same moment.

        Raises:
            RefusalError: 400, if that one has ended, or the session does not take the job; nothing is kept.
        """
        with self.atomic() as connection:
            if jobs[0].session_id is not None:
                sessions.admit(connection, jobs[0])
            if instead_of is not None and not _cancel(connection, instead_of, jobs[0].submitted_at):
                raise bad_request(
                    f"Job {instead_of} has ended and cannot be moved; clone it.", source="params"
                )
            connection.executemany(_INSERT, map(_row, jobs))
            connection.execute("INSERT INTO bodies VALUES (?, ?)", (jobs[0].id, body))

    def get(self, job_id: str) -> Job | None:
        """A job by its id."""
        with self.reading() as connection:
            row = connection.execute(f"{_SELECT} WHERE id = ?", (job_id,)).fetchone()
        return _job(row) if row else None

    def is_started(self, job_id: str) -> bool:
        """Whether a job was claimed, and neither canceled nor deleted since."""
        job = self.get(job_id)
        return job is not None and job.status == "started"

    def child_ids(self, parent_id: str) -> list[str]:
        """Ids of a job's circuits, in the order of submission."""
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT id FROM jobs WHERE parent_id = ? ORDER BY position", (parent_id,)
            )
            return [row[0] for row in rows]

    def page(self, selection: Selection, limit: int, after: str | None) -> tuple[list[Job], str | None]:
        """Jobs, newest first, and the token of the next page (a UUID, F 6.13), ``None`` on the last one.

        The token is a place in the order of submission, so that deleting a job does not break a walk.
        """
        conditions, values = _conditions(selection)
        if after is not None:
            conditions.append("seq < ?")
            values.append(UUID(after).int)
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        query = f"SELECT seq, {', '.join(COLUMNS)} FROM jobs {where} ORDER BY seq DESC LIMIT ?"
        with self.reading() as connection:
            rows = connection.execute(query, (*values, limit + 1)).fetchall()
        shown = rows[:limit]
        return [_job(row[1:]) for row in shown], str(UUID(int=shown[-1][0])) if len(rows) > limit else None

    def body(self, job_id: str) -> bytes:
        """The ``input`` of a job; empty if the job was deleted meanwhile."""
        with self.reading() as connection:
            row = connection.execute("SELECT input FROM bodies WHERE job_id = ?", (job_id,)).fetchone()
        return bytes(row[0]) if row else b""

    def mark_ready(self, job_id: str) -> None:
        """Put a submitted job and its children into the queue."""
        with self.atomic() as connection:
            connection.execute(
                "UPDATE jobs SET status = 'ready' WHERE status = 'submitted' AND (id = ? OR parent_id = ?)",
                (job_id, job_id),
            )

    def requeue(self) -> None:
        """Put back what the last run left unfinished."""
        with self.atomic() as connection:
            connection.execute(
                f"UPDATE jobs SET status = 'ready', started_at = NULL WHERE status IN ({_OPEN})"
            )

    def counts(self) -> dict[str, int]:
        """How many jobs there are by status, without the circuits of multi-circuit jobs."""
        with self.reading() as connection:
            found = dict(
                connection.execute(
                    "SELECT status, count(*) FROM jobs WHERE parent_id IS NULL GROUP BY status"
                )
            )
        return {status: found.get(status, 0) for status in STATUSES}

    def waiting(self, most: int) -> int:
        """How many jobs wait, counted up to ``most``."""
        return self._number(f"SELECT count(*) FROM (SELECT 1 FROM jobs WHERE {_WAITS} LIMIT ?)", most) or 0

    def oldest_waiting(self) -> int | None:
        """When the job that is next was submitted, in milliseconds; ``None`` when none waits."""
        return self._number(f"SELECT submitted_at FROM jobs WHERE {_WAITS} ORDER BY seq LIMIT 1")

    def ahead(self, job_id: str) -> int:
        """About how many circuits run before this waiting job; few steps, however many they are."""
        return max(
            0,
            self._number(
                f"""
                SELECT (SELECT seq FROM jobs WHERE id = ?)
                    - (SELECT seq FROM jobs WHERE {_WAITS} ORDER BY seq LIMIT 1)
                """,
                job_id,
            )
            or 0,
        )

    def _number(self, query: str, *values: object) -> int | None:
        with self.reading() as connection:
            row = connection.execute(query, values).fetchone()
        return row[0] if row else None

    def expire_sessions(self, now: int) -> None:
        """End the sessions whose time is over."""
        with self.reading() as connection:
            due = sessions.is_due(connection, now)
        if due:
            with self.atomic() as connection:
                sessions.expire(connection, now)

    def claim(self, now: int, submitted_by: int) -> Job | None:
        """Start the oldest job that waits since ``submitted_by`` or longer, so that no other worker can."""
        with self.atomic() as connection:
            sessions.expire(connection, now)
            row = connection.execute(
                f"""
                UPDATE jobs SET status = 'started', started_at = ?
                WHERE seq = (
                    SELECT seq FROM jobs WHERE {_WAITS} AND submitted_at <= ? ORDER BY seq LIMIT 1
                )
                RETURNING {", ".join(COLUMNS)}
                """,
                (now, submitted_by),
            ).fetchone()
            if row is None:
                return None
            job = _job(row)
            connection.execute(
                "UPDATE jobs SET status = 'started', started_at = ? WHERE parent_id = ? AND status = 'ready'",
                (now, job.id),
            )
        return job

    def finish(
        self,
        job: Job,
        now: int,
        endings: Sequence[Ending],
        results: Mapping[str, Outcomes],
        born: Sequence[Job] = (),
    ) -> None:
        """Store the end of a started job and of its children, unless it was canceled or deleted meanwhile.

        Args:
            job: that was claimed.
            now: milliseconds since 1970.
            endings: of the job and its children.
            results: of those that have some.
            born: started children that are new.
        """
        columns = {job_id: _columns(outcomes) for job_id, outcomes in results.items()}  # before the lock
        with self.atomic() as connection:
            row = connection.execute("SELECT status FROM jobs WHERE id = ?", (job.id,)).fetchone()
            if row != ("started",):
                return
            connection.executemany(_INSERT, map(_row, born))
            ended = [_end(connection, ending, now) for ending in endings]
            kept = [job_id for job_id in ended if job_id is not None and job_id in columns]
            connection.executemany(
                "INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?)",
                ((job_id, *columns[job_id]) for job_id in kept),
            )

    def cancel(self, job_ids: Iterable[str], now: int) -> None:
        """Cancel jobs and their children, as far as they have not ended."""
        with self.atomic() as connection:
            for job_id in job_ids:
                _cancel(connection, job_id, now)

    def delete(self, job_ids: Iterable[str]) -> None:
        """Delete jobs with their children, bodies, results and compiled circuits."""
        with self.atomic() as connection:
            connection.executemany("DELETE FROM jobs WHERE id = ?", [(job_id,) for job_id in job_ids])

    def compiled(self, job_id: str) -> bytes:
        """The native circuit of a job that has one."""
        with self.reading() as connection:
            row = connection.execute("SELECT circuit FROM compiled WHERE job_id = ?", (job_id,)).fetchone()
        return bytes(row[0]) if row else b"null"

    def results(self, job_ids: Sequence[str]) -> dict[str, Outcomes]:
        """Results of those of these jobs that have some, in the order asked for."""
        found: dict[str, Outcomes] = {}
        with self.reading() as connection:
            for start in range(0, len(job_ids), _BATCH):
                some = job_ids[start : start + _BATCH]
                rows = connection.execute(
                    f"SELECT * FROM results WHERE job_id IN ({', '.join('?' * len(some))})", some
                )
                found.update((row[0], _outcomes(*row[1:])) for row in rows)
        return {job_id: found[job_id] for job_id in job_ids if job_id in found}


def _conditions(selection: Selection) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    if selection.ids is None and selection.parent_id is None:
        conditions.append("parent_id IS NULL")
    for column, value in (
        ("parent_id", selection.parent_id),
        ("status", selection.status),
        ("session_id", selection.session_id),
    ):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)
    for column, choices in (("id", selection.ids), ("backend", selection.targets)):
        if choices is not None:
            conditions.append(f"{column} IN ({', '.join('?' * len(choices))})")
            values.extend(choices)
    return conditions, values


def _job(row: Sequence[object]) -> Job:
    values = dict(zip(COLUMNS, row, strict=True))
    values |= {name: bool(values[name]) for name in ("dry_run", "compiled", "verified")}
    return Job(**values)  # type: ignore[arg-type]  # SQLite's columns are typed by the migrations


def _end(connection: sqlite3.Connection, ending: Ending, now: int) -> str | None:
    """The job's id if it ended now, ``None`` if it had been canceled before."""
    status = "completed" if ending.failure_code is None else "failed"
    changed = connection.execute(
        """
        UPDATE jobs
        SET status = ?, completed_at = ?, failure_code = ?, failure_message = ?, answer = ?, compiled = ?,
            allowed_states = ?, verified = ?
        WHERE id = ? AND status = 'started'
        """,
        (
            status,
            now,
            ending.failure_code,
            ending.failure_message,
            ending.answer,
            ending.compiled is not None,
            ending.verification.allowed_states if ending.verification else None,
            bool(ending.verification and ending.verification.applied),
            ending.job_id,
        ),
    )
    if not changed.rowcount:
        return None
    if ending.compiled is not None:
        connection.execute("INSERT INTO compiled VALUES (?, ?)", (ending.job_id, ending.compiled))
    return ending.job_id


def _cancel(connection: sqlite3.Connection, job_id: str, now: int) -> bool:
    """Whether the job or a child of it had not ended."""
    changed = connection.execute(
        f"""
        UPDATE jobs SET status = 'canceled', completed_at = ?
        WHERE status IN ({_OPEN}) AND (id = ? OR parent_id = ?)
        """,
        (now, job_id, job_id),
    )
    return changed.rowcount > 0


def _columns(outcomes: Outcomes) -> tuple[bytes | None, ...]:
    shots = None if outcomes.shots is None else outcomes.shots.tobytes()
    values, probabilities = outcomes.values.tobytes(), outcomes.probabilities.tobytes()
    discarded = None if outcomes.discarded is None else outcomes.discarded.tobytes()
    if outcomes.registers is None:
        return values, probabilities, shots, None, None, discarded
    sizes, bits = msgspec.json.encode(outcomes.registers.sizes), np.packbits(outcomes.registers.bits)
    return values, probabilities, shots, sizes, bits.tobytes(), discarded


def _outcomes(
    values: bytes,
    probabilities: bytes,
    shots: bytes | None,
    sizes: bytes | None,
    bits: bytes | None,
    discarded: bytes | None,
) -> Outcomes:
    samples = None if shots is None else np.frombuffer(shots, np.uint64)
    return Outcomes(
        np.frombuffer(values, np.uint64),
        np.frombuffer(probabilities, np.float64),
        samples,
        None if samples is None or sizes is None or bits is None else _registers(len(samples), sizes, bits),
        None if discarded is None else np.frombuffer(discarded, np.uint64),
    )


def _registers(shots: int, sizes: bytes, bits: bytes) -> Registers:
    names = msgspec.json.decode(sizes, type=tuple[tuple[str, int], ...])
    width = sum(size for _, size in names)
    flat = np.unpackbits(np.frombuffer(bits, np.uint8), count=shots * width)
    return Registers(names, flat.reshape(shots, width).astype(np.bool_))
