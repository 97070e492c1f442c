"""What ``transpile(circuit, backend)`` makes of a circuit is that circuit, on every level, in both families.

Angles are generic. Qiskit's own passes at levels 2 and 3 drop what is within 1e-5 of nothing; that would be
theirs.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from circuit_strategies import STANDARD_GATES, agree, expected_probabilities
from exact_dynamics import distribution
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Parameter, ParameterVector
from qiskit.circuit.library import MCXGate, PauliEvolutionGate, QFTGate, UnitaryGate
from qiskit.quantum_info import Operator, SparsePauliOp, random_clifford, random_unitary
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator

from qiskit_ionq_lite import IonQProvider
from qiskit_ionq_lite.gates import NATIVE_GATES, MSGate

EXACT = 1e-8
DEVICES = {"zz": "qpu.forte-1", "ms": "qpu.aria-1"}
levels = pytest.mark.parametrize("level", range(4))
both = pytest.mark.parametrize("entangler", sorted(DEVICES))
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def machines(cloud):
    provider = IonQProvider(cloud.token, url=cloud.url)
    return {entangler: provider.get_backend(name, gateset="native") for entangler, name in DEVICES.items()}


def by_transpile(circuit: QuantumCircuit, backend, level: int) -> QuantumCircuit:
    return transpile(circuit, backend, optimization_level=level, seed_transpiler=1)


def by_pass_manager(circuit: QuantumCircuit, backend, level: int) -> QuantumCircuit:
    return generate_preset_pass_manager(level, backend=backend, seed_transpiler=1).run(circuit)


ways = st.sampled_from([by_transpile, by_pass_manager])
any_machine = {"entangler": st.sampled_from(sorted(DEVICES)), "level": st.integers(0, 3), "way": ways}


# --- random circuits ---


class Generic:
    """Random circuits of every kind of gate, with angles that are nothing special."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def circuit(self, gates: int = 12) -> QuantumCircuit:
        width = int(self.random.integers(2, 6))
        circuit = QuantumCircuit(QuantumRegister(1, "a"), QuantumRegister(width - 1, "b"))
        circuit.global_phase = self.angle()
        for qubit in range(width):  # else Qiskit takes idle qubits for zeros, and helps itself to them
            circuit.u(self.angle(), self.angle(), self.angle(), qubit)
        circuit.barrier()
        while len(circuit.data) <= width + gates:
            gate = self.gate()
            if gate.num_qubits <= width:
                circuit.append(gate, self.random.permutation(width)[: gate.num_qubits].tolist())
            if self.random.integers(6) == 0:
                circuit.barrier(self.random.permutation(width)[:2].tolist())
                circuit.delay(100, int(self.random.integers(width)), "ns")
        return circuit

    def angle(self) -> float:
        return float(self.random.choice([-1, 1]) * self.random.uniform(0.1, 6))

    def gate(self):
        kind = self.random.choice(["standard", "standard", "standard", "other"])
        if kind == "standard":
            gate = STANDARD_GATES[self.random.choice(sorted(STANDARD_GATES))]
            return gate.base_class(*(self.angle() for _ in gate.params))
        return self.others()[self.random.integers(len(self.others()))]()

    def others(self):
        return (self.unitary, self.subroutine, self.native, self.clifford, self.evolution, self.larger)

    def unitary(self):
        size = 2 ** int(self.random.integers(1, 4))
        return UnitaryGate(random_unitary(size, seed=int(self.random.integers(2**32))))

    def subroutine(self):
        inner = QuantumCircuit(3, name="cx", global_phase=self.angle())
        inner.cp(self.angle(), 0, 2)
        inner.ry(self.angle(), 1)
        inner.iswap(1, 2)
        return inner.to_gate()

    def native(self):
        gate = NATIVE_GATES[self.random.choice(sorted(NATIVE_GATES))]
        return gate(*(self.angle() for _ in range(3 if gate is MSGate else 1)))

    def clifford(self):
        return random_clifford(3, seed=int(self.random.integers(2**32))).to_instruction()

    def evolution(self):
        terms = SparsePauliOp.from_list([("ZZ", 0.4), ("XX", self.angle()), ("YY", -0.7)])
        return PauliEvolutionGate(terms, time=self.angle())

    def larger(self):
        return (MCXGate(3), QFTGate(3), STANDARD_GATES["rccx"], MCXGate(2, ctrl_state=1))[
            self.random.integers(4)
        ]


