"""What jobs cost: estimate before, reservation while they wait, charge afterwards (F 7.6)."""

from __future__ import annotations

import pytest

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
TOFFOLI = [{"gate": "x", "target": 2, "controls": [0, 1]}]
RATES = {  # one-qubit gate, two-qubit gate, minimum, minimum with error mitigation, in US dollars
    "qpu.aria-1": (0.000220, 0.000975, 12.4166, 97.50),
    "qpu.forte-1": (0.0001645, 0.001121, 25.7899, 168.195),
}


def body(circuit=BELL, backend="qpu.forte-1", shots=100, **fields):
    inner = {"gateset": "qis", "circuit": circuit}
    return {"type": "ionq.circuit.v1", "backend": backend, "input": inner, "shots": shots, **fields}


def estimate(api, openapi, **query):
    found = api.get("/jobs/estimate", **query)
    openapi.answer(found, "GET", "/jobs/estimate")
    return found


@pytest.mark.parametrize("backend", RATES)
@pytest.mark.parametrize("mitigated", ["true", "false"])
def test_an_estimate_is_linear_above_a_minimum(api, openapi, backend, mitigated) -> None:
    one, two, *minima = RATES[backend]
    minimum = minima[mitigated == "true"]
    asked = {"backend": backend, "error_mitigation": mitigated}
    for shots, n1, n2 in [(1, 0, 0), (1000, 7, 3), (10_000, 200, 100), (1_000_000, 1, 0)]:
        found = estimate(api, openapi, shots=shots, **{"1q_gates": n1, "2q_gates": n2}, **asked)
        assert found["estimated_unit"] == "usd"
        assert found["estimated_total_cost"] == pytest.approx(max(minimum, shots * (n1 * one + n2 * two)))
        assert found["estimate_context"]["shots"] == shots
        (rate,) = found["rate_card"]["rates"]
        assert (rate["cost_1q_gate"], rate["cost_2q_gate"], rate["job_cost_minimum"]) == (one, two, minimum)


def test_an_estimate_has_the_platforms_defaults(api, openapi) -> None:
    found = estimate(api, openapi, backend="qpu.forte-1")
    context = found["estimate_context"]
    assert context.pop("organization")
    assert context.pop("project") == api.get("/whoami")["project_id"]
    assert context == {
        "backend": "qpu.forte-1",
        "type": "ionq.circuit.v1",
        "qubits": 25,
        "shots": 1000,
        "1q_gates": 0,
        "2q_gates": 0,
        "error_mitigation": False,
    }


def test_the_simulator_is_free(api, openapi) -> None:
    found = estimate(api, openapi, backend="simulator", **{"2q_gates": 10**6})
    assert (found["estimated_total_cost"], found["rate_card"]["rates"]) == (0, [])
    job = api.run(**body(backend="simulator"))
    cost = api.get(f"/jobs/{job['id']}/cost")
    openapi.answer(cost, "GET", "/jobs/{UUID}/cost")
    assert cost == {"dry_run": False}
    assert "cost_model" not in job


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ({}, "backend"),
        ({"backend": "qpu.forte"}, "backend"),
        ({"backend": "simulator", "shots": 0}, "shots"),
        ({"backend": "simulator", "shots": 1_000_001}, "shots"),
        ({"backend": "simulator", "1q_gates": -1}, "1q_gates"),
        ({"backend": "simulator", "2q_gates": "many"}, "2q_gates"),
        ({"backend": "simulator", "qubits": 0}, "qubits"),
        ({"backend": "simulator", "error_mitigation": "maybe"}, "error_mitigation"),
    ],
)
def test_a_bad_question_names_its_key(api, openapi, query, key) -> None:
    answer = api("GET", "/jobs/estimate", params=query)
    assert answer.status_code == 400
    openapi.validate(answer.json(), "BadRequestError")
    assert answer.json()["validation"] == {"keys": [key], "source": "query"}


@pytest.mark.parametrize(
    ("fields", "query"),
    [
        ({}, {"shots": 100, "1q_gates": 1, "2q_gates": 1}),
        ({"circuit": TOFFOLI * 100}, {"shots": 100, "1q_gates": 0, "2q_gates": 600}),
        ({"shots": 500}, {"shots": 500, "1q_gates": 1, "2q_gates": 1, "error_mitigation": "true"}),
        (
            {"shots": 500, "settings": {"error_mitigation": {"debiasing": False}}},
            {"shots": 500, "1q_gates": 1, "2q_gates": 1},
        ),
        ({"circuit": BELL * 300}, {"shots": 100, "1q_gates": 300, "2q_gates": 300}),
    ],
)
def test_a_job_costs_what_its_estimate_said(api, openapi, fields, query) -> None:
    said = estimate(api, openapi, backend="qpu.forte-1", **query)["estimated_total_cost"]
    job_id = api.submit(**body(**fields))
    expected = {"value": pytest.approx(said), "unit": "usd"}
    assert api.get(f"/jobs/{job_id}/cost")["estimated_cost"] == expected
    job = api.wait(job_id)
    assert job["cost_model"] == "2QGE_operations"
    cost = api.get(f"/jobs/{job_id}/cost")
    openapi.answer(cost, "GET", "/jobs/{UUID}/cost")
    assert cost == {"dry_run": False, "estimated_cost": expected, "cost": expected}


def test_a_dry_run_has_an_estimate_and_no_cost(api) -> None:
    job = api.run(**body(dry_run=True))
    assert api.get(f"/jobs/{job['id']}/cost") == {
        "dry_run": True,
        "estimated_cost": {"value": 25.7899, "unit": "usd"},
    }
    assert job["predicted_execution_duration_ms"] > 0


def test_what_did_not_run_costs_nothing(cloud_factory, api_of) -> None:
    api = api_of(cloud_factory(queue_seconds=600))
    job_id = api.submit(**body())
    assert set(api.get(f"/jobs/{job_id}/cost")) == {"dry_run", "estimated_cost"}
    api("PUT", f"/jobs/{job_id}/status/cancel")
    assert api.get(f"/jobs/{job_id}/cost")["cost"] == {"value": 0.0, "unit": "usd"}
    assert api.get("/jobs/estimate", backend="simulator")["current_predicted_queue_time"] >= 600_000


def test_a_failed_job_costs_nothing(api) -> None:
    failed = api.run(**body([{"gate": "h", "target": 99}]))
    assert failed["status"] == "failed"
    assert api.get(f"/jobs/{failed['id']}/cost")["cost"]["value"] == 0


def test_circuits_of_a_job_share_its_price_and_the_minimum_is_the_jobs(api) -> None:
    circuits = [{"circuit": BELL * 200}, {"circuit": BELL * 100}]
    batch = {"type": "ionq.multi-circuit.v1", "backend": "qpu.forte-1", "shots": 1000}
    job = api.run(**batch, input={"gateset": "qis", "circuits": circuits})
    whole = api.get(f"/jobs/{job['id']}/cost")["cost"]["value"]
    parts = [api.get(f"/jobs/{child}/cost")["cost"]["value"] for child in job["child_job_ids"]]
    assert sum(parts) == pytest.approx(whole)
    assert parts[0] == pytest.approx(2 * parts[1])


def test_the_cost_of_an_unknown_job_is_not_found(api, openapi) -> None:
    answer = api("GET", "/jobs/none/cost")
    assert answer.status_code == 404
    openapi.validate(answer.json(), "Error")
