"""MaxCut by QAOA: circuits are run, their mean cost judged, their angles improved, while that still helps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.emulator import engine
from qiskit_ionq_lite.emulator.preflight import preflight
from qiskit_ionq_lite.emulator.trajectories import Chance, located

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from qiskit_ionq_lite.emulator.devices import Model
    from qiskit_ionq_lite.emulator.functions import MaxCut
    from qiskit_ionq_lite.emulator.outcomes import Floats, Outcomes

LAYERS = 2
MAX_RUNS = 40
FIRST_STEP, LAST_STEP = 0.3, 0.05
"""Of the search for angles, in radians."""


@dataclass(frozen=True)
class Solution:
    """Where the loop ended.

    Attributes:
        cost: of the best cut that a shot found: minus the weight of the edges it cuts.
        bits: side of each node, the first node leftmost.
        converged: whether small steps improve nothing any more; else :data:`MAX_RUNS` circuits were run.
        runs: outcomes of all circuits, in order.
    """

    cost: float
    bits: str
    converged: bool
    runs: tuple[Outcomes, ...]


def circuit(problem: MaxCut, angles: Iterable[float]) -> wire.Circuit:
    """The ansatz: for each layer, an angle that weighs the edges, and one that mixes."""
    gates = [wire.Gate("h", node) for node in range(problem.nodes)]
    scale = _scale(problem)
    listed = list(angles)
    for weigh, mix in zip(listed[::2], listed[1::2], strict=True):
        for one, other, weight in problem.edges:
            gates.append(wire.Gate("zz", targets=[one, other], rotation=weigh * weight / scale))
        gates += [wire.Gate("rx", node, rotation=-2 * mix) for node in range(problem.nodes)]
    return wire.Circuit(gates, problem.nodes, "qis")


def costs(problem: MaxCut, values: NDArray[np.uint64]) -> Floats:
    """Minus the weight of the edges that each outcome cuts."""
    found = np.zeros(len(values))
    for one, other, weight in problem.edges:
        found -= weight * (((values >> np.uint64(one)) ^ (values >> np.uint64(other))) & np.uint64(1))
    return found


def solve(problem: MaxCut, model: Model, shots: int, seed: int) -> Solution:
    """Run the loop; ideal circuits are sampled, so that ``shots`` decide what is found."""
    loop = _Loop(problem, model, shots, seed)
    angles = np.array([0.35, 0.6, 0.7, 0.3])[: 2 * LAYERS]
    best = loop.mean_cost(angles)
    step = FIRST_STEP
    while step > LAST_STEP and not loop.exhausted:
        improved = False
        for place, sign in ((place, sign) for place in range(len(angles)) for sign in (1, -1)):
            if loop.exhausted:
                break
            tried = angles.copy()
            tried[place] += sign * step
            cost = loop.mean_cost(tried)
            if cost < best - 1e-9:
                angles, best, improved = tried, cost, True
        if not improved:
            step /= 2
    return loop.solution(converged=step <= LAST_STEP)


class _Loop:
    """Runs circuits, and keeps the best cut."""

    def __init__(self, problem: MaxCut, model: Model, shots: int, seed: int) -> None:
        self._problem, self._model, self._shots, self._seed = problem, model, shots, seed
        self._runs: list[Outcomes] = []
        self._cost, self._bits = math.inf, ""

    @property
    def exhausted(self) -> bool:
        return len(self._runs) >= MAX_RUNS

    def mean_cost(self, angles: NDArray[np.float64]) -> float:
        outcomes = self._run(circuit(self._problem, angles.tolist()))
        self._runs.append(outcomes)
        found = costs(self._problem, outcomes.values)
        seen = self._sampled(outcomes)
        place = int(seen[np.argmin(found[seen])])
        if found[place] < self._cost:
            self._cost = float(found[place])
            self._bits = format(int(outcomes.values[place]), f"0{self._problem.nodes}b")[::-1]
        return float(outcomes.probabilities @ found)

    def solution(self, *, converged: bool) -> Solution:
        return Solution(self._cost, self._bits, converged, tuple(self._runs))

    def _run(self, ansatz: wire.Circuit) -> Outcomes:
        program = preflight(ansatz, self._model)
        if self._model.rates is None:
            return engine.run_ideal([program])[0]
        return engine.run_noisy([program], self._model, self._shots, self._fresh_seed)[0]

    @property
    def _fresh_seed(self) -> int:
        return (self._seed + 7919 * len(self._runs)) % 2**31

    def _sampled(self, outcomes: Outcomes) -> NDArray[np.int64]:
        """Places of the outcomes that shots met."""
        if outcomes.shots is not None:
            return np.arange(len(outcomes.values))
        uniform = Chance(self._fresh_seed, 0).uniform(self._shots)
        return np.unique(located(outcomes.probabilities.copy(), uniform))


def _scale(problem: MaxCut) -> float:
    """What makes angles of one size good for graphs of any weights and degrees."""
    weights = [abs(weight) for *_, weight in problem.edges]
    if not any(weights):
        return 1.0
    degree = 2 * len(weights) / problem.nodes
    return sum(weights) / len(weights) * math.sqrt(max(1.0, degree - 1))
