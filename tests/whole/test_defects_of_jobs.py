"""Defects of counts, jobs and the network that users of other providers met, as laws that hold here.

D16 to D19, D25 and D29 are in ``test_defects.py``, D05 and D29 in ``test_target.py``, D20 in
``test_midway.py``, D03 and D04 in ``test_exactly_once.py``, D22 in ``test_trust.py``.
"""

from __future__ import annotations

import json
import logging
import math
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from faulty import faulty
from qiskit import QuantumCircuit, transpile
from qiskit.primitives import BackendSamplerV2
from qiskit.providers import JobStatus

from qiskit_ionq_lite import (
    IonQBackendNotFoundError,
    IonQCircuitError,
    IonQError,
    IonQJobFailureError,
    IonQOptionError,
    IonQProvider,
)

BACKENDS = [("simulator", {}), ("simulator", {"noise_model": "aria-1"}), ("forte-1", {})]
backends = pytest.mark.parametrize(("name", "options"), BACKENDS)
gatesets = pytest.mark.parametrize("gateset", ["qis", "native"])


@pytest.fixture(scope="module")
def provider(cloud):
    return IonQProvider("key", url=cloud.url)


def ladder(width: int, *flips: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    for qubit in flips:
        circuit.x(qubit)
    circuit.measure_all()
    return circuit


def uniform(width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    circuit.h(range(width))
    circuit.measure_all()
    return circuit


# --- D01: Qiskit's own sampler ---


@backends
@gatesets
def test_d01_backend_sampler(provider, name, options, gateset) -> None:
    backend = provider.get_backend(name, gateset=gateset, **options)
    circuits = [ladder(4, 0), ladder(4, 1, 3), ladder(2, 0)]
    result = BackendSamplerV2(backend=backend).run(transpile(circuits, backend), shots=60).result()
    likely = [max(counts, key=counts.get) for counts in (pub.data.meas.get_counts() for pub in result)]
    assert likely == ["0001", "1010", "01"]


# --- D06, D07: counts do not change ---


@backends
def test_d06_d07_every_call_gives_the_same_counts(provider, name, options) -> None:
    job = provider.get_backend(name).run(uniform(3), shots=200, memory=True, **options)
    first = job.get_counts()
    assert all(job.get_counts() == first for _ in range(3))
    assert provider.job(job.job_id()).get_counts() == first
    memory = job.get_memory()
    assert {key: memory.count(key) for key in set(memory)} == first


def test_d07_a_result_is_fetched_once(cloud) -> None:
    asked = []
    with faulty(cloud.url, lambda _method, path: asked.append(path)) as url:
        job = IonQProvider("key", url=url).get_backend("simulator").run(uniform(2))
        job.get_counts()
        before = len(asked)
        for _ in range(3):
            job.get_counts()
            job.get_probabilities()
            job.result()
    assert len(asked) == before


# --- D08, D09: probabilities are whole, counts add up ---


def test_d08_probabilities_are_whole(provider) -> None:
    found = provider.get_backend("simulator").run(uniform(6), shots=10).get_probabilities()
    assert len(found) == 64
    assert math.isclose(sum(found.values()), 1, abs_tol=1e-9)


@pytest.mark.parametrize("shots", [7, 100, 1000])
def test_d09_counts_sum_to_shots(provider, shots) -> None:
    for circuit in (uniform(10), uniform(3)):
        assert sum(provider.get_backend("aria-1").run(circuit, shots=shots).get_counts().values()) == shots
    if shots >= 500:  # mitigated probabilities are no multiples of 1/shots
        job = provider.get_backend("aria-1").run(uniform(3), shots=shots, debiasing=True)
        assert sum(job.get_counts().values()) == shots


# --- D10: the contract of a failed job ---


def test_d10_a_failed_job(provider, api_of, cloud) -> None:
    body = {"gateset": "qis", "qubits": 40, "circuit": [{"gate": "h", "target": 39}]}
    job_id = api_of(cloud).submit(type="ionq.circuit.v1", backend="simulator", input=body)
    job = provider.job(job_id)
    messages = set()
    for _ in range(2):
        with pytest.raises(IonQJobFailureError) as failure:
            job.result(timeout=60)
        messages.add(str(failure.value))
        assert job.status() is JobStatus.ERROR
        assert job.done() is False
    assert len(messages) == 1
    assert job.error_message() in messages.pop()


# --- D11: a retrieved job ---


@backends
def test_d11_a_retrieved_job_keeps_shots_and_memory(cloud, provider, name, options) -> None:
    job = provider.get_backend(name).run([uniform(2), uniform(3)], shots=137, memory=True, **options)
    found = IonQProvider("key", url=cloud.url).job(job.job_id())
    for position in (0, 1):
        assert found.get_memory(position) == job.get_memory(position)
        assert len(found.get_memory(position)) == 137
    assert found.get_counts() == job.get_counts()


def test_d11_shots_of_the_server_are_believed(provider, api_of, cloud) -> None:
    body = {"gateset": "qis", "qubits": 1, "circuit": [{"gate": "h", "target": 0}]}
    job_id = api_of(cloud).submit(type="ionq.circuit.v1", backend="qpu.forte-1", shots=500, input=body)
    assert sum(provider.job(job_id).get_counts().values()) == 500


# --- D12: registers ---


def test_d12_probabilities_have_the_registers_of_counts(provider) -> None:
    from qiskit.circuit import ClassicalRegister, QuantumRegister

    circuit = QuantumCircuit(QuantumRegister(2), ClassicalRegister(1, "a"), ClassicalRegister(1, "b"))
    circuit.x(0)
    circuit.measure([0, 1], [0, 1])
    other = ladder(1, 0)
    job = provider.get_backend("simulator").run([circuit, other])
    assert job.get_probabilities(0) == pytest.approx({"0 1": 1.0})
    assert job.get_probabilities(1) == pytest.approx({"1": 1.0})
    assert set(job.get_counts(0)) == {"0 1"}


# --- D13: types, and bad input ---


@pytest.mark.parametrize("shots", [-5, 0, 10**9, "abc", 2.5, True, None, math.nan])
def test_d13_bad_shots_are_refused(provider, shots) -> None:
    with pytest.raises(IonQOptionError, match="shots"):
        provider.get_backend("simulator").run(ladder(1), shots=shots)


def test_d13_numpy_is_plain_on_the_wire(cloud, provider, api_of) -> None:
    metadata = {"number": np.float64(0.5), "array": np.arange(3), "text": "x"}
    job = provider.get_backend("simulator").run(ladder(1), shots=np.int64(100), metadata=metadata)
    sent = api_of(cloud).get(f"/jobs/{job.job_id()}")["metadata"]
    assert {key: sent[key] for key in metadata} == {"number": "0.5", "array": "[0,1,2]", "text": "x"}
    circuit = ladder(1)
    circuit.metadata = {"angle": np.float32(0.25), "list": [np.int8(3)]}
    result = provider.get_backend("simulator").run(circuit).result()
    assert result.results[0].header["metadata"] == {"angle": 0.25, "list": [3]}


@pytest.mark.parametrize(
    ("circuits", "options", "words"),
    [
        ([], {}, "empty"),
        (uniform(60), {"shots": 10}, "qubits"),
        (ladder(1), {"shot": 5}, "shots"),
        (ladder(1), {"metadata": {"z": 1j}}, "JSON"),
        ("ghz", {}, "QuantumCircuit"),
    ],
)
def test_d13_bad_input_is_refused_before_anything_is_sent(cloud, api_of, circuits, options, words) -> None:
    posted = []
    with faulty(cloud.url, lambda method, _path: posted.append(method)) as url:
        backend = IonQProvider("key", url=url).get_backend("simulator")
        with pytest.raises((IonQOptionError, IonQCircuitError), match=words):
            backend.run(circuits, **options)
    assert "POST" not in posted


# --- D14, D15, D23: addresses, keys, names ---


def test_d14_the_address_that_is_given_is_asked(cloud_factory, cloud, monkeypatch) -> None:
    monkeypatch.setenv("IONQ_API_URL", "http://127.0.0.1:9/v0.4")
    asked = []
    with faulty(cloud.url, lambda _method, path: asked.append(path)) as url:
        backend = IonQProvider("key", url=url).get_backend("simulator")
        assert backend.num_qubits == 29
        transpile(uniform(12), backend)
    assert any(path.endswith("/backends") for path in asked)


def test_d15_a_dotenv_file_beside_the_work_is_found_and_the_environment_wins(cloud, tmp_path) -> None:
    """In a process of its own, wherever the package is installed."""
    (tmp_path / ".env").write_text(f"IONQ_API_KEY=from-file\nIONQ_API_URL={cloud.url}\n")
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            from qiskit_ionq_lite import IonQProvider
            provider = IonQProvider()
            print(provider.token, provider.url, len(provider.backends()) > 2)
            """
        )
    )
    bare = {k: v for k, v in os.environ.items() if "IONQ" not in k} | {"XDG_CONFIG_HOME": str(tmp_path)}

    def said(**more: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, str(script)],
            cwd=tmp_path,
            env=bare | more,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    assert said() == ["from-file", cloud.url, "True"]
    assert said(IONQ_API_KEY="from-environment")[0] == "from-environment"


@pytest.mark.parametrize("name", ["qpu.forte-99", "simulatorXYZ", "qpuwhatever"])
def test_d23_unknown_names_are_refused(provider, name) -> None:
    with pytest.raises(IonQBackendNotFoundError, match=r"[Kk]nown: qpu"):
        provider.get_backend(name)


def test_d23_names_and_filters(provider) -> None:
    assert provider.get_backend("aria-1").name == provider.get_backend("ionq_qpu.aria-1").name == "qpu.aria-1"
    names = {backend.name for backend in provider.backends()}
    assert {"simulator", "qpu.aria-1", "qpu.forte-1"} <= names
    assert [b.name for b in provider.backends(simulator=True)] == ["simulator"]
    assert all(b.num_qubits >= 30 for b in provider.backends(min_num_qubits=30))
    target = provider.get_backend("aria-1").target
    assert any(p and p.error and p.duration for p in target["measure"].values())


# --- D24: few requests, over one connection ---


def test_d24_a_short_job_takes_few_requests_over_one_connection(cloud, caplog) -> None:
    caplog.set_level(logging.DEBUG, "urllib3")
    asked = []
    with faulty(cloud.url, lambda method, path: asked.append((method, path))) as url:
        backend = IonQProvider("key", url=url).get_backend("simulator")
        asked.clear()
        backend.run(uniform(2)).result()
    assert len(asked) <= 2 + 5  # the job, its result, and polls that grow rarer
    assert caplog.text.count("Starting new HTTP connection") == 1


def test_d24_a_batch_is_read_in_one_request(cloud) -> None:
    asked = []
    with faulty(cloud.url, lambda method, path: asked.append((method, path))) as url:
        job = IonQProvider("key", url=url).get_backend("simulator").run([uniform(2)] * 50, memory=True)
        job.result()
        artifacts = [path for _, path in asked if "artifacts" in path or "results" in path]
        assert len(artifacts) == 1
        before = len(asked)
        for position in range(50):
            job.get_memory(position)
        assert len(asked) == before


# --- D26: headers ---


def test_d26_a_thousand_circuits_and_their_metadata_fit(cloud, provider) -> None:
    circuits = []
    for number in range(1_000):
        circuit = ladder(1, *([0] if number % 2 else []))
        circuit.name = f"circuit {number}"
        circuit.metadata = {"angles": [number / 7 + k for k in range(29)]} if number < 100 else {}
        circuits.append(circuit)
    job = provider.get_backend("simulator").run(circuits, shots=1)
    result = IonQProvider("key", url=cloud.url).job(job.job_id()).result()
    assert [entry.header["name"] for entry in result.results] == [circuit.name for circuit in circuits]
    assert result.results[99].header["metadata"] == circuits[99].metadata
    document = provider._client.job(job.job_id())
    assert len(document.metadata) <= 10
    assert all(len(value) <= 40_000 for value in document.metadata.values())


# --- D27: odds and ends ---


def test_d27_results_are_json_and_in_order(provider) -> None:
    job = provider.get_backend("forte-1").run([ladder(2, 0), ladder(2, 1), ladder(2)], shots=20)
    found = job.result()
    assert [max(counts, key=counts.get) for counts in found.get_counts()] == ["01", "10", "00"]
    json.dumps(found.to_dict(), allow_nan=False, default=str)


def test_d27_a_refused_key_is_an_error_of_ours(cloud_factory) -> None:
    with cloud_factory(api_key="right") as own, pytest.raises(IonQError, match="401"):
        IonQProvider("wrong", url=own.url).jobs()


def test_d27_backends_are_built_without_warnings(cloud, recwarn) -> None:
    provider = IonQProvider("key", url=cloud.url)
    provider.get_backend("simulator")
    provider.get_backend("forte-1", gateset="native")
    assert not recwarn.list


def test_d27_nothing_measured_is_all_measured_with_a_warning(provider) -> None:
    circuit = QuantumCircuit(2)
    circuit.x(1)
    with pytest.warns(UserWarning, match="measures nothing"):
        assert provider.get_backend("simulator").run(circuit, shots=5).get_counts() == {"10": 5}
