"""Listing, paging, canceling and deleting (F 6.5, 6.6, 6.13)."""

from __future__ import annotations

import pytest

GATES = [{"gate": "h", "target": 0}]
JOB = {
    "type": "ionq.circuit.v1",
    "backend": "simulator",
    "input": {"gateset": "qis", "qubits": 1, "circuit": GATES},
}
BATCH = {
    "type": "ionq.multi-circuit.v1",
    "backend": "simulator",
    "input": {"gateset": "qis", "circuits": [{"circuit": GATES}] * 3},
}
WIDE = [{"gate": "h", "target": 0}, *({"gate": "cnot", "target": q, "control": q - 1} for q in range(1, 17))]
ENDLESS = JOB | {
    "backend": "qpu.forte-1",
    "shots": 10_000,
    "input": {"gateset": "qis", "qubits": 17, "circuit": WIDE * 3},
}
"""Many minutes of trajectories, unless it is canceled."""


@pytest.fixture
def lone(cloud_factory, api_of):
    """A client of an empty cloud with one worker."""
    return api_of(cloud_factory(workers=1))


def ids(page):
    return [job["id"] for job in page["jobs"]]


def test_newest_first_in_pages(lone, openapi):
    made = [lone.submit(**JOB) for _ in range(7)]
    seen, token = [], None
    while True:
        page = lone.get("/jobs", limit=3, **({"next": token} if token else {}))
        openapi.answer(page, "GET", "/jobs")
        seen += ids(page)
        token = page["next"]
        if token is None:
            break
    assert seen == made[::-1]


def test_a_walk_survives_deletions(lone):
    made = [lone.submit(**JOB) for _ in range(4)]
    page = lone.get("/jobs", limit=2)
    for job_id in ids(page):
        lone("DELETE", f"/jobs/{job_id}")
    assert ids(lone.get("/jobs", next=page["next"])) == made[1::-1]


@pytest.mark.parametrize(("asked", "given"), [(None, 25), (1000, 25), (0, 1), (-5, 1), (4, 4)])
def test_a_limit_is_clamped(lone, asked, given):
    for _ in range(27):
        lone.submit(**JOB)
    page = lone.get("/jobs", **({} if asked is None else {"limit": asked}))
    assert len(page["jobs"]) == given


def test_filters(lone):
    plain = lone.wait(lone.submit(**JOB))["id"]
    session = lone("POST", "/sessions", json={"backend": "qpu.aria-1"}).json()["id"]
    aria = lone.wait(lone.submit(**JOB | {"backend": "qpu.aria-1", "session_id": session}))["id"]
    failed = lone.wait(lone.submit(**JOB | {"backend": "qpu.forte-1", "noise": None, "input": BAD}))["id"]
    parent = lone.run(**BATCH)
    children = parent["child_job_ids"]
    assert ids(lone.get("/jobs")) == [parent["id"], failed, aria, plain]
    assert ids(lone.get("/jobs", target="qpu.aria-1,qpu.forte-1")) == [failed, aria]
    assert ids(lone.get("/jobs", status="failed")) == [failed]
    assert ids(lone.get("/jobs", session_id=session)) == [aria]
    assert ids(lone.get("/jobs", parent_job_id=parent["id"])) == children[::-1]
    assert ids(lone.get("/jobs", ids=[plain, children[1]])) == [children[1], plain]
    assert ids(lone.get("/jobs", ids=f"{plain},{aria}")) == [aria, plain]
    assert ids(lone.get("/jobs", submitter_id="someone-else")) == []
    assert ids(lone.get("/jobs", ids="unknown")) == []


BAD = {"gateset": "qis", "qubits": 1, "circuit": [{"gate": "nothing", "target": 0}]}


def test_a_listed_job_is_the_job_without_its_children(lone):
    job = lone.run(**BATCH)
    (listed,) = lone.get("/jobs")["jobs"]
    assert listed == {key: value for key, value in job.items() if key != "child_job_ids"}


