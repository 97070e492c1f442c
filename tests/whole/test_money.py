"""Prices before and after: ``estimate``, ``max_cost_usd`` and ``cost``, on the local cloud's rate card."""

from __future__ import annotations

import pickle

import pytest
from qiskit import QuantumCircuit, transpile

from qiskit_ionq_lite import (
    Cost,
    IonQCostError,
    IonQInputError,
    IonQOptionError,
    IonQProvider,
    IonQRequestError,
)
from qiskit_ionq_lite.cloud import documents
from qiskit_ionq_lite.emulator.faults import Fault
from qiskit_ionq_lite.money import Estimate, check_cost

ONE, TWO, MINIMUM, MITIGATED = 0.0001645, 0.001121, 25.7899, 168.195  # qpu.forte-1, in US dollars


@pytest.fixture(scope="module")
def provider(cloud):
    with IonQProvider(cloud.token, url=cloud.url, journal=False, environment={}) as made:
        yield made


@pytest.fixture
def forte(provider):
    return provider.get_backend("qpu.forte-1")


def ladder(qubits: int, layers: int) -> QuantumCircuit:
    circuit = QuantumCircuit(qubits)
    for _ in range(layers):
        circuit.h(range(qubits))
        for qubit in range(qubits - 1):
            circuit.cx(qubit, qubit + 1)
    circuit.measure_all()
    return circuit


def jobs_of(provider) -> set[str]:
    return {job.job_id() for job in provider.jobs(25)}


def test_an_estimate_is_the_rate_times_gates_and_shots(forte) -> None:
    found = forte.estimate(ladder(4, 10), shots=10_000)
    assert (found.one_qubit_gates, found.two_qubit_gates, found.shots) == (40, 30, 10_000)
    assert found.cost == pytest.approx(10_000 * (40 * ONE + 30 * TWO))
    assert (found.unit, found.error_mitigation, found.jobs) == ("usd", True, 1)
    assert found.execution_ms > 10_000 * 30 * 950e-6 * 1000


@pytest.mark.parametrize(
    ("options", "minimum"),
    [
        ({"shots": 499}, MINIMUM),
        ({"shots": 500}, MITIGATED),
        ({"shots": 500, "debiasing": False}, MINIMUM),
        ({"shots": 500, "job_settings": {"error_mitigation": {"debiasing": False}}}, MINIMUM),
    ],
)
def test_an_estimate_knows_which_jobs_are_debiased(forte, options, minimum) -> None:
    assert forte.estimate(ladder(2, 1), **options).cost == pytest.approx(minimum)


def test_what_is_native_is_debiased_on_demand_only(provider) -> None:
    native = provider.get_backend("qpu.forte-1", gateset="native")
    found = native.estimate(ladder(2, 1), shots=1000)
    assert (found.error_mitigation, found.two_qubit_gates) == (False, 1)
    assert native.estimate(ladder(2, 1), shots=1000, debiasing=True).error_mitigation


@pytest.mark.parametrize("gateset", ["qis", "native"])
@pytest.mark.parametrize("options", [{"shots": 100}, {"shots": 600}, {"shots": 600, "debiasing": False}])
def test_a_job_costs_what_was_estimated(provider, gateset, options) -> None:
    backend = provider.get_backend("qpu.forte-1", gateset=gateset)
    circuit = QuantumCircuit(4)
    circuit.h(0)
    circuit.ccx(0, 1, 2)
    circuit.mcx([0, 1, 2], 3)
    circuit.measure_all()
    many = [circuit, ladder(4, 80)]
    for circuits in (circuit, many):
        said = backend.estimate(circuits, **options)
        job = backend.run(circuits, **options)
        job.wait_for_final_state()
        assert job.cost().value == pytest.approx(said.cost)
        assert job.cost().estimated == pytest.approx(said.cost)
        assert (job.cost().unit, job.cost().dry_run) == ("usd", False)


def test_circuits_that_measure_on_the_way_have_a_price_and_a_minimum_each(forte) -> None:
    program = QuantumCircuit(2, 2)
    program.h(0)
    program.measure(0, 0)
    program.reset(0)
    program.cx(0, 1)
    program.measure(1, 1)
    assert forte.estimate(program, shots=10).cost == pytest.approx(MINIMUM)
    three = forte.estimate([program, ladder(2, 1), program], shots=10)
    assert (three.jobs, three.cost) == (3, pytest.approx(3 * MINIMUM))
    assert (three.one_qubit_gates, three.two_qubit_gates) == (4, 3)
    job = forte.run([program, ladder(2, 1), program], shots=10)
    job.wait_for_final_state()
    assert job.cost().value == pytest.approx(three.cost)


