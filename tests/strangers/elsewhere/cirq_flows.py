"""Cirq's provider for IonQ, in its own documented ways."""

from __future__ import annotations

import os
import time

import cirq
import cirq_ionq
import numpy as np
import pytest
import sympy

SLEEP = time.sleep
A, B, C = cirq.LineQubit.range(3)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """It asks for its jobs once a second."""
    monkeypatch.setattr(time, "sleep", lambda seconds: SLEEP(min(seconds, 0.005)))


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("IONQ_REMOTE_HOST", os.environ["LOCAL_CLOUD"])
    return cirq_ionq.Service(default_target="simulator", max_retry_seconds=5)


def bell(key="m"):
    return cirq.Circuit(cirq.H(A), cirq.CNOT(A, B), cirq.measure(A, B, key=key))


def flips(*qubits, width=3):
    return cirq.Circuit(
        [cirq.X(cirq.LineQubit(q)) for q in qubits], cirq.measure(*cirq.LineQubit.range(width), key="m")
    )


def test_run(service):
    result = service.run(bell(), repetitions=200, name="a Bell pair", seed=5)
    assert set(result.histogram(key="m")) == {0, 3}
    assert result.repetitions == 200


def test_bit_order_and_keys(service):
    assert service.run(flips(0), repetitions=5).histogram(key="m") == {0b100: 5}
    circuit = cirq.Circuit(cirq.X(C), cirq.measure(C, A, key="first"), cirq.measure(B, key="second"))
    result = service.run(circuit, repetitions=5)
    assert result.histogram(key="first") == {0b10: 5}
    assert result.histogram(key="second") == {0: 5}


def test_the_gates_it_sends_mean_what_it_means(service):
    phasor = cirq.PauliStringPhasorGate(cirq.DensePauliString("XYZ"), exponent_neg=0.37, exponent_pos=0.0)
    gates = cirq.Circuit(
        cirq.H.on_each(A, B, C),
        cirq.X(A) ** 0.3,
        cirq.Y(B) ** 0.7,
        cirq.Z(C) ** 0.2,
        cirq.X(B) ** -0.5,
        cirq.S(A),
        cirq.T(B) ** -1,
        cirq.XX(A, B) ** 0.4,
        cirq.YY(B, C) ** 0.3,
        cirq.ZZ(A, C) ** 0.6,
        phasor(A, B, C),
        cirq.SWAP(A, B),
        cirq.CNOT(C, A),
        cirq.H.on_each(A, B, C),
    )
    found = service.create_job(gates + cirq.measure(A, B, C, key="m")).results().probabilities()
    expected = np.abs(cirq.Simulator(dtype=np.complex128).simulate(gates).final_state_vector) ** 2
    assert [found.get(state, 0) for state in range(8)] == pytest.approx(expected.tolist(), abs=1e-9)


def test_a_parameter_and_a_sweep(service):
    angle = sympy.Symbol("angle")
    circuit = cirq.Circuit(cirq.X(A) ** angle, cirq.measure(A, key="m"))
    assert service.run(circuit, 5, param_resolver={"angle": 1}).histogram(key="m") == {1: 5}
    sampler = service.sampler(seed=1)
    results = sampler.run_sweep(circuit, cirq.Linspace("angle", 0, 1, 2), repetitions=7)
    assert [dict(result.histogram(key="m")) for result in results] == [{0: 7}, {1: 7}]
    assert sampler.sample(circuit, params={"angle": 1}, repetitions=3)["m"].tolist() == [1, 1, 1]


def test_a_batch(service):
    results = service.run_batch([flips(0), flips(1, width=2), flips(0, 2)], repetitions=4)
    assert [dict(result.histogram(key="m")) for result in results] == [{0b100: 4}, {0b01: 4}, {0b101: 4}]


def test_a_batch_fetched_by_another_client(service):
    job = service.create_batch_job([flips(0), flips(1)], repetitions=4)
    other = cirq_ionq.Service(remote_host=service.remote_host)
    results = other.get_job(job.job_id()).results()
    assert [result.probabilities() for result in results] == [{0b100: 1.0}, {0b010: 1.0}]


def test_noise(service):
    noise = {"model": "aria-1", "seed": 7}
    first, second = (service.run(bell(), 300, noise=noise, seed=3).histogram(key="m") for _ in range(2))
    assert first == second
    assert first[0] + first[3] > 250


@pytest.mark.parametrize("target", ["qpu.aria-1", "qpu.forte-1"])
def test_qpus(service, target):
    result = service.run(
        bell(), 1000, target=target, error_mitigation={"debiasing": True}, sharpen=False,
        compilation={"opt": 0, "precision": "1E-3"}, metadata={"mine": "yes"},
    )  # fmt: skip
    counts = result.histogram(key="m")
    assert sum(counts.values()) == 1000
    assert counts[0] + counts[3] > 900


