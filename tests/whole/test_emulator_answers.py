"""Every route answers what IonQ's specification says, or what released clients need where it says nothing."""

from __future__ import annotations

import pytest

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
NATIVE = {
    "ms": [
        {"gate": "gpi2", "target": 0, "phase": 0.1},
        {"gate": "ms", "targets": [0, 1], "phases": [0, 0.25]},
    ],
    "zz": [{"gate": "gpi2", "target": 0, "phase": 0.1}, {"gate": "zz", "targets": [0, 1], "angle": 0.25}],
}
QPUS = {"qpu.aria-1": 25, "qpu.aria-2": 25, "qpu.forte-1": 36, "qpu.forte-enterprise-1": 36}
V1, V2 = "ionq.result.{}.json.v1", "ionq.result.{}.json.v2"


def single(circuit=BELL, backend="simulator", gateset="qis", qubits=2, **fields):
    inner = {"gateset": gateset, "qubits": qubits, "circuit": circuit}
    return {"type": "ionq.circuit.v1", "backend": backend, "input": inner, **fields}


def batch(*circuits, backend="simulator", gateset="qis", **fields):
    inner = {"gateset": gateset, "circuits": list(circuits)}
    return {"type": "ionq.multi-circuit.v1", "backend": backend, "input": inner, **fields}


def test_health(api):
    assert api.get("/health") == {"status": "pass"}


def test_whoami(api, openapi):
    openapi.answer(api.get("/whoami"), "GET", "/whoami")


def test_backends(api, openapi):
    backends = api.get("/backends")
    openapi.answer(backends, "GET", "/backends")
    assert {row["backend"]: row["qubits"] for row in backends} == {"simulator": 29, **QPUS}
    for row in backends:
        assert api.get(f"/backends/{row['backend']}") == row


def test_the_simulator_names_the_noise_models_that_run(api):
    models = api.get("/backends/simulator")["noise_models"]
    assert models == ["ideal", "aria-1", "aria-2", "forte-1", "forte-enterprise-1"]


@pytest.mark.parametrize("backend", QPUS)
def test_characterizations(api, openapi, backend):
    page = api.get(f"/backends/{backend}/characterizations")
    openapi.answer(page, "GET", "/backends/{backend}/characterizations")
    newest = page["characterizations"][0]
    assert newest["id"] == api.get(f"/backends/{backend}")["characterization_id"]
    assert 0.99 < newest["fidelity"]["2q"]["median"] < 1
    assert newest["timing"]["1q"] < newest["timing"]["2q"] < 1e-3  # seconds
    one = api.get(f"/backends/{backend}/characterizations/{newest['id']}")
    openapi.answer(one, "GET", "/backends/{backend}/characterizations/{UUID}")
    assert one == newest


def test_characterizations_by_date_and_page(api):
    path = "/backends/qpu.forte-1/characterizations"
    day = api.get(path)["characterizations"][0]["date"][:10]
    assert len(api.get(path, start=day, end=day, limit=1, page=1)["characterizations"]) == 1
    for none in ({"start": "2999-01-01"}, {"end": "1999-01-01"}, {"page": 99}):
        assert api.get(path, **none) == {"characterizations": [], "pages": 0}


@pytest.mark.parametrize(("limit", "sizes"), [(None, [10, 10, 6]), (10_000, [10, 10, 6]), (9, [9, 9, 8])])
def test_the_history_of_characterizations_in_pages(api, openapi, limit, sizes):
    path = "/backends/qpu.forte-1/characterizations"
    pages = [api.get(path, page=page, limit=limit) for page in range(1, len(sizes) + 1)]
    for page in pages:
        openapi.answer(page, "GET", "/backends/{backend}/characterizations")
    assert [len(page["characterizations"]) for page in pages] == sizes
    assert [page["pages"] for page in pages] == [2, 1, 0]
    every = [item for page in pages for item in page["characterizations"]]
    dates = [item["date"] for item in every]
    assert dates == sorted(set(dates), reverse=True)
    oldest = every[-1]
    assert api.get(f"{path}/{oldest['id']}") == oldest
    some = api.get(path, start=dates[7][:10], end=dates[5])["characterizations"]
    assert [item["date"] for item in some] == dates[5:8]


