"""Usage by period and group, and the schemas of formats; and that every path of the specification answers."""

from __future__ import annotations

import json
from datetime import date, datetime, timezone
from random import Random

import pytest
from jsonschema import Draft202012Validator

from qiskit_ionq_lite.emulator.app import OPERATIONS
from qiskit_ionq_lite.emulator.jobs import Ending
from qiskit_ionq_lite.emulator.prices import Size, execution_us
from qiskit_ionq_lite.emulator.queue import Queue, QueueRules
from qiskit_ionq_lite.emulator.schemas import SCHEMAS
from qiskit_ionq_lite.emulator.service import Service
from qiskit_ionq_lite.emulator.store import Store
from qiskit_ionq_lite.emulator.usage import UsageQuery

GATES = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
MINIMUM = 25.7899  # US dollars
RANGE = {"start_date": "2026-01-01", "end_date": "2999-12-31"}


def body(circuit=GATES, backend="qpu.forte-1", shots=10, **fields):
    inner = {"gateset": "qis", "circuit": circuit}
    return {"type": "ionq.circuit.v1", "backend": backend, "input": inner, "shots": shots, **fields}


class Office:
    """The service of a cloud whose jobs end when they are told to."""

    def __init__(self):
        self.store = Store()
        self.now = 0.0
        queue = Queue(self.store, QueueRules(0, None, 1), lambda: self.now)
        ids = iter(f"id-{number}" for number in range(100))
        self.service = Service(
            self.store,
            queue=queue,
            enqueue=lambda: None,
            abort=lambda _: None,
            clock=lambda: self.now,
            new_id=lambda: next(ids),
            random=Random(1),
        )
        self.queue = queue

    def run(self, moment, **fields):
        self.now = datetime.fromisoformat(moment).replace(tzinfo=timezone.utc).timestamp()
        job_id = self.service.submit(json.dumps(body(**fields)).encode())["id"]
        self.store.finish(self.queue.claim(), round(self.now * 1000), [Ending(job_id)], {})
        return job_id

    def usage(self, start, end, group_by="project", modality="daily"):
        query = UsageQuery(date.fromisoformat(start), date.fromisoformat(end), group_by, modality)
        organization = self.service.sessions.every(None)["organization_id"]
        return self.service.usage(organization, query)


@pytest.fixture
def office():
    made = Office()
    yield made
    made.store.close()


def by_period(found):
    return {row["from"][:10]: row["job_count"] for row in found["usage_data"]}


def test_periods(office, openapi) -> None:
    for moment in ("2026-02-27T23:59:59", "2026-02-28T00:00:00", "2026-03-01T12:00", "2026-03-02T00:00"):
        office.run(moment)
    office.run("2026-03-02T08:00", backend="simulator")  # free
    office.run("2026-03-02T09:00", dry_run=True)  # free as well
    daily = office.usage("2026-02-28", "2026-03-02")
    openapi.answer(daily, "GET", "/organizations/{organization_id}/usage")
    assert by_period(daily) == {"2026-03-02": 1, "2026-03-01": 1, "2026-02-28": 1}
    assert list(by_period(daily)) == ["2026-03-02", "2026-03-01", "2026-02-28"]
    assert by_period(office.usage("2026-01-01", "2026-03-02", modality="weekly")) == {  # Mondays
        "2026-03-02": 1,
        "2026-02-23": 3,
    }
    monthly = office.usage("2026-02-10", "2026-03-31", modality="monthly")
    assert by_period(monthly) == {"2026-03-01": 2, "2026-02-10": 2}
    assert (monthly["job_count"], monthly["usage_unit"]) == (4, "USD")
    assert monthly["amount_total"] == pytest.approx(4 * MINIMUM)
    assert office.usage("2025-01-01", "2025-12-31")["usage_data"] == []
    assert office.usage("0001-01-01", "9999-12-31")["job_count"] == 4


def test_amounts_and_times_are_those_of_the_jobs(office) -> None:
    small = office.run("2026-05-05T01:00")
    large = office.run("2026-05-05T02:00", circuit=GATES * 1000, shots=100, name="large")
    found = office.usage("2026-05-05", "2026-05-05", "job")
    prices = {job: office.service.cost(job)["cost"]["value"] for job in (small, large)}
    (row,) = found["usage_data"]
    assert row["amount"] == found["amount_total"] == pytest.approx(sum(prices.values()))
    assert [group["group_id"] for group in row["group_usages"]] == [large, small]
    assert [group["group_name"] for group in row["group_usages"]] == ["large", small]
    assert [group["amount"] for group in row["group_usages"]] == [prices[large], prices[small]]
    times = [execution_us("qpu.forte-1", Size(100, 1000, 1000)), execution_us("qpu.forte-1", Size(10, 1, 1))]
    assert [group["time_us"] for group in row["group_usages"]] == pytest.approx(times)
    assert found["time_us_total"] == pytest.approx(sum(times))


