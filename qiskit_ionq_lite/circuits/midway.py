"""Circuits that measure or reset on the way: which they are, and what can be done about it.

IonQ's gate lists measure once, at the end. What only looks like more is put right: resets of qubits that
are fresh, or that nobody looks at afterwards, go. What is left really happens on the way. Noisy machines run
it as an OpenQASM 3 program. The ideal simulator answers with the qubits' last state alone (F 9.6), so for it
measurements are deferred: a qubit that goes on after its measurement leaves a copy behind, one that is reset
goes on as a fresh qubit. That is exact, and costs one qubit each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit.circuit import (
    Barrier,
    BoxOp,
    ClassicalRegister,
    ControlFlowOp,
    Delay,
    Gate,
    Measure,
    QuantumCircuit,
    Qubit,
    Reset,
)
from qiskit.circuit.library import CXGate, get_standard_gate_name_mapping

from qiskit_ionq_lite.circuits.layout import read_qubits
from qiskit_ionq_lite.gates import NATIVE_GATES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qiskit.circuit import CircuitInstruction, Clbit

_IGNORED = (Barrier, Delay)
_GATES = {name for name, kind in get_standard_gate_name_mapping().items() if isinstance(kind, Gate)}
_PLAIN = _GATES | set(NATIVE_GATES) | {"measure", "barrier", "delay", "unitary"}
"""Names of what cannot hold a measurement or a reset inside, but for the measurement itself."""


def settled(circuit: QuantumCircuit) -> tuple[QuantumCircuit, bool]:
    """The circuit without resets that change nothing, and whether it still measures or resets on the way.

    A circuit that does comes back flat: gates, measurements and resets, nothing hidden in definitions. If it
    measures nothing, it measures all its qubits at the end.
    """
    names = circuit.count_ops()
    odd = names.keys() - _PLAIN
    hides = any(step.name in odd and not isinstance(step.operation, Gate) for step in circuit.data if odd)
    if not hides and _measures_last(circuit, names.get("measure", 0)):
        return circuit, False
    flat = _without_idle_resets(_flat(circuit))
    if any(isinstance(step.operation, ControlFlowOp) for step in flat.data):
        return circuit, False  # whoever encodes it, refuses it
    count = flat.count_ops()
    if not count.get("reset") and _measures_last(flat, count.get("measure", 0)):
        return flat, False
    if not count.get("measure"):
        qubits = read_qubits(circuit)
        register = ClassicalRegister(len(qubits), "meas")
        flat.add_register(register)
        flat.measure(qubits, register)
    return flat, True


def deferred(circuit: QuantumCircuit) -> QuantumCircuit:
    """The same statistics with all measurements at the end, and no resets; with as many qubits as that takes.

    Args:
        circuit: flat, as :func:`settled` makes it.
    """
    place: dict[Qubit, int] = {qubit: number for number, qubit in enumerate(circuit.qubits)}
    width: int = circuit.num_qubits
    steps: list[tuple[Gate, list[int]]] = []
    holder: dict[Clbit, int] = {}  # classical bit -> where its value is

    def fresh() -> int:
        nonlocal width
        width += 1
        return width - 1

    touched: set[int] = set()
    held: set[int] = set()  # measured, and the value stands nowhere else
    for step in circuit.data:
        operation = step.operation
        places = [place[qubit] for qubit in step.qubits]
        if isinstance(operation, Measure):
            holder[step.clbits[0]] = places[0]
            held.add(places[0])
            touched.add(places[0])
        elif isinstance(operation, Reset):
            if places[0] in touched:
                place[step.qubits[0]] = fresh()
        elif not isinstance(operation, _IGNORED) and operation.name != "id":
            for source in held.intersection(places):  # also where the bit was overwritten: it was looked at
                copy = fresh()
                steps.append((CXGate(), [source, copy]))
                holder.update({bit: copy for bit, kept in holder.items() if kept == source})
                held.discard(source)
            steps.append((operation, places))
            touched.update(places)
    qubits = [Qubit() for _ in range(width)]  # no register, whose name a classical one might have
    found = QuantumCircuit(qubits, circuit.clbits, name=circuit.name, metadata=circuit.metadata)
    for register in circuit.cregs:
        found.add_register(register)
    for gate, places in steps:
        found.append(gate, places)
    for bit, source in holder.items():
        found.measure(source, bit)
    return found


def _measures_last(circuit: QuantumCircuit, measurements: int) -> bool:
    """Whether nothing follows a measurement on its qubit; looks only as far as the first measurement."""
    followed: set[Qubit] = set()
    data = circuit.data
    for position in range(len(data) - 1, -1, -1):
        if not measurements:
            return True
        step = data[position]
        if step.name == "measure":
            measurements -= 1
            if step.qubits[0] in followed:
                return False
        elif step.name not in ("barrier", "delay", "id"):
            followed.update(step.qubits)
    return True


def _flat(circuit: QuantumCircuit) -> QuantumCircuit:
    """Boxes, and instructions that are no gates, such as ``initialize``, as what they are made of."""
    found = circuit.copy_empty_like()

    def add(
        steps: Iterable[CircuitInstruction], qubits: dict[Qubit, Qubit], clbits: dict[Clbit, Clbit]
    ) -> None:
        for step in steps:
            operation = step.operation
            places, bits = [qubits[q] for q in step.qubits], [clbits[c] for c in step.clbits]
            definition = None
            if isinstance(operation, BoxOp):  # a timing and a note for compilers; IonQ's take neither
                definition = operation.body
            elif not isinstance(operation, (Gate, Measure, Reset, ControlFlowOp, *_IGNORED)):
                definition = getattr(operation, "definition", None)
            if definition is None:
                found._append(step.replace(qubits=places, clbits=bits))
            else:
                add(
                    definition.data,
                    dict(zip(definition.qubits, places, strict=True)),
                    dict(zip(definition.clbits, bits, strict=True)),
                )

    add(circuit.data, {q: q for q in circuit.qubits}, {c: c for c in circuit.clbits})
    return found


def _without_idle_resets(circuit: QuantumCircuit) -> QuantumCircuit:
    """Without resets of qubits that nothing touched before, or that nobody looks at afterwards."""
    fresh, kept = set(circuit.qubits), []
    for step in circuit.data:
        if isinstance(step.operation, Reset) and step.qubits[0] in fresh:
            continue
        if not isinstance(step.operation, _IGNORED):
            fresh.difference_update(step.qubits)
        kept.append(step)
    measured = any(isinstance(step.operation, Measure) for step in kept)
    seen: set[Qubit] = set()  # by something later
    found: list[CircuitInstruction] = []
    for step in reversed(kept):
        if isinstance(step.operation, Reset) and measured and step.qubits[0] not in seen:
            continue
        if not isinstance(step.operation, _IGNORED):
            seen.update(step.qubits)
        found.append(step)
    circuit = circuit.copy_empty_like()
    for step in reversed(found):
        circuit._append(step)
    return circuit
