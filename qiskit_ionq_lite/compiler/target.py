"""What IonQ's machines take, as Qiskit targets that tell what is known of errors, times and connections.

Qiskit decides by a coupling map whether it lays out and routes a circuit. Gates with properties per qubit,
which errors and times need, come with a coupling map, and then Qiskit moves qubits anywhere on the device
even though every pair of ions interacts: a circuit of three qubits ends up on qubits 0, 1 and 35. So two
answers differ here from Qiskit's own, where every pair interacts:

- ``target.build_coupling_map()`` is ``None``, which is Qiskit's word for "no constraint on connectivity"
  (:class:`AllToAll`);
- ``backend.coupling_map`` is :class:`EveryPair`: its edges are there for those who read them, as Aer and
  Qiskit's plots do, and it is false where Qiskit asks ``if coupling_map`` before it lays out. (So does
  ``plot_error_map`` before it draws edges; give it ``AerSimulator.from_backend(backend, noise_model=None)``,
  which has the same target and an ordinary coupling map.)

What was tried in their place, with Qiskit 2.0 to 2.6: properties of a global gate, ``{None: properties}``,
are kept by the target, but Aer fails on them; a layout stage of one's own has no hook in ``BackendV2``, only
translation and scheduling have; a true coupling map in ``backend.coupling_map`` is taken by ``transpile``,
even if the target has none; ``AerSimulator.from_backend`` fails if it is ``None``.

Where fewer pairs interact (F 5.4), both answers are Qiskit's own, and it routes.

Of IonQ's abstract gates, a target holds those that everyone can read; ``backend.run()`` takes and sends the
others as they are, and Qiskit brings them to these with as many entanglers:

- no gates on three qubits: Qiskit's pass managers refuse a backend that has both them and a coupling map, an
  Aer simulator made of it too, and nobody publishes their errors;
- no ``ch``, ``cs`` and ``csdg``, which Aer does not run;
- of the other controlled gates ``cx`` and ``cz``: Aer builds one error for each gate and pair, 1,260 for a
  two-qubit gate on 36 ions, and hands all of them to its engine in each run: half a second a gate.
  :class:`_Pulse` says what else keeps Aer's models small.

Branches and loops are in every target, so that ``transpile`` compiles what stands in them and simulators made
of a target run them. IonQ itself runs none (F 9.3), and only ``backend.run()`` can say so in its own words.
"""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING, Any, TypeAlias

from qiskit.circuit import (
    BreakLoopOp,
    ContinueLoopOp,
    Delay,
    Gate,
    Measure,
    Parameter,
    Reset,
    get_control_flow_name_mapping,
)
from qiskit.circuit.equivalence_library import SessionEquivalenceLibrary
from qiskit.circuit.library import CXGate, CZGate, IGate
from qiskit.providers import QubitProperties
from qiskit.transpiler import CouplingMap, InstructionProperties, Target

from qiskit_ionq_lite.compiler.device import Device, Figures
from qiskit_ionq_lite.compiler.equivalences import teach
from qiskit_ionq_lite.errors import IonQInputError
from qiskit_ionq_lite.gates import ENTANGLERS, NATIVE_GATES, QIS_GATES, GPI2Gate, GPIGate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qiskit.circuit import Instruction

    Properties: TypeAlias = dict[tuple[int, ...], InstructionProperties]

_CLOCK = 1e-9
"""Length of a ``dt``, in seconds. IonQ has none, but without one Qiskit refuses delays in dt, its default."""

_FRAME_CHANGES = {"id", "z", "s", "sdg", "t", "tdg", "rz"}
"""Turns about Z, which take no pulse."""

_ENTANGLERS_OF_A_SWAP = 3

CONTROL_FLOW = get_control_flow_name_mapping() | {"break_loop": BreakLoopOp, "continue_loop": ContinueLoopOp}
"""Qiskit's branches and loops, and the ways out of these, by name."""


class AllToAll(Target):
    """A target on which every pair interacts, whatever is known of each."""

    def build_coupling_map(
        self, two_q_gate: str | None = None, filter_idle_qubits: bool = False
    ) -> CouplingMap | None:
        """``None``, as Qiskit says that nothing is constrained; for one gate, its pairs."""
        return None if two_q_gate is None else super().build_coupling_map(two_q_gate, filter_idle_qubits)


class EveryPair(CouplingMap):
    """All pairs, both ways; false, since it constrains nothing.

    >>> pairs = EveryPair.from_full(3)
    >>> len(pairs.get_edges()), bool(pairs)
    (6, False)
    """

    __slots__ = ()

    def __bool__(self) -> bool:
        return False


def qis_target(machine: int | Device) -> Target:
    """IonQ's abstract gates on one and two qubits, ``cx`` and ``cz``; IonQ compiles them.

    Args:
        machine: what is known of it, or just its number of qubits.

    >>> qis_target(11).num_qubits, "rzz" in qis_target(11).operation_names
    (11, True)
    """
    gates = [row.gate for row in QIS_GATES.values()]
    return _target(machine, [IGate, *gates, CXGate, CZGate], "IonQ's abstract gates")


