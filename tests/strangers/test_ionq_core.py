"""IonQ's own client, pointed at the local cloud."""

from __future__ import annotations

import warnings
from datetime import date, timedelta

import pytest
from ionq_core import IonQClient, SessionManager, iter_jobs, wait_for_job
from ionq_core.api.backends import get_backend, get_backends
from ionq_core.api.characterizations import get_characterizations_for_backend
from ionq_core.api.default import (
    cancel_job,
    cancel_jobs,
    clone_job,
    create_job,
    delete_job,
    delete_jobs,
    estimate_job_cost,
    get_job,
    get_job_artifact,
    get_job_cost,
    get_job_probabilities,
    get_session,
    get_session_jobs,
    get_sessions,
)
from ionq_core.api.schemas import get_format_schema
from ionq_core.api.usage import get_usages
from ionq_core.api.whoami import get_whoami
from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload
from ionq_core.models.circuit_job_results import CircuitJobResults
from ionq_core.models.clone_job_payload import CloneJobPayload
from ionq_core.models.jobs_bulk_operation_request import JobsBulkOperationRequest
from ionq_core.models.json_multi_circuit_job import JSONMultiCircuitJob
from ionq_core.models.multi_circuit_job import MultiCircuitJob
from ionq_core.models.single_circuit_job import SingleCircuitJob
from ionq_core.polling import JobFailedError

from qiskit_ionq_lite.emulator.server import LocalCloud

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
ARIA = [{"gate": "ms", "targets": [0, 1], "phases": [0, 0], "angle": 0.25}]
FORTE = [
    {"gate": "gpi2", "target": 0, "phase": 0},
    {"gate": "gpi2", "target": 1, "phase": 0},
    {"gate": "zz", "targets": [0, 1], "angle": 0.25},
    {"gate": "gpi2", "target": 0, "phase": 0},
]
POLL = {"poll_interval": 0.002}


@pytest.fixture(scope="module")
def strict_cloud():
    with LocalCloud(seed=7, strict=True) as running:
        yield running


@pytest.fixture(params=["as released clients need it", "strict"])
def client(request, cloud, strict_cloud):
    cloud = strict_cloud if request.param == "strict" else cloud
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


def test_bulk_cancel_and_delete(client):
    body = JobsBulkOperationRequest(ids=[create_job.sync(client=client, body=payload()).id for _ in range(3)])
    assert cancel_jobs.sync(client=client, body=body).ids == body.ids
    assert delete_jobs.sync(client=client, body=body).status == "deleted"


def test_what_a_job_costs(client):
    said = estimate_job_cost.sync(
        client=client, backend="qpu.forte-1", shots=200, field_1q_gates=1, field_2q_gates=1
    )
    assert said.rate_card.rates[0].unit == "gates"
    job = run(client, payload(backend="qpu.forte-1", shots=200))
    cost = get_job_cost.sync(job.id, client=client)
    assert cost.cost.value == pytest.approx(said.estimated_total_cost)
    assert cost.cost.unit == said.estimated_unit


def test_clones(client):
    job = run(client, payload(shots=200))
    changes = CloneJobPayload(name="again", backend="qpu.aria-1", shots=200)  # it would send 100 by itself
    clone = clone_job.sync(job.id, client=client, body=changes)
    found = wait_for_job(client, clone.id, **POLL)
    assert (found.name, found.backend, found.shots) == ("again", "qpu.aria-1", 200)


def test_a_session(client):
    with SessionManager(client, "qpu.forte-1", max_jobs=10, max_time=30, max_cost=100.0) as session:
        assert session.status() == "created"
        job = run(client, payload(backend="qpu.forte-1", session_id=session.session_id))
        assert session.status() == "started"
        listed = get_session_jobs.sync(session.session_id, client=client).jobs
        assert [found.id for found in listed] == [job.id]
        active = get_sessions.sync(client=client, active=True).sessions
        assert session.session_id in [found.id for found in active]
    ended = get_session.sync(session.session_id, client=client)
    assert (ended.status, ended.active) == ("ended", False)
    assert ended.settings.expires_at - ended.created_at == timedelta(minutes=30)


def test_usage(client):
    run(client, payload(backend="qpu.forte-1", shots=200))
    organization = get_sessions.sync(client=client).organization_id
    found = get_usages.sync(
        organization,
        client=client,
        start_date=date(2026, 1, 1),
        end_date=date(2999, 1, 1),
        group_by="job",
        modality="daily",
    )
    assert found.job_count >= 1
    assert found.usage_data[0].group_usages[0].amount > 25


def test_schemas_of_formats(client):
    found = get_format_schema.sync("ionq.native.v1", client=client)
    assert found.type_ == "object"
