"""A local cloud with a noise file, and seeds that mean the same everywhere."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from qiskit_ionq_lite.cli import main

X = {"gateset": "native", "qubits": 1, "circuit": [{"gate": "gpi", "target": 0, "phase": 0}]}
HALF = {"gateset": "native", "qubits": 1, "circuit": [{"gate": "gpi2", "target": 0, "phase": 0}]}
WIDE = {
    "gateset": "qis",
    "qubits": 12,
    "circuit": [
        {"gate": "h", "target": 0},
        *({"gate": "cnot", "control": qubit, "target": qubit + 1} for qubit in range(11)),
    ],
}


def job(circuit, shots=300, seed=5, **fields):
    body = {"type": "ionq.circuit.v1", "backend": "simulator", "shots": shots, "input": circuit}
    return body | {"noise": {"model": "aria-1", "seed": seed}} | fields


@pytest.fixture
def noisy_cloud(cloud_factory, tmp_path):
    path = tmp_path / "noise.json"
    path.write_text(json.dumps({"aria-1": {"readout": [0, 1]}, "qpu.forte-1": {"gpi": 0, "readout": [1, 0]}}))
    return cloud_factory(noise=path)


def test_the_file_counts_for_what_it_names_and_nothing_else(noisy_cloud, api_of):
    api = api_of(noisy_cloud)

    def found(**fields):
        return api.artifact(api.run(**job(X, **fields)), "ionq.result.probabilities.json.v1").get("1", 0)

    assert found() < 0.05  # every 1 is read as 0
    assert found(noise={"model": "forte-1"}) > 0.95
    assert found(noise={"model": "ideal"}) == 1
    assert found(backend="qpu.forte-1") == 1
    assert found(backend="qpu.aria-1") > 0.95


@pytest.mark.parametrize("circuit", [HALF, WIDE], ids=["short", "in another process"])
def test_the_same_seed_gives_the_same_shots_on_any_number_of_workers(cloud_factory, api_of, circuit):
    shots = []
    for workers in (1, 3):
        api = api_of(cloud_factory(workers=workers))
        ids = [api.submit(**job(circuit)) for _ in range(3)]
        shots += [api.artifact(api.wait(one), "ionq.result.shots.json.v1") for one in ids]
    assert all(one == shots[0] for one in shots)
    assert api.artifact(api.run(**job(circuit, seed=6)), "ionq.result.shots.json.v1") != shots[0]


def test_serve_says_what_is_wrong_with_a_file(tmp_path):
    path = tmp_path / "noise.json"
    path.write_text('{"aria-1": {"t1": 1, "t2": 3}}')
    done = CliRunner().invoke(main, ["serve", "--noise", str(path), "--port", "0"])
    assert done.exit_code == 1
    assert "aria-1.t2: at most 2 t1" in done.output
