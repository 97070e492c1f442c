"""API v0.3 of the local cloud, beside v0.4 on the same server and the same jobs (F 11)."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import validate

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
FLIP = [{"gate": "x", "target": 0}]
COUNT = {"type": "integer", "minimum": 0}
TEXT = {"type": "string"}
MONEY = {"type": "number", "minimum": 0}
JOB = {
    "type": "object",
    "required": ["id", "status", "request"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "name": TEXT,
        "status": {"enum": ["submitted", "ready", "running", "canceled", "completed", "failed"]},
        "target": {
            "enum": ["simulator", "qpu.aria-1", "qpu.aria-2", "qpu.forte-1", "qpu.forte-enterprise-1"]
        },
        "noise": {"type": "object", "properties": {"model": TEXT, "seed": COUNT}, "required": ["model"]},
        "metadata": {"type": "object"},
        "shots": {"type": "number"},
        "error_mitigation": {"type": "object", "properties": {"debias": {"type": "boolean"}}},
        "gate_counts": {"type": "object", "properties": {"1q": COUNT, "2q": COUNT}},
        "qubits": COUNT,
        "cost_usd": MONEY,
        "estimated_cost_usd": MONEY,
        "request": COUNT,
        "start": COUNT,
        "response": COUNT,
        "execution_time": COUNT,
        "predicted_execution_time": COUNT,
        "children": {"type": "array", "items": TEXT},
        "results_url": {"type": "string", "pattern": "^/v0.3/jobs/[^/]+/results$"},
        "failure": {
            "type": "object",
            "properties": {"error": TEXT, "code": TEXT},
            "required": ["error", "code"],
            "additionalProperties": False,
        },
        "circuits": COUNT,
        "dry_run": {"type": "boolean"},
        "registers": {"type": "object"},
    },
}
"""A job as the specification of v0.3 has it, and ``registers``, which its last client reads (F 11.2)."""


NEWER = {
    "registers": {
        "type": "ionq.circuit.v1",
        "input": {"qubits": 1, "circuit": [], "registers": {"a": [0]}, "v0.3": 3},
    },
    "program": {
        "type": "ionq.qasm3.v1",
        "input": {"data": "OPENQASM 3.0; qubit[1] q; bit[1] c; c = measure q;", "circuits": 3},
    },
    "energy": {
        "type": "quantum-function",
        "input": {
            "data": {
                "type": "hamiltonian-energy",
                "data": {
                    "hamiltonian": [{"pauli_string": "Z", "coefficient": 1.0}],
                    "ansatz": {"data": "OPENQASM 3.0; qubit[1] q;"},
                },
            },
            "params": [],
        },
    },
}


def older_of(api_of, cloud, key="key"):
    return api_of(SimpleNamespace(url=cloud.url.replace("/v0.4", "/v0.3")), key)


@pytest.fixture
def older(api_of, cloud):
    """A bare client of v0.3."""
    return older_of(api_of, cloud)


def create(older, **body):
    answer = older("POST", "/jobs", json={"input": {"qubits": 2, "circuit": BELL}} | body)
    assert answer.status_code == 200, answer.text
    return answer.json()["id"]


def run(older, **body):
    return older.wait(create(older, **body))


def test_a_submission_is_ready_and_has_a_time(older):
    before = int(time.time())
    answer = older("POST", "/jobs", json={"input": {"circuit": BELL}})
    assert answer.status_code == 200
    assert answer.json().keys() == {"id", "status", "request"}
    assert answer.json()["status"] == "ready"
    assert before <= answer.json()["request"] <= time.time()


def test_a_job_needs_nothing_but_a_circuit(older):
    job = run(older)
    validate(job, JOB)
    assert (job["target"], job["noise"], job["qubits"], job["circuits"]) == (
        "simulator",
        {"model": "ideal"},
        2,
        1,
    )
    assert job["gate_counts"] == {"1q": 1, "2q": 1}
    assert job["request"] <= job["start"] <= job["response"] <= time.time()
    assert isinstance(job["execution_time"], int)
    assert job["results_url"] == f"/v0.3/jobs/{job['id']}/results"
    assert older.get(f"/jobs/{job['id']}/results") == pytest.approx({"0": 0.5, "3": 0.5})


def test_qubit_0_is_the_least_significant_bit(older):
    job = run(older, input={"format": "ionq.circuit.v0", "gateset": "qis", "qubits": 3, "circuit": FLIP})
    assert older.get(f"/jobs/{job['id']}/results") == {"1": 1.0}


@pytest.mark.parametrize("bare", [False, True])
def test_a_batch_in_its_order(older, bare):
    circuits = [{"circuit": FLIP, "qubits": n, "registers": {"meas_mapped": [n, None]}} for n in (1, 2, 3)]
    job = run(older, input=circuits if bare else {"format": "ionq.circuit.v0", "circuits": circuits})
    assert job["circuits"] == 3
    assert list(older.get(f"/jobs/{job['id']}/results").items()) == [
        (child, {"1": 1.0}) for child in job["children"]
    ]
    children = [older.get(f"/jobs/{child}") for child in job["children"]]
    assert [child["qubits"] for child in children] == [1, 2, 3]
    assert [child["registers"] for child in children] == [{"meas_mapped": [n, None]} for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("target", "circuit"),
    [
        ("qpu.aria-1", [{"gate": "ms", "targets": [0, 1], "phases": [0, 0], "angle": 0.25}]),
        (
            "qpu.forte-1",
            [{"gate": "gpi2", "target": 0, "phase": 0}, {"gate": "zz", "targets": [0, 1], "angle": 0.25}],
        ),
    ],
)
def test_native_jobs(older, target, circuit):
    job = run(older, target=target, shots=200, input={"gateset": "native", "qubits": 2, "circuit": circuit})
    assert (job["status"], job["target"], job["shots"]) == ("completed", target, 200)
    assert sum(older.get(f"/jobs/{job['id']}/results").values()) == pytest.approx(1)


def test_noise_with_a_seed_repeats(older):
    found = [
        older.get(f"/jobs/{run(older, noise={'model': 'aria-1', 'seed': 5}, shots=100)['id']}/results")
        for _ in range(2)
    ]
    assert found[0] == found[1]
    assert set(found[0]) != {"0", "3"}


def test_what_a_client_kept_in_a_job_comes_back(older):
    kept = {
        "name": "Bell (ideal): 1/2",
        "metadata": {"text": "é", "number": 7, "nested": {"a": [1, None]}},
        "registers": {"meas_mapped": [1, None]},
    }
    job = run(older, **kept)
    assert {key: job[key] for key in kept} == kept
    listed = older.get("/jobs", id=job["id"])["jobs"][0]
    assert {key: listed[key] for key in kept} == kept


def test_jobs_are_visible_through_both(older, api, openapi):
    theirs = run(older, name="a (b)", metadata={"number": 7, "text": "x"}, registers={"meas_mapped": [0, 1]})
    seen = api.get(f"/jobs/{theirs['id']}")
    openapi.answer(seen, "GET", "/jobs/{UUID}")
    assert (seen["backend"], seen["name"], seen["metadata"]) == (
        "simulator",
        "a -b-",
        {"number": "7", "text": "x"},
    )
    ours = api.run(
        type="ionq.circuit.v1", backend="simulator", input={"qubits": 2, "circuit": BELL, "gateset": "qis"}
    )
    assert older.get(f"/jobs/{ours['id']}")["target"] == "simulator"
    assert older.get(f"/jobs/{ours['id']}/results") == pytest.approx({"0": 0.5, "3": 0.5})
    listed = [[job["id"] for job in client.get("/jobs", limit=2)["jobs"]] for client in (older, api)]
    assert listed == [[ours["id"], theirs["id"]]] * 2


def test_include_and_exclude(older):
    job_id = create(older)
    assert older.get(f"/jobs/{job_id}", include="status,device_id").keys() == {"status"}
    assert older.get(f"/jobs/{job_id}", include=["id", "target"]).keys() == {"id", "target"}
    without = older.get(f"/jobs/{job_id}", exclude="status,metadata")
    assert "status" not in without
    assert "id" in without
    assert older.get("/jobs", limit=1, include="id")["jobs"] == [{"id": job_id}]


def test_statuses_of_its_own(api_of, cloud_factory):
    cloud = cloud_factory(workers=1, queue_seconds=0)
    older, newer = older_of(api_of, cloud), api_of(cloud)
    wide = {"qubits": 24, "circuit": [{"gate": "h", "target": q} for q in range(24)] * 8}
    slow = create(older, input=wide, noise={"model": "aria-1"}, shots=20_000)
    waiting = create(older)
    while older.get(f"/jobs/{slow}")["status"] == "ready":
        time.sleep(0.002)
    assert (older.get(f"/jobs/{slow}")["status"], newer.get(f"/jobs/{slow}")["status"]) == (
        "running",
        "started",
    )
    assert [job["id"] for job in older.get("/jobs", status="running")["jobs"]] == [slow]
    refused = older("GET", "/jobs", params={"status": "started"})
    assert refused.json()["validation"] == {"keys": ["status"], "source": "query"}
    assert older("PUT", f"/jobs/{slow}/status/cancel").json() == {"id": slow, "status": "canceled"}
    many = older("PUT", "/jobs/status/cancel", json={"ids": [slow, waiting]})
    assert many.json() == {"ids": [slow, waiting], "status": "canceled"}
    job = older.wait(slow)
    assert job["status"] == "canceled"
    assert "results_url" not in job
    assert older("GET", f"/jobs/{slow}/results").status_code == 404
    assert older("DELETE", f"/jobs/{slow}").json() == {"id": slow, "status": "deleted"}
    assert older("GET", f"/jobs/{slow}").status_code == 404


def test_a_failure_has_an_error_and_a_code(older):
    job = run(older, input={"qubits": 2, "circuit": [{"gate": "h", "target": 9}]})
    assert job["status"] == "failed"
    assert job["failure"].keys() == {"error", "code"}
    assert job["failure"]["code"] == "InvalidInput"


def test_debiasing_and_sharpening(older):
    body = {"target": "qpu.aria-1", "shots": 1000}
    plain = run(older, error_mitigation={"debias": False}, **body)
    debiased = run(older, error_mitigation={"debias": True}, **body)
    assert plain["error_mitigation"] == {"debias": False}
    assert debiased["error_mitigation"] == {"debias": True}
    url = f"/jobs/{debiased['id']}/results"
    assert len(older.get(url, sharpen="true")) <= len(older.get(url, sharpen="false")) == len(older.get(url))
    assert set(older.get(url, sharpen="true")) <= {"0", "3"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"noise": {"model": "aria-1", "seed": None}, "shots": "50", "name": "é", "metadata": {"a": [1]}},
        {"target": "qpu.forte-1", "shots": 500.0, "error_mitigation": {"debias": True}},
        {"target": "qpu.aria-1", "dry_run": True, "registers": {"meas_mapped": [0, 1]}},
        {"input": {"circuits": [{"circuit": BELL}] * 2, "qubits": 2}},
        {"input": {"qubits": 1, "circuit": [{"gate": "h", "target": 9}]}},
    ],
)
def test_jobs_are_as_the_specification_says(older, body):
    job_id = create(older, **body)
    validate(older.get(f"/jobs/{job_id}"), JOB)
    job = older.wait(job_id)
    validate(job, JOB)
    assert older.get("/jobs", id=job_id)["jobs"] == [job]
    for child in job.get("children", []):
        validate(older.get(f"/jobs/{child}"), JOB)


@pytest.mark.parametrize("body", NEWER.values(), ids=NEWER)
def test_jobs_that_only_the_newer_version_can_make_are_shown(older, api, body):
    made = api.run(backend="simulator", **body)
    assert made["status"] == "completed"
    job = older.get(f"/jobs/{made['id']}")
    validate(job, JOB)
    assert ("results_url" in job) == (body["type"] in ("ionq.qasm3.v1", "ionq.circuit.v1"))
    found = older("GET", f"/jobs/{made['id']}/results")
    assert found.status_code == (200 if "results_url" in job else 404)


JUNK = [None, "x", "", -1, 0, 1.5, 1e308, 2**70, True, [], [None], {}, {"v0.3": 1}, "9" * 50, [[]]]
WHOLE = {
    "target": "simulator",
    "shots": 5,
    "name": "n",
    "noise": {"model": "aria-1", "seed": 3},
    "metadata": {"a": "b", "n": 1},
    "registers": {"meas_mapped": [0]},
    "error_mitigation": {"debias": True},
    "settings": {"compilation": {"opt": 0}},
    "dry_run": False,
    "input": {"format": "ionq.circuit.v0", "gateset": "qis", "v0.3": {"registers": {}}, "qubits": 1},
}
INPUTS = [
    {"circuit": [{"gate": "x", "target": 0}]},
    {"circuits": [{"circuit": [{"gate": "x", "target": 0}], "registers": {"meas_mapped": [0]}}]},
]


def places(value):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from places(inner)


@given(st.sampled_from(INPUTS), st.integers(0, 1000), st.sampled_from(JUNK))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_upsets_the_server(older, circuits, place, junk):
    """It is a job that can be looked at, or a refusal."""
    body = json.loads(json.dumps(WHOLE | {"input": WHOLE["input"] | circuits}))
    every = list(places(body))
    holder, key = every[place % len(every)]
    holder[key] = junk
    answer = older("POST", "/jobs", json=body)
    assert answer.status_code in (200, 400), answer.text
    if answer.ok:
        job_id = answer.json()["id"]
        validate(older.get(f"/jobs/{job_id}"), JOB | {"properties": JOB["properties"] | {"registers": {}}})
        assert older.get("/jobs", id=job_id)["jobs"][0]["id"] == job_id


def test_costs_stand_in_the_job(older, api):
    job = run(older, target="qpu.forte-1", shots=100)
    assert job["cost_usd"] == api.get(f"/jobs/{job['id']}/cost")["cost"]["value"] > 0


def test_a_dry_run_has_no_results(older):
    job = run(older, target="qpu.forte-1", dry_run=True)
    assert (job["status"], job["dry_run"]) == ("completed", True)
    assert "results_url" not in job


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"target": "qpu.harmony"}, "target"),
        ({"shots": 0}, "shots"),
        ({"shots": 1.5}, "shots"),
        ({"noise": {"model": "aria"}}, "noise.model"),
        ({"input": {"format": "qir.v1", "circuit": []}}, "input.format"),
        ({"input": {"qubits": 2}}, "input.circuit"),
        ({"input": 3}, "input"),
        ({"input": []}, "input.circuits"),
        ({"metadata": {"k" * 41: 1}}, "metadata." + "k" * 41),
        ({"metadata": "none"}, "metadata"),
        ({"error_mitigation": {"debias": "yes"}}, "error_mitigation.debias"),
    ],
)
def test_refusals_name_the_key(older, body, key):
    answer = older("POST", "/jobs", json={"input": {"circuit": BELL}} | body)
    document = answer.json()
    assert (answer.status_code, document["statusCode"], document["error"]) == (400, 400, "Bad Request")
    assert document["validation"] == {"keys": [key], "source": "payload"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", json.dumps({"target": "simulator"}).encode()])
def test_a_body_that_is_none(older, body):
    assert older("POST", "/jobs", data=body).status_code == 400


def test_backends_and_characterizations(older):
    backends = {backend["backend"]: backend for backend in older.get("/backends")}
    assert isinstance(backends["simulator"]["last_updated"], int)
    assert older.get("/backends", status="retired") == []
    current = older.get("/characterizations/backends/qpu.aria-1/current")
    assert backends["qpu.aria-1"]["characterization_url"] == f"/characterizations/{current['id']}"
    assert older.get(backends["qpu.aria-1"]["characterization_url"]) == current
    assert isinstance(current["date"], int)
    assert 0.9 < current["fidelity"]["2q"]["mean"] < 1
    page = older.get("/characterizations/backends/qpu.aria-1", start=(current["date"] - 86400) * 1000)
    assert page["characterizations"][0] == current
    later = older.get("/characterizations/backends/qpu.aria-1", start=(current["date"] + 86400) * 1000)
    assert later["characterizations"] == []
    for path in ("backends/simulator/current", "backends/qpu.none", "no-id"):
        assert older("GET", f"/characterizations/{path}").status_code == 404
    assert older("GET", "/characterizations/backends/qpu.aria-1", params={"end": "1e99"}).status_code == 400


def test_listing_walks_all_pages(older):
    made = [create(older) for _ in range(3)]
    found, token = [], None
    while len(found) < 3:
        page = older.get("/jobs", limit=1, **({"next": token} if token else {}))
        found += [job["id"] for job in page["jobs"]]
        token = page["next"]
    assert found == made[::-1]
    assert {job["id"] for job in older.get("/jobs", id=",".join(made[:2]))["jobs"]} == set(made[:2])


def test_a_key_is_needed_here_too(api_of, cloud):
    assert older_of(api_of, cloud, key=None)("GET", "/jobs").status_code == 401
