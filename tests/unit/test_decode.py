"""IonQ JSON becomes the circuit that the facts describe; the matrices here are written out by hand."""

from __future__ import annotations

import cmath
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, Statevector

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.decode import IonQGateError, to_circuit

X = np.array([[0, 1], [1, 0]], dtype=complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1]).astype(complex)
ONE = np.eye(2)
PAULIS = {"I": ONE, "X": X, "Y": Y, "Z": Z}
V = np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2
HADAMARD = (X + Z) / math.sqrt(2)
SWAP = np.eye(4)[[0, 2, 1, 3]]
FIXED = {
    "x": X,
    "not": X,
    "y": Y,
    "z": Z,
    "h": HADAMARD,
    "s": np.diag([1, 1j]),
    "si": np.diag([1, -1j]),
    "t": np.diag([1, cmath.exp(0.25j * math.pi)]),
    "ti": np.diag([1, cmath.exp(-0.25j * math.pi)]),
    "v": V,
    "vi": V.conj().T,
}
angles = st.floats(-7, 7)
turns = st.floats(-1, 1)


def decoded(gates, gateset="qis", qubits=None):
    body = msgspec.json.encode({"circuit": gates, "qubits": qubits})
    return to_circuit(msgspec.json.decode(body, type=wire.Circuit), gateset)


def matrix(*gates, gateset="qis", qubits=None):
    """In Qiskit's order: qubit 0 is the least significant bit."""
    return Operator(decoded(list(gates), gateset, qubits)).data


def rotation(pauli, angle):
    return math.cos(angle / 2) * np.eye(len(pauli)) - 1j * math.sin(angle / 2) * pauli


def gpi(phase):
    return np.array([[0, cmath.exp(-2j * math.pi * phase)], [cmath.exp(2j * math.pi * phase), 0]])


def controlled(gate, controls):
    """Controls on the low bits, targets above them."""
    size = 2**controls
    whole = np.eye(len(gate) * size, dtype=complex)
    whole[size - 1 :: size, size - 1 :: size] = gate
    return whole


@pytest.mark.parametrize("name", sorted(FIXED))
def test_fixed_gates(name):
    assert np.allclose(matrix({"gate": name, "target": 0}), FIXED[name])


@given(angle=angles)
@pytest.mark.parametrize("axis", "xyz")
def test_rotations_are_half_angles_in_radians(axis, angle):
    gate = {"gate": f"r{axis}", "target": 0, "rotation": angle}
    assert np.allclose(matrix(gate), rotation(PAULIS[axis.upper()], angle))


@given(angle=angles)
@pytest.mark.parametrize("axis", "xyz")
def test_two_qubit_rotations_have_the_half_too(axis, angle):
    gate = {"gate": axis * 2, "targets": [0, 1], "rotation": angle}
    pauli = PAULIS[axis.upper()]
    assert np.allclose(matrix(gate), rotation(np.kron(pauli, pauli), angle))


@given(angle=angles)
def test_z_with_a_rotation_is_a_phase_gate(angle):
    assert np.allclose(
        matrix({"gate": "z", "target": 0, "rotation": angle}), np.diag([1, cmath.exp(1j * angle)])
    )


@pytest.mark.parametrize("controls", [1, 2, 4])
@pytest.mark.parametrize("name", sorted(FIXED))
def test_any_fixed_gate_takes_any_number_of_controls(name, controls):
    gate = {"gate": name, "target": controls, "controls": list(range(controls))}
    assert np.allclose(matrix(gate), controlled(FIXED[name], controls))


@given(angle=angles)
@pytest.mark.parametrize("axis", "xyz")
def test_controlled_rotations(axis, angle):
    gate = {"gate": f"r{axis}", "targets": [2], "controls": [0, 1], "rotation": angle}
    assert np.allclose(matrix(gate), controlled(rotation(PAULIS[axis.upper()], angle), 2))


def test_swap_with_and_without_a_control():
    assert np.allclose(matrix({"gate": "swap", "targets": [0, 1]}), SWAP)
    assert np.allclose(matrix({"gate": "swap", "targets": [1, 2], "control": 0}), controlled(SWAP, 1))


