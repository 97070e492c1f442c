"""What a compiled circuit costs, and whether it still is the circuit that was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from statistics import median
from time import perf_counter
from typing import NamedTuple

import compile_circuits
import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

COUNTING = 2
"""Number of the rules below; another number makes cached figures void."""

CHECKED_QUBITS = 10
"""Circuits up to this width are simulated before and after."""

_PULSES = {"gpi", "gpi2"}
_ZEROS = 0  # the seed of the input that is all zeros
_EXACT = 1e-9  # an entry of a one-qubit matrix below this is none


class Figures(NamedTuple):
    """What one compiler made of one circuit.

    Attributes:
        two_qubit: number of two-qubit gates.
        angle: sum of their angles in turns, each brought to 0..0.25 (0.25 is a full entangler, a CX's worth).
        pulses: number of one-qubit pulses, see :func:`pulses`.
        depth: of two-qubit gates.
        seconds: median of the compilations.
        error: largest difference of a probability, from zeros; NaN where a circuit is too wide to be checked.
        error_anywhere: the same from random product states. Starting from zeros only would find nothing wrong
            with most Fourier transforms; but Qiskit may use idle qubits as helpers that start in zero.
    """

    two_qubit: int
    angle: float
    pulses: int
    depth: int
    seconds: float
    error: float
    error_anywhere: float

    @property
    def wrong(self) -> bool:
        """Whether this is another circuit; Qiskit's two-qubit synthesis gives and takes 1e-5."""
        return self.error > 1e-4


def figures(name: str, compiled: Callable[[QuantumCircuit], QuantumCircuit], long: float = 5.0) -> Figures:
    """Compile the circuit of that name; the median of three more times unless the first took ``long`` (s)."""
    circuit = compile_circuits.circuit(name)
    result, seconds = _timed(compiled, circuit)
    if seconds < long:
        seconds = median(_timed(compiled, circuit)[1] for _ in range(3))
    pairs = [step for step in result.data if step.is_standard_gate() or step.name in {"ms", "zz"}]
    pairs = [step for step in pairs if len(step.qubits) == 2]
    return Figures(
        two_qubit=result.num_nonlocal_gates(),
        angle=sum(_turns(step.name, float(step.params[-1])) for step in pairs),
        pulses=pulses(result),
        depth=result.depth(lambda step: len(step.qubits) == 2 and step.name != "barrier"),
        seconds=seconds,
        error=difference(name, result, (_ZEROS,)),
        error_anywhere=difference(name, result, (1, 2)),
    )


def _timed(compiled: Callable[[QuantumCircuit], QuantumCircuit], circuit: QuantumCircuit) -> tuple:
    start = perf_counter()
    result = compiled(circuit)
    return result, perf_counter() - start


def _turns(name: str, angle: float) -> float:
    """An entangler's angle in turns, without the half turns that are one-qubit gates."""
    turns = angle if name in {"ms", "zz"} else angle / math.tau
    return abs(turns - round(2 * turns) / 2)


def pulses(circuit: QuantumCircuit) -> int:
    """One-qubit pulses: gpi and gpi2, and for circuits of rx and rz what a tracker of virtual Z would need.

    That is per run of one-qubit gates (between a qubit's entanglers) none if it is diagonal, one if it is a
    half or a quarter turn about an axis in the xy plane up to Z rotations, two for anything else.
    """
    total, runs = 0, {}
    for step in circuit.data:
        if step.name in _PULSES:
            total += 1
        elif step.is_standard_gate() and len(step.qubits) == 1:
            (qubit,) = step.qubits
            runs[qubit] = step.operation.to_matrix() @ runs.get(qubit, np.eye(2))
        else:
            total += sum(_pulses_of(runs.pop(qubit)) for qubit in step.qubits if qubit in runs)
    return total + sum(map(_pulses_of, runs.values()))


def _pulses_of(matrix: np.ndarray) -> int:
    stay = abs(matrix[0, 0]) ** 2
    if stay > 1 - _EXACT:
        return 0
    return 1 if stay < _EXACT or abs(stay - 0.5) < _EXACT else 2


def difference(name: str, compiled: QuantumCircuit, seeds: tuple[int, ...]) -> float:
    """Largest difference in the distributions of the measured bits, over some states as input."""
    circuit = compile_circuits.circuit(name)
    if circuit.num_qubits > CHECKED_QUBITS:
        return math.nan
    placed = list(range(circuit.num_qubits))
    if compiled.layout is not None:
        placed = compiled.layout.initial_index_layout(filter_ancillas=True)
    return max(
        float(np.abs(_distribution(compiled, placed, seed) - _expected(name, seed)).max()) for seed in seeds
    )


@cache
def _expected(name: str, seed: int) -> np.ndarray:
    circuit = compile_circuits.circuit(name)
    return _distribution(circuit, list(range(circuit.num_qubits)), seed)


def _distribution(circuit: QuantumCircuit, placed: list[int], seed: int) -> np.ndarray:
    """Probabilities of the classical bits, the first one least significant; ``placed[i]`` holds input i.

    The input is a product of one-qubit states: random ones for any ``seed`` but that of zeros.
    """
    angles = np.random.default_rng(seed).uniform(0.3, math.pi - 0.3, size=(len(placed), 3))
    angles *= seed != _ZEROS
    index = {qubit: number for number, qubit in enumerate(circuit.qubits)}
    bits = {bit: number for number, bit in enumerate(circuit.clbits)}
    used = sorted({*placed, *(index[qubit] for step in circuit.data for qubit in step.qubits)})
    small = QuantumCircuit(len(used))
    for place, three in zip(placed, angles, strict=True):
        small.u(*three, used.index(place))
    read: dict[int, int] = {}
    for step in circuit.data:
        qubits = [used.index(index[qubit]) for qubit in step.qubits]
        if step.name == "measure":
            read[bits[step.clbits[0]]] = qubits[0]
        elif step.name != "barrier":
            if not set(qubits).isdisjoint(read.values()):
                raise ValueError(f"{circuit.name}: {step.name} after a measurement")
            small.append(step.operation, qubits)
    return Statevector(small).probabilities([read[bit] for bit in sorted(read)])