def test_cancel_a_running_and_a_waiting_job(lone, openapi):
    running, waiting = lone.submit(**ENDLESS), lone.submit(**BATCH)
    after = lone.submit(**JOB)
    for job_id in (waiting, running):
        answer = lone("PUT", f"/jobs/{job_id}/status/cancel")
        openapi.answer(answer.json(), "PUT", "/jobs/{UUID}/status/cancel")
        assert answer.json() == {"id": job_id, "status": "canceled"}
    assert lone.wait(after)["status"] == "completed"  # so the worker is free again
    for job_id in (running, waiting):
        job = lone.get(f"/jobs/{job_id}")
        openapi.validate(job, "GetJobResponse")
        assert (job["status"], job["results"], job["failure"]) == ("canceled", None, None)
    for child in lone.get(f"/jobs/{waiting}")["child_job_ids"]:
        assert lone.get(f"/jobs/{child}")["status"] == "canceled"


def test_cancel_many(lone, openapi):
    made = [lone.submit(**body) for body in (ENDLESS, JOB, JOB)][::-1]
    answer = lone("PUT", "/jobs/status/cancel", json={"ids": made}).json()
    openapi.answer(answer, "PUT", "/jobs/status/cancel")
    assert answer == {"ids": made, "status": "canceled"}
    assert {lone.get(f"/jobs/{job_id}")["status"] for job_id in made} == {"canceled"}


def test_cancel_after_the_end_changes_nothing(lone):
    job = lone.run(**JOB)
    assert lone("PUT", f"/jobs/{job['id']}/status/cancel").status_code == 200
    assert lone.get(f"/jobs/{job['id']}") == job


def test_delete(lone, openapi):
    job, other = lone.run(**BATCH), lone.run(**JOB)
    answer = lone("DELETE", f"/jobs/{job['id']}").json()
    openapi.answer(answer, "DELETE", "/jobs/{UUID}")
    assert answer == {"id": job["id"], "status": "deleted"}
    for gone in (job["id"], *job["child_job_ids"]):
        assert lone("GET", f"/jobs/{gone}").status_code == 404
    answer = lone("DELETE", "/jobs", json={"ids": [other["id"]]}).json()
    openapi.answer(answer, "DELETE", "/jobs")
    assert lone.get("/jobs") == {"jobs": [], "next": None}


def test_delete_a_running_job(lone):
    running = lone.submit(**ENDLESS)
    after = lone.submit(**JOB)
    lone("DELETE", f"/jobs/{running}")
    assert lone.wait(after)["status"] == "completed"
    assert lone("GET", f"/jobs/{running}").status_code == 404


def test_the_server_answers_while_a_long_job_runs(cloud_factory, api_of):
    api = api_of(cloud_factory(workers=2))
    long = api.submit(**ENDLESS)
    assert api.run(**JOB)["status"] == "completed"
    assert api.get(f"/jobs/{long}")["status"] in ("ready", "started")
    api("PUT", f"/jobs/{long}/status/cancel")


def test_a_list_asked_for_with_a_body_ends_without_next(lone) -> None:
    """Cirq's, which asks for page after page until the key is missing (F 13.8)."""
    assert lone("GET", "/jobs", json={"limit": 1000}).json() == {"jobs": []}
    made = [lone.submit(**JOB) for _ in range(30)]
    first = lone("GET", "/jobs", json={"limit": 1000}).json()
    last = lone("GET", "/jobs", json={"limit": 1000}, params={"next": first["next"]}).json()
    assert last.keys() == {"jobs"}
    assert [job["id"] for job in (*first["jobs"], *last["jobs"])] == made[::-1]


def test_a_batch_answers_for_all_its_circuits_at_either_address(lone) -> None:
    batch = lone.run(**BATCH)
    urls = (
        f"/jobs/{batch['id']}/results/probabilities",
        f"/jobs/{batch['id']}/results/probabilities/aggregated",
    )
    first, second = map(lone.get, urls)
    assert first == second
    assert list(first) == batch["child_job_ids"]
