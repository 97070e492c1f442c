"""Options of the primitives: frozen, checked values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import ceil, isfinite
from numbers import Real
from typing import Any, TypeVar

from qiskit_ionq_lite.errors import IonQOptionError, nearest
from qiskit_ionq_lite.options import MAX_SHOTS, RunOptions

GROUPINGS = ("auto", "qubit-wise", "commuting")
_DECIDED_HERE = ("shots", "memory", "session_id", "dry_run")
_Options = TypeVar("_Options", "SamplerOptions", "EstimatorOptions")


@dataclass(frozen=True)
class SamplerOptions:
    """Options of :class:`~qiskit_ionq_lite.IonQSampler`.

    Attributes:
        default_shots: shots of PUBs that bring none of their own, 1 to 1,000,000.
        run_options: further options of ``backend.run()``, such as ``{"debiasing": False}``.
    """

    default_shots: int = 1024
    run_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "default_shots", RunOptions().merged({"shots": self.default_shots}).shots)
        object.__setattr__(self, "run_options", _run_options(self.run_options))


@dataclass(frozen=True)
class EstimatorOptions:
    """Options of :class:`~qiskit_ionq_lite.IonQEstimator`.

    Attributes:
        default_precision: of PUBs that bring none of their own. As in Qiskit's ``BackendEstimatorV2``, each
            circuit is run ``ceil(1 / precision**2)`` times, so that one Pauli string has at most this
            standard error. The ideal simulator is exact whatever the precision.
        grouping: which terms one circuit measures: ``"qubit-wise"`` those that agree on every qubit;
            ``"commuting"`` all that commute, with entanglers before the measurement; ``"auto"`` the second
            where it takes fewer circuits and, on machines with noise, few entanglers.
        quantum_function: let the platform compute each energy, as a ``quantum-function`` job of its own.
        run_options: further options of ``backend.run()``, such as ``{"seed_simulator": 7}``.
    """

    default_precision: float = 0.015625
    grouping: str = "auto"
    quantum_function: bool = False
    run_options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "default_precision", checked_precision(self.default_precision))
        object.__setattr__(self, "run_options", _run_options(self.run_options))
        if self.grouping not in GROUPINGS:
            raise IonQOptionError(f"unknown grouping {self.grouping!r}: {nearest(self.grouping, GROUPINGS)}")
        if not isinstance(self.quantum_function, bool):
            raise IonQOptionError(f"quantum_function must be True or False, not {self.quantum_function!r}")


def checked_precision(precision: Any) -> float:
    """A precision, 0 or more.

    Raises:
        IonQOptionError: for anything else.
    """
    if isinstance(precision, bool) or not isinstance(precision, Real) or not isfinite(precision):
        raise IonQOptionError(f"precision must be a number from 0, not {precision!r}")
    if precision < 0:
        raise IonQOptionError(f"precision must be 0 or more, not {precision}")
    return float(precision)


def shots_for(precision: float) -> int:
    """Shots of each circuit.

    Raises:
        IonQOptionError: if the platform takes fewer.

    >>> shots_for(0.1)
    100
    """
    least = MAX_SHOTS**-0.5
    if precision < least * (1 - 1e-9):
        raise IonQOptionError(
            f"precision {precision:g} needs more than {MAX_SHOTS:,} shots, which IonQ does not take: ask for "
            f"{least:g} or more, or use the ideal simulator, which is exact"
        )
    return min(MAX_SHOTS, ceil(round(precision**-2, 6)))


def as_options(given: Any, kind: type[_Options]) -> _Options:
    """Options as they are, or from a mapping of names to values.

    Raises:
        IonQOptionError: for anything else, and for unknown names.
    """
    if given is None:
        return kind()
    if isinstance(given, kind):
        return given
    if not isinstance(given, Mapping):
        raise IonQOptionError(f"options must be {kind.__name__} or a dictionary, not {given!r}")
    known = [entry.name for entry in fields(kind)]
    for name in given:
        if name not in known:
            raise IonQOptionError(f"unknown option {name!r}: {nearest(name, known)}")
    return kind(**given)


def _run_options(given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise IonQOptionError(f"run_options must be a dictionary, not {given!r}")
    for name in given:
        if name in _DECIDED_HERE:
            raise IonQOptionError(
                f"run_options cannot hold {name!r}, which the primitive decides: shots come with run() or "
                "default_shots, precision or default_precision, a session with session="
            )
    RunOptions().merged(given)
    return dict(given)
