"""IonQ's JSON as typed values, written and read by both towers.

A field that is left at its default is not on the wire. Reading ignores unknown keys, because released
clients send some (F 13.1), and refuses wrong types with the path of the offending key.

>>> msgspec.json.encode(Gate("x", target=1, control=0))
b'{"gate":"x","target":1,"control":0}'
>>> msgspec.json.decode(b'{"gate":"rz","target":0,"rotation":0.5}', type=Gate).rotation
0.5
"""

from __future__ import annotations

import msgspec


class Gate(msgspec.Struct, omit_defaults=True, gc=False):
    """One gate, QIS or native (F 1.4, 1.13, 2.2).

    ``rotation`` and ``time`` are radians; ``phase``, ``phases`` and ``angle`` are turns. Singular and
    plural forms of targets and controls are interchangeable; we write the singular where it fits.
    """

    gate: str
    target: int | None = None
    targets: list[int] | None = None
    control: int | None = None
    controls: list[int] | None = None
    rotation: float | None = None
    phase: float | None = None
    phases: list[float] | None = None
    angle: float | None = None
    terms: list[str] | None = None
    coefficients: list[float] | None = None
    time: float | None = None


class Circuit(msgspec.Struct, omit_defaults=True):
    """One circuit: the ``input`` of ``ionq.circuit.v1``, or an item of a multi-circuit job's ``circuits``."""

    circuit: list[Gate]
    qubits: int | None = None
    gateset: str | None = None
    name: str | None = None
    registers: dict[str, list[int | None]] | None = None


class MultiCircuit(msgspec.Struct, omit_defaults=True):
    """The ``input`` of ``ionq.multi-circuit.v1``."""

    circuits: list[Circuit]
    gateset: str
    qubits: int | None = None


class Program(msgspec.Struct):
    """The ``input`` of ``ionq.qasm3.v1``: OpenQASM 3 text."""

    data: str


class Noise(msgspec.Struct, omit_defaults=True):
    """The simulator's noise model and seed (F 4.2, 4.9)."""

    model: str
    seed: int | None = None
