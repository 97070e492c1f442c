"""Defects that users of other providers met, by the names we gave them, as laws that hold here."""

from __future__ import annotations

import math

import numpy as np
import pytest
from circuit_strategies import agree, as_values, expected_probabilities
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Parameter, ParameterVector
from qiskit.circuit.equivalence_library import SessionEquivalenceLibrary, StandardEquivalenceLibrary
from qiskit.circuit.library import PauliEvolutionGate, UnitaryGate
from qiskit.quantum_info import Operator, SparsePauliOp, random_unitary
from qiskit.synthesis import LieTrotter, SuzukiTrotter
from qiskit.transpiler.preset_passmanagers.plugin import list_stage_plugins

from qiskit_ionq_lite import GPI2Gate, GPIGate, IonQProvider, MSGate, ZZGate

DEVICES = {"zz": "qpu.forte-1", "ms": "qpu.aria-1"}
levels = pytest.mark.parametrize("level", range(4))
both = pytest.mark.parametrize("entangler", sorted(DEVICES))


@pytest.fixture(scope="module")
def provider(cloud):
    return IonQProvider(cloud.token, url=cloud.url)


@pytest.fixture(scope="module")
def machines(provider):
    return {entangler: provider.get_backend(name, gateset="native") for entangler, name in DEVICES.items()}


def pulses(circuit: QuantumCircuit) -> int:
    return sum(circuit.count_ops().get(name, 0) for name in ("gpi", "gpi2"))


def entanglers(circuit: QuantumCircuit) -> int:
    return sum(circuit.count_ops().get(name, 0) for name in DEVICES)


def assert_same(compiled: QuantumCircuit, circuit: QuantumCircuit) -> None:
    assert Operator.from_circuit(compiled).equiv(Operator(circuit), rtol=0, atol=1e-8)


# --- D16: what a translation costs ---


@levels
@both
@pytest.mark.parametrize(("name", "most"), [("x", 1), ("h", 1), ("sx", 1), ("z", 0), ("s", 0), ("t", 0)])
def test_d16_one_qubit_gates(machines, entangler, level, name, most) -> None:
    circuit = QuantumCircuit(1, 1)
    getattr(circuit, name)(0)
    circuit.measure(0, 0)
    assert pulses(transpile(circuit, machines[entangler], optimization_level=level)) == most


@levels
@both
@given(seed=st.integers(0, 2**32 - 1), length=st.integers(1, 6))
@settings(max_examples=10, deadline=None)
def test_d16_any_run_of_one_qubit_gates(machines, entangler, level, seed, length) -> None:
    circuit = QuantumCircuit(1, 1)
    for step in range(length):
        circuit.append(UnitaryGate(random_unitary(2, seed=seed + step)), [0])
    circuit.measure(0, 0)
    assert pulses(transpile(circuit, machines[entangler], optimization_level=level)) <= 2


@levels
@both
@pytest.mark.parametrize("name", ["rzz", "rxx", "ryy", "rzx", "cx", "cz", "cp", "crz"])
def test_d16_two_qubit_rotations(machines, entangler, level, name) -> None:
    circuit = QuantumCircuit(2)
    getattr(circuit, name)(*[0.3] * (name not in ("cx", "cz")), 0, 1)
    compiled = transpile(circuit, machines[entangler], optimization_level=level)
    assert (entanglers(compiled), compiled.count_ops()[entangler]) == (1, 1)
    assert_same(compiled, circuit)


@both
def test_d16_a_rotation_in_the_machines_own_axis_needs_no_pulse(machines, entangler) -> None:
    circuit = QuantumCircuit(2)
    (circuit.rzz if entangler == "zz" else circuit.rxx)(0.3, 0, 1)
    assert transpile(circuit, machines[entangler]).count_ops() == {entangler: 1}


@levels
@both
def test_d16_a_qaoa_ring_takes_an_entangler_for_each_edge(machines, entangler, level) -> None:
    ring = QuantumCircuit(6)
    ring.h(range(6))
    for qubit in range(6):
        ring.rzz(0.8, qubit, (qubit + 1) % 6)
    ring.rx(0.6, range(6))
    ring.measure_all()
    compiled = transpile(ring, machines[entangler], optimization_level=level)
    assert compiled.count_ops()[entangler] == entanglers(compiled) == 6
    assert pulses(compiled) <= {"zz": 18, "ms": 24}[entangler]


# --- D17: what is legal on the wire ---


