"""A noise file: its figures are the physics, with Kraus operators written out, and its mistakes are named."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from qiskit.circuit import QuantumCircuit

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.emulator import engine, methods
from qiskit_ionq_lite.emulator.devices import NOISE_MODELS
from qiskit_ionq_lite.emulator.inputs import Qasm
from qiskit_ionq_lite.emulator.noise import read_noise
from qiskit_ionq_lite.emulator.preflight import preflight
from qiskit_ionq_lite.errors import IonQInputError

CHI_SQUARE_99_9 = {3: 16.27, 7: 24.32}  # quantiles of chi-square by degrees of freedom
PAULIS = [np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])]
GATES = [("gpi2", 0.1, [0]), ("ms", 0.2, [0, 1]), ("gpi", 0.3, [1]), ("gpi2", 0.7, [1]), ("ms", 0.15, [1, 0])]
FULL = {
    "gpi": 0.2, "gpi2": 0.05, "ms": 0.08, "readout": [0.03, 0.11], "t1": 2.0, "t2": 1.5,
    "one_qubit_time": 0.1, "two_qubit_time": 0.3,
}  # fmt: skip


@pytest.fixture
def models(tmp_path):
    def read(content):
        path = tmp_path / "noise.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return read_noise(path)

    return read


def gates():
    found = [
        wire.Gate(name, targets=qubits, phases=[0, 0], angle=value)
        if name == "ms"
        else wire.Gate(name, qubits[0], phase=value)
        for name, value, qubits in GATES
    ]
    return wire.Circuit(found, 2, "native")


def matrix(name, value):
    if name == "ms":
        return math.cos(math.pi * value) * np.eye(4) - 1j * math.sin(math.pi * value) * np.kron(
            PAULIS[1], PAULIS[1]
        )
    gpi = np.array([[0, np.exp(-2j * math.pi * value)], [np.exp(2j * math.pi * value), 0]])
    return gpi if name == "gpi" else (np.eye(2) - 1j * gpi) / math.sqrt(2)


def on(operator, qubits):
    """On two qubits, qubit 0 least significant; all two-qubit operators here are symmetric."""
    if len(qubits) == 2:
        return operator
    return np.kron(np.eye(2), operator) if qubits == [0] else np.kron(operator, np.eye(2))


def apply(state, operators, qubits):
    full = [on(operator, qubits) for operator in operators]
    return sum(operator @ state @ operator.conj().T for operator in full)


def depolarizing(rate, qubits):
    products = PAULIS if qubits == 1 else [np.kron(a, b) for a, b in itertools.product(PAULIS, PAULIS)]
    weights = [1 - rate * (1 - 4.0**-qubits)] + [rate * 4.0**-qubits] * (len(products) - 1)
    return [math.sqrt(weight) * product for weight, product in zip(weights, products, strict=True)]


def relaxing(t1, t2, seconds):
    """Amplitude damping to exp(-t/T1), then dephasing so that coherences fall to exp(-t/T2)."""
    decay = 1 - math.exp(-seconds / t1)
    damping = [np.diag([1, math.sqrt(1 - decay)]), np.array([[0, math.sqrt(decay)], [0, 0]])]
    left = math.exp(-seconds / t2) / math.sqrt(1 - decay)
    dephasing = [math.sqrt((1 + left) / 2) * PAULIS[0], math.sqrt((1 - left) / 2) * PAULIS[3]]
    return [b @ a for a in damping for b in dephasing]


def law(figures):
    """Gate by gate: all qubits relax while it runs, then it acts, then it errs; readout comes last."""
    state = np.zeros((4, 4), complex)
    state[0, 0] = 1
    for name, value, qubits in GATES:
        if "t1" in figures:
            seconds = figures["two_qubit_time" if name == "ms" else "one_qubit_time"]
            for qubit in (0, 1):
                state = apply(state, relaxing(figures["t1"], figures["t2"], seconds), [qubit])
        state = apply(state, [matrix(name, value)], qubits)
        state = apply(state, depolarizing(figures[name], len(qubits)), qubits)
    zero, one = figures.get("readout", (0, 0))
    confusion = np.array([[1 - zero, one], [zero, 1 - one]])
    return np.kron(confusion, confusion) @ np.diag(state).real


def counts(outcomes):
    return np.bincount(outcomes.shots.astype(int), minlength=4)


@pytest.mark.parametrize("chosen", [methods.DENSITY_MATRIX, methods.STATEVECTOR])
@pytest.mark.parametrize(
    "left_out",
    [(), ("readout",), ("t1", "t2"), ("t1", "t2", "readout")],
    ids=["all", "relax", "misread", "gates"],
)
def test_sampled_shots_follow_the_file(models, monkeypatch, chosen, left_out):
    figures = {key: value for key, value in FULL.items() if key not in left_out}
    model = models({"aria-1": figures})["aria-1"]
    monkeypatch.setattr(engine, "method", lambda *_, **__: chosen)
    shots = 8000
    (outcomes,) = engine.run_noisy([preflight(gates(), model)], model, shots, seed=21)
    expected = law(figures) * shots
    assert np.sum((counts(outcomes) - expected) ** 2 / expected) < CHI_SQUARE_99_9[3]


def test_the_channels_themselves_are_exact(models):
    """To 1e-9, from the density matrix, without any sampling."""
    figures = {key: value for key, value in FULL.items() if key != "readout"}
    model = models({"aria-1": figures})["aria-1"]
    program = preflight(gates(), model)
    measured = QuantumCircuit(2, 2)
    measured.compose(engine.without_native(program.circuit), inplace=True)
    measured.measure([0, 1], [0, 1])
    noisy = engine.with_channels(measured, model)
    noisy.remove_final_measurements()
    last = [step for step in engine.with_channels(measured, model).data if step.operation.name != "measure"]
    bare = QuantumCircuit(noisy.qubits)
    for step in last:
        bare._append(step)
    (data,) = engine._run([engine._saving(bare)], method="density_matrix", shots=1)
    assert np.allclose(data["probabilities"], law(figures), atol=1e-9)


def test_what_a_file_leaves_out_stays_as_published(models):
    changed = models({"forte-1": {"readout": 0.01}})["forte-1"]
    published = NOISE_MODELS["forte-1"]
    assert (changed.rates, changed.relaxation, changed.readout) == (published.rates, None, (0.01, 0.01))


def test_models_without_published_rates_become_usable(models):
    model = models({"harmony": {"gpi2": 0.01, "ms": 0.03}})["harmony"]
    (outcomes,) = engine.run_noisy([preflight(gates(), model)], model, 100, seed=1)
    assert len(outcomes.shots) == 100


def test_registers_and_last_states_are_misread_together(models):
    model = models({"aria-1": {"readout": [0.3, 0.4]}})["aria-1"]
    text = "OPENQASM 3.0; qubit[2] q; bit[3] c; gpi(0) q[1]; c[0] = measure q[0]; c[1] = measure q[1];"
    (outcomes,) = engine.run_noisy([preflight(Qasm(text), model)], model, 4000, seed=2)
    bits = outcomes.registers.bits
    assert np.array_equal(bits[:, 0] + 2 * bits[:, 1], outcomes.shots)
    assert abs(bits[:, 0].mean() - 0.3) < 4 * math.sqrt(0.3 * 0.7 / 4000)
    assert abs(bits[:, 1].mean() - 0.6) < 4 * math.sqrt(0.4 * 0.6 / 4000) + 0.001
    assert not bits[:, 2].any()  # never written, so never read


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "noise.json"),
        ({"aria-7": {}}, "did you mean"),
        ({"ideal": {}}, "'ideal'"),
        ({"aria-1": {"gpi3": 0.1}}, "gpi3"),
        ({"aria-1": {"gpi": "much"}}, "gpi"),
        ({"aria-1": {"gpi": 1.5}}, "aria-1.gpi: from 0 to 1"),
        ({"aria-1": {"zz": 0.1}}, "aria-1.zz: this machine has ms"),
        ({"aria-1": {"readout": [0.1, 2]}}, "aria-1.readout"),
        ({"aria-1": {"t1": 1, "t2": 3}}, "aria-1.t2: at most 2 t1"),
        ({"aria-1": {"t1": 0}}, "aria-1.t1: a time"),
        ({"harmony": {"gpi2": 0.1}}, "nobody published"),
    ],
)
def test_mistakes_are_named(models, content, words):
    with pytest.raises(IonQInputError, match="noise file") as caught:
        models(content)
    assert words in str(caught.value)


def test_a_missing_file_is_one_clear_error(tmp_path):
    with pytest.raises(IonQInputError, match="nowhere"):
        read_noise(tmp_path / "nowhere.json")
