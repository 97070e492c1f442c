"""The machines that the local cloud speaks for: one row each, with published figures.

Rates are the parameters of IonQ's depolarizing channel after each native gate (F 4.3): the probability of an
error is 3/4 of the one-qubit rate and 15/16 of the two-qubit rate. Fidelities and times are published medians
(F 5.3). Two figures are **not** published by IonQ and stand in for them: the rates of ``forte-enterprise-1``
are those of ``forte-1`` (F 13.10), and readout and reset times are of the right order of magnitude only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from qiskit_ionq_lite.gates import QIS_ALIASES, QIS_GATES, entangler_of

Document: TypeAlias = dict[str, Any]
"""A JSON object on its way out."""

_WEEKS = 26  # of characterizations
LAST_UPDATED = "2026-10-01T00:00:00.000Z"
IDEAL = "ideal"
SIMULATOR = "simulator"


@dataclass(frozen=True)
class Rates:
    """Depolarizing rates of one model.

    Attributes:
        one_qubit: parameter of the channel after each ``gpi`` and ``gpi2``.
        two_qubit: parameter of the channel after each ``ms`` or ``zz``.
        half_turn: of ``gpi``, where it differs.
    """

    one_qubit: float
    two_qubit: float
    half_turn: float | None = None


@dataclass(frozen=True)
class Relaxation:
    """How fast states decay, and how long gates take, in seconds."""

    t1: float
    t2: float
    one_qubit: float
    two_qubit: float


@dataclass(frozen=True)
class Fidelity:
    """Median fidelities, between 0 and 1."""

    one_qubit: float
    two_qubit: float
    spam: float


@dataclass(frozen=True)
class Timing:
    """Durations in seconds."""

    one_qubit: float
    two_qubit: float
    t1: float = 10.0
    t2: float = 1.0
    readout: float = 300e-6
    reset: float = 20e-6


@dataclass(frozen=True)
class Model:
    """What a circuit meets: a number of qubits, an entangler, and noise.

    Attributes:
        name: as in ``noise.model``.
        qubits: limit on the circuit's width (F 4.1).
        rates: ``None`` where there is no noise, or no published noise.
        readout: probability to read 1 for 0, and to read 0 for 1; none is published for models (F 4.5).
        relaxation: ``None`` where states do not decay.
    """

    name: str
    qubits: int
    rates: Rates | None
    readout: tuple[float, float] = (0.0, 0.0)
    relaxation: Relaxation | None = None

    @property
    def only_paulis(self) -> bool:
        """Whether its gates meet nothing but Pauli errors, of one rate for one qubit and one for two."""
        return self.relaxation is None and (self.rates is None or self.rates.half_turn is None)

    @property
    def entangler(self) -> str | None:
        """The only two-qubit native gate it runs, ``None`` where it runs both."""
        return None if self.name == IDEAL else entangler_of(self.name)

    @property
    def native_gates(self) -> list[str]:
        """Wire names of the native gates it runs."""
        entanglers = ["ms", "zz"] if self.entangler is None else [self.entangler]
        return ["gpi", "gpi2", *entanglers]


@dataclass(frozen=True)
class Device:
    """A QPU.

    Attributes:
        name: as in a job's ``backend``.
        model: how it behaves here.
        queue_ms: average time in the queue that is reported, in milliseconds.
        kw: average power.
    """

    name: str
    model: Model
    fidelity: Fidelity
    timing: Timing
    queue_ms: int = 0
    kw: float = 0.0
    location: str = "this computer"
    updated: str = field(default=LAST_UPDATED)

    @property
    def characterization_id(self) -> str:
        """Always the same for the same figures."""
        return str(uuid5(NAMESPACE_URL, f"https://api.ionq.co/{self.name}/{self.updated}"))


_ARIA_1 = Rates(0.0005, 0.0133)
_ARIA_2 = Rates(0.0006573333333333332, 0.01856)
_FORTE_1 = Rates(0.0002666666666666667, 0.004949333333333333)

NOISE_MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model(IDEAL, 29, None),
        Model("aria-1", 25, _ARIA_1),
        Model("aria-2", 25, _ARIA_2),
        Model("forte-1", 29, _FORTE_1),
        Model("forte-enterprise-1", 29, _FORTE_1),
        Model("harmony", 11, None),
        Model("harmony-1", 11, None),
        Model("harmony-2", 11, None),
    )
}
"""The simulator's noise models; those without rates cannot run (F 4.3), except ``ideal``."""

