"""Sessions: opened with limits, joined by jobs, ended by hand or by a limit (F 7.5)."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from qiskit_ionq_lite.emulator.queue import Queue, QueueRules
from qiskit_ionq_lite.emulator.refusals import RefusalError
from qiskit_ionq_lite.emulator.service import Service
from qiskit_ionq_lite.emulator.store import Selection, Store

JOB = {
    "type": "ionq.circuit.v1",
    "backend": "qpu.forte-1",
    "input": {"gateset": "qis", "qubits": 1, "circuit": [{"gate": "h", "target": 0}]},
    "shots": 10,
}
PRICE = 25.7899  # the minimum, in US dollars


@pytest.fixture
def slow(cloud_factory, api_of):
    """A client of a cloud whose queue nothing leaves."""
    return api_of(cloud_factory(queue_seconds=600))


def opened(api, openapi, backend="qpu.forte-1", **limits):
    body = {"backend": backend} | ({"settings": limits} if limits else {})
    answer = api("POST", "/sessions", json=body)
    assert answer.status_code == 201, answer.text
    openapi.answer(answer.json(), "POST", "/sessions", 201)
    return answer.json()


def ended(api, openapi, session_id):
    answer = api("POST", f"/sessions/{session_id}/end")
    assert answer.status_code == 200
    openapi.answer(answer.json(), "POST", "/sessions/{session_id}/end")
    return answer.json()


def seen(api, openapi, session_id):
    found = api.get(f"/sessions/{session_id}")
    openapi.answer(found, "GET", "/sessions/{session_id}")
    return found


def refused(api, openapi, words, session_id, **fields):
    answer = api("POST", "/jobs", json=JOB | fields | {"session_id": session_id})
    assert answer.status_code == 400
    openapi.validate(answer.json(), "BadRequestError")
    assert answer.json()["validation"] == {"keys": ["session_id"], "source": "payload"}
    assert words in answer.json()["message"]


def test_from_the_beginning_to_the_end(api, openapi) -> None:
    session = opened(api, openapi)
    assert (session["status"], session["active"], session["started_at"]) == ("created", True, None)
    assert session["settings"] == {}
    created = api("POST", "/jobs", json=JOB | {"session_id": session["id"]}).json()
    assert created["session_id"] == session["id"]
    assert api.wait(created["id"])["session_id"] == session["id"]
    started = seen(api, openapi, session["id"])
    assert (started["status"], started["active"]) == ("started", True)
    assert session["created_at"] <= started["started_at"]
    last = ended(api, openapi, session["id"])
    assert (last["status"], last["active"], last["ender_id"]) == ("ended", False, last["creator_id"])
    assert last["started_at"] <= last["ended_at"]
    assert seen(api, openapi, session["id"]) == last
    assert ended(api, openapi, session["id"]) == last
    refused(api, openapi, "ended", session["id"])


def test_a_listing(cloud_factory, api_of, openapi) -> None:
    api = api_of(cloud_factory())
    made = [opened(api, openapi, backend)["id"] for backend in ("simulator", "qpu.aria-1", "qpu.forte-1")]
    ended(api, openapi, made[1])

    def listed(**query):
        page = api.get("/sessions", **query)
        openapi.answer(page, "GET", "/sessions")
        assert page["organization_id"]
        return [session["id"] for session in page["sessions"]]

    assert listed() == made[::-1]
    assert listed(active="true") == [made[2], made[0]]
    assert listed(active="false") == [made[1]]
    assert api("GET", "/sessions", params={"active": "perhaps"}).status_code == 400


def test_jobs_of_a_session(api, openapi) -> None:
    session, other = opened(api, openapi)["id"], opened(api, openapi)["id"]
    jobs = [api.submit(**JOB | {"session_id": session}) for _ in range(3)]
    alone = api.submit(**JOB | {"session_id": other})
    page = api.get(f"/sessions/{session}/jobs", limit=2)
    openapi.answer(page, "GET", "/sessions/{session_id}/jobs")
    assert [job["id"] for job in page["jobs"]] == jobs[:0:-1]
    rest = api.get(f"/sessions/{session}/jobs", next=page["next"])
    assert ([job["id"] for job in rest["jobs"]], rest["next"]) == (jobs[:1], None)
    assert [job["id"] for job in api.get("/jobs", session_id=other)["jobs"]] == [alone]
    for job_id in jobs:
        api.wait(job_id)
    assert len(api.get(f"/sessions/{session}/jobs", status="completed")["jobs"]) == 3


@pytest.mark.parametrize("how", [("GET", ""), ("POST", "/end"), ("GET", "/jobs")])
def test_unknown_sessions_are_not_found(api, openapi, how) -> None:
    method, rest = how
    answer = api(method, f"/sessions/none{rest}")
    assert answer.status_code == 404
    openapi.validate(answer.json(), "Error")


def test_jobs_of_unknown_sessions_and_of_other_backends_are_refused(api, openapi) -> None:
    refused(api, openapi, "not found", "none")
    session = opened(api, openapi, "qpu.aria-1")["id"]
    refused(api, openapi, "qpu.aria-1", session)
    assert api.get(f"/sessions/{session}/jobs") == {"jobs": [], "next": None}


def test_the_end_cancels_what_waits(slow, openapi) -> None:
    session = opened(slow, openapi)["id"]
    inside, outside = slow.submit(**JOB | {"session_id": session}), slow.submit(**JOB)
    ended(slow, openapi, session)
    assert slow.get(f"/jobs/{inside}")["status"] == "canceled"
    assert slow.get(f"/jobs/{outside}")["status"] == "ready"


def test_a_session_ends_after_the_last_of_its_jobs(api, openapi) -> None:
    session = opened(api, openapi, job_count_limit=2)["id"]
    jobs = [api.submit(**JOB | {"session_id": session}) for _ in range(2)]
    refused(api, openapi, session, session)  # full while they run, ended afterwards
    last = max(api.wait(job_id)["completed_at"] for job_id in jobs)
    found = seen(api, openapi, session)
    assert (found["status"], found["ended_at"], found["ender_id"]) == ("ended", last, None)


def test_a_session_takes_no_more_jobs_than_its_limit_while_they_wait(slow, openapi) -> None:
    session = opened(slow, openapi, job_count_limit=3)["id"]
    jobs = itertools.repeat(JOB | {"session_id": session}, 12)
    with ThreadPoolExecutor(6) as many:
        answers = list(many.map(lambda job: slow("POST", "/jobs", json=job).status_code, jobs))
    assert sorted(answers) == [201] * 3 + [400] * 9
    refused(slow, openapi, "takes 3 jobs", session)
    assert seen(slow, openapi, session)["active"]


def test_a_session_spends_no_more_than_its_limit(slow, openapi) -> None:
    session = opened(slow, openapi, cost_limit={"value": 2.5 * PRICE})
    assert session["settings"] == {"cost_limit": {"value": 2.5 * PRICE, "unit": "usd"}}
    first, _ = [slow.submit(**JOB | {"session_id": session["id"]}) for _ in range(2)]
    refused(slow, openapi, "51.58 are taken", session["id"])
    assert slow.submit(**JOB | {"session_id": session["id"], "dry_run": True})
    slow("PUT", f"/jobs/{first}/status/cancel")  # what is canceled is not paid for
    assert slow.submit(**JOB | {"session_id": session["id"]})


def test_money_that_is_spent_ends_a_session(api, openapi) -> None:
    session = opened(api, openapi, cost_limit={"value": PRICE, "unit": "USD"})["id"]
    api.wait(api.submit(**JOB | {"session_id": session}))
    assert seen(api, openapi, session)["status"] == "ended"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({}, "backend"),
        ({"backend": "qpu.none"}, "backend"),
        ({"backend": "simulator", "settings": {"job_count_limit": 0}}, "settings.job_count_limit"),
        ({"backend": "simulator", "settings": {"duration_limit_min": 2**31}}, "settings.duration_limit_min"),
        ({"backend": "simulator", "settings": {"duration_limit_min": 0.5}}, "settings.duration_limit_min"),
        ({"backend": "simulator", "settings": {"cost_limit": {}}}, "settings.cost_limit.value"),
        ({"backend": "simulator", "settings": {"cost_limit": {"value": -1}}}, "settings.cost_limit.value"),
        (
            {"backend": "simulator", "settings": {"cost_limit": {"value": 1, "unit": "credit"}}},
            "settings.cost_limit.unit",
        ),
    ],
)
def test_a_session_that_makes_no_sense_is_refused(api, openapi, body, key) -> None:
    answer = api("POST", "/sessions", json=body)
    assert answer.status_code == 400
    openapi.validate(answer.json(), "BadRequestError")
    assert answer.json()["validation"]["keys"] == [key]


def test_a_restart_keeps_sessions(cloud_factory, api_of, openapi, tmp_path) -> None:
    first = cloud_factory(db=tmp_path / "jobs.db", queue_seconds=600)
    api = api_of(first)
    session = opened(api, openapi, job_count_limit=1, duration_limit_min=5)["id"]
    api.submit(**JOB | {"session_id": session})
    before = seen(api, openapi, session)
    first.close()
    again = api_of(cloud_factory(db=tmp_path / "jobs.db", queue_seconds=600))
    assert seen(again, openapi, session) == before
    refused(again, openapi, "takes 1 jobs", session)


class Timed:
    """The service of a cloud without workers, and its clock, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.store = Store()
        self.queue = Queue(self.store, QueueRules(0, None, 1), lambda: self.now)
        numbers = itertools.count()
        self.service = Service(
            self.store,
            queue=self.queue,
            enqueue=lambda: None,
            abort=lambda _: None,
            clock=lambda: self.now,
            new_id=lambda: f"id-{next(numbers)}",
            random=Random(1),
        )

    def open(self, minutes):
        body = {"backend": "qpu.forte-1", "settings": {"duration_limit_min": minutes}}
        return self.service.sessions.open(json.dumps(body).encode())

    def submit(self, session):
        return self.service.submit(json.dumps(JOB | {"session_id": session["id"]}).encode())["id"]


@pytest.fixture
def timed():
    made = Timed()
    yield made
    made.store.close()


def test_time_ends_a_session_at_its_minute(timed) -> None:
    session = timed.open(2)
    assert session["settings"] == {"duration_limit_min": 2, "expires_at": "1970-01-12T13:48:40.000Z"}
    waiting = timed.submit(session)
    timed.now += 119.999
    assert timed.service.sessions.get(session["id"])["active"]
    timed.now += 600
    assert timed.service.job(waiting)["status"] == "canceled"
    found = timed.service.sessions.get(session["id"])
    assert (found["ended_at"], found["ender_id"]) == (session["settings"]["expires_at"], None)
    with pytest.raises(RefusalError, match="has ended"):
        timed.submit(session)


def test_no_job_starts_after_the_end_of_its_session_and_what_runs_goes_on(timed) -> None:
    session = timed.open(1)
    running, waiting = timed.submit(session), timed.submit(session)
    assert timed.queue.claim().id == running
    timed.now += 61
    assert timed.queue.claim() is None
    assert [job["status"] for job in timed.service.jobs(Selection(), 25, None)["jobs"]] == [
        "canceled",
        "started",
    ]
    assert timed.service.job(waiting)["completed_at"] == session["settings"]["expires_at"]
