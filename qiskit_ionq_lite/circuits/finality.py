"""A gate list measures once, at the end: this watches that a circuit does too, while it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ionq_lite.errors import IonQCircuitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit_ionq_lite.circuits import wire


class Finality:
    """What has been done to each qubit so far.

    Attributes:
        source_of: classical bit -> the qubit that was last measured into it.
        measured: every qubit that was measured.
    """

    def __init__(self, circuit_name: str, gates: list[wire.Gate]) -> None:
        self.source_of: dict[int, int] = {}
        self.measured: set[int] = set()
        self._name = circuit_name
        self._gates = gates  # grows while the circuit is read
        self._used: set[int] = set()  # qubits of the first `_scanned` gates
        self._scanned = 0

    def measure(self, qubit: int, clbit: int) -> None:
        """``qubit`` is measured into ``clbit``; a later measurement of the bit wins."""
        self.source_of[clbit] = qubit
        self.measured.add(qubit)

    def check_gate(self, gate: str, qubits: Sequence[int]) -> None:
        """A gate may not follow a measurement of its qubits."""
        if not self.measured.isdisjoint(qubits):
            qubit = min(self.measured.intersection(qubits))
            raise self.refused(
                f"{gate!r} on qubit {qubit} after its measurement",
                "mid-circuit measurement does not fit IonQ's gate list; measure last",
            )

    def check_reset(self, qubit: int) -> None:
        """A reset of a fresh qubit changes nothing; any other is mid-circuit."""
        for gate in self._gates[self._scanned :]:
            self._used.update(touched(gate))
        self._scanned = len(self._gates)
        if qubit in self._used or qubit in self.measured:
            raise self.refused(
                f"a reset of qubit {qubit} after it was used",
                "mid-circuit reset does not fit IonQ's gate list; use a fresh qubit",
            )

    def control_flow(self, name: str) -> IonQCircuitError:
        """The error for branches and loops (F 9.3)."""
        return self.refused(
            f"control flow ({name!r})", "IonQ runs no branches or loops, unroll it before run()"
        )

    def refused(self, what: str, remedy: str) -> IonQCircuitError:
        """The error that says what the circuit holds, and what to do."""
        return IonQCircuitError(f"circuit {self._name!r} holds {what}: {remedy}")


def touched(gate: wire.Gate) -> list[int]:
    """Every qubit that a wire gate acts on, controls first.

    >>> from qiskit_ionq_lite.circuits.wire import Gate
    >>> touched(Gate("x", target=2, controls=[0, 1]))
    [0, 1, 2]
    """
    qubits = list(gate.controls or ())
    if gate.control is not None:
        qubits.append(gate.control)
    qubits.extend(gate.targets or ())
    if gate.target is not None:
        qubits.append(gate.target)
    return qubits
