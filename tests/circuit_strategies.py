"""Random circuits over Qiskit's whole gate library, and what they mean, worked out without our own code."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Clbit, Gate
from qiskit.circuit.library import (
    HGate,
    MCMTGate,
    MCPhaseGate,
    MCXGate,
    ModularAdderGate,
    PauliEvolutionGate,
    QFTGate,
    RZGate,
    SwapGate,
    UnitaryGate,
    ZGate,
    get_standard_gate_name_mapping,
)
from qiskit.quantum_info import SparsePauliOp, Statevector, random_clifford, random_unitary

_NOT_GATES = {"measure", "reset", "delay"}
STANDARD_GATES = {
    name: gate for name, gate in get_standard_gate_name_mapping().items() if name not in _NOT_GATES
}

angles = st.floats(-4 * math.pi, 4 * math.pi, allow_nan=False) | st.sampled_from(
    [0.0, math.pi, -math.pi / 2, math.pi / 4, 1e-9]
)
seeds = st.integers(0, 2**32 - 1)


@st.composite
def standard_gates(draw: st.DrawFn) -> Gate:
    gate = STANDARD_GATES[draw(st.sampled_from(sorted(STANDARD_GATES)))]
    return gate.base_class(*(draw(angles) for _ in gate.params))


@st.composite
def other_gates(draw: st.DrawFn) -> Gate:
    kind = draw(st.sampled_from(sorted(_OTHERS)))
    return _OTHERS[kind](draw)


def _evolution(draw: st.DrawFn) -> Gate:
    """Commuting terms, for others are only what Qiskit's synthesis makes of them: one axis for each qubit."""
    axes = draw(st.text("XYZ", min_size=1, max_size=3))
    label = st.tuples(*(st.sampled_from(["I", axis]) for axis in axes)).map("".join)
    terms = draw(st.lists(st.tuples(label, st.floats(-2, 2)), min_size=1, max_size=4))
    return PauliEvolutionGate(SparsePauliOp.from_list(terms), time=draw(st.floats(-2, 2)))


def _subroutine(draw: st.DrawFn) -> Gate:
    inner = QuantumCircuit(2, name="h", global_phase=draw(angles))  # named as a gate that it is not
    inner.sx(0)
    inner.cp(draw(angles), 0, 1)
    return inner.to_gate()


def _controlled_unitary(seed: int, annotated: bool) -> Gate:
    return UnitaryGate(random_unitary(2, seed=seed)).control(annotated=annotated)


_OTHERS = {
    "mcx": lambda draw: MCXGate(4, ctrl_state=draw(st.integers(0, 15))),
    "mcp": lambda draw: MCPhaseGate(draw(angles), draw(st.integers(1, 4))),
    "mcrz": lambda draw: RZGate(draw(angles)).control(
        3, ctrl_state=draw(st.integers(0, 7)), annotated=draw(st.booleans())
    ),
    "annotated": lambda draw: RZGate(draw(angles)).control(2, annotated=True).inverse(annotated=True),
    "mcswap": lambda draw: SwapGate().control(
        2, ctrl_state=draw(st.integers(0, 3)), annotated=draw(st.booleans())
    ),
    "mcmt": lambda draw: MCMTGate(draw(st.sampled_from([ZGate(), HGate()])), 2, 2),
    "adder": lambda draw: ModularAdderGate(draw(st.integers(1, 2))),  # has no definition, and ancillas
    "qft": lambda draw: QFTGate(draw(st.integers(1, 4))),
    "unitary": lambda draw: UnitaryGate(random_unitary(2 ** draw(st.integers(1, 3)), seed=draw(seeds))),
    "controlled unitary": lambda draw: _controlled_unitary(draw(seeds), draw(st.booleans())),
    "clifford": lambda draw: random_clifford(2, seed=draw(seeds)),
    "evolution": _evolution,
    "subroutine": _subroutine,
}


@st.composite
def unitary_circuits(draw: st.DrawFn, max_qubits: int = 5, max_gates: int = 8) -> QuantumCircuit:
    """Circuits without measurement, of 1 to ``max_qubits`` qubits in one or two registers."""
    first = draw(st.integers(1, max_qubits))
    registers = [QuantumRegister(first, "a")]
    if first < max_qubits and draw(st.booleans()):
        registers.append(QuantumRegister(draw(st.integers(1, max_qubits - first)), "b"))
    circuit = QuantumCircuit(*registers, global_phase=draw(angles))
    for _ in range(draw(st.integers(0, max_gates))):
        gate = draw(standard_gates() | other_gates())
        if gate.num_qubits > circuit.num_qubits:
            continue
        places = draw(st.permutations(range(circuit.num_qubits)))[: gate.num_qubits]
        circuit.append(gate, places)
        if draw(st.integers(0, 5)) == 0:
            circuit.barrier()
            circuit.delay(100, 0)
    return circuit


@st.composite
def measured_circuits(draw: st.DrawFn, max_qubits: int = 5) -> QuantumCircuit:
    """Circuits with any final measurement map: several registers, loose bits, bits written twice."""
    circuit = draw(unitary_circuits(max_qubits))
    if draw(st.booleans()):
        circuit.initialize(draw(st.integers(0, 1)), 0) if not circuit.data else None
    for size in draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)):
        if draw(st.integers(0, 9)) == 0:
            circuit.add_bits([Clbit()])
        circuit.add_register(ClassicalRegister(size))
    pairs = st.tuples(st.integers(0, circuit.num_qubits - 1), st.integers(0, circuit.num_clbits - 1))
    for qubit, clbit in draw(st.lists(pairs, min_size=1, max_size=6)):
        circuit.measure(qubit, clbit)
    return circuit


def expected_probabilities(circuit: QuantumCircuit) -> dict[int, float]:
    """Classical value -> probability, by the state vector and a plain loop."""
    bare = circuit.copy_empty_like()
    sources: dict[int, int] = {}
    for instruction in circuit.data:
        if instruction.name == "measure":
            clbit = circuit.find_bit(instruction.clbits[0]).index
            sources[clbit] = circuit.find_bit(instruction.qubits[0]).index
        elif instruction.name not in ("barrier", "delay"):
            bare.append(instruction)
    bare.remove_final_measurements()
    found: dict[int, float] = {}
    for state, probability in enumerate(np.abs(Statevector(bare).data) ** 2):
        value = sum((state >> qubit & 1) << clbit for clbit, qubit in sources.items())
        found[value] = found.get(value, 0.0) + float(probability)
    return found


def as_values(probabilities: dict[str, float]) -> dict[int, float]:
    """Keys with spaces -> integers."""
    return {int(key.replace(" ", ""), 2): p for key, p in probabilities.items()}


def agree(one: dict[int, float], other: dict[int, float], tolerance: float = 1e-9) -> bool:
    """Whether two distributions differ nowhere by more than ``tolerance``."""
    return all(abs(one.get(key, 0.0) - other.get(key, 0.0)) <= tolerance for key in one.keys() | other.keys())
