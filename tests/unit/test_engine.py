"""The physics: exact where it must be exact, the published noise where it must be noisy."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import QuantumCircuit
from qiskit.quantum_info import DensityMatrix, Kraus, Operator, Statevector

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.decode import to_circuit
from qiskit_ionq_lite.emulator import engine, methods
from qiskit_ionq_lite.emulator.devices import DEVICES, NOISE_MODELS, Rates
from qiskit_ionq_lite.emulator.preflight import preflight
from qiskit_ionq_lite.emulator.refusals import PreflightError
from qiskit_ionq_lite.gates import GPI2Gate, GPIGate, MSGate, ZZGate

IDEAL = NOISE_MODELS["ideal"]
WIDTH = 4
METHODS = [methods.DENSITY_MATRIX, methods.PATTERNS, methods.STATEVECTOR, methods.MATRIX_PRODUCT_STATE]
CHI_SQUARE_99_9 = {3: 16.27, 7: 24.32}  # quantiles of chi-square by degrees of freedom
angles = st.floats(-7, 7)
FIXED = ["x", "y", "z", "h", "s", "si", "t", "ti", "v", "vi"]
wires = st.permutations(range(WIDTH))


@st.composite
def qis_gates(draw):
    order = draw(wires)
    kind = draw(st.sampled_from(["fixed", "rotation", "swap", "pair", "pauliexp"]))
    controls = order[2 : 2 + draw(st.integers(0, 2))]
    if kind == "fixed":
        name = draw(st.sampled_from(FIXED))
        return wire.Gate(name, order[0], controls=controls or None)
    if kind == "rotation":
        name = draw(st.sampled_from(["rx", "ry", "rz", "z"]))
        return wire.Gate(name, order[0], controls=controls or None, rotation=draw(angles))
    if kind == "swap":
        return wire.Gate("swap", targets=order[:2], controls=controls or None)
    if kind == "pair":
        return wire.Gate(draw(st.sampled_from(["xx", "yy", "zz"])), targets=order[:2], rotation=draw(angles))
    terms = draw(st.lists(st.text("IXYZ", min_size=2, max_size=2), min_size=1, max_size=3))
    weights = [draw(st.floats(-1, 1)) for _ in terms]
    return wire.Gate(
        "pauliexp", targets=order[:2], terms=terms, coefficients=weights, time=draw(st.floats(0, 2))
    )


@st.composite
def native_gates(draw):
    order, phase = draw(wires), st.floats(-1, 1)
    name = draw(st.sampled_from(["gpi", "gpi2", "ms", "zz"]))
    if name == "ms":
        phases, angle = [draw(phase), draw(phase)], draw(st.floats(0, 0.25))
        return wire.Gate("ms", targets=order[:2], phases=phases, angle=angle)
    if name == "zz":
        return wire.Gate("zz", targets=order[:2], angle=draw(phase))
    return wire.Gate(name, order[0], phase=draw(phase))


circuits = st.one_of(
    st.builds(wire.Circuit, st.lists(qis_gates(), max_size=8), st.just(WIDTH), st.just("qis")),
    st.builds(wire.Circuit, st.lists(native_gates(), max_size=8), st.just(WIDTH), st.just("native")),
)


def dense(outcomes, width=WIDTH):
    found = np.zeros(2**width)
    found[outcomes.values] = outcomes.probabilities
    return found


def exact(circuit):
    """By Qiskit's own linear algebra, gate by gate."""
    state = Statevector.from_int(0, 2**WIDTH)
    for instruction in to_circuit(circuit, circuit.gateset).decompose(["PauliEvolution"]).data:
        places = [qubit._index for qubit in instruction.qubits]
        state = state.evolve(Operator(instruction.operation), places)
    return state.probabilities()


@settings(max_examples=60, deadline=None)
@given(batch=st.lists(circuits, min_size=1, max_size=3))
def test_ideal_probabilities_are_exact(batch):
    found = engine.run_ideal([preflight(circuit, IDEAL) for circuit in batch])
    for outcomes, circuit in zip(found, batch, strict=True):
        assert np.allclose(dense(outcomes), exact(circuit), atol=1e-9)


def test_only_outcomes_that_occur_are_kept():
    bell = wire.Circuit([wire.Gate("h", 3), wire.Gate("x", 9, control=3)], 12, "qis")
    (outcomes,) = engine.run_ideal([preflight(bell, IDEAL)])
    assert outcomes.values.tolist() == [0, 2**3 + 2**9]
    assert np.allclose(outcomes.probabilities, 0.5)


def test_idle_qubits_cost_nothing():
    program = preflight(wire.Circuit([wire.Gate("x", 28)], 29, "qis"), IDEAL)
    assert program.circuit.num_qubits == 1
    assert engine.run_ideal([program])[0].values.tolist() == [2**28]


def test_an_empty_circuit_gives_zero():
    (outcomes,) = engine.run_ideal([preflight(wire.Circuit([], 3, "qis"), IDEAL)])
    assert outcomes.values.tolist() == [0]


