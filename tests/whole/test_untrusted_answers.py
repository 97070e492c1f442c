"""Answers that are not as promised: an error of ours or the right result, never anything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from faulty import faulty
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit

from qiskit_ionq_lite import IonQError, IonQProvider
from qiskit_ionq_lite.cloud.retries import RetryPolicy

ONCE = RetryPolicy(tries=1)
JUNK = [None, "x", "", -1, 0, 1.5, 1e308, 2**70, True, [], [None], {}, {"id": 3}, "\ud83d", "9" * 50]


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


class Spoiler:
    """Changes one place of one answer, and says whether it was asked to."""

    def __init__(self) -> None:
        self.part = ""
        self.choice: Any = None

    def __call__(self, path: str, content: bytes) -> bytes:
        if not self.part or self.part not in path:
            return content
        place, how, junk = self.choice
        if how == "cut":
            return content[: place % len(content)]
        if how == "bytes":
            return content[: place % len(content)] + b"\xff\x00" + content[place % len(content) :]
        document = json.loads(content)
        places = list(_places(document))
        if not places:
            return json.dumps(junk).encode()
        container, key = places[place % len(places)]
        if how == "drop" and isinstance(container, dict):
            del container[key]
        elif how == "rename" and isinstance(container, dict):
            container["99999"] = container.pop(key)
        else:
            container[key] = junk
        return json.dumps(document).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


choices = st.tuples(
    st.integers(0, 10_000),
    st.sampled_from(["cut", "bytes", "drop", "rename", "junk", "junk"]),
    st.sampled_from(JUNK),
)


VERSIONS = ["/v0.4", "/v0.3"]


@pytest.fixture(scope="module")
def spoiled(cloud, request):
    """A provider behind a network that changes answers, what changes them, and three jobs."""
    version = getattr(request, "param", "/v0.4")
    spoiler = Spoiler()
    with faulty(cloud.url.replace("/v0.4", version), change=spoiler) as url:
        provider = IonQProvider("key", url=url, journal=False, retry=ONCE)
        backend = provider.get_backend("simulator")
        jobs = [
            backend.run(bell(), shots=50),
            backend.run(bell(), shots=50, memory=version == "/v0.4", noise_model="aria-1", seed_simulator=4),
            backend.run([bell(), bell()], shots=50, seed_simulator=5),
        ]
        right = [(job.job_id(), job.get_counts(), job.get_probabilities()) for job in jobs]
        yield url, spoiler, right


@pytest.mark.parametrize("spoiled", VERSIONS, indirect=True)
@given(st.sampled_from(["/jobs/", "/artifacts/", "/results/"]), choices, st.integers(0, 2))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_result_is_right_or_an_error(spoiled, part: str, choice: Any, which: int) -> None:
    url, spoiler, right = spoiled
    job_id, counts, probabilities = right[which]
    spoiler.part, spoiler.choice = part, choice
    try:
        job = IonQProvider("key", url=url, journal=False, retry=ONCE).job(job_id)
        found = job.result(timeout=0.2)
    except IonQError:
        return
    finally:
        spoiler.part = ""
    _, how, junk = choice
    if (how, junk) == ("junk", True) or part == "/jobs/":  # true is 1, and a status may be another one
        return
    assert (found.get_counts(), job.get_probabilities()) == (counts, probabilities)


@pytest.mark.parametrize("spoiled", VERSIONS, indirect=True)
@given(st.sampled_from(["/backends", "/jobs", "/characterizations"]), choices)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lists_and_targets_are_right_or_an_error(spoiled, part: str, choice: Any) -> None:
    url, spoiler, _ = spoiled
    spoiler.part, spoiler.choice = part, choice
    try:
        provider = IonQProvider("key", url=url, journal=False, retry=ONCE)
        for backend in provider.backends():
            assert backend.num_qubits >= 0
        for job in provider.jobs(3):
            job.status()
        assert provider.get_backend("qpu.forte-1").calibration() is not None or part != "/backends"
    except IonQError:
        pass
    finally:
        spoiler.part = ""


@given(choices)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_submission_is_answered_by_a_job_or_an_error(spoiled, choice: Any) -> None:
    url, spoiler, _ = spoiled
    backend = IonQProvider("key", url=url, journal=False, retry=ONCE).get_backend("simulator")
    spoiler.part, spoiler.choice = "/jobs", choice
    try:
        job = backend.run(bell(), shots=5)
    except IonQError:
        return
    finally:
        spoiler.part = ""
    assert isinstance(job.job_id(), str)