def sent(backend, circuit: QuantumCircuit) -> list[tuple[str, list[float]]]:
    """Native gates come back from a job exactly as they went."""
    job = backend.run(circuit.measure_all(inplace=False), dry_run=True)
    return [(step.name, [float(value) for value in step.params]) for step in job.compiled_circuit().data]


def assert_legal(gates: list[tuple[str, list[float]]], lowest_phase: float = 0.0) -> None:
    for name, values in gates:
        *phases, angle = values if name in DEVICES else [*values, 0.0]
        assert all(lowest_phase <= phase < 1 for phase in phases)
        assert 0 <= angle <= 0.25 if name == "ms" else -0.25 <= angle <= 0.25


@both
@levels
def test_d17_an_angle_of_many_turns(machines, entangler, level) -> None:
    circuit = QuantumCircuit(2)
    circuit.rz(50, 0)
    circuit.sx(0)
    circuit.rzz(-50, 0, 1)
    circuit.rx(50, 1)
    assert_legal(sent(machines[entangler], transpile(circuit, machines[entangler], optimization_level=level)))


@both
@given(values=st.lists(st.floats(-200, 200), min_size=6, max_size=6))
@settings(max_examples=15, deadline=None)
def test_d17_any_angles(machines, entangler, values) -> None:
    circuit = QuantumCircuit(2)
    circuit.u(*values[:3], 0)
    circuit.rxx(values[3], 0, 1)
    circuit.ry(values[4], 1)
    circuit.rzz(values[5], 1, 0)
    assert_legal(sent(machines[entangler], circuit))


@both
def test_d17_bound_after_compiling(machines, entangler) -> None:
    theta = ParameterVector("θ", 3)
    circuit = QuantumCircuit(2)
    circuit.rz(theta[0], 0)
    circuit.ry(theta[1], 0)
    circuit.rxx(theta[2], 0, 1)
    compiled = transpile(circuit, machines[entangler])
    bound = compiled.assign_parameters([50.0, -70.0, 90.0])
    gates = sent(machines[entangler], bound)
    assert all(-1 <= phase <= 1 for name, values in gates if name in ("gpi", "gpi2") for phase in values)
    assert all(0 <= values[2] <= 0.25 for name, values in gates if name == "ms")


# --- D18: optimisation of native gates ---


def test_d18_the_stage_is_an_entry_point() -> None:
    assert "ionq" in list_stage_plugins("translation")


def pair(first, second, *places: tuple[int, ...]) -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    for gate, where in zip((first, second), places or ((0, 1), (0, 1)), strict=True):
        circuit.append(gate, where[: gate.num_qubits])
    return circuit


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize(
    ("circuit", "left"),
    [
        (pair(ZZGate(0.1), ZZGate(0.05)), {"zz": 1}),
        (pair(ZZGate(0.1), ZZGate(0.05), (0, 1), (1, 0)), {"zz": 1}),
        (pair(ZZGate(0.1), ZZGate(0.1).inverse()), {}),
        (pair(MSGate(0, 0, 0.1), MSGate(0, 0, 0.05)), {"ms": 1}),
        (pair(MSGate(0.1, 0.3, 0.1), MSGate(0.3, 0.1, 0.05), (0, 1), (1, 0)), {"ms": 1}),
        (pair(MSGate(0.1, 0.3, 0.1), MSGate(0.1, 0.3, 0.1).inverse()), {}),
        (pair(GPIGate(0.3), GPIGate(0.3)), {}),
        (pair(GPI2Gate(0.3), GPI2Gate(0.3)), {"gpi": 1}),
        (pair(GPI2Gate(0.3), GPI2Gate(0.3).inverse()), {}),
    ],
)
def test_d18_native_gates_that_meet_become_one(machines, circuit, left, level) -> None:
    entangler = "ms" if "ms" in circuit.count_ops() else "zz"
    compiled = transpile(circuit, machines[entangler], optimization_level=level)
    assert compiled.count_ops() == left
    assert_same(compiled, circuit)


@pytest.mark.parametrize("level", [1, 2, 3])
@both
@given(seed=st.integers(0, 2**32 - 1), length=st.integers(1, 12))
@settings(max_examples=15, deadline=None)
def test_d18_a_native_circuit_and_its_inverse_leave_nothing(machines, entangler, level, seed, length) -> None:
    circuit = random_native(entangler, seed, length)
    mirrored = circuit.compose(circuit.inverse())
    assert not transpile(mirrored, machines[entangler], optimization_level=level).data


