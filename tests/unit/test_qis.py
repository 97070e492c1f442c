"""Circuits become IonQ's abstract gates exactly."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from circuit_strategies import STANDARD_GATES, unitary_circuits
from hypothesis import given, settings
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Gate, Parameter
from qiskit.circuit.library import PauliEvolutionGate, RXXGate, XGate
from qiskit.quantum_info import Operator, SparseObservable, SparsePauliOp

from qiskit_ionq_lite.circuits import qis, wire
from qiskit_ionq_lite.circuits.decode import to_circuit
from qiskit_ionq_lite.circuits.encode import check_circuits, encode
from qiskit_ionq_lite.compiler.target import qis_target
from qiskit_ionq_lite.errors import IonQCircuitError
from qiskit_ionq_lite.gates import QIS_GATES

QIS_NAMES = set(QIS_GATES) | {"pauliexp"}


def sent(circuit: QuantumCircuit) -> list[dict[str, object]]:
    """The gates as JSON, on the circuit's own qubits."""
    gates, _ = qis.encode(circuit)
    return msgspec.to_builtins(gates)


def gate_on_wire(gate: Gate) -> list[dict[str, object]]:
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.append(gate, range(gate.num_qubits))
    return sent(circuit)


def meaning(circuit: QuantumCircuit) -> Operator:
    """The unitary of what is sent."""
    gates, _ = qis.encode(circuit)
    return Operator(to_circuit(wire.Circuit(gates), "qis", circuit.num_qubits))


def distance(one: Operator, other: Operator) -> float:
    """Of matrices up to a phase; ``equiv`` takes that from one entry, which may be 1e-9 and say little."""
    overlap = np.vdot(one.data.ravel(), other.data.ravel())
    return float(np.abs(one.data * overlap / abs(overlap) - other.data).max())


@given(unitary_circuits())
@settings(max_examples=120, deadline=None)
def test_what_is_sent_has_the_unitary_of_the_circuit(circuit: QuantumCircuit) -> None:
    bare = circuit.copy_empty_like()
    for instruction in circuit.data:
        if instruction.name not in ("barrier", "delay"):
            bare.append(instruction)
    assert distance(meaning(circuit), Operator(bare)) < 1e-9


@pytest.mark.parametrize("name", sorted(STANDARD_GATES))
def test_every_standard_gate_goes_as_documented_gates(name: str) -> None:
    gate = STANDARD_GATES[name]
    bound = gate.base_class(*np.linspace(0.3, 2.9, len(gate.params)))
    circuit = QuantumCircuit(max(1, gate.num_qubits))
    circuit.append(bound, range(gate.num_qubits))
    assert distance(meaning(circuit), Operator(circuit)) < 1e-9
    for entry in sent(circuit):
        assert entry["gate"] in QIS_NAMES
        assert ("rotation" in entry) == (entry["gate"] in ("rx", "ry", "rz", "xx", "yy", "zz"))


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        (XGate(), [{"gate": "x", "target": 0}]),
        (XGate().control(annotated=False), [{"gate": "x", "target": 1, "control": 0}]),
        (XGate().control(3, annotated=False), [{"gate": "x", "target": 3, "controls": [0, 1, 2]}]),
        (XGate().control(5, annotated=True), [{"gate": "x", "target": 5, "controls": [0, 1, 2, 3, 4]}]),
        (STANDARD_GATES["cswap"], [{"gate": "swap", "targets": [1, 2], "control": 0}]),
        (RXXGate(0.5), [{"gate": "xx", "targets": [0, 1], "rotation": 0.5}]),
        (STANDARD_GATES["sx"], [{"gate": "v", "target": 0}]),
        (STANDARD_GATES["csdg"], [{"gate": "si", "target": 1, "control": 0}]),
    ],
)
def test_ionqs_own_gates_go_as_they_are(gate: Gate, expected: list[dict[str, object]]) -> None:
    assert gate_on_wire(gate) == expected


def test_no_rotation_is_sent_on_z() -> None:
    for gates in (gate_on_wire(STANDARD_GATES[name].base_class(0.3)) for name in ("p", "cp", "u1", "cu1")):
        assert {entry["gate"] for entry in gates} <= {"rz", "zz"}


def test_a_gate_is_known_by_what_it_is_and_not_by_its_name() -> None:
    impostor = QuantumCircuit(1, name="h")
    impostor.z(0)
    assert gate_on_wire(impostor.to_gate()) == [{"gate": "z", "target": 0}]


@pytest.mark.parametrize("time", [0.4, -0.4])
@pytest.mark.parametrize("form", [lambda op: op, SparseObservable.from_sparse_pauli_op])
def test_commuting_evolutions_go_as_pauliexp_with_positive_time(time: float, form: object) -> None:
    operator = SparsePauliOp(["XX", "YY", "ZZ", "II"], [0.1, 0.2, 0.3, 7.0])
    sign = math.copysign(1, time)
    assert gate_on_wire(PauliEvolutionGate(form(operator), time)) == [
        {
            "gate": "pauliexp",
            "targets": [0, 1],
            "terms": ["XX", "YY", "ZZ"],
            "coefficients": [sign * 0.1, sign * 0.2, sign * 0.3],
            "time": 0.4,
        }
    ]


