"""QuantumCircuit of native gates -> IonQ's native gates, exactly as given (F 2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qiskit.circuit import Barrier, ControlFlowOp, Delay, Measure, Reset

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.finality import Finality
from qiskit_ionq_lite.errors import IonQCircuitError
from qiskit_ionq_lite.gates import NATIVE_GATES

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

_PEER = "qiskit_ionq."  # its native gates have our names, units and parameter order


def is_native(operation: Any, entangler: str) -> bool:
    """Whether ``operation`` is a native gate of a machine whose two-qubit gate is ``entangler``.

    A name alone proves nothing: any gate may be called "zz". The class decides.
    """
    name = operation.name
    if name not in NATIVE_GATES or (name in ("ms", "zz") and name != entangler):
        return False
    return isinstance(operation, NATIVE_GATES[name]) or type(operation).__module__.startswith(_PEER)


def all_native(circuit: QuantumCircuit, entangler: str) -> bool:
    """Whether ``circuit`` can be sent as it is: native gates with legal angles, then measurements."""
    return all(
        isinstance(operation, (Measure, Barrier, Delay))
        or (is_native(operation, entangler) and (operation.name != "ms" or _is_legal(operation.params[2])))
        for operation in (instruction.operation for instruction in circuit.data)
    )


def encode(circuit: QuantumCircuit) -> tuple[list[wire.Gate], dict[int, int]]:
    """Read native gates, on the circuit's own qubits, and the qubit that each classical bit reads.

    Raises:
        IonQCircuitError: for any other operation, a gate after its qubit's measurement, a reset of a used
            qubit, or an angle that the hardware refuses.
    """
    index = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    clbits = {clbit: i for i, clbit in enumerate(circuit.clbits)}
    gates: list[wire.Gate] = []
    finality = Finality(circuit.name, gates)
    for instruction in circuit.data:
        operation = instruction.operation
        qubits = [index[qubit] for qubit in instruction.qubits]
        if isinstance(operation, Measure):
            finality.measure(qubits[0], clbits[instruction.clbits[0]])
        elif isinstance(operation, Reset):
            finality.check_reset(qubits[0])
        elif operation.name in NATIVE_GATES:
            finality.check_gate(operation.name, qubits)
            gates.append(_gate(operation.name, qubits, [float(p) for p in operation.params]))
        elif isinstance(operation, ControlFlowOp):
            raise finality.control_flow(operation.name)
        elif not isinstance(operation, (Barrier, Delay)):
            raise finality.refused(
                f"{operation.name!r}", "it is no native gate, and has no translation to them"
            )
    return gates, finality.source_of


def _gate(name: str, qubits: list[int], params: list[float]) -> wire.Gate:
    if name == "ms":
        phase0, phase1, angle = params
        if not _is_legal(angle):
            raise IonQCircuitError(
                f"an ms gate has angle {angle}: IonQ takes 0 to 0.25 turns; transpile() wraps it"
            )
        return wire.Gate("ms", targets=qubits, phases=[_turn(phase0), _turn(phase1)], angle=angle)
    if name == "zz":
        return wire.Gate("zz", targets=qubits, angle=params[0])
    return wire.Gate(name, qubits[0], phase=_turn(params[0]))


def _is_legal(ms_angle: float) -> bool:
    """IonQ's range of an entangling angle (F 2.2), in turns."""
    return 0 <= ms_angle <= 0.25


def _turn(phase: float) -> float:
    """The same phase within -1..1, which is what IonQ takes (F 2.2).

    >>> _turn(-0.25), _turn(3.5)
    (-0.25, 0.5)
    """
    return phase if -1 <= phase <= 1 else phase % 1.0