_ARIA_TIMING = Timing(135e-6, 600e-6)
_FORTE_TIMING = Timing(130e-6, 950e-6)

DEVICES: dict[str, Device] = {
    device.name: device
    for device in (
        Device("qpu.aria-1", Model("aria-1", 25, _ARIA_1), Fidelity(0.9995, 0.996, 0.9961), _ARIA_TIMING),
        Device("qpu.aria-2", Model("aria-2", 25, _ARIA_2), Fidelity(0.9995, 0.996, 0.9961), _ARIA_TIMING),
        Device("qpu.forte-1", Model("forte-1", 36, _FORTE_1), Fidelity(0.9998, 0.993, 0.995), _FORTE_TIMING),
        Device(
            "qpu.forte-enterprise-1",
            Model("forte-enterprise-1", 36, _FORTE_1),
            Fidelity(0.9998, 0.995, 0.995),
            _FORTE_TIMING,
        ),
    )
}
"""The QPUs by name."""

BACKENDS: tuple[str, ...] = (SIMULATOR, *DEVICES)


def model_of(backend: str, noise_model: str | None) -> Model:
    """What a circuit meets on a backend; the noise model counts on the simulator only (F 4.10)."""
    if backend in DEVICES:
        return DEVICES[backend].model
    return NOISE_MODELS[noise_model or IDEAL]


def backend_document(name: str) -> Document:
    """The answer of ``GET /backends/{name}``; times in milliseconds."""
    gates = [*QIS_GATES, *QIS_ALIASES, "pauliexp"]
    shared = {"backend": name, "status": "available", "degraded": False, "supported_gates": gates}
    if name == SIMULATOR:
        return shared | _simulator_fields()
    device = DEVICES[name]
    return shared | {
        "qubits": device.model.qubits,
        "average_queue_time": device.queue_ms,
        "last_updated": device.updated,
        "characterization_id": device.characterization_id,
        "kw": device.kw,
        "location": device.location,
        "supported_native_gates": device.model.native_gates,
        "supported_error_mitigations": ["debiasing"],
    }


def _simulator_fields() -> Document:
    ideal = NOISE_MODELS[IDEAL]
    return {
        "qubits": ideal.qubits,
        "average_queue_time": 0,
        "last_updated": LAST_UPDATED,
        "supported_native_gates": ideal.native_gates,
        "supported_error_mitigations": [],
        "noise_models": [name for name, model in NOISE_MODELS.items() if name == IDEAL or model.rates],
    }


def characterization(device: Device) -> Document:
    """One characterization; times in seconds (F 5.9)."""
    fidelity, timing = device.fidelity, device.timing
    return {
        "id": device.characterization_id,
        "backend": device.name,
        "date": device.updated,
        "qubits": device.model.qubits,
        "connectivity": [list(pair) for pair in combinations(range(device.model.qubits), 2)],
        "fidelity": {
            "1q": {"median": fidelity.one_qubit},
            "2q": {"median": fidelity.two_qubit},
            "spam": {"median": fidelity.spam},
        },
        "timing": {
            "1q": timing.one_qubit,
            "2q": timing.two_qubit,
            "readout": timing.readout,
            "reset": timing.reset,
            "t1": timing.t1,
            "t2": timing.t2,
        },
    }


def history(backend: str) -> list[Device]:
    """A QPU on each day on which it was characterized, newest first; a simulator never was.

    There is one a week, for half a year. IonQ publishes no figures by date, so that they are the same in all.
    """
    if backend not in DEVICES:
        return []
    device = DEVICES[backend]
    newest = datetime.fromisoformat(device.updated.removesuffix("Z"))
    days = (newest - timedelta(weeks=week) for week in range(_WEEKS))
    return [replace(device, updated=day.isoformat(timespec="milliseconds") + "Z") for day in days]
