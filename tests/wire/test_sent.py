"""The JSON that is sent is what the specification takes."""

from __future__ import annotations

import json

import pytest
from circuit_strategies import measured_circuits
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit

from qiskit_ionq_lite.circuits.body import job_body, job_header
from qiskit_ionq_lite.circuits.encode import encode
from qiskit_ionq_lite.compiler.translate import to_native
from qiskit_ionq_lite.options import NOISE_MODELS, RunOptions

PAYLOADS = {
    "ionq.circuit.v1": "CircuitJobCreationPayload",
    "ionq.multi-circuit.v1": "MultiCircuitJobCreationPayload",
}
_EXAMPLES = settings(max_examples=60, deadline=None)

run_options = st.builds(
    RunOptions,
    shots=st.integers(500, 10**6),
    memory=st.booleans(),
    noise_model=st.none() | st.sampled_from(sorted(NOISE_MODELS)),
    name=st.none() | st.text(max_size=30),
    metadata=st.dictionaries(
        st.text("abc", min_size=1, max_size=40), st.integers() | st.text(max_size=50), max_size=5
    ),
    debiasing=st.none() | st.booleans(),
    symmetry_verification=st.none() | st.booleans(),
    dry_run=st.booleans(),
    session_id=st.none() | st.uuids().map(str),
)


def sent(circuits: list[QuantumCircuit], backend: str, gateset: str, options: RunOptions) -> dict:
    encoded = [encode(circuit, gateset) for circuit in circuits]
    header = job_header(encoded, options, seed=2**40)
    return json.loads(job_body(backend, gateset, encoded, options, header, "0" * 32))


@given(st.lists(measured_circuits(), min_size=1, max_size=3), run_options)
@pytest.mark.parametrize("backend", ["simulator", "qpu.forte-1"])
@_EXAMPLES
def test_qis_jobs(openapi, backend: str, circuits: list[QuantumCircuit], options: RunOptions) -> None:
    body = sent(circuits, backend, "qis", options)
    openapi.validate(body, PAYLOADS[body["type"]])


@given(st.lists(measured_circuits(max_qubits=3), min_size=1, max_size=2), run_options)
@pytest.mark.parametrize("entangler", ["ms", "zz"])
@settings(_EXAMPLES, max_examples=25)
def test_native_jobs(openapi, entangler: str, circuits: list[QuantumCircuit], options: RunOptions) -> None:
    body = sent(to_native(circuits, entangler), "qpu.forte-1", "native", options)
    openapi.validate(body, PAYLOADS[body["type"]])
    for circuit in body["input"].get("circuits", [body["input"]]):
        for gate in circuit["circuit"]:
            phases = gate.get("phases", [gate["phase"]] if "phase" in gate else [])
            assert all(-1 <= phase <= 1 for phase in phases)
            assert gate["gate"] != "ms" or 0 <= gate["angle"] <= 0.25