def depolarized(circuit, rates):
    """Exact probabilities of a native circuit with IonQ's channel (F 4.3), from its Kraus operators."""
    state = DensityMatrix.from_int(0, 2**circuit.num_qubits)
    for instruction in circuit.data:
        places = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        rate = rates.one_qubit if len(places) == 1 else rates.two_qubit
        state = state.evolve(Operator(instruction.operation), places).evolve(
            _channel(rate, len(places)), places
        )
    return state.probabilities()


def _channel(rate, qubits):
    paulis = [np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])]
    products = paulis if qubits == 1 else [np.kron(a, b) for a in paulis for b in paulis]
    weights = [1 - rate * (1 - 4.0**-qubits)] + [rate * 4.0**-qubits] * (len(products) - 1)
    return Kraus([math.sqrt(weight) * pauli for weight, pauli in zip(weights, products, strict=True)])


def native(model):
    """Long enough for the noise to show: twelve entanglers on three qubits."""
    circuit = QuantumCircuit(3)
    for step in range(4):
        circuit.append(GPI2Gate(0.1 * step), [0])
        circuit.append(GPIGate(0.3), [1])
        for pair in ([0, 1], [1, 2], [2, 0]):
            circuit.append(MSGate(0.1, 0.2, 0.2) if model.entangler == "ms" else ZZGate(0.2), pair)
            circuit.append(GPI2Gate(0.05 * step), [pair[1]])
    return circuit


def as_wire(circuit):
    gates = []
    for instruction in circuit.data:
        name, params = instruction.operation.name, [float(value) for value in instruction.operation.params]
        places = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        fields = {
            "gpi": lambda p: {"phase": p[0]},
            "gpi2": lambda p: {"phase": p[0]},
            "ms": lambda p: {"phases": p[:2], "angle": p[2]},
            "zz": lambda p: {"angle": p[0]},
        }[name](params)
        gates.append(wire.Gate(name, targets=places, **fields))
    return wire.Circuit(gates, circuit.num_qubits, "native")


@pytest.mark.parametrize("name", [name for name, model in NOISE_MODELS.items() if model.rates])
def test_noise_is_the_published_channel(name):
    model, shots = NOISE_MODELS[name], 200_000
    circuit = native(model)
    (outcomes,) = engine.run_noisy([preflight(as_wire(circuit), model)], model, shots, seed=11)
    expected = depolarized(circuit, model.rates) * shots
    statistic = np.sum((dense(outcomes, 3) * shots - expected) ** 2 / expected)
    assert statistic < CHI_SQUARE_99_9[7]
    ideal = Statevector(circuit).probabilities() * shots
    assert np.sum((dense(outcomes, 3) * shots - ideal) ** 2 / ideal) > 10 * CHI_SQUARE_99_9[7]


def by(chosen, monkeypatch):
    monkeypatch.setattr(engine, "method", lambda *_, **__: chosen)


@pytest.mark.parametrize("chosen", METHODS)
def test_all_methods_agree_with_the_channel(chosen, monkeypatch):
    by(chosen, monkeypatch)
    model, shots = NOISE_MODELS["aria-2"], 5_000
    circuit = native(model)
    (outcomes,) = engine.run_noisy([preflight(as_wire(circuit), model)], model, shots, seed=3)
    expected = depolarized(circuit, model.rates) * shots
    assert np.sum((dense(outcomes, 3) * shots - expected) ** 2 / expected) < CHI_SQUARE_99_9[7]


def test_error_patterns_give_the_published_channel(monkeypatch):
    by(methods.PATTERNS, monkeypatch)
    shots = 4_000
    for seed, model in enumerate((NOISE_MODELS["forte-1"], noisy(0.08, 0.0), noisy(0.0, 0.02))):
        circuit = native(model)
        (outcomes,) = engine.run_noisy([preflight(as_wire(circuit), model)], model, shots, seed)
        expected = depolarized(circuit, model.rates) * shots
        assert np.sum((dense(outcomes, 3) * shots - expected) ** 2 / expected) < CHI_SQUARE_99_9[7]


def noisy(one_qubit, two_qubit):
    return replace(NOISE_MODELS["forte-1"], rates=Rates(one_qubit, two_qubit))


@pytest.mark.parametrize("qubit", [0, 1])
def test_each_error_hits_its_own_qubit(qubit):
    """Rates of 1 leave nothing but noise where a gate has been, and nothing of it elsewhere."""
    model = noisy(1.0, 0.0)
    circuit = QuantumCircuit(2)
    circuit.append(GPIGate(0.3), [qubit])
    circuit.append(ZZGate(0.25), [0, 1])
    program = preflight(as_wire(circuit), model)
    sampled = engine._by_patterns(
        engine.without_native(program.circuit), model.rates, 1000, engine.Chance(1, 0)
    )
    assert set(sampled.tolist()) == {0, 1 << qubit}
    assert abs(np.count_nonzero(sampled) - 500) < 4 * math.sqrt(250)


def test_without_noise_patterns_give_the_ideal_state(monkeypatch):
    by(methods.PATTERNS, monkeypatch)
    model = noisy(0.0, 0.0)
    (outcomes,) = engine.run_noisy([preflight(GHZ, model)], model, 1000, seed=4)
    assert outcomes.values.tolist() == [0, 7]