def native_target(machine: int | Device, entangler: str) -> Target:
    """The pulses of a family: gpi, gpi2 and ``entangler``, which is "ms" or "zz".

    Args:
        machine: what is known of it, or just its number of qubits.
        entangler: the two-qubit gate.

    >>> [gate.name for gate, _ in native_target(2, "zz").instructions if isinstance(gate, Gate)]
    ['gpi', 'gpi2', 'zz']
    """
    teach(SessionEquivalenceLibrary)  # for targets made of this one, as AerSimulator.from_backend makes them
    return _target(machine, [GPIGate, GPI2Gate, NATIVE_GATES[entangler]], "IonQ's native gates")


def entangler_in(target: Target) -> str:
    """The native two-qubit gate of a target.

    Raises:
        IonQInputError: it has none, so it is no target of native gates.
    """
    found = set(ENTANGLERS.values()).intersection(target.operation_names)
    if len(found) != 1:
        names = ", ".join(sorted(target.operation_names)) or "nothing"
        raise IonQInputError(f"a target of IonQ's native gates holds either ms or zz, this one holds {names}")
    return found.pop()


def _target(machine: int | Device, gates: list[type[Gate]], description: str) -> Target:
    device = Device(machine) if isinstance(machine, int) else machine
    qubits = [QubitProperties(t1=device.t1, t2=device.t2) for _ in range(device.num_qubits)]
    kind = AllToAll if device.pairs is None else Target
    target = kind(description, device.num_qubits, dt=_CLOCK, qubit_properties=qubits)
    for instruction in [*map(_with_parameters, gates), Measure(), Reset(), Delay(Parameter("t"))]:
        target.add_instruction(instruction, _properties(instruction, device))
    for name, operation in CONTROL_FLOW.items():
        target.add_instruction(operation, name=name)
    return target


def _properties(instruction: Instruction, device: Device) -> Properties | None:
    """Properties for each place that the instruction has on the device; ``None`` makes it global."""
    if device.is_blank:
        return None
    figures = _figures(instruction, device)
    kind = _kind(instruction, figures)
    return {
        place: kind(duration=figures.duration, error=figures.error)
        for place in _places(instruction.num_qubits, device)
    }


def _figures(instruction: Instruction, device: Device) -> Figures:
    one = device.one_qubit
    if instruction.name == "swap":
        return _swap(device)
    if instruction.name in _FRAME_CHANGES:
        return Figures(None if one.error is None else 0.0, None if one.duration is None else 0.0)
    if isinstance(instruction, Gate):
        return device.two_qubit if instruction.num_qubits == 2 else one
    return {"measure": device.readout, "reset": device.reset}.get(instruction.name, Figures())


def _swap(device: Device) -> Figures:
    """Unknown where IonQ's compiler may just exchange labels; else three entanglers."""
    if device.pairs is None:
        return Figures()
    error, duration = device.two_qubit.error, device.two_qubit.duration
    return Figures(
        None if error is None else 1 - (1 - error) ** _ENTANGLERS_OF_A_SWAP,
        None if duration is None else duration * _ENTANGLERS_OF_A_SWAP,
    )


def _places(num_qubits: int, device: Device) -> Iterable[tuple[int, ...]]:
    every = range(device.num_qubits)
    if num_qubits == 1:
        return ((qubit,) for qubit in every)
    if device.pairs is None:
        return ((i, j) for i in every for j in every if i != j)
    return sorted({*device.pairs, *((j, i) for i, j in device.pairs)})


def _kind(instruction: Instruction, figures: Figures) -> Any:
    if instruction.name == "measure" and figures.error is None:
        return _UnknownReadout
    if isinstance(instruction, Gate) and figures.error is not None and figures.duration is not None:
        return _Pulse
    return InstructionProperties


class _UnknownReadout(InstructionProperties):
    """A measurement whose error nobody knows.

    Aer reads these two probabilities where they are, and otherwise computes with ``error``, even if it is
    ``None``, and fails.
    """

    prob_meas1_prep0 = 0.0
    prob_meas0_prep1 = 0.0


class _Pulse(InstructionProperties):
    """A gate of known error and duration; what T1 and T2 do meanwhile is in the error, which was measured so.

    Aer would split the error into relaxation and depolarizing, with the same average fidelity. On two qubits
    that takes 144 terms instead of 16, and for 36 ions half a minute instead of two seconds, and as much
    again for each run. It asks ``if duration`` first, so the duration is false, and Aer's noise is
    depolarizing, as that of IonQ's own models is (F 4.3). Delays relax with T1 and T2 all the same.
    """

    @property
    def duration(self) -> float | None:
        """In seconds."""
        seconds = super().duration
        return None if seconds is None else _Seconds(seconds)

    @duration.setter
    def duration(self, seconds: float | None) -> None:
        InstructionProperties.duration.__set__(self, seconds)


class _Seconds(float):
    """A number like any other, but false."""

    def __bool__(self) -> bool:
        return False


def _with_parameters(gate: type[Gate]) -> Gate:
    """The gate with a free parameter for each of its angles."""
    names = [name for name in signature(gate).parameters if name in _ANGLES]
    return gate(*(Parameter(name) for name in names))


_ANGLES = ("theta", "phi", "phase", "phase0", "phase1", "angle")
"""What Qiskit's and our gates call their angles."""
