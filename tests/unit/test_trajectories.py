"""Which errors a shot meets: the binomial law, evenly spread Paulis, and every shot in just one pattern."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.circuit import QuantumCircuit
from qiskit.quantum_info import Operator, Pauli

from qiskit_ionq_lite.emulator import trajectories
from qiskit_ionq_lite.emulator.devices import Rates
from qiskit_ionq_lite.emulator.trajectories import (
    Chance,
    Trajectories,
    draw,
    expected_patterns,
    located,
    patterns,
)

RATES = Rates(0.02, 0.08)
ARITIES = np.array([1, 2, 1, 1, 2, 2, 1])
CHANCES = np.where(ARITIES == 1, 0.75 * 0.02, 15 / 16 * 0.08)  # F 4.3
CHI_SQUARE_99_9 = {2: 13.82, 14: 36.12}  # quantiles of chi-square by degrees of freedom
SHOTS = 100_000
FROZEN = [
    0.6194481482011744,
    0.251077393932578,
    0.8781943148387967,
]  # the first of Chance(9, 2); a change would change everybody's results


def chi_square(counts, expected):
    return np.sum((counts - expected) ** 2 / expected)


def test_each_gate_errs_as_often_as_its_channel_says():
    _, site, _ = draw(Chance(1, 0), ARITIES, RATES, SHOTS)
    counts = np.bincount(site, minlength=len(ARITIES))
    assert np.all(np.abs(counts - SHOTS * CHANCES) < 4 * np.sqrt(SHOTS * CHANCES * (1 - CHANCES)))


def test_the_number_of_errors_in_a_shot_is_binomial():
    arities, chance = np.full(5, 2), 15 / 16 * 0.08
    shot, _, _ = draw(Chance(2, 0), arities, RATES, SHOTS)
    counts = np.bincount(np.bincount(shot, minlength=SHOTS), minlength=6)
    law = [math.comb(5, k) * chance**k * (1 - chance) ** (5 - k) for k in range(6)]
    few = [*law[:2], sum(law[2:])]
    assert chi_square(np.array([*counts[:2], counts[2:].sum()]), SHOTS * np.array(few)) < CHI_SQUARE_99_9[2]


@pytest.mark.parametrize("arity", [1, 2])
def test_paulis_are_equally_likely_and_never_the_identity(arity):
    _, site, pauli = draw(Chance(3, 0), ARITIES, RATES, SHOTS)
    counts = np.bincount(pauli[ARITIES[site] == arity], minlength=4**arity)
    assert counts[0] == 0
    assert len(counts) == 4**arity
    assert chi_square(counts[1:], counts.sum() / (4**arity - 1)) < CHI_SQUARE_99_9[4**arity - 2]


def test_errors_come_by_shot_and_then_by_site_and_no_site_errs_twice():
    shot, site, _ = draw(Chance(4, 0), ARITIES, RATES, SHOTS)
    assert np.all(np.diff(shot * len(ARITIES) + site) > 0)


@pytest.mark.parametrize("most", [trajectories.MAX_ERRORS, 200])
def test_every_shot_has_one_pattern(most, monkeypatch):
    monkeypatch.setattr(trajectories, "MAX_ERRORS", most)
    parts = list(patterns(Chance(5, 0), ARITIES, RATES, 2000))
    assert (len(parts) == 1) == (most > 1000)
    shots = np.concatenate([members for part in parts for members in part.values()])
    assert sorted(shots.tolist()) == list(range(2000))
    errors = sum(len(pattern) * len(members) for part in parts for pattern, members in part.items())
    assert abs(errors - 2000 * CHANCES.sum()) < 4 * math.sqrt(2000 * CHANCES.sum())


def test_the_forecast_of_patterns_bounds_their_number_from_above():
    for shots in (1, 100, 5000):
        (found,) = patterns(Chance(6, 0), ARITIES, RATES, shots)
        forecast = expected_patterns(RATES, int(np.sum(ARITIES == 1)), int(np.sum(ARITIES == 2)), shots)
        assert len(found) <= forecast + 4 * math.sqrt(forecast)
        assert forecast <= shots


@pytest.mark.parametrize("arities", [ARITIES, ARITIES[:0]], ids=["gates", "no gates"])
def test_without_noise_all_shots_share_one_pattern(arities):
    (found,) = patterns(Chance(7, 0), arities, Rates(0.0, 0.0), 50)
    assert {pattern: shots.tolist() for pattern, shots in found.items()} == {(): list(range(50))}
    assert expected_patterns(Rates(0.0, 0.0), 4, 3, 50) == 1


def test_a_stream_is_its_own_and_the_same_on_every_machine():
    same, other_seed, other_place = Chance(9, 2), Chance(8, 2), Chance(9, 3)
    first = Chance(9, 2).uniform(3).tolist()
    assert same.uniform(3).tolist() == first
    assert first not in (other_seed.uniform(3).tolist(), other_place.uniform(3).tolist())
    assert first == pytest.approx(FROZEN, abs=1e-16)


@given(probability=st.floats(1e-4, 1), trials=st.integers(0, 3000), seed=st.integers(0, 2**31))
def test_successes_are_ascending_and_within_bounds(probability, trials, seed):
    found = Chance(seed, 0).successes(probability, trials)
    assert np.all(np.diff(found) > 0)
    assert all(0 <= place < trials for place in found.tolist())


@given(
    weights=st.lists(st.sampled_from([0.0, 1e-300, 0.1, 3.0]), min_size=1, max_size=20).filter(any),
    quantile=st.floats(0, 1),
)
def test_only_outcomes_that_can_occur_are_drawn(weights, quantile):
    (index,) = located(np.array(weights), np.array([quantile]))
    assert weights[index] > 0


def test_paulis_follow_their_gate():
    circuit = QuantumCircuit(3)
    circuit.r(0.3, 0.1, 0)
    circuit.rz(0.2, 0)
    circuit.rzz(0.4, 2, 0)
    circuit.r(0.5, 0.7, 1)
    circuit.measure_all()
    expected = QuantumCircuit(3)
    expected.r(0.3, 0.1, 0)
    expected.y(0)
    expected.rz(0.2, 0)
    expected.rzz(0.4, 2, 0)
    expected.append(Pauli("ZX"), [2, 0])  # 4 * 3 + 1: X on qubit 2, which the gate names first
    expected.r(0.5, 0.7, 1)
    expected.z(1)
    found = Trajectories(circuit)
    assert found.arities.tolist() == [1, 2, 1]
    variant = found.with_errors(((0, 2), (1, 13), (2, 3)))
    assert Operator(bare(variant)).equiv(Operator(expected))
    assert len(found.with_errors(()).data) == 4


def bare(circuit):
    """Without the classical bits, which have no operator."""
    copy = QuantumCircuit(circuit.qubits)
    for instruction in circuit.data:
        copy.append(instruction)
    return copy
