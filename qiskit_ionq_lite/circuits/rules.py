"""What IonQ has for each of Qiskit's standard gates: the same gate, or gates that IonQ documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.gates import QIS_GATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from qiskit.circuit import Gate

    Rewrite = Callable[[Sequence[float], Sequence[int]], Iterable[wire.Gate]]

_CONTROLLED = {
    "cx": "x",
    "ccx": "x",
    "mcx": "x",
    "cy": "y",
    "cz": "z",
    "ccz": "z",
    "ch": "h",
    "cs": "s",
    "csdg": "si",
    "csx": "v",
    "c3sx": "v",
    "crx": "rx",
    "cry": "ry",
    "crz": "rz",
    "cswap": "swap",
}
_PLAIN = {"sdg": "si", "tdg": "ti", "sx": "v", "sxdg": "vi", "rxx": "xx", "ryy": "yy", "rzz": "zz"}
_SAME = ("x", "y", "z", "h", "s", "t", "rx", "ry", "rz", "swap")

DIRECT: dict[str, tuple[str, int, bool]] = {
    name: (row, QIS_GATES[row].targets, QIS_GATES[row].rotation)
    for name, row in (_CONTROLLED | _PLAIN | {name: name for name in _SAME}).items()
}
"""Name of a Qiskit standard gate -> IonQ's name, number of targets (the rest are controls), has an angle."""

WIRE_OF: dict[type[Gate], str] = {row.gate: row.wire for row in QIS_GATES.values() if row.controllable}


def _rz(angle: float, qubit: int) -> wire.Gate:
    return wire.Gate("rz", qubit, rotation=angle)


def _euler(theta: float, phi: float, lam: float, qubit: int) -> list[wire.Gate]:
    """U(θ,φ,λ) = RZ(φ) RY(θ) RZ(λ), up to global phase; the rightmost acts first."""
    return [_rz(lam, qubit), wire.Gate("ry", qubit, rotation=theta), _rz(phi, qubit)]


def phase(angle: float, qubits: Sequence[int]) -> list[wire.Gate]:
    """diag(1, ..., 1, e^{i·angle}) on any number of qubits.

    On one qubit it is RZ. On two, RZ(a/2) RZ(a/2) ZZ(-a/2): one entangler. On more, a controlled RZ(a) on the
    last qubit leaves e^{-ia/2} where all controls are 1, which is a phase gate of a/2 on the controls.
    """
    *controls, target = qubits
    if not controls:
        return [_rz(angle, target)]
    if len(controls) == 1:
        pair = [controls[0], target]
        return [*(_rz(angle / 2, q) for q in pair), wire.Gate("zz", targets=pair, rotation=-angle / 2)]
    return [compact("rz", controls, [target], angle), *phase(angle / 2, controls)]


def _about_axis(theta: float, phi: float, qubit: int) -> list[wire.Gate]:
    """R(θ,φ): a rotation by θ about the axis at angle φ from x."""
    return [_rz(-phi, qubit), wire.Gate("rx", qubit, rotation=theta), _rz(phi, qubit)]


_HALF_PI = 1.5707963267948966

REWRITTEN: dict[str, Rewrite] = {
    "p": lambda p, q: phase(p[0], q),
    "u1": lambda p, q: phase(p[0], q),
    "cp": lambda p, q: phase(p[0], q),
    "cu1": lambda p, q: phase(p[0], q),
    "u": lambda p, q: _euler(p[0], p[1], p[2], q[0]),
    "u3": lambda p, q: _euler(p[0], p[1], p[2], q[0]),
    "u2": lambda p, q: _euler(_HALF_PI, p[0], p[1], q[0]),
    "r": lambda p, q: _about_axis(p[0], p[1], q[0]),
    "global_phase": lambda _p, _q: (),
}
"""Name of a Qiskit standard gate -> the same, up to global phase, in gates that IonQ documents."""


def compact(
    name: str, controls: Sequence[int], targets: Sequence[int], angle: float | None = None
) -> wire.Gate:
    """A wire gate in its most compact form: singular fields where they fit."""
    return wire.Gate(
        name,
        target=targets[0] if len(targets) == 1 else None,
        targets=None if len(targets) == 1 else list(targets),
        control=controls[0] if len(controls) == 1 else None,
        controls=list(controls) if len(controls) > 1 else None,
        rotation=angle,
    )