def test_an_evolution_under_the_identity_is_nothing() -> None:
    assert gate_on_wire(PauliEvolutionGate(SparsePauliOp(["II"], [2.0]), 1.0)) == []


def test_other_evolutions_are_what_qiskit_synthesises() -> None:
    gate = PauliEvolutionGate(SparsePauliOp(["XI", "ZZ"], [0.5, 0.7]), 0.9)
    circuit = QuantumCircuit(2)
    circuit.append(gate, [0, 1])
    assert "pauliexp" not in {entry["gate"] for entry in sent(circuit)}
    assert distance(meaning(circuit), Operator(gate.definition)) < 1e-9


def test_idle_qubits_are_not_sent() -> None:
    circuit = QuantumCircuit(36, 2)
    circuit.h(35)
    circuit.cx(35, 7)
    circuit.measure([35, 7], [0, 1])
    encoded = encode(circuit, "qis")
    assert msgspec.to_builtins(encoded.gates) == [
        {"gate": "h", "target": 1},
        {"gate": "x", "target": 0, "control": 1},
    ]
    assert (encoded.layout.num_qubits, encoded.layout.sources) == (2, (1, 0))


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_transpiled_circuits_stay_small(level: int) -> None:
    bell = QuantumCircuit(3)
    bell.h(0)
    bell.cx(0, 1)
    bell.rx(0.3, 2)
    bell.measure_all()
    transpiled = transpile(bell, target=qis_target(36), optimization_level=level, seed_transpiler=1)
    assert encode(transpiled, "qis").layout.num_qubits == 3


def test_a_circuit_without_measurements_is_read_whole_with_a_warning() -> None:
    circuit = QuantumCircuit(3, 1)
    circuit.x(0)
    with pytest.warns(UserWarning, match="measures nothing"):
        layout = encode(circuit, "qis").layout
    assert layout.registers == (("c", 1), ("meas", 3))
    assert layout.sources == (None, 0, None, None)


def test_an_empty_circuit_still_sends_a_gate() -> None:
    circuit = QuantumCircuit(1)
    circuit.measure_all()
    assert msgspec.to_builtins(encode(circuit, "qis").gates) == [{"gate": "z", "target": 0}]


def test_the_last_measurement_of_a_bit_wins() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.measure(1, 0)
    assert encode(circuit, "qis").layout.sources == (1,)


def test_registers_that_do_not_tile_the_bits_cut_no_keys() -> None:
    bits = ClassicalRegister(3, "c")
    circuit = QuantumCircuit(QuantumRegister(1), bits, ClassicalRegister(bits=bits[1:], name="overlap"))
    circuit.measure(0, 0)
    assert encode(circuit, "qis").layout.registers == ()


def test_a_reset_of_a_fresh_qubit_is_nothing() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.x(1)
    circuit.reset(0)
    circuit.h(0)
    assert [entry["gate"] for entry in sent(circuit)] == ["x", "h"]


def _after_measurement(circuit: QuantumCircuit) -> None:
    circuit.measure(0, 0)
    circuit.x(0)


def _mid_circuit_reset(circuit: QuantumCircuit) -> None:
    circuit.x(0)
    circuit.reset(0)


def _control_flow(circuit: QuantumCircuit) -> None:
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)


def _opaque(circuit: QuantumCircuit) -> None:
    circuit.append(Gate("mystery", 1, []), [0])


def _not_finite(circuit: QuantumCircuit) -> None:
    circuit.rx(math.nan, 0)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (_after_measurement, "'x' on qubit 0 after its measurement"),
        (_mid_circuit_reset, "reset of qubit 0 after it was used"),
        (_control_flow, "control flow"),
        (_opaque, "'mystery', which has no definition"),
        (_not_finite, "finite real"),
    ],
)
def test_what_the_gate_list_cannot_say_is_refused(build: object, words: str) -> None:
    circuit = QuantumCircuit(2, 2, name="mine")
    build(circuit)
    with pytest.raises(IonQCircuitError, match=f"(?s)'mine'.*{words}"):
        encode(circuit, "qis")


def test_unbound_parameters_are_named() -> None:
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("theta") + Parameter("phi"), 0)
    with pytest.raises(IonQCircuitError, match="phi, theta"):
        check_circuits(circuit)
    bound = circuit.assign_parameters([0.25, 0.5])
    assert sent(bound) == [{"gate": "rx", "target": 0, "rotation": 0.75}]


@pytest.mark.parametrize("thing", [None, 3, "OPENQASM 2.0;", {"h": 1}, [], [QuantumCircuit(1), "x"]])
def test_only_circuits_are_taken(thing: object) -> None:
    with pytest.raises(IonQCircuitError):
        check_circuits(thing)
