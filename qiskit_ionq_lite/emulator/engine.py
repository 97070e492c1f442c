"""The physics, on Qiskit Aer. Only :mod:`.channels` imports it, too.

Ideal circuits give exact probabilities. Noisy ones are compiled to native gates, as on the platform (F 4.6),
and a depolarizing channel follows each native gate (F 4.3); Z rotations are frame changes and free of noise.
A list of circuits is one Aer call. The same seed gives the same shots on any number of threads: trajectories
draw theirs themselves, and Aer seeds each circuit by its place in the list.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from threading import local
from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit.circuit import CircuitInstruction, QuantumCircuit
from qiskit_aer import AerSimulator
from qiskit_aer.library import SaveProbabilities
from qiskit_aer.noise import NoiseModel, depolarizing_error

from qiskit_ionq_lite.compiler.translate import to_native
from qiskit_ionq_lite.emulator.channels import with_channels
from qiskit_ionq_lite.emulator.dynamic import (
    ancillas_needed,
    as_channels,
    bits_of,
    integers,
    measures,
    purified,
    read_all,
    without_last_measurements,
)
from qiskit_ionq_lite.emulator.memory import free_memory, physical_memory
from qiskit_ionq_lite.emulator.methods import PATTERNS, method
from qiskit_ionq_lite.emulator.outcomes import Outcomes, Registers, from_dense, from_shots, placed
from qiskit_ionq_lite.emulator.pulses import NOISY_ONE_QUBIT, NOISY_TWO_QUBIT, without_native
from qiskit_ionq_lite.emulator.refusals import PreflightError
from qiskit_ionq_lite.emulator.sparse import FROM_QUBITS, certain_outcomes, run_sparse
from qiskit_ionq_lite.emulator.trajectories import Chance, Trajectories, located, patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qiskit_ionq_lite.emulator.devices import Model, Rates
    from qiskit_ionq_lite.emulator.dynamic import Readout
    from qiskit_ionq_lite.emulator.outcomes import Bits, Integers
    from qiskit_ionq_lite.emulator.preflight import Program

SMALLEST_PROBABILITY = 1e-15
"""Below this an ideal probability is rounding noise: a double carries 16 digits."""

MAX_OUTCOMES = 2**22
"""Non-zero outcomes of one ideal circuit: their JSON is already 100 MB."""

BATCH_BYTES = 2**28
"""Of the probabilities that one call of Aer gives back."""

_SINGLE_BYTES = 8 + 10
"""Of memory for an amplitude in single precision and its probability; 16.2 as measured at 29 qubits."""

_NARROW = 10  # qubits, whose 32 KB are not worth a look at what is free

MAX_EXACT_DENSITY_QUBITS = 13
"""Of an ideal circuit with measurements on the way: one density matrix of 1 GB, computed once."""

_READOUT = 2**20
"""Offset of the random streams that misread bits, beside those that draw errors."""

MAX_BATCH = 256
"""Circuits of one call; more is no faster, and waits in memory."""


_MEMORY = physical_memory()
_AER_BASIS = frozenset(AerSimulator().configuration().basis_gates)
_thread = local()


def run_ideal(programs: Sequence[Program]) -> list[Outcomes]:
    """Exact probabilities of every program.

    Raises:
        PreflightError: a circuit is too large for this machine.
    """
    circuits = [_unread(program) for program in programs]
    found: dict[int, Outcomes] = {}
    groups: dict[tuple[str, str], list[int]] = {}
    for place, circuit in enumerate(circuits):
        qubits = programs[place].qubits
        few = _of_few_terms(circuit, len(qubits))
        if few is None:
            groups.setdefault(_ideal_method(circuit), []).append(place)
        else:
            found[place] = placed(few, qubits)
    for (chosen, precision), places in groups.items():
        batch = [_saving(circuits[place], len(programs[place].qubits)) for place in places]
        results = _run(batch, method=chosen, precision=precision, shots=1)
        for place, data in zip(places, results, strict=True):
            found[place] = placed(_exact(data["probabilities"], precision), programs[place].qubits)
    return [found[place] for place in range(len(programs))]


def run_ideal_if_cheap(programs: Sequence[Program]) -> Iterator[Outcomes | None]:
    """Exact probabilities of narrow programs, and of wide ones whose states have few terms; else ``None``.

    Args:
        programs: without measurements.
    """
    widest = min(max(program.circuit.num_qubits for program in programs), FROM_QUBITS)
    size = max(1, min(MAX_BATCH, BATCH_BYTES // (8 * 2**widest)))
    for start in range(0, len(programs), size):
        yield from _if_cheap(programs[start : start + size])


def _if_cheap(programs: Sequence[Program]) -> Iterator[Outcomes | None]:
    narrow = iter(run_ideal([one for one in programs if one.circuit.num_qubits < FROM_QUBITS]))
    for program in programs:
        if program.circuit.num_qubits < FROM_QUBITS:
            yield next(narrow)
        else:
            few = run_sparse(_unread(program), len(program.qubits))
            yield None if few is None else placed(few, program.qubits)


def _unread(program: Program) -> QuantumCircuit:
    """Without measurements: an ideal circuit gives the probabilities of its last state only (F 9.6)."""
    circuit = without_native(program.circuit)
    if measures(circuit):
        circuit = without_last_measurements(circuit)
        ancillas = ancillas_needed(circuit)
        dense = circuit.num_qubits <= min(MAX_EXACT_DENSITY_QUBITS, ancillas)
        circuit = as_channels(circuit) if dense else purified(circuit)
    return _in_aer_basis(circuit)


def _of_few_terms(circuit: QuantumCircuit, qubits: int) -> Outcomes | None:
    """Of a wide circuit, where that is possible; one that must have too many outcomes fails at once."""
    if circuit.num_qubits < FROM_QUBITS:
        return None
    least = certain_outcomes(circuit)
    if least > MAX_OUTCOMES:
        raise _too_many(f"at least {least:,}")
    return run_sparse(circuit, qubits)


def _too_many(outcomes: str) -> PreflightError:
    return PreflightError(
        "SimulationError", f"the circuit has {outcomes} outcomes; results hold {MAX_OUTCOMES:,} at most"
    )


def _ideal_method(circuit: QuantumCircuit) -> tuple[str, str]:
    if "kraus" in circuit.count_ops():
        return "density_matrix", "double"
    return "statevector", _precision(circuit.num_qubits)


def run_noisy(programs: Sequence[Program], model: Model, shots: int, seed: int) -> list[Outcomes]:
    """Sampled outcomes of every program.

    Raises:
        PreflightError: a circuit is too large for this machine.
    """
    rates, entangler = model.rates, model.entangler
    if rates is None or entangler is None:
        raise ValueError(f"model {model.name} has no noise")
    readouts = [read_all(_final(program)) for program in programs]
    circuits = [without_native(circuit) for circuit in _compiled(programs, readouts, entangler)]
    found: dict[int, Bits] = {}
    paulis = model.only_paulis
    groups = _grouped(method(circuit, rates, shots, _MEMORY, paulis=paulis) for circuit in circuits)
    for ordinal, (chosen, places) in enumerate(sorted(groups.items())):
        if chosen == PATTERNS:
            for place in places:
                samples = _by_patterns(circuits[place], rates, shots, Chance(seed, place))
                found[place] = _measured_bits(samples, readouts[place])
        else:
            batch = [circuits[place] if paulis else with_channels(circuits[place], model) for place in places]
            noise = _noise(rates) if paulis else None
            sampled = _by_aer(batch, noise, shots, chosen, (seed + ordinal) % 2**31)
            found |= zip(places, sampled, strict=True)
    for place, bits in found.items():
        _misread(bits, readouts[place].circuit, model.readout, Chance(seed, _READOUT + place))
    return [_outcomes(*each) for each in zip(programs, readouts, _in_order(found), strict=True)]


def _misread(bits: Bits, circuit: QuantumCircuit, errors: tuple[float, float], chance: Chance) -> None:
    """Flip, in place, what is read wrongly: 0 with the first probability, 1 with the second."""
    if not any(errors):
        return
    written = sorted({circuit.find_bit(bit).index for step in circuit.data for bit in step.clbits})
    for place in written:
        bits[:, place] ^= chance.uniform(len(bits)) < np.where(bits[:, place], errors[1], errors[0])


def _in_order(found: dict[int, Bits]) -> list[Bits]:
    return [found[place] for place in range(len(found))]


def _outcomes(program: Program, readout: Readout, bits: Bits) -> Outcomes:
    outcomes = placed(from_shots(integers(bits[:, readout.bit_of])), program.qubits)
    if program.registers is None:
        return outcomes
    return replace(outcomes, registers=Registers(program.registers, bits[:, : readout.program_bits]))


def _final(program: Program) -> QuantumCircuit:
    """For the compiler, all classical bits in one register."""
    circuit = QuantumCircuit(program.circuit.qubits, program.circuit.clbits)
    for step in program.circuit.data:
        circuit._append(step)
    return circuit


def _measured_bits(samples: Integers, readout: Readout) -> Bits:
    """Last states of the qubits as the bits that measurements at the end put them into."""
    bits = np.zeros((len(samples), readout.circuit.num_clbits), dtype=np.bool_)
    place = {qubit: index for index, qubit in enumerate(readout.circuit.qubits)}
    for step in readout.circuit.data:
        if step.operation.name == "measure":
            qubit, bit = place[step.qubits[0]], readout.circuit.find_bit(step.clbits[0]).index
            bits[:, bit] = (samples >> np.uint64(qubit)) & np.uint64(1)
    return bits


def _by_aer(
    circuits: list[QuantumCircuit], noise: NoiseModel | None, shots: int, chosen: str, seed: int
) -> Iterator[Bits]:
    """Classical bits after each shot, with Aer's own noise and chance."""
    options = {"seed_simulator": seed, "memory": True} | ({"noise_model": noise} if noise else {})
    for circuit, data in zip(circuits, _run(circuits, method=chosen, shots=shots, **options), strict=True):
        yield bits_of(data["memory"], circuit.num_clbits)


