"""Errors have the platform's shape (F 6.9), name what is wrong, and store nothing."""

from __future__ import annotations

import json
import socket

import pytest
import requests

from qiskit_ionq_lite.emulator.server import LocalCloud, LocalCloudError

GATES = [{"gate": "h", "target": 0}]
GOOD = {
    "type": "ionq.circuit.v1",
    "backend": "simulator",
    "input": {"gateset": "qis", "qubits": 1, "circuit": GATES},
}
MULTI = GOOD | {"type": "ionq.multi-circuit.v1"}


def without(key):
    return {name: value for name, value in GOOD.items() if name != key}


def refused(answer, status, openapi):
    assert answer.status_code == status
    document = answer.json()
    openapi.validate(document, "BadRequestError" if status == 400 else "Error")
    assert document["statusCode"] == status
    assert answer.headers["x-request-id"]
    return document


@pytest.mark.parametrize(
    ("body", "key", "words"),
    [
        (without("type"), "type", "missing"),
        (without("backend"), "backend", "missing"),
        (without("input"), "input", "missing"),
        (GOOD | {"type": "ionq.qir.v1"}, "type", "ionq.circuit.v1, ionq.multi-circuit.v1"),
        (GOOD | {"backend": "qpu.aria1"}, "backend", "qpu.aria-1"),
        (GOOD | {"shots": 0}, "shots", "1,000,000"),
        (GOOD | {"shots": -1}, "shots", "1,000,000"),
        (GOOD | {"shots": 1_000_001}, "shots", "1,000,000"),
        (GOOD | {"shots": 1.5}, "shots", "int"),
        (GOOD | {"shots": "many"}, "shots", "many"),
        (GOOD | {"shots": [1]}, "shots", "int"),
        (GOOD | {"name": "no/slash"}, "name", "no/slash"),
        (GOOD | {"name": 3}, "name", "str"),
        (GOOD | {"metadata": {"a": 1}}, "metadata", "str"),
        (GOOD | {"metadata": "a"}, "metadata", "object"),
        (GOOD | {"metadata": {str(n): "" for n in range(11)}}, "metadata", "10"),
        (GOOD | {"metadata": {"k" * 41: ""}}, "metadata." + "k" * 41, "40"),
        (GOOD | {"metadata": {"k": "v" * 40_001}}, "metadata.k", "40,000"),
        (GOOD | {"noise": {"model": "aria1"}}, "noise.model", "aria-1"),
        (GOOD | {"noise": {}}, "noise.model", "missing"),
        (GOOD | {"noise": {"model": "aria-1", "seed": 0}}, "noise.seed", "1 to"),
        (
            GOOD | {"settings": {"error_mitigation": {"debiasing": "on"}}},
            "settings.error_mitigation.debiasing",
            "bool",
        ),
        (GOOD | {"dry_run": "yes"}, "dry_run", "bool"),
        (GOOD | {"input": {"gateset": "qis"}}, "input.circuit", "missing"),
        (GOOD | {"input": {"gateset": "foo", "circuit": []}}, "input.gateset", "native"),
        (GOOD | {"input": {"qubits": 0, "circuit": []}}, "input.qubits", "1 or more"),
        (GOOD | {"input": {"qubits": "two", "circuit": []}}, "input.qubits", "int"),
        (GOOD | {"input": {"circuit": [{"target": 0}]}}, "input.circuit[0].gate", "missing"),
        (
            GOOD | {"input": {"circuit": [*GATES, {"gate": "h", "target": "0"}]}},
            "input.circuit[1].target",
            "int",
        ),
        (GOOD | {"input": {"circuit": GATES * 150_001}}, "input", "150,000"),
        (MULTI | {"input": {"circuits": []}}, "input.circuits", "5,000"),
        (MULTI | {"input": {"circuits": [{"circuit": []}] * 5001}}, "input.circuits", "5,001"),
        (
            MULTI | {"input": {"circuits": [{"circuit": GATES}], "circuit": GATES}},
            "input.circuit",
            "circuits",
        ),
        (
            MULTI | {"input": {"circuits": [{"circuit": GATES, "gateset": "no"}]}},
            "input.circuits[0].gateset",
            "qis",
        ),
    ],
)
def test_a_malformed_body_is_400_and_names_its_key(api, openapi, body, key, words):
    document = refused(api("POST", "/jobs", json=body), 400, openapi)
    assert document["error"] == "Bad Request"
    assert document["validation"] == {"keys": [key], "source": "payload"}
    assert words in document["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[1, 2]", b'"text"', b"\xff\xfe", b'{"type": "\xff"}', b"null"])
