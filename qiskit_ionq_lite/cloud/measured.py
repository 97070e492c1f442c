"""A characterization as the compiler's :class:`Device`; its holes stay holes (F 5.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ionq_lite.cloud.documents import Fidelity, Timing
from qiskit_ionq_lite.compiler.device import Device, Figures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qiskit_ionq_lite.cloud.documents import Characterization, Median


def measured(found: Characterization, num_qubits: int) -> Device:
    """What IonQ last measured.

    Fields that are null, and zeros that hold a field's place, are unknown. So is a connectivity without a
    single pair: all pairs then (F 5.4).
    """
    fidelity, timing = found.fidelity or Fidelity(), found.timing or Timing()
    return Device(
        num_qubits,
        one_qubit=Figures(_infidelity(fidelity.one_qubit), _positive(timing.one_qubit)),
        two_qubit=Figures(_infidelity(fidelity.two_qubit), _positive(timing.two_qubit)),
        readout=Figures(_infidelity(fidelity.spam), _positive(timing.readout)),
        reset=Figures(None, _positive(timing.reset)),
        t1=_positive(timing.t1),
        t2=_positive(timing.t2),
        pairs=_restricted(found.connectivity or (), num_qubits),
    )


def _infidelity(fidelity: Median | None) -> float | None:
    median = fidelity.median if fidelity else None
    return 1 - median if median is not None and 0 < median <= 1 else None


def _positive(seconds: float | None) -> float | None:
    return seconds if seconds is not None and seconds > 0 else None


def _restricted(pairs: Iterable[tuple[int, int]], num_qubits: int) -> frozenset[tuple[int, int]] | None:
    """The pairs that interact, unless it is all of them."""
    known = frozenset((min(pair), max(pair)) for pair in pairs)
    inside = frozenset((i, j) for i, j in known if 0 <= i < j < num_qubits)
    everything = num_qubits * (num_qubits - 1) // 2
    return None if len(inside) in (0, everything) else inside
