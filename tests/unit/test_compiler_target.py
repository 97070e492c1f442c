"""The targets, and ``transpile(circuit, backend)`` through the package's own translation stage."""

import numpy as np
import pytest
from circuit_strategies import unitary_circuits
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import EquivalenceLibrary
from qiskit.circuit.equivalence_library import SessionEquivalenceLibrary
from qiskit.circuit.library import QFTGate, RZGate, SXGate, XGate, get_standard_gate_name_mapping
from qiskit.providers import BackendV2, Options
from qiskit.quantum_info import Operator, random_unitary
from qiskit.transpiler import Target, generate_preset_pass_manager

from qiskit_ionq_lite.compiler.equivalences import teach
from qiskit_ionq_lite.compiler.target import entangler_in, native_target, qis_target
from qiskit_ionq_lite.errors import IonQInputError
from qiskit_ionq_lite.gates import QIS_GATES, GPI2Gate, GPIGate, MSGate, ZZGate

EXACT = 1e-8
levels = pytest.mark.parametrize("level", range(4))
both = pytest.mark.parametrize("entangler", ["ms", "zz"])


class Machine(BackendV2):
    """As much of a backend as the transpiler asks for."""

    def __init__(self, target, stage=None):
        super().__init__(name="machine")
        self._target = target
        if stage is not None:
            self.get_translation_stage_plugin = lambda: stage

    target = property(lambda self: self._target)
    max_circuits = None

    @classmethod
    def _default_options(cls):
        return Options()

    def run(self, run_input, **options):
        raise NotImplementedError


def qis_machine(num_qubits=29):
    return Machine(qis_target(num_qubits))


def native_machine(entangler, num_qubits=36):
    return Machine(native_target(num_qubits, entangler), stage="ionq")


def assert_same(compiled, circuit, target):
    assert compiled.num_qubits == circuit.num_qubits
    assert set(compiled.count_ops()) <= set(target.operation_names) | {"barrier"}
    one = Operator.from_circuit(compiled).data
    other = Operator(circuit.decompose("PauliEvolution")).data  # an evolution is its product formula
    overlap = np.vdot(one, other)
    assert np.abs(one * overlap / abs(overlap) - other).max() < EXACT


def varied_circuit():
    circuit = QuantumCircuit(4)
    circuit.unitary(random_unitary(4, seed=1), [2, 0])
    circuit.unitary(random_unitary(8, seed=2), [1, 3, 2])
    circuit.u(0.1, 0.2, 0.3, 1)
    circuit.iswap(0, 3)
    circuit.swap(1, 2)
    circuit.append(QFTGate(4), range(4))
    circuit.prepare_state([0.6, 0, 0, 0.8j], [0, 2])
    circuit.mcx([0, 1, 2], 3)
    return circuit


def library_circuits():
    for gate in get_standard_gate_name_mapping().values():
        if gate.num_qubits and gate.name not in ("measure", "reset", "delay"):
            circuit = QuantumCircuit(gate.num_qubits)
            angles = [7.3 * (place + 1) - 3 for place in range(len(gate.params))]
            circuit.append(gate.base_class(*angles), circuit.qubits)
            yield circuit


@levels
def test_any_circuit_transpiles_to_the_qis_target(level):
    machine = qis_machine()
    for circuit in [varied_circuit(), *library_circuits()]:
        assert_same(transpile(circuit, machine, optimization_level=level), circuit, machine.target)


@levels
@both
def test_any_circuit_transpiles_to_native_gates(level, entangler):
    machine = native_machine(entangler)
    for circuit in [varied_circuit(), *library_circuits()]:
        assert_same(transpile(circuit, machine, optimization_level=level), circuit, machine.target)


@given(unitary_circuits(max_qubits=4), st.sampled_from(["ms", "zz"]), st.integers(0, 1))
@settings(max_examples=40, deadline=None)
def test_random_circuits_through_the_stage_are_exact(circuit, entangler, level):
    machine = native_machine(entangler)
    assert_same(transpile(circuit, machine, optimization_level=level), circuit, machine.target)


