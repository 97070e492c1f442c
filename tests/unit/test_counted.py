"""Counts that are formatted all at once say what Qiskit's own say, and never go stale."""

from __future__ import annotations

import copy
import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.result import Counts, marginal_counts
from qiskit.result.models import ExperimentResult

from qiskit_ionq_lite.results.counted import CountedData
from qiskit_ionq_lite.results.distribution import Distribution
from qiskit_ionq_lite.results.result import IonQResult


def result_of(counts: dict[int, int], registers: list[int]) -> IonQResult:
    outcomes = np.array(sorted(counts), dtype=np.uint64)
    weights = np.array([counts[outcome] for outcome in sorted(counts)], dtype=np.int64)
    sizes = [[f"c{i}", size] for i, size in enumerate(registers)]
    header = {"name": "circuit", "creg_sizes": sizes, "memory_slots": sum(registers)}
    data = CountedData(Distribution(outcomes, weights))
    experiment = ExperimentResult(sum(counts.values()), True, data, header=header)
    return IonQResult(backend_name="", backend_version="", job_id="", success=True, results=[experiment])


@st.composite
def counted(draw) -> tuple[dict[int, int], list[int]]:
    registers = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    outcomes = st.integers(0, 2 ** sum(registers) - 1)
    return draw(st.dictionaries(outcomes, st.integers(1, 1000), min_size=1, max_size=20)), registers


@given(counted())
def test_they_are_qiskits(case: tuple[dict[int, int], list[int]]) -> None:
    counts, registers = case
    result = result_of(counts, registers)
    ours = result.get_counts()
    hexadecimal = result.data()["counts"]  # from here on Qiskit's own way is taken
    theirs = result.get_counts()
    assert type(theirs) is Counts
    assert isinstance(ours, Counts)
    assert (ours, list(ours)) == (theirs, list(theirs))
    assert hexadecimal == ours.hex_raw == theirs.hex_raw
    assert counts == ours.int_raw == theirs.int_raw
    assert ours.shots() == theirs.shots()
    assert (ours.creg_sizes, ours.memory_slots) == (theirs.creg_sizes, theirs.memory_slots)


@given(st.lists(st.integers(0, 7), max_size=30), st.permutations(["counts", "memory", "get_counts"]))
def test_counts_are_the_histogram_of_memory_whatever_is_asked_first(shots, asked) -> None:
    data = CountedData(None, np.array(shots, dtype=np.uint64))
    header = {"name": "circuit", "creg_sizes": [["c", 3]], "memory_slots": 3}
    experiment = ExperimentResult(len(shots), True, data, header=header)
    result = IonQResult(backend_name="", backend_version="", job_id="", success=True, results=[experiment])
    ask = {
        "counts": lambda: data.counts,
        "memory": lambda: data.memory.copy(),
        "get_counts": lambda: dict(result.get_counts()),
    }
    found = {name: ask[name]() for name in asked}
    assert found["memory"] == [hex(shot) for shot in shots]
    assert found["counts"] == Counter(found["memory"])
    assert found["get_counts"] == Counter(f"{shot:03b}" for shot in shots)
    data.memory = ["0x0"]
    assert data.counts == found["counts"]


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_they_can_be_copied_and_stored(clone) -> None:
    result = result_of({1: 30, 2: 70}, [1, 1])
    counts = clone(result.get_counts())
    assert (counts, counts.int_outcomes()) == ({"0 1": 30, "1 0": 70}, {1: 30, 2: 70})
    assert clone(result).get_counts() == counts


def test_what_others_change_is_what_counts_say() -> None:
    result = result_of({1: 30, 2: 70}, [2])
    assert marginal_counts(result, [0]).get_counts() == {"0": 70, "1": 30}
    result.data()["counts"]["0x3"] = 5
    assert result.get_counts() == {"01": 30, "10": 70, "11": 5}
    result.results[0].data.counts = {"0x0": 1}
    assert result.get_counts() == {"00": 1}
