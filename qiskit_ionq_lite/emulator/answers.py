"""Jobs that end with an answer instead of outcomes: energies, and cuts (F 8.6, 8.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qiskit_ionq_lite.emulator.energy import evaluate, prepare
from qiskit_ionq_lite.emulator.functions import Energy, MaxCut
from qiskit_ionq_lite.emulator.maxcut import MAX_RUNS, circuit, solve
from qiskit_ionq_lite.emulator.preflight import preflight

if TYPE_CHECKING:
    from qiskit_ionq_lite.emulator.devices import Document, Model
    from qiskit_ionq_lite.emulator.outcomes import Outcomes


@dataclass(frozen=True)
class Answer:
    """What a function found.

    Attributes:
        results: the job's ``results``, as the API writes them.
        runs: outcomes of the circuits that become children of the job, in order.
    """

    results: Document
    runs: tuple[Outcomes, ...] = ()


def check(source: Energy | MaxCut, model: Model) -> None:
    """Refuse what cannot run, before anything does.

    Raises:
        PreflightError: the platform's code, and what is allowed.
    """
    if isinstance(source, Energy):
        prepare(source, model)
    else:
        preflight(circuit(source, ()), model)


def runs(source: object) -> int:
    """How many circuits a job's source runs, at most."""
    if isinstance(source, Energy):
        return max(1, len(source.hamiltonian))
    return MAX_RUNS if isinstance(source, MaxCut) else 1


def answer(source: Energy | MaxCut, model: Model, shots: int, seed: int) -> Answer:
    """Run a function.

    Raises:
        PreflightError: it cannot run.
    """
    if isinstance(source, Energy):
        return Answer(evaluate(source, model, shots, seed))
    found = solve(source, model, shots, seed)
    results = {
        "optimal_cost": found.cost,
        "optimal_bitstring": found.bits,
        "processing_status": "complete" if found.converged else "max_iteration",
    }
    return Answer({"qaoa_results": results}, found.runs)
