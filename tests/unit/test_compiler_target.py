"""The targets, and ``transpile(circuit, backend)`` through the package's own translation stage."""

import copy
import pickle
from dataclasses import replace

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

from qiskit_ionq_lite.compiler.device import Device, Figures
from qiskit_ionq_lite.compiler.equivalences import teach
from qiskit_ionq_lite.compiler.target import CONTROL_FLOW, EveryPair, entangler_in, native_target, qis_target
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
    coupling_map = property(
        lambda self: self._target.build_coupling_map() or EveryPair.from_full(self.num_qubits)
    )
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


def test_qis_target_holds_every_plain_ionq_gate():
    names = qis_target(3).operation_names
    plain = {row.gate(*[0.0] * row.rotation).name for row in QIS_GATES.values()}
    assert set(names) - set(CONTROL_FLOW) == plain | {"cx", "cz", "id", "measure", "reset", "delay"}


@levels
@pytest.mark.parametrize("name", ["cy", "ch", "csx", "crx", "crz", "cp", "rzx", "ecr"])
def test_abstract_gates_that_the_target_leaves_out_take_no_more_entanglers(name, level):
    gate = get_standard_gate_name_mapping()[name].base_class
    circuit = QuantumCircuit(2)
    circuit.append(gate(*[0.3] * len(get_standard_gate_name_mapping()[name].params)), [0, 1])
    compiled = transpile(circuit, known_machine(), optimization_level=level)
    assert compiled.num_nonlocal_gates() == 1 or (name, compiled.num_nonlocal_gates()) == ("rzx", 2)


MEASURED = Device(
    4,
    one_qubit=Figures(2e-4, 130e-6),
    two_qubit=Figures(7e-3, 950e-6),
    readout=Figures(5e-3, 3e-4),
    reset=Figures(None, 2e-5),
    t1=10.0,
    t2=1.0,
)


def known_machine(gateset="qis", **changes):
    device = replace(MEASURED, **changes)
    target = qis_target(device) if gateset == "qis" else native_target(device, gateset)
    return Machine(target, stage=None if gateset == "qis" else "ionq")


gatesets = pytest.mark.parametrize("gateset", ["qis", "ms", "zz"])


@pytest.mark.parametrize("target", [qis_target(7), native_target(7, "ms"), native_target(7, "zz")])
def test_of_a_blank_machine_all_gates_are_global(target):
    assert target.num_qubits == 7
    assert target.build_coupling_map() is None
    assert all(target[name] == {None: None} for name in target.operation_names)


@both
def test_a_native_target_tells_what_is_known(entangler):
    target = native_target(MEASURED, entangler)
    assert {name: len(target[name]) for name in target.operation_names if name not in CONTROL_FLOW} == {
        **dict.fromkeys(("gpi", "gpi2", "measure", "reset", "delay"), 4),
        entangler: 12,
    }
    expected = {
        "gpi": MEASURED.one_qubit,
        "gpi2": MEASURED.one_qubit,
        entangler: MEASURED.two_qubit,
        "measure": MEASURED.readout,
        "reset": MEASURED.reset,
        "delay": Figures(),
    }
    for name, figures in expected.items():
        for known in target[name].values():
            assert (known.error, known.duration) == (figures.error, figures.duration)
    assert [(q.t1, q.t2) for q in target.qubit_properties] == [(10.0, 1.0)] * 4


def test_abstract_turns_about_z_are_free_and_a_swap_is_unknown():
    target = qis_target(MEASURED)
    for name in ("z", "s", "sdg", "t", "tdg", "rz", "id"):
        assert {(p.error, p.duration) for p in target[name].values()} == {(0.0, 0.0)}
    for name in ("x", "y", "h", "sx", "sxdg", "rx", "ry"):
        assert {(p.error, p.duration) for p in target[name].values()} == {(2e-4, 130e-6)}
    for name in ("cx", "cz", "rxx", "ryy", "rzz"):
        assert {(p.error, p.duration) for p in target[name].values()} == {(7e-3, 950e-6)}
    assert {(p.error, p.duration) for p in target["swap"].values()} == {(None, None)}


