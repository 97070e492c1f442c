"""The ``input`` of a job: its circuits, each complete with gateset and width, and their sizes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.operations import two_qubit_operations
from qiskit_ionq_lite.emulator.functions import FUNCTIONS, QAOA, Energy, MaxCut, read_energy, read_maxcut
from qiskit_ionq_lite.emulator.parsing import decode
from qiskit_ionq_lite.emulator.refusals import bad_request
from qiskit_ionq_lite.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CIRCUITS = 5_000
MAX_GATES = 150_000
MAX_QUBITS = 1_000_000
"""More than any machine has: such a job would fail anyway, and a database has no room for any number."""
GATESETS = ("qis", "native")

SINGLE = "ionq.circuit.v1"
MULTI = "ionq.multi-circuit.v1"
QASM3 = "ionq.qasm3.v1"


class Qasm(msgspec.Struct, frozen=True):
    """An OpenQASM 3 program, not read yet: like the platform, we look at it after accepting it (F 9.2)."""

    data: str
    name: str | None = None


Source: TypeAlias = "wire.Circuit | Qasm | Energy | MaxCut"
"""One circuit of a job, or the function that it asks for, as it came."""


class CircuitSize(msgspec.Struct, frozen=True):
    """How large a circuit is.

    Attributes:
        qubits: declared, or as many as the gates need.
        used_qubits: those that a gate acts on.
        one_qubit_gates: gates on one qubit.
        more_qubit_gates: gates on two qubits or more, controls included.
        two_qubit_operations: what these count for in two-qubit gates, when they are paid for.
    """

    qubits: int
    used_qubits: int
    one_qubit_gates: int
    more_qubit_gates: int
    two_qubit_operations: int

    @property
    def gates(self) -> int:
        """All gates."""
        return self.one_qubit_gates + self.more_qubit_gates


def parse_circuits(job_type: str, input_json: bytes | msgspec.Raw) -> list[Source]:
    """The circuits of a job's ``input``, each with its own ``gateset`` and, where declared, ``qubits``."""
    reader = _READERS.get(job_type)
    if reader is None:
        raise bad_request(
            f"Job type {job_type!r} does not run here; this server runs: {', '.join(_READERS)}.", "type"
        )
    return reader(input_json)


def _single(input_json: bytes | msgspec.Raw) -> list[Source]:
    return [_complete(decode(input_json, wire.Circuit, "input"), "qis", None, "input")]


class _MultiInput(msgspec.Struct):
    circuits: list[wire.Circuit]
    gateset: str = "qis"
    qubits: int | None = None
    circuit: msgspec.Raw = msgspec.Raw(b"")


def _qasm3(input_json: bytes | msgspec.Raw) -> list[Source]:
    return [decode(input_json, Qasm, "input")]


def _multi(input_json: bytes | msgspec.Raw) -> list[Source]:
    batch = decode(input_json, _MultiInput, "input")
    if bytes(batch.circuit):
        raise bad_request("A multi-circuit job has input.circuits, not input.circuit.", "input.circuit")
    if not 1 <= len(batch.circuits) <= MAX_CIRCUITS:
        raise bad_request(
            f"A job holds 1 to {MAX_CIRCUITS:,} circuits, not {len(batch.circuits):,}.", "input.circuits"
        )
    return [
        _complete(circuit, batch.gateset, batch.qubits, f"input.circuits[{index}]")
        for index, circuit in enumerate(batch.circuits)
    ]


_READERS: dict[str, Callable[[bytes | msgspec.Raw], list[Source]]] = {
    SINGLE: _single,
    MULTI: _multi,
    QASM3: _qasm3,
    **dict.fromkeys(FUNCTIONS, lambda input_json: [read_energy(input_json)]),
    QAOA: lambda input_json: [read_maxcut(input_json)],
}


