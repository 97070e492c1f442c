"""Sessions of the provider, against the local cloud (D21: no job goes into a session that is none)."""

from __future__ import annotations

import pickle

import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2
from qiskit.providers import JobStatus

from qiskit_ionq_lite import (
    IonQInputError,
    IonQNotFoundError,
    IonQOptionError,
    IonQProvider,
    IonQRequestError,
    Session,
)
from qiskit_ionq_lite.emulator.faults import Fault
from qiskit_ionq_lite.session import limits


@pytest.fixture(scope="module")
def provider(cloud):
    with IonQProvider(cloud.token, url=cloud.url, journal=False, environment={}) as made:
        yield made


@pytest.fixture
def slow(cloud_factory):
    """A provider of a cloud whose queue nothing leaves."""
    cloud = cloud_factory(queue_seconds=600)
    with IonQProvider(cloud.token, url=cloud.url, journal=False, environment={}) as made:
        yield made


def flip() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.x(0)
    circuit.measure_all()
    return circuit


def test_jobs_of_a_session_end_before_it_does(provider) -> None:
    backend = provider.get_backend("simulator")
    with backend.open_session(max_time=60) as session:
        jobs = [session.run(flip(), shots=10) for _ in range(3)]
        assert session.status().active
    assert [job.get_counts() for job in jobs] == [{"1": 10}] * 3
    found = session.status()
    assert (found.status, found.active, found.settings.duration_limit_min) == ("ended", False, 60)
    listed = [job.job_id() for job in session.jobs()]
    assert listed == [job.job_id() for job in reversed(jobs)]
    assert [job.job_id() for job in provider.jobs(session=session)] == listed
    assert [job.job_id() for job in provider.jobs(session=session.session_id)] == listed


def test_only_what_runs_in_the_session_is_in_it(provider) -> None:
    backend = provider.get_backend("simulator")
    with backend.open_session() as session:
        backend.run(flip(), shots=10)
        inside = session.run(flip(), shots=10)
        assert [job.job_id() for job in session.jobs()] == [inside.job_id()]


def test_primitives_run_in_the_session_with_its_backend(provider) -> None:
    with provider.get_backend("simulator").open_session() as session:
        result = BackendSamplerV2(backend=session.backend).run([flip()], shots=20).result()
        assert result[0].data.meas.get_counts() == {"1": 20}
        assert len(session.jobs()) == 1


def test_an_exception_ends_the_session_at_once(slow) -> None:
    class OwnError(Exception):
        pass

    def careless(session) -> None:
        with session:
            jobs.append(session.run(flip()))
            raise OwnError

    jobs: list = []
    session = slow.get_backend("simulator").open_session()
    with pytest.raises(OwnError):
        careless(session)
    assert not session.status().active
    assert jobs[0].status() is JobStatus.CANCELLED


def test_after_the_end_nothing_runs_in_it_and_the_backend_goes_on(provider) -> None:
    backend = provider.get_backend("simulator")
    session = backend.open_session()
    session.end()
    session.end()
    session.close()
    with pytest.raises(IonQInputError, match="has ended"):
        session.run(flip())
    with pytest.raises(IonQRequestError, match="has ended"):
        session.backend.run(flip())
    assert backend.run(flip(), shots=5).get_counts() == {"1": 5}


def test_limits_hold(slow) -> None:
    session = slow.get_backend("qpu.forte-1").open_session(max_jobs=2, max_cost=60.0)
    for _ in range(2):
        session.run(flip(), shots=10)
    with pytest.raises(IonQRequestError, match="takes 2 jobs"):
        session.run(flip(), shots=10)
    thrifty = slow.get_backend("qpu.forte-1").open_session(max_cost=30)
    thrifty.run(flip(), shots=10)
    with pytest.raises(IonQRequestError, match=r"may cost 30\.00 usd"):
        thrifty.run(flip(), shots=10)
    assert (session.status().settings.job_count_limit, thrifty.status().settings.cost_limit.value) == (2, 30)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"max_time": 0}, "max_time"),
        ({"max_time": 1.5}, "max_time"),
        ({"max_time": "2h"}, "max_time"),
        ({"max_jobs": True}, "max_jobs"),
        ({"max_jobs": -1}, "max_jobs"),
        ({"max_cost": -1}, "max_cost"),
        ({"max_cost": float("nan")}, "max_cost"),
    ],
)
def test_limits_that_are_none(provider, given, name) -> None:
    with pytest.raises(IonQOptionError, match=name):
        provider.get_backend("simulator").open_session(**given)


def test_no_limits_are_no_settings() -> None:
    assert limits(None, None, None) == {}


def test_a_session_from_another_machine(provider) -> None:
    session = provider.get_backend("qpu.forte-1", gateset="native").open_session()
    again = provider.session(session.session_id, gateset="native")
    assert isinstance(again, Session)
    assert (again.backend.name, again.backend.gateset) == ("qpu.forte-1", "native")
    job = again.run(flip(), shots=10)
    assert [found.job_id() for found in session.jobs()] == [job.job_id()]
    with pytest.raises(IonQNotFoundError):
        provider.session("00000000-0000-0000-0000-000000000000")


def test_an_unknown_session_is_refused_at_submission(provider) -> None:
    with pytest.raises(IonQRequestError, match="not found"):
        provider.get_backend("simulator").run(flip(), session_id="unknown")


def test_a_pickled_session_holds_no_key(cloud, monkeypatch) -> None:
    monkeypatch.setenv("IONQ_API_KEY", "s3cret")
    with IonQProvider(url=cloud.url, journal=False) as provider:
        session = provider.get_backend("simulator").open_session()
        pickled = pickle.dumps(session)
        assert b"s3cret" not in pickled
        again = pickle.loads(pickled)
        assert again.session_id == session.session_id
        assert again.run(flip(), shots=3).get_counts() == {"1": 3}


def test_an_end_whose_answer_is_lost_is_an_end(cloud_factory) -> None:
    cloud = cloud_factory(faults=[Fault("cut", method="POST", path="/sessions/*/end", when="after", times=1)])
    with IonQProvider(cloud.token, url=cloud.url, journal=False, environment={}) as provider:
        session = provider.get_backend("simulator").open_session()
        session.end()
        assert not session.status().active
