"""A circuit that measures or resets on the way -> an OpenQASM 3 program in the words that IonQ takes (F 9.4).

Only qubits that are used are declared. Registers keep their names unless the language, a gate or the platform
has the name already; what they are called on the wire travels in the job's header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from qiskit import QuantumCircuit, qasm3, transpile
from qiskit.circuit import ClassicalRegister, Gate, Parameter, QuantumRegister
from qiskit.exceptions import QiskitError
from qiskit.transpiler import Target

from qiskit_ionq_lite.circuits.layout import ClassicalLayout, tiles
from qiskit_ionq_lite.circuits.operations import two_qubit_operations
from qiskit_ionq_lite.errors import IonQCircuitError
from qiskit_ionq_lite.gates import NATIVE_GATES, GPI2Gate, GPIGate, MSGate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit.circuit import Clbit

GATES = (
    *("x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "rx", "ry", "rz"),
    *("cx", "cz", "crx", "cry", "crz", "swap", "ccx", "cswap"),
)
"""Gates of the standard library that released clients send (F 9.4)."""

_NATIVE = ("gpi", "gpi2", "ms")  # zz is not known to be taken (F 2.11)
_QUBITS = "q"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_RESERVED = {
    *GATES,
    *NATIVE_GATES,
    *(
        "q",
        "output_all",
        "id",
        "u1",
        "u2",
        "u3",
        "cu",
        "cp",
        "ch",
        "cy",
        "p",
        "phase",
        "cphase",
        "gphase",
        "U",
    ),
    *(
        "OPENQASM",
        "include",
        "defcalgrammar",
        "def",
        "cal",
        "defcal",
        "gate",
        "extern",
        "box",
        "let",
        "break",
    ),
    *("continue", "if", "else", "end", "return", "for", "while", "in", "switch", "case", "default", "nop"),
    *("pragma", "input", "output", "const", "readonly", "mutable", "qreg", "qubit", "creg", "bool", "bit"),
    *(
        "int",
        "uint",
        "float",
        "angle",
        "complex",
        "array",
        "void",
        "duration",
        "stretch",
        "inv",
        "pow",
        "ctrl",
    ),
    *("negctrl", "dim", "durationof", "delay", "reset", "measure", "barrier", "true", "false", "im", "pi"),
    *("tau", "euler", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "exp", "log", "sqrt", "ceiling"),
    *("floor", "mod", "popcount", "rotl", "rotr", "sizeof", "real", "imag"),
}


@dataclass(frozen=True)
class EncodedProgram:
    """A program, ready to be sent.

    Attributes:
        text: OpenQASM 3.
        registers: bit registers on the wire, name and size; an outcome's bits are theirs, in this order.
        num_qubits: qubits that it declares.
        size: gates, measurements and resets.
        operations: one-qubit and two-qubit gates that it is paid for.
        layout: where each classical bit of the circuit reads its value, in bits of ``registers``.
        name: the circuit's name.
        metadata: the circuit's own metadata.
    """

    text: str
    registers: tuple[tuple[str, int], ...]
    num_qubits: int
    size: int
    operations: tuple[int, int]
    layout: ClassicalLayout
    name: str
    metadata: Mapping[str, Any]


def encode_program(circuit: QuantumCircuit) -> EncodedProgram:
    """Write ``circuit``, which is flat, as a program.

    Raises:
        IonQCircuitError: if it holds what does not translate.
    """
    plain = _compact(_translated(circuit))
    registers = _registers(circuit)
    wire = QuantumCircuit(QuantumRegister(plain.num_qubits, _QUBITS))
    for name, size in registers:
        wire.add_register(ClassicalRegister(size, name))
    clbits: dict[Clbit, Clbit] = dict(zip(plain.clbits, wire.clbits, strict=True))
    qubits = dict(zip(plain.qubits, wire.qubits, strict=True))
    for step in plain.data:
        wire._append(
            step.replace(qubits=[qubits[q] for q in step.qubits], clbits=[clbits[c] for c in step.clbits])
        )
    exporter = qasm3.Exporter(basis_gates=_NATIVE, disable_constants=True)
    tiled = tiles(circuit)
    width = circuit.num_clbits
    layout = ClassicalLayout(
        tuple((register.name, register.size) for register in circuit.cregs) if tiled else (),
        tuple(range(width)),
        width,
    )
    return EncodedProgram(
        exporter.dumps(wire),
        registers,
        wire.num_qubits,
        len(wire.data),
        _operations(wire),
        layout,
        circuit.name,
        circuit.metadata or {},
    )


def _operations(circuit: QuantumCircuit) -> tuple[int, int]:
    widths = [len(step.qubits) for step in circuit.data if isinstance(step.operation, Gate)]
    return widths.count(1), sum(map(two_qubit_operations, widths))


def ansatz_text(circuit: QuantumCircuit) -> tuple[str, list[int]]:
    """A circuit without classical bits as a program with input variables.

    Returns:
        the text, and for each of its inputs, in order, the place of the parameter in ``circuit.parameters``.

    Raises:
        IonQCircuitError: if it holds what does not translate.
    """
    digits = len(str(circuit.num_parameters))
    inputs = [Parameter(f"p{place:0{digits}}") for place in range(circuit.num_parameters)]  # sorted by name
    renamed = circuit.assign_parameters(dict(zip(circuit.parameters, inputs, strict=True)))
    plain = _translated(renamed)
    wire = QuantumCircuit(QuantumRegister(plain.num_qubits, _QUBITS))
    for step in plain.data:
        wire.append(step.operation, [plain.find_bit(qubit).index for qubit in step.qubits])
    text = qasm3.Exporter(basis_gates=_NATIVE, disable_constants=True).dumps(wire)
    return text, [place for place, one in enumerate(inputs) if one in wire.parameters]


def _registers(circuit: QuantumCircuit) -> tuple[tuple[str, int], ...]:
    """Names on the wire and sizes; one register of all bits where the circuit's do not tile them."""
    if not tiles(circuit):
        return (("bits", circuit.num_clbits),)
    taken = {register.name for register in circuit.cregs}
    found = []
    for number, register in enumerate(circuit.cregs):
        name = register.name
        if name in _RESERVED or not _NAME.fullmatch(name):
            name = f"bits{number}"
            while name in taken:
                name += "_"
        found.append((name, register.size))
    return tuple((name, size) for name, size in found if size)