@pytest.mark.parametrize("sharpen", [None, True])
def test_sharpening(service, sharpen):
    job = service.create_job(bell(), 1000, target="qpu.aria-1", error_mitigation={"debiasing": True})
    counts = job.results(sharpen=sharpen).counts(key="m")
    assert sum(counts.values()) == 1000


@pytest.mark.parametrize(
    ("target", "circuit"),
    [
        ("qpu.aria-1", cirq.Circuit(cirq_ionq.MSGate(phi0=0.1, phi1=0.2, theta=0.25)(A, B))),
        ("qpu.forte-1", cirq.Circuit(cirq_ionq.GPI2Gate(phi=0.5)(A), cirq_ionq.ZZGate(theta=0.25)(A, B))),
        ("simulator", cirq.Circuit(cirq_ionq.GPIGate(phi=0.5)(A), cirq_ionq.ZZGate(theta=0.1)(A, B))),
    ],
)
def test_native_gates(service, target, circuit):
    expected = np.abs(cirq.Simulator().simulate(circuit).final_state_vector) ** 2
    job = service.create_job(circuit + cirq.measure(A, B, key="m"), 1000, target=target)
    result = job.results()
    found = (
        {state: count / 1000 for state, count in result.counts().items()}
        if target.startswith("qpu")
        else result.probabilities()
    )
    assert [found.get(state, 0) for state in range(4)] == pytest.approx(expected.tolist(), abs=0.08)


def test_its_compiler_for_native_gates(service):
    gateset = cirq_ionq.AriaNativeGateset()
    native = cirq.optimize_for_target_gateset(cirq.Circuit(cirq.H(A), cirq.CNOT(A, B)), gateset=gateset)
    counts = (
        service.create_job(native + cirq.measure(A, B, key="m"), 500, target="qpu.aria-1").results().counts()
    )
    assert counts[0] + counts[3] > 450


def test_retrieval_names_and_status(service):
    made = service.create_job(bell(), repetitions=50, name="kept")
    job = service.get_job(made.job_id())
    job.results()
    assert (job.status(), job.name(), job.num_qubits(), job.repetitions()) == ("completed", "kept", 2, 50)
    assert job.target() == "simulator"


def test_lists_end(service):
    ids = [service.create_job(flips(0), 1).job_id() for _ in range(3)]
    assert [job.job_id() for job in service.list_jobs(limit=2)] == ids[:0:-1]
    every = [job.job_id() for job in service.list_jobs(limit=10_000)]
    assert len(every) == len(set(every)) >= 3
    for _ in service.create_batch_job([flips(0)] * 30, 1).results():
        pass
    assert all(job.status() == "canceled" for job in service.list_jobs(status="canceled", limit=10_000))


def test_cancel_and_delete(service):
    job = service.create_job(bell())
    job.cancel()
    assert job.status() == "canceled"
    job.delete()
    with pytest.raises(cirq_ionq.IonQNotFoundException):
        service.get_job(job.job_id())


def test_a_failure_reads_as_such(service):
    job = service.create_job(flips(0, width=26), target="qpu.aria-1")
    with pytest.raises(RuntimeError, match="Too many qubits"):
        job.results()


def test_a_refusal_reads_as_such(service):
    with pytest.raises(cirq_ionq.IonQException, match="Unknown backend"):
        service.create_job(bell(), target="qpu.none")


def test_calibrations_are_where_the_platform_no_longer_has_them(service):
    with pytest.raises(cirq_ionq.IonQNotFoundException):
        service.get_current_calibration()


def test_dry_run(service):
    job = service.create_job(bell(), target="qpu.forte-1", dry_run=True)
    for _ in range(1000):
        if job.status() == "completed":
            break
        SLEEP(0.005)
    assert job.status() == "completed"


def test_a_bad_minute(service):
    """What the local cloud does on purpose is what it retries."""
    import requests

    root = os.environ["LOCAL_CLOUD"].rpartition("/")[0]
    key = {"Authorization": f"apiKey {os.environ['IONQ_API_KEY']}"}
    faults = [{"kind": "status", "status": 503, "path": "/jobs*", "method": "GET", "times": 2}]
    assert requests.put(f"{root}/admin/faults", json={"faults": faults}, headers=key).ok
    try:
        assert service.run(flips(0), repetitions=5).histogram(key="m") == {0b100: 5}
    finally:
        requests.delete(f"{root}/admin/faults", headers=key)
