"""Error mitigation over HTTP: when it is on, its variants, its aggregations, and their URLs (F 3.6, 7.4)."""

from __future__ import annotations

from collections import Counter

import pytest

GHZ = [{"gate": "h", "target": 0}, *({"gate": "cnot", "control": q, "target": q + 1} for q in range(2))]
PULSES = [{"gate": "gpi2", "target": 0, "phase": 0}]
V1, V2 = "ionq.result.{}.json.v1", "ionq.result.{}.json.v2"


def job(circuit=GHZ, gateset="qis", backend="qpu.aria-1", shots=1000, debiasing=None, **fields):
    asked = {} if debiasing is None else {"error_mitigation": {"debiasing": debiasing}}
    inner = {"gateset": gateset, "qubits": 3, "circuit": circuit}
    return {
        "type": "ionq.circuit.v1",
        "backend": backend,
        "shots": shots,
        "input": inner,
        "settings": asked,
        **fields,
    }


@pytest.mark.parametrize(
    ("change", "on"),
    [
        ({}, True),
        ({"debiasing": False}, False),
        ({"shots": 500}, True),
        ({"shots": 499}, False),
        ({"shots": 499, "debiasing": True}, False),
        ({"circuit": PULSES, "gateset": "native"}, False),
        ({"circuit": PULSES, "gateset": "native", "debiasing": True}, True),
    ],
    ids=["qis", "off", "500", "499", "499 asked for", "native", "native asked for"],
)
def test_when_a_qpu_job_is_debiased(api, openapi, change, on):
    done = api.run(**job(**change))
    openapi.validate(done, "GetJobResponse")
    assert done["settings"]["error_mitigation"]["debiasing"] is on
    assert ("error_mitigation" in done["output"]) is on


def test_simulators_never_debias(api):
    done = api.run(**job(backend="simulator", debiasing=True, noise={"model": "aria-1"}))
    assert "error_mitigation" not in done["output"]
    plain, sharpened = (
        api.get(f"/jobs/{done['id']}/results/probabilities", sharpen=s) for s in (False, True)
    )
    assert plain == sharpened


def test_each_circuit_of_a_batch_has_its_own_default(api):
    circuits = [{"circuit": GHZ}, {"circuit": PULSES, "gateset": "native"}]
    body = {"type": "ionq.multi-circuit.v1", "backend": "qpu.aria-1", "shots": 600}
    parent = api.run(**body, input={"gateset": "qis", "circuits": circuits})
    children = [api.get(f"/jobs/{child}") for child in parent["child_job_ids"]]
    assert [child["settings"]["error_mitigation"]["debiasing"] for child in children] == [True, False]


def test_variants_share_the_shots_and_name_their_ions(api):
    done = api.run(**job(shots=1050))
    variants = done["output"]["error_mitigation"]["debiasing"]["variants"]
    assert len(variants) == 10
    assert sum(variant["shots"] for variant in variants) == 1050
    for variant in variants:
        assert len(set(variant["qubit_map"])) == 3
        assert set(variant["qubit_map"]) <= set(range(25))
    assert len({tuple(variant["qubit_map"]) for variant in variants}) > 1


def test_the_job_is_the_sum_of_its_variants(api, openapi):
    done = api.run(**job(shots=1050))
    total = Counter()
    for variant in done["output"]["error_mitigation"]["debiasing"]["variants"]:
        found = api.get(f"/jobs/{done['id']}/artifacts/{variant['results'][V2.format('histogram')]['id']}")
        openapi.validate(found, "IonqResultHistogramJsonV2")
        counts = found["histogram"]["registers"]["output_all"]
        assert sum(counts.values()) == variant["shots"]
        total.update(counts)
        older = api.get(f"/jobs/{done['id']}/variants/{variant['variant_id']}/results/histogram")
        assert sorted(older.values()) == sorted(counts.values())
    whole = api.artifact(done, V2.format("histogram"))["histogram"]["registers"]["output_all"]
    assert dict(total) == whole
    average = done["output"]["error_mitigation"]["aggregations"]["average"]
    found = api.get(f"/jobs/{done['id']}/artifacts/{average['id']}")
    assert found["histogram"]["registers"]["output_all"] == whole


@pytest.mark.parametrize("method", ["average", "voting", "dnl"])
def test_aggregations_keep_the_number_of_shots_and_agree_in_all_formats(api, openapi, method):
    done = api.run(**job(shots=1050))
    descriptor = done["output"]["error_mitigation"]["aggregations"][method]
    histogram = api.get(f"/jobs/{done['id']}/artifacts/{descriptor['id']}")["histogram"]["registers"][
        "output_all"
    ]
    assert sum(histogram.values()) == 1050
    older = api.get(f"/jobs/{done['id']}/results/probabilities", aggregation=method)
    assert {format(int(value), "03b")[::-1]: round(p * 1050) for value, p in older.items()} == histogram


def test_voting_and_filtering_leave_the_errors_out(api):
    done = api.run(**job(shots=2500))
    path = f"/jobs/{done['id']}/results/probabilities"
    plain, sharp, filtered = (
        api.get(path, **query) for query in ({}, {"sharpen": "true"}, {"aggregation": "dnl"})
    )
    assert set(sharp) == {"0", "7"}
    assert {"0", "7"} <= set(filtered) <= set(plain)
    assert len(filtered) < len(plain)
    assert sharp == api.get(path, aggregation="voting")
    assert plain == api.get(path, aggregation="average")


def test_an_unknown_aggregation_is_refused(api):
    done = api.run(**job())
    answer = api("GET", f"/jobs/{done['id']}/results/probabilities", params={"aggregation": "majority"})
    assert answer.status_code == 400
    assert "average" in answer.json()["message"]


def test_variants_of_a_program_have_their_registers(api):
    text = (
        "OPENQASM 3.0; qubit[2] q; bit[2] c; h q[0]; c[0] = measure q[0]; cx q[0], q[1]; c[1] = measure q[1];"
    )
    done = api.run(type="ionq.qasm3.v1", backend="qpu.forte-1", shots=500, input={"data": text})
    variants = done["output"]["error_mitigation"]["debiasing"]["variants"]
    found = api.get(f"/jobs/{done['id']}/artifacts/{variants[2]['results'][V2.format('shots')]['id']}")
    assert len(found["shots"]) == variants[2]["shots"]
    assert set(found["shots"][0]["registers"]) == {"c", "output_all"}


def test_a_dry_run_has_no_variants(api):
    done = api.run(**job(dry_run=True))
    assert done["results"] is None
    assert "error_mitigation" not in done["output"]