@pytest.mark.parametrize(
    "gate",
    [
        {"gate": "cnot", "target": 1, "control": 0},
        {"gate": "cnot", "targets": [1], "controls": [0]},
        {"gate": "x", "target": 1, "control": 0},
        {"gate": "not", "targets": [1], "control": 0},
    ],
)
def test_singular_and_plural_mean_the_same(gate):
    assert np.allclose(matrix(gate), controlled(X, 1))


def test_the_toffoli_of_the_documentation():
    gate = {"gate": "cnot", "target": 0, "controls": [1, 2]}
    state = Statevector.from_label("110").evolve(Operator(matrix(gate)))
    assert state.probabilities_dict() == {"111": 1.0}


@given(phase=turns)
def test_gpi_and_gpi2(phase):
    quarter = (ONE - 1j * gpi(phase)) / math.sqrt(2)
    assert np.allclose(matrix({"gate": "gpi", "target": 0, "phase": phase}, gateset="native"), gpi(phase))
    assert np.allclose(matrix({"gate": "gpi2", "target": 0, "phase": phase}, gateset="native"), quarter)


@given(first=turns, second=turns, angle=st.floats(0, 0.25))
def test_ms_has_the_first_phase_on_the_first_target(first, second, angle):
    gate = {"gate": "ms", "targets": [0, 1], "phases": [first, second], "angle": angle}
    axes = np.kron(gpi(second), gpi(first))
    assert np.allclose(matrix(gate, gateset="native"), rotation(axes, 2 * math.pi * angle))


def test_ms_entangles_fully_by_default():
    gate = {"gate": "ms", "targets": [0, 1], "phases": [0, 0]}
    assert np.allclose(matrix(gate, gateset="native"), rotation(np.kron(X, X), math.pi / 2))


@given(angle=angles)
@pytest.mark.parametrize("key", ["angle", "phase"])  # cirq-ionq says phase (F 2.8)
def test_zz(angle, key):
    gate = {"gate": "zz", "targets": [0, 1], key: angle}
    assert np.allclose(matrix(gate, gateset="native"), rotation(np.kron(Z, Z), 2 * math.pi * angle))


def test_nop_does_nothing():
    assert decoded([{"gate": "nop", "target": 0}], "native", 1).size() == 0


def test_ionqs_native_bell_circuit():  # F 2.9
    gates = [
        {"gate": "gpi", "target": 0, "phase": 0},
        {"gate": "gpi", "target": 0, "phase": 0.25},
        {"gate": "ms", "targets": [0, 1], "phases": [0, 0], "angle": 0.25},
        {"gate": "gpi2", "target": 0, "phase": 0.5},
        {"gate": "gpi2", "target": 1, "phase": 0.5},
        {"gate": "gpi2", "target": 0, "phase": -0.25},
    ]
    assert np.allclose(Statevector(decoded(gates, "native")).probabilities(), [0.5, 0, 0, 0.5])


def evolved(state, gate):
    """The state after a pauliexp, by its product formula, which is exact where the decoder keeps one."""
    return state.evolve(decoded([gate]).decompose(["PauliEvolution"]))


def test_pauliexp_is_little_endian():  # F 1.13
    gate = {"gate": "pauliexp", "targets": [0, 1], "terms": ["XI"], "coefficients": [1], "time": math.pi / 2}
    assert np.allclose(evolved(Statevector.from_label("00"), gate).probabilities(), [0, 0, 1, 0])


@pytest.mark.parametrize("terms", [["XX", "YY", "ZZ"], ["XI", "ZZ", "IY"], ["II", "ZI"]])
def test_pauliexp_is_exact_whether_terms_commute_or_not(terms):
    coefficients, time = [0.1, -0.2, 0.3][: len(terms)], 0.4
    gate = {"gate": "pauliexp", "targets": [0, 1], "terms": terms, "coefficients": coefficients, "time": time}
    energy = sum(c * np.kron(PAULIS[t[0]], PAULIS[t[1]]) for c, t in zip(coefficients, terms, strict=True))
    values, states = np.linalg.eigh(energy)
    start = Statevector([0.5, 0.5j, -0.5, 0.5])
    expected = states @ np.diag(np.exp(-1j * time * values)) @ states.conj().T @ start.data
    assert np.isclose(abs(np.vdot(expected, evolved(start, gate).data)), 1)