def assert_same(compiled: QuantumCircuit, circuit: QuantumCircuit, entangler: str) -> None:
    """Equal up to global phase and the recorded permutation, and in native gates."""
    assert set(compiled.count_ops()) <= {"gpi", "gpi2", entangler, "barrier", "delay"}
    found = Operator.from_circuit(compiled).data
    wanted = Operator(circuit.decompose("PauliEvolution")).data  # an evolution is its product formula
    overlap = np.vdot(found, wanted)
    assert np.abs(found * overlap / abs(overlap) - wanted).max() < EXACT


@given(seed=seeds, **any_machine)
@settings(max_examples=60, deadline=None)
def test_unitaries_are_the_same(machines, seed, entangler, level, way) -> None:
    circuit = Generic(seed).circuit()
    assert_same(way(circuit, machines[entangler], level), circuit, entangler)


@given(seed=seeds, **any_machine)
@settings(max_examples=40, deadline=None)
def test_measured_distributions_are_the_same(machines, seed, entangler, level, way) -> None:
    generic = Generic(seed)
    circuit = generic.circuit()
    circuit.add_register(ClassicalRegister(2, "c"), ClassicalRegister(circuit.num_qubits, "d"))
    qubits = generic.random.permutation(circuit.num_qubits)[: generic.random.integers(1, 6)].tolist()
    for qubit, clbit in zip(qubits, generic.random.permutation(circuit.num_clbits).tolist(), strict=False):
        circuit.measure(qubit, clbit)
    compiled = way(circuit, machines[entangler], level)
    assert (compiled.clbits, compiled.cregs) == (circuit.clbits, circuit.cregs)
    wanted = expected_probabilities(circuit.decompose("PauliEvolution"))
    assert agree(expected_probabilities(compiled), wanted, EXACT)


@levels
def test_idle_qubits_that_may_hold_anything_are_left_alone(machines, level) -> None:
    circuit = QuantumCircuit(5)
    circuit.append(MCXGate(3), [0, 1, 3, 4])
    compiled = transpile(circuit, machines["zz"], optimization_level=level, qubits_initially_zero=False)
    assert_same(compiled, circuit, "zz")


# --- every gate of the library, with numbers and with symbols ---


@levels
@both
def test_every_gate_of_the_library_through_a_pass_manager(machines, entangler, level) -> None:
    manager = generate_preset_pass_manager(level, backend=machines[entangler], seed_transpiler=1)
    circuits = [QuantumCircuit(gate.num_qubits) for gate in STANDARD_GATES.values()]
    for circuit, gate in zip(circuits, STANDARD_GATES.values(), strict=True):
        circuit.append(
            gate.base_class(*(0.7 + 1.3 * place for place in range(len(gate.params)))), circuit.qubits
        )
    for circuit, compiled in zip(circuits, manager.run(circuits), strict=True):
        assert_same(compiled, circuit, entangler)


@levels
@both
def test_every_gate_of_the_library_is_right_when_its_angles_come_later(machines, entangler, level) -> None:
    for gate in STANDARD_GATES.values():
        theta = ParameterVector("θ", len(gate.params))
        circuit = QuantumCircuit(gate.num_qubits)
        circuit.append(gate.base_class(*theta), circuit.qubits)
        compiled = by_transpile(circuit, machines[entangler], level)
        values = [1.1 + 0.9 * place for place in range(len(theta))]
        assert compiled.parameters == circuit.parameters
        assert_same(compiled.assign_parameters(values), circuit.assign_parameters(values), entangler)


@given(seed=seeds, **any_machine)
@settings(max_examples=30, deadline=None)
def test_an_ansatz_is_compiled_once_and_bound_many_times(machines, seed, entangler, level, way) -> None:
    random = np.random.default_rng(seed)
    theta, shared = ParameterVector("θ", 6), Parameter("φ")
    circuit = QuantumCircuit(4, global_phase=theta[5])
    for place in random.permutation(12):
        name = ("rx", "ry", "rz", "rzz", "rxx", "cp", "cry", "cx", "swap", "h", "iswap", "rzx")[place]
        angle = [(2 * theta[place % 6] - shared) / 3] if name[0] in "r" or name in ("cp", "cry") else []
        width = 1 if name in ("rx", "ry", "rz", "h") else 2
        getattr(circuit, name)(*angle, *random.permutation(4)[:width].tolist())
    compiled = way(circuit, machines[entangler], level)
    assert compiled.parameters == circuit.parameters
    for _ in range(2):
        values = dict(zip([*theta, shared], random.uniform(-6, 6, 7).tolist(), strict=True))
        assert_same(compiled.assign_parameters(values), circuit.assign_parameters(values), entangler)


