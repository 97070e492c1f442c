"""What ``quantum-function`` and ``qctrl.qaoa.v1`` jobs ask for, checked at the door (F 8)."""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

from qiskit_ionq_lite.emulator.parsing import decode
from qiskit_ionq_lite.emulator.refusals import bad_request

FUNCTIONS = ("quantum-function", "quantum-function.v1")
"""Today's name of the type, and the one until May 2026 (F 8.1)."""

QAOA = "qctrl.qaoa.v1"
QAOA_CIRCUIT = "qctrl.qaoa-circuit.v1"
"""Type of the circuits that a QAOA job runs, its children (F 8.8)."""

_DENSE = re.compile(r"[IXYZ]+")
_SPARSE = re.compile(r"[IXYZ]\d+(?:\s+[IXYZ]\d+)*")

Paulis: TypeAlias = dict[int, str]
"""Qubit -> "X", "Y" or "Z"."""


class Term(msgspec.Struct):
    """One term of a Hamiltonian.

    Attributes:
        pauli_string: one letter for each qubit, the rightmost for qubit 0, as in ``pauliexp`` (F 1.13); or
            sparse, such as ``"Z0 Z1"``.
    """

    pauli_string: str
    coefficient: float

    @property
    def paulis(self) -> Paulis:
        """The qubits that it acts on.

        >>> Term("ZIX", 1.0).paulis, Term("Z0 Y2", 1.0).paulis
        ({0: 'X', 2: 'Z'}, {0: 'Z', 2: 'Y'})
        """
        if _DENSE.fullmatch(self.pauli_string):
            letters = list(enumerate(reversed(self.pauli_string)))
        else:
            letters = [(int(word[1:]), word[0]) for word in self.pauli_string.split()]
        return {qubit: letter for qubit, letter in letters if letter != "I"}


class Linear(msgspec.Struct):
    """``coeffs · x <= rhs``, where ``x[i]`` is the measured value of qubit ``i``."""

    coeffs: list[float]
    rhs: float


class Quadratic(msgspec.Struct):
    """``x · quadratic_coeff · x + linear_coeff · x <= rhs``."""

    quadratic_coeff: list[list[float]]
    linear_coeff: list[float]
    rhs: float


class _Ansatz(msgspec.Struct):
    data: str


class _HamiltonianEnergy(msgspec.Struct):
    hamiltonian: list[Term]
    ansatz: _Ansatz
    linear_constraints: list[Linear] | None = None
    quadratic_constraints: list[Quadratic] | None = None
    penalty: float | None = None
    cvar_alpha: float | None = None


class _Function(msgspec.Struct):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"null")


class _FunctionInput(msgspec.Struct):
    data: _Function
    params: list[float] | None = None


class Energy(msgspec.Struct, frozen=True):
    """The energy of a state: what a Hamiltonian is worth after an ansatz.

    Attributes:
        ansatz: OpenQASM 3 with input variables.
        params: their values, in order.
        penalty: weight of violated constraints.
        cvar_alpha: the mean is taken over this share of the shots, those of least energy; ``None`` for all.
    """

    ansatz: str
    params: list[float]
    hamiltonian: list[Term]
    linear: list[Linear]
    quadratic: list[Quadratic]
    penalty: float
    cvar_alpha: float | None
    name: str | None = None


class MaxCut(msgspec.Struct, frozen=True):
    """A graph to be cut in two.

    Attributes:
        nodes: how many.
        edges: (one node, other node, weight), each pair once, nodes counted from 0 as in the problem's list.
    """

    nodes: int
    edges: list[tuple[int, int, float]]
    name: str | None = None


def read_energy(input_json: bytes | msgspec.Raw) -> Energy:
    """The input of a quantum function; the platform's only public one is ``hamiltonian-energy``."""
    outer = decode(input_json, _FunctionInput, "input")
    if outer.data.type != "hamiltonian-energy":
        raise bad_request(
            f"Unknown quantum function {outer.data.type!r}; did you mean hamiltonian-energy?",
            "input.data.type",
        )
    inner = decode(outer.data.data, _HamiltonianEnergy, "input.data.data")
    _check_energy(inner)
    return Energy(
        ansatz=inner.ansatz.data,
        params=outer.params or [],
        hamiltonian=inner.hamiltonian,
        linear=inner.linear_constraints or [],
        quadratic=inner.quadratic_constraints or [],
        penalty=inner.penalty or 0.0,
        cvar_alpha=inner.cvar_alpha,
    )


def _check_energy(energy: _HamiltonianEnergy) -> None:
    path = "input.data.data"
    for place, term in enumerate(energy.hamiltonian):
        if not _DENSE.fullmatch(term.pauli_string) and not _SPARSE.fullmatch(term.pauli_string):
            raise bad_request(
                f"{term.pauli_string!r} is no Pauli string: letters I, X, Y, Z, or Z0 Z1.",
                f"{path}.hamiltonian[{place}].pauli_string",
            )
    if energy.cvar_alpha is not None and not 0 < energy.cvar_alpha <= 1:
        raise bad_request(
            f"cvar_alpha is a share of the shots, above 0 to 1, not {energy.cvar_alpha}.",
            f"{path}.cvar_alpha",
        )
    if (energy.penalty or 0) < 0:
        raise bad_request(f"penalty must be 0 or more, not {energy.penalty}.", f"{path}.penalty")


class _Node(msgspec.Struct):
    id: int | str


class _Neighbour(msgspec.Struct):
    id: int | str
    weight: float = 1.0


class _Graph(msgspec.Struct):
    nodes: list[_Node]
    adjacency: list[list[_Neighbour]]
    directed: bool = False


class _QaoaInput(msgspec.Struct):
    problem_type: str
    problem: _Graph


def read_maxcut(input_json: bytes | msgspec.Raw) -> MaxCut:
    """The input of a QAOA job: a graph as networkx's ``adjacency_graph`` writes it (F 8.7)."""
    found = decode(input_json, _QaoaInput, "input")
    if found.problem_type != "maxcut":
        raise bad_request(
            f"Unknown problem type {found.problem_type!r}; maxcut is known.", "input.problem_type"
        )
    graph = found.problem
    place = {node.id: index for index, node in enumerate(graph.nodes)}
    if not place or len(place) != len(graph.nodes) or len(graph.adjacency) != len(place):
        raise bad_request(
            "A graph has nodes with different ids, and one list of neighbours for each.", "input.problem"
        )
    weights: dict[tuple[int, int], float] = {}
    for one, neighbours in enumerate(graph.adjacency):
        for neighbour in neighbours:
            other = place.get(neighbour.id)
            if other is None:
                raise bad_request(
                    f"Node {neighbour.id!r} is not in the list of nodes.", f"input.problem.adjacency[{one}]"
                )
            if other != one:  # a loop is never cut
                weights[min(one, other), max(one, other)] = neighbour.weight
    return MaxCut(len(place), [(one, other, weight) for (one, other), weight in weights.items()])