@pytest.mark.parametrize("level", [0, 1])
def test_common_abstract_gates_stay_as_they_are_written(level):
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.cz(1, 2)
    circuit.rzz(0.3, 0, 2)
    circuit.t(2)
    circuit.ry(0.2, 2)
    circuit.sdg(0)
    for machine in (qis_machine(), known_machine()):
        compiled = transpile(circuit, machine, optimization_level=level)
        assert dict(compiled.count_ops()) == dict(circuit.count_ops())


@levels
@gatesets
def test_qubits_of_a_known_machine_stay_in_their_places(level, gateset):
    """D05: with properties per qubit, Qiskit once moved qubits to the far end of the device."""
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.rx(0.3, 2)
    circuit.swap(0, 2)
    circuit.ccx(2, 0, 1)
    for measured in (False, True):
        if measured:
            circuit.measure(range(3), range(3))
        machine = known_machine(gateset, num_qubits=36)
        manager = generate_preset_pass_manager(level, backend=machine)
        for compiled in (transpile(circuit, machine, optimization_level=level), manager.run(circuit)):
            assert compiled.num_qubits == 3
            assert set(compiled.count_ops()) <= set(machine.target.operation_names)


@gatesets
@given(circuit=unitary_circuits(max_qubits=4, max_gates=5), level=st.integers(0, 1))
@settings(max_examples=15, deadline=None)
def test_random_circuits_for_a_known_machine_are_exact(gateset, circuit, level):
    machine = known_machine(gateset)
    assert_same(transpile(circuit, machine, optimization_level=level), circuit, machine.target)


@levels
@gatesets
def test_any_circuit_transpiles_for_a_known_machine(level, gateset):
    machine = known_machine(gateset)
    for circuit in [varied_circuit(), *library_circuits()]:
        assert_same(transpile(circuit, machine, optimization_level=level), circuit, machine.target)


@levels
@gatesets
def test_a_layout_that_is_asked_for_is_given(level, gateset):
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    machine = known_machine(gateset, num_qubits=9)
    manager = generate_preset_pass_manager(level, backend=machine, initial_layout=[7, 3])
    for compiled in (
        transpile(circuit, machine, optimization_level=level, initial_layout=[7, 3]),
        manager.run(circuit),
    ):
        assert {compiled.find_bit(q).index for i in compiled.data for q in i.qubits} == {7, 3}


@gatesets
def test_every_pair_is_no_constraint_to_who_asks_for_one(gateset):
    """Other ways in than ``transpile(circuit, backend)``."""
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 2)
    machine = known_machine(gateset, num_qubits=9)
    pairs = machine.coupling_map
    ways = [{"target": machine.target}, {"backend": machine, "dt": 1e-6}]
    if gateset == "qis":
        ways.append({"basis_gates": ["rz", "sx", "cx"], "coupling_map": pairs})
    for way in ways:
        for level in range(4):
            compiled = transpile(circuit, **way, optimization_level=level)
            assert compiled.num_qubits == 3
            assert Operator.from_circuit(compiled).equiv(circuit)
    for again in (copy.copy(pairs), copy.deepcopy(pairs), pickle.loads(pickle.dumps(pairs))):
        assert (bool(again), again.size(), len(again.get_edges())) == (False, 9, 72)
    assert (pairs.is_connected(), pairs.is_symmetric, pairs.distance(0, 8)) == (True, True, 1)


LINE = frozenset({(0, 1), (1, 2), (2, 3)})


def test_where_swaps_are_routed_they_cost_three_entanglers():
    for known in qis_target(replace(MEASURED, pairs=LINE))["swap"].values():
        assert known.error == pytest.approx(3 * 7e-3, rel=0.01)
        assert known.duration == pytest.approx(3 * 950e-6)
    for known in qis_target(Device(4, pairs=LINE))["swap"].values():
        assert (known.error, known.duration) == (None, None)


@levels
@gatesets
def test_a_restricted_connectivity_is_respected(level, gateset):
    machine = known_machine(gateset, pairs=LINE)
    assert set(machine.coupling_map.get_edges()) == LINE | {(j, i) for i, j in LINE}
    compiled = transpile(varied_circuit(), machine, optimization_level=level, seed_transpiler=1)
    for instruction in compiled.data:
        places = tuple(sorted(compiled.find_bit(qubit).index for qubit in instruction.qubits))
        assert len(places) == 1 or places in LINE
    assert Operator.from_circuit(compiled).equiv(varied_circuit())