def random_native(entangler: str, seed: int, length: int) -> QuantumCircuit:
    random = np.random.default_rng(seed)
    circuit = QuantumCircuit(3)
    for kind in random.integers(0, 3, length):
        phases = random.uniform(-1, 1, 2).tolist()
        gate = (GPIGate, GPI2Gate)[kind % 2](phases[0])
        if kind == 2:
            angle = float(random.uniform(0, 0.25))
            gate = ZZGate(angle) if entangler == "zz" else MSGate(*phases, angle)
        circuit.append(gate, random.permutation(3)[: gate.num_qubits].tolist())
    return circuit


@levels
@both
def test_d18_a_long_run_of_one_qubit_gates(machines, entangler, level) -> None:
    circuit = QuantumCircuit(1, 1)
    for step in range(600):
        circuit.rx(0.1 + step, 0)
        circuit.append(GPI2Gate(0.01 * step), [0])
    circuit.measure(0, 0)
    compiled = transpile(circuit, machines[entangler], optimization_level=level)
    assert pulses(compiled) <= 2
    assert agree(expected_probabilities(compiled), expected_probabilities(circuit), 1e-8)


@both
@levels
def test_d18_tens_of_thousands_of_symbolic_gates(machines, entangler, level) -> None:
    width, layers = 10, 700 if level < 2 else 100
    theta = ParameterVector("θ", 3 * width)
    circuit = QuantumCircuit(width, width)
    for _ in range(layers):
        for qubit in range(width):
            circuit.ry(theta[qubit], qubit)
            circuit.rz(theta[width + qubit], qubit)
            circuit.rzz(theta[2 * width + qubit], qubit, (qubit + 1) % width)
    circuit.measure(range(width), range(width))
    compiled = transpile(circuit, machines[entangler], optimization_level=level)
    assert compiled.parameters == circuit.parameters
    assert entanglers(compiled) <= width * layers


@pytest.mark.parametrize(("entangler", "level"), [("zz", 1), ("ms", 2), ("zz", 3)])
def test_d18_tens_of_thousands_of_different_symbols(machines, entangler, level) -> None:
    width, layers = 10, 700
    theta = iter(ParameterVector("θ", 3 * width * layers))
    circuit = QuantumCircuit(width, width)
    for _ in range(layers):
        for qubit in range(width):
            circuit.ry(next(theta), qubit)
            circuit.rz(next(theta), qubit)
        for qubit in range(width):
            circuit.rzz(next(theta), qubit, (qubit + 1) % width)
    circuit.measure(range(width), range(width))
    compiled = transpile(circuit, machines[entangler], optimization_level=level)
    assert compiled.num_parameters > 0.99 * circuit.num_parameters  # the last RZ of a qubit is not measured
    assert entanglers(compiled) <= width * layers


@pytest.mark.parametrize(("entangler", "level"), [("zz", 1), ("ms", 2), ("zz", 3)])
def test_d18_tens_of_thousands_of_symbolic_gates_in_any_order(machines, entangler, level) -> None:
    """Here many Z rotations add up in a frame, until they are paid with pulses of long phases."""
    random = np.random.default_rng(1)
    circuit = QuantumCircuit(10, 10)
    for number, angle in enumerate(ParameterVector("θ", 20_000)):
        first, second = random.permutation(10)[:2].tolist()
        if number % 3 == 2:
            circuit.rzz(angle, first, second)
        else:
            (circuit.rx, circuit.rz)[number % 3](angle, first)
    circuit.measure(range(10), range(10))
    compiled = transpile(circuit, machines[entangler], optimization_level=level)
    assert entanglers(compiled) <= 20_000 // 3


@levels
@both
def test_d18_symbols_that_cancel(machines, entangler, level) -> None:
    """Qiskit lists the parameters of θ - θ, and cannot copy a circuit that holds it."""
    theta, phi = ParameterVector("θ", 2)
    circuit = QuantumCircuit(2)
    for sign in (1, -1):
        circuit.rzz(sign * (2 * theta - phi) / 3, 0, 1)
        circuit.rx(sign * theta, 0)
        circuit.append(GPI2Gate(phi + 0.25 * sign), [1])
    compiled = transpile(circuit, machines[entangler], optimization_level=level)
    values = {theta: 0.4, phi: 1.3}
    left = {parameter: values[parameter] for parameter in compiled.parameters}
    assert_same(compiled.assign_parameters(left), circuit.assign_parameters(values))


