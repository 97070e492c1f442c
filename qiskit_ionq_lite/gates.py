"""IonQ's gates: the one table of names, and the four native gates as Qiskit gates.

Units. QIS rotations are **radians**, exactly Qiskit's angles. Native phases and angles are **turns**
(1 turn = 2π rad). Matrices below are in Qiskit's order: the first qubit is the least significant bit.

QIS gates (F 1.1 to 1.10), any of them with controls in front::

    x y z h s si t ti v vi          one target, no rotation (v is the square root of x)
    rx ry rz                        one target, rotation: exp(-i θ P/2)
    swap                            two targets
    xx yy zz                        two targets, rotation: exp(-i θ P⊗P/2)

Native gates (F 2.2, 2.7), with Φ = 2πφ::

    gpi(φ)        cos Φ · X + sin Φ · Y                        half a turn about an axis in the xy plane
    gpi2(φ)       exp(-i π/4 · GPI(φ))                         a quarter turn about the same axis
    ms(φ0,φ1,θ)   exp(-i πθ · GPI(φ0)⊗GPI(φ1))                 Aria; 0 <= θ <= 0.25
    zz(θ)         exp(-i πθ · Z⊗Z) = RZZ(2πθ)                  Forte

To check by hand: ``gpi(0)`` is X, ``gpi(0.25)`` is Y, ``gpi2(0)`` is RX(π/2), ``ms(0,0,0.25)`` is
RXX(π/2), ``zz(0.25)`` is RZZ(π/2).
"""

from __future__ import annotations

import cmath
import math
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from qiskit.circuit import Gate, Parameter, ParameterExpression, QuantumCircuit
from qiskit.circuit.library import (
    HGate,
    IGate,
    RGate,
    RXGate,
    RXXGate,
    RYGate,
    RYYGate,
    RZGate,
    RZZGate,
    SdgGate,
    SGate,
    SwapGate,
    SXdgGate,
    SXGate,
    TdgGate,
    TGate,
    XGate,
    YGate,
    ZGate,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit.circuit import AnnotatedOperation

    Angle: TypeAlias = float | ParameterExpression


class QISGate(NamedTuple):
    """One gate of IonQ's abstract set.

    Attributes:
        wire: its name in IonQ's JSON.
        gate: the Qiskit gate with the same matrix.
        targets: number of target qubits, 1 or 2.
        rotation: whether it carries an angle, in radians.
        controllable: whether IonQ documents it with controls.
    """

    wire: str
    gate: type[Gate]
    targets: int = 1
    rotation: bool = False
    controllable: bool = True


QIS_GATES: dict[str, QISGate] = {
    row.wire: row
    for row in (
        QISGate("x", XGate),
        QISGate("y", YGate),
        QISGate("z", ZGate),
        QISGate("h", HGate),
        QISGate("s", SGate),
        QISGate("si", SdgGate),
        QISGate("t", TGate),
        QISGate("ti", TdgGate),
        QISGate("v", SXGate),
        QISGate("vi", SXdgGate),
        QISGate("rx", RXGate, rotation=True),
        QISGate("ry", RYGate, rotation=True),
        QISGate("rz", RZGate, rotation=True),
        QISGate("swap", SwapGate, targets=2),
        QISGate("xx", RXXGate, targets=2, rotation=True, controllable=False),
        QISGate("yy", RYYGate, targets=2, rotation=True, controllable=False),
        QISGate("zz", RZZGate, targets=2, rotation=True, controllable=False),
    )
}
"""Wire name -> gate."""

QIS_ALIASES: dict[str, str] = {"not": "x", "cnot": "x"}
"""Other wire names -> the name in :data:`QIS_GATES`; ``cnot`` comes with at least one control."""


class _NativeGate(Gate):
    """What the native gates share: in QPY files they are custom gates, which Qiskit loads as ``Gate``."""

    @property
    def base_class(self) -> Any:
        """``Gate``, so that a loaded gate with the same name, angles and definition compares equal."""
        return Gate

    def power(self, exponent: float, annotated: bool = False) -> Gate | AnnotatedOperation:
        """The gate, ``exponent`` times over, exactly, global phase included; symbolic angles stay symbolic.

        ms and zz are native again, with a multiple of the angle, and gpi and gpi2 where one pulse does it;
        what is left are rotations of Qiskit's, which take at most one pulse when they are compiled.

        Args:
            exponent: any real number; of fractions, the gate that has it is the principal power.
            annotated: an annotated operation instead, as with Qiskit's own gates.
        """
        return super().power(exponent, annotated=True) if annotated else self._power(exponent)

    def _power(self, exponent: float) -> Gate:
        raise NotImplementedError

    def _qasm_decomposition(self) -> Gate:
        """Qiskit's exporters of OpenQASM ask for this."""
        return _Subroutine(self)


class _Subroutine(Gate):
    """A native gate as a call of an OpenQASM subroutine, which is defined once, with formal parameters.

    Of other people's gates, Qiskit's exporters print the definition with the angles of the call: one
    subroutine for each angle, and wrong ones for angles such as ``a + 0.25``.
    """

    def __init__(self, gate: Gate) -> None:
        super().__init__(gate.name, gate.num_qubits, gate.params, label=gate.label)
        formal = [Parameter(f"param{place}") for place in range(len(gate.params))]  # OpenQASM 2 has these
        self.definition = type(gate)(*formal).definition

    def __eq__(self, other: object) -> bool:
        """Whether it is the same subroutine; a call may have other angles."""
        return isinstance(other, _Subroutine) and self.name == other.name

    __hash__ = None  # type: ignore[assignment]  # as all of Qiskit's instructions


class GPIGate(_NativeGate):
    """Half a turn about an axis in the xy plane: ``[[0, e^-iΦ], [e^iΦ, 0]]``, Φ = 2π·phase.

    Args:
        phase: angle of the axis from x, in turns.

    >>> GPIGate(0).to_matrix().real
    array([[0., 1.],
           [1., 0.]])
    """

    def __init__(self, phase: Angle, label: str | None = None) -> None:
        super().__init__("gpi", 1, [phase], label=label)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.complex128]:
        lift = cmath.exp(2j * math.pi * float(self.params[0]))
        return _array([[0, lift.conjugate()], [lift, 0]], dtype, copy)

    def _define(self) -> None:
        # X, not RX(π), so that there is no global phase, which OpenQASM 3 files would lose
        circuit = QuantumCircuit(1)
        _about_axis(circuit, XGate(), self.params[0])
        self.definition = circuit

    def inverse(self, annotated: bool = False) -> GPIGate:
        """Itself: half a turn back is half a turn on."""
        del annotated
        return GPIGate(self.params[0])

    def _power(self, exponent: float) -> Gate:
        if exponent % 1 == 0:
            return GPIGate(self.params[0]) if exponent % 2 else IGate()
        # the eigenvalue -1 becomes e^{iπt}: GPI^t = e^{iπt/2} · R(πt, Φ)
        circuit = QuantumCircuit(1, name=f"gpi^{exponent:g}", global_phase=math.pi * exponent / 2)
        circuit.append(RGate(math.pi * exponent, 2 * math.pi * self.params[0]), [0])
        return circuit.to_gate()