def test_the_width_is_declared_or_as_wide_as_the_gates():
    gates = [{"gate": "x", "target": 3}]
    assert decoded(gates, qubits=6).num_qubits == 6
    assert decoded(gates).num_qubits == 4
    assert decoded([]).num_qubits == 1
    assert to_circuit(wire.Circuit([]), "qis", 5).num_qubits == 5


PAULIEXP = {"gate": "pauliexp", "targets": [0], "terms": ["X"], "coefficients": [1.0], "time": 1.0}


@pytest.mark.parametrize(
    ("gate", "gateset", "code", "words"),
    [
        ({"gate": "cx", "target": 0}, "qis", "UnsupportedGate", "cx"),
        ({"gate": "gpi", "target": 0, "phase": 0}, "qis", "UnsupportedGate", "gpi"),
        ({"gate": "h", "target": 0}, "native", "UnsupportedGate", "gpi"),
        ({"gate": "cnot", "target": 0}, "qis", "InvalidInput", "control"),
        ({"gate": "h"}, "qis", "InvalidInput", "1 target"),
        ({"gate": "h", "targets": [0, 1]}, "qis", "InvalidInput", "1 target"),
        ({"gate": "swap", "target": 0}, "qis", "InvalidInput", "2 target"),
        ({"gate": "rx", "target": 0}, "qis", "InvalidInput", "radians"),
        ({"gate": "h", "target": 0, "rotation": 1.0}, "qis", "InvalidInput", "no rotation"),
        ({"gate": "h", "target": 2}, "qis", "InvalidInput", "0 to 1"),
        ({"gate": "h", "target": -1}, "qis", "InvalidInput", "out of range"),
        ({"gate": "x", "target": 0, "control": 0}, "qis", "InvalidInput", "twice"),
        ({"gate": "xx", "targets": [0, 1], "rotation": 1, "control": 2}, "qis", "TooManyControls", "xx"),
        (PAULIEXP | {"control": 1}, "qis", "TooManyControls", "pauliexp"),
        (PAULIEXP | {"time": -1.0}, "qis", "InvalidInput", "0 or more"),
        (PAULIEXP | {"terms": ["XX"]}, "qis", "InvalidInput", "letters"),
        (PAULIEXP | {"terms": ["Q"]}, "qis", "InvalidInput", "letters"),
        (PAULIEXP | {"coefficients": []}, "qis", "InvalidInput", "as many"),
        ({"gate": "gpi", "target": 0}, "native", "InvalidInput", "phase"),
        ({"gate": "gpi", "target": 0, "phase": 1.5}, "native", "InvalidInput", "-1 to 1"),
        ({"gate": "gpi", "target": 0, "phase": 0, "control": 1}, "native", "InvalidInput", "no controls"),
        ({"gate": "ms", "targets": [0, 1], "phases": [0]}, "native", "InvalidInput", "2 phases"),
        ({"gate": "ms", "targets": [0, 1], "phases": [0, 0], "angle": 0.3}, "native", "InvalidInput", "0.25"),
        ({"gate": "zz", "targets": [0, 1]}, "native", "InvalidInput", "angle"),
    ],
)
def test_bad_gates_name_the_platforms_failure_code(gate, gateset, code, words):
    with pytest.raises(IonQGateError, match=words) as caught:
        decoded([gate], gateset, 2)
    assert caught.value.code == code
    assert caught.value.gate == gate["gate"]


def test_a_wide_pauliexp_that_does_not_commute_says_what_to_do():
    gate = PAULIEXP | {
        "targets": list(range(11)),
        "terms": ["X" * 11, "Z" + "I" * 10],
        "coefficients": [1, 1],
    }
    with pytest.raises(IonQGateError, match="Trotter"):
        decoded([gate])
