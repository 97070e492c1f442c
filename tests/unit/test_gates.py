"""The native gates against F 2.7, written down here a second time and independently of the package."""

import io
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm2, qasm3, qpy
from qiskit.circuit import AnnotatedOperation, Parameter
from qiskit.circuit.library import IGate, RGate, get_standard_gate_name_mapping
from qiskit.quantum_info import Operator

from qiskit_ionq_lite.gates import (
    ENTANGLERS,
    NATIVE_GATES,
    QIS_ALIASES,
    QIS_GATES,
    GPI2Gate,
    GPIGate,
    MSGate,
    ZZGate,
    entangler_of,
)

X = np.array([[0, 1], [1, 0]])
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1])

turns = st.floats(-2, 2)
phases = st.floats(-1, 1)
gates = st.one_of(
    st.builds(GPIGate, turns),
    st.builds(GPI2Gate, turns),
    st.builds(MSGate, turns, turns, turns),
    st.builds(ZZGate, turns),
)


def axis(phase):
    return math.cos(2 * math.pi * phase) * X + math.sin(2 * math.pi * phase) * Y


def turned(about, half_angle):
    """exp(-i·half_angle·about) where about² = 1."""
    return math.cos(half_angle) * np.eye(len(about)) - 1j * math.sin(half_angle) * about


def from_the_facts(gate):
    """Qiskit's order: the first qubit is the right factor."""
    match gate:
        case GPIGate(params=[phase]):
            return axis(phase)
        case GPI2Gate(params=[phase]):
            return turned(axis(phase), math.pi / 4)
        case MSGate(params=[phase0, phase1, angle]):
            return turned(np.kron(axis(phase1), axis(phase0)), math.pi * angle)
        case ZZGate(params=[angle]):
            return turned(np.kron(Z, Z), math.pi * angle)


def equal(left, right):
    return np.allclose(left, right, rtol=0, atol=1e-12)


@given(gates)
def test_matrix_is_the_documented_one(gate):
    assert equal(gate.to_matrix(), from_the_facts(gate))


def test_ms_entries_in_qiskits_order():
    phase0, phase1, angle = 0.1, 0.27, 0.15
    matrix = MSGate(phase0, phase1, angle).to_matrix()
    scale = -1j * math.sin(math.pi * angle)
    assert np.isclose(matrix[3, 0], scale * np.exp(2j * math.pi * (phase0 + phase1)))
    assert np.isclose(
        matrix[1, 2], scale * np.exp(2j * math.pi * (phase0 - phase1))
    )  # |10> to |01>: q0 rises


@given(gates)
def test_definition_equals_the_matrix_with_its_global_phase(gate):
    assert equal(Operator(gate.definition).data, gate.to_matrix())


@given(gates)
def test_inverse_undoes_and_is_native(gate):
    assert equal(gate.inverse().to_matrix() @ gate.to_matrix(), np.eye(2**gate.num_qubits))
    assert type(gate.inverse()) is type(gate)


@given(st.floats(0, 0.25))
def test_inverse_of_ms_stays_in_the_legal_range(angle):
    assert 0 <= MSGate(0.3, 0.4, angle).inverse().params[2] <= 0.25


@given(st.builds(GPI2Gate, phases) | st.builds(MSGate, phases, phases, st.floats(0, 0.25)))
def test_inverses_keep_their_phases_legal(gate):
    assert -1 <= gate.inverse().params[0] <= 1


legal = st.floats(0, 1, exclude_max=True)


@given(
    st.one_of(
        st.builds(GPIGate, legal),
        st.builds(GPI2Gate, legal),
        st.builds(MSGate, legal, legal, legal),
        st.builds(ZZGate, legal),
    )
)
def test_the_inverse_of_the_inverse_is_the_gate(gate):
    again = gate.inverse().inverse()
    assert type(again) is type(gate)
    assert again.params == pytest.approx(gate.params, abs=1e-12)


@given(gates, st.integers(-9, 9))
def test_whole_powers_are_repetitions(gate, exponent):
    expected = np.linalg.matrix_power(gate.to_matrix(), exponent)
    assert np.allclose(Operator(gate.power(exponent)).data, expected, rtol=0, atol=1e-9)


@given(gates, st.floats(-3, 3), st.integers(1, 4))
def test_fractional_powers_make_up_the_whole(gate, exponent, parts):
    part = Operator(gate.power(exponent / parts)).data
    whole = Operator(gate.power(exponent)).data
    assert np.allclose(np.linalg.matrix_power(part, parts), whole, rtol=0, atol=1e-8)