def test_at_most_five_groups(office) -> None:
    made = [office.run("2026-05-05T01:00", circuit=GATES * 20 * n, shots=10_000) for n in range(1, 8)]
    (row,) = office.usage("2026-05-05", "2026-05-05", "job")["usage_data"]
    assert [group["group_id"] for group in row["group_usages"]] == made[:1:-1]
    assert row["job_count"] == 7
    for group_by in ("project", "user"):
        (row,) = office.usage("2026-05-05", "2026-05-05", group_by)["usage_data"]
        assert [group["job_count"] for group in row["group_usages"]] == [7]


def test_over_http(api, openapi) -> None:
    organization = api.get("/sessions")["organization_id"]
    api.run(**body())
    for group_by in ("job", "project", "user"):
        found = api.get(
            f"/organizations/{organization}/usage", group_by=group_by, modality="monthly", **RANGE
        )
        openapi.answer(found, "GET", "/organizations/{organization_id}/usage")
        assert found["organization"] == organization
        assert found["job_count"] >= 1


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"start_date": None}, ["start_date", "end_date"]),
        ({"start_date": "3000-01-01"}, ["start_date", "end_date"]),
        ({"end_date": "soon"}, ["end_date"]),
        ({"group_by": None}, ["group_by"]),
        ({"group_by": "company"}, ["group_by"]),
        ({"modality": "yearly"}, ["modality"]),
    ],
)
def test_bad_questions(api, openapi, change, keys) -> None:
    organization = api.get("/sessions")["organization_id"]
    query = RANGE | {"group_by": "job", "modality": "daily"} | change
    answer = api("GET", f"/organizations/{organization}/usage", params=query)
    assert answer.status_code == 400
    openapi.validate(answer.json(), "BadRequestError")
    assert answer.json()["validation"]["keys"] == keys


def test_another_organization_is_not_found(api, openapi) -> None:
    query = RANGE | {"group_by": "job", "modality": "daily"}
    answer = api("GET", "/organizations/com.my.org/usage", params=query)
    assert answer.status_code == 404
    openapi.validate(answer.json(), "Error")


@pytest.mark.parametrize("form", SCHEMAS)
def test_schemas_of_formats(api, openapi, form) -> None:
    schema = api.get(f"/schemas/formats/{form}")
    openapi.answer(schema, "GET", "/schemas/formats/{format}")
    assert schema["$id"] == form
    Draft202012Validator.check_schema(schema)


def test_the_formats_are_those_of_the_specification(api, openapi) -> None:
    assert set(SCHEMAS) == set(openapi.component("Formats")["enum"])
    answer = api("GET", "/schemas/formats/ionq.result.v9")
    assert answer.status_code == 404


def test_results_are_what_their_schemas_say(api) -> None:
    program = "OPENQASM 3.0; qubit[2] q; bit[1] mid; bit[2] c; h q[0]; mid[0] = measure q[0]; c = measure q;"
    jobs = [
        api.run(**body(noise={"model": "aria-1"}, backend="simulator")),
        api.run(**body(backend="qpu.aria-1")),
        api.run(type="ionq.qasm3.v1", backend="qpu.forte-1", shots=10, input={"data": program}),
        api.run(
            type="ionq.multi-circuit.v1",
            backend="simulator",
            input={"gateset": "qis", "circuits": [{"circuit": GATES}] * 2},
        ),
    ]
    seen = set()
    for job in jobs:
        compiled = job["output"].get("compilation", {}).get("compiled_circuits", {})
        for entry in {**job["results"], **compiled}.values():
            payload = api.get(f"/jobs/{job['id']}/artifacts/{entry['id']}")
            schema = api.get(f"/schemas/formats/{entry['format']}")
            Draft202012Validator(schema).validate(payload)
            seen.add(entry["format"])
    assert seen == set(SCHEMAS)


def test_every_path_of_the_specification_is_served(openapi) -> None:
    def plain(path):
        return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))

    served = {(operation.method, plain(operation.path)) for operation in OPERATIONS}
    specified = {(method, plain(path)) for method, path in openapi.operations()}
    assert len({path for _, path in specified}) == 21
    assert specified <= served