def _by_patterns(circuit: QuantumCircuit, rates: Rates, shots: int, chance: Chance) -> Integers:
    """Outcomes of one circuit, shape (shots,); each pattern of errors is simulated once."""
    trajectories = Trajectories(circuit)
    quantiles = chance.uniform(shots)
    sampled = np.zeros(shots, dtype=np.uint64)
    size = max(1, min(MAX_BATCH, BATCH_BYTES // (8 * 2**circuit.num_qubits)))
    for found in patterns(chance, trajectories.arities, rates, shots):
        remaining = iter(found.items())
        while batch := dict(islice(remaining, size)):
            variants = [_saving(trajectories.with_errors(pattern)) for pattern in batch]
            results = _run(variants, method="statevector", shots=1)
            for members, data in zip(batch.values(), results, strict=True):
                sampled[members] = located(data["probabilities"], quantiles[members])
    return sampled


def _saving(circuit: QuantumCircuit, qubits: int | None = None) -> QuantumCircuit:
    """With an order to keep the probabilities of its first qubits, or of all, added to the circuit itself."""
    wanted = circuit.qubits[:qubits]
    circuit._append(CircuitInstruction(_save(len(wanted)), wanted))
    return circuit


@lru_cache(maxsize=64)
def _save(qubits: int) -> SaveProbabilities:
    return SaveProbabilities(qubits)


def _grouped(keys: Iterable[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        groups.setdefault(key, []).append(place)
    return groups


def warm_up() -> None:
    """Load what the first job would otherwise wait for."""
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    _run([circuit], method="statevector", shots=1)


def _run(circuits: list[QuantumCircuit], **options: Any) -> list[dict[str, Any]]:
    """One Aer call; a list of each circuit's raw data.

    ``AerSimulator.run`` sends all calls of a process through a single thread, so that a short job would wait
    for a long one; what that thread calls is called here directly, on a simulator of our own per thread.
    """
    if not hasattr(_thread, "simulator"):
        _thread.simulator = AerSimulator()
    options["max_parallel_experiments"] = 0  # as many as there are cores
    output = _thread.simulator._execute_circuits_job(circuits, None, options, "", False)
    if not output.get("success"):
        complaints = [str(found.get("status")) for found in output.get("results", ()) if not found["success"]]
        raise PreflightError("SimulationError", f"could not execute simulation: {'; '.join(complaints[:3])}")
    return [found["data"] for found in output["results"]]


def _exact(probabilities: Any, precision: str) -> Outcomes:
    smallest = SMALLEST_PROBABILITY if precision == "double" else 1e-9
    outcomes = from_dense(np.asarray(probabilities), smallest)
    if len(outcomes.values) > MAX_OUTCOMES:
        raise _too_many(f"{len(outcomes.values):,}")
    if precision == "single":  # whose sum is off by some 1e-7
        return replace(outcomes, probabilities=outcomes.probabilities / outcomes.probabilities.sum())
    return outcomes


def _precision(qubits: int) -> str:
    """Double where that leaves room for other jobs, else single where it fits, else a clear failure."""
    if qubits <= _NARROW:
        return "double"
    free = free_memory()
    if 2**qubits * (16 + 16) < 0.4 * free:
        return "double"
    if 2**qubits * _SINGLE_BYTES < 0.8 * free:
        return "single"
    limit = int(math.log2(0.8 * free / _SINGLE_BYTES))
    raise PreflightError(
        "SimulationError",
        f"{qubits} active qubits do not fit in this machine's memory ({free / 2**30:.1f} GB are free); "
        f"{limit} qubits do",
    )


def _compiled(programs: Sequence[Program], readouts: list[Readout], entangler: str) -> list[QuantumCircuit]:
    """Native circuits with all qubits measured, so that the compiler may drop the last Z rotations."""
    measured = [readout.circuit for readout in readouts]
    abstract = [place for place, program in enumerate(programs) if not program.native]
    if abstract:
        compiled = to_native([measured[place] for place in abstract], entangler)
        for place, circuit in zip(abstract, compiled, strict=True):
            measured[place] = circuit
    return measured


def _in_aer_basis(circuit: QuantumCircuit) -> QuantumCircuit:
    """Unroll, exactly, what Aer does not know; most circuits pass untouched."""
    if _AER_BASIS.issuperset(circuit.count_ops()):
        return circuit
    unrolled = circuit.copy_empty_like()
    for instruction in circuit.data:
        for known in _unroll(instruction):
            unrolled._append(known)
    return unrolled


def _unroll(instruction: CircuitInstruction) -> Iterator[CircuitInstruction]:
    if instruction.operation.name in _AER_BASIS:
        yield instruction
        return
    definition = instruction.operation.definition
    outside = dict(zip(definition.qubits, instruction.qubits, strict=True))
    for inner in definition.data:
        yield from _unroll(inner.replace(qubits=[outside[qubit] for qubit in inner.qubits]))


@lru_cache(maxsize=16)
def _noise(rates: Rates) -> NoiseModel:
    model = NoiseModel()
    model.add_all_qubit_quantum_error(depolarizing_error(rates.one_qubit, 1), NOISY_ONE_QUBIT)
    model.add_all_qubit_quantum_error(depolarizing_error(rates.two_qubit, 2), NOISY_TWO_QUBIT)
    return model
