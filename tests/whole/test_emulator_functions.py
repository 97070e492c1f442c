"""``quantum-function`` and ``qctrl.qaoa.v1`` over HTTP, against matrices and against all cuts (F 8)."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest

PAULI = {
    "I": np.eye(2),
    "X": np.array([[0, 1], [1, 0]]),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
}
ANSATZ = (
    'OPENQASM 3.0;\ninclude "stdgates.inc";\ninput float[64] a;\ninput float[64] b;\nqubit[2] q;\n'
    "ry(a) q[0];\nrx(b) q[1];\ncx q[0], q[1];\n"
)
PARAMS = [0.7, -1.9]
HAMILTONIAN = {"IZ": 0.171413198, "ZI": 0.3, "ZZ": 0.168688319, "XX": 0.045, "YY": -0.2, "XI": 0.5, "II": 9.0}


def function(
    hamiltonian=HAMILTONIAN, kind="quantum-function", backend="simulator", shots=1000, job=None, **data
):
    terms = [{"pauli_string": label, "coefficient": value} for label, value in hamiltonian.items()]
    inner = {"hamiltonian": terms, "ansatz": {"data": ANSATZ}, **data}
    outer = {"data": {"type": "hamiltonian-energy", "data": inner}, "params": PARAMS}
    return {"type": kind, "backend": backend, "shots": shots, "input": outer, **(job or {})}


def state():
    """The ansatz by hand; amplitude index 2 q1 + q0."""
    a, b = PARAMS
    one = np.array([math.cos(a / 2), math.sin(a / 2)])
    other = np.array([math.cos(b / 2), -1j * math.sin(b / 2)])
    product = np.kron(other, one)
    return product[[0, 3, 2, 1]]  # cx: where q0 is 1, q1 flips


def matrix(label):
    return np.kron(PAULI[label[0]], PAULI[label[1]])  # the leftmost letter is for qubit 1


def exact(hamiltonian):
    psi = state()
    return sum(
        value * (psi.conj() @ matrix(label) @ psi).real
        for label, value in hamiltonian.items()
        if label != "II"
    )


@pytest.mark.parametrize("kind", ["quantum-function", "quantum-function.v1"])
def test_ideal_energies_are_exact(api, openapi, kind):
    body = function(kind=kind)
    job = api.run(**body)
    assert job["status"] == "completed", job["failure"]
    assert job["type"] == kind
    if kind == "quantum-function":
        openapi.validate(body["input"], "HamiltonianEnergyInput")  # a discriminator misleads above it (F 8.2)
        openapi.validate(job, "QuantumFunctionJob")
    assert job["results"]["value"] == pytest.approx(exact(HAMILTONIAN), abs=1e-9)
    assert job["results"]["variance"] > 0


def test_sparse_strings_mean_the_same(api):
    dense, sparse = (api.run(**function({label: 1.0})) for label in ("ZY", "Y0 Z1"))
    assert dense["results"] == sparse["results"]
    assert dense["results"]["value"] == pytest.approx(exact({"ZY": 1.0}), abs=1e-9)


def diagonal(penalty):
    """Energy of each outcome: 0.5 Z0 - 0.2 Z0 Z1, and penalties of x0 + x1 <= 1 and 2 x0 x1 - x0 <= 0.5."""
    worth = []
    for outcome in range(4):
        x0, x1 = outcome & 1, outcome >> 1
        z0, z1 = 1 - 2 * x0, 1 - 2 * x1
        excess = max(0, x0 + x1 - 1) + max(0, 2 * x0 * x1 - x0 - 0.5)
        worth.append(0.5 * z0 - 0.2 * z0 * z1 + penalty * excess)
    return np.array(worth)


CONSTRAINTS = {
    "linear_constraints": [{"coeffs": [1, 1], "rhs": 1}],
    "quadratic_constraints": [{"quadratic_coeff": [[0, 1], [1, 0]], "linear_coeff": [-1, 0], "rhs": 0.5}],
}
DIAGONAL = {"IZ": 0.5, "ZZ": -0.2}


def test_violated_constraints_cost_their_penalty(api):
    job = api.run(**function(DIAGONAL, penalty=3, **CONSTRAINTS))
    probabilities = np.abs(state()) ** 2
    mean = probabilities @ diagonal(3)
    assert job["results"]["value"] == pytest.approx(mean, abs=1e-9)
    assert job["results"]["variance"] == pytest.approx(probabilities @ (diagonal(3) - mean) ** 2, abs=1e-9)


@pytest.mark.parametrize("alpha", [0.1, 0.35, 0.8, 1.0])
def test_cvar_is_the_mean_of_the_best_share(api, alpha):
    job = api.run(**function(DIAGONAL, penalty=3, cvar_alpha=alpha, **CONSTRAINTS))
    left, total = alpha, 0.0
    for worth, probability in sorted(zip(diagonal(3), np.abs(state()) ** 2, strict=True)):
        total += worth * min(left, probability)
        left -= min(left, probability)
    assert job["results"]["value"] == pytest.approx(total / alpha, abs=1e-9)


def test_noisy_energies_scatter_around_the_exact_one(api):
    shots = 20_000
    job = api.run(**function(DIAGONAL, shots=shots, job={"noise": {"model": "forte-1", "seed": 6}}))
    spread = math.sqrt(job["results"]["variance"] / shots)
    assert abs(job["results"]["value"] - exact(DIAGONAL)) < 4 * spread + 0.02  # errors of the machine
    again = api.run(**function(DIAGONAL, shots=shots, job={"noise": {"model": "forte-1", "seed": 6}}))
    assert again["results"] == job["results"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"hamiltonian": {"ZZZ": 1.0}}, "need 3 qubits"),
        ({"cvar_alpha": 0.5}, "measure together"),
        ({"ansatz": {"data": ANSATZ + "bit c; c = measure q[0];"}}, "no measurements"),
        (
            {"ansatz": {"data": ANSATZ.replace("input float[64] b;", "const float b = 1;")}},
            "1 input variable",
        ),
    ],
)
def test_functions_that_cannot_run_fail(api, change, words):
    job = api.run(**function(**change))
    assert (job["status"], job["failure"]["code"]) == ("failed", "InvalidInput")
    assert words in job["failure"]["message"]
    assert job["results"] is None


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"hamiltonian": {"QQ": 1.0}}, "input.data.data.hamiltonian[0].pauli_string"),
        ({"cvar_alpha": 0}, "input.data.data.cvar_alpha"),
        ({"penalty": -1}, "input.data.data.penalty"),
        ({"ansatz": {}}, "input.data.data.ansatz.data"),
    ],
)
def test_malformed_functions_are_refused(api, change, key):
    answer = api("POST", "/jobs", json=function(**change))
    assert answer.status_code == 400
    assert answer.json()["validation"]["keys"] == [key]


def maxcut(graph, backend="simulator", **fields):
    return {
        "type": "qctrl.qaoa.v1",
        "backend": backend,
        "shots": 200,
        "input": {"problem_type": "maxcut", "problem": nx.adjacency_data(graph)},
        "external_settings": {"api_credentials": "any"},
        **fields,
    }


def best_cut(graph):
    nodes = list(graph)
    return max(
        sum(data.get("weight", 1) for a, b, data in graph.edges(data=True) if side[a] != side[b])
        for side in (
            dict(zip(nodes, sides, strict=True)) for sides in itertools.product((0, 1), repeat=len(nodes))
        )
    )


def cut(graph, bits):
    side = dict(zip(graph, bits, strict=True))
    return sum(data.get("weight", 1) for a, b, data in graph.edges(data=True) if side[a] != side[b])


def weighted():
    graph = nx.cycle_graph(5)
    for place, (a, b) in enumerate(graph.edges):
        graph[a][b]["weight"] = 0.5 + place
    return nx.relabel_nodes(graph, {node: f"city {node}" for node in graph})


@pytest.mark.parametrize(
    "graph", [nx.complete_graph(3), nx.cycle_graph(6), weighted()], ids=["K3", "C6", "weights"]
)
def test_qaoa_finds_the_largest_cut(api, openapi, graph):
    body = maxcut(graph)
    openapi.validate(body, "JobCreationPayload")
    job = api.run(**body)
    openapi.validate(job, "QaoaJob")
    found = job["results"]["qaoa_results"]
    assert found["optimal_cost"] == -best_cut(graph)
    assert cut(graph, found["optimal_bitstring"]) == best_cut(graph)
    assert found["processing_status"] in ("complete", "max_iteration")


def test_the_circuits_of_qaoa_are_its_children_and_get_better(api, openapi):
    graph = nx.cycle_graph(6)
    job = api.run(**maxcut(graph, noise={"model": "aria-1", "seed": 1}))
    assert len(job["child_job_ids"]) > 8
    means = []
    for child_id in job["child_job_ids"]:
        child = api.get(f"/jobs/{child_id}")
        openapi.validate(child, "GetJobResponse")
        assert (child["type"], child["status"]) == ("qctrl.qaoa-circuit.v1", "completed")
        assert child["parent_job_id"] == job["id"]
        values = api.artifact(child, "ionq.result.probabilities.json.v1")
        means.append(sum(p * cut(graph, format(int(v), "06b")[::-1]) for v, p in values.items()))
    assert max(means) > means[0]
    assert max(means) > 0.6 * best_cut(graph)  # one layer of QAOA alone reaches 3/4 of a ring, two 5/6
    assert api.get("/jobs", parent_job_id=job["id"])["jobs"]


def test_the_same_seed_gives_the_same_loop(api):
    noise = {"noise": {"model": "forte-1", "seed": 4}}
    one, other = (api.run(**maxcut(nx.cycle_graph(4), **noise)) for _ in range(2))
    assert one["results"] == other["results"]
    assert len(one["child_job_ids"]) == len(other["child_job_ids"])
    assert set(one["child_job_ids"]).isdisjoint(other["child_job_ids"])


def test_credentials_are_asked_for_and_not_kept(api):
    body = maxcut(nx.cycle_graph(3))
    del body["external_settings"]
    assert api("POST", "/jobs", json=body).json()["validation"]["keys"] == ["external_settings"]
    job = api.run(**maxcut(nx.cycle_graph(3), external_settings={"api_credentials": "very-secret"}))
    assert "very-secret" not in str(job)


def test_a_graph_wider_than_the_machine_fails(api):
    job = api.run(**maxcut(nx.path_graph(40)))
    assert job["failure"]["code"] == "NotEnoughQubits"
