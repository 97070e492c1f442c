"""The ``input`` of a job: its circuits, each complete with gateset and width, and their sizes."""

from __future__ import annotations

import msgspec

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.emulator.parsing import decode
from qiskit_ionq_lite.emulator.refusals import bad_request
from qiskit_ionq_lite.errors import nearest

MAX_CIRCUITS = 5_000
MAX_GATES = 150_000
GATESETS = ("qis", "native")

SINGLE = "ionq.circuit.v1"
MULTI = "ionq.multi-circuit.v1"


class CircuitSize(msgspec.Struct, frozen=True):
    """How large a circuit is.

    Attributes:
        qubits: declared, or as many as the gates need.
        used_qubits: those that a gate acts on.
        one_qubit_gates: gates on one qubit.
        more_qubit_gates: gates on two qubits or more, controls included.
    """

    qubits: int
    used_qubits: int
    one_qubit_gates: int
    more_qubit_gates: int

    @property
    def gates(self) -> int:
        """All gates."""
        return self.one_qubit_gates + self.more_qubit_gates


def parse_circuits(job_type: str, input_json: bytes | msgspec.Raw) -> list[wire.Circuit]:
    """The circuits of a job's ``input``, each with its own ``gateset`` and, where declared, ``qubits``."""
    reader = _READERS.get(job_type)
    if reader is None:
        raise bad_request(
            f"Job type {job_type!r} does not run here; this server runs: {', '.join(_READERS)}.", "type"
        )
    return reader(input_json)


def _single(input_json: bytes | msgspec.Raw) -> list[wire.Circuit]:
    return [_complete(decode(input_json, wire.Circuit, "input"), "qis", None, "input")]


class _MultiInput(msgspec.Struct):
    circuits: list[wire.Circuit]
    gateset: str = "qis"
    qubits: int | None = None
    circuit: msgspec.Raw = msgspec.Raw(b"")


def _multi(input_json: bytes | msgspec.Raw) -> list[wire.Circuit]:
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


_READERS = {SINGLE: _single, MULTI: _multi}


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


def measure(circuits: list[wire.Circuit]) -> list[CircuitSize]:
    """Sizes of all circuits of a job, whose gates together have a limit."""
    total = sum(len(circuit.circuit) for circuit in circuits)
    if total > MAX_GATES:
        raise bad_request(f"A job holds at most {MAX_GATES:,} gates, not {total:,}.", "input")
    return [_size(circuit) for circuit in circuits]


def _size(circuit: wire.Circuit) -> CircuitSize:
    used: set[int] = set()
    single = 0
    for gate in circuit.circuit:
        qubits = [
            *(gate.targets or ()),
            *(gate.controls or ()),
            *(one for one in (gate.target, gate.control) if one is not None),
        ]
        used.update(qubits)
        single += len(qubits) == 1
    qubits_needed = max(used, default=0) + 1
    return CircuitSize(circuit.qubits or qubits_needed, len(used), single, len(circuit.circuit) - single)
