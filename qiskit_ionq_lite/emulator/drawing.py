"""A job's circuit for people: a drawing where Qiskit can draw it, else its text; cut where it gets long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from qiskit_ionq_lite.circuits.decode import IonQGateError, from_steps, to_steps
from qiskit_ionq_lite.emulator.functions import Energy, MaxCut
from qiskit_ionq_lite.emulator.inputs import MULTI, Qasm, parse_circuits
from qiskit_ionq_lite.emulator.refusals import RefusalError

if TYPE_CHECKING:
    from qiskit_ionq_lite.circuits import wire

MOST_GATES = 120
MOST_QUBITS = 100
MOST_CHARACTERS = 20_000
COLUMNS = 110


def draw(job_type: str, input_json: bytes, place: int) -> str:
    """The circuit at a place of a job, as text.

    Args:
        job_type: of the job that has the body; a circuit of a multi-circuit job is drawn from its parent's.
        input_json: the job's ``input``.
        place: among its circuits; 0 for a single one.
    """
    try:
        circuits = parse_circuits(job_type, input_json)
    except RefusalError:
        return _cut(input_json.decode(errors="replace"))
    if job_type == MULTI and place < 0:
        return f"{len(circuits):,} circuits"
    circuit = circuits[max(0, place)]
    if isinstance(circuit, Qasm):
        return _cut(circuit.data)
    if isinstance(circuit, Energy):
        return _cut(circuit.ansatz)
    if isinstance(circuit, MaxCut):
        return _cut(input_json.decode())
    return _drawing(circuit) or _cut(msgspec.json.format(msgspec.json.encode(circuit.circuit)).decode())


def _drawing(circuit: wire.Circuit) -> str | None:
    """``None`` for gates that have no drawing."""
    beginning = msgspec.structs.replace(circuit, circuit=circuit.circuit[:MOST_GATES])
    try:
        steps = to_steps(beginning, circuit.gateset or "qis", circuit.qubits)
    except IonQGateError:
        return None
    width = max((max(qubits) + 1 for _, qubits in steps), default=1)
    if width > MOST_QUBITS:
        return None
    drawing = str(from_steps(steps, width).draw("text", fold=COLUMNS))
    hidden = len(circuit.circuit) - MOST_GATES
    return drawing + (f"\n... and {hidden:,} more gates" if hidden > 0 else "")


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}\n..."
