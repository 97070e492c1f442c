"""How fast a circuit goes in and counts come out, side by side with the peer, qiskit-ionq.

    python tests/benchmarks/first_way.py

Both sides take turns, and medians are compared, because machines are noisy. Every figure stands beside what
was asked of it; nothing fails for being slow.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from statistics import median
from typing import Any, NamedTuple

import msgspec
import numpy as np
import qiskit_ionq
from qiskit import QuantumCircuit, transpile
from qiskit_aer import AerSimulator
from qiskit_ionq.helpers import compress_to_metadata_string, qiskit_to_ionq
from qiskit_ionq.ionq_job import IonQJob as PeerJob
from qiskit_ionq.ionq_job import _build_memory

from qiskit_ionq_lite import IonQProvider
from qiskit_ionq_lite.circuits.header import CircuitHeader, JobHeader
from qiskit_ionq_lite.circuits.layout import ClassicalLayout
from qiskit_ionq_lite.results.assemble import CircuitOutcome, experiment, probabilities
from qiskit_ionq_lite.results.distribution import histogram
from qiskit_ionq_lite.results.formats import checked, read_shots, read_weights
from qiskit_ionq_lite.results.result import IonQResult

V1 = "ionq.result.probabilities.json.v1"
SHOTS_V1 = "ionq.result.shots.json.v1"


class Row(NamedTuple):
    """One line of the table, in seconds."""

    what: str
    ours: float
    peer: float
    asked: str

    def __str__(self) -> str:
        faster = self.peer / self.ours
        ratio = f"{faster:.1f} x faster" if faster >= 1 else f"{1 / faster:.2f} x the time"
        return f"{self.what:66}{_readable(self.ours):>10}{_readable(self.peer):>10}{ratio:>16}   {self.asked}"


def _readable(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def side_by_side(ours: Callable[[], Any], peer: Callable[[], Any], repetitions: int) -> tuple[float, float]:
    """Median seconds of each, taking turns; one turn before is not counted."""
    ours(), peer()
    pairs = [(_seconds(ours), _seconds(peer)) for _ in range(repetitions)]
    mine, theirs = zip(*pairs, strict=True)
    return median(mine), median(theirs)


def _seconds(function: Callable[[], Any]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


# --- circuit to request body ---


class BodyTaken(Exception):  # noqa: N818 - it ends run() where the POST would begin, and is no error
    """Raised in place of the POST."""


class Clouds(NamedTuple):
    """The same local cloud, seen through both providers."""

    ours: IonQProvider
    peer: qiskit_ionq.IonQProvider


def circuit_to_body(clouds: Clouds, circuit: QuantumCircuit, what: str, asked: str) -> Row:
    """All that ``run()`` does before the POST; the peer's users translate what IonQ has no gate for."""
    mine = clouds.ours.get_backend("qpu.forte-1")
    theirs = clouds.peer.get_backend("ionq_qpu.forte-1")
    post, mine._client.create_job = mine._client.create_job, _refuse

    def ours() -> None:
        with suppress(BodyTaken):
            mine.run(circuit, shots=1000)

    def peer() -> None:
        accepted = (
            circuit
            if circuit.count_ops().keys() <= {*_AS_IS["basis_gates"], "measure"}
            else transpile(circuit, **_AS_IS)
        )
        qiskit_to_ionq(accepted, theirs, {"shots": 1000, "sampler_seed": None})

    try:
        return Row(what, *side_by_side(ours, peer, 7), asked)
    finally:
        mine._client.create_job = post


_AS_IS = {"optimization_level": 0, "basis_gates": ["h", "rx", "ry", "rz", "cx", "t", "rzz", "swap"]}


def _refuse(_body: bytes) -> None:
    raise BodyTaken


def brickwork(width: int, depth: int, kinds: str) -> QuantumCircuit:
    """``width * depth`` gates of ``kinds``, then a measurement of every qubit."""
    angles = np.random.default_rng(1).uniform(-3, 3, size=(depth, width))
    circuit = QuantumCircuit(width, width)
    names = kinds.split()
    for layer in range(depth):
        for qubit in range(width):
            angle, others = angles[layer, qubit], [(qubit + i) % width for i in range(3)]
            _append(circuit, names[(layer + qubit) % len(names)], angle, others)
    circuit.measure(range(width), range(width))
    return circuit


def _append(circuit: QuantumCircuit, name: str, angle: float, qubits: list[int]) -> None:
    parameters = {"rx": 1, "ry": 1, "rz": 1, "rzz": 1, "rxx": 1, "cp": 1, "u": 3}.get(name, 0)
    arity = {"cx": 2, "rzz": 2, "rxx": 2, "cp": 2, "swap": 2, "ccx": 3}.get(name, 1)
    getattr(circuit, name)(*[angle] * parameters, *qubits[:arity])


# --- probabilities to counts ---


