"""Numbers in OpenQASM 3: literals, constants, named values and arithmetic -> float or int."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any

from openqasm3 import ast

from qiskit_ionq_lite.emulator.refusals import PreflightError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONSTANTS: dict[str, float] = {
    **dict.fromkeys(("pi", "π"), math.pi),
    **dict.fromkeys(("tau", "τ"), math.tau),
    **dict.fromkeys(("euler", "ℇ"), math.e),
}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "exp", "log", "sqrt", "floor", "ceil")},
    "arcsin": math.asin,
    "arccos": math.acos,
    "arctan": math.atan,
    "mod": math.fmod,
    "pow": math.pow,
}
_BINARY: dict[str, Callable[[Any, Any], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "**": operator.pow,
}


def refused(node: ast.QASMNode, text: str, code: str = "PreflightError") -> PreflightError:
    """The failure of a program, with the line it stands on."""
    line = f"line {node.span.start_line}: " if node.span else ""
    return PreflightError(code, f"{line}{text}")


def number(node: ast.Expression, values: Mapping[str, float]) -> float:
    """The value of an expression.

    Args:
        node: as the parser gave it.
        values: of the names that are known here.

    Raises:
        PreflightError: not a real, finite number, or not a kind of expression that IonQ evaluates.
    """
    try:
        found = _value(node, values)
    except (ArithmeticError, ValueError) as error:
        raise refused(node, f"this expression has no value: {error}") from error
    if isinstance(found, complex) or not math.isfinite(found):
        raise refused(node, f"this expression is not a finite real number: {found}")
    return found


def whole(node: ast.Expression, values: Mapping[str, float]) -> int:
    """The value of an expression that counts something."""
    found = number(node, values)
    if found != int(found):
        raise refused(node, f"a whole number is needed here, not {found}")
    return int(found)


def _value(node: ast.Expression, values: Mapping[str, float]) -> float:
    if isinstance(node, (ast.IntegerLiteral, ast.FloatLiteral)):
        return node.value
    if isinstance(node, ast.Identifier):
        return _named(node, values)
    if isinstance(node, ast.UnaryExpression) and node.op.name == "-":
        return -_value(node.expression, values)
    if isinstance(node, ast.BinaryExpression) and node.op.name in _BINARY:
        return _BINARY[node.op.name](_value(node.lhs, values), _value(node.rhs, values))
    if isinstance(node, ast.FunctionCall) and node.name.name in _FUNCTIONS:
        return _FUNCTIONS[node.name.name](*(_value(argument, values) for argument in node.arguments))
    raise refused(node, f"{type(node).__name__} is not supported in a number")


def _named(node: ast.Identifier, values: Mapping[str, float]) -> float:
    found = values.get(node.name, CONSTANTS.get(node.name))
    if found is None:
        raise refused(node, f"{node.name!r} has no value here")
    return found