@pytest.mark.parametrize("bad", ["yesterday", "2026-13-01", "2026-02-31", "01-02-2026"])
def test_a_date_that_is_none(api, bad):
    answer = api("GET", "/backends/qpu.forte-1/characterizations", params={"start": bad})
    assert answer.status_code == 400
    assert answer.json()["validation"] == {"keys": ["start"], "source": "query"}


def test_a_simulator_has_no_characterization(api):
    assert api.get("/backends/simulator/characterizations") == {"characterizations": [], "pages": 0}


def test_a_job_is_created_with_three_keys(api, openapi):
    created = api("POST", "/jobs", json=single())
    assert created.status_code == 201
    openapi.answer(created.json(), "POST", "/jobs", 201)
    assert created.json() == {"id": created.json()["id"], "status": "submitted", "session_id": None}
    assert created.headers["x-request-id"]
    assert created.headers["content-type"] == "application/json"


@pytest.mark.parametrize("backend", ["simulator", *QPUS])
def test_a_job_document(api, openapi, backend):
    entangler = "ms" if "aria" in backend else "zz"
    for body in (single(backend=backend), single(NATIVE[entangler], backend, "native")):
        job = api.run(**body)
        assert job["status"] == "completed"
        openapi.answer(job, "GET", "/jobs/{UUID}")
        openapi.validate(job, "SingleCircuitJob")
        assert job["stats"] == {"qubits": 2, "circuits": 1, "gate_counts": {"1q": 1, "2q": 1}}
        assert job["execution_duration_ms"] >= 0
        assert ("noise" in job) == (backend == "simulator")


def test_what_was_sent_comes_back(api):
    metadata = {"b": "ä\u2028'\"", "a": "{}", "empty": ""}
    settings = {"error_mitigation": {"debiasing": False}, "compilation": {"opt": 0, "precision": "1E-3"}}
    session = api("POST", "/sessions", json={"backend": "simulator"}).json()["id"]
    job = api.run(**single(name="My job_1-2", metadata=metadata, settings=settings, session_id=session))
    assert (job["name"], job["metadata"], job["session_id"]) == ("My job_1-2", metadata, session)
    assert list(job["metadata"]) == ["b", "a", "empty"]
    assert job["settings"] == settings


def test_unknown_keys_and_a_numeric_string_of_shots_are_tolerated(api):  # F 13.1
    job = api.run(**single(noise={"model": "aria-1", "seed": None}, shots="250", lang="json", registers={}))
    assert job["shots"] == 250
    assert job["noise"]["model"] == "aria-1"
    assert 1 <= job["noise"]["seed"] < 2**31


def test_an_ideal_job_has_exact_probabilities_and_nothing_else(api, openapi):
    job = api.run(**single(shots=1000))
    assert "shots" not in job
    assert job["noise"] == {"model": "ideal"}
    assert set(job["results"]) == {"probabilities", V1.format("probabilities"), V2.format("probabilities")}
    openapi.validate(api.artifact(job, V1.format("probabilities")), "IonqResultProbabilitiesJsonV1")
    openapi.validate(api.artifact(job, V2.format("probabilities")), "IonqResultProbabilitiesJsonV2")
    assert api.artifact(job, V1.format("probabilities")) == pytest.approx({"0": 0.5, "3": 0.5}, abs=1e-12)
    for name in ("shots", "histogram"):
        assert api("GET", f"/jobs/{job['id']}/results/{name}").status_code == 404


def test_version_1_counts_from_qubit_0_and_version_2_writes_it_leftmost(api):  # F 3.1, 13.14
    job = api.run(**single([{"gate": "x", "target": 0}], qubits=3))
    assert api.artifact(job, V1.format("probabilities")) == {"1": 1}
    registers = api.artifact(job, V2.format("probabilities"))["probabilities"]["registers"]
    assert registers == {"output_all": {"100": 1}}


