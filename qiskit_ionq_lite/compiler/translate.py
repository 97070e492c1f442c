"""Any circuit into native gates: Qiskit goes as far as {rz, sx, x, rxx or rzz}, the frame pass the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit.circuit import get_control_flow_name_mapping
from qiskit.circuit.equivalence_library import StandardEquivalenceLibrary
from qiskit.circuit.library import CXGate, CYGate, CZGate, ECRGate, SwapGate
from qiskit.transpiler import PassManager, TranspilerError
from qiskit.transpiler.passes import (
    BasisTranslator,
    Collect2qBlocks,
    ConsolidateBlocks,
    HighLevelSynthesis,
    InverseCancellation,
    Optimize1qGatesDecomposition,
    UnitarySynthesis,
)

from qiskit_ionq_lite.compiler.blocks import BlockSynthesis
from qiskit_ionq_lite.compiler.cheapest import Cheapest
from qiskit_ionq_lite.compiler.definitions import InlineDefinitions
from qiskit_ionq_lite.compiler.frames import FrameTracking
from qiskit_ionq_lite.compiler.triples import TripleSynthesis
from qiskit_ionq_lite.compiler.weyl import WeylSynthesis
from qiskit_ionq_lite.errors import IonQCircuitError, IonQInputError, nearest

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.transpiler.basepasses import BasePass

ROTATIONS: dict[str, str] = {"ms": "rxx", "zz": "rzz"}
"""Native entangler -> the Qiskit rotation that it is, up to frames."""

_ROUNDS = 2  # a round may bring gates together that the next one merges
_BUDGET = {2: 100, 3: 1000}  # optimisation level -> different blocks on three qubits that are looked at
_LOCAL = ["rz", "sx", "x"]
_LOOP_EXITS = ["break_loop", "continue_loop"]
_KEPT = ["measure", "reset", "barrier", "delay", "store", *get_control_flow_name_mapping(), *_LOOP_EXITS]
_SELF_INVERSE = [CXGate(), CYGate(), CZGate(), ECRGate(), SwapGate()]


def native_passes(entangler: str, optimization_level: int = 1, *, relabel: bool = False) -> list[BasePass]:
    """The passes that turn any circuit into gpi, gpi2 and ``entangler`` ("ms" or "zz").

    Level 0 translates gate by gate; from level 1 on, neighbours that cancel go first; from level 2 on, blocks
    on two qubits take the fewest entanglers. No qubit moves, unless ``relabel`` lets blocks exchange labels.
    """
    if entangler not in ROTATIONS:
        raise IonQInputError(f"no native entangler {entangler!r}: {nearest(entangler, ROTATIONS)}")
    basis = [*_LOCAL, ROTATIONS[entangler], *_KEPT]
    library = StandardEquivalenceLibrary  # the session's may hold qiskit-ionq's gates, of the same names
    cancel = [InverseCancellation(_SELF_INVERSE)] if optimization_level > 0 else []
    unroll = HighLevelSynthesis(equivalence_library=library, basis_gates=[*basis, "unitary"])
    lower = _lower(basis)
    optimised = _optimised(relabel, _BUDGET[optimization_level]) if optimization_level > 1 else []
    return [
        InlineDefinitions(),
        unroll,
        UnitarySynthesis(basis, min_qubits=3),
        unroll,  # what the synthesis of larger unitaries is made of is not always gates of the library
        WeylSynthesis(),
        *optimised,
        *cancel,
        *lower,
        FrameTracking(),
    ]


def _lower(basis: list[str]) -> list[BasePass]:
    translated = BasisTranslator(StandardEquivalenceLibrary, [*basis, "unitary"])
    return [translated, Optimize1qGatesDecomposition(basis=_LOCAL)]


def _optimised(relabel: bool, budget: int) -> list[BasePass]:
    """Blocks on two qubits, and where labels may be exchanged, on three: whichever way is cheaper.

    Both families meet in rzz here, so that both get the same entanglers.
    """
    lower = _lower([*_LOCAL, "rzz", *_KEPT])
    pairs = [Collect2qBlocks(), ConsolidateBlocks(force_consolidate=True), BlockSynthesis(relabel), *lower]
    if not relabel:
        return [*lower, *pairs * _ROUNDS]
    triples = [TripleSynthesis(budget), *lower, *pairs]
    ways = (tuple(pairs * _ROUNDS), tuple(triples * _ROUNDS))  # tuples, for Qiskit hashes what passes get
    return [*lower, Cheapest(*ways)]


def to_native(
    circuits: list[QuantumCircuit], entangler: str, *, optimization_level: int = 1
) -> list[QuantumCircuit]:
    """Circuits in native gates, equal to the given ones up to global phase, qubit for qubit.

    Names, metadata, registers, barriers, delays, measurements and control flow are kept; unbound parameters
    stay symbolic.

    Args:
        circuits: anything that Qiskit can decompose.
        entangler: the machine's two-qubit gate, ``"ms"`` or ``"zz"``.
        optimization_level: 0 to 3, as in :func:`qiskit.transpile`.

    Raises:
        IonQInputError: ``entangler`` is neither.
        IonQCircuitError: a circuit holds a gate without a definition.
    """
    passes = PassManager(native_passes(entangler, optimization_level))
    return [_translated(passes, circuit) for circuit in circuits]


def _translated(passes: PassManager, circuit: QuantumCircuit) -> QuantumCircuit:
    try:
        return passes.run(circuit)
    except TranspilerError as error:
        raise IonQCircuitError(
            f"circuit {circuit.name!r} does not translate into native gates: {error.message}"
        ) from error
