"""Energies: a Hamiltonian measured in as few bases as its terms allow, with penalties and CVaR (F 8).

The platform does not say how a penalty enters (F 8.3). Here each shot of the basis Z costs, beside its
energy, ``penalty`` times the sum of what its bits exceed the bounds by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from qiskit.circuit import QuantumCircuit

from qiskit_ionq_lite.emulator import engine
from qiskit_ionq_lite.emulator.openqasm import parse
from qiskit_ionq_lite.emulator.preflight import compacted
from qiskit_ionq_lite.emulator.refusals import PreflightError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from qiskit_ionq_lite.emulator.devices import Model
    from qiskit_ionq_lite.emulator.functions import Energy, Paulis
    from qiskit_ionq_lite.emulator.outcomes import Floats, Outcomes
    from qiskit_ionq_lite.emulator.preflight import Program


class Basis(NamedTuple):
    """Terms that one circuit measures together.

    Attributes:
        letters: in which basis each qubit is measured; Z for those that are missing.
        terms: qubits and coefficients.
    """

    letters: Paulis
    terms: list[tuple[Paulis, float]]

    @property
    def diagonal(self) -> bool:
        """Whether all qubits are measured as they are."""
        return set(self.letters.values()) <= {"Z"}


def bases(energy: Energy) -> list[Basis]:
    """Terms by the basis they are measured in; constraints need Z; identities are ignored (F 8.5)."""
    found = [Basis({}, [])] if energy.linear or energy.quadratic else []
    if found:
        found[0].letters.update(dict.fromkeys(range(_constrained(energy)), "Z"))
    for term in energy.hamiltonian:
        paulis = term.paulis
        if not paulis:
            continue
        for basis in found:
            if all(basis.letters.get(qubit, letter) == letter for qubit, letter in paulis.items()):
                break
        else:
            basis = Basis({}, [])
            found.append(basis)
        basis.letters.update(paulis)
        basis.terms.append((paulis, term.coefficient))
    return found


def prepare(energy: Energy, model: Model) -> list[tuple[Basis, Program]]:
    """The circuit of each basis.

    Raises:
        PreflightError: an ansatz that does not run, or does not fit the Hamiltonian.
    """
    ansatz = parse(energy.ansatz, model.qubits, energy.params).circuit
    if ansatz.num_clbits or "reset" in ansatz.count_ops():
        raise PreflightError("InvalidInput", "an ansatz holds no measurements and no resets")
    found = bases(energy)
    width = max((1 + max(basis.letters, default=0) for basis in found), default=1)
    if width > ansatz.num_qubits:
        raise PreflightError(
            "InvalidInput",
            f"Hamiltonian and constraints need {width} qubits, the ansatz has {ansatz.num_qubits}",
        )
    if energy.cvar_alpha is not None and len(found) > 1:
        raise PreflightError(
            "InvalidInput", "cvar_alpha needs terms, and constraints, that one circuit can measure together"
        )
    return [(basis, compacted(_rotated(ansatz, basis.letters), model)) for basis in found]


def evaluate(energy: Energy, model: Model, shots: int, seed: int) -> dict[str, float]:
    """``value`` and ``variance``: mean and variance of what a shot of each basis, added up, is worth."""
    prepared = prepare(energy, model)
    programs = [program for _, program in prepared]
    outcomes = _run(programs, model, shots, seed) if programs else []
    value = variance = 0.0
    for (basis, _), found in zip(prepared, outcomes, strict=True):
        worth = worths(energy, basis, found.values)
        mean, spread = _moments(worth, found.probabilities, energy.cvar_alpha or 1.0)
        value, variance = value + mean, variance + spread
    return {"value": value, "variance": variance}


def worths(energy: Energy, basis: Basis, values: NDArray[np.uint64]) -> Floats:
    """Energy, and penalty if any, of each outcome; shape as ``values``."""
    found = np.zeros(len(values))
    for paulis, coefficient in basis.terms:
        parity = np.zeros(len(values), dtype=np.uint64)
        for qubit in paulis:
            parity ^= (values >> np.uint64(qubit)) & np.uint64(1)
        found += coefficient * (1.0 - 2.0 * parity)
    return found + energy.penalty * _excess(energy, values) if basis.diagonal else found


def _excess(energy: Energy, values: NDArray[np.uint64]) -> Floats:
    """By how much each outcome exceeds its bounds, all constraints added up."""
    width = _constrained(energy)
    bits = ((values[:, None] >> np.arange(width, dtype=np.uint64)) & np.uint64(1)).astype(np.float64)
    found = np.zeros(len(values))
    for linear in energy.linear:
        found += np.maximum(0.0, bits[:, : len(linear.coeffs)] @ np.array(linear.coeffs) - linear.rhs)
    for one in energy.quadratic:
        some = bits[:, : len(one.linear_coeff)]
        matrix = np.array(one.quadratic_coeff).reshape(some.shape[1], -1)
        if matrix.shape[1] != some.shape[1]:
            raise PreflightError(
                "InvalidInput", "quadratic_coeff must be as wide and high as linear_coeff is long"
            )
        left = np.einsum("si,ij,sj->s", some, matrix, some) + some @ np.array(one.linear_coeff)
        found += np.maximum(0.0, left - one.rhs)
    return found


def _constrained(energy: Energy) -> int:
    """How many qubits constraints speak of."""
    widths = [len(one.coeffs) for one in energy.linear] + [len(one.linear_coeff) for one in energy.quadratic]
    return max(widths, default=0)


def _moments(worth: Floats, probabilities: Floats, alpha: float) -> tuple[float, float]:
    """Mean and variance over the share ``alpha`` of least worth.

    >>> [round(moment, 9) for moment in _moments(np.array([3.0, 1.0]), np.array([0.5, 0.5]), 0.75)]
    [1.666666667, 0.888888889]
    """
    order = np.argsort(worth, kind="stable")
    weights = probabilities[order] / probabilities.sum()
    before = np.cumsum(weights) - weights
    kept = np.clip(alpha - before, 0.0, weights) / alpha
    mean = float(kept @ worth[order])
    return mean, float(kept @ (worth[order] - mean) ** 2)


def _rotated(ansatz: QuantumCircuit, letters: Paulis) -> QuantumCircuit:
    circuit = ansatz.copy()
    for qubit, letter in letters.items():
        if letter == "Y":
            circuit.sdg(qubit)
        if letter in "XY":
            circuit.h(qubit)
    return circuit


def _run(programs: list[Program], model: Model, shots: int, seed: int) -> list[Outcomes]:
    if model.rates is None:
        return engine.run_ideal(programs)
    return engine.run_noisy(programs, model, shots, seed)