@pytest.mark.parametrize("body", [single(noise={"model": "forte-1"}), single(backend="qpu.aria-1")])
def test_a_sampled_job_has_every_format_and_they_agree(api, openapi, body):
    job = api.run(**body, shots=300)
    assert job["shots"] == 300
    found = {}
    for kind, name in (("probabilities", "Probabilities"), ("histogram", "Histogram"), ("shots", "Shots")):
        for version, form in ((1, V1), (2, V2)):
            found[kind, version] = api.artifact(job, form.format(kind))
            openapi.validate(found[kind, version], f"IonqResult{name}JsonV{version}")
        assert api.get(f"/jobs/{job['id']}/results/{kind}") == found[kind, 1]
        assert job["results"][kind]["url"] == f"/v0.4/jobs/{job['id']}/results/{kind}"
    shots = found["shots", 1]
    assert len(shots) == 300
    assert found["histogram", 1] == {value: shots.count(value) for value in found["histogram", 1]}
    assert found["probabilities", 1] == {value: count / 300 for value, count in found["histogram", 1].items()}
    bits = [shot["registers"]["output_all"] for shot in found["shots", 2]["shots"]]
    assert [sum(bit << place for place, bit in enumerate(shot)) for shot in bits] == list(map(int, shots))
    texts = found["histogram", 2]["histogram"]["registers"]["output_all"]
    assert texts == {format(int(value), "02b")[::-1]: n for value, n in found["histogram", 1].items()}
    assert sum(texts.values()) == 300


def test_the_same_seed_gives_the_same_shots(api):
    noise = {"model": "aria-2", "seed": 17}
    first, second = (api.run(**single(noise=noise, shots=200)) for _ in range(2))
    assert first["noise"] == noise
    assert api.artifact(first, V1.format("shots")) == api.artifact(second, V1.format("shots"))


def test_results_do_not_exist_before_the_end(api, cloud_factory, api_of):
    client = api_of(cloud_factory(workers=1))
    slow, waiting = client.submit(**SLOW), client.submit(**single())
    assert client.get(f"/jobs/{waiting}")["results"] is None
    assert client("GET", f"/jobs/{waiting}/results/probabilities").status_code == 404
    client("PUT", "/jobs/status/cancel", json={"ids": [slow, waiting]})


WIDE = [{"gate": "h", "target": 0}, *({"gate": "cnot", "target": q, "control": q - 1} for q in range(1, 13))]
SLOW = single(WIDE, "qpu.forte-1", qubits=13, shots=2000)
"""About a second of trajectories."""


def test_a_batch(api, openapi):
    circuits = [
        {"name": "first", "circuit": [{"gate": "x", "target": 1}], "qubits": 2},
        {"name": "native", "circuit": NATIVE["ms"], "qubits": 2, "gateset": "native"},
        {"circuit": BELL},
    ]
    job = api.run(**batch(*circuits, metadata={"mine": "yes"}, name="batch"))
    openapi.answer(job, "GET", "/jobs/{UUID}")
    openapi.validate(job, "MultiCircuitJob")
    assert job["stats"] == {"qubits": 2, "circuits": 3, "gate_counts": {"1q": 3, "2q": 2}}
    children = [api.get(f"/jobs/{child}") for child in job["child_job_ids"]]
    for child in children:
        openapi.validate(child, "SingleCircuitJob")
        assert child["parent_job_id"] == job["id"]
        assert child["metadata"] is None
        assert child["child_job_ids"] is None
    assert [child["name"] for child in children] == ["first", "native", None]
    aggregate = api.artifact(job, "ionq.result.probabilities-aggregate.json.v1")
    openapi.validate(aggregate, "IonqResultProbabilitiesAggregateJsonV1")
    assert list(aggregate) == job["child_job_ids"]
    assert aggregate[children[0]["id"]] == {"2": 1}
    for child in children:
        assert api.artifact(child, V1.format("probabilities")) == aggregate[child["id"]]
    url = f"/jobs/{job['id']}/results/probabilities/aggregated"
    assert job["results"]["probabilities"]["url"] == f"/v0.4{url}"
    assert api.get(url) == aggregate


def test_each_circuit_of_a_noisy_batch_has_its_own_shots(api):
    job = api.run(**batch({"circuit": BELL}, {"circuit": BELL}, backend="qpu.forte-1", shots=200))
    first, second = (api.get(f"/jobs/{child}/results/shots") for child in job["child_job_ids"])
    assert len(first) == len(second) == 200
    assert first != second


