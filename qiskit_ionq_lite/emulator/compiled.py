"""What the local cloud's compiler makes of circuits, and how it is written down (F 2.10)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
from qiskit.circuit import CircuitInstruction, Clbit, Measure, QuantumCircuit

from qiskit_ionq_lite.circuits import native, wire
from qiskit_ionq_lite.circuits.encode import moved
from qiskit_ionq_lite.compiler.translate import to_native
from qiskit_ionq_lite.gates import NATIVE_GATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit_ionq_lite.emulator.inputs import Source
    from qiskit_ionq_lite.emulator.preflight import Program

FORMAT = "ionq.native.v1"
ARTIFACT = "compiled-native"
_MEASURE = Measure()


def in_native_gates(programs: Sequence[Program], entangler: str) -> list[Program]:
    """Gate lists as a machine with that entangler runs them; native ones as they are (F 2.6).

    Every qubit is measured at the end, so rotations about z that would stand there are left out. OpenQASM 3
    programs, whose measurements no list of native gates can hold, are left to the engine.
    """
    abstract = [place for place, program in enumerate(programs) if _is_abstract(program)]
    found = list(programs)
    compiled = to_native([_measured(programs[place].circuit) for place in abstract], entangler)
    for place, circuit in zip(abstract, compiled, strict=True):
        found[place] = replace(programs[place], circuit=_gates_of(circuit), native=True)
    return found


def compiled_json(given: Source, program: Program) -> bytes | None:
    """``ionq.native.v1`` of a program, on the given circuit's qubits; ``None`` where nothing was compiled.

    A circuit that was given in native gates is repeated gate for gate.
    """
    if not isinstance(given, wire.Circuit) or not program.native:
        return None
    gates = given.circuit if given.gateset == "native" else _placed(program)
    qubits = given.qubits or 1 + max(program.qubits)
    return msgspec.json.encode(wire.Circuit(gates, qubits))


def _placed(program: Program) -> list[wire.Gate]:
    gates, _ = native.encode(program.circuit)
    if program.qubits == tuple(range(len(program.qubits))):
        return gates
    place = dict(enumerate(program.qubits))
    return [moved(gate, place) for gate in gates]


def _is_abstract(program: Program) -> bool:
    return not program.native and program.registers is None


def _measured(circuit: QuantumCircuit) -> QuantumCircuit:
    """Put together by hand: this runs once for each circuit of a batch."""
    measured = QuantumCircuit(circuit.qubits, [Clbit() for _ in circuit.qubits])
    for instruction in circuit.data:
        measured._append(instruction)
    for qubit, clbit in zip(circuit.qubits, measured.clbits, strict=True):
        measured._append(CircuitInstruction(_MEASURE, (qubit,), (clbit,)))
    return measured


def _gates_of(measured: QuantumCircuit) -> QuantumCircuit:
    bare = QuantumCircuit(measured.qubits)
    for instruction in measured.data:
        if instruction.name in NATIVE_GATES:
            bare._append(instruction)
    return bare