def weights_to_counts(shots: int, width: int, with_json: bool, asked: str) -> Row:
    weights = np.random.default_rng(1).exponential(size=2**width)
    weights /= weights.sum()
    document = msgspec.json.encode({str(outcome): weight for outcome, weight in enumerate(weights.tolist())})
    parsed_by_us = msgspec.json.decode(document, type=dict[int, float], strict=False)
    parsed_by_peer = json.loads(document)
    layout = ClassicalLayout((("c", width),), tuple(range(width)), width)
    header = JobHeader(shots, False, 1, (CircuitHeader("circuit", layout, {}),))
    job = _peer_job(width, shots)

    def ours() -> None:
        read = read_weights(document, V1, width) if with_json else checked(parsed_by_us, width)
        outcome = CircuitOutcome(read, exact=True)
        whole = [partial(probabilities, read, layout)]
        results = [experiment(outcome, header, 0)]
        result = IonQResult(
            backend_name="", backend_version="", job_id="", success=True, results=results, distributions=whole
        )
        assert sum(result.get_counts().values()) == shots

    def peer() -> None:
        result = job._format_result(json.loads(document) if with_json else parsed_by_peer)
        assert sum(result.get_counts().values()) == shots

    start = "JSON" if with_json else "parsed JSON"
    return Row(
        f"2^{width} probabilities to counts, {shots:,} shots, from {start}",
        *side_by_side(ours, peer, 3),
        asked,
    )


def shots_to_memory(shots: int, width: int, asked: str) -> Row:
    """The document of all shots to bitstrings, in the order of the shots."""
    drawn = np.random.default_rng(1).integers(2**width, size=shots)
    document = msgspec.json.encode([str(outcome) for outcome in drawn.tolist()])
    layout = ClassicalLayout((("c", width),), tuple(range(width)), width)
    header = JobHeader(shots, True, 1, (CircuitHeader("circuit", layout, {}),))
    expected = [f"{outcome:0{width}b}" for outcome in drawn.tolist()]

    def ours() -> None:
        read = read_shots(document, SHOTS_V1, width)
        counts = histogram(read)
        results = [experiment(CircuitOutcome(counts, histogram=counts, shots=read), header, 0)]
        result = IonQResult(backend_name="", backend_version="", job_id="", success=True, results=results)
        assert result.get_memory() == expected

    def peer() -> None:
        assert _build_memory(json.loads(document), width, list(range(width)), width) == expected

    return Row(f"{shots:,} shots of {width} qubits to memory", *side_by_side(ours, peer, 5), asked)


def _peer_job(width: int, shots: int) -> PeerJob:
    """A finished job of the peer, as it stands when the probabilities arrive."""
    backend = qiskit_ionq.IonQProvider("no key").get_backend("ionq_simulator")
    job = PeerJob(backend, circuit=QuantumCircuit(width))
    header = {"memory_slots": width, "n_qubits": width, "creg_sizes": [["c", width]], "name": "circuit"}
    job._metadata["metadata"] = {
        "shots": str(shots),
        "sampler_seed": "1",
        "qiskit_header": compress_to_metadata_string(header),
    }
    job._status = job._status.DONE
    job._num_circuits, job._num_qubits, job._clbits = 1, width, [list(range(width))]
    return job


# --- whole jobs on the local cloud ---


def one_bell_job(clouds: Clouds) -> Row:
    """Submit to counts, polls and all."""
    circuit = bell()
    mine, theirs = clouds.ours.get_backend("simulator"), clouds.peer.get_backend("ionq_simulator")

    def ours() -> None:
        mine.run(circuit).get_counts()

    def peer() -> None:
        theirs.run(circuit, shots=1024).get_counts()

    return Row("one Bell job on the local cloud, submit to counts", *side_by_side(ours, peer, 3), "< 150 ms")


def many_bells(clouds: Clouds) -> Row:
    """A batch, where the peer is Aer itself."""
    circuits = [bell() for _ in range(1000)]
    simulator, aer = clouds.ours.get_backend("simulator"), AerSimulator()

    def ours() -> None:
        simulator.run(circuits).get_counts()

    def bare() -> None:
        aer.run(circuits).result().get_counts()

    return Row(
        "1,000 Bell circuits in one run(), against bare Aer", *side_by_side(ours, bare, 7), "<= 2 x the time"
    )


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


def importing() -> str:
    """Whole processes in pairs, with compiled modules as pip installs them; the median of the differences."""
    differences = []
    for _ in range(11):
        ours, peer = (_seconds(lambda m=m: _import(m)) for m in ("qiskit_ionq_lite", "qiskit, requests"))
        differences.append(ours - peer)
    extra = median(differences) * 1000
    what = "import qiskit_ionq_lite, beyond import qiskit, requests"
    return f"{what:66}{extra:+7.1f} ms{'':26}   <= 60 ms more"


def _import(modules: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", f"import {modules}"], check=True, env=environment)


def main() -> None:
    """Print the table, line by line."""
    warnings.simplefilter("ignore")  # the peer's
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(f"{'what':66}{'ours':>10}{'peer':>10}{'ratio':>16}   asked")
    plain, mixed = (
        brickwork(36, 1000, "h rx rz cx ry t"),
        brickwork(36, 1000, "h rx u cx rzz cp ry ccx swap t"),
    )
    with IonQProvider.local() as provider:
        clouds = Clouds(provider, qiskit_ionq.IonQProvider(provider.token, url=provider.url))
        print(circuit_to_body(clouds, plain, "36 qubits, 36,000 gates, to request body", ">= 8 x faster"))
        print(circuit_to_body(clouds, mixed, "the same with u, cp, rzz, ccx and swap", "-"))
        for shots, with_json in ((1024, False), (1024, True), (1_000_000, False), (1_000_000, True)):
            print(weights_to_counts(shots, 20, with_json, ">= 20 x faster"))
        for width in (2, 20):
            print(shots_to_memory(100_000, width, ">= 10 x faster"))
        print(one_bell_job(clouds))
        print(many_bells(clouds))
    print(importing())


if __name__ == "__main__":
    main()
