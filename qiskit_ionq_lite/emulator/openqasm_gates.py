"""The gates that OpenQASM 3 programs may call without defining them (F 9.4), and their modifiers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from openqasm3 import ast
from qiskit.circuit import library

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.decode import IonQGateError, to_steps
from qiskit_ionq_lite.emulator.expressions import refused, whole
from qiskit_ionq_lite.gates import NATIVE_GATES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qiskit.circuit import Gate


class Standard(NamedTuple):
    """A gate by its name.

    Attributes:
        make: parameters, in radians -> gate.
        parameters: how many it takes.
    """

    make: Callable[..., Gate]
    parameters: int = 0


def _u(theta: float, phi: float, lam: float) -> Gate:
    return library.UGate(theta, phi, lam)


STANDARD: dict[str, Standard] = {
    "id": Standard(library.IGate),
    "x": Standard(library.XGate),
    "y": Standard(library.YGate),
    "z": Standard(library.ZGate),
    "h": Standard(library.HGate),
    "s": Standard(library.SGate),
    "sdg": Standard(library.SdgGate),
    "t": Standard(library.TGate),
    "tdg": Standard(library.TdgGate),
    "sx": Standard(library.SXGate),
    "sxdg": Standard(library.SXdgGate),
    "swap": Standard(library.SwapGate),
    "ch": Standard(library.CHGate),
    "ccx": Standard(library.CCXGate),
    "cswap": Standard(library.CSwapGate),
    "rx": Standard(library.RXGate, 1),
    "ry": Standard(library.RYGate, 1),
    "rz": Standard(library.RZGate, 1),
    "crx": Standard(library.CRXGate, 1),
    "cry": Standard(library.CRYGate, 1),
    "crz": Standard(library.CRZGate, 1),
    "rxx": Standard(library.RXXGate, 1),
    "ryy": Standard(library.RYYGate, 1),
    "rzz": Standard(library.RZZGate, 1),
    "cu": Standard(library.CUGate, 4),
    "u2": Standard(lambda phi, lam: _u(math.pi / 2, phi, lam), 2),
    **dict.fromkeys(("p", "phase", "u1"), Standard(library.PhaseGate, 1)),
    **dict.fromkeys(("cp", "cphase"), Standard(library.CPhaseGate, 1)),
    **dict.fromkeys(("u3", "u", "U"), Standard(_u, 3)),
    **dict.fromkeys(("cx", "CX"), Standard(library.CXGate)),
    **dict.fromkeys(("cy",), Standard(library.CYGate)),
    **dict.fromkeys(("cz",), Standard(library.CZGate)),
}
"""stdgates.inc, and what serializers call beside it."""

_NATIVE_FIELDS: dict[str, Callable[[Sequence[float]], dict[str, object]]] = {
    "gpi": lambda p: {"phase": p[0]},
    "gpi2": lambda p: {"phase": p[0]},
    "ms": lambda p: {"phases": [*p[:2]], "angle": p[2] if len(p) > 2 else None},
    "zz": lambda p: {"angle": p[0]},
}
_NATIVE_PARAMETERS = {"gpi": (1,), "gpi2": (1,), "ms": (2, 3), "zz": (1,)}


def named_gate(node: ast.QuantumGate, parameters: Sequence[float]) -> Gate:
    """A standard or native gate; native parameters are in turns, all others in radians."""
    name = node.name.name
    if name in NATIVE_GATES:
        return _native_gate(node, name, parameters)
    row = STANDARD.get(name)
    if row is None:
        raise refused(
            node,
            f"Gate types [{name}] are not supported, and the program does not define it",
            "UnsupportedGate",
        )
    if len(parameters) != row.parameters:
        raise refused(node, f"gate {name} takes {row.parameters} parameter(s), got {len(parameters)}")
    return row.make(*parameters)


def _native_gate(node: ast.QuantumGate, name: str, parameters: Sequence[float]) -> Gate:
    if len(parameters) not in _NATIVE_PARAMETERS[name]:
        counts = " or ".join(map(str, _NATIVE_PARAMETERS[name]))
        raise refused(node, f"gate {name} takes {counts} parameter(s), in turns, got {len(parameters)}")
    if node.modifiers:
        raise refused(node, f"native gate {name} takes no modifiers")
    targets = list(range(2 if name in ("ms", "zz") else 1))
    gate = wire.Gate(name, targets=targets, **_NATIVE_FIELDS[name](parameters))  # type: ignore[arg-type]  # by table
    try:
        ((made, _),) = to_steps(wire.Circuit([gate]), "native")
    except IonQGateError as error:
        raise refused(node, str(error.message), error.code) from error
    return made


def modified(gate: Gate, modifiers: Sequence[ast.QuantumGateModifier], values: Mapping[str, float]) -> Gate:
    """A gate with ``inv``, ``ctrl``, ``negctrl`` and ``pow`` applied, the last one first."""
    for modifier in reversed(modifiers):
        kind = modifier.modifier.name
        if kind == "inv":
            gate = gate.inverse()
        elif kind == "pow":
            if modifier.argument is None:
                raise refused(modifier, "pow needs an exponent")
            gate = gate.power(whole(modifier.argument, values))
        else:
            count = controls(modifier, values)
            gate = gate.control(count, ctrl_state=0 if kind == "negctrl" else None, annotated=False)
    return gate


def controls(modifier: ast.QuantumGateModifier, values: Mapping[str, float]) -> int:
    """How many control qubits a ``ctrl`` or ``negctrl`` adds."""
    count = 1 if modifier.argument is None else whole(modifier.argument, values)
    if not 1 <= count <= 36:
        raise refused(modifier, f"a modifier adds 1 to 36 controls, not {count}", "TooManyControls")
    return count
