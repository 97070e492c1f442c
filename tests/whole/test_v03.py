"""The provider over API v0.3: the same code, the same results (F 11)."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter

import pytest
from faulty import AFTER, BEFORE, faulty, tokens
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.providers import JobStatus

from qiskit_ionq_lite import (
    IonQInputError,
    IonQJobError,
    IonQJobFailureError,
    IonQNotFoundError,
    IonQOptionError,
    IonQProvider,
    IonQRequestError,
    IonQUnconfirmedError,
)
from qiskit_ionq_lite.cloud.retries import RetryPolicy
from qiskit_ionq_lite.cloud.settings import Settings
from qiskit_ionq_lite.cloud.transport import Transport
from qiskit_ionq_lite.cloud.v03 import OlderClient

QUICK = RetryPolicy(tries=8, first_wait=0.01, longest_wait=0.1, deadline=20)


def older(url: str) -> str:
    return url.replace("/v0.4", "/v0.3")


@pytest.fixture
def provider(cloud):
    return IonQProvider(url=older(cloud.url), journal=False, environment={})


@pytest.fixture
def newer(cloud):
    return IonQProvider(url=cloud.url, journal=False, environment={})


@pytest.fixture
def client(cloud):
    return OlderClient(Transport(Settings(older(cloud.url), "key"), RetryPolicy(tries=1)))


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, name="Bell (1/2)", metadata={"place": 3})
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def flipped(*qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    for qubit in qubits:
        circuit.x(qubit)
    circuit.measure([2, 0, 1], [0, 1, 2])
    return circuit


def test_the_environment_says_which_version(cloud) -> None:
    provider = IonQProvider(environment={"IONQ_API_URL": older(cloud.url)}, journal=False)
    assert provider.get_backend("simulator").run(flipped(0)).get_counts() == {"01 0": 1024}


@pytest.mark.parametrize("options", [{}, {"memory": True}, {"noise_model": "forte-1", "shots": 500}])
@pytest.mark.parametrize("gateset", ["qis", "native"])
@pytest.mark.parametrize("batch", [False, True])
def test_the_same_results_as_over_the_newer_version(provider, newer, options, gateset, batch) -> None:
    run = [bell(), flipped(0), flipped(1, 2)] if batch else flipped(0, 2)
    results = [
        one.get_backend("simulator", gateset=gateset).run(run, seed_simulator=11, **options).result()
        for one in (provider, newer)
    ]
    first, second = results
    assert first.get_counts() == second.get_counts()
    assert first.get_probabilities() == second.get_probabilities()
    assert [one.header["name"] for one in first.results] == [one.header["name"] for one in second.results]
    assert [one.header["metadata"] for one in first.results] == [
        one.header["metadata"] for one in second.results
    ]
    if "memory" in options and not batch:
        assert first.get_memory() == second.get_memory()


@pytest.mark.parametrize("name", ["qpu.aria-1", "forte-1"])
@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_qpus(provider, name, gateset) -> None:
    backend = provider.get_backend(name, gateset=gateset)
    job = backend.run(bell(), shots=600, debiasing=gateset == "qis")
    counts = job.get_counts()
    assert sum(counts.values()) == 600
    assert counts.get("00", 0) + counts.get("11", 0) > 540
    assert all(job.timestamps.values())
    assert backend.calibration().fidelity.two_qubit.median > 0.9
    assert backend.target.num_qubits == backend.num_qubits
    assert backend.status().last_updated.endswith("Z")
    with pytest.raises(IonQJobError, match="no compiled circuit"):
        job.compiled_circuit()


def test_debiasing_is_asked_for(provider, api) -> None:
    job = provider.get_backend("qpu.aria-1").run(bell(), shots=600, debiasing=False)
    assert api.get(f"/jobs/{job.job_id()}")["settings"] == {"error_mitigation": {"debiasing": False}}


def test_a_job_is_fetched_by_either_version(provider, newer) -> None:
    ours = provider.get_backend("simulator").run(flipped(1), shots=20, metadata={"kept": "yes", "n": 3})
    theirs = newer.get_backend("simulator").run([flipped(1), bell()], shots=20, seed_simulator=3)
    assert newer.job(ours.job_id()).get_counts() == ours.get_counts() == {"10 0": 20}
    assert provider.job(theirs.job_id()).get_counts() == theirs.get_counts()
    assert provider.job(ours.job_id()).metadata == {"kept": "yes", "n": "3"}


def test_lists_have_filters(cloud_factory) -> None:
    cloud = cloud_factory(workers=1)
    provider = IonQProvider(url=older(cloud.url), journal=False, environment={})
    simulator, aria = provider.get_backend("simulator"), provider.get_backend("qpu.aria-1")
    jobs = [simulator.run(bell()) for _ in range(28)]
    other = aria.run(bell(), shots=50)
    provider.wait([*jobs, other])
    assert [job.job_id() for job in provider.jobs(None)] == [j.job_id() for j in [other, *reversed(jobs)]]
    assert [job.job_id() for job in provider.jobs(2, backend="aria-1")] == [other.job_id()]
    assert [job.job_id() for job in provider.jobs(1, backend="simulator")] == [jobs[-1].job_id()]
    assert len(provider.jobs(None, status=JobStatus.DONE)) == 29
    assert provider.jobs(status=JobStatus.RUNNING) == provider.jobs(status="running") == []
    with pytest.raises(IonQOptionError, match=r"no sessions: use an address that ends in /v0\.4"):
        provider.jobs(session="mine")


@pytest.mark.parametrize("version", ["provider", "newer"])
def test_a_running_job_is_canceled_and_deleted(request, version) -> None:
    provider = request.getfixturevalue(version)
    slow = QuantumCircuit(22)
    for _ in range(40):
        slow.h(range(22))
        slow.cx(range(21), range(1, 22))
    slow.measure_all()
    job = provider.get_backend("simulator", noise_model="aria-1").run(slow, shots=1000)
    while job.status() in (JobStatus.QUEUED, JobStatus.INITIALIZING):
        pass
    assert job.status() is JobStatus.RUNNING
    assert job.cancel()
    with pytest.raises(IonQJobFailureError, match="was canceled"):
        job.result()
    job.delete()
    job.delete()
    with pytest.raises(IonQNotFoundError):
        provider.job(job.job_id())


def test_a_failure_is_told_in_the_platform_s_words(provider, api) -> None:
    answer = api.session.post(
        older(api.cloud.url) + "/jobs", json={"input": {"qubits": 1, "circuit": [{"gate": "h", "target": 9}]}}
    )
    for _ in range(2):
        with pytest.raises(IonQJobFailureError, match=r"InvalidInput: .*9") as caught:
            provider.job(answer.json()["id"]).result()
        assert caught.value.code == "InvalidInput"


def test_a_refusal_is_told_too(client) -> None:
    with pytest.raises(IonQRequestError, match=r"Unknown target 'qpu.none'.*\(at target\)"):
        client.create_job(b'{"target": "qpu.none", "input": {"circuit": []}}')


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"session_id": "mine"}, "sessions"),
        ({"symmetry_verification": True}, "symmetry_verification"),
        ({"max_cost_usd": 5.0}, "estimates"),
        ({"job_settings": {"compilation": {"opt": 1}}}, "compilation"),
    ],
)
def test_what_the_older_version_lacks_is_refused_before_anything_is_sent(
    cloud, tmp_path, options, words
) -> None:
    provider = IonQProvider(url=older(cloud.url), journal=tmp_path / "journal.db", environment={})
    with pytest.raises(IonQOptionError, match=f"version 0.3 of the API has no {words}: use an address"):
        provider.get_backend("qpu.aria-1").run(bell(), **options)
    assert provider.submissions() == []


def test_measurements_on_the_way_are_refused_too(provider) -> None:
    circuit = QuantumCircuit(1, 2)
    circuit.measure(0, 0)
    circuit.x(0)
    circuit.measure(0, 1)
    with pytest.raises(IonQOptionError, match="no OpenQASM 3"):
        provider.get_backend("qpu.forte-1").run(circuit)


def test_sessions_are_refused(provider) -> None:
    with pytest.raises(IonQOptionError, match="no sessions"):
        provider.get_backend("qpu.aria-1").open_session()
    with pytest.raises(IonQOptionError, match="no sessions"):
        provider.session("mine")


def test_costs(provider, newer) -> None:
    job = provider.get_backend("qpu.forte-1").run(bell(), shots=100)
    job.result()
    assert job.cost() == newer.job(job.job_id()).cost()
    assert job.cost().value > 0
    free = provider.get_backend("simulator").run(bell())
    free.result()
    assert free.cost().value == 0


@pytest.mark.parametrize("batch", [False, True])
def test_variants_are_joined_as_one_asks(provider, newer, batch) -> None:
    run = [bell(), flipped(0)] if batch else bell()
    job = provider.get_backend("qpu.aria-1").run(run, shots=1000, debiasing=True)
    same = newer.job(job.job_id())
    for name in ("average", "voting"):
        assert job.result(aggregation=name).get_counts() == same.result(aggregation=name).get_counts()
    with pytest.raises(IonQInputError, match="has no aggregation 'dnl': it has average, voting"):
        job.result(aggregation="dnl")


def test_a_dry_run_has_no_result(provider) -> None:
    with pytest.raises(IonQJobError, match="dry run"):
        provider.get_backend("qpu.aria-1").run(bell(), dry_run=True).result()


BODY = {
    "type": "ionq.multi-circuit.v1",
    "backend": "qpu.aria-1",
    "shots": 600,
    "name": "Bell",
    "input": {"gateset": "qis", "qubits": 2, "circuits": [{"circuit": [{"gate": "h", "target": 0}]}]},
    "metadata": {"key": "é"},
    "settings": {"error_mitigation": {"debiasing": True}},
}


def test_what_is_sent_is_version_0_3(client) -> None:
    assert json.loads(client.encoded(json.dumps(BODY).encode())) == {
        "target": "qpu.aria-1",
        "shots": 600,
        "name": "Bell",
        "input": {"format": "ionq.circuit.v0"} | BODY["input"],
        "metadata": {"key": "é"},
        "error_mitigation": {"debias": True},
    }


def header(*names: str) -> str:
    """As qiskit-ionq writes it for circuits on three qubits and two bits."""
    entries = [
        {"n_qubits": 3, "memory_slots": 2, "name": name, "creg_sizes": [["a", 1], ["b", 1]]} for name in names
    ]
    text = json.dumps(entries if len(entries) > 1 else entries[0])
    return base64.b64encode(gzip.compress(text.encode())).decode()


def test_jobs_of_qiskit_ionq_keep_what_their_bits_read(provider, api) -> None:
    """Its last version for API v0.3 puts that into ``registers``, and not into its header."""
    flip = [{"gate": "x", "target": 2}]

    def counts(fields, *names):
        body = fields | {"metadata": {"qiskit_header": header(*names), "shots": "10"}}
        made = api.session.post(older(api.cloud.url) + "/jobs", json=body).json()["id"]
        return provider.job(made).result().get_counts()

    single = {"input": {"qubits": 3, "circuit": flip}}
    assert counts(single | {"registers": {"meas_mapped": [2, 0]}}, "one") == {"0 1": 10}
    assert counts(single | {"registers": {"meas_mapped": [None, 2]}}, "one") == {"1 0": 10}
    maps = [[2, 0], [0, 2], [1, 0]]
    batch = [{"circuit": flip, "qubits": 3, "registers": {"meas_mapped": one}} for one in maps]
    assert counts({"input": {"circuits": batch}}, "a", "b", "c") == [{"0 1": 10}, {"1 0": 10}, {"0 0": 10}]


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
def test_every_other_call_survives_every_fault_twice(cloud, fault) -> None:
    seen: Counter[str] = Counter()

    def plan(method: str, asked: str) -> str | None:
        seen[method + asked] += 1
        return fault if method != "POST" and seen[method + asked] <= 2 else None

    with faulty(older(cloud.url), plan) as url:
        provider = IonQProvider("key", url=url, journal=False, retry=QUICK)
        backend = provider.get_backend("qpu.aria-1")
        job = backend.run(flipped(0), shots=10)
        assert sum(job.get_counts().values()) == 10
        assert provider.job(job.job_id()).job_id() in [one.job_id() for one in provider.jobs(5)]
        assert backend.calibration() is not None
        assert backend.run(flipped(1)).cancel() in (True, False)
        job.delete()


def test_what_a_dead_network_left_open_is_recovered(cloud_factory, tmp_path) -> None:
    cloud = cloud_factory()
    down = [True]

    def plan(method: str, _path: str) -> str | None:
        return "cut after" if method == "POST" else "502 before" if down[0] else None

    patience = RetryPolicy(tries=2, first_wait=0.01)
    with faulty(older(cloud.url), plan) as url:
        provider = IonQProvider("key", url=url, journal=tmp_path / "journal.db", retry=patience)
        down[0] = False
        backend = provider.get_backend("simulator")
        down[0] = True
        with pytest.raises(IonQUnconfirmedError):
            backend.run(flipped(0), shots=10)
        provider.close()
        down[0] = False
        address = url.replace("/v0.3", "/v0.4")  # a submission is found over either version
        newer = IonQProvider("key", url=address, journal=tmp_path / "journal.db", retry=patience)
        recovery = newer.recover()
        assert [job.get_counts() for job in recovery.found] == [{"01 0": 10}]
        assert recovery.unsent == []


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
def test_every_fault_of_a_submission_makes_one_job(cloud_factory, api_of, tmp_path, fault) -> None:
    cloud = cloud_factory()
    left = [2]

    def plan(method: str, _path: str) -> str | None:
        if method == "POST" and left[0]:
            left[0] -= 1
            return fault
        return None

    with faulty(older(cloud.url), plan) as url:
        provider = IonQProvider("key", url=url, journal=tmp_path / "journal.db", retry=QUICK)
        job = provider.get_backend("simulator").run(flipped(0), shots=10)
        assert job.get_counts() == {"01 0": 10}
    (submission,) = provider.submissions()
    assert tokens(api_of(cloud)) == [submission.token]
    assert (submission.state, submission.job_id) == ("confirmed", job.job_id())
