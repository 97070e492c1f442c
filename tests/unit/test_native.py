"""Native circuits go exactly as given, and everything else is translated first."""

from __future__ import annotations

import io

import msgspec
import pytest
import qiskit_ionq
from qiskit import QuantumCircuit, qpy
from qiskit.circuit import Parameter

from qiskit_ionq_lite import GPI2Gate, GPIGate, IonQCircuitError, IonQProvider, MSGate, ZZGate
from qiskit_ionq_lite.circuits import native


def circuit_of(*gates: tuple[object, list[int]]) -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    for gate, qubits in gates:
        circuit.append(gate, qubits)
    circuit.measure_all()
    return circuit


def sent(circuit: QuantumCircuit) -> list[dict]:
    return msgspec.to_builtins(native.encode(circuit)[0])


def test_native_gates_go_as_given() -> None:
    circuit = circuit_of(
        (GPIGate(0.1), [1]), (GPI2Gate(-0.25), [0]), (MSGate(0.1, 0.2, 0.15), [1, 0]), (GPI2Gate(7.5), [0])
    )
    assert sent(circuit) == [
        {"gate": "gpi", "target": 1, "phase": 0.1},
        {"gate": "gpi2", "target": 0, "phase": -0.25},
        {"gate": "ms", "targets": [1, 0], "phases": [0.1, 0.2], "angle": 0.15},
        {"gate": "gpi2", "target": 0, "phase": 0.5},
    ]
    assert sent(circuit_of((ZZGate(0.3), [0, 1]))) == [{"gate": "zz", "targets": [0, 1], "angle": 0.3}]


def test_the_peers_native_gates_are_known() -> None:
    circuit = circuit_of((qiskit_ionq.GPI2Gate(0.5), [0]), (qiskit_ionq.MSGate(0, 0.5, 0.25), [0, 1]))
    assert native.all_native(circuit, "ms")
    assert [gate["gate"] for gate in sent(circuit)] == ["gpi2", "ms"]


def test_what_cannot_go_as_it_is() -> None:
    impostor = QuantumCircuit(2, name="zz")
    impostor.cx(0, 1)
    for gate in (impostor.to_gate(), MSGate(0, 0, 0.25)):
        assert not native.all_native(circuit_of((gate, [0, 1])), "zz")
    assert not native.all_native(circuit_of((MSGate(0, 0, -0.1), [0, 1])), "ms")
    with pytest.raises(IonQCircuitError, match=r"angle -0\.1: IonQ takes 0 to"):
        sent(circuit_of((MSGate(0, 0, -0.1), [0, 1])))


@pytest.fixture(scope="module")
def provider(cloud):
    return IonQProvider(cloud.token, url=cloud.url)


@pytest.mark.parametrize("gateset", ["native", "qis"])
def test_run_takes_any_native_circuit(provider, gateset: str) -> None:
    """Angles out of range, gates of the other family, gates that were loaded from QPY, bound parameters."""
    backend = provider.get_backend("simulator", gateset=gateset)
    angle = Parameter("angle")
    whole_turn = circuit_of((GPIGate(0), [0]), (MSGate(0, 0, angle), [0, 1]), (MSGate(0, 0, -angle), [0, 1]))
    stored = io.BytesIO()
    qpy.dump(circuit_of((MSGate(0, 0, 0.25), [0, 1]), (MSGate(0, 0, 0.25), [0, 1])), stored)
    stored.seek(0)
    for circuit, expected in (
        (whole_turn.assign_parameters([0.4]), {"01": 1.0}),
        (
            circuit_of((ZZGate(0.25), [0, 1]), (MSGate(0, 0, 0.25), [0, 1]), (MSGate(0, 0, 0.25), [0, 1])),
            {"11": 1.0},
        ),
        (qpy.load(stored)[0], {"11": 1.0}),
    ):
        found = backend.run(circuit).get_probabilities()
        assert {key: round(p, 9) for key, p in found.items() if p > 1e-9} == expected
