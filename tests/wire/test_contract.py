"""Whatever a strict cloud is asked, each answer is one that IonQ's specification allows, and none is a 5xx.

Requests are made from the specification by schemathesis, valid ones and invalid ones. Half of them name what
is there: the cloud holds jobs of every type with their results, and a session.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qiskit_ionq_lite.emulator.devices import BACKENDS, NOISE_MODELS
from qiskit_ionq_lite.emulator.schemas import SCHEMAS
from qiskit_ionq_lite.emulator.server import LocalCloud

if sys.version_info < (3, 11):
    pytest.skip("schemathesis needs Python 3.11", allow_module_level=True)

import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

STRUCTURE = Path(__file__).with_name("openapi-v0.4.structure.json").read_text()
BELL = {
    "gateset": "qis",
    "circuit": [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}],
}
ENERGY = {
    "type": "hamiltonian-energy",
    "data": {
        "hamiltonian": [{"pauli_string": "ZZ", "coefficient": 0.5}],
        "ansatz": {"data": "OPENQASM 3.0; qubit[2] q; h q[0];"},
    },
}
PROGRAMS = [
    "OPENQASM 3.0; qubit[2] q; bit[2] c; h q[0]; c[0] = measure q[0]; reset q[0]; c = measure q;",
    "OPENQASM 3.0; qubit q; for int i in [0:2] { h q; }",
    "",
]
GRAPH = {
    "directed": False,
    "multigraph": False,
    "graph": [],
    "nodes": [{"id": 0}, {"id": 1}],
    "adjacency": [[{"id": 1}], [{"id": 0}]],
}
JOBS = [
    {"type": "ionq.circuit.v1", "backend": "simulator", "input": BELL},
    {"type": "ionq.circuit.v1", "backend": "qpu.forte-1", "input": BELL, "shots": 500},
    {"type": "ionq.circuit.v1", "backend": "qpu.aria-1", "input": BELL, "dry_run": True},
    {"type": "ionq.circuit.v1", "backend": "simulator", "input": BELL | {"qubits": 99}},
    {"type": "ionq.multi-circuit.v1", "backend": "simulator", "input": {"circuits": [BELL] * 2}},
    {"type": "quantum-function", "backend": "simulator", "input": {"data": ENERGY, "params": []}},
    {
        "type": "qctrl.qaoa.v1",
        "backend": "simulator",
        "input": {"problem_type": "maxcut", "problem": GRAPH},
        "external_settings": {"api_credentials": "key"},
    },
]
KEY = {"Authorization": "apiKey any"}
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
_TESTING = settings(
    max_examples=20,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),  # one cloud for all examples of an operation is what is meant
)


def named():
    """The specification, with what it lists in words only as enumerations: backends, and noise models."""
    specification = json.loads(STRUCTURE)
    schemas = specification["components"]["schemas"]
    schemas["JobBackends"]["enum"] = list(BACKENDS)
    schemas["NoiseModel"]["enum"] = list(NOISE_MODELS)
    for name in ("Partial_BaseChildJobCreationPayload_", "CreateSessionRequest"):
        schemas[name]["properties"]["backend"] = {"$ref": "#/components/schemas/JobBackends"}
    return specification


def narrowed():
    """The specification, narrowed to jobs that mostly are accepted: small circuits, programs, problems."""
    specification = named()
    schemas = specification["components"]["schemas"]
    single = schemas["CircuitJobCreationPayload"]
    program = deepcopy(single)
    single["properties"]["type"]["enum"] = ["ionq.circuit.v1"]
    program["properties"]["type"]["enum"] = ["ionq.qasm3.v1"]
    program["properties"]["input"] = {"$ref": "#/components/schemas/Qasm3CircuitInput"}
    schemas["CircuitJobInput"]["anyOf"].pop()
    schemas["JobCreationPayload"]["anyOf"].append(program)
    qubit = {"type": "integer", "minimum": 0, "maximum": 3}
    for name in ("Gate_QisGate", "Gate_NativeGate"):
        gate = schemas[name]["properties"]
        gate |= {key: qubit for key in ("target", "control") if key in gate}
        gate |= {key: {"type": "array", "items": qubit, "maxItems": 2} for key in ("targets", "controls")}
    schemas["Registers"]["additionalProperties"]["items"] = qubit
    schemas["Qasm3CircuitInput"]["properties"]["data"]["enum"] = PROGRAMS
    schemas["QctrlQaoaJobInput"]["properties"]["problem"]["enum"] = [GRAPH]
    schemas["HamiltonianEnergyInput"]["properties"]["data"] = {"enum": [ENERGY]}
    schemas["QuantumFunctionInput"] = {"$ref": "#/components/schemas/HamiltonianEnergyInput"}
    schemas["JsonMultiCircuitInput"]["properties"]["circuits"] |= {"minItems": 1, "maxItems": 3}
    schemas["Noise"]["properties"]["seed"]["minimum"] = 1
    for schema in schemas.values():
        if schema.get("properties", {}).keys() >= {"session_id", "shots", "input"}:
            del schema["properties"]["session_id"]
            schema["properties"]["shots"] |= {"minimum": 1, "maximum": 1000}
            schema["properties"]["name"]["pattern"] = "^[a-zA-Z0-9 _-]*$"
    return specification


def operations(specification):
    every = schemathesis.openapi.from_dict(specification).get_all_operations()
    return {found.ok().label: found.ok() for found in every}


OPERATIONS = operations(named())


@pytest.fixture(scope="module")
def kept(tmp_path_factory, api_of_module):
    """A database with finished jobs and a session; names of path parameters -> what is there."""
    db = tmp_path_factory.mktemp("contract") / "jobs.db"
    with LocalCloud(db, seed=7) as cloud:
        api = api_of_module(cloud)
        session = api("POST", "/sessions", json={"backend": "simulator"}).json()
        jobs = [api.run(**body) for body in JOBS]
        characterizations = api.get("/backends/qpu.forte-1/characterizations")["characterizations"]
    ids = [{"UUID": job["id"]} for job in jobs]
    entries = [(job["id"], one["id"]) for job in jobs for one in descriptors(job)]
    there = [
        ids,
        [{"UUID": job_id, "artifactId": artifact_id} for job_id, artifact_id in entries],
        [{"session_id": session["id"]}],
        [{"organization_id": session["organization_id"]}],
        [{"backend": name} for name in BACKENDS],
        [{"backend": "qpu.forte-1", "UUID": one["id"]} for one in characterizations],
        [{"format": name} for name in SCHEMAS],
    ]
    return db, {frozenset(some[0]): some for some in there}


def descriptors(job):
    results = (job["results"] or {}).items()
    return [entry for name, entry in results if name.startswith("ionq.result.")]


@pytest.fixture
def strict(kept, tmp_path, cloud_factory):
    """``strict(**options)``: a strict cloud with these jobs."""
    db, _ = kept

    def start(**options):
        copy = shutil.copy(db, tmp_path / "jobs.db")
        return cloud_factory(db=copy, strict=True, seed=7, **options)

    return start


def asked(data, operation, there):
    """A request: valid or not, of something that is there or not."""
    mode = data.draw(st.sampled_from(MODES)) if operation.body or operation.query else MODES[0]
    names = frozenset(re.findall(r"{(.*?)}", operation.path))
    known = data.draw(st.sampled_from(there[names])) if names and data.draw(st.booleans()) else None
    case = data.draw(operation.as_strategy(mode, path_parameters=known, headers=KEY))
    if isinstance(case.body, dict) and "ids" in case.body and data.draw(st.booleans()):
        case.body["ids"] = [data.draw(st.sampled_from(there[frozenset({"UUID"})]))["UUID"]]
    return case


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_allowed(label, kept, strict, openapi) -> None:
    operation = OPERATIONS[label]
    cloud = strict(queue_seconds=3600)  # what is submitted waits

    @_TESTING
    @given(st.data())
    def holds(data) -> None:
        case = asked(data, operation, kept[1])
        answer = case.call(base_url=cloud.url, headers=KEY)
        case.validate_response(answer, checks=[not_a_server_error, response_schema_conformance])
        document = answer.json()
        if answer.status_code >= 400:
            openapi.validate(
                document, "BadRequestError" if answer.status_code == 400 else "Error", strict=True
            )
            assert document["statusCode"] == answer.status_code
        else:
            openapi.answer(document, operation.method, operation.path, answer.status_code, strict=True)

    holds()


def test_whatever_is_accepted_ends(strict, api_of, openapi) -> None:
    """A job may fail, with one of the platform's codes; what it then says is still what is specified."""
    operation = operations(narrowed())["POST /jobs"]
    api = api_of(strict(workers=2))
    accepted = []

    @_TESTING
    @given(operation.as_strategy())
    def holds(case) -> None:
        answer = api("POST", "/jobs", json=case.body)
        assert answer.status_code in (201, 400)
        if answer.ok:
            job = api.wait(answer.json()["id"])
            openapi.answer(job, "GET", "/jobs/{UUID}", strict=True)
            assert "could not execute" not in (job["failure"] or {}).get("message", "")  # our own mistakes
            accepted.append(job["status"])

    holds()
    assert accepted
