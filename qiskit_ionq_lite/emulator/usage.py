"""Use of QPUs over a stretch of time: ``GET /organizations/{id}/usage`` (F 7.7).

What counts is what was paid for: completed jobs on QPUs, at the moment when they completed, in UTC. Weeks
begin on Monday; a period that begins before the stretch is named after its first day in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qiskit_ionq_lite.emulator.documents import ORGANIZATION_ID, PROJECT_ID, SUBMITTER_ID
from qiskit_ionq_lite.emulator.prices import UNIT, Size, execution_us

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from datetime import date

    from qiskit_ionq_lite.emulator.devices import Document

GROUPS = ("job", "project", "user")
MODALITIES = {
    "daily": "date(completed_at / 1000, 'unixepoch')",
    "weekly": "date(completed_at / 1000, 'unixepoch', 'weekday 0', '-6 days')",
    "monthly": "date(completed_at / 1000, 'unixepoch', 'start of month')",
}
"""Length of a period -> SQL for the first day of a job's period."""

_MOST_GROUPS = 5
_DAY = 86_400_000  # milliseconds
_EPOCH = 719_163  # 1970-01-01 as date.toordinal() counts
_UNIT = UNIT.upper()  # as the platform writes it here
_ONE_GROUP = {"project": (PROJECT_ID, "local"), "user": (SUBMITTER_ID, "local")}

_PAID = """
    price IS NOT NULL AND parent_id IS NULL AND NOT dry_run AND status = 'completed'
    AND completed_at >= ? AND completed_at < ?
"""
_SUMS = """
    count(*), sum(price), sum(shots * circuits), sum(shots * one_qubit_gates), sum(shots * more_qubit_gates)
"""


@dataclass(frozen=True)
class UsageQuery:
    """What is asked for; both days are included."""

    start: date
    end: date
    group_by: str
    modality: str


@dataclass
class _Use:
    """Jobs, US dollars, microseconds."""

    jobs: int = 0
    amount: float = 0.0
    time_us: int = 0

    def add(self, backend: str, jobs: int, amount: float, shots: int, one: int, two: int) -> None:
        """Add jobs of one backend, given the sums over their shots."""
        self.jobs += jobs
        self.amount += amount
        self.time_us += execution_us(backend, Size(1, one, two, circuits=shots))

    def document(self) -> Document:
        amount = round(self.amount, 6)
        return {
            "amount": amount,
            "amount_unit": _UNIT,
            "amounts": _amounts(amount),
            "job_count": self.jobs,
            "time_us": self.time_us,
        }


def usage(connection: sqlite3.Connection, query: UsageQuery) -> Document:
    """The answer, newest period first."""
    stretch = (_milliseconds(query.start), _milliseconds(query.end) + _DAY)
    periods = _by_period(connection, query.modality, stretch)
    groups = _groups(connection, query, stretch, periods)
    total = _Use()
    for use in periods.values():
        total.jobs += use.jobs
        total.amount += use.amount
        total.time_us += use.time_us
    first = query.start.isoformat()
    amount = round(total.amount, 6)
    return {
        "organization": ORGANIZATION_ID,
        "start_date": first,
        "end_date": query.end.isoformat(),
        "group_type": query.group_by,
        "modality": query.modality,
        "usage_from": f"{first}T00:00:00Z",
        "usage_to": f"{query.end.isoformat()}T23:59:59Z",
        "usage_unit": _UNIT,
        "amount_total": amount,
        "amount_totals": _amounts(amount),
        "job_count": total.jobs,
        "time_us_total": total.time_us,
        "usage_data": [
            {"from": f"{max(first, period)}T00:00:00Z", **use.document(), "group_usages": groups[period]}
            for period, use in sorted(periods.items(), reverse=True)
        ],
    }


def _by_period(connection: sqlite3.Connection, modality: str, stretch: tuple[int, int]) -> dict[str, _Use]:
    rows = connection.execute(
        f"SELECT {MODALITIES[modality]}, backend, {_SUMS} FROM jobs WHERE {_PAID} GROUP BY 1, 2", stretch
    )
    periods: dict[str, _Use] = {}
    for period, *sums in rows:
        periods.setdefault(period, _Use()).add(*sums)
    return periods


def _groups(
    connection: sqlite3.Connection, query: UsageQuery, stretch: tuple[int, int], periods: dict[str, _Use]
) -> dict[str, list[Document]]:
    """The most expensive groups of each period."""
    if query.group_by in _ONE_GROUP:
        identifier, label = _ONE_GROUP[query.group_by]
        return {period: [_group(identifier, label, use)] for period, use in periods.items()}
    found: dict[str, list[Document]] = {period: [] for period in periods}
    for period, job_id, name, use in _jobs(_most_expensive(connection, query.modality, stretch)):
        found[period].append(_group(job_id, name or job_id, use))
    return found


def _most_expensive(
    connection: sqlite3.Connection, modality: str, stretch: tuple[int, int]
) -> Iterable[tuple[Any, ...]]:
    return connection.execute(
        f"""
        SELECT * FROM (
            SELECT
                {MODALITIES[modality]} AS period, id, name, backend, price,
                shots * circuits, shots * one_qubit_gates, shots * more_qubit_gates,
                row_number() OVER (PARTITION BY {MODALITIES[modality]} ORDER BY price DESC, seq) AS place
            FROM jobs WHERE {_PAID}
        ) WHERE place <= {_MOST_GROUPS} ORDER BY period, place
        """,
        stretch,
    )


def _jobs(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[str, str, str | None, _Use]]:
    for period, job_id, name, backend, price, shots, one, two, _ in rows:
        use = _Use()
        use.add(backend, 1, price, shots, one, two)
        yield period, job_id, name, use


def _group(identifier: str, name: str, use: _Use) -> Document:
    return {"group_id": identifier, "group_name": name, **use.document()}


def _amounts(amount: float) -> list[Document]:
    return [{"amount": amount, "unit": _UNIT}]


def _milliseconds(day: date) -> int:
    return (day.toordinal() - _EPOCH) * _DAY