def test_what_is_not_a_json_object_is_400(api, openapi, body):
    refused(api("POST", "/jobs", data=body), 400, openapi)
    refused(api("PUT", "/jobs/status/cancel", data=body), 400, openapi)
    refused(api("DELETE", "/jobs", data=body), 400, openapi)


def test_a_body_above_ten_megabytes_is_413(api, openapi):
    body = json.dumps(GOOD | {"filler": "x" * 11_000_000})
    refused(api("POST", "/jobs", data=body), 413, openapi)


KEYED = [
    ("GET", "/whoami"),
    ("GET", "/jobs"),
    ("POST", "/jobs"),
    ("DELETE", "/jobs"),
    ("GET", "/jobs/x"),
    ("DELETE", "/jobs/x"),
    ("PUT", "/jobs/x/status/cancel"),
    ("PUT", "/jobs/status/cancel"),
    ("GET", "/jobs/x/artifacts/y"),
    ("GET", "/jobs/x/results/probabilities"),
    ("GET", "/backends/qpu.forte-1/characterizations/x"),
]


@pytest.mark.parametrize(("method", "path"), KEYED)
@pytest.mark.parametrize("header", [None, "", "apiKey", "apiKey ", "Bearer key", "key"])
def test_without_a_key_it_is_401(cloud, openapi, method, path, header):
    headers = {} if header is None else {"Authorization": header}
    refused(requests.request(method, cloud.url + path, headers=headers, timeout=10), 401, openapi)


@pytest.mark.parametrize(
    "path", ["/health", "/backends", "/backends/qpu.forte-1", "/backends/qpu.aria-1/characterizations"]
)
def test_public_routes_need_no_key(cloud, path):
    assert requests.get(cloud.url + path, timeout=10).status_code == 200


def test_with_an_api_key_only_that_key_is_accepted(cloud_factory, api_of, openapi):
    cloud = cloud_factory(api_key="secret")
    assert cloud.token == "secret"
    assert api_of(cloud, "secret").get("/whoami")["key_name"]
    for wrong in ("secre", "secrets", "sécret"):
        header = {"Authorization": f"apiKey {wrong}".encode()}
        refused(requests.get(f"{cloud.url}/whoami", headers=header, timeout=10), 401, openapi)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", "/jobs/unknown"),
        ("DELETE", "/jobs/unknown"),
        ("PUT", "/jobs/unknown/status/cancel"),
        ("GET", "/jobs/unknown/results/probabilities"),
        ("GET", "/jobs/unknown/artifacts/probabilities"),
        ("GET", "/backends/unknown"),
        ("GET", "/backends/unknown/characterizations"),
        ("GET", "/backends/qpu.forte-1/characterizations/unknown"),
    ],
)
def test_what_does_not_exist_is_404(api, openapi, method, path):
    refused(api(method, path), 404, openapi)


def test_a_bulk_request_with_an_unknown_id_changes_nothing(api, openapi):
    job = api.run(**GOOD)
    for method, path in (("DELETE", "/jobs"), ("PUT", "/jobs/status/cancel")):
        refused(api(method, path, json={"ids": [job["id"], "unknown"]}), 404, openapi)
    assert api.get(f"/jobs/{job['id']}") == job


def test_a_method_that_a_path_does_not_have_is_405(api, openapi):
    refused(api("PATCH", "/jobs"), 405, openapi)


@pytest.mark.parametrize(
    "query",
    [{"status": "done"}, {"limit": "many"}, {"next": "here"}, {"next": "f" * 32}, {"ids": ["x"] * 501}],
)
def test_a_bad_query_is_400_and_names_its_key(api, openapi, query):
    document = refused(api("GET", "/jobs", params=query), 400, openapi)
    assert document["validation"] == {"keys": list(query), "source": "query"}


def test_a_bad_date_is_400(api, openapi):
    answer = api("GET", "/backends/qpu.forte-1/characterizations", params={"start": "yesterday"})
    assert refused(answer, 400, openapi)["validation"]["keys"] == ["start"]


def test_others_may_reach_it_only_with_a_key():
    with pytest.raises(LocalCloudError, match="api_key"):
        LocalCloud(host="0.0.0.0")


def test_a_taken_port_is_a_clear_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalCloudError, match=str(port)):
            LocalCloud(port=port).start()


def test_a_file_that_is_no_database_is_a_clear_error(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, whatever its name says " * 50)
    with pytest.raises(LocalCloudError, match=r"notes\.txt"):
        LocalCloud(path).start()


def test_there_is_no_address_before_the_start():
    with pytest.raises(LocalCloudError, match="start"):
        _ = LocalCloud().url
