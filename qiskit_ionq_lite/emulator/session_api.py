"""What the API does with sessions (F 7.5): no HTTP here, and time and ids come from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from qiskit_ionq_lite.emulator import sessions
from qiskit_ionq_lite.emulator.devices import BACKENDS
from qiskit_ionq_lite.emulator.documents import ORGANIZATION_ID, PROJECT_ID, SUBMITTER_ID, iso
from qiskit_ionq_lite.emulator.parsing import decode
from qiskit_ionq_lite.emulator.prices import UNIT
from qiskit_ionq_lite.emulator.refusals import bad_request, not_found
from qiskit_ionq_lite.emulator.sessions import Session
from qiskit_ionq_lite.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit_ionq_lite.emulator.devices import Document
    from qiskit_ionq_lite.emulator.store import Store

_MOST = 2**31 - 1
_MINUTE = 60_000  # milliseconds


class _CostLimit(msgspec.Struct):
    value: float
    unit: str = UNIT


class _Settings(msgspec.Struct):
    job_count_limit: int | None = None
    duration_limit_min: int | None = None
    cost_limit: _CostLimit | None = None


class _Request(msgspec.Struct):
    backend: str
    settings: _Settings | None = None


class SessionApi:
    """The operations below ``/sessions``.

    Args:
        store: where sessions live.
        clock: seconds since 1970.
        new_id: a fresh UUID as text.
    """

    def __init__(self, store: Store, clock: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id

    def open(self, body: bytes) -> Document:
        """``POST /sessions``."""
        session = self._session(decode(body, _Request, ""))
        with self._store.atomic() as connection:
            sessions.keep(connection, session)
        return session_document(session)

    def every(self, active: bool | None) -> Document:
        """``GET /sessions``, newest first."""
        with self._store.atomic() as connection:
            found = sessions.every(connection, self._now())
        documents = [session_document(session) for session in found]
        chosen = [one for one in documents if active is None or one["active"] == active]
        return {"organization_id": ORGANIZATION_ID, "sessions": chosen}

    def get(self, session_id: str) -> Document:
        """``GET /sessions/{id}``."""
        with self._store.atomic() as connection:
            found = sessions.find(connection, session_id, self._now())
        return session_document(_known(found, session_id))

    def end(self, session_id: str) -> Document:
        """``POST /sessions/{id}/end``; one that has ended stays as it is."""
        with self._store.atomic() as connection:
            _known(sessions.find(connection, session_id, self._now()), session_id)
            sessions.end(connection, session_id, self._now(), SUBMITTER_ID)
            found = sessions.find(connection, session_id, self._now())
        return session_document(_known(found, session_id))

    def _now(self) -> int:
        return round(self._clock() * 1000)

    def _session(self, request: _Request) -> Session:
        if request.backend not in BACKENDS:
            raise bad_request(
                f"Unknown backend {request.backend!r}; {nearest(request.backend, BACKENDS)}.", "backend"
            )
        limits = request.settings or _Settings()
        now = self._now()
        minutes = _limit("duration_limit_min", limits.duration_limit_min)
        return Session(
            id=self._new_id(),
            backend=request.backend,
            created_at=now,
            job_count_limit=_limit("job_count_limit", limits.job_count_limit),
            duration_limit_min=minutes,
            cost_limit=_cost_limit(limits.cost_limit),
            expires_at=None if minutes is None else now + minutes * _MINUTE,
        )


def session_document(session: Session) -> Document:
    """A session as the API writes it."""
    limits: Document = {
        "job_count_limit": session.job_count_limit,
        "duration_limit_min": session.duration_limit_min,
        "cost_limit": None if session.cost_limit is None else {"value": session.cost_limit, "unit": UNIT},
        "expires_at": iso(session.expires_at),
    }
    return {
        "id": session.id,
        "organization_id": ORGANIZATION_ID,
        "backend": session.backend,
        "project_id": PROJECT_ID,
        "creator_id": SUBMITTER_ID,
        "created_at": iso(session.created_at),
        "started_at": iso(session.started_at),
        "ended_at": iso(session.ended_at),
        "ender_id": session.ender_id,
        "active": session.ended_at is None,
        "status": _status(session),
        "settings": {name: limit for name, limit in limits.items() if limit is not None},
    }


def _status(session: Session) -> str:
    if session.ended_at is not None:
        return "ended"
    return "created" if session.started_at is None else "started"


def _known(session: Session | None, session_id: str) -> Session:
    if session is None:
        raise not_found(f"Session {session_id!r} not found.")
    return session


def _limit(name: str, value: int | None) -> int | None:
    if value is not None and not 1 <= value <= _MOST:
        raise bad_request(f"{name} must be 1 to {_MOST:,}, not {value:,}.", f"settings.{name}")
    return value


def _cost_limit(limit: _CostLimit | None) -> float | None:
    if limit is None:
        return None
    if limit.unit.lower() != UNIT:
        raise bad_request(
            f"Prices here are in {UNIT}, so a limit in {limit.unit!r} has no meaning.",
            "settings.cost_limit.unit",
        )
    if limit.value < 0:
        raise bad_request(f"A cost is not negative: {limit.value}.", "settings.cost_limit.value")
    return limit.value
