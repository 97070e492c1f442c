"""Shots of a noisy circuit as trajectories: which errors each shot meets, and which shots meet the same ones.

A depolarizing channel is a mixture of Paulis (F 4.3), so the errors of all shots can be drawn before anything
is simulated. Most shots of a short circuit meet none, and all of these share one simulation. All chance comes
from the raw stream of PCG64, which numpy promises never to change (NEP 19).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from qiskit.circuit import CircuitInstruction
from qiskit.circuit.library import XGate, YGate, ZGate

from qiskit_ionq_lite.emulator.pulses import NOISY_ONE_QUBIT, NOISY_TWO_QUBIT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from qiskit.circuit import QuantumCircuit, Qubit

    from qiskit_ionq_lite.emulator.devices import Rates

    Integers: TypeAlias = NDArray[np.int64]
    Floats: TypeAlias = NDArray[np.float64]
    Pattern: TypeAlias = tuple[tuple[int, int], ...]

MAX_ERRORS = 2**20
"""Errors that are drawn at once, in the mean: about 300 MB with their patterns."""

_NOISY = {*NOISY_ONE_QUBIT, *NOISY_TWO_QUBIT}
_PAULIS = (XGate(), YGate(), ZGate())


class Trajectories:
    """A circuit in the gates of :mod:`.pulses`, and its variants with errors.

    Attributes:
        arities: number of qubits of each noisy gate, shape (sites,); a site is a place in this array.
    """

    def __init__(self, circuit: QuantumCircuit) -> None:
        self._empty = circuit.copy_empty_like()
        self._gates = [gate for gate in circuit.data if gate.operation.name not in ("measure", "barrier")]
        self._places = [place for place, gate in enumerate(self._gates) if gate.operation.name in _NOISY]
        self.arities = np.array([len(self._gates[place].qubits) for place in self._places], dtype=np.int64)

    def with_errors(self, pattern: Pattern) -> QuantumCircuit:
        """The circuit without measurements, with Paulis after some noisy gates.

        Args:
            pattern: pairs of site and Pauli, by ascending site. Paulis 1 to 3 are X, Y, Z; on two qubits
                4 a + b is a on the second and b on the first.
        """
        gates = list(self._gates)
        for site, pauli in reversed(pattern):
            place = self._places[site]
            gates[place + 1 : place + 1] = _errors(gates[place].qubits, pauli)
        variant = self._empty.copy()
        for gate in gates:
            variant._append(gate)
        return variant


def _errors(qubits: Sequence[Qubit], pauli: int) -> Iterator[CircuitInstruction]:
    for qubit in qubits:
        pauli, digit = divmod(pauli, 4)
        if digit:
            yield CircuitInstruction(_PAULIS[digit - 1], (qubit,))


class Chance:
    """A stream of random numbers, the same on every machine.

    Args:
        seed: of the job.
        place: of the circuit in the job, so that equal circuits give different shots.
    """

    def __init__(self, seed: int, place: int) -> None:
        self._raw = np.random.PCG64(np.random.SeedSequence([seed, place]))

    def uniform(self, size: int) -> Floats:
        """The 53 bits of a double in [0, 1), ``size`` times."""
        drawn: Floats = (self._raw.random_raw(size) >> np.uint64(11)) * 2.0**-53
        return drawn

    def below(self, end: int, size: int) -> Integers:
        """Integers from 0 to ``end - 1``, all as likely, ``size`` times."""
        return (self.uniform(size) * end).astype(np.int64)

    def successes(self, probability: float, trials: int) -> Integers:
        """Which of ``trials`` independent trials succeed, ascending, found by the gaps between them.

        >>> Chance(seed=1, place=0).successes(0.0, 10).tolist(), Chance(1, 0).successes(1.0, 3).tolist()
        ([], [0, 1, 2])
        """
        if probability <= 0 or probability >= 1:
            return np.arange(trials if probability >= 1 else 0)
        found = [np.array([-1])]
        mean = trials * probability
        size = int(mean + 4 * math.sqrt(mean) + 10)  # nearly always enough
        while found[-1][-1] < trials:
            gaps = np.log1p(-self.uniform(size)) / math.log1p(-probability)
            found.append(found[-1][-1] + np.cumsum(np.minimum(gaps, trials).astype(np.int64) + 1))
        places: Integers = np.concatenate(found)[1:]
        return places[places < trials]


def error_probability(rates: Rates, qubits: int) -> float:
    """Of any Pauli but the identity after a native gate on one or two qubits (F 4.3)."""
    rate = {1: rates.one_qubit, 2: rates.two_qubit}[qubits]
    return rate * (1 - 4.0**-qubits)


def expected_patterns(rates: Rates, one_qubit: int, two_qubit: int, shots: int) -> float:
    """Upper bound on the mean number of different patterns, from the numbers of noisy gates.

    It is the number of shots with errors, and one for all the others.
    """
    log_clean = one_qubit * _log_clean(rates, 1) + two_qubit * _log_clean(rates, 2)
    return min(shots, 1 - shots * math.expm1(log_clean))


def _log_clean(rates: Rates, qubits: int) -> float:
    return math.log1p(-error_probability(rates, qubits))


def patterns(
    chance: Chance, arities: Integers, rates: Rates, shots: int
) -> Iterator[dict[Pattern, Integers]]:
    """Error patterns of all shots, in parts that fit in memory; a part repeats no pattern.

    Args:
        chance: is consumed.
        arities: number of qubits of each noisy gate, shape (sites,).
        rates: of the depolarizing channels.
        shots: of the circuit.

    Yields:
        errors of a shot, as ascending pairs of site and Pauli as in :meth:`Trajectories.with_errors` ->
        the shots that meet just these, ascending.
    """
    per_shot = sum(error_probability(rates, int(arity)) for arity in arities)
    step = max(1, int(MAX_ERRORS / max(per_shot, 1e-9)))
    for first in range(0, shots, step):
        part = min(step, shots - first)
        yield _grouped(*draw(chance, arities, rates, part), part, first)


def draw(chance: Chance, arities: Integers, rates: Rates, shots: int) -> tuple[Integers, Integers, Integers]:
    """Shot, site and Pauli of all errors, by shot and then by site; each of shape (errors,)."""
    found = [
        _draw_of_arity(chance, np.flatnonzero(arities == arity), arity, rates, shots) for arity in (1, 2)
    ]
    shot, site, pauli = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((site, shot))
    return shot[order], site[order], pauli[order]


def _draw_of_arity(
    chance: Chance, sites: Integers, arity: int, rates: Rates, shots: int
) -> tuple[Integers, Integers, Integers]:
    cells = chance.successes(error_probability(rates, arity), shots * len(sites))
    shot, place = np.divmod(cells, max(1, len(sites)))
    return shot, sites[place], 1 + chance.below(4**arity - 1, len(cells))


def _grouped(
    shot: Integers, site: Integers, pauli: Integers, shots: int, first: int
) -> dict[Pattern, Integers]:
    """Shots by their errors; those without errors come first, the rest in order of their first shots."""
    hit, starts = np.unique(shot, return_index=True)
    errors = list(zip(site.tolist(), pauli.tolist(), strict=True))
    groups: dict[Pattern, list[int]] = {}
    for one, start, end in zip(hit.tolist(), starts, [*starts, len(shot)][1:], strict=True):
        groups.setdefault(tuple(errors[start:end]), []).append(one)
    clean = np.setdiff1d(np.arange(shots), hit, assume_unique=True)
    found: dict[Pattern, Integers] = {(): clean} if len(clean) else {}
    found |= {pattern: np.array(members) for pattern, members in groups.items()}
    return {pattern: members + first for pattern, members in found.items()}


def located(probabilities: Floats, uniform: Floats) -> Integers:
    """Indices into ``probabilities``, at quantiles ``uniform`` of them; both one-dimensional.

    ``probabilities`` need not be normalised, and are overwritten, because they may fill half the memory.

    >>> located(np.array([0.0, 0.5, 0.0, 0.5, 0.0]), np.array([0.0, 0.4, 0.6, 1.0])).tolist()
    [1, 1, 3, 3]
    """
    cumulative = np.cumsum(probabilities, out=probabilities)
    last = np.searchsorted(cumulative, cumulative[-1])  # where rounding would put a draw past the end
    indices = np.searchsorted(cumulative, uniform * cumulative[-1], side="right")
    drawn: Integers = np.minimum(indices, last)
    return drawn
