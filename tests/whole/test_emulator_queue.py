"""The queue and its rules: order, waiting, room, and a limit to the rate of requests (F 6.1, 6.5, 6.10)."""

from __future__ import annotations

import time

import pytest

JOB = {
    "type": "ionq.circuit.v1",
    "backend": "simulator",
    "input": {"gateset": "qis", "qubits": 1, "circuit": [{"gate": "x", "target": 0}]},
}
BATCH = JOB | {
    "type": "ionq.multi-circuit.v1",
    "input": {"gateset": "qis", "circuits": [{"circuit": [{"gate": "x", "target": 0}]}] * 2},
}


def test_a_job_waits_as_long_as_the_queue_says(cloud_factory, api_of, openapi):
    api = api_of(cloud_factory(queue_seconds=0.4))
    began = time.perf_counter()
    job_id = api.submit(**JOB)
    waiting = api.get(f"/jobs/{job_id}")
    assert waiting["status"] == "ready"
    assert 0 < waiting["predicted_wait_time_ms"] <= 400
    assert waiting["started_at"] is None
    openapi.validate(waiting, "GetJobResponse")
    assert api.get("/jobs")["jobs"][0]["predicted_wait_time_ms"] <= waiting["predicted_wait_time_ms"]
    job = api.wait(job_id)
    assert time.perf_counter() - began >= 0.35  # the clock of the database has milliseconds
    assert (job["status"], job["predicted_wait_time_ms"]) == ("completed", None)


def test_jobs_start_in_the_order_of_their_submission(cloud_factory, api_of):
    api = api_of(cloud_factory(workers=1, queue_seconds=0.2))
    made = [api.submit(**body) for body in (JOB, BATCH, JOB, JOB)]
    ended = [api.wait(job_id) for job_id in made]
    assert [job["started_at"] for job in ended] == sorted(job["started_at"] for job in ended)
    assert {job["status"] for job in ended} == {"completed"}


def test_the_more_wait_the_longer_is_the_forecast(cloud_factory, api_of):
    api = api_of(cloud_factory(queue_seconds=0.001))
    api.cloud._running._workers.close()  # nobody works from here on
    made = [api.submit(**JOB) for _ in range(20)]
    waits = [api.get(f"/jobs/{job_id}")["predicted_wait_time_ms"] for job_id in made]
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]


def test_what_waits_can_be_canceled_and_deleted(cloud_factory, api_of):
    api = api_of(cloud_factory(workers=1, queue_seconds=0.3))
    canceled, deleted, last = (api.submit(**body) for body in (BATCH, JOB, JOB))
    assert api("PUT", f"/jobs/{canceled}/status/cancel").json()["status"] == "canceled"
    assert api("DELETE", f"/jobs/{deleted}").json()["status"] == "deleted"
    assert api.wait(last)["status"] == "completed"
    job = api.get(f"/jobs/{canceled}")
    assert (job["status"], job["started_at"], job["predicted_wait_time_ms"]) == ("canceled", None, None)
    again = api("PUT", f"/jobs/{last}/status/cancel")
    assert again.status_code == 200
    assert api.get(f"/jobs/{last}")["status"] == "completed"


def test_a_full_queue_says_when_to_come_again(cloud_factory, api_of, openapi):
    api = api_of(cloud_factory(queue_seconds=0.5, queue_capacity=2))
    made = [api.submit(**JOB) for _ in range(2)]
    refused = api("POST", "/jobs", json=JOB)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == 1
    openapi.validate(refused.json(), "Error")
    assert [api.wait(job_id)["status"] for job_id in made] == ["completed"] * 2
    assert api.run(**JOB)["status"] == "completed"
    assert len(api.get("/jobs")["jobs"]) == 3


def test_a_rate_above_the_limit_is_429_and_below_it_all_pass(cloud_factory, api_of, openapi):
    api = api_of(cloud_factory(rate_limit=5))
    answers = [api("GET", "/whoami") for _ in range(12)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 4 <= len(refused) <= 7
    for answer in refused:
        assert int(answer.headers["Retry-After"]) >= 1
        openapi.validate(answer.json(), "Error")
    time.sleep(0.25)
    assert api("GET", "/whoami").status_code == 200


@pytest.mark.parametrize("options", [{"queue_seconds": 0.4}, {}])
def test_what_waited_when_the_cloud_closed_runs_at_the_next_start(tmp_path, cloud_factory, api_of, options):
    first = cloud_factory(db=tmp_path / "jobs.db", queue_seconds=30)
    job_id = api_of(first).submit(**JOB)
    first.close()
    api = api_of(cloud_factory(db=tmp_path / "jobs.db", **options))
    assert api.wait(job_id)["status"] == "completed"
