"""Run options: one frozen, checked value."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from qiskit_ionq_lite.errors import IonQOptionError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MAX_SHOTS = 1_000_000
"""The API's limit for one job (F 4.8)."""

NOISE_MODELS: dict[str, int] = {
    "ideal": 29,
    "harmony": 11,
    "harmony-1": 11,
    "harmony-2": 11,
    "aria-1": 25,
    "aria-2": 25,
    "forte-1": 29,
    "forte-enterprise-1": 29,
}
"""Noise model of the simulator -> most qubits it takes (F 4.1, 4.2)."""

_MAX_SEED = 2**63 - 1
_MIN_DEBIASING_SHOTS = 500  # F 5.6

ALIASES = {"sampler_seed": "seed_simulator", "extra_metadata": "metadata"}
"""Names that qiskit-ionq uses -> ours, so that existing code goes on."""

ANYWAY: dict[str, tuple[Any, ...]] = {
    "meas_level": (2,),
    "meas_return": ("single", "avg"),
    "init_qubits": (True,),
}
"""Qiskit's options -> values that ask for what IonQ does anyway: outcomes are bits, qubits start in 0.

Libraries such as qiskit-experiments always pass them. Of bits there is nothing to average.
"""


@dataclass(frozen=True)
class RunOptions:
    """What :meth:`IonQBackend.run` takes beside the circuits.

    Attributes:
        shots: 1 to 1,000,000 repetitions of each circuit.
        memory: whether the result holds every shot, in order.
        seed_simulator: fixes what chance decides: the noise of the simulator, and the counts that are sampled
            from the ideal simulator's probabilities. 0 to 2^63 - 1; ``None`` draws one.
        noise_model: of the simulator only, one of :data:`NOISE_MODELS`; ``None`` is ``"ideal"``.
        name: the job's name; the circuit's by default.
        metadata: JSON values by name, stored with the job.
        debiasing: error mitigation of a QPU, ``None`` leaves it to the platform; from 500 shots on.
        symmetry_verification: error mitigation of a QPU, ``None`` leaves it to the platform. Shots
            that break a symmetry of the circuit are discarded, so that counts may sum to less.
        dry_run: validate, compile and price the job, without running it.
        session_id: the session that the job joins.
        max_cost_usd: most that the job may cost, in US dollars. The platform is asked for an estimate first,
            and what would cost more is not submitted.
        job_settings: further entries for the job's ``settings``, such as ``{"compilation": {"opt": 0}}``.
    """

    shots: int = 1024
    memory: bool = False
    seed_simulator: int | None = None
    noise_model: str | None = None
    name: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    debiasing: bool | None = None
    symmetry_verification: bool | None = None
    dry_run: bool = False
    session_id: str | None = None
    max_cost_usd: float | None = None
    job_settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            object.__setattr__(self, name, check(name, getattr(self, name)))
        if self.debiasing and self.shots < _MIN_DEBIASING_SHOTS:
            raise IonQOptionError(
                f"debiasing needs at least {_MIN_DEBIASING_SHOTS} shots, and shots is {self.shots}"
            )

    def merged(self, given: Mapping[str, Any]) -> RunOptions:
        """These options, with those that were given in their place.

        Raises:
            IonQOptionError: for an unknown name, or a value of the wrong type or out of range.
        """
        known = {entry.name for entry in fields(self)}
        renamed = {ALIASES.get(name, name): value for name, value in given.items()}
        for name in ANYWAY.keys() & renamed.keys():
            value = renamed.pop(name)
            if value not in ANYWAY[name]:
                raise IonQOptionError(f"{name}={value!r} cannot be had from IonQ, only {ANYWAY[name]}")
        for name in renamed:
            if name not in known:
                raise IonQOptionError(f"unknown run option {name!r}: {nearest(name, known)}")
        return replace(self, **renamed)


def integer(low: int, high: int) -> Callable[[str, Any], int]:
    """A check of an option's value, given its name: a whole number from ``low`` to ``high``."""

    def check(name: str, value: Any) -> int:
        expected = f"{name} must be an integer from {low:,} to {high:,}"
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise IonQOptionError(f"{expected}, not {value!r} of type {type(value).__name__}")
        number = operator.index(value)  # numpy's integers too
        if not low <= number <= high:
            raise IonQOptionError(f"{expected}, not {number:,}")
        return number

    return check


def dollars(name: str, value: Any) -> float:
    """Check an option's value: US dollars."""
    if isinstance(value, bool) or not hasattr(value, "__float__") or not 0 <= float(value) < math.inf:
        raise IonQOptionError(f"{name} must be a number of US dollars, 0 or more, not {value!r}")
    return float(value)


def _flag(name: str, value: Any) -> bool:
    if value not in (True, False):
        raise IonQOptionError(f"{name} must be True or False, not {value!r}")
    return bool(value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise IonQOptionError(f"{name} must be a string, not {value!r} of type {type(value).__name__}")
    return value


def _model(name: str, value: Any) -> str:
    if not isinstance(value, str) or value not in NOISE_MODELS:
        raise IonQOptionError(f"unknown {name} {value!r}: {nearest(value, NOISE_MODELS)}")
    return str(value)


def _table(name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not hasattr(value, "items") or not all(isinstance(key, str) for key in value):
        raise IonQOptionError(f"{name} must be a dictionary with strings as keys, not {value!r}")
    return dict(value)


def _optional(check: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    return lambda name, value: None if value is None else check(name, value)


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "shots": integer(1, MAX_SHOTS),
    "memory": _flag,
    "seed_simulator": _optional(integer(0, _MAX_SEED)),
    "noise_model": _optional(_model),
    "name": _optional(_text),
    "metadata": _table,
    "debiasing": _optional(_flag),
    "symmetry_verification": _optional(_flag),
    "dry_run": _flag,
    "session_id": _optional(_text),
    "max_cost_usd": _optional(dollars),
    "job_settings": _table,
}
