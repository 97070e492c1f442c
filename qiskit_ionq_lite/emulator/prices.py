"""What jobs cost, and how long a QPU would be busy with them: the rate card of the local cloud (F 7.6).

A job's price is linear, in US dollars: ``shots * (one * n1 + two * n2)``, with a minimum for each job, which
is higher where errors are mitigated. Rates of real contracts differ; these are the published ones of a
partner, and those of ``forte-enterprise-1`` are borrowed from ``forte-1``. The simulator is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qiskit_ionq_lite.emulator.devices import DEVICES

if TYPE_CHECKING:
    from qiskit_ionq_lite.emulator.devices import Document

UNIT = "usd"
COST_MODEL = "2QGE_operations"
"""The platform's word for a price by gates."""

_LONGEST = 2**31 - 1  # the API's durations have 32 bits


@dataclass(frozen=True)
class Rate:
    """What one QPU costs, in US dollars.

    Attributes:
        one_qubit: for each one-qubit gate in each shot.
        two_qubit: for each two-qubit gate in each shot; a gate on N qubits counts for 6 (N - 2) of them.
        minimum: for a job, whatever it holds.
        minimum_mitigated: for a job with error mitigation.
    """

    one_qubit: float
    two_qubit: float
    minimum: float
    minimum_mitigated: float


@dataclass(frozen=True)
class Size:
    """What a price depends on; gates are those of one shot of all circuits.

    Attributes:
        two_qubit_gates: wider gates count for several.
        mitigated: whether errors are mitigated, in any of the circuits.
    """

    shots: int
    one_qubit_gates: int
    two_qubit_gates: int
    mitigated: bool = False
    circuits: int = 1


_ARIA = Rate(0.000220, 0.000975, 12.4166, 97.50)
_FORTE = Rate(0.0001645, 0.001121, 25.7899, 168.195)

RATES: dict[str, Rate] = {
    "qpu.aria-1": _ARIA,
    "qpu.aria-2": _ARIA,
    "qpu.forte-1": _FORTE,
    "qpu.forte-enterprise-1": _FORTE,
}
"""Backend -> its rate; what is not listed is free."""


def price(backend: str, size: Size) -> float | None:
    """Price of a job in US dollars; ``None`` where it is free.

    >>> price("qpu.forte-1", Size(shots=1000, one_qubit_gates=10, two_qubit_gates=100))
    113.745
    >>> price("qpu.forte-1", Size(shots=1, one_qubit_gates=1, two_qubit_gates=0, mitigated=True))
    168.195
    """
    rate = RATES.get(backend)
    if rate is None:
        return None
    return max(_minimum(rate, size.mitigated), _linear(rate, size))


def share(backend: str, size: Size) -> float | None:
    """Price of one circuit of a job: the minimum is the job's."""
    rate = RATES.get(backend)
    return None if rate is None else _linear(rate, size)


def rate_card(backend: str, *, mitigated: bool) -> Document:
    """The rates that an estimate names; none for what is free."""
    rate = RATES.get(backend)
    if rate is None:
        return {"id": "local", "rates": []}
    entry = {
        "sku": f"{backend}.gates",
        "unit": "gates",
        "cost_1q_gate": rate.one_qubit,
        "cost_2q_gate": rate.two_qubit,
        "job_cost_minimum": _minimum(rate, mitigated),
    }
    return {"id": "local", "rates": [entry]}


def execution_us(backend: str, size: Size) -> int:
    """Microseconds that a QPU would be busy, gate after gate; 0 for the simulator.

    >>> execution_us("qpu.forte-1", Size(shots=100, one_qubit_gates=2, two_qubit_gates=1))
    153000
    """
    device = DEVICES.get(backend)
    if device is None:
        return 0
    timing = device.timing
    gates = size.one_qubit_gates * timing.one_qubit + size.two_qubit_gates * timing.two_qubit
    return round(1e6 * size.shots * (size.circuits * (timing.reset + timing.readout) + gates))


def execution_ms(backend: str, size: Size) -> int:
    """The same in milliseconds, at most what the API can say."""
    return min(_LONGEST, -(-execution_us(backend, size) // 1000))


def _minimum(rate: Rate, mitigated: bool) -> float:
    return rate.minimum_mitigated if mitigated else rate.minimum


def _linear(rate: Rate, size: Size) -> float:
    gates = rate.one_qubit * size.one_qubit_gates + rate.two_qubit * size.two_qubit_gates
    return round(size.shots * gates, 6)
