"""An estimator's run in one platform job, against one job for each group of terms, and one for each circuit.

    python tests/benchmarks/estimator.py

Molecular hydrogen in a minimal basis: 15 terms on four qubits, 100 points of one parameter, on the local
cloud's ideal simulator and with noise. All ways give the same values, or within their errors.
"""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.primitives import BackendEstimatorV2, StatevectorEstimator
from qiskit.quantum_info import SparsePauliOp

from qiskit_ionq_lite import IonQEstimator, IonQProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit_ionq_lite import IonQBackend

HYDROGEN = SparsePauliOp.from_list(
    [
        ("IIII", -0.81054798),
        *[(label, 0.17218393) for label in ("IIIZ", "IZII")],
        *[(label, -0.22575349) for label in ("IIZI", "ZIII")],
        *[(label, 0.12091263) for label in ("IIZZ", "ZZII")],
        *[(label, 0.16614543) for label in ("ZIIZ", "IZZI")],
        *[("IZIZ", 0.16892754), ("ZIZI", 0.17464343)],
        *[(label, 0.0452328) for label in ("YYYY", "XXYY", "YYXX", "XXXX")],
    ]
)
"""At 0.735 Å, in hartree, without the repulsion of the nuclei; spins in blocks, each ground orbital first."""

POINTS = np.linspace(-np.pi, np.pi, 100)
PRECISION = 0.1


class Way(NamedTuple):
    """What one way took: platform jobs, circuits, seconds, and its values; shape (100,)."""

    name: str
    jobs: int
    circuits: int
    seconds: float
    values: np.ndarray


def ansatz() -> QuantumCircuit:
    """Both electrons in the ground orbital, and both in the excited one, in superposition."""
    angle = Parameter("θ")
    circuit = QuantumCircuit(4)
    circuit.ry(angle, 1)
    circuit.cx(1, 3)
    circuit.x([0, 2])
    circuit.cx(1, 0)
    circuit.cx(1, 2)
    return circuit


def in_one_job(backend: IonQBackend) -> Way:
    return _timed("one job", backend, [(HYDROGEN, POINTS)])


def one_job_a_group(backend: IonQBackend) -> Way:
    groups = HYDROGEN.group_commuting(qubit_wise=True)
    return _timed("one job for each group", backend, [(group, POINTS) for group in groups])


def one_job_a_circuit(backend: IonQBackend) -> Way:
    groups = HYDROGEN.group_commuting(qubit_wise=True)
    return _timed(
        "one job for each circuit", backend, [(group, point) for point in POINTS for group in groups]
    )


def _timed(name: str, backend: IonQBackend, runs: list) -> Way:
    estimator, circuit = IonQEstimator(backend), ansatz()
    start = time.perf_counter()
    jobs = [
        estimator.run([(circuit, observable, np.reshape(points, (-1, 1)))], precision=PRECISION)
        for observable, points in runs
    ]
    values = [job.result()[0].data.evs for job in jobs]
    seconds = time.perf_counter() - start
    points = len(POINTS) if len(values[0]) == 1 else 1
    whole = np.array(values).reshape(points, -1, len(values[0])).sum(axis=1).ravel()
    sent = [part for job in jobs for part in job.jobs]
    return Way(name, len(sent), sum(len(part.header.circuits) for part in sent), seconds, whole)


def qiskits_own(backend: IonQBackend) -> Way:
    start = time.perf_counter()
    job = BackendEstimatorV2(backend=backend).run(
        [(ansatz(), HYDROGEN, POINTS.reshape(-1, 1))], precision=PRECISION
    )
    values = job.result()[0].data.evs
    groups = len(HYDROGEN.group_commuting(qubit_wise=True))
    return Way("Qiskit's BackendEstimatorV2", 1, groups * len(POINTS), time.perf_counter() - start, values)


WAYS: list[Callable[[IonQBackend], Way]] = [in_one_job, one_job_a_group, one_job_a_circuit, qiskits_own]


def main() -> None:
    reference = StatevectorEstimator().run([(ansatz(), HYDROGEN, POINTS.reshape(-1, 1))]).result()[0].data.evs
    with warnings.catch_warnings(), IonQProvider.local(seed=1) as provider:
        warnings.simplefilter("ignore")
        for model in ("ideal", "forte-1"):
            backend = provider.get_backend("simulator", noise_model=model)
            in_one_job(backend)  # imports, connections
            ways = [way(backend) for way in WAYS]
            print(
                f"\n{model}: {'jobs':>25} {'circuits':>9} {'seconds':>8} {'times':>6} {'largest error':>14}"
            )
            for way in ways:
                error = np.abs(way.values - reference).max()
                ratio = way.seconds / ways[0].seconds
                taken = f"{way.jobs:4} {way.circuits:9} {way.seconds:8.2f} {ratio:6.1f} {error:14.1e}"
                print(f"{way.name:>32} {taken}")


if __name__ == "__main__":
    main()
