"""The public circuits that compilers are compared on: mqt.bench's, on the level of algorithms, with numbers.

Left out: algorithms with control flow (dynamic_qft, ghz_dynamic, iqpe and the two codes), which the rivals do
not take, and Shor's (12,544 cx), whose name may still be given with ``--only shor-18``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from mqt.bench import BenchmarkLevel, get_benchmark
from qiskit import QuantumCircuit

WIDTHS: dict[str, tuple[int, ...]] = {
    "ae": (4, 10, 16),
    "bmw_quark_cardinality": (6, 16),
    "bmw_quark_copula": (4, 10),
    "bv": (8, 20),
    "cdkm_ripple_carry_adder": (6, 14),
    "dj": (5, 16),
    "draper_qft_adder": (2, 12),
    "full_adder": (4, 10),
    "ghz": (5, 30),
    "graphstate": (8, 20),
    "grover": (4, 6),
    "half_adder": (5, 9),
    "hhl": (4, 8),
    "hrs_cumulative_multiplier": (5,),
    "modular_adder": (6, 10),
    "multiplier": (4, 8),
    "qaoa": (6, 14),
    "qft": (5, 16, 30),
    "qftentangled": (8,),
    "qnn": (6, 16),
    "qpeexact": (6, 12),
    "qpeinexact": (7, 14),
    "qwalk": (3, 6),
    "randomcircuit": (4, 8),
    "rg_qft_multiplier": (4, 8),
    "vbe_ripple_carry_adder": (4, 10),
    "vqe_real_amp": (8, 30),
    "vqe_su2": (3, 14),
    "vqe_two_local": (5, 12),
    "wstate": (10, 20),
}
"""Algorithm -> numbers of qubits; small, middle, and 30 where a circuit of that width still compiles soon."""

NAMES = tuple(f"{algorithm}-{width}" for algorithm, widths in WIDTHS.items() for width in widths)
"""A circuit's name is its algorithm and its width."""

_SETTINGS: dict[str, dict[str, Any]] = {"graphstate": {"seed": 10}}  # the others have seeds of their own


def width_of(name: str) -> int:
    """Number of qubits: 16 for "qft-16"."""
    return int(name.rsplit("-", 1)[1])


@cache
def circuit(name: str) -> QuantumCircuit:
    """The circuit of that name, parameters bound, every qubit measured if the algorithm measures none."""
    algorithm = name.rsplit("-", 1)[0]
    found = get_benchmark(algorithm, BenchmarkLevel.ALG, width_of(name), **_SETTINGS.get(algorithm, {}))
    if "measure" not in found.count_ops():
        found.measure_all()
    return found


def chosen(only: list[str], max_qubits: int) -> list[str]:
    """Names that ``only`` asks for, algorithms ("qft") or circuits of any width ("qft-9"); [] means all."""
    if not only:
        return [name for name in NAMES if width_of(name) <= max_qubits]
    return [name for word in only for name in _named(word, max_qubits)]


def _named(word: str, max_qubits: int) -> list[str]:
    if word in WIDTHS:
        return [f"{word}-{width}" for width in WIDTHS[word] if width <= max_qubits]
    circuit(word)  # mqt.bench says in words what it cannot make
    return [word]
