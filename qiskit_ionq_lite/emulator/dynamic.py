"""Circuits that measure and reset on the way: made ready for the engine, without any physics of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from qiskit.circuit import AncillaRegister, ClassicalRegister, QuantumCircuit
from qiskit.quantum_info import Kraus

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit.circuit import Clbit, Instruction, Qubit

    from qiskit_ionq_lite.emulator.outcomes import Bits, Integers

_ZERO, _ONE = np.diag([1.0, 0.0]), np.diag([0.0, 1.0])
_LOWER = np.array([[0.0, 1.0], [0.0, 0.0]])


@dataclass(frozen=True)
class Readout:
    """Where to find things in the classical bits of a circuit that measures all its qubits.

    Attributes:
        circuit: whose bits are those of the program, and after them some for qubits that it leaves unread.
        bit_of: qubit -> the bit that holds its state at the end; shape (qubits,).
        program_bits: how many bits are the program's own.
    """

    circuit: QuantumCircuit
    bit_of: tuple[int, ...]
    program_bits: int


def measures(circuit: QuantumCircuit) -> bool:
    """Whether a circuit holds measurements or resets."""
    return not {"measure", "reset"}.isdisjoint(circuit.count_ops())


def read_all(circuit: QuantumCircuit) -> Readout:
    """Measure the qubits whose last step is no measurement, or one that was overwritten.

    A qubit that was just measured is not measured again, so that both readings agree whatever the noise.
    """
    last: dict[Qubit, Clbit] = {}
    holder: dict[Clbit, Qubit] = {}
    for step in circuit.data:
        for qubit in step.qubits:
            last.pop(qubit, None)
        if step.operation.name == "measure":
            last[step.qubits[0]] = step.clbits[0]
            holder[step.clbits[0]] = step.qubits[0]
    unread = [q for q in circuit.qubits if q not in last or holder[last[q]] != q]
    measured = circuit.copy()
    measured.add_register(ClassicalRegister(len(unread), "unread"))
    places = {qubit: circuit.num_clbits + place for place, qubit in enumerate(unread)}
    for qubit, place in places.items():
        measured.measure(qubit, place)
    bit = {clbit: place for place, clbit in enumerate(circuit.clbits)}
    bit_of = tuple(places[q] if q in places else bit[last[q]] for q in circuit.qubits)
    return Readout(measured, bit_of, circuit.num_clbits)


def bits_of(memory: list[str], width: int) -> Bits:
    """Aer's hexadecimal shots as bits, bit 0 first; shape (shots, width).

    >>> bits_of(["0x1", "0x6"], 3).astype(int).tolist()
    [[1, 0, 0], [0, 1, 1]]
    """
    size = 2 * max(1, -(-width // 8))
    raw = bytes.fromhex("".join(text[2:].zfill(size) for text in memory))
    found = np.unpackbits(np.frombuffer(raw, np.uint8).reshape(len(memory), size // 2), axis=1)
    return found[:, ::-1][:, :width].astype(np.bool_)


def integers(bits: Bits) -> Integers:
    """Rows of bits, bit 0 first, as integers; at most 64 bits.

    >>> integers(np.array([[True, False, True]])).tolist()
    [5]
    """
    weights = np.uint64(1) << np.arange(bits.shape[1], dtype=np.uint64)
    found: NDArray[np.uint64] = (bits.astype(np.uint64) * weights).sum(axis=1, dtype=np.uint64)
    return found


def without_last_measurements(circuit: QuantumCircuit) -> QuantumCircuit:
    """Without the measurements that nothing follows on their qubit: they change no probability."""
    kept, followed = [], set()
    for step in reversed(circuit.data):
        if step.operation.name != "measure" or step.qubits[0] in followed:
            kept.append(step)
            followed.update(step.qubits)
    found = circuit.copy_empty_like()
    for step in reversed(kept):
        found._append(step)
    return found


def ancillas_needed(circuit: QuantumCircuit) -> int:
    """Qubits that :func:`purified` adds."""
    return sum(step.operation.name in ("measure", "reset") for step in circuit.data)


def purified(circuit: QuantumCircuit) -> QuantumCircuit:
    """The same statistics of the qubits without measurements: a fresh qubit keeps each outcome.

    The first qubits are those of ``circuit``; what is measured is copied to an ancilla, what is reset is
    exchanged with one.
    """
    found = QuantumCircuit(circuit.qubits)
    found.add_register(AncillaRegister(ancillas_needed(circuit), "kept"))
    fresh = iter(found.qubits[circuit.num_qubits :])
    for step in circuit.data:
        if step.operation.name == "measure":
            found.cx(step.qubits[0], next(fresh))
        elif step.operation.name == "reset":
            found.swap(step.qubits[0], next(fresh))
        else:
            found._append(step)
    return found


def as_channels(circuit: QuantumCircuit) -> QuantumCircuit:
    """Measurements whose outcome nobody looks at, and resets, as channels, for a density matrix."""
    channels: dict[str, Instruction] = {
        "measure": Kraus([_ZERO, _ONE]).to_instruction(),
        "reset": Kraus([_ZERO, _LOWER]).to_instruction(),
    }
    found = QuantumCircuit(circuit.qubits)
    for step in circuit.data:
        channel = channels.get(step.operation.name)
        found._append(step if channel is None else step.replace(operation=channel, clbits=()))
    return found
