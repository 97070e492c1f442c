"""OpenQASM 3, as far as IonQ takes it (F 9): declarations, gates, measurements, resets; no branches or loops.

A program becomes a :class:`Program3`: a Qiskit circuit on all declared qubits, whose classical bits are the
program's bit registers, in the order of their declaration. Whatever lies outside is refused by its name.

>>> found = parse("OPENQASM 3.0; qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; c = measure q;", 29)
>>> [step.name for step in found.circuit.data], found.registers
(['h', 'cx', 'measure', 'measure'], (('c', 2),))
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from openqasm3 import ast
from openqasm3 import parse as parse_text
from openqasm3.parser import QASM3ParsingError
from qiskit.circuit import Clbit, QuantumCircuit, Qubit
from qiskit.circuit.library import PhaseGate

from qiskit_ionq_lite.emulator.expressions import number, refused, whole
from qiskit_ionq_lite.emulator.inputs import MAX_GATES
from qiskit_ionq_lite.emulator.openqasm_gates import controls, modified, named_gate
from qiskit_ionq_lite.emulator.refusals import PreflightError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Registers: TypeAlias = dict[str, list[Qubit]] | dict[str, list[Clbit]]

MAX_BITS = 10_000
"""Classical bits of one program."""

_NOTHING = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)

_REFUSED: dict[type[ast.QASMNode], str] = {
    ast.ForInLoop: "a loop (for)",
    ast.WhileLoop: "a loop (while)",
    ast.BranchingStatement: "a branch (if)",
    ast.SwitchStatement: "a branch (switch)",
    ast.SubroutineDefinition: "a subroutine (def)",
    ast.ExternDeclaration: "an external function (extern)",
    ast.ClassicalAssignment: "an assignment",
    ast.AliasStatement: "an alias (let)",
    ast.DelayInstruction: "a delay",
    ast.Box: "a box",
    ast.CalibrationDefinition: "a calibration (defcal)",
    ast.CalibrationStatement: "a calibration (cal)",
    ast.CalibrationGrammarDeclaration: "a calibration grammar (defcalgrammar)",
    ast.Pragma: "a pragma",
    ast.IODeclaration: "an input or output variable",
}
"""What IonQ does not run, in words."""


@dataclass(frozen=True)
class Program3:
    """A program that was read.

    Attributes:
        circuit: on all declared qubits; its classical bits are those of ``registers``, one after the other.
        registers: names and sizes of the bit registers, as declared.
        inputs: names of the input variables, in order.
    """

    circuit: QuantumCircuit
    registers: tuple[tuple[str, int], ...]
    inputs: tuple[str, ...] = ()


def parse(text: str, max_qubits: int, parameters: Sequence[float] | None = None) -> Program3:
    """Read a program.

    Args:
        text: the source.
        max_qubits: limit on declared qubits.
        parameters: values of its input variables, in order (F 8.4); ``None`` where it may have none.

    Raises:
        PreflightError: it is no OpenQASM 3, or uses what IonQ does not take; the message has the line.
    """
    if _NOTHING.fullmatch(text):  # the parser would trip over it
        raise PreflightError("PreflightError", "the program is empty")
    try:
        tree = parse_text(text)
    except QASM3ParsingError as error:
        raise PreflightError(
            "PreflightError", f"the program is not OpenQASM 3: {_complaint(error)}"
        ) from error
    except RecursionError as error:
        raise PreflightError("PreflightError", "the program is nested too deeply") from error
    reader = _Reader(max_qubits, parameters)
    for statement in tree.statements:
        reader.read(statement)
    reader.check_parameters()
    return Program3(
        reader.circuit, tuple((name, len(bits)) for name, bits in reader.bits.items()), reader.inputs
    )


def _complaint(error: QASM3ParsingError) -> str:
    """Where the parser stopped, which it says only through its cause's cause."""
    for cause in getattr(error.__cause__ or error.__context__, "args", ()):
        token = getattr(cause, "offendingToken", None)
        if token is not None:
            return f"line {token.line}: unexpected {token.text!r}"
    return str(error) or "syntax error"


