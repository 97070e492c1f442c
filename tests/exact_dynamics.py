"""What a circuit with measurements, resets and branches in its middle gives, exactly and by definition.

A density matrix for each value of the classical bits, gate after gate: nothing is sampled, nothing is ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Clbit, Qubit
from qiskit.quantum_info import DensityMatrix, Operator

Mixture: TypeAlias = dict[int, DensityMatrix]
"""Classical bits as an integer -> what is there with that value, of a trace that is its probability."""

ROUNDS = 12
"""Of a loop that may go on for ever; what has not left it by then is left out."""

_UP, _DOWN = Operator(np.diag([1, 0])), Operator(np.diag([0, 1]))
_LOWER = Operator(np.array([[0, 1], [0, 0]]))


def distribution(circuit: QuantumCircuit) -> dict[int, float]:
    """Value of the classical bits, the first one least significant -> probability."""
    bits = {bit: place for wires in (circuit.qubits, circuit.clbits) for place, bit in enumerate(wires)}
    start: Mixture = {0: DensityMatrix.from_int(0, 2**circuit.num_qubits)}
    return {value: state.trace().real for value, state in _through(circuit, bits, start).items()}


def _through(circuit: QuantumCircuit, bits: Mapping[Qubit | Clbit, int], mixture: Mixture) -> Mixture:
    for step in circuit.data:
        places = [bits[bit] for bit in step.qubits]
        if step.name == "measure":
            mixture = _measured(mixture, places[0], bits[step.clbits[0]])
        elif step.name == "reset":
            mixture = {v: s.evolve(_UP, places) + s.evolve(_LOWER, places) for v, s in mixture.items()}
        elif step.name in _BRANCHES:
            mixture = _BRANCHES[step.name](step, bits, mixture)
        elif step.name == "initialize":
            inside = dict(zip(step.operation.definition.qubits, places, strict=True))
            mixture = _through(step.operation.definition, inside, mixture)
        elif step.name not in ("barrier", "delay"):
            gate = Operator(step.operation)
            mixture = {value: state.evolve(gate, places) for value, state in mixture.items()}
    return mixture


def _measured(mixture: Mixture, qubit: int, clbit: int) -> Mixture:
    found: dict[int, list[DensityMatrix]] = defaultdict(list)
    for value, state in mixture.items():
        found[value & ~(1 << clbit)].append(state.evolve(_UP, [qubit]))
        found[value | 1 << clbit].append(state.evolve(_DOWN, [qubit]))
    return _merged(found)


def _merged(found: Mapping[int, list[DensityMatrix]]) -> Mixture:
    return {value: sum(states[1:], start=states[0]) for value, states in found.items()}


def _block(step, block, bits, mixture: Mixture) -> Mixture:
    inside = dict(zip(block.qubits, (bits[bit] for bit in step.qubits), strict=True))
    inside |= dict(zip(block.clbits, (bits[bit] for bit in step.clbits), strict=True))
    return _through(block, inside, mixture)


def _read(target, bits, value: int) -> int:
    """What a bit or a register reads."""
    wires = [target] if isinstance(target, Clbit) else list(target)
    return sum((value >> bits[bit] & 1) << place for place, bit in enumerate(wires))


def _split(mixture: Mixture, test: Callable[[int], bool]) -> tuple[Mixture, Mixture]:
    yes = {value: state for value, state in mixture.items() if test(value)}
    return yes, {value: state for value, state in mixture.items() if value not in yes}


def _together(*mixtures: Mixture) -> Mixture:
    found: dict[int, list[DensityMatrix]] = defaultdict(list)
    for mixture in mixtures:
        for value, state in mixture.items():
            found[value].append(state)
    return _merged(found)


def _condition(step, bits) -> Callable[[int], bool]:
    target, wanted = step.operation.condition
    return lambda value: _read(target, bits, value) == wanted


def _if_else(step, bits, mixture: Mixture) -> Mixture:
    yes, no = _split(mixture, _condition(step, bits))
    blocks = step.operation.blocks
    return _together(
        _block(step, blocks[0], bits, yes), _block(step, blocks[1], bits, no) if len(blocks) > 1 else no
    )


def _while_loop(step, bits, mixture: Mixture) -> Mixture:
    out: Mixture = {}
    for _ in range(ROUNDS):
        mixture, left = _split(mixture, _condition(step, bits))
        out = _together(out, left)
        mixture = _block(step, step.operation.blocks[0], bits, mixture)
    return out


def _for_loop(step, bits, mixture: Mixture) -> Mixture:
    numbers, parameter, body = step.operation.params
    for number in numbers:
        block = body if parameter is None else body.assign_parameters({parameter: number})
        mixture = _block(step, block, bits, mixture)
    return mixture


def _switch_case(step, bits, mixture: Mixture) -> Mixture:
    out: list[Mixture] = []
    for labels, block in step.operation.cases_specifier():
        chosen, mixture = _split(
            mixture,
            lambda value, labels=labels: (
                _read(step.operation.target, bits, value) in labels
                or not all(isinstance(x, int) for x in labels)
            ),
        )
        out.append(_block(step, block, bits, chosen))
    return _together(*out, mixture)


_BRANCHES = {
    "if_else": _if_else,
    "while_loop": _while_loop,
    "for_loop": _for_loop,
    "switch_case": _switch_case,
}