class GPI2Gate(_NativeGate):
    """A quarter turn about an axis in the xy plane: ``1/√2 [[1, -i e^-iΦ], [-i e^iΦ, 1]]``, Φ = 2π·phase.

    Args:
        phase: angle of the axis from x, in turns.
    """

    def __init__(self, phase: Angle, label: str | None = None) -> None:
        super().__init__("gpi2", 1, [phase], label=label)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.complex128]:
        lift = cmath.exp(2j * math.pi * float(self.params[0])) * -1j / math.sqrt(2)
        diagonal = 1 / math.sqrt(2)
        return _array([[diagonal, -lift.conjugate()], [lift, diagonal]], dtype, copy)

    def _define(self) -> None:
        circuit = QuantumCircuit(1)
        _about_axis(circuit, RXGate(math.pi / 2), self.params[0])
        self.definition = circuit

    def inverse(self, annotated: bool = False) -> GPI2Gate:
        """The same quarter turn about the opposite axis."""
        del annotated
        return GPI2Gate(_opposite(self.params[0]))

    def _power(self, exponent: float) -> Gate:
        match exponent % 8:  # eighths of two turns; after two, spins are back where they were
            case 0:
                return IGate()
            case 1:
                return GPI2Gate(self.params[0])
            case 7:
                return self.inverse()
        return RGate(exponent * math.pi / 2, 2 * math.pi * self.params[0])


