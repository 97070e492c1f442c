"""Clones, and jobs that move: the same job once more, with changes (F 7.7)."""

from __future__ import annotations

import json
import sqlite3

import pytest

from qiskit_ionq_lite.emulator.migrations import MIGRATIONS

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
FLIP = [{"gate": "x", "target": 1}]
JOB = {
    "type": "ionq.circuit.v1",
    "backend": "simulator",
    "input": {"gateset": "qis", "qubits": 2, "circuit": BELL},
    "shots": 200,
    "name": "first",
    "metadata": {"a": "1"},
    "noise": {"model": "aria-1", "seed": 5},
}
SHOTS = "ionq.result.shots.json.v1"


@pytest.fixture
def slow(cloud_factory, api_of):
    """A client of a cloud whose queue nothing leaves."""
    return api_of(cloud_factory(queue_seconds=600))


def again(api, openapi, job_id, how="clone", **changes):
    answer = api("POST", f"/jobs/{job_id}/{how}", json=changes)
    assert answer.status_code == 201, answer.text
    openapi.answer(answer.json(), "POST", f"/jobs/{{UUID}}/{how}", 201)
    return answer.json()["id"]


def test_a_clone_is_the_same_job_once_more(api, openapi) -> None:
    job = api.run(**JOB)
    clone = api.wait(again(api, openapi, job["id"]))
    own = ("id", "submitted_at", "started_at", "completed_at", "execution_duration_ms", "results")
    assert {key: value for key, value in clone.items() if key not in own} == {
        key: value for key, value in job.items() if key not in own
    }
    assert clone["id"] != job["id"]
    assert api.artifact(clone, SHOTS) == api.artifact(job, SHOTS)


def test_changes_are_made(api, openapi) -> None:
    job = api.run(**JOB)
    changes = {
        "name": "second",
        "metadata": {"b": "2"},
        "shots": 50,
        "backend": "qpu.forte-1",
        "dry_run": True,
        "settings": {"error_mitigation": {"debiasing": False}},
    }
    clone = api.wait(again(api, openapi, job["id"], **changes))
    assert {key: clone[key] for key in changes} == changes
    assert clone["results"] is None
    noisy = api.wait(again(api, openapi, job["id"], noise={"model": "ideal"}, parent=job["id"]))
    assert noisy["noise"] == {"model": "ideal"}
    assert noisy["parent_job_id"] is None


def test_a_dry_run_is_run_by_its_clone(api, openapi) -> None:
    dry = api.run(**JOB | {"backend": "qpu.aria-1", "dry_run": True})
    clone = api.wait(again(api, openapi, dry["id"], dry_run=False))
    assert len(api.artifact(clone, SHOTS)) == 200


def test_a_clone_with_more_shots_is_debiased_like_a_new_job(api, openapi) -> None:
    few = api.run(**JOB | {"backend": "qpu.forte-1"})
    assert few["settings"]["error_mitigation"]["debiasing"] is False
    clone = api.wait(again(api, openapi, few["id"], shots=500))
    assert clone["settings"]["error_mitigation"]["debiasing"] is True
    off = api.wait(again(api, openapi, clone["id"], settings={"error_mitigation": {"debiasing": False}}))
    assert api.wait(again(api, openapi, off["id"]))["settings"] == off["settings"]


def test_a_batch_and_one_circuit_of_it(api, openapi) -> None:
    circuits = [{"circuit": BELL}, {"circuit": FLIP, "name": "flip"}]
    inner = {"gateset": "qis", "qubits": 3, "circuits": circuits}
    batch = api.run(type="ionq.multi-circuit.v1", backend="simulator", input=inner)
    clone = api.wait(again(api, openapi, batch["id"]))
    assert len(clone["child_job_ids"]) == 2
    flip = api.wait(again(api, openapi, batch["child_job_ids"][1]))
    assert (flip["type"], flip["name"], flip["stats"]["qubits"]) == ("ionq.circuit.v1", "flip", 3)
    assert api.artifact(flip, "ionq.result.probabilities.json.v1") == {"2": 1.0}


def test_functions_are_cloned_and_their_steps_are_not(api, openapi) -> None:
    graph = {"nodes": [{"id": 0}, {"id": 1}], "adjacency": [[{"id": 1}], [{"id": 0}]]}
    job = api.run(
        type="qctrl.qaoa.v1",
        backend="simulator",
        shots=50,
        input={
            "problem_type": "maxcut",
            "problem": {"directed": False, "multigraph": False, "graph": []} | graph,
        },
        external_settings={"api_credentials": "secret"},
    )
    assert job["status"] == "completed"
    clone = api.wait(again(api, openapi, job["id"]))
    assert clone["status"] == "completed"
    step = api("POST", f"/jobs/{job['child_job_ids'][0]}/clone", json={})
    assert step.status_code == 400
    assert job["id"] in step.json()["message"]


