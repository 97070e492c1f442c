"""Symmetries as affine hulls over GF(2), against brute force; and which circuits they are looked for in."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.emulator.devices import NOISE_MODELS
from qiskit_ionq_lite.emulator.formats import FORMATS
from qiskit_ionq_lite.emulator.jobs import Verification
from qiskit_ionq_lite.emulator.mitigation import AGGREGATIONS, Variant, aggregated, part
from qiskit_ionq_lite.emulator.outcomes import Outcomes, from_shots
from qiskit_ionq_lite.emulator.preflight import preflight
from qiskit_ionq_lite.emulator.symmetry import hull, hull_of
from qiskit_ionq_lite.emulator.verification import verify

WIDTH = 6
ALL = np.arange(2**WIDTH, dtype=np.uint64)
outcomes = st.lists(st.integers(0, 2**WIDTH - 1), min_size=1, max_size=WIDTH + 2, unique=True)


def obeying(values):
    """The outcomes that have every parity which all of ``values`` share."""
    masks = [m for m in range(2**WIDTH) if len({(value & m).bit_count() % 2 for value in values}) == 1]
    return {x for x in range(2**WIDTH) if all(((x ^ values[0]) & m).bit_count() % 2 == 0 for m in masks)}


def closed(values):
    """The smallest set with ``values`` that holds a + b + c with any three."""
    found = set(values)
    while len(more := {a ^ b ^ c for a, b, c in product(found, found, values)}) > len(found):
        found = more
    return found


def array(values):
    return np.array(values, dtype=np.uint64)


@given(outcomes)
def test_a_hull_holds_what_obeys_each_shared_parity_and_nothing_else(values):
    found = hull(array(values))
    held = set(ALL[found.holds(ALL)].tolist())
    assert held == obeying(values) == closed(values)
    assert len(held) == 2**found.dimension


@given(outcomes, st.randoms(use_true_random=False))
def test_a_hull_does_not_depend_on_order_or_repetition(values, random):
    other = [*values, *values]
    random.shuffle(other)
    assert hull(array(values)).holds(ALL).tolist() == hull(array(other)).holds(ALL).tolist()


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5))
def test_outcomes_of_64_bits(values):
    assert hull(array(values)).holds(array(values)).all()


def test_what_is_as_good_as_impossible_is_no_outcome():
    ideal = Outcomes(array([0b00, 0b01, 0b11]), np.array([0.5, 1e-12, 0.5]))
    assert hull_of(ideal).holds(array([0b00, 0b01, 0b10, 0b11])).tolist() == [True, False, False, True]


@pytest.mark.parametrize("method", AGGREGATIONS)
def test_a_variant_may_lose_all_its_shots(method):
    left = replace(from_shots(array([3, 0, 3])), discarded=array([0, 1, 4]))
    parts = [Variant((0, 1), start, 2) for start in (0, 2, 4)]  # shots 2 and 3, and 5, are left
    assert [part(left, one).shots.tolist() for one in parts] == [[], [3, 0], [3]]
    assert [FORMATS["histogram"].render(part(left, one), 2) for one in parts] == [
        {},
        {"0": 1, "3": 1},
        {"3": 1},
    ]
    assert sum(FORMATS["histogram"].render(aggregated(left, parts, method), 2).values()) == 3


def program(gates, qubits):
    circuit = wire.Circuit([wire.Gate(**gate) for gate in gates], qubits=qubits, gateset="qis")
    return preflight(circuit, NOISE_MODELS["ideal"])


def ghz(qubits):
    return [
        {"gate": "h", "target": 0},
        *({"gate": "cnot", "target": q, "control": q - 1} for q in range(1, qubits)),
    ]


def hadamards(qubits):
    return [{"gate": "h", "target": q} for q in range(qubits)]


@pytest.mark.parametrize(
    ("gates", "qubits", "done"),
    [
        (ghz(29), 29, Verification(2, True)),
        (hadamards(20), 20, Verification(2**20, False)),
        (hadamards(22), 22, Verification(2**22, False)),
        ([*hadamards(22), {"gate": "cnot", "target": 22, "control": 0}], 23, Verification(2**23, False)),
        (ghz(3), 5, Verification(2, True)),
    ],
    ids=["wide, few terms", "no symmetry", "wide, no symmetry", "too wide to look", "idle qubits"],
)
def test_where_symmetries_are_found(gates, qubits, done):
    ((left, said),) = verify([program(gates, qubits)], [qubits], [from_shots(array([0, 0b101, 0b111]))])
    assert said == done
    if done.applied:
        forbidden = [0b101, 0b111] if qubits == 29 else [0b101]
        assert left.discarded.tolist() == list(range(1, 1 + len(forbidden)))
        assert not set(left.values.tolist()) & set(forbidden)
    else:
        assert left.discarded is None
        assert len(left.shots) == 3


def test_narrow_and_wide_circuits_keep_their_places():
    programs = [
        program(ghz(24), 24),
        program(hadamards(2), 2),
        program(ghz(3), 3),
        program(hadamards(22), 22),
    ]
    found = verify(programs, [24, 2, 3, 22], [from_shots(array([0]))] * 4)
    assert [said.allowed_states for _, said in found] == [2, 4, 2, 2**22]
