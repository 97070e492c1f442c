"""Where each classical bit of a circuit gets its value from.

IonQ's gate lists carry no measurements: every qubit of the payload is measured at the end (F 1.11). The map
from payload qubits to the circuit's classical bits is ours alone; it travels in the job's metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qiskit_ionq_lite.notices import notify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit


@dataclass(frozen=True)
class ClassicalLayout:
    """A circuit's classical bits, and the payload qubit that each one reads.

    Attributes:
        registers: names and sizes, in the circuit's order, by which keys are cut; none where registers do not
            tile the bits, see :func:`tiles`.
        sources: for each classical bit, lowest first, the qubit of the payload that it reads; ``None`` for a
            bit that was never measured, which reads 0.
        num_qubits: qubits of the payload.
    """

    registers: tuple[tuple[str, int], ...] = ()
    sources: tuple[int | None, ...] = ()
    num_qubits: int = 0

    @classmethod
    def of_qubits(cls, num_qubits: int) -> ClassicalLayout:
        """The layout of a job that says nothing of registers: bit i reads qubit i.

        >>> ClassicalLayout.of_qubits(2).sources
        (0, 1)
        """
        return cls(registers=(("meas", num_qubits),), sources=tuple(range(num_qubits)), num_qubits=num_qubits)

    @property
    def num_clbits(self) -> int:
        """Number of classical bits."""
        return len(self.sources)

    @property
    def is_identity(self) -> bool:
        """Whether classical bit i reads qubit i, for every qubit."""
        return self.sources == tuple(range(self.num_qubits))


def tiles(circuit: QuantumCircuit) -> bool:
    """Whether the circuit's registers hold each classical bit once, in order.

    Where bits stand outside registers, or registers overlap, Qiskit cuts keys so that bits are dropped or
    repeated, and different outcomes share a key. One uncut string is right then.
    """
    return bool([bit for register in circuit.cregs for bit in register] == circuit.clbits)


def read_qubits(circuit: QuantumCircuit) -> Sequence[int]:
    """The qubits that ``measure_all()`` would read: of a transpiled circuit, those of its original."""
    notify(f"circuit {circuit.name!r} measures nothing: run() reads all its qubits, as after measure_all()")
    if circuit.layout is None:
        return range(circuit.num_qubits)
    indices: list[int] = circuit.layout.final_index_layout(filter_ancillas=True)
    return indices
