"""Faults on demand: each strikes the requests it names, as often as it says, before or after the deed."""

from __future__ import annotations

import time

import pytest
import requests

from qiskit_ionq_lite.emulator.faults import Fault, FaultError, parse_fault
from qiskit_ionq_lite.emulator.server import LocalCloud

JOB = {
    "type": "ionq.circuit.v1",
    "backend": "simulator",
    "input": {"gateset": "qis", "qubits": 1, "circuit": [{"gate": "x", "target": 0}]},
}


@pytest.fixture(scope="module")
def faulty():
    with LocalCloud(workers=1) as cloud:
        yield cloud


@pytest.fixture
def lone(faulty, api_of):
    api = api_of(faulty)
    yield api
    faulty.faults.clear()


def seen(api, method="POST", path="/jobs"):
    """What a client sees of one request: a status and body, or the name of the error."""
    try:
        answer = api(method, path, json=JOB if method == "POST" else None)
    except requests.RequestException as error:
        return type(error).__name__
    try:
        answer.json()
    except ValueError:
        return answer.status_code, "no JSON"
    return answer.status_code


def stored(api):
    """Ids of the jobs there are."""
    api.cloud.faults.clear()
    return [job["id"] for job in api.get("/jobs")["jobs"]]


SEEN = {
    "status": 503,
    "html": (503, "no JSON"),
    "truncated": (201, "no JSON"),
    "short": "ChunkedEncodingError",
    "cut": "ConnectionError",
    "latency": 201,
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", SEEN)
def test_what_a_client_sees_and_what_was_stored(lone, kind, when):
    before = stored(lone)
    lone.cloud.faults.replace([Fault(kind, "POST", "/jobs", when=when, seconds=0.01, times=1)])
    assert seen(lone) == SEEN[kind]
    assert lone.cloud.faults.hits() == [1]
    has_acted = when == "after" or kind in ("truncated", "short", "latency")
    assert len(stored(lone)) == len(before) + has_acted


def test_it_strikes_what_it_names_and_nothing_else(lone):
    lone.cloud.faults.replace([Fault("status", "GET", "/jobs/*", status=502)])
    assert seen(lone) == 201
    assert seen(lone, "GET", "/jobs") == 200
    assert seen(lone, "GET", "/jobs/some") == 502
    assert seen(lone, "DELETE", "/jobs/some") == 404


def test_skip_and_times(lone):
    lone.cloud.faults.replace([Fault("status", path="/health", skip=2, times=3)])
    assert [seen(lone, "GET", "/health") for _ in range(7)] == [200, 200, 503, 503, 503, 200, 200]


def test_a_seed_repeats_the_same_bad_day(lone):
    def day():
        lone.cloud.faults.replace([Fault("status", probability=0.5)], seed=3)
        return [seen(lone, "GET", "/health") for _ in range(20)]

    first = day()
    assert set(first) == {200, 503}
    assert day() == first


def test_retry_after_and_the_platforms_document(lone, openapi):
    lone.cloud.faults.replace([Fault("status", status=429, retry_after=2)])
    answer = lone("GET", "/jobs")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    openapi.validate(answer.json(), "Error")
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_latency_holds_up_one_request_and_no_other(lone, when):
    lone.cloud.faults.replace([Fault("latency", path="/health", when=when, seconds=0.2, times=1)])
    began = time.perf_counter()
    assert seen(lone, "GET", "/health") == 200
    assert time.perf_counter() - began >= 0.2


def test_latency_and_another_fault_add_up(lone):
    lone.cloud.faults.replace([Fault("latency", seconds=0.1), Fault("cut")])
    began = time.perf_counter()
    assert seen(lone, "GET", "/health") == "ConnectionError"
    assert time.perf_counter() - began >= 0.1


def test_the_admin_route(faulty, api_of):
    api = api_of(faulty)
    url = faulty.url.removesuffix("/v0.4") + "/admin/faults"

    def ask(method, **options):
        return api.session.request(method, url, **options)

    assert ask("GET").json() == {"faults": []}
    wanted = {"kind": "cut", "method": "POST", "path": "/jobs", "when": "after", "times": 1}
    (listed,) = ask("PUT", json={"faults": [wanted], "seed": 5}).json()["faults"]
    assert listed.items() >= (wanted | {"hits": 0}).items()
    before = len(api.get("/jobs")["jobs"])
    assert seen(api) == "ConnectionError"
    assert ask("GET").json()["faults"][0]["hits"] == 1
    assert len(api.get("/jobs")["jobs"]) == before + 1
    bad = ask("PUT", json={"faults": [{"kind": "cutt"}]})
    assert bad.status_code == 400
    assert "did you mean 'cut'" in bad.json()["message"]
    assert ask("DELETE").json() == {"faults": []}
    assert requests.get(url, timeout=10).status_code == 401


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "unknown kind ''"),
        ("cutt", "did you mean 'cut'"),
        ("cut PSOT", "did you mean 'POST'"),
        ("cut when=later", "Known: after, before"),
        ("cut probability=2", "0 to 1, not 2"),
        ("status status=200", "400 to 599"),
        ("latency second=1", "did you mean 'seconds'"),
        ("latency seconds=soon", "float"),
    ],
)
def test_a_fault_that_cannot_be(text, words):
    with pytest.raises(FaultError, match=words):
        parse_fault(text)
