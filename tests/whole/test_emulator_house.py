"""What stands beside the API: health, figures, drawings, and logs that tell no key."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import pytest
import requests

from qiskit_ionq_lite.emulator.server import LocalCloud

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]


def job(circuit=BELL, **fields):
    inner = {"gateset": "qis", "qubits": 2, "circuit": circuit}
    return {"type": "ionq.circuit.v1", "backend": "simulator", "input": inner, **fields}


BATCH = job() | {
    "type": "ionq.multi-circuit.v1",
    "input": {"gateset": "qis", "circuits": [{"circuit": BELL}, {"circuit": [{"gate": "x", "target": 0}]}]},
}


@pytest.fixture(scope="module")
def metered():
    with LocalCloud(api_key="secret") as cloud:
        yield cloud


@pytest.fixture
def house(metered, api_of):
    api = api_of(metered, key="secret")
    root = metered.url.removesuffix("/v0.4")
    api.house = lambda path, **options: api.session.get(root + path, timeout=10, **options)
    return api


def metrics(api):
    lines = api.house("/metrics").text.splitlines()
    return {
        name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
    }


def test_health_figures_and_the_page_need_no_key_and_the_rest_does(metered):
    root = metered.url.removesuffix("/v0.4")
    public = {
        path: requests.get(root + path, timeout=10).status_code for path in ("/", "/health", "/metrics")
    }
    assert set(public.values()) == {200}
    for path in ("/admin/status", "/admin/faults", "/admin/jobs/x/circuit"):
        refused = requests.get(root + path, timeout=10)
        assert (refused.status_code, refused.json()["statusCode"]) == (401, 401)


def test_figures_count_jobs_and_requests(house):
    before = metrics(house)
    house.run(**job())
    house.run(**BATCH)
    house("GET", "/jobs/unknown")
    after = metrics(house)
    assert after['ionq_lite_jobs{status="completed"}'] - before['ionq_lite_jobs{status="completed"}'] == 2
    posted = 'ionq_lite_requests_total{method="POST",status="201"}'
    assert after[posted] - before.get(posted, 0) == 2
    assert after['ionq_lite_requests_total{method="GET",status="404"}'] >= 1
    buckets = [value for name, value in after.items() if "_bucket" in name]
    assert buckets == sorted(buckets)
    assert buckets[-1] == after["ionq_lite_request_seconds_count"]
    assert (
        house.house("/admin/status").json()["jobs"]["completed"]
        == after['ionq_lite_jobs{status="completed"}']
    )


def test_figures_are_what_prometheus_reads(house):
    text = house.house("/metrics").text
    sample = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.]+')
    typed = set(re.findall(r"# TYPE (\w+) (?:gauge|counter|histogram)", text))
    for line in text.splitlines():
        assert line.startswith("# ") or sample.fullmatch(line), line
        if line[0] != "#":
            name = re.match(r"\w+", line).group()
            assert re.sub(r"_(bucket|sum|count)$", "", name) in typed or name in typed


def test_drawings(house):
    def drawing(job_id):
        return house.house(f"/admin/jobs/{job_id}/circuit").json()["text"]

    assert "┤ H ├──■──" in drawing(house.submit(**job()))
    batch = house.run(**BATCH)
    assert drawing(batch["id"]) == "2 circuits"
    assert "┤ X ├" in drawing(batch["child_job_ids"][1])
    long = drawing(house.submit(**job(BELL * 1000)))
    assert "1,880 more gates" in long
    assert "nonsense" in drawing(house.submit(**job([{"gate": "nonsense", "target": 0}])))
    program = "OPENQASM 3.0; qubit q; x q;"
    assert drawing(house.submit(**job() | {"type": "ionq.qasm3.v1", "input": {"data": program}})) == program
    assert house.house("/admin/jobs/unknown/circuit").status_code == 404


def test_the_page_asks_no_other_host(house):
    answer = house.house("/")
    assert "default-src 'none'; connect-src 'self'" in answer.headers["Content-Security-Policy"]
    assert re.findall(r"https?://[^\"' ]+", answer.text) == ["http://www.w3.org/2000/svg"]  # a name


def test_logs_are_json_and_tell_no_key():
    command = [sys.executable, "-m", "qiskit_ionq_lite", "serve", "--port", "0", "--api-key", "s3cret"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    greeting = server.stdout.readline()
    url = re.search(r"http://\S+", greeting).group()
    while "ionq-core" not in greeting:
        greeting += server.stdout.readline()
    for key in ("s3cret", "gue55"):
        requests.post(f"{url}/jobs", json=job(), headers={"Authorization": f"apiKey {key}"}, timeout=10)
    server.send_signal(signal.SIGTERM)
    out, err = server.communicate(timeout=30)
    lines = [json.loads(line) for line in err.splitlines()]
    requested = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["path"], line["status"]) for line in requested] == [
        ("POST", "/v0.4/jobs", 201),
        ("POST", "/v0.4/jobs", 401),
    ]
    assert all(line["request_id"] for line in requested)
    assert "s3cret" not in greeting + out + err
    assert "gue55" not in err
    assert f"export IONQ_REMOTE_HOST={url}" in greeting
