"""The target of a backend against what the cloud says of the machine, and what others make of it."""

from __future__ import annotations

import io
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qpy, transpile
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.providers import BackendV2, Options
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Operator, average_gate_fidelity, hellinger_fidelity
from qiskit.visualization import plot_error_map, plot_gate_map
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel

from qiskit_ionq_lite import GPI2Gate, GPIGate, IonQProvider, MSGate, ZZGate
from qiskit_ionq_lite.backend import IonQBackend
from qiskit_ionq_lite.cloud import documents
from qiskit_ionq_lite.cloud.measured import measured
from qiskit_ionq_lite.compiler.aer import labelled_unitaries
from qiskit_ionq_lite.compiler.device import DEPOLARIZING_RATES, Device
from qiskit_ionq_lite.compiler.target import EveryPair, native_target, qis_target
from qiskit_ionq_lite.emulator.devices import DEVICES
from qiskit_ionq_lite.emulator.devices import NOISE_MODELS as EMULATED_MODELS
from qiskit_ionq_lite.errors import IonQResponseError

NATIVE = {"gateset": "native"}
levels = pytest.mark.parametrize("level", range(4))


@pytest.fixture(scope="module")
def provider(cloud):
    return IonQProvider(cloud.token, url=cloud.url)


def ghz(size: int = 3) -> QuantumCircuit:
    circuit = QuantumCircuit(size)
    circuit.h(0)
    for qubit in range(1, size):
        circuit.cx(0, qubit)
    circuit.measure_all()
    return circuit


# --- what the target says ---


@pytest.mark.parametrize("name", ["qpu.aria-1", "qpu.forte-1"])
def test_a_qpus_target_is_its_characterization(provider, name):
    backend = provider.get_backend(name, **NATIVE)
    device = DEVICES[name]
    target = backend.target
    assert target.num_qubits == backend.num_qubits == device.model.qubits
    assert {(q.t1, q.t2) for q in target.qubit_properties} == {(device.timing.t1, device.timing.t2)}
    for gate, fidelity, seconds in (
        ("gpi", device.fidelity.one_qubit, device.timing.one_qubit),
        ("gpi2", device.fidelity.one_qubit, device.timing.one_qubit),
        (backend.entangler, device.fidelity.two_qubit, device.timing.two_qubit),
        ("measure", device.fidelity.spam, device.timing.readout),
    ):
        assert {p.error for p in target[gate].values()} == {1 - fidelity}
        assert {p.duration for p in target[gate].values()} == {seconds}
    assert {p.duration for p in target["reset"].values()} == {device.timing.reset}


def test_the_simulators_target_follows_its_noise_model(provider):
    backend = provider.get_backend("simulator", **NATIVE, noise_model="aria-1")
    assert "ms" in backend.target.operation_names
    assert backend.num_qubits == backend.target.num_qubits == 25
    assert {p.error for p in backend.target["ms"].values()} == {0.75 * 0.0133}
    assert {p.error for p in backend.target["gpi"].values()} == {0.00025}
    assert {p.duration for p in backend.target["gpi"].values()} == {None}
    backend.set_options(noise_model="forte-1")
    assert "zz" in backend.target.operation_names
    assert backend.num_qubits == backend.target.num_qubits == 29
    backend.set_options(noise_model=None)
    assert backend.target["zz"] == {None: None}


def test_rates_that_are_said_twice_agree():
    """The emulator has its own table, with a guess for ``forte-enterprise-1``, which nobody publishes."""
    emulated = {name: model.rates for name, model in EMULATED_MODELS.items() if model.rates}
    del emulated["forte-enterprise-1"]
    assert {name: (r.one_qubit, r.two_qubit) for name, r in emulated.items()} == DEPOLARIZING_RATES


