"""Query strings -> checked values. Limits are clamped, not refused (F 6.13)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from qiskit_ionq_lite.emulator.bodies import MAX_SHOTS
from qiskit_ionq_lite.emulator.devices import BACKENDS
from qiskit_ionq_lite.emulator.documents import SUBMITTER_ID
from qiskit_ionq_lite.emulator.inputs import SINGLE
from qiskit_ionq_lite.emulator.jobs import STATUSES
from qiskit_ionq_lite.emulator.mitigation import AGGREGATIONS
from qiskit_ionq_lite.emulator.prices import Size
from qiskit_ionq_lite.emulator.refusals import bad_request
from qiskit_ionq_lite.emulator.store import Selection
from qiskit_ionq_lite.emulator.usage import GROUPS, MODALITIES, UsageQuery
from qiskit_ionq_lite.errors import nearest

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

MAX_IDS = 500
_INT32 = 2**31 - 1
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def selection(query: QueryParams) -> Selection:
    """Which jobs ``GET /jobs`` asks for; ``ids`` may be repeated or a comma list."""
    ids = several(query, "ids") or several(query, "ids[]")
    if ids and len(ids) > MAX_IDS:
        raise bad_request(f"At most {MAX_IDS} ids in one request, not {len(ids)}.", "ids", source="query")
    status = query.get("status")
    if status is not None and status not in STATUSES:
        raise bad_request(
            f"Unknown status {status!r}; {nearest(status, STATUSES)}.", "status", source="query"
        )
    if query.get("submitter_id", SUBMITTER_ID) != SUBMITTER_ID:
        ids = ()  # a local cloud has one user, so another one's jobs are none
    return Selection(
        ids=ids,
        parent_id=query.get("parent_job_id"),
        status=status,
        targets=several(query, "target"),
        session_id=query.get("session_id"),
    )


@dataclass(frozen=True)
class EstimateQuery:
    """What ``GET /jobs/estimate`` asks for."""

    backend: str
    type: str
    qubits: int
    size: Size


def estimate(query: QueryParams) -> EstimateQuery:
    """The job to be priced; what is not said has the platform's defaults."""
    backend = query.get("backend", "")
    if backend not in BACKENDS:
        raise bad_request(
            f"Unknown backend {backend!r}; {nearest(backend, BACKENDS)}.", "backend", source="query"
        )
    size = Size(
        shots=_bounded(query, "shots", 1000, 1, MAX_SHOTS),
        one_qubit_gates=_bounded(query, "1q_gates", 0, 0, _INT32),
        two_qubit_gates=_bounded(query, "2q_gates", 0, 0, _INT32),
        mitigated=bool(flag(query, "error_mitigation")),
    )
    return EstimateQuery(backend, query.get("type", SINGLE), _bounded(query, "qubits", 25, 1, _INT32), size)


def flag(query: QueryParams, name: str) -> bool | None:
    """A yes or no; ``None`` if not given."""
    text = query.get(name)
    if text is None:
        return None
    if text.lower() not in _FLAGS:
        raise bad_request(f"{name} must be true or false, not {text!r}.", name, source="query")
    return _FLAGS[text.lower()]


def _bounded(query: QueryParams, name: str, default: int, low: int, high: int) -> int:
    number = _integer(query, name, default)
    if not low <= number <= high:
        raise bad_request(f"{name} must be {low:,} to {high:,}, not {number:,}.", name, source="query")
    return number


def aggregation(query: QueryParams) -> str | None:
    """``aggregation``, or the older ``sharpen`` (F 3.6); ``None`` leaves it to the platform."""
    name = query.get("aggregation")
    if name is None:
        return "voting" if query.get("sharpen", "").lower() in ("true", "1") else None
    if name not in AGGREGATIONS:
        raise bad_request(
            f"Unknown aggregation {name!r}; {nearest(name, AGGREGATIONS)}.", "aggregation", source="query"
        )
    return name


def page_size(query: QueryParams, most: int) -> int:
    """``limit``, clamped to 1 to ``most``, which is also the default."""
    return min(max(_integer(query, "limit", most), 1), most)


def page_number(query: QueryParams) -> int:
    """``page``, counted from 1."""
    return max(_integer(query, "page", 1), 1)


def page_token(query: QueryParams) -> str | None:
    """``next``, as an earlier page gave it."""
    token = query.get("next")
    if not token:
        return None
    try:
        place = UUID(token)
    except ValueError as error:
        raise bad_request("next is not a token of an earlier page.", "next", source="query") from error
    if place.int >= 2**63:
        raise bad_request("next is not a token of an earlier page.", "next", source="query")
    return token


def day(query: QueryParams, name: str) -> date | None:
    """A day, YYYY-MM-DD, the time of day ignored; ``None`` if not given."""
    text = query.get(name, "")
    if not text:
        return None
    try:
        if _DATE.match(text):
            return date.fromisoformat(text[:10])
    except ValueError:  # the 31st of February
        pass
    raise bad_request(f"{name} must be a date, YYYY-MM-DD, not {text!r}.", name, source="query")


def usage(query: QueryParams) -> UsageQuery:
    """What ``GET /organizations/{id}/usage`` asks for; all four are required."""
    start, end = day(query, "start_date"), day(query, "end_date")
    if start is None or end is None or start > end:
        raise bad_request(
            "start_date and end_date are required, as YYYY-MM-DD, in this order.",
            "start_date",
            "end_date",
            source="query",
        )
    return UsageQuery(
        start, end, _choice(query, "group_by", GROUPS), _choice(query, "modality", tuple(MODALITIES))
    )


def _choice(query: QueryParams, name: str, choices: tuple[str, ...]) -> str:
    text = query.get(name, "")
    if text not in choices:
        raise bad_request(f"Unknown {name} {text!r}; {nearest(text, choices)}.", name, source="query")
    return text


def _integer(query: QueryParams, name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise bad_request(f"{name} must be a whole number, not {text!r}.", name, source="query") from error


def several(query: QueryParams, name: str) -> tuple[str, ...] | None:
    """A list, whose name is repeated or whose values stand between commas; ``None`` if not given."""
    if name not in query:
        return None
    return tuple(part for text in query.getlist(name) for part in text.split(",") if part)
