"""One run is one job, on any network; and what a dead process left open is found out (D03, D04)."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from faulty import AFTER, BEFORE, faulty, tokens
from killing import kill_while_submitting
from qiskit import QuantumCircuit

from qiskit_ionq_lite import IonQAPIError, IonQJobTimeoutError, IonQProvider, IonQUnconfirmedError
from qiskit_ionq_lite.cloud.retries import RetryPolicy
from qiskit_ionq_lite.emulator.server import LocalCloud

QUICK = RetryPolicy(tries=8, first_wait=0.01, longest_wait=0.1, deadline=20)
"""The same rules, in less time."""


def flipped(number: int) -> QuantumCircuit:
    """A circuit whose only outcome is ``number``, 0 to 15."""
    circuit = QuantumCircuit(4)
    for qubit in range(4):
        if number >> qubit & 1:
            circuit.x(qubit)
    circuit.measure_all()
    return circuit


@pytest.fixture(scope="module")
def shared():
    """A cloud of this module's own, for tests that compare before and after."""
    with LocalCloud() as running:
        yield running


@pytest.fixture
def cloud(cloud_factory):
    return cloud_factory()


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "journal.db"


@pytest.mark.parametrize("attempts", [1, 2, 3])
@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
def test_every_fault_of_a_submission_makes_one_job(shared, api_of, journal, fault, attempts) -> None:
    """The first, the second and the third request to submit are spoiled."""
    before = tokens(api_of(shared))
    left = [attempts]

    def plan(method: str, path: str) -> str | None:
        if method == "POST" and left[0]:
            left[0] -= 1
            return fault
        return None

    with faulty(shared.url, plan) as url:
        provider = IonQProvider("key", url=url, journal=journal, retry=QUICK)
        job = provider.get_backend("simulator").run(flipped(5), shots=10)
        assert job.get_counts() == {"0101": 10}
    (submission,) = provider.submissions()
    assert sorted(tokens(api_of(shared))) == sorted([*before, submission.token])
    assert (submission.state, submission.job_id) == ("confirmed", job.job_id())


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
@pytest.mark.parametrize("path", ["/backends", "/jobs/", "/artifacts/", "/status/cancel"])
def test_every_other_call_survives_every_fault_twice(shared, journal, fault, path) -> None:
    seen: Counter[str] = Counter()

    def plan(method: str, asked: str) -> str | None:
        if path in asked and method != "POST":
            seen[asked] += 1
            return fault if seen[asked] <= 2 else None
        return None

    with faulty(shared.url, plan) as url:
        provider = IonQProvider("key", url=url, journal=journal, retry=QUICK)
        backend = provider.get_backend("simulator")
        assert backend.run(flipped(9), shots=10).get_counts() == {"1001": 10}
        assert backend.run(flipped(1)).cancel() in (True, False)


def test_an_api_that_stays_down_leaves_it_open_and_recover_finds_it(cloud, api_of, journal) -> None:
    down = [False]

    def plan(method: str, _path: str) -> str | None:
        if method == "POST":
            down[0] = True
            return "cut after"
        return "502 before" if down[0] else None

    retry = RetryPolicy(tries=3, first_wait=0.01)
    with faulty(cloud.url, plan) as url:
        provider = IonQProvider("key", url=url, journal=journal, retry=retry)
        backend = provider.get_backend("simulator")
        with pytest.raises(IonQUnconfirmedError, match=r"recover\(\) finds out later"):
            backend.run(flipped(3))
        plan_of = provider.submissions()
        assert [one.state for one in plan_of] == ["open"]
        down[0] = False
        again = IonQProvider("key", url=url, journal=journal, retry=retry)
        with pytest.warns(UserWarning, match="1 submissions .* unconfirmed"):
            again.jobs()
        recovery = again.recover()
        assert [job.get_counts().most_frequent() for job in recovery.found] == ["0011"]
    assert tokens(api_of(cloud)) == [plan_of[0].token]