def test_a_moved_job_is_canceled_and_goes_on_elsewhere(slow, openapi) -> None:
    job_id = slow.submit(**JOB)
    moved = again(slow, openapi, job_id, "move", backend="qpu.forte-1")
    assert slow.get(f"/jobs/{job_id}")["status"] == "canceled"
    found = slow.get(f"/jobs/{moved}")
    assert (found["backend"], found["status"], found["name"]) == ("qpu.forte-1", "ready", "first")


def test_what_has_ended_does_not_move(api, openapi) -> None:
    job = api.run(**JOB)
    before = api.get("/jobs")["jobs"][0]["id"]
    answer = api("POST", f"/jobs/{job['id']}/move", json={"backend": "qpu.forte-1"})
    assert answer.status_code == 400
    openapi.validate(answer.json(), "BadRequestError")
    assert "clone" in answer.json()["message"]
    assert api.get("/jobs")["jobs"][0]["id"] == before


@pytest.mark.parametrize("how", ["clone", "move"])
@pytest.mark.parametrize(
    ("changes", "status", "key"),
    [
        ({"shots": 0}, 400, "shots"),
        ({"backend": "qpu.none"}, 400, "backend"),
        ({"name": "a/b"}, 400, "name"),
        ({"metadata": {"a": 1}}, 400, "metadata"),
        ({"noise": {"model": "none"}}, 400, "noise.model"),
    ],
)
def test_bad_changes_are_refused_and_nothing_happens(slow, openapi, how, changes, status, key) -> None:
    job_id = slow.submit(**JOB)
    answer = slow("POST", f"/jobs/{job_id}/{how}", json=changes)
    assert answer.status_code == status
    assert answer.json()["validation"]["keys"] == [key]
    assert [(job["id"], job["status"]) for job in slow.get("/jobs")["jobs"]] == [(job_id, "ready")]


@pytest.mark.parametrize("how", ["clone", "move"])
def test_no_body_no_json_no_job(api, openapi, how) -> None:
    assert api("POST", f"/jobs/none/{how}", json={}).status_code == 404
    job_id = api.submit(**JOB)
    for text in ("[]", "{", '"x"'):
        answer = api("POST", f"/jobs/{job_id}/{how}", data=text)
        assert answer.status_code == 400
        openapi.validate(answer.json(), "BadRequestError")
    assert api("POST", f"/jobs/{job_id}/clone").status_code == 201


def test_a_restart_keeps_prices(cloud_factory, api_of, tmp_path) -> None:
    db = tmp_path / "jobs.db"
    first = cloud_factory(db=db)
    api = api_of(first)
    job = api.run(**JOB | {"backend": "qpu.forte-1"})
    cost = api.get(f"/jobs/{job['id']}/cost")
    first.close()
    assert api_of(cloud_factory(db=db)).get(f"/jobs/{job['id']}/cost") == cost


def test_a_job_from_before_prices_and_sessions_is_cloned_into_today(cloud_factory, api_of, tmp_path) -> None:
    db = tmp_path / "jobs.db"
    connection = sqlite3.connect(db)
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    old = {"id": "6a0c1f10-0000-4000-8000-000000000001", "position": 0, "type": "ionq.circuit.v1"}
    old |= {"backend": "qpu.forte-1", "status": "canceled", "settings": "{}", "dry_run": 0, "shots": 10}
    old |= {"qubits": 2, "circuits": 1, "one_qubit_gates": 1, "more_qubit_gates": 1, "submitted_at": 0}
    old |= {"session_id": "of another time"}
    connection.execute(
        f"INSERT INTO jobs ({', '.join(old)}) VALUES ({', '.join('?' * len(old))})", [*old.values()]
    )
    connection.execute("INSERT INTO bodies VALUES (?, ?)", (old["id"], json.dumps(JOB["input"]).encode()))
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    api = api_of(cloud_factory(db=db))
    assert api.get(f"/jobs/{old['id']}/cost") == {"dry_run": False}
    clone = api.wait(api("POST", f"/jobs/{old['id']}/clone", json={}).json()["id"])
    assert (clone["status"], clone["session_id"], clone["shots"]) == ("completed", None, 10)
    assert api.get(f"/jobs/{clone['id']}/cost")["cost"]["value"] > 25