@pytest.mark.parametrize("level", [1, 2, 3])
@both
def test_d18_symbolic_inverses_leave_no_entangler(machines, entangler, level) -> None:
    theta = Parameter("θ")
    circuit = QuantumCircuit(2)
    for sign in (1, -1):
        circuit.rzz(sign * theta, 0, 1)
        circuit.rxx(sign * theta / 2, 0, 1)
    assert entanglers(transpile(circuit, machines[entangler], optimization_level=level)) == 0


# --- D19: evolutions ---


@st.composite
def evolutions(draw: st.DrawFn) -> PauliEvolutionGate:
    """Terms that need not commute, of either sign, forwards and backwards."""
    width = draw(st.integers(1, 3))
    label = st.text("IXYZ", min_size=width, max_size=width)
    weight = st.integers(-200, 200).map(lambda hundredths: hundredths / 100)
    terms = draw(st.lists(st.tuples(label, weight), min_size=1, max_size=5))
    return PauliEvolutionGate(SparsePauliOp.from_list(terms), time=draw(weight))


def evolved(gate: PauliEvolutionGate) -> QuantumCircuit:
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.ry(0.4, range(gate.num_qubits))
    circuit.append(gate, range(gate.num_qubits))
    circuit.measure_all()
    return circuit


TFIM = SparsePauliOp.from_sparse_list(
    [("ZZ", [0, 1], 1.0), ("ZZ", [1, 2], 1.0), ("X", [0], 0.7), ("X", [1], 0.7), ("X", [2], 0.7)], 3
)


@levels
@pytest.mark.parametrize("time", [0.3, -0.3])
@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_d19_a_step_of_the_ising_model(provider, gateset, time, level) -> None:
    backend = provider.get_backend("simulator", gateset=gateset)
    circuit = evolved(PauliEvolutionGate(TFIM, time=time))
    found = backend.run(transpile(circuit, backend, optimization_level=level)).get_probabilities()
    assert agree(as_values(found), expected_probabilities(circuit.decompose("PauliEvolution")), 1e-8)


@pytest.mark.parametrize("gateset", ["qis", "native"])
@given(gate=evolutions(), level=st.none() | st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_d19_any_evolution_translates_runs_and_is_right(provider, gateset, gate, level) -> None:
    """With and without ``transpile()``; right is the product formula that Qiskit's gate stands for."""
    backend = provider.get_backend("simulator", gateset=gateset)
    circuit = evolved(gate)
    given_circuit = circuit if level is None else transpile(circuit, backend, optimization_level=level)
    found = backend.run(given_circuit).get_probabilities()
    exact = 1e-8 if level in (None, 0, 1) else 1e-4
    assert agree(as_values(found), expected_probabilities(circuit.decompose("PauliEvolution")), exact)


@levels
@both
@pytest.mark.parametrize("formula", [LieTrotter(reps=3), SuzukiTrotter(order=2), SuzukiTrotter(4, reps=2)])
@pytest.mark.parametrize("time", [0.3, -0.7])
def test_d19_the_gates_own_product_formula_counts(machines, entangler, level, formula, time) -> None:
    circuit = QuantumCircuit(3)
    circuit.append(PauliEvolutionGate(TFIM, time=time, synthesis=formula), range(3))
    compiled = transpile(circuit, machines[entangler], optimization_level=level)
    assert_same(compiled, circuit.decompose("PauliEvolution"))


# --- D25: Qiskit's own state ---


def test_d25_a_hundred_backends_leave_qiskits_library_alone(provider) -> None:
    circuit = QuantumCircuit(3)
    circuit.ccx(0, 1, 2)

    def sizes() -> list[int]:
        libraries = (SessionEquivalenceLibrary, StandardEquivalenceLibrary)
        return [count for one in libraries for count in (one.graph.num_nodes(), one.graph.num_edges())]

    untouched = sizes()[2:]
    transpile(circuit, provider.get_backend("qpu.forte-1", gateset="native"))
    first = sizes()
    for _ in range(50):
        for name in DEVICES.values():
            backend = provider.get_backend(name, gateset="native")
            assert backend.target.num_qubits > 3
    transpile(circuit, backend)
    assert sizes() == first
    assert first[2:] == untouched


def test_d25_many_terms_that_commute_are_checked_quickly(provider) -> None:
    random = np.random.default_rng(2)
    labels = {"".join(letters) for letters in random.choice(["I", "Z"], (2000, 12)).tolist()}
    circuit = QuantumCircuit(12)
    circuit.h(range(12))
    circuit.append(PauliEvolutionGate(SparsePauliOp(sorted(labels)), time=math.pi / 7), range(12))
    circuit.measure_all()
    assert provider.get_backend("simulator").run(circuit, shots=10).get_counts()