class Client:
    """Counts the questions about characterizations, and answers with one document or error."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = 0

    def characterization(self, name):  # noqa: ARG002  # the client's own signature
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def qpu(answer, gateset="native", qubits=4):
    client = Client(answer)
    return IonQBackend(None, client, documents.Backend("qpu.forte-1", qubits), gateset), client


def test_the_characterization_is_fetched_once_and_not_before_it_is_needed():
    backend, client = qpu(documents.Characterization("id"))
    assert (backend.num_qubits, client.asked) == (4, 0)
    for level in range(4):
        transpile(ghz(), backend, optimization_level=level)
    assert client.asked == 1


def test_without_a_characterization_circuits_compile_all_the_same():
    backend, client = qpu(IonQResponseError("no such thing", body="", request="GET /"))
    with pytest.warns(UserWarning, match=r"qpu.forte-1 has no errors, times and connections: no such thing"):
        assert backend.target["zz"] == {None: None}
    assert transpile(ghz(), backend).num_qubits == 3
    assert client.asked == 1
    assert qpu(None)[0].target["zz"] == {None: None}


def maybe(strategy):
    return st.none() | strategy


numbers = maybe(st.floats(0, 1) | st.just(0))
medians = maybe(st.builds(documents.Median, numbers, numbers))
characterizations = st.builds(
    documents.Characterization,
    st.just("id"),
    connectivity=maybe(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12)),
    fidelity=maybe(st.builds(documents.Fidelity, medians, medians, medians)),
    timing=maybe(st.builds(documents.Timing, *[numbers] * 6)),
)


@given(characterizations)
@settings(max_examples=40, deadline=None)
@pytest.mark.filterwarnings("ignore:Device model returned:UserWarning")
def test_holes_stay_holes_and_trouble_nobody(found):
    device = measured(found, 3)
    fidelity, timing = found.fidelity or documents.Fidelity(), found.timing or documents.Timing()
    for figures, median, seconds in (
        (device.one_qubit, fidelity.one_qubit, timing.one_qubit),
        (device.two_qubit, fidelity.two_qubit, timing.two_qubit),
        (device.readout, fidelity.spam, timing.readout),
    ):
        value = median.median if median else None
        assert figures.error == (1 - value if value else None)
        assert figures.duration == (seconds or None)
    for target in (native_target(device, "zz"), qis_target(device)):
        assert {p.error for p in target["measure"].values() if p} <= {device.readout.error}
        assert {q.t1 for q in target.qubit_properties} == {device.t1}
        backend = Machine(target)
        NoiseModel.from_backend(backend)
        AerSimulator.from_backend(backend)


class Machine(BackendV2):
    """A backend that is its target, as others read it."""

    def __init__(self, target):
        super().__init__(name="machine")
        self._target = target

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


def test_times_of_zero_and_null_lists_are_unknown():
    text = (
        b'{"id": "x", "connectivity": [], "timing": {"1q": 0, "t1": 0, "t2": null},'
        b' "fidelity": {"1q": {"median": null, "stderr": 0}, "2q": null, "spam": {"median": 0}}}'
    )
    assert measured(msgspec.json.decode(text, type=documents.Characterization), 5) == Device(5)


@pytest.mark.parametrize("gateset", ["native", "qis"])
@levels
def test_a_restricted_connectivity_routes(gateset, level):
    line = [(0, 1), (2, 1), (2, 3)]
    backend, _ = qpu(documents.Characterization("id", connectivity=line), gateset)
    assert set(backend.coupling_map.get_edges()) == {*line, *((j, i) for i, j in line)}
    circuit = QuantumCircuit(4)
    circuit.h(0)
    circuit.rzz(0.3, 0, 3)
    circuit.cx(3, 1)
    circuit.rxx(0.7, 1, 2)
    circuit.cp(0.4, 0, 2)
    compiled = transpile(circuit, backend, optimization_level=level, seed_transpiler=5)
    edges = set(backend.coupling_map.get_edges())
    pairs = [tuple(compiled.find_bit(q).index for q in i.qubits) for i in compiled.data if len(i.qubits) == 2]
    assert set(pairs) <= edges
    assert Operator.from_circuit(compiled).equiv(circuit)


# --- D05 ---


@levels
@pytest.mark.parametrize("gateset", ["native", "qis"])
@pytest.mark.parametrize("name", ["qpu.forte-1", "qpu.aria-1", "simulator"])
def test_qubits_stay_in_their_places_and_payloads_small(provider, name, gateset, level):
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.rx(0.3, 2)
    circuit.measure(range(3), range(3))
    compiled = transpile(circuit, provider.get_backend(name, gateset=gateset), optimization_level=level)
    assert compiled.num_qubits == 3
    measured_ = [i for i in compiled.data if i.name == "measure"]
    for instruction in measured_:
        qubit, clbit = instruction.qubits[0], instruction.clbits[0]
        assert compiled.find_bit(qubit).index == compiled.find_bit(clbit).index


def test_a_layout_that_is_asked_for_is_given(provider):
    compiled = transpile(ghz(), provider.get_backend("qpu.forte-1", **NATIVE), initial_layout=[7, 3, 5])
    used = {compiled.find_bit(q).index for i in compiled.data if i.name != "barrier" for q in i.qubits}
    assert used == {7, 3, 5}


# --- what others make of it ---


def test_edges_are_there_for_those_who_read_them(provider):
    pairs = provider.get_backend("qpu.aria-1").coupling_map
    assert len(pairs.get_edges()) == 25 * 24
    assert not pairs
    assert provider.get_backend("qpu.aria-1").target.build_coupling_map() is None


@pytest.mark.parametrize("options", [{}, {"noise_model": "aria-1"}, NATIVE | {"noise_model": "forte-1"}])
def test_aer_simulates_the_simulator(provider, options):
    backend = provider.get_backend("simulator", **options)
    simulator = AerSimulator.from_backend(backend)
    compiled = labelled_unitaries(transpile(ghz(), backend))
    counts = simulator.run(compiled, shots=1000, seed_simulator=3).result().get_counts()
    assert sum(counts.values()) == 1000
    assert hellinger_fidelity(counts, {"000": 500, "111": 500}) > 0.93


@pytest.mark.parametrize("name", ["qpu.aria-1", "qpu.forte-1"])
def test_aer_simulates_a_qpu_in_native_gates(provider, name):
    backend = provider.get_backend(name, **NATIVE)
    noise = NoiseModel.from_backend(backend)
    assert set(noise.noise_instructions) == {"gpi", "gpi2", backend.entangler, "measure", "reset"}
    simulator = AerSimulator.from_backend(backend, noise_model=noise)
    compiled = labelled_unitaries(transpile(ghz(), backend))
    counts = simulator.run(compiled, shots=4000, seed_simulator=3).result().get_counts()
    fidelity = hellinger_fidelity(counts, {"000": 2000, "111": 2000})
    assert 0.95 < fidelity < 0.999  # noisy, but not much


def test_aer_simulates_a_qpu_in_abstract_gates():
    """All gates that Qiskit may leave in a circuit for this target are known to Aer."""
    device = measured(characterization_of("qpu.forte-1"), 4)
    simulator = AerSimulator.from_backend(Machine(qis_target(device)))
    circuit = QuantumCircuit(4)
    for name, gate in get_standard_gate_name_mapping().items():
        if gate.num_qubits and name not in ("measure", "reset", "delay"):
            angles = [0.3 + place for place in range(len(gate.params))]
            circuit.append(gate.base_class(*angles), range(gate.num_qubits))
    circuit.measure_all()
    for level in range(4):
        compiled = transpile(circuit, simulator, optimization_level=level, seed_transpiler=1)
        assert sum(simulator.run(compiled, shots=20).result().get_counts().values()) == 20


def test_aer_simulates_native_gates_inside_control_flow_and_from_files():
    inner = QuantumCircuit(2)
    inner.append(MSGate(0.1, 0.2, 0.25), [0, 1])
    inner.append(GPIGate(0.1), [0])
    circuit = QuantumCircuit(2, 2)
    circuit.append(GPIGate(0.4), [0])
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.append(GPIGate(0.3), [1])
    circuit.measure(1, 1)
    assert AerSimulator().run(labelled_unitaries(circuit), shots=9).result().get_counts() == {"11": 9}
    file = io.BytesIO()
    qpy.dump(inner, file)
    file.seek(0)
    (loaded,) = qpy.load(file)
    for native in (inner, loaded):
        labelled = labelled_unitaries(native)
        assert [i.operation.label for i in labelled.data] == ["ms", "gpi"]
        assert np.allclose(Operator(labelled).data, Operator(inner).data)


def characterization_of(name):
    with IonQProvider.local() as provider:
        return provider.get_backend(name).calibration()


@pytest.mark.parametrize("entangler", ["ms", "zz"])
def test_aers_errors_have_the_published_fidelity(entangler):
    device = measured(characterization_of("qpu.forte-1"), 2)
    noise = NoiseModel.from_backend(Machine(native_target(device, entangler)))
    errors = noise._local_quantum_errors
    for name, places, published in (("gpi", (0,), 0.9998), (entangler, (1, 0), 0.993)):
        assert average_gate_fidelity(errors[name][places]) == pytest.approx(published, abs=1e-9)
    assert np.allclose(noise._local_readout_errors[(0,)].probabilities, [[0.995, 0.005], [0.005, 0.995]])


@levels
def test_aer_and_other_backends_run_native_circuits(level):
    """D25: equivalences in both directions."""
    circuit = QuantumCircuit(2)
    for gate, places in (
        (GPIGate(0.1), [0]),
        (GPI2Gate(0.37), [1]),
        (MSGate(0.1, 0.7, 0.2), [1, 0]),
        (ZZGate(0.15), [0, 1]),
    ):
        circuit.append(gate, places)
    for backend in (AerSimulator(), GenericBackendV2(2, seed=1)):
        compiled = transpile(circuit, backend, optimization_level=level, seed_transpiler=1)
        assert Operator.from_circuit(compiled).equiv(circuit)
    measured_ = circuit.measure_all(inplace=False)
    counts = AerSimulator().run(transpile(measured_, AerSimulator()), shots=100).result().get_counts()
    assert sum(counts.values()) == 100


@pytest.mark.parametrize("method", ["asap", "alap"])
@pytest.mark.parametrize("gateset", ["native", "qis"])
def test_schedules_and_durations(provider, gateset, method):
    backend = provider.get_backend("qpu.forte-1", gateset=gateset)
    compiled = transpile(ghz(2), backend, scheduling_method=method)
    seconds = compiled.estimate_duration(backend.target)
    assert 950e-6 + 300e-6 < seconds < 950e-6 + 300e-6 + 5 * 130e-6
    assert math.isclose(transpile(ghz(2), backend).estimate_duration(backend.target), seconds, abs_tol=1e-9)


def test_the_gate_map_is_drawn(provider, monkeypatch):
    """Up to the drawing itself, which is done by a program that need not be installed."""
    pytest.importorskip("matplotlib").use("Agg")
    image = pytest.importorskip("PIL.Image").new("RGB", (9, 9))
    drawn = []

    def draw(graph, **options):
        drawn.append(graph)
        return image

    monkeypatch.setattr("qiskit.visualization.gate_map.graphviz_draw", draw)
    monkeypatch.setattr("qiskit.utils.optionals.HAS_GRAPHVIZ._bool", True)
    plot_gate_map(provider.get_backend("qpu.aria-1"))
    assert (drawn[0].num_nodes(), drawn[0].num_edges()) == (25, 300)


def test_the_error_map_is_drawn(provider, monkeypatch):
    """Of a simulator made of the backend, for which the coupling map is no longer false."""
    pytest.importorskip("seaborn")
    pytest.importorskip("matplotlib").use("Agg")
    image = pytest.importorskip("PIL.Image").new("RGB", (9, 9))
    monkeypatch.setattr("qiskit.visualization.gate_map.graphviz_draw", lambda *_, **__: image)
    monkeypatch.setattr("qiskit.utils.optionals.HAS_GRAPHVIZ._bool", True)
    backend = provider.get_backend("qpu.aria-1")
    figure = plot_error_map(AerSimulator.from_backend(backend, noise_model=None))
    titles = {axes.get_title() for axes in figure.axes}
    assert any(title.startswith("CNOT error rate (%) [Avg. = ") for title in titles)


# --- D29 ---


@levels
@pytest.mark.parametrize("name", ["qpu.aria-1", "qpu.forte-1"])
def test_a_mirrored_native_circuit_stays_native_and_grows_no_gates(provider, name, level):
    backend = provider.get_backend(name, **NATIVE)
    entangler = MSGate(0.1, 0.2, 0.2) if backend.entangler == "ms" else ZZGate(0.2)
    half = QuantumCircuit(2)
    half.append(GPIGate(0.3), [0])
    half.append(GPI2Gate(0.8), [1])
    half.append(entangler, [0, 1])
    mirror = half.compose(half.inverse())
    assert set(mirror.count_ops()) == {"gpi", "gpi2", backend.entangler}
    assert transpile(mirror, backend, optimization_level=level).size() <= mirror.size() == 6
    job = backend.run(mirror.measure_all(inplace=False), shots=100)
    assert sum(job.get_counts().values()) == 100