@given(gates)
def test_roots(gate):
    root = Operator(gate.power(0.5)).data
    assert np.allclose(root @ root, gate.to_matrix(), rtol=0, atol=1e-8)
    assert gate.power(1) == gate
    assert np.allclose(Operator(gate.power(-1)).data, gate.inverse().to_matrix())


def test_powers_are_native_where_one_pulse_does_it():
    assert MSGate(0.1, 0.2, 0.05).power(3) == MSGate(0.1, 0.2, 3 * 0.05)
    assert MSGate(0.1, 0.2, 0.05).power(-2.5) == MSGate(0.6, 0.2, 0.125)
    assert ZZGate(0.05).power(-1.5) == ZZGate(-1.5 * 0.05)
    assert GPIGate(0.3).power(-3) == GPIGate(0.3)
    assert GPIGate(0.3).power(4) == IGate()
    assert GPI2Gate(0.3).power(-1) == GPI2Gate(0.3).power(7) == GPI2Gate(0.8)
    assert GPI2Gate(0.3).power(8) == IGate()
    assert GPI2Gate(0.25).power(0.5) == RGate(math.pi / 4, math.pi / 2)
    assert isinstance(GPIGate(0.3).power(2, annotated=True), AnnotatedOperation)


@pytest.mark.parametrize("exponent", [-1, 0.3, 2, 3])
def test_powers_of_symbolic_gates_stay_symbolic(exponent):
    angle = Parameter("a")
    for gate in (GPIGate(angle), GPI2Gate(angle), MSGate(angle, 2 * angle, 0.1), ZZGate(angle)):
        circuit = QuantumCircuit(gate.num_qubits)
        circuit.append(gate.power(exponent), circuit.qubits)
        bound = circuit.assign_parameters({angle: 0.17}, strict=False)
        one = QuantumCircuit(gate.num_qubits)
        one.append(gate, one.qubits)
        number = one.assign_parameters({angle: 0.17}).data[0].operation
        assert equal(Operator(bound).data, Operator(number.power(exponent)).data)


@given(gates)
def test_repeat_is_a_power(gate):
    assert equal(Operator(gate.repeat(3)).data, np.linalg.matrix_power(gate.to_matrix(), 3))


@given(gates)
def test_equality_is_by_kind_and_parameters(gate):
    again = type(gate)(*gate.params)
    other = type(gate)(gate.params[0] + 0.125, *gate.params[1:])
    assert gate == again
    assert gate != other


def native_circuit(*angles):
    circuit = QuantumCircuit(2, name="native", metadata={"k": 1})
    circuit.append(GPIGate(angles[0]), [0])
    circuit.append(GPI2Gate(angles[1]), [1])
    circuit.append(MSGate(angles[0], angles[1], angles[2]), [1, 0])
    circuit.append(ZZGate(angles[2]), [0, 1])
    return circuit


def test_pickling_keeps_gates_equal():
    circuit = native_circuit(0.1, 0.2, 0.3)
    assert pickle.loads(pickle.dumps(circuit)) == circuit


def test_qpy_loads_an_equal_circuit():
    circuit = native_circuit(0.1, 0.2, 0.3)
    file = io.BytesIO()
    qpy.dump(circuit, file)
    file.seek(0)
    (loaded,) = qpy.load(file)
    assert loaded == circuit
    assert equal(Operator(loaded).data, Operator(circuit).data)


def test_qpy_loads_an_equal_circuit_with_parameters():
    a, b = Parameter("a"), Parameter("b")
    circuit = native_circuit(a, a + 0.5, b / 2)
    file = io.BytesIO()
    qpy.dump(circuit, file)
    file.seek(0)
    (loaded,) = qpy.load(file)
    assert loaded == circuit
    values = {"a": 0.1, "b": 0.2}
    assert Operator(loaded.assign_parameters(values)) == Operator(circuit.assign_parameters(values))


def test_the_inverse_of_a_native_circuit_is_native():
    circuit = native_circuit(0.1, 0.7, 0.2)
    inverse = circuit.inverse()
    assert [type(i.operation) for i in inverse.data] == [type(i.operation) for i in reversed(circuit.data)]
    assert Operator(circuit.compose(inverse)) == Operator(np.eye(4))
    assert inverse.inverse() == circuit