class MSGate(_NativeGate):
    """Mølmer-Sørensen: ``exp(-i π·angle · GPI(phase0) ⊗ GPI(phase1))``, Aria's entangler.

    Args:
        phase0: axis of the first qubit, in turns.
        phase1: axis of the second qubit, in turns.
        angle: in turns; IonQ takes 0 to 0.25, and 0.25 entangles fully.
    """

    def __init__(self, phase0: Angle, phase1: Angle, angle: Angle = 0.25, label: str | None = None) -> None:
        super().__init__("ms", 2, [phase0, phase1, angle], label=label)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.complex128]:
        phase0, phase1, angle = map(float, self.params)
        stay, flip = math.cos(math.pi * angle), -1j * math.sin(math.pi * angle)
        both = flip * cmath.exp(2j * math.pi * (phase1 + phase0))
        other = flip * cmath.exp(2j * math.pi * (phase1 - phase0))
        rows = [
            [stay, 0, 0, -both.conjugate()],
            [0, stay, -other.conjugate(), 0],
            [0, other, stay, 0],
            [both, 0, 0, stay],
        ]
        return _array(rows, dtype, copy)

    def _define(self) -> None:
        phase0, phase1, angle = self.params
        circuit = QuantumCircuit(2)
        for qubit, phase in enumerate((phase0, phase1)):
            circuit.rz(-2 * math.pi * phase, qubit)
        circuit.rxx(2 * math.pi * angle, 0, 1)
        for qubit, phase in enumerate((phase0, phase1)):
            circuit.rz(2 * math.pi * phase, qubit)
        self.definition = circuit

    def inverse(self, annotated: bool = False) -> MSGate:
        """The same angle about one opposite axis, so that the angle stays in IonQ's range."""
        del annotated
        phase0, phase1, angle = self.params
        return MSGate(_opposite(phase0), phase1, angle)

    def _power(self, exponent: float) -> Gate:
        phase0, phase1, angle = (self if exponent >= 0 else self.inverse()).params
        return MSGate(phase0, phase1, abs(exponent) * angle)


MSGate.__name__ = "IonQMSGate"  # QPY goes by this name, and would load Qiskit's own, different MSGate


class ZZGate(_NativeGate):
    """``exp(-i π·angle · Z ⊗ Z)``, which is ``RZZ(2π·angle)``: Forte's entangler.

    Args:
        angle: in turns; 0.25 entangles fully.
    """

    def __init__(self, angle: Angle, label: str | None = None) -> None:
        super().__init__("zz", 2, [angle], label=label)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.complex128]:
        even = cmath.exp(-1j * math.pi * float(self.params[0]))
        return _array(np.diag([even, even.conjugate(), even.conjugate(), even]), dtype, copy)

    def _define(self) -> None:
        circuit = QuantumCircuit(2)
        circuit.rzz(2 * math.pi * self.params[0], 0, 1)
        self.definition = circuit

    def inverse(self, annotated: bool = False) -> ZZGate:
        """The opposite angle."""
        del annotated
        return ZZGate(-self.params[0])

    def _power(self, exponent: float) -> Gate:
        return ZZGate(exponent * self.params[0])


NATIVE_GATES: dict[str, type[Gate]] = {"gpi": GPIGate, "gpi2": GPI2Gate, "ms": MSGate, "zz": ZZGate}
"""Wire name -> native gate; ``nop`` is an identity without a class (F 2.1)."""

ENTANGLERS: dict[str, str] = {
    "aria": "ms",
    "forte": "zz",
    "tempo": "zz",
    "harmony": "ms",
}
"""Family of a QPU or noise model (the word before the number) -> its entangling gate (F 2.3)."""


def entangler_of(device: str) -> str:
    """Native two-qubit gate of a backend or a noise model, by its family.

    >>> entangler_of("qpu.aria-1"), entangler_of("forte-enterprise-1"), entangler_of("ideal")
    ('ms', 'zz', 'zz')
    """
    family = device.removeprefix("qpu.").split("-")[0]
    return ENTANGLERS.get(family, "zz")


def _about_axis(circuit: QuantumCircuit, about_x: Gate, phase: Angle) -> None:
    """Append RZ(Φ) · about_x · RZ(-Φ): the same turn about the axis ``phase`` turns from x."""
    circuit.rz(-2 * math.pi * phase, 0)
    circuit.append(about_x, [0])
    circuit.rz(2 * math.pi * phase, 0)


def _opposite(phase: Angle) -> Angle:
    """Half a turn away, so that the opposite of the opposite is the phase itself, and -1..1 is not left.

    >>> _opposite(0.25), _opposite(0.75), _opposite(-0.25)
    (0.75, 0.25, -0.75)
    """
    on = isinstance(phase, ParameterExpression) or (phase % 1 < 0.5 and phase < 1)
    return phase + 0.5 if on else phase - 0.5


def _array(rows: Any, dtype: Any, copy: bool | None) -> NDArray[np.complex128]:
    if copy is False:
        raise ValueError("a gate's matrix is computed, so it cannot be had without a copy")
    return np.array(rows, dtype=dtype or np.complex128)