@gatesets
def test_times_add_up(gateset):
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    machine = known_machine(gateset)
    compiled = transpile(circuit, machine, optimization_level=0)
    slowest = max(
        130e-6 * sum(i.qubits[0] == q and len(i.qubits) == 1 for i in compiled.data) for q in compiled.qubits
    )
    total = compiled.estimate_duration(machine.target)
    assert 950e-6 + 3e-4 < total <= 950e-6 + 3e-4 + slowest + 1e-9
    scheduled = transpile(circuit, machine, optimization_level=0, scheduling_method="alap")
    assert scheduled.estimate_duration(machine.target) == pytest.approx(total)


@gatesets
@pytest.mark.parametrize("unit", ["dt", "us"])
def test_delays_are_kept(gateset, unit):
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.delay(100, 0, unit=unit)
    circuit.x(0)
    circuit.measure(0, 0)
    machine = known_machine(gateset)
    compiled = transpile(circuit, machine, optimization_level=0)
    assert compiled.count_ops()["delay"] == 1
    waited = {"dt": 100e-9, "us": 100e-6}[unit]
    assert compiled.estimate_duration(machine.target) == pytest.approx(2 * 130e-6 + 300e-6 + waited)


@gatesets
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda target: pickle.loads(pickle.dumps(target))])
def test_copies_of_a_target_know_the_same(gateset, copied):
    target = known_machine(gateset).target
    again = copied(target)
    assert again.build_coupling_map() is None
    for name in target.operation_names:
        assert again[name].keys() == target[name].keys()
        for place, known in target[name].items():
            if known is not None:  # nothing is known of a branch
                assert (again[name][place].error, again[name][place].duration) == (
                    known.error,
                    known.duration,
                )


@given(st.sampled_from(["qis", "ms", "zz"]), st.data())
@settings(max_examples=30, deadline=None)
def test_what_is_unknown_is_none(gateset, data):
    """Any figure may be missing (F 5.9); the others are there."""
    numbers = st.none() | st.floats(1e-5, 1e-2)
    figures = st.builds(Figures, numbers, numbers)
    device = Device(
        3, *(data.draw(figures) for _ in range(3)), Figures(None, data.draw(numbers)), t1=data.draw(numbers)
    )
    target = qis_target(device) if gateset == "qis" else native_target(device, gateset)
    expected = {"qis": ("rx", "rzz"), "ms": ("gpi", "ms"), "zz": ("gpi2", "zz")}[gateset]
    rows = [
        *zip(expected, (device.one_qubit, device.two_qubit), strict=True),
        ("measure", device.readout),
        ("reset", device.reset),
    ]
    for name, row in rows:
        for place, known in target[name].items():
            if device.is_blank:
                assert (place, known) == (None, None)
            else:
                assert (known.error, known.duration) == (row.error, row.duration)
    assert {q.t1 for q in target.qubit_properties} == {device.t1}


@both
def test_the_entangler_is_read_from_the_target(entangler):
    assert entangler_in(native_target(2, entangler)) == entangler


@pytest.mark.parametrize("target", [qis_target(2), Target(num_qubits=2)])
def test_a_target_without_a_native_entangler_is_refused(target):
    with pytest.raises(IonQInputError, match="ms or zz"):
        entangler_in(target)


def test_qiskits_library_is_taught_once():
    """D25: a hundred backends once left two hundred equivalences."""
    circuit = varied_circuit()
    machine = native_machine("zz")
    transpile(circuit, machine, optimization_level=2)
    before = [len(SessionEquivalenceLibrary.get_entry(gate)) for gate in (XGate(), SXGate(), RZGate(0.1))]
    for _ in range(3):
        transpile(circuit, native_machine("zz"), optimization_level=2)
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
    standard, seen = get_standard_gate_name_mapping(), 0
    for key in library.keys():  # noqa: SIM118  # an EquivalenceLibrary cannot be iterated
        gate = standard.get(key.name)
        if gate is None:  # ours, whose definition it is
            continue
        bound = gate.base_class(*[0.7, -1.9, 2.3][: len(gate.params)])
        for circuit in library.get_entry(bound):
            seen += 1
            assert np.allclose(Operator(circuit).data, bound.to_matrix(), atol=1e-12)
    assert seen > 15