def test_what_is_too_expensive_is_not_submitted(provider, forte) -> None:
    before = jobs_of(provider)
    with pytest.raises(IonQCostError, match=r"would cost 25\.79 usd, and max_cost_usd is 25\.00") as caught:
        forte.run(ladder(2, 1), shots=10, max_cost_usd=25)
    assert (caught.value.cost, caught.value.limit) == (pytest.approx(MINIMUM), 25)
    assert pickle.loads(pickle.dumps(caught.value)).cost == caught.value.cost
    assert jobs_of(provider) == before
    assert forte.run(ladder(2, 1), shots=10, max_cost_usd=25.79).get_counts()
    careful = provider.get_backend("qpu.forte-1", max_cost_usd=1)
    with pytest.raises(IonQCostError):
        careful.run(ladder(2, 1), shots=10)
    assert careful.run(ladder(2, 1), shots=10, dry_run=True).cost().dry_run  # costs nothing


def test_no_estimate_no_job(cloud_factory, api_of) -> None:
    cloud = cloud_factory(faults=[Fault("status", path="/jobs/estimate", status=400)])
    with IonQProvider(cloud.token, url=cloud.url, journal=False, environment={}) as provider:
        backend = provider.get_backend("simulator")
        with pytest.raises(IonQRequestError, match="/jobs/estimate"):
            backend.run(ladder(2, 1), max_cost_usd=1000)
    assert api_of(cloud).get("/jobs")["jobs"] == []


def test_the_simulator_is_free(provider) -> None:
    simulator = provider.get_backend("simulator")
    assert simulator.estimate(ladder(3, 3), shots=10**6).cost == 0
    job = simulator.run(ladder(2, 1), max_cost_usd=0)
    assert job.get_counts()
    assert job.cost() == Cost(0.0, 0.0, None, False)


def test_cost_until_the_end_is_an_estimate(cloud_factory) -> None:
    cloud = cloud_factory(queue_seconds=600)
    with IonQProvider(cloud.token, url=cloud.url, journal=False, environment={}) as provider:
        job = provider.get_backend("qpu.forte-1").run(ladder(2, 1), shots=10)
        assert job.cost() == Cost(None, MINIMUM, "usd", False)
        job.cancel()
        assert job.cost() == Cost(0.0, MINIMUM, "usd", False)


def test_a_dry_run_costs_nothing_and_says_what_the_job_would(forte) -> None:
    job = forte.run(ladder(2, 1), shots=10, dry_run=True)
    job.wait_for_final_state()
    assert job.cost() == Cost(0.0, MINIMUM, "usd", True)


@pytest.mark.parametrize("limit", [-1, float("nan"), float("inf"), "10", True])
def test_a_limit_that_is_none(forte, limit) -> None:
    with pytest.raises(IonQOptionError, match="max_cost_usd must be a number of US dollars"):
        forte.run(ladder(2, 1), max_cost_usd=limit)


def test_an_estimate_refuses_what_run_refuses(forte) -> None:
    for options in ({"shots": 0}, {"noise_model": "aria-1"}, {"shotz": 10}):
        with pytest.raises(IonQInputError):
            forte.estimate(ladder(2, 1), **options)
    with pytest.raises(IonQInputError, match="uses 40 qubits"):
        forte.estimate(ladder(40, 1))


def test_credits_are_no_dollars() -> None:
    found = Estimate(1.0, "credit", None, None, 1, 0, 0, False)
    with pytest.raises(IonQCostError, match="'credit'"):
        check_cost(found, 100.0)
    paid = documents.Cost(cost=documents.Money(3.0, "credit"))
    assert Cost.of(paid) == Cost(3.0, None, "credit", False)


def test_version_0_3_has_costs_and_no_estimates(cloud) -> None:
    url = cloud.url.replace("/v0.4", "/v0.3")
    with IonQProvider(cloud.token, url=url, journal=False, environment={}) as provider:
        backend = provider.get_backend("qpu.forte-1")
        with pytest.raises(IonQOptionError, match=r"version 0\.3"):
            backend.run(ladder(2, 1), shots=10, max_cost_usd=100)
        job = backend.run(ladder(2, 1), shots=10)
        job.wait_for_final_state()
        assert job.cost().value == pytest.approx(MINIMUM)
        with pytest.raises(IonQOptionError, match="sessions"):
            backend.open_session()


def test_an_estimate_of_a_transpiled_circuit_counts_its_gates(provider) -> None:
    native = provider.get_backend("qpu.forte-1", gateset="native")
    circuit = transpile(ladder(3, 2), native)
    counts = circuit.count_ops()
    found = native.estimate(circuit, shots=10)
    assert (found.one_qubit_gates, found.two_qubit_gates) == (
        counts.get("gpi", 0) + counts.get("gpi2", 0),
        counts["zz"],
    )
