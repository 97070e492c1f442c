"""A noise file: figures that replace the published ones, for each noise model or QPU that it names.

A file is one JSON object. Its keys are noise models of the simulator (``"aria-1"``) and QPUs
(``"qpu.forte-1"``); each value holds any of these, and what is left out stays as published::

    {"aria-1": {
        "gpi": 0.0004, "gpi2": 0.0005,    rate of the depolarizing channel after each gate, 0 to 1 (F 4.3)
        "ms": 0.0133,                     or "zz", whichever the machine has
        "readout": [0.002, 0.005],        probability to read 1 for 0, and 0 for 1; one number stands for both
        "t1": 10.0, "t2": 1.0,            seconds; t2 is 2 t1 at most
        "one_qubit_time": 135e-6,         seconds that a gate takes; used with t1 or t2
        "two_qubit_time": 600e-6}}

Gates run one after the other, as on a chain of ions; every qubit relaxes all the while.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from qiskit_ionq_lite.emulator.devices import DEVICES, IDEAL, NOISE_MODELS, Model, Rates, Relaxation
from qiskit_ionq_lite.errors import IonQInputError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Models: TypeAlias = "Mapping[str, Model]"
"""Name of a noise model or QPU -> the model that replaces the published one."""

_TIMES = {"ms": (135e-6, 600e-6), "zz": (130e-6, 950e-6)}
"""Published durations of gates on one and two qubits, in seconds (F 5.3)."""


class _Figures(msgspec.Struct, forbid_unknown_fields=True):
    gpi: float | None = None
    gpi2: float | None = None
    ms: float | None = None
    zz: float | None = None
    readout: float | tuple[float, float] | None = None
    t1: float | None = None
    t2: float | None = None
    one_qubit_time: float | None = None
    two_qubit_time: float | None = None


def read_noise(path: Path) -> Models:
    """The models of a noise file.

    Raises:
        IonQInputError: the file cannot be read, or says something that cannot be; the message has the key.
    """
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, msgspec.Raw])
        return {name: _model(name, msgspec.json.decode(raw, type=_Figures)) for name, raw in found.items()}
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError, ValueError) as error:
        raise IonQInputError(f"noise file {path}: {error}") from error


def _model(name: str, figures: _Figures) -> Model:
    known = [*(model for model in NOISE_MODELS if model != IDEAL), *DEVICES]
    if name not in known:
        raise ValueError(f"no noise model or QPU {name!r}; {nearest(name, known)}")
    model = DEVICES[name].model if name in DEVICES else NOISE_MODELS[name]
    _check(name, figures, model)
    return replace(
        model,
        rates=_rates(name, figures, model),
        readout=_readout(figures.readout),
        relaxation=_relaxation(figures, model),
    )


def _check(name: str, figures: _Figures, model: Model) -> None:
    foreign = {"ms": "zz", "zz": "ms"}[model.entangler or "ms"]
    if getattr(figures, foreign) is not None:
        raise ValueError(f"{name}.{foreign}: this machine has {model.entangler}, not {foreign}")
    for key in ("gpi", "gpi2", "ms", "zz"):
        _check_range(f"{name}.{key}", getattr(figures, key), 0, 1)
    for value in _readout(figures.readout):
        _check_range(f"{name}.readout", value, 0, 1)
    for key in ("t1", "t2", "one_qubit_time", "two_qubit_time"):
        value = getattr(figures, key)
        if value is not None and not (value > 0 and math.isfinite(value)):
            raise ValueError(f"{name}.{key}: a time in seconds, above 0, not {value}")
    if figures.t1 is not None and figures.t2 is not None and figures.t2 > 2 * figures.t1:
        raise ValueError(f"{name}.t2: at most 2 t1, which is {2 * figures.t1:g}, not {figures.t2:g}")


def _check_range(key: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise ValueError(f"{key}: from {low} to {high}, not {value:g}")


def _rates(name: str, figures: _Figures, model: Model) -> Rates:
    two_qubit = figures.zz if model.entangler == "zz" else figures.ms
    if model.rates is None:
        if figures.gpi2 is None or two_qubit is None:
            raise ValueError(f"{name}: nobody published its rates, so gpi2 and {model.entangler} are needed")
        return Rates(figures.gpi2, two_qubit, figures.gpi)
    published = model.rates
    one_qubit = published.one_qubit if figures.gpi2 is None else figures.gpi2
    half_turn = figures.gpi if figures.gpi is not None or figures.gpi2 is None else published.one_qubit
    return Rates(one_qubit, published.two_qubit if two_qubit is None else two_qubit, half_turn)


def _readout(value: float | tuple[float, float] | None) -> tuple[float, float]:
    if value is None:
        return (0.0, 0.0)
    return value if isinstance(value, tuple) else (value, value)


def _relaxation(figures: _Figures, model: Model) -> Relaxation | None:
    if figures.t1 is None and figures.t2 is None:
        return None
    t1 = math.inf if figures.t1 is None else figures.t1
    t2 = min(2 * t1, math.inf if figures.t2 is None else figures.t2)
    one, two = _TIMES[model.entangler or "ms"]
    return Relaxation(t1, t2, figures.one_qubit_time or one, figures.two_qubit_time or two)