def _complete(circuit: wire.Circuit, gateset: str, qubits: int | None, path: str) -> wire.Circuit:
    """Fill in what the batch says for all its circuits."""
    circuit.gateset = circuit.gateset or gateset
    circuit.qubits = circuit.qubits if circuit.qubits is not None else qubits
    if circuit.gateset not in GATESETS:
        raise bad_request(
            f"Unknown gateset {circuit.gateset!r}; {nearest(circuit.gateset, GATESETS)}.", f"{path}.gateset"
        )
    if circuit.qubits is not None and circuit.qubits < 1:
        raise bad_request(f"qubits must be 1 or more, not {circuit.qubits}.", f"{path}.qubits")
    return circuit


def measure(circuits: list[Source]) -> list[CircuitSize]:
    """Sizes of all circuits of a job, whose gates together have a limit."""
    sizes = [_source_size(one) for one in circuits]
    widest = max((size.qubits for size in sizes), default=0)
    if widest > MAX_QUBITS:
        raise bad_request(
            f"A circuit on {widest:,} qubits: no more than {MAX_QUBITS:,} can be said.", "input"
        )
    total = sum(size.gates for size in sizes)
    if total > MAX_GATES:
        raise bad_request(f"A job holds at most {MAX_GATES:,} gates, not {total:,}.", "input")
    return sizes


def _source_size(source: Source) -> CircuitSize:
    if isinstance(source, Qasm):
        return _program_size(source.data)
    if isinstance(source, Energy):
        return _program_size(source.ansatz)
    if isinstance(source, MaxCut):
        two = 2 * len(source.edges)
        return CircuitSize(source.nodes, source.nodes, 3 * source.nodes, two, two)
    return _size(source)


_NATIVE_CALL = re.compile(r"\b(?:gpi2?|ms|zz)\s*\(")


def is_native(source: Source) -> bool:
    """Whether a circuit is given in native gates."""
    if isinstance(source, Qasm):
        return bool(_NATIVE_CALL.search(source.data))
    return isinstance(source, wire.Circuit) and source.gateset == "native"


_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_QUBITS = re.compile(r"\b(?:qubit\s*(?:\[\s*(\d+)\s*\])?|qreg\s+\w+\s*\[\s*(\d+)\s*\])")
_GATE = re.compile(
    r"[;{}]\s*(?:[a-z]+\s*(?:\([^;()]*\))?\s*@\s*)*(\w+)\s*(?:\([^;]*\)\s*|\s)([^;(){}=]+)(?=;)"
)
_NO_GATES = {
    "qubit",
    "bit",
    "qreg",
    "creg",
    "input",
    "output",
    "include",
    "measure",
    "reset",
    "barrier",
    "OPENQASM",
}


def _program_size(text: str) -> CircuitSize:
    """How large a program looks from outside: one gate per statement, whatever it is made of.

    >>> _program_size("OPENQASM 3.0; qubit[3] q; h q[0]; ctrl @ x q[0], q[1]; rz(pi / 2) q; c = measure q;")
    CircuitSize(qubits=3, used_qubits=3, one_qubit_gates=2, more_qubit_gates=1, two_qubit_operations=1)
    """
    plain = ";" + _COMMENT.sub("", text)
    qubits = sum(int(one or other or 1) for one, other in _QUBITS.findall(plain))
    operands = [targets.count(",") + 1 for name, targets in _GATE.findall(plain) if name not in _NO_GATES]
    single = operands.count(1)
    two = sum(map(two_qubit_operations, operands))
    return CircuitSize(max(qubits, 1), max(qubits, 1), single, len(operands) - single, two)


def _size(circuit: wire.Circuit) -> CircuitSize:
    used: set[int] = set()
    single = two = 0
    for gate in circuit.circuit:
        qubits = [
            *(gate.targets or ()),
            *(gate.controls or ()),
            *(one for one in (gate.target, gate.control) if one is not None),
        ]
        used.update(qubits)
        single += len(qubits) == 1
        two += two_qubit_operations(len(qubits))
    qubits_needed = max(used, default=0) + 1
    more = len(circuit.circuit) - single
    return CircuitSize(circuit.qubits or qubits_needed, len(used), single, more, two)
