"""How to simulate a noisy circuit: by the method that is expected to take the least time here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from qiskit_ionq_lite.emulator.pulses import NOISY_ONE_QUBIT, NOISY_TWO_QUBIT
from qiskit_ionq_lite.emulator.refusals import PreflightError
from qiskit_ionq_lite.emulator.trajectories import expected_patterns

if TYPE_CHECKING:
    from qiskit.circuit import QuantumCircuit, Qubit

    from qiskit_ionq_lite.emulator.devices import Rates

DENSITY_MATRIX = "density_matrix"
"""Shots are samples of the exact mixed state."""

PATTERNS = "patterns"
"""One state vector for each pattern of errors that occurs; see :mod:`.trajectories`."""

STATEVECTOR = "statevector"
"""One state vector per shot: faster where hardly two shots meet the same errors, as nothing is prepared."""

MATRIX_PRODUCT_STATE = "matrix_product_state"
"""One matrix product state per shot, for little entanglement."""

MAX_DENSITY_QUBITS = 10
"""A density matrix of more is slower than trajectories."""

MAX_UPDATES = 4e12
"""Amplitudes times gates times trajectories of one noisy circuit: about an hour of work."""

MAX_BOND = 2**8
"""Largest bond dimension of a matrix product state: more is neither fast nor small."""

SECONDS_PER_AMPLITUDE = 1e-9
"""Time of one gate on one amplitude."""


def method(circuit: QuantumCircuit, rates: Rates, shots: int, memory: int, *, paulis: bool = True) -> str:
    """The method to use.

    Args:
        circuit: in the gates of :mod:`.pulses`, without idle qubits.
        rates: of the noise.
        shots: how many are asked for.
        memory: of this machine, in bytes.
        paulis: whether the noise is nothing but Paulis, one rate for each number of qubits.

    Raises:
        PreflightError: none of them would end within hours, or fit in memory.
    """
    qubits, gates = circuit.num_qubits, circuit.size()
    trajectories = _expected_patterns(circuit, rates, shots)
    update = 2.0**qubits * SECONDS_PER_AMPLITUDE
    once = measures_last(
        circuit
    )  # if not, Aer runs each shot by itself, and errors are not all of its chance
    costs: dict[str, float] = {}  # seconds of each gate
    if qubits <= MAX_DENSITY_QUBITS and once:
        costs[DENSITY_MATRIX] = 5e-6 + 2**qubits * update * 2
    ways = ((PATTERNS, trajectories, 1.2e-5), (STATEVECTOR, float(shots), 3e-6))
    for name, runs, overhead in ways if once and paulis else ways[1:]:
        if 2.0**qubits * gates * runs <= MAX_UPDATES and 2.0**qubits * 24 < 0.5 * memory:
            costs[name] = runs * (overhead + update)
    bond = 2.0 ** _largest_cut(circuit)
    if bond <= MAX_BOND:
        costs[MATRIX_PRODUCT_STATE] = shots * (1e-5 + 1e-8 * bond**3)
    if not costs:
        raise _too_large(qubits, gates, shots)
    return min(costs, key=costs.__getitem__)


def measures_last(circuit: QuantumCircuit) -> bool:
    """Whether nothing happens to a qubit after its measurement, and nothing resets one."""
    measured: set[Qubit] = set()
    for step in circuit.data:
        name = step.operation.name
        if name == "reset" or (name != "barrier" and not measured.isdisjoint(step.qubits)):
            return False
        if name == "measure":
            measured.update(step.qubits)
    return True


def _expected_patterns(circuit: QuantumCircuit, rates: Rates, shots: int) -> float:
    counts = circuit.count_ops()
    one_qubit, two_qubit = (
        sum(counts.get(name, 0) for name in names) for names in (NOISY_ONE_QUBIT, NOISY_TWO_QUBIT)
    )
    return expected_patterns(rates, one_qubit, two_qubit, shots)


def _largest_cut(circuit: QuantumCircuit) -> int:
    """Most two-qubit gates that cross one cut of the register; each at most doubles the bond there."""
    crossings = np.zeros(circuit.num_qubits + 1, dtype=np.int64)
    place = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    for instruction in circuit.data:
        if len(instruction.qubits) == 2:
            first, last = sorted(place[qubit] for qubit in instruction.qubits)
            crossings[first] += 1
            crossings[last] -= 1
    return int(np.cumsum(crossings).max())


def _too_large(qubits: int, gates: int, shots: int) -> PreflightError:
    return PreflightError(
        "SimulationTimeout",
        f"simulation too large: {qubits} active qubits, {gates:,} gates and {shots:,} shots; "
        f"allowed are {MAX_UPDATES:.0e} amplitude updates, or at most {int(math.log2(MAX_BOND))} entanglers "
        "across any cut of the register",
    )
