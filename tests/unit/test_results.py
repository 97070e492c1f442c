"""Counts never lie: documents, chance and classical registers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.result import Counts

from qiskit_ionq_lite.circuits.header import CircuitHeader, JobHeader
from qiskit_ionq_lite.circuits.layout import ClassicalLayout
from qiskit_ionq_lite.errors import IonQResponseError
from qiskit_ionq_lite.results.assemble import CircuitOutcome, experiment, probabilities
from qiskit_ionq_lite.results.chance import apportion, sample, tally
from qiskit_ionq_lite.results.distribution import Distribution, outcome_array, to_clbits
from qiskit_ionq_lite.results.formats import read_aggregate, read_shots, read_weights
from qiskit_ionq_lite.results.keys import bitstrings

PROBABILITIES_V1 = "ionq.result.probabilities.json.v1"

weights = st.lists(st.floats(0, 1), min_size=1, max_size=40).filter(lambda w: sum(w) > 1e-6)


@st.composite
def layouts(draw: st.DrawFn, max_qubits: int = 70) -> ClassicalLayout:
    width = draw(st.integers(1, max_qubits))
    sources = draw(st.lists(st.none() | st.integers(0, width - 1), min_size=1, max_size=80))
    return ClassicalLayout((), tuple(sources), width)


@given(layouts(), st.data())
def test_each_classical_bit_reads_its_qubit(layout: ClassicalLayout, data: st.DataObject) -> None:
    outcomes = data.draw(st.lists(st.integers(0, 2**layout.num_qubits - 1), max_size=20))
    values = to_clbits(outcome_array(outcomes, layout.num_qubits, len(outcomes)), layout)
    for outcome, value in zip(outcomes, values.tolist(), strict=True):
        bits = [0 if source is None else outcome >> source & 1 for source in layout.sources]
        assert value == sum(bit << i for i, bit in enumerate(bits))


@given(weights, st.integers(1, 10**6))
def test_apportioned_counts_sum_to_shots_and_stay_near_their_quota(given: list[float], shots: int) -> None:
    p = np.array(given)
    counts = apportion(p, shots)
    assert counts.sum() == shots
    assert np.all(np.abs(counts - p / p.sum() * shots) <= 1)


def test_counts_of_whole_quotas_are_exact() -> None:
    assert apportion(np.array([0.3, 0.7]), 10).tolist() == [3, 7]
    assert apportion(np.array([1, 2, 4]) / 7, 7 * 10**5).tolist() == [100_000, 200_000, 400_000]


@given(weights, st.integers(1, 3000), st.integers(0, 2**63 - 1))
def test_samples_are_possible_and_reproducible(given: list[float], shots: int, seed: int) -> None:
    p = np.array(given)
    drawn = sample(p, shots, seed, 0)
    assert drawn.shape == (shots,)
    assert np.all(p[drawn] > 0)
    assert np.array_equal(drawn, sample(p, shots, seed, 0))
    assert np.array_equal(tally(p, shots, seed, 0), np.bincount(drawn, minlength=len(p)))


def test_samples_are_the_same_on_every_machine() -> None:
    """Pinned: a change here changes the counts of jobs that people already have."""
    assert sample(np.full(8, 1 / 8), 12, seed=42, stream=3).tolist() == [1, 4, 6, 4, 6, 3, 3, 4, 2, 7, 5, 1]


def test_samples_follow_the_probabilities() -> None:
    p = np.array([0.1, 0.2, 0.3, 0.4])
    counts = np.bincount(sample(p, 100_000, seed=5, stream=0), minlength=4)
    chi_square = ((counts - p * 100_000) ** 2 / (p * 100_000)).sum()
    assert chi_square < 16.3  # 3 degrees of freedom, one in a thousand; the seed is fixed


def test_equal_circuits_of_a_batch_give_different_shots() -> None:
    p = np.full(16, 1 / 16)
    assert not np.array_equal(sample(p, 100, 1, stream=0), sample(p, 100, 1, stream=1))


def _header(layout: ClassicalLayout, shots: int = 100, memory: bool = True) -> JobHeader:
    return JobHeader(shots, memory, 11, (CircuitHeader("c", layout, {}),))


@given(st.dictionaries(st.integers(0, 31), st.floats(0.001, 1), min_size=1), st.integers(1, 2000))
def test_counts_are_the_histogram_of_memory(given: dict[int, float], shots: int) -> None:
    outcome = CircuitOutcome(Distribution.of(given, 5), exact=True)
    header = _header(ClassicalLayout((("c", 3),), (4, None, 0), 5), shots)
    data = experiment(outcome, header, 0).data
    assert len(data.memory) == shots == sum(data.counts.values())
    assert {key: data.memory.count(key) for key in set(data.memory)} == data.counts


def test_memory_does_not_change_counts() -> None:
    outcome = CircuitOutcome(Distribution.of({0: 0.4, 3: 0.6}, 2), exact=True)
    layout = ClassicalLayout.of_qubits(2)
    with_memory = experiment(outcome, _header(layout, memory=True), 0).data.counts
    assert with_memory == experiment(outcome, _header(layout, memory=False), 0).data.counts


def test_shots_of_the_platform_are_used_as_they_are() -> None:
    shots = outcome_array([2, 0, 2], 2, 3)
    outcome = CircuitOutcome(Distribution.of({0: 0.3, 2: 0.7}, 2), shots=shots)
    result = experiment(outcome, _header(ClassicalLayout((("c", 1),), (1,), 2), shots=5), 0)
    assert result.data.memory == ["0x1", "0x0", "0x1"]
    assert (result.data.counts, result.shots) == ({"0x0": 1, "0x1": 2}, 3)


def test_a_histogram_is_used_as_it_is_even_if_shots_were_discarded() -> None:
    histogram = Distribution.of({0: 40, 1: 50}, 1)
    outcome = CircuitOutcome(Distribution.of({0: 4 / 9, 1: 5 / 9}, 1), histogram=histogram)
    result = experiment(outcome, _header(ClassicalLayout.of_qubits(1), memory=False), 0)
    assert (result.data.counts, result.shots) == ({"0x0": 40, "0x1": 50}, 90)


def test_mitigated_probabilities_are_apportioned() -> None:
    thirds = Distribution.of({0: 1 / 3, 1: 1 / 3, 2: 1 / 3}, 2)
    result = experiment(CircuitOutcome(thirds), _header(ClassicalLayout.of_qubits(2), memory=False), 0)
    assert sum(result.data.counts.values()) == 100


@given(st.dictionaries(st.integers(0, 2**20 - 1), st.floats(0.001, 1), min_size=1), layouts(20))
def test_probabilities_are_whole(given: dict[int, float], layout: ClassicalLayout) -> None:
    kept = {outcome: p for outcome, p in given.items() if outcome < 2**layout.num_qubits} or {0: 1.0}
    whole = probabilities(Distribution.of(kept, layout.num_qubits), layout)
    assert whole.weights.sum() == pytest.approx(1)


def _v1(weights: dict[int, float]) -> bytes:
    return json.dumps({str(key): value for key, value in weights.items()}).encode()


def _v2(kind: str, weights: dict[int, float], width: int) -> bytes:
    register = {format(key, f"0{width}b")[::-1]: value for key, value in weights.items()}
    return json.dumps({kind: {"registers": {"output_all": register}}}).encode()


@given(st.dictionaries(st.integers(0, 2**7 - 1), st.integers(1, 100), min_size=1))
def test_both_versions_say_the_same(counts: dict[int, int]) -> None:
    total = sum(counts.values())
    shares = {outcome: count / total for outcome, count in counts.items()}
    for kind, weights in (("probabilities", shares), ("histogram", counts)):
        expected = sorted(weights.items())
        for document, version in ((_v1(weights), "v1"), (_v2(kind, weights, 7), "v2")):
            read = read_weights(document, f"ionq.result.{kind}.json.{version}", 7)
            assert list(zip(read.outcomes.tolist(), read.weights.tolist(), strict=True)) == expected


@pytest.mark.parametrize("text", [b'{"1":0.5}', b'{"0":0.5,"1":0.7}', b'{"0":1,"1":1}'])
def test_probabilities_that_do_not_sum_to_one_are_refused(text: bytes) -> None:
    with pytest.raises(IonQResponseError, match="sum to"):
        read_weights(text, PROBABILITIES_V1, 3)


def test_bit_order_of_the_documents() -> None:
    """x on qubit 0 of three (F 3.1)."""
    assert read_weights(b'{"1":1.0}', PROBABILITIES_V1, 3).outcomes.tolist() == [1]
    v2 = b'{"probabilities":{"registers":{"output_all":{"100":1.0}}}}'
    assert read_weights(v2, "ionq.result.probabilities.json.v2", 3).outcomes.tolist() == [1]
    shots = b'{"shots":[{"registers":{"output_all":[1,0,0]}}]}'
    assert read_shots(shots, "ionq.result.shots.json.v2", 3).tolist() == [1]
    assert read_shots(b'["1","4"]', "ionq.result.shots.json.v1", 3).tolist() == [1, 4]


def test_shots_with_leakage_are_left_out() -> None:
    shots = (
        b'{"shots":[{"registers":{"output_all":[1]},"leakage_bits":[0]},'
        b'{"registers":{"output_all":[0]},"leakage_bits":[1]}]}'
    )
    assert read_shots(shots, "ionq.result.shots.json.v2", 1).tolist() == [1]


def test_the_aggregate_keeps_children_apart() -> None:
    assert read_aggregate(b'{"a":{"0":1},"b":{"3":0.5,"0":0.5}}') == {"a": {0: 1.0}, "b": {3: 0.5, 0: 0.5}}


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"8":1.0}',
        b'{"-1":1.0}',
        b'{"0":-1.0}',
        b'{"0":"x"}',
        b'{"0":0}',
        b'{"a":1}',
        b"\xff",
    ],
)
def test_what_cannot_be_a_result_is_an_error(document: bytes) -> None:
    with pytest.raises(IonQResponseError):
        read_weights(document, PROBABILITIES_V1, 3)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=4), st.data())
def test_keys_are_qiskits(sizes: list[int], data: st.DataObject) -> None:
    width = sum(sizes)
    registers = [[f"r{i}", size] for i, size in enumerate(sizes)]
    weights = data.draw(st.dictionaries(st.integers(0, 2**width - 1), st.integers(1, 9), min_size=1))
    counts = Distribution.of(weights, width)
    expected = Counts(
        {hex(key): weight for key, weight in weights.items()}, creg_sizes=registers, memory_slots=width
    )
    assert dict(zip(bitstrings(counts.outcomes, width, registers), counts.weights, strict=True)) == expected


def test_more_than_63_qubits() -> None:
    read = read_weights(_v1({2**99: 0.25, 1: 0.75}), PROBABILITIES_V1, 100)
    result = experiment(
        CircuitOutcome(read, exact=True),
        _header(ClassicalLayout((("c", 2),), (99, 0), 100), shots=1000),
        0,
    )
    assert set(result.data.counts) == {"0x1", "0x2"}
    assert sum(result.data.counts.values()) == 1000