@given(gates, gates)
@settings(max_examples=30, deadline=None)
def test_openqasm_3_defines_the_gates_and_loads_again(one, other):
    circuit = QuantumCircuit(2)
    for gate in (one, other, one):
        circuit.append(gate, range(gate.num_qubits))
    text = qasm3.dumps(circuit)
    assert text.count(f"gate {one.name}(") == 1
    loaded = qasm3.loads(text)
    assert [(i.name, i.qubits) for i in loaded.data] == [(i.name, i.qubits) for i in circuit.data]
    assert np.allclose(Operator(loaded).data, Operator(circuit).data, atol=1e-8)
    text = qasm2.dumps(circuit)
    loaded = qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    assert np.allclose(Operator(loaded).data, Operator(circuit).data, atol=1e-8)


def test_openqasm_3_keeps_symbols():
    """Qiskit's own way printed a definition with the angle of the call, and was wrong when it was bound."""
    a, b = Parameter("a"), Parameter("param0")
    circuit = QuantumCircuit(2)
    for gate in (GPIGate(a / 2 + 0.25), GPI2Gate(b - a), GPI2Gate(0.1)):
        circuit.append(gate, [0])
    circuit.append(MSGate(a, a, b), [1, 0])
    circuit.append(ZZGate(3 * b), [0, 1])
    values = {"a": 0.3, "param0": 0.1}
    loaded = qasm3.loads(qasm3.dumps(circuit)).assign_parameters(values)
    assert np.allclose(Operator(loaded).data, Operator(circuit.assign_parameters(values)).data)


@pytest.mark.parametrize("angle", [0.125, Parameter("a")])
def test_drawings_name_gates_and_angles(angle):
    text = str(native_circuit(angle, 0.25, 0.1).draw("text"))
    shown = str(angle) if isinstance(angle, float) else angle.name
    for words in (f"Gpi({shown})", "Gpi2(0.25)", f"Ms({shown},0.25,0.1)", "Zz(0.1)"):
        assert words in text


def test_matplotlib_draws_them():
    pytest.importorskip("pylatexenc")
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    for angle in (0.125, Parameter("a")):
        figure = native_circuit(angle, 0.25, angle / 2).draw("mpl")
        assert any("Gpi2" in text.get_text() for text in figure.axes[0].texts)


@pytest.mark.parametrize(
    "gate", [GPIGate(0.1), GPI2Gate(0.2), MSGate(0.1, 0.7, 0.2), ZZGate(0.15)], ids=lambda gate: gate.name
)
def test_control_acts_when_the_control_is_one(gate):
    size = 2**gate.num_qubits
    controlled = Operator(gate.control(1)).data  # the control is the first qubit, the least significant
    assert np.allclose(controlled[1::2, 1::2], gate.to_matrix(), atol=1e-8)
    assert np.allclose(controlled[0::2, 0::2], np.eye(size), atol=1e-8)


def test_parameters_bind():
    names = [Parameter("a"), Parameter("b"), Parameter("c")]
    values = (0.1, 0.2, 0.3)
    bound = native_circuit(*names).assign_parameters(dict(zip(names, values, strict=True)))
    assert equal(Operator(bound).data, Operator(native_circuit(*values)).data)


def test_symbolic_gates_have_definitions_and_inverses():
    angle = Parameter("a")
    for gate in (GPIGate(angle), GPI2Gate(angle), MSGate(angle, 2 * angle, 0.1), ZZGate(angle)):
        both = QuantumCircuit(gate.num_qubits)
        both.append(gate, both.qubits)
        both.append(gate.inverse(), both.qubits)
        bound = both.assign_parameters({angle: 0.37})
        assert equal(Operator(bound.decompose()).data, np.eye(2**gate.num_qubits))


def test_a_matrix_needs_a_copy():
    with pytest.raises(ValueError, match="without a copy"):
        GPIGate(0).__array__(copy=False)


@pytest.mark.parametrize("name", QIS_GATES)
def test_qis_rows_describe_their_gate(name):
    row = QIS_GATES[name]
    standard = {gate.base_class: gate for gate in get_standard_gate_name_mapping().values()}[row.gate]
    assert name == row.wire
    assert standard.num_qubits == row.targets
    assert len(standard.params) == row.rotation


def test_aliases_name_rows():
    assert set(QIS_ALIASES.values()) <= set(QIS_GATES)
    assert not set(QIS_ALIASES) & set(QIS_GATES)


def test_entanglers_are_native_two_qubit_gates():
    assert {NATIVE_GATES[name] for name in ENTANGLERS.values()} == {MSGate, ZZGate}
    assert entangler_of("qpu.forte-enterprise-1") == "zz"
    assert entangler_of("aria-2") == "ms"