class _Reader:
    """Reads one statement after the other into a circuit."""

    def __init__(self, max_qubits: int, parameters: Sequence[float] | None) -> None:
        self.circuit = QuantumCircuit()
        self.bits: dict[str, list[Clbit]] = {}
        self.inputs: tuple[str, ...] = ()
        self._qubits: dict[str, list[Qubit]] = {}
        self._values: dict[str, float] = {}
        self._gates: dict[str, ast.QuantumGateDefinition] = {}
        self._max_qubits = max_qubits
        self._parameters = parameters
        self._steps = 0
        self._readers: dict[type[ast.QASMNode], Callable[..., None]] = {
            ast.Include: self._include,
            ast.QubitDeclaration: self._qubit,
            ast.ClassicalDeclaration: self._classical,
            ast.ConstantDeclaration: self._constant,
            ast.QuantumGateDefinition: self._gate_definition,
            ast.QuantumGate: self._gate,
            ast.QuantumPhase: self._phase,
            ast.QuantumMeasurementStatement: self._measurement,
            ast.QuantumReset: self._reset,
            ast.QuantumBarrier: lambda _: None,
        }
        if parameters is not None:
            self._readers[ast.IODeclaration] = self._input

    def read(self, statement: ast.QASMNode) -> None:
        """One statement of the program."""
        reader = self._readers.get(type(statement))
        if reader is None:
            what = _REFUSED.get(type(statement), type(statement).__name__)
            raise refused(
                statement, f"{what} is not supported: IonQ runs no branches, loops or classical code"
            )
        reader(statement)

    def check_parameters(self) -> None:
        """As many values as input variables."""
        given = len(self._parameters or ())
        if given != len(self.inputs):
            raise PreflightError(
                "InvalidInput",
                f"the program has {len(self.inputs)} input variable(s), and params has {given}",
            )

    def _include(self, node: ast.Include) -> None:
        if node.filename != "stdgates.inc":
            raise refused(node, f"include {node.filename!r} is not supported; stdgates.inc is")

    def _qubit(self, node: ast.QubitDeclaration) -> None:
        size = 1 if node.size is None else whole(node.size, self._values)
        total = self.circuit.num_qubits + size
        if size < 1 or total > self._max_qubits:
            raise refused(
                node, f"Too many qubits requested: {total}; {self._max_qubits} are there", "NotEnoughQubits"
            )
        self._check_new(node, node.qubit.name)
        self._qubits[node.qubit.name] = [Qubit() for _ in range(size)]
        self.circuit.add_bits(self._qubits[node.qubit.name])

    def _classical(self, node: ast.ClassicalDeclaration) -> None:
        if not isinstance(node.type, ast.BitType):
            raise refused(node, f"a variable of type {type(node.type).__name__} is not supported; bits are")
        size = 1 if node.type.size is None else whole(node.type.size, self._values)
        if not 1 <= size <= MAX_BITS - self.circuit.num_clbits:
            raise refused(node, f"a program has 1 to {MAX_BITS:,} bits")
        self._check_new(node, node.identifier.name)
        self.bits[node.identifier.name] = [Clbit() for _ in range(size)]
        self.circuit.add_bits(self.bits[node.identifier.name])
        if isinstance(node.init_expression, ast.QuantumMeasurement):
            self._measure(node, node.init_expression, node.identifier)
        elif node.init_expression is not None:
            raise refused(node, "a bit with an initial value is not supported")

    def _constant(self, node: ast.ConstantDeclaration) -> None:
        self._check_new(node, node.identifier.name)
        self._values[node.identifier.name] = number(node.init_expression, self._values)

    def _input(self, node: ast.IODeclaration) -> None:
        if node.io_identifier.name != "input" or not isinstance(node.type, (ast.FloatType, ast.AngleType)):
            raise refused(
                node, "of input and output variables only input float and input angle are supported"
            )
        self._check_new(node, node.identifier.name)
        given = self._parameters or ()
        place = len(self.inputs)
        self._values[node.identifier.name] = given[place] if place < len(given) else 0.0
        self.inputs = (*self.inputs, node.identifier.name)

    def _gate_definition(self, node: ast.QuantumGateDefinition) -> None:
        for inner in node.body:
            if not isinstance(inner, (ast.QuantumGate, ast.QuantumPhase, ast.QuantumBarrier)):
                raise refused(inner, f"{type(inner).__name__} is not supported in a gate")
        self._gates[node.name.name] = node

    def _gate(self, node: ast.QuantumGate) -> None:
        operands = [self._operand(qubit, self._qubits) for qubit in node.qubits]
        width = max((len(found) for found in operands), default=0)
        if any(len(found) not in (1, width) for found in operands):
            raise refused(node, f"registers of different sizes meet in gate {node.name.name}")
        for place in range(width):
            qubits = [found[place if len(found) > 1 else 0] for found in operands]
            self._apply(self.circuit, node, qubits, self._values)

    def _apply(
        self, into: QuantumCircuit, node: ast.QuantumGate, qubits: list[Qubit], values: Mapping[str, float]
    ) -> None:
        if len(set(qubits)) < len(qubits):
            raise refused(node, f"gate {node.name.name} names a qubit twice")
        parameters = [number(argument, values) for argument in node.arguments]
        definition = self._gates.get(node.name.name)
        if definition is not None and not node.modifiers:
            self._expand(into, node, definition, qubits, parameters)
            return
        if definition is not None:
            inner = QuantumCircuit([Qubit() for _ in definition.qubits])
            self._expand(inner, node, definition, inner.qubits, parameters)
            gate = inner.to_gate()
        else:
            gate = named_gate(node, parameters)
        gate = modified(gate, node.modifiers, values)
        if gate.num_qubits != len(qubits):
            raise refused(
                node, f"gate {node.name.name} acts on {gate.num_qubits} qubit(s), got {len(qubits)}"
            )
        self._count(node)
        into.append(gate, qubits)

    def _expand(
        self,
        into: QuantumCircuit,
        node: ast.QuantumGate,
        definition: ast.QuantumGateDefinition,
        qubits: list[Qubit],
        parameters: list[float],
    ) -> None:
        if len(definition.qubits) != len(qubits) or len(definition.arguments) != len(parameters):
            raise refused(
                node,
                f"gate {node.name.name} takes {len(definition.arguments)} parameter(s) and "
                f"{len(definition.qubits)} qubit(s), got {len(parameters)} and {len(qubits)}",
            )
        outside = {name.name: qubit for name, qubit in zip(definition.qubits, qubits, strict=True)}
        names = (argument.name for argument in definition.arguments)
        values = {**self._values, **dict(zip(names, parameters, strict=True))}
        for inner in definition.body:
            if isinstance(inner, ast.QuantumPhase):
                self._apply_phase(into, inner, _inside(inner, outside), values)
            elif isinstance(inner, ast.QuantumGate):
                self._apply_inner(into, inner, definition, _inside(inner, outside), values)

    def _apply_inner(
        self,
        into: QuantumCircuit,
        node: ast.QuantumGate,
        definition: ast.QuantumGateDefinition,
        qubits: list[Qubit],
        values: Mapping[str, float],
    ) -> None:
        if node.name.name == definition.name.name and node.name.name in self._gates:
            raise refused(node, f"gate {node.name.name} calls itself")
        self._count(node)
        self._apply(into, node, qubits, values)

    def _phase(self, node: ast.QuantumPhase) -> None:
        qubits = [qubit for operand in node.qubits for qubit in self._operand(operand, self._qubits)]
        self._apply_phase(self.circuit, node, qubits, self._values)

    def _apply_phase(
        self, into: QuantumCircuit, node: ast.QuantumPhase, qubits: list[Qubit], values: Mapping[str, float]
    ) -> None:
        """A global phase, or with controls a phase gate on them."""
        angle = number(node.argument, values)
        kinds = {modifier.modifier.name for modifier in node.modifiers}
        if not kinds:
            into.global_phase += angle
            return
        if kinds != {"ctrl"}:
            raise refused(node, "of the modifiers of gphase only ctrl is supported")
        count = sum(controls(modifier, values) for modifier in node.modifiers)
        if count != len(qubits):
            raise refused(node, f"gphase with {count} control(s) got {len(qubits)} qubit(s)")
        gate = PhaseGate(angle)
        self._count(node)
        into.append(gate.control(count - 1, annotated=False) if count > 1 else gate, qubits)

    def _measurement(self, node: ast.QuantumMeasurementStatement) -> None:
        if node.target is None:
            raise refused(node, "a measurement without a bit to keep it is not supported")
        self._measure(node, node.measure, node.target)

    def _measure(
        self,
        node: ast.QASMNode,
        measurement: ast.QuantumMeasurement,
        target: ast.Identifier | ast.IndexedIdentifier,
    ) -> None:
        qubits = self._operand(measurement.qubit, self._qubits)
        bits = self._operand(target, self.bits)
        if len(qubits) != len(bits):
            raise refused(node, f"{len(qubits)} qubit(s) are measured into {len(bits)} bit(s)")
        for qubit, bit in zip(qubits, bits, strict=True):
            self._count(node)
            self.circuit.measure(qubit, bit)

    def _reset(self, node: ast.QuantumReset) -> None:
        for qubit in self._operand(node.qubits, self._qubits):
            self._count(node)
            self.circuit.reset(qubit)

    def _operand(self, node: ast.QASMNode, registers: Registers) -> list[Qubit] | list[Clbit]:
        """The qubits or bits that ``q``, ``q[1]``, ``q[0:2]`` or ``q[{0, 3}]`` mean."""
        name = node.name if isinstance(node, ast.Identifier) else getattr(node, "name", node)
        text = name.name if isinstance(name, ast.Identifier) else str(name)
        if text.startswith("$"):
            raise refused(node, f"physical qubits such as {text} are not supported; declare a register")
        if text not in registers:
            raise refused(node, f"{text!r} is no register of this kind")
        found = registers[text]
        if isinstance(node, ast.Identifier):
            return found
        if not isinstance(node, ast.IndexedIdentifier) or len(node.indices) != 1:
            raise refused(node, "an index such as q[0] is needed here")
        return [found[place] for place in self._places(node, node.indices[0], len(found))]

    def _places(self, node: ast.QASMNode, index: ast.IndexElement, size: int) -> list[int]:
        places: list[int] = []
        for one in index.values if isinstance(index, ast.DiscreteSet) else index:
            if isinstance(one, ast.RangeDefinition):
                start, end = (
                    default if part is None else whole(part, self._values)
                    for part, default in ((one.start, 0), (one.end, size - 1))
                )
                step = 1 if one.step is None else whole(one.step, self._values)
                if step == 0 or max(abs(start), abs(end)) > size:
                    raise refused(node, f"index out of range: the register has {size}")
                places.extend(range(start, end + (1 if step > 0 else -1), step))
            else:
                places.append(whole(one, self._values))
        if any(not -size <= place < size for place in places):
            raise refused(node, f"index out of range: {places}; the register has {size}")
        return places

    def _check_new(self, node: ast.QASMNode, name: str) -> None:
        if name in self._qubits or name in self.bits or name in self._values:
            raise refused(node, f"{name!r} is declared twice")

    def _count(self, node: ast.QASMNode) -> None:
        self._steps += 1
        if self._steps > 2 * MAX_GATES:
            raise refused(node, f"the program has more than {MAX_GATES:,} gates", "TooManyGates")


def _inside(node: ast.QuantumGate | ast.QuantumPhase, outside: Mapping[str, Qubit]) -> list[Qubit]:
    """The qubits that a gate in a gate's definition acts on."""
    qubits = []
    for operand in node.qubits:
        name = operand.name if isinstance(operand.name, str) else operand.name.name
        if name not in outside or not isinstance(operand, ast.Identifier):
            raise refused(node, f"{name!r} is no qubit of this gate")
        qubits.append(outside[name])
    return qubits
