"""What the platform says of a job's circuits -> Qiskit's ``Result``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit.result.models import ExperimentResult

from qiskit_ionq_lite.notices import notify
from qiskit_ionq_lite.results.chance import apportion, sample, tally
from qiskit_ionq_lite.results.counted import CountedData
from qiskit_ionq_lite.results.distribution import Distribution, gathered, to_clbits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qiskit_ionq_lite.circuits.header import CircuitHeader, JobHeader
    from qiskit_ionq_lite.circuits.layout import ClassicalLayout
    from qiskit_ionq_lite.results.distribution import Outcomes


@dataclass(frozen=True)
class CircuitOutcome:
    """What the platform says of one circuit, in qubits of the payload.

    Attributes:
        probabilities: the whole distribution.
        histogram: counts, where the platform has them.
        shots: shape (shots,), every shot in order, where the platform has them and they were asked for.
        exact: whether the probabilities come from the ideal simulator, so that counts must be sampled.
    """

    probabilities: Distribution
    histogram: Distribution | None = None
    shots: Outcomes | None = None
    exact: bool = False


@dataclass(frozen=True)
class _Readout:
    """Counts of classical values, and every shot in order if memory was asked for; or only the latter."""

    counts: Distribution | None
    memory: Outcomes | None

    @property
    def shots(self) -> int:
        if self.memory is not None:
            return len(self.memory)
        return 0 if self.counts is None else int(self.counts.weights.sum())


def experiment(outcome: CircuitOutcome, header: JobHeader, position: int) -> ExperimentResult:
    """The result of one circuit.

    Args:
        outcome: what the platform says of it.
        header: of its job.
        position: of the circuit in the job.
    """
    circuit = header.circuits[position]
    readout = _read_out(outcome, header, position)
    return ExperimentResult(
        shots=readout.shots,
        success=True,
        data=CountedData(readout.counts, readout.memory),
        status="DONE",
        seed=header.seed,
        header=_header(circuit),
    )


def probabilities(of_qubits: Distribution, layout: ClassicalLayout) -> Distribution:
    """The whole distribution over the circuit's classical values, summing to 1."""
    weights = of_qubits.weights / of_qubits.weights.sum()
    if layout.is_identity:
        return Distribution(of_qubits.outcomes, weights)
    return gathered(to_clbits(of_qubits.outcomes, layout), weights)


def _read_out(outcome: CircuitOutcome, header: JobHeader, position: int) -> _Readout:
    layout = header.circuits[position].layout
    if outcome.shots is not None:
        return _Readout(None, to_clbits(outcome.shots, layout))
    if outcome.exact:
        exact, draws = outcome.probabilities, (header.shots, header.seed, header.position(position))
        if not header.memory:
            return _Readout(_occurred(exact.outcomes, tally(exact.weights, *draws), layout), None)
        return _Readout(None, to_clbits(exact.outcomes[sample(exact.weights, *draws)], layout))
    counted = outcome.histogram or outcome.probabilities
    whole = _whole(counted.weights, header.shots, counted is outcome.histogram)
    counts = _occurred(counted.outcomes, whole, layout)
    return _Readout(counts, _ordered(counts) if header.memory else None)


def _occurred(outcomes: Outcomes, counts: NDArray[np.int64], layout: ClassicalLayout) -> Distribution:
    """Counts of qubits -> counts of classical bits, of those outcomes that occurred at all."""
    found, weights = outcomes[counts > 0], counts[counts > 0]
    if layout.is_identity:
        return Distribution(found, weights)
    return gathered(to_clbits(found, layout), weights)


def _whole(weights: Any, shots: int, is_histogram: bool) -> Any:
    """Counts as whole numbers; a histogram is taken as it is, even if the platform discarded shots."""
    rounded = np.rint(weights)
    if is_histogram and np.array_equal(rounded, weights) and 0 < rounded.sum() <= shots:
        return rounded.astype(np.int64)
    return apportion(weights, shots)


def _ordered(counts: Distribution) -> Outcomes:
    notify("the platform gave no shots for this job: its memory lists the counts in ascending order")
    return np.repeat(counts.outcomes, counts.weights)


def _header(circuit: CircuitHeader) -> dict[str, Any]:
    """Qiskit's header, which formats keys and memory."""
    layout = circuit.layout
    return {
        "name": circuit.name,
        "metadata": dict(circuit.metadata),
        "creg_sizes": [list(register) for register in layout.registers],
        "memory_slots": layout.num_clbits,
        "n_qubits": layout.num_qubits,
    }
