"""Any circuit into native gates: Qiskit goes as far as {rz, sx, x, rzz}, our synthesis the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit.circuit.equivalence_library import StandardEquivalenceLibrary
from qiskit.transpiler import PassManager, TranspilerError
from qiskit.transpiler.passes import (
    BasisTranslator,
    HighLevelSynthesis,
    Optimize1qGatesDecomposition,
    UnitarySynthesis,
)

from qiskit_ionq_lite.compiler.definitions import InlineDefinitions
from qiskit_ionq_lite.compiler.reading import READ
from qiskit_ionq_lite.compiler.synthesis import NativeSynthesis
from qiskit_ionq_lite.compiler.target import CONTROL_FLOW
from qiskit_ionq_lite.compiler.weyl import RotationsForUnitaries
from qiskit_ionq_lite.errors import IonQCircuitError, IonQInputError, nearest
from qiskit_ionq_lite.gates import ENTANGLERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit
    from qiskit.transpiler.basepasses import BasePass

_LOCAL = ["rz", "sx", "x"]
_KEPT = ["measure", "reset", "barrier", "delay", "store", *CONTROL_FLOW]
_GATES = [*READ, *_KEPT]


def native_passes(entangler: str, optimization_level: int = 1, *, relabel: bool = False) -> list[BasePass]:
    """The passes that turn any circuit into gpi, gpi2 and ``entangler`` ("ms" or "zz").

    Level 0 translates gate by gate; from level 1 on, rotations that meet become one and blocks on two qubits
    take the fewest entanglers; from level 2 on, larger ones too. No qubit moves, unless ``relabel`` lets them
    exchange labels.
    """
    known = set(ENTANGLERS.values())
    if entangler not in known:
        raise IonQInputError(f"no native entangler {entangler!r}: {nearest(entangler, known)}")
    library = StandardEquivalenceLibrary  # the session's may hold qiskit-ionq's gates, of the same names
    unroll = HighLevelSynthesis(
        equivalence_library=library,
        basis_gates=[*_GATES, "unitary"],
        qubits_initially_zero=False,  # what is exact holds from any state
    )
    return [
        InlineDefinitions(),
        unroll,
        UnitarySynthesis(_GATES, min_qubits=3),
        InlineDefinitions(),  # those that stood in definitions
        unroll,  # what the synthesis of larger unitaries is made of is not always gates of the library
        RotationsForUnitaries(),
        BasisTranslator(library, _GATES),
        Optimize1qGatesDecomposition(basis=_LOCAL),
        NativeSynthesis(entangler, optimization_level, relabel=relabel),
    ]


def to_native(
    circuits: Sequence[QuantumCircuit],
    entangler: str,
    *,
    optimization_level: int = 1,
    relabel: bool = False,
) -> list[QuantumCircuit]:
    """Circuits in native gates, equal to the given ones up to global phase, qubit for qubit.

    Names, metadata, registers, barriers, delays, measurements and control flow are kept; unbound parameters
    stay symbolic.

    Args:
        circuits: anything that Qiskit can decompose.
        entangler: the machine's two-qubit gate, ``"ms"`` or ``"zz"``.
        optimization_level: 0 to 3, as in :func:`qiskit.transpile`.
        relabel: whether qubits of circuits that measure may exchange labels. Measurements follow them; qubits
            that are not measured may end anywhere.

    Raises:
        IonQInputError: ``entangler`` is neither.
        IonQCircuitError: a circuit holds a gate without a definition.
    """
    still = PassManager(native_passes(entangler, optimization_level))
    moving = PassManager(native_passes(entangler, optimization_level, relabel=True)) if relabel else still
    return [
        _translated(moving if "measure" in circuit.count_ops() else still, circuit) for circuit in circuits
    ]


def _translated(passes: PassManager, circuit: QuantumCircuit) -> QuantumCircuit:
    try:
        return passes.run(circuit)
    except TranspilerError as error:
        raise IonQCircuitError(
            f"circuit {circuit.name!r} does not translate into native gates: {error.message}"
        ) from error
