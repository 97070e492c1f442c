"""``ionq.qasm3.v1`` over HTTP: accepted first, read afterwards, answered per register (F 9)."""

from __future__ import annotations

import pytest

V1, V2 = "ionq.result.{}.json.v1", "ionq.result.{}.json.v2"
HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
REUSE = HEAD + (
    "qubit[2] q;\nbit[1] mid;\nbit[2] result;\n"
    "x q[0];\nmid[0] = measure q[0];\nreset q[0];\ncx q[0], q[1];\nx q[1];\n"
    "result[0] = measure q[0];\nresult[1] = measure q[1];\n"
)


def qasm(text, backend="simulator", **fields):
    return {"type": "ionq.qasm3.v1", "backend": backend, "input": {"data": text}, **fields}


def test_the_specifications_example(api, openapi):
    text = "OPENQASM 3.0;\nqubit[2] q;\nbit[2] c;\nh q[0];\ncx q[0], q[1];\n"
    text += "c[0] = measure q[0];\nc[1] = measure q[1];"
    body = qasm(text)
    openapi.validate(body, "JobCreationPayload")
    job = api.run(**body)
    openapi.validate(job, "GetJobResponse")
    assert job["type"] == "ionq.qasm3.v1"
    assert job["stats"] == {"qubits": 2, "circuits": 1, "gate_counts": {"1q": 1, "2q": 1}}
    assert api.artifact(job, V1.format("probabilities")) == pytest.approx({"0": 0.5, "3": 0.5})


def test_an_ideal_job_has_only_the_probabilities_of_all_qubits(api, openapi):
    job = api.run(**qasm(REUSE))
    assert job["status"] == "completed"
    assert V2.format("shots") not in job["results"]
    found = api.artifact(job, V2.format("probabilities"))
    assert found == {"probabilities": {"registers": {"output_all": {"01": pytest.approx(1)}}}}


@pytest.mark.parametrize("backend", ["simulator", "qpu.forte-1"])
def test_registers_in_all_formats(api, openapi, backend):
    noise = {"noise": {"model": "forte-1", "seed": 3}} if backend == "simulator" else {}
    job = api.run(**qasm(REUSE, backend, shots=400, **noise))
    shots = api.artifact(job, V2.format("shots"))
    openapi.validate(shots, "IonqResultShotsJsonV2")
    registers = [shot["registers"] for shot in shots["shots"]]
    assert len(registers) == 400
    likely = {"mid": [1], "result": [0, 1], "output_all": [0, 1]}
    assert sum(found == likely for found in registers) > 360
    assert all(found["result"] == found["output_all"] for found in registers)
    histogram = api.artifact(job, V2.format("histogram"))
    openapi.validate(histogram, "IonqResultHistogramJsonV2")
    for name in likely:
        keys = ["".join(map(str, found[name])) for found in registers]
        counts = {key: keys.count(key) for key in set(keys)}
        assert histogram["histogram"]["registers"][name] == counts
    probabilities = api.artifact(job, V2.format("probabilities"))
    openapi.validate(probabilities, "IonqResultProbabilitiesJsonV2")
    assert probabilities["probabilities"]["registers"]["mid"] == {
        key: count / 400 for key, count in histogram["histogram"]["registers"]["mid"].items()
    }


def test_loops_and_branches_fail_after_the_job_has_an_id(api):
    for construct, body in (("if", "if (mid[0]) x q[1];"), ("for", "for int i in [0:1] { x q[i]; }")):
        job = api.run(**qasm(HEAD + "qubit[2] q;\nbit[1] mid;\n" + body))
        assert job["status"] == "failed"
        assert job["failure"]["code"] == "PreflightError"
        assert construct in job["failure"]["message"]
        assert "line 5" in job["failure"]["message"]


def test_extra_keys_that_released_clients_send_are_ignored(api):
    body = qasm(REUSE, noise={"model": "aria-1", "seed": None}, shots=10)
    body["input"]["qubits"] = 2
    assert api.run(**body)["status"] == "completed"


def test_native_gates_run_as_given(api):
    bell = "gpi(0) q[0]; gpi(.25) q[0]; ms(0, 0) q[0], q[1]; gpi2(.5) q[0]; gpi2(.5) q[1]; gpi2(-.25) q[0];"
    job = api.run(**qasm("OPENQASM 3.0; qubit[2] q; " + bell))
    assert api.artifact(job, V1.format("probabilities")) == pytest.approx({"0": 0.5, "3": 0.5})


def test_the_same_seed_gives_the_same_shots_on_any_number_of_workers(cloud_factory, api_of):
    body = qasm(REUSE, noise={"model": "aria-1", "seed": 12}, shots=100)
    found = []
    for workers in (1, 4):
        api = api_of(cloud_factory(workers=workers))
        jobs = [api.submit(**body) for _ in range(4)]
        found += [api.artifact(api.wait(job), V2.format("shots")) for job in jobs]
    assert all(shots == found[0] for shots in found)
