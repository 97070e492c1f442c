"""What is known of a machine: error rates, times, which ions interact. ``None`` is what nobody measured.

Errors are average gate infidelities, 1 - F, which is how Qiskit and Aer read a target's errors; times are
in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

DEPOLARIZING_RATES: dict[str, tuple[float, float]] = {
    "aria-1": (0.0005, 0.0133),
    "aria-2": (0.0006573333333333332, 0.01856),
    "forte-1": (0.0002666666666666667, 0.004949333333333333),
}
"""Noise model of the simulator -> parameters of its channels after one- and two-qubit gates (F 4.3).

Models that are missing here have no published rates.
"""


@dataclass(frozen=True)
class Figures:
    """What an operation costs.

    Attributes:
        error: average infidelity, 0 to 1.
        duration: in seconds.
    """

    error: float | None = None
    duration: float | None = None


@dataclass(frozen=True)
class Device:
    """A machine; all its ions are alike, as far as IonQ publishes figures.

    Attributes:
        num_qubits: how many ions.
        one_qubit: a pulse on one ion.
        two_qubit: the entangling gate.
        readout: a measurement; its error is that of preparation and measurement together.
        reset: a reset.
        t1: in seconds.
        t2: in seconds.
        pairs: ions that interact, smaller index first; ``None`` is every pair.
    """

    num_qubits: int
    one_qubit: Figures = Figures()
    two_qubit: Figures = Figures()
    readout: Figures = Figures()
    reset: Figures = Figures()
    t1: float | None = None
    t2: float | None = None
    pairs: frozenset[tuple[int, int]] | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing is known but the number of ions."""
        return self == Device(self.num_qubits)


def modelled(noise_model: str | None, num_qubits: int) -> Device:
    """The simulator with a noise model.

    Depolarizing with parameter r is an average infidelity of r/2 on one qubit, 3r/4 on two (F 4.4). Times are
    not modelled, nor are errors of measurement (F 4.5).

    >>> modelled("aria-1", 25).one_qubit, modelled("ideal", 29).is_blank
    (Figures(error=0.00025, duration=None), True)
    """
    rates = DEPOLARIZING_RATES.get(noise_model or "")
    if rates is None:
        return Device(num_qubits)
    one_qubit, two_qubit = rates
    return Device(num_qubits, Figures(one_qubit / 2), Figures(3 * two_qubit / 4))
