"""Noise as steps of the circuit itself: for what no list of Paulis expresses, and for rates by gate."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from qiskit.circuit import CircuitInstruction
from qiskit_aer.noise import depolarizing_error, thermal_relaxation_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit.circuit import Instruction, QuantumCircuit, Qubit

    from qiskit_ionq_lite.emulator.devices import Model, Rates, Relaxation


def with_channels(circuit: QuantumCircuit, model: Model) -> QuantumCircuit:
    """A circuit in the gates of :mod:`.pulses` with all of a model's noise but the readout's.

    A depolarizing channel follows each gate. Gates take their time one after the other, and each qubit
    relaxes from one of its own steps to the next; what it does in between meets no other qubit, so that this
    is exact.
    """
    if model.rates is None:
        raise ValueError(f"model {model.name} has no noise")
    found = circuit.copy_empty_like()
    clock, last = 0.0, dict.fromkeys(circuit.qubits, 0.0)
    for step in circuit.data:
        if step.operation.name == "barrier":
            continue
        clock += _duration(step, model.relaxation)
        if model.relaxation is not None:
            for qubit in step.qubits:
                _relax(found, qubit, clock - last[qubit], model.relaxation)
                last[qubit] = clock
        found._append(step)
        error = _error(step, model.rates)
        if error is not None:
            found._append(CircuitInstruction(error, step.qubits))
    return found


def _relax(circuit: QuantumCircuit, qubit: Qubit, seconds: float, relaxation: Relaxation) -> None:
    if seconds > 0:
        circuit._append(CircuitInstruction(_relaxing(relaxation.t1, relaxation.t2, seconds), (qubit,)))


def _duration(step: CircuitInstruction, relaxation: Relaxation | None) -> float:
    if relaxation is None:
        return 0.0
    return {"r": relaxation.one_qubit, "rxx": relaxation.two_qubit, "rzz": relaxation.two_qubit}.get(
        step.operation.name, 0.0
    )


def _error(step: CircuitInstruction, rates: Rates) -> Instruction | None:
    name = step.operation.name
    if name in ("rxx", "rzz"):
        return _depolarizing(rates.two_qubit, 2)
    if name != "r":
        return None
    half = rates.half_turn is not None and _is_half_turn(step.operation.params)
    return _depolarizing(rates.half_turn if half and rates.half_turn is not None else rates.one_qubit, 1)


def _is_half_turn(params: Sequence[float]) -> bool:
    """Whether a rotation ``r`` is a GPI, not a GPI2."""
    return abs(float(params[0]) - math.pi) < 1e-9


@lru_cache(maxsize=64)
def _depolarizing(rate: float, qubits: int) -> Instruction | None:
    return depolarizing_error(rate, qubits).to_instruction() if rate > 0 else None


@lru_cache(maxsize=4096)
def _relaxing(t1: float, t2: float, seconds: float) -> Instruction:
    return thermal_relaxation_error(t1, t2, seconds).to_instruction()
