"""Sessions in the database: what they admit, and when they end (F 7.5).

A session ends when it is told to, when its time is over, or when its jobs or its money are used up and the
last of its jobs has ended. Its end cancels its jobs that wait; those that run go on. The money of a job
counts from its submission, and no longer once it has failed or was canceled.

Every function here is part of a transaction of the store.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from qiskit_ionq_lite.emulator.jobs import OPEN_STATUSES
from qiskit_ionq_lite.emulator.refusals import bad_request

if TYPE_CHECKING:
    import sqlite3

    from qiskit_ionq_lite.emulator.jobs import Job
    from qiskit_ionq_lite.emulator.refusals import RefusalError


@dataclass(frozen=True)
class Session:
    """A row of table ``sessions``; times in milliseconds since 1970.

    Attributes:
        started_at: when its first job was submitted.
        ender_id: who ended it; ``None`` if its limits did.
        job_count_limit: jobs that it takes.
        duration_limit_min: minutes that it lasts, from its creation.
        cost_limit: US dollars that its jobs may cost together.
        expires_at: when its time is over.
    """

    id: str
    backend: str
    created_at: int
    started_at: int | None = None
    ended_at: int | None = None
    ender_id: str | None = None
    job_count_limit: int | None = None
    duration_limit_min: int | None = None
    cost_limit: float | None = None
    expires_at: int | None = None


@dataclass(frozen=True)
class _Use:
    """What a session was used for: jobs, those that have not ended, US dollars, when the last one ended."""

    jobs: int
    unfinished: int
    cost: float
    last_ended_at: int


_COLUMNS = tuple(field.name for field in fields(Session))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM sessions"
_OPEN = ", ".join(f"'{status}'" for status in OPEN_STATUSES)


def keep(connection: sqlite3.Connection, session: Session) -> None:
    """Store a new session."""
    connection.execute(
        f"INSERT INTO sessions ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})",
        [getattr(session, column) for column in _COLUMNS],
    )


def find(connection: sqlite3.Connection, session_id: str, now: int) -> Session | None:
    """A session as it is now."""
    settle(connection, session_id, now)
    return _get(connection, session_id)


def every(connection: sqlite3.Connection, now: int) -> list[Session]:
    """All sessions as they are now, newest first."""
    for (session_id,) in connection.execute("SELECT id FROM sessions WHERE ended_at IS NULL").fetchall():
        settle(connection, session_id, now)
    return [Session(*row) for row in connection.execute(f"{_SELECT} ORDER BY seq DESC")]


def admit(connection: sqlite3.Connection, job: Job) -> None:
    """Let a new job into the session that it names, or refuse it.

    Raises:
        RefusalError: 400; the session is unknown, has ended, is another backend's, or has no room.
    """
    session = find(connection, job.session_id or "", job.submitted_at)
    if session is None:
        raise _refused(f"Session {job.session_id!r} not found.")
    if session.ended_at is not None:
        raise _refused(f"Session {session.id} has ended; open another one.")
    if session.backend != job.backend:
        raise _refused(f"Session {session.id} is for {session.backend}, and the job for {job.backend}.")
    use = _use(connection, session.id)
    if session.job_count_limit is not None and use.jobs >= session.job_count_limit:
        raise _refused(f"Session {session.id} takes {session.job_count_limit:,} jobs, and has them.")
    cost = 0.0 if job.dry_run else job.price or 0.0
    if session.cost_limit is not None and use.cost + cost > session.cost_limit:
        raise _refused(
            f"Session {session.id} may cost {session.cost_limit:,.2f} usd; {use.cost:,.2f} are taken, "
            f"and the job costs {cost:,.2f}."
        )
    connection.execute(
        "UPDATE sessions SET started_at = coalesce(started_at, ?) WHERE id = ?",
        (job.submitted_at, session.id),
    )


def settle(connection: sqlite3.Connection, session_id: str, now: int) -> None:
    """End a session that has reached a limit, at the moment when it did."""
    session = _get(connection, session_id)
    if session is None or session.ended_at is not None:
        return
    if session.expires_at is not None and session.expires_at <= now:
        end(connection, session_id, session.expires_at, None)
        return
    use = _use(connection, session_id)
    limits = [(use.jobs, session.job_count_limit), (use.cost, session.cost_limit)]
    if not use.unfinished and any(limit is not None and used >= limit for used, limit in limits):
        end(connection, session_id, use.last_ended_at, None)


def is_due(connection: sqlite3.Connection, now: int) -> bool:
    """Whether the time of any session is over."""
    found = connection.execute("SELECT 1 FROM sessions WHERE ended_at IS NULL AND expires_at <= ?", (now,))
    return found.fetchone() is not None


def expire(connection: sqlite3.Connection, now: int) -> None:
    """End all sessions whose time is over."""
    due = connection.execute(
        "SELECT id, expires_at FROM sessions WHERE ended_at IS NULL AND expires_at <= ?", (now,)
    )
    for session_id, expires_at in due.fetchall():
        end(connection, session_id, expires_at, None)


def end(connection: sqlite3.Connection, session_id: str, at: int, ender_id: str | None) -> None:
    """End a session that has not ended, and cancel its jobs that wait."""
    ended = connection.execute(
        "UPDATE sessions SET ended_at = ?, ender_id = ? WHERE id = ? AND ended_at IS NULL",
        (at, ender_id, session_id),
    )
    if ended.rowcount:
        connection.execute(
            """
            UPDATE jobs SET status = 'canceled', completed_at = ?
            WHERE session_id = ? AND status IN ('submitted', 'ready')
            """,
            (at, session_id),
        )


def _get(connection: sqlite3.Connection, session_id: str) -> Session | None:
    row = connection.execute(f"{_SELECT} WHERE id = ?", (session_id,)).fetchone()
    return Session(*row) if row else None


def _use(connection: sqlite3.Connection, session_id: str) -> _Use:
    row = connection.execute(
        f"""
        SELECT
            count(*),
            count(*) FILTER (WHERE status IN ({_OPEN})),
            coalesce(sum(price) FILTER (WHERE NOT dry_run AND status NOT IN ('failed', 'canceled')), 0.0),
            coalesce(max(completed_at), 0)
        FROM jobs WHERE session_id = ? AND parent_id IS NULL
        """,
        (session_id,),
    ).fetchone()
    return _Use(*row)


def _refused(text: str) -> RefusalError:
    return bad_request(text, "session_id")