def test_a_dry_run_checks_and_gives_no_results(api, openapi):  # F 7.2
    job = api.run(**single(backend="qpu.forte-1", dry_run=True))
    openapi.validate(job, "SingleCircuitJob")
    assert (job["status"], job["dry_run"], job["results"]) == ("completed", True, None)
    assert api("GET", f"/jobs/{job['id']}/results/probabilities").status_code == 404


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (single(qubits=30), "NotEnoughQubits", "30"),
        (single(qubits=26, backend="qpu.aria-1"), "NotEnoughQubits", "25"),
        (single(qubits=37, backend="qpu.forte-1"), "NotEnoughQubits", "36"),
        (single(qubits=30, noise={"model": "forte-1"}), "NotEnoughQubits", "29"),
        (single([{"gate": "h", "target": 40}], qubits=None), "NotEnoughQubits", "41"),
        (
            single(NATIVE["ms"], "qpu.forte-1", "native"),
            "UnsupportedGate",
            "Gate types [ms] are not supported",
        ),
        (
            single(NATIVE["zz"], "qpu.aria-1", "native"),
            "UnsupportedGate",
            "Gate types [zz] are not supported",
        ),
        (single([{"gate": "cx", "target": 0}]), "UnsupportedGate", "cx"),
        (single([{"gate": "h", "target": 2}]), "InvalidInput", "out of range"),
        (single([{"gate": "x", "target": 0, "control": 0}]), "InvalidInput", "twice"),
        (single(noise={"model": "harmony"}), "SimulationError", "never published"),
    ],
)
def test_what_the_platform_accepts_and_then_fails(api, openapi, body, code, words):
    job = api.run(**body)
    openapi.validate(job, "SingleCircuitJob")
    assert job["status"] == "failed"
    assert job["failure"]["code"] == code
    assert words in job["failure"]["message"]
    assert job["failure"]["error"] == job["failure"]["message"]
    assert job["results"] is None
    assert api("GET", f"/jobs/{job['id']}/results/probabilities").status_code == 404


def test_a_bad_circuit_fails_its_batch_and_the_others_still_run(api):
    job = api.run(**batch({"circuit": BELL}, {"circuit": [{"gate": "oops", "target": 0}]}))
    assert job["status"] == "failed"
    assert job["failure"]["message"].startswith("circuit 1: ")
    good, bad = (api.get(f"/jobs/{child}") for child in job["child_job_ids"])
    assert (good["status"], bad["status"]) == ("completed", "failed")
    assert set(api.artifact(good, V1.format("probabilities"))) == {"0", "3"}


def test_a_width_that_nobody_declared_is_inferred(api):
    job = api.run(**single([{"gate": "x", "target": 4}], qubits=None))
    assert job["stats"]["qubits"] == 5
    assert api.artifact(job, V1.format("probabilities")) == {"16": 1}


def test_a_batch_of_5000_circuits_with_mixed_gatesets(api):
    native = {"gateset": "native", "circuit": [{"gate": "gpi", "target": 1, "phase": 0.2}]}
    inherited = {"circuit": [{"gate": "x", "target": 0}]}
    job = api.run(**batch(*([inherited, native] * 2500)))
    assert job["status"] == "completed", job["failure"]
    assert job["stats"]["circuits"] == len(job["child_job_ids"]) == 5000
    found = api.artifact(job, "ionq.result.probabilities-aggregate.json.v1")
    assert list(found) == job["child_job_ids"]
    states = [next(iter(values)) for values in found.values()]
    assert states == ["1", "2"] * 2500


def test_a_29_qubit_state_runs_and_one_of_too_many_outcomes_fails_while_the_server_goes_on(api):
    chain = [{"gate": "cnot", "target": qubit + 1, "control": qubit} for qubit in range(28)]
    ghz = api.submit(**single([{"gate": "h", "target": 0}, *chain], qubits=29))
    all_states = api.submit(**single([{"gate": "h", "target": qubit} for qubit in range(29)], qubits=29))
    failed = api.wait(all_states)
    assert (failed["status"], failed["failure"]["code"]) == ("failed", "SimulationError")
    assert "4,194,304 at most" in failed["failure"]["message"]
    found = api.artifact(api.wait(ghz), V1.format("probabilities"))
    assert found == pytest.approx({"0": 0.5, str(2**29 - 1): 0.5})
    assert api.get("/health") == {"status": "pass"}