def test_a_circuit_without_gates_and_a_single_shot(monkeypatch):
    by(methods.PATTERNS, monkeypatch)
    model = NOISE_MODELS["aria-1"]
    programs = [preflight(wire.Circuit([], 3, "qis"), model), preflight(GHZ, model)]
    empty, one = engine.run_noisy(programs, model, 1, seed=4)
    assert empty.shots.tolist() == [0]
    assert len(one.shots) == 1


def test_patterns_do_not_depend_on_batches(monkeypatch):
    by(methods.PATTERNS, monkeypatch)
    model = NOISE_MODELS["aria-1"]
    program = preflight(as_wire(native(NOISE_MODELS["aria-1"])), model)
    (whole,) = engine.run_noisy([program], model, 500, seed=4)
    monkeypatch.setattr(engine, "MAX_BATCH", 3)
    (parts,) = engine.run_noisy([program], model, 500, seed=4)
    assert whole.shots.tolist() == parts.shots.tolist()


GHZ = wire.Circuit([wire.Gate("h", 0), *(wire.Gate("x", i + 1, control=i) for i in range(2))], 3, "qis")


def test_abstract_circuits_are_compiled_before_the_noise_comes():
    model = NOISE_MODELS["forte-1"]
    (outcomes,) = engine.run_noisy([preflight(GHZ, model)], model, 20_000, seed=5)
    assert 0.98 < dense(outcomes, 3)[[0, 7]].sum() < 1


@pytest.mark.parametrize("chosen", METHODS)
def test_the_same_seed_gives_the_same_shots(chosen, monkeypatch):
    by(chosen, monkeypatch)
    model = NOISE_MODELS["aria-1"]
    programs = [preflight(GHZ, model), preflight(GHZ, model)]
    first, second = engine.run_noisy(programs, model, 300, seed=9)
    again = engine.run_noisy(programs, model, 300, seed=9)
    assert [run.shots.tolist() for run in again] == [first.shots.tolist(), second.shots.tolist()]
    assert first.shots.tolist() != second.shots.tolist()
    assert engine.run_noisy(programs, model, 300, seed=10)[0].shots.tolist() != first.shots.tolist()


def test_probabilities_are_multiples_of_one_shot():
    model = NOISE_MODELS["aria-1"]
    (outcomes,) = engine.run_noisy([preflight(GHZ, model)], model, 700, seed=1)
    assert len(outcomes.shots) == 700
    values, counts = np.unique(outcomes.shots, return_counts=True)
    assert outcomes.values.tolist() == values.tolist()
    assert outcomes.probabilities.tolist() == [count / 700 for count in counts]


def test_a_wide_ghz_state_runs_as_a_matrix_product():
    model = DEVICES["qpu.forte-1"].model
    gates = [wire.Gate("h", 0), *(wire.Gate("cnot", i + 1, control=i) for i in range(35))]
    (outcomes,) = engine.run_noisy([preflight(wire.Circuit(gates, 36, "qis"), model)], model, 50, seed=2)
    assert {0, 2**36 - 1} <= set(outcomes.values.tolist())


def compiled(circuit, model):
    program = preflight(circuit, model)
    readout = engine.read_all(program.circuit)
    return engine.without_native(engine._compiled([program], [readout], model.entangler)[0])


def layers(width, depth):
    gates = [wire.Gate("ry", qubit, rotation=0.3) for qubit in range(width)]
    gates += [wire.Gate("zz", targets=[a, b], rotation=0.3) for a in range(width) for b in range(a)]
    return wire.Circuit(gates * depth, width, "qis")


@pytest.mark.parametrize(
    ("circuit", "shots", "chosen"),
    [
        (GHZ, 1000, methods.DENSITY_MATRIX),
        (layers(12, 1), 1000, methods.PATTERNS),
        (layers(12, 10), 1000, methods.STATEVECTOR),
        (wire.Circuit([wire.Gate("h", q) for q in range(20)], 20, "qis"), 100_000, methods.PATTERNS),
        (wire.Circuit([wire.Gate("h", q) for q in range(30)], 30, "qis"), 100, methods.MATRIX_PRODUCT_STATE),
    ],
    ids=["small", "most shots are clean", "every shot has errors", "many shots", "wide"],
)
def test_the_method_follows_from_the_cost(circuit, shots, chosen):
    model = DEVICES["qpu.forte-1"].model
    assert methods.method(compiled(circuit, model), model.rates, shots, 8 * 2**30) == chosen


def test_what_no_memory_holds_fails_early_and_names_the_limit():
    model = DEVICES["qpu.forte-1"].model
    gates = [wire.Gate("h", q) for q in range(36)]
    gates += [wire.Gate("zz", targets=[a, b], rotation=0.3) for a in range(36) for b in range(a)]
    program = preflight(wire.Circuit(gates, 36, "qis"), model)
    with pytest.raises(PreflightError, match="36 active qubits") as caught:
        engine.run_noisy([program], model, 100, seed=2)
    assert caught.value.code == "SimulationTimeout"