# --- in the middle of a circuit ---


def scrambled(circuit: QuantumCircuit, seed: int = 1) -> None:
    """Frames that are not settled, and labels that want to move."""
    random = np.random.default_rng(seed)
    for qubit in range(circuit.num_qubits):
        circuit.u(*random.uniform(0.3, 3, 3), qubit)
    for qubit in range(circuit.num_qubits - 1):
        circuit.iswap(qubit, qubit + 1)
        circuit.rz(random.uniform(0.3, 3), qubit)
        circuit.s(qubit + 1)


def teleported() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 3)
    circuit.u(0.7, 0.4, 1.9, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((circuit.clbits[1], 1)):
        circuit.x(2)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.z(2)
    circuit.rx(0.3, 2)
    circuit.measure(2, 2)
    return circuit


def measured_and_used_again() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 4)
    scrambled(circuit)
    circuit.measure(1, 0)
    scrambled(circuit, 2)
    circuit.measure(1, 1)
    circuit.barrier()
    circuit.delay(10, 0, "us")
    scrambled(circuit, 3)
    circuit.measure([0, 2], [2, 3])
    return circuit


def reset_and_used_again() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 3)
    scrambled(circuit)
    circuit.reset(0)
    circuit.reset(2)
    scrambled(circuit, 2)
    circuit.initialize([0.6, 0.8j], 1)
    circuit.cx(1, 2)
    circuit.ry(0.4, 2)
    circuit.measure(range(3), range(3))
    return circuit


def branched() -> QuantumCircuit:
    register = ClassicalRegister(2, "c")
    circuit = QuantumCircuit(QuantumRegister(3, "q"), register, ClassicalRegister(3, "d"))
    scrambled(circuit)
    circuit.measure([0, 1], register)
    with circuit.if_test((register, 2)) as otherwise:
        circuit.cry(0.9, 2, 0)
        circuit.t(1)
    with otherwise:
        circuit.swap(0, 2)
        circuit.rx(0.8, 2)
        with circuit.if_test((register[0], 1)):
            circuit.rzz(0.4, 0, 1)
            circuit.h(2)
    scrambled(circuit, 2)
    circuit.measure(range(3), [2, 3, 4])
    return circuit


def switched() -> QuantumCircuit:
    register = ClassicalRegister(2, "c")
    circuit = QuantumCircuit(QuantumRegister(2, "q"), register, ClassicalRegister(2, "d"))
    scrambled(circuit)
    circuit.measure([0, 1], register)
    with circuit.switch(register) as case:
        with case(0, 3):
            circuit.ry(1.1, 0)
            circuit.cz(0, 1)
        with case(1):
            circuit.iswap(0, 1)
        with case(case.DEFAULT):
            circuit.sdg(0)
            circuit.h(1)
    circuit.rx(0.7, [0, 1])
    circuit.measure([0, 1], [2, 3])
    return circuit


def looped() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 3)
    scrambled(circuit)
    with circuit.for_loop(range(3)) as number:
        circuit.rx(0.4 * number, 0)
        circuit.cx(0, 1)
        circuit.s(1)
    with circuit.while_loop((circuit.clbits[0], 0)):
        circuit.ry(2.1, 0)
        circuit.rz(0.4, 0)
        circuit.rxx(0.3, 0, 1)
        circuit.measure(0, 0)
    scrambled(circuit, 2)
    circuit.measure([0, 1], [1, 2])
    return circuit


DYNAMIC = [teleported, measured_and_used_again, reset_and_used_again, branched, switched, looped]


@pytest.mark.parametrize("build", DYNAMIC)
def test_the_yardstick_agrees_with_aer(build) -> None:
    circuit, shots, aer = build(), 20_000, AerSimulator(seed_simulator=4)
    counts = aer.run(transpile(circuit, aer, optimization_level=0), shots=shots).result().get_counts()
    found = {int(key.replace(" ", ""), 2): count / shots for key, count in counts.items()}
    assert agree(found, distribution(circuit), 5 * math.sqrt(0.25 / shots))


@levels
@both
@pytest.mark.parametrize("build", DYNAMIC)
def test_what_happens_in_the_middle_keeps_its_meaning(machines, build, entangler, level) -> None:
    circuit = build()
    compiled = transpile(circuit, machines[entangler], optimization_level=level)
    assert agree(distribution(compiled), distribution(circuit), EXACT)
    for step in compiled.data:
        for block in getattr(step.operation, "blocks", ()):
            assert set(block.count_ops()) <= {"gpi", "gpi2", entangler, "measure", "if_else", "barrier"}