def _translated(circuit: QuantumCircuit) -> QuantumCircuit:
    """In the gates above, measurements and resets; without barriers and delays, which change no outcome."""
    bare = circuit.copy_empty_like()
    bare._layout = None
    for step in circuit.data:
        if step.name not in ("barrier", "delay", "id"):
            bare._append(step)
    try:
        found: QuantumCircuit = transpile(
            bare, target=_target(), optimization_level=0, qubits_initially_zero=False
        )
    except QiskitError as error:
        raise IonQCircuitError(
            f"circuit {circuit.name!r} does not translate into the gates of an OpenQASM 3 job: {error}"
        ) from error
    for step in found.data:
        bound = [angle for angle in step.params if not getattr(angle, "parameters", None)]
        if isinstance(step.operation, Gate) and not all(isfinite(float(angle)) for angle in bound):
            raise IonQCircuitError(f"circuit {circuit.name!r} holds an angle that is no finite number")
    return found


@cache
def _target() -> Target:
    native: dict[str, Any] = {
        "gpi": GPIGate(Parameter("φ")),
        "gpi2": GPI2Gate(Parameter("φ")),
        "ms": MSGate(Parameter("φ0"), Parameter("φ1"), Parameter("θ")),
    }
    return Target.from_configuration([*GATES, *native, "measure", "reset"], custom_name_mapping=native)


def _compact(circuit: QuantumCircuit) -> QuantumCircuit:
    """On the qubits that are used, in order."""
    used = {qubit for step in circuit.data for qubit in step.qubits}
    qubits = [qubit for qubit in circuit.qubits if qubit in used]
    found = QuantumCircuit(qubits, circuit.clbits)
    for step in circuit.data:
        found._append(step)
    return found
