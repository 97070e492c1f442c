"""IonQ's own client, pointed at the local cloud."""

from __future__ import annotations

import warnings

import pytest
from ionq_core import IonQClient, iter_jobs, wait_for_job
from ionq_core.api.backends import get_backend, get_backends
from ionq_core.api.characterizations import get_characterizations_for_backend
from ionq_core.api.default import (
    cancel_job,
    create_job,
    delete_job,
    get_job,
    get_job_artifact,
    get_job_probabilities,
)
from ionq_core.api.whoami import get_whoami
from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload
from ionq_core.models.circuit_job_results import CircuitJobResults
from ionq_core.models.json_multi_circuit_job import JSONMultiCircuitJob
from ionq_core.models.multi_circuit_job import MultiCircuitJob
from ionq_core.models.single_circuit_job import SingleCircuitJob
from ionq_core.polling import JobFailedError

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
ARIA = [{"gate": "ms", "targets": [0, 1], "phases": [0, 0], "angle": 0.25}]
FORTE = [
    {"gate": "gpi2", "target": 0, "phase": 0},
    {"gate": "gpi2", "target": 1, "phase": 0},
    {"gate": "zz", "targets": [0, 1], "angle": 0.25},
    {"gate": "gpi2", "target": 0, "phase": 0},
]
POLL = {"poll_interval": 0.002}


@pytest.fixture
def client(cloud):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "base_url .* does not use HTTPS")  # loopback needs none
        made = IonQClient(api_key=cloud.token, base_url=cloud.url)
    with made as opened:
        yield opened


def payload(circuit=BELL, backend="simulator", gateset="qis", **fields):
    body = {"type": "ionq.circuit.v1", "backend": backend, **fields}
    return CircuitJobCreationPayload.from_dict(
        body | {"input": {"gateset": gateset, "qubits": 2, "circuit": circuit}}
    )


def run(client, body):
    return wait_for_job(client, create_job.sync(client=client, body=body).id, **POLL)


def test_who_am_i_and_backends(client):
    assert get_whoami.sync(client=client).key_name
    assert {"simulator", "qpu.forte-1"} <= {row.backend for row in get_backends.sync(client=client)}
    assert get_backend.sync("qpu.forte-1", client=client).qubits == 36
    page = get_characterizations_for_backend.sync("qpu.forte-1", client=client)
    assert page.characterizations[0].backend == "qpu.forte-1"


def test_a_bell_job(client):
    job = run(client, payload())
    assert isinstance(job, SingleCircuitJob)
    assert isinstance(job.results, CircuitJobResults)  # the older entries do not spoil the typed map
    probabilities = get_job_probabilities.sync(job.id, client=client)
    assert probabilities.additional_properties == pytest.approx({"0": 0.5, "3": 0.5})
    artifact = job.results["ionq.result.probabilities.json.v2"]
    response = get_job_artifact.sync_detailed(job.id, artifact.id, client=client)
    assert b'"output_all"' in response.content


@pytest.mark.parametrize(
    "body",
    [
        payload(noise={"model": "aria-1", "seed": 3}, shots=200),
        payload(backend="qpu.forte-enterprise-1", shots=200),
        payload(ARIA, "qpu.aria-1", "native", shots=200),
        payload(FORTE, "qpu.forte-1", "native", shots=200),
    ],
)
def test_noisy_and_native_jobs(client, body):
    job = run(client, body)
    assert job.shots == 200
    probabilities = get_job_probabilities.sync(job.id, client=client).additional_properties
    assert sum(probabilities.values()) == pytest.approx(1)
    assert all((200 * value) == pytest.approx(round(200 * value)) for value in probabilities.values())


def test_a_batch(client):
    inner = {"gateset": "qis", "circuits": [{"circuit": BELL, "qubits": 2}, {"circuit": [], "qubits": 1}]}
    body = JSONMultiCircuitJob.from_dict(
        {"type": "ionq.multi-circuit.v1", "backend": "simulator", "input": inner}
    )
    job = run(client, body)
    assert isinstance(job, MultiCircuitJob)
    assert len(job.child_job_ids) == 2
    for child in job.child_job_ids:
        assert get_job.sync(child, client=client).parent_job_id == job.id


def test_a_failed_job(client):
    with pytest.raises(JobFailedError) as caught:
        run(client, payload([{"gate": "h", "target": 9}]))
    assert caught.value.failure.code == "InvalidInput"


def test_listing_walks_all_pages(client):
    made = {create_job.sync(client=client, body=payload()).id for _ in range(5)}
    assert made <= {job.id for job in iter_jobs(client, limit=2)}


def test_cancel_and_delete(client):
    created = create_job.sync(client=client, body=payload())
    assert cancel_job.sync(created.id, client=client).status == "canceled"
    assert delete_job.sync(created.id, client=client).status == "deleted"
