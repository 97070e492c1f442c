"""Two-qubit blocks take the fewest entanglers, and SWAPs are changes of labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import UnitaryGate
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Operator, random_unitary

from qiskit_ionq_lite.compiler.target import native_target
from qiskit_ionq_lite.compiler.translate import to_native

ANGLE = 0.7


def compiled(circuit: QuantumCircuit, entangler: str, level: int = 2) -> QuantumCircuit:
    target = native_target(circuit.num_qubits, entangler)
    return transpile(circuit, target=target, translation_method="ionq", optimization_level=level)


def entanglers(circuit: QuantumCircuit) -> int:
    return sum(count for name, count in circuit.count_ops().items() if name in ("ms", "zz"))


def two_qubit(*gates: str) -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    for gate in gates:
        name, _, order = gate.partition(":")
        getattr(circuit, name)(*[ANGLE] * (name in _ROTATIONS), *((1, 0) if order else (0, 1)))
    return circuit


_ROTATIONS = {"rzz", "rxx", "ryy", "rzx", "cp", "crx", "cry", "crz"}


@pytest.mark.parametrize("entangler", ["ms", "zz"])
@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        *(([name], 1) for name in ("cx", "cz", "cy", "ch", "ecr", "csx", *sorted(_ROTATIONS))),
        (["swap"], 0),
        (["iswap"], 1),
        (["dcx"], 1),
        (["cx", "cx:reversed", "cx"], 0),
        (["cx", "rzz"], 1),  # both are controlled by the first qubit, and so is their product
        (["rxx", "rzz"], 2),
        (["rxx", "rxx"], 1),
        (["cx", "cx"], 0),
        (["swap", "cp"], 1),
    ],
)
def test_the_entanglers_of_a_block(entangler: str, gates: list[str], expected: int) -> None:
    circuit = two_qubit(*gates)
    native = compiled(circuit, entangler)
    assert entanglers(native) == expected
    assert Operator.from_circuit(native).equiv(Operator(circuit), rtol=0, atol=1e-8)


@pytest.mark.parametrize("entangler", ["ms", "zz"])
def test_any_block_takes_three_at_most(entangler: str) -> None:
    for seed in range(10):
        circuit = QuantumCircuit(2)
        circuit.append(UnitaryGate(random_unitary(4, seed=seed)), [0, 1])
        assert entanglers(compiled(circuit, entangler)) <= 3


angles = st.integers(-300, 300).map(lambda hundredths: hundredths / 100)
"""No rotations of 1e-8: from level 2 on, Qiskit's own passes drop them before ours see them."""


@st.composite
def tangled_circuits(draw: st.DrawFn) -> QuantumCircuit:
    """Gates whose mirrors are often cheaper, so that labels change many times."""
    circuit = QuantumCircuit(draw(st.integers(2, 5)))
    for _ in range(draw(st.integers(1, 12))):
        name = draw(st.sampled_from(["swap", "iswap", "dcx", "cx", "rzz", "cp"]))
        first, second = draw(st.permutations(range(circuit.num_qubits)))[:2]
        angle = [draw(angles)] if name in _ROTATIONS else []
        getattr(circuit, name)(*angle, first, second)
        circuit.ry(draw(angles), first)
    return circuit


@given(tangled_circuits(), st.sampled_from(["ms", "zz"]), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_labels_are_recorded(circuit: QuantumCircuit, entangler: str, level: int) -> None:
    native = compiled(circuit, entangler, level)
    assert Operator.from_circuit(native).equiv(Operator(circuit), rtol=0, atol=1e-8)


@pytest.mark.parametrize("entangler", ["ms", "zz"])
@given(tangled_circuits())
@settings(max_examples=20, deadline=None)
def test_higher_levels_take_no_more_gates(entangler: str, circuit: QuantumCircuit) -> None:
    """Of the same input; before the stage, Qiskit's own passes differ by level, and rarely cost one more.

    Level 1 takes any number of pulses for an entangler less: an iSWAP is two MS, or one and four pulses.
    """
    circuit.measure_all()
    levels = [
        to_native([circuit], entangler, optimization_level=level, relabel=True)[0] for level in range(4)
    ]
    for counts in ([entanglers(one) for one in levels], [one.size() for one in levels[1:]]):
        assert counts == sorted(counts, reverse=True)


def test_levels_of_transpile_take_no_more_entanglers() -> None:
    circuits = [random_circuit(4, 6, max_operands=3, seed=seed) for seed in range(20)]
    for circuit in circuits:
        counts = [entanglers(compiled(circuit, "zz", level)) for level in range(4)]
        assert counts == sorted(counts, reverse=True)


def test_measurements_follow_their_qubits() -> None:
    circuit = QuantumCircuit(3, 3)
    circuit.x(0)
    circuit.iswap(0, 1)
    circuit.iswap(1, 2)
    circuit.measure([0, 1, 2], [0, 1, 2])
    native = compiled(circuit, "zz")
    measured = {
        native.find_bit(instruction.clbits[0]).index: native.find_bit(instruction.qubits[0]).index
        for instruction in native.get_instructions("measure")
    }
    bare = native.remove_final_measurements(inplace=False)
    outcome = int(np.argmax(np.abs(Operator(bare).data[:, 0])))
    assert [outcome >> measured[clbit] & 1 for clbit in range(3)] == [0, 0, 1]