@levels
@both
def test_later_stages_leave_the_native_gates_legal(level, entangler):
    manager = generate_preset_pass_manager(level, backend=native_machine(entangler), seed_transpiler=1)
    for instruction in manager.run(varied_circuit()).data:
        *phases, angle = instruction.params
        if instruction.name in ("gpi", "gpi2"):
            phases = [angle]
        elif instruction.name == "ms":
            assert 0 < angle <= 0.25
        else:
            assert -0.25 <= angle <= 0.25
        assert all(0 <= phase < 1 for phase in phases)


@levels
def test_qubits_stay_in_their_places(level):
    """Qiskit's layout passes once moved the qubits of a small circuit to the far end of the device."""
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.rx(0.3, 2)
    circuit.measure(range(3), range(3))
    for machine in (qis_machine(), native_machine("zz"), native_machine("ms")):
        compiled = transpile(circuit, machine, optimization_level=level)
        assert compiled.num_qubits == 3
        measured = [i for i in compiled.data if i.name == "measure"]
        assert [compiled.find_bit(i.qubits[0]).index for i in measured] == [
            compiled.find_bit(i.clbits[0]).index for i in measured
        ]


@levels
def test_a_diagonal_before_a_measurement_is_free(level):
    circuit = QuantumCircuit(1, 1)
    circuit.t(0)
    circuit.rz(0.3, 0)
    circuit.measure(0, 0)
    compiled = transpile(circuit, native_machine("zz"), optimization_level=level)
    assert compiled.count_ops() == {"measure": 1}


@both
def test_too_many_qubits_are_refused(entangler):
    with pytest.raises(Exception, match="qubits"):
        transpile(QuantumCircuit(5), native_machine(entangler, num_qubits=4))


def test_qis_target_holds_every_ionq_gate():
    names = qis_target(3).operation_names
    plain = {row.gate(*[0.0] * row.rotation).name for row in QIS_GATES.values()}
    controlled = {
        *("cx", "cy", "cz", "ch", "cs", "csdg", "csx"),
        *("crx", "cry", "crz", "ccx", "ccz", "cswap"),
    }
    assert set(names) == plain | controlled | {"id", "measure", "reset", "delay"}


@pytest.mark.parametrize("target", [qis_target(7), native_target(7, "ms"), native_target(7, "zz")])
def test_all_gates_are_global(target):
    assert target.num_qubits == 7
    assert target.build_coupling_map() is None
    assert all(target[name] == {None: None} for name in target.operation_names)


@both
def test_the_entangler_is_read_from_the_target(entangler):
    assert entangler_in(native_target(2, entangler)) == entangler


@pytest.mark.parametrize("target", [qis_target(2), Target(num_qubits=2)])
def test_a_target_without_a_native_entangler_is_refused(target):
    with pytest.raises(IonQInputError, match="ms or zz"):
        entangler_in(target)


def test_qiskits_library_is_taught_once():
    circuit = varied_circuit()
    machine = native_machine("zz")
    transpile(circuit, machine, optimization_level=2)
    before = [len(SessionEquivalenceLibrary.get_entry(gate)) for gate in (XGate(), SXGate(), RZGate(0.1))]
    for _ in range(3):
        transpile(circuit, machine, optimization_level=2)
    after = [len(SessionEquivalenceLibrary.get_entry(gate)) for gate in (XGate(), SXGate(), RZGate(0.1))]
    assert before == after


@pytest.mark.parametrize("gate", [GPIGate(0.1), GPI2Gate(0.2), MSGate(0.1, 0.7, 0.2), ZZGate(0.15)])
def test_controlled_native_gates_translate_back(gate):
    teach(SessionEquivalenceLibrary)
    circuit = QuantumCircuit(gate.num_qubits + 1)
    circuit.append(gate.control(1), circuit.qubits)
    assert_same(transpile(circuit, qis_machine()), circuit, qis_machine().target)


def test_what_the_library_is_taught_is_exact():
    library = EquivalenceLibrary()
    teach(library)
    for key in library.keys():  # noqa: SIM118  # an EquivalenceLibrary cannot be iterated
        gate = {"x": XGate(), "sx": SXGate(), "rz": RZGate(0.7)}.get(key.name)
        for circuit in library.get_entry(gate) if gate else ():
            assert np.allclose(Operator(circuit).data, gate.to_matrix(), atol=1e-12)