def test_what_was_refused_is_not_open(cloud_factory, journal) -> None:
    cloud = cloud_factory(api_key="right")
    provider = IonQProvider("wrong", url=cloud.url, journal=journal, retry=QUICK)
    with pytest.raises(IonQAPIError, match="key was refused"):
        provider.get_backend("simulator").run(flipped(1))
    assert [one.state for one in provider.submissions()] == ["refused"]


def test_what_never_arrived_is_reported_and_not_sent(cloud, api_of, journal) -> None:
    with faulty(cloud.url, lambda method, _path: "cut before" if method == "POST" else None) as url:
        provider = IonQProvider("key", url=url, journal=journal, retry=RetryPolicy(tries=2, first_wait=0.01))
        with pytest.raises(IonQAPIError, match="unknown whether the job was made"):
            provider.get_backend("simulator").run(flipped(1), name="lost one")
    assert tokens(api_of(cloud)) == []
    assert [one.state for one in provider.submissions()] == ["refused"]


def test_a_thousand_jobs_from_eight_threads_on_a_network_that_fails_a_fifth_of_all_requests(
    cloud, api_of, journal
) -> None:
    chance = random.Random(11)
    faults = [*BEFORE, *AFTER]

    def plan(_method: str, _path: str) -> str | None:
        return chance.choice(faults) if chance.random() < 0.2 else None

    with faulty(cloud.url, plan) as url:
        provider = IonQProvider("key", url=url, journal=journal, retry=QUICK)
        backend = provider.get_backend("simulator")

        def right(number: int) -> bool:
            counts = backend.run(flipped(number % 16), shots=7).get_counts()
            return counts == {f"{number % 16:04b}": 7}

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(right, range(1_000)))
    found = tokens(api_of(cloud))
    assert len(found) == len(set(found)) == 1_000
    assert {one.state for one in provider.submissions(2_000)} == {"confirmed"}


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("seed", range(3))
def test_after_a_kill_journal_and_server_agree(cloud, api_of, journal, seed: int) -> None:
    seconds = random.Random(seed).uniform(0.0, 0.4)
    with faulty(cloud.url, lambda method, _path: "latency" if method == "POST" else None) as url:
        kill_while_submitting(url, journal, seconds)
        provider = IonQProvider("key", url=url, journal=journal, retry=QUICK)
        recovery = provider.recover()
        assert all(job.get_counts() == {"1": 1} for job in recovery.found)
        assert provider.recover().found == []
    known = [one for one in provider.submissions(1_000) if one.state == "confirmed"]
    assert sorted(one.token for one in known) == sorted(tokens(api_of(cloud)))
    assert {one.state for one in provider.submissions(1_000)} <= {"confirmed", "unsent"}


def test_a_live_process_is_not_recovered(cloud, journal) -> None:
    """While a submission is on its way, nobody else calls it lost."""
    arrived, go_on = threading.Event(), threading.Event()

    def plan(method: str, _path: str) -> str | None:
        if method == "POST":
            arrived.set()
        return None

    with faulty(cloud.url, plan) as url:
        provider = IonQProvider("key", url=url, journal=journal, retry=QUICK)
        backend = provider.get_backend("simulator")
        thread = threading.Thread(target=lambda: [backend.run(flipped(2)), go_on.set()])
        thread.start()
        arrived.wait()
        recovery = IonQProvider("key", url=url, journal=journal, retry=QUICK).recover()
        go_on.wait()
        thread.join()
    assert recovery.unsent == []
    assert [one.state for one in provider.submissions()] == ["confirmed"]


@pytest.mark.parametrize("fault", ["502 before", "cut before", "503 before", "html before"])
def test_result_keeps_its_time_when_the_api_is_down(cloud, journal, fault: str) -> None:
    down = [False]
    with faulty(cloud.url, lambda _method, _path: fault if down[0] else None) as url:
        provider = IonQProvider("key", url=url, journal=journal)
        job = provider.get_backend("simulator").run(flipped(2))
        down[0] = True
        start = time.monotonic()
        with pytest.raises(IonQJobTimeoutError, match="it goes on"):
            job.result(timeout=1)
        assert time.monotonic() - start < 6  # not a measurement: the peer never comes back
