"""A job's physics as one pure function, which runs in this process or in another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.emulator import engine
from qiskit_ionq_lite.emulator.answers import Answer, answer, check, runs
from qiskit_ionq_lite.emulator.compiled import compiled_json, in_native_gates
from qiskit_ionq_lite.emulator.devices import IDEAL, SIMULATOR, model_of
from qiskit_ionq_lite.emulator.inputs import Qasm, measure, parse_circuits
from qiskit_ionq_lite.emulator.methods import MAX_DENSITY_QUBITS
from qiskit_ionq_lite.emulator.preflight import check_model, preflight
from qiskit_ionq_lite.emulator.refusals import PreflightError
from qiskit_ionq_lite.emulator.trajectories import expected_patterns
from qiskit_ionq_lite.emulator.verification import verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit_ionq_lite.emulator.devices import Model, Rates
    from qiskit_ionq_lite.emulator.inputs import CircuitSize, Source
    from qiskit_ionq_lite.emulator.jobs import Verification
    from qiskit_ionq_lite.emulator.noise import Models
    from qiskit_ionq_lite.emulator.outcomes import Outcomes
    from qiskit_ionq_lite.emulator.preflight import Program

SECONDS_PER_AMPLITUDE = 4e-9
"""Time of one gate on one amplitude, on a slow core."""


@dataclass(frozen=True)
class Failure:
    """Why a circuit gave nothing: the platform's failure code, and words."""

    code: str
    message: str


@dataclass(frozen=True)
class Ran:
    """What a circuit gave.

    Attributes:
        outcomes: ``None`` in a mere check.
        compiled: the native circuit that ran, as ``ionq.native.v1``; ``None`` where nothing was compiled.
        verification: where symmetries were looked for.
    """

    outcomes: Outcomes | None
    compiled: bytes | None
    verification: Verification | None = None


@dataclass(frozen=True)
class Task:
    """All that a job's outcomes depend on.

    Attributes:
        input: JSON of the job's ``input``.
        seed: of all random draws; not looked at by ideal circuits.
        check_only: find what is wrong and compile the rest, but run nothing.
        models: that replace the published ones, by name.
        symmetries: whether to discard shots that break one; of gate lists on noisy machines.
    """

    type: str
    input: bytes
    backend: str
    noise_model: str | None
    shots: int
    seed: int
    check_only: bool
    models: Models = field(default_factory=dict)
    symmetries: bool = False

    @property
    def model(self) -> Model:
        """What its circuits meet."""
        name = self.noise_model if self.backend == SIMULATOR else self.backend
        return self.models.get(name or IDEAL) or model_of(self.backend, self.noise_model)


Found: TypeAlias = dict[int, Ran | Answer | Failure]
"""Place of a circuit in its job -> what it gave; in a mere check, nothing for a function that is right."""


def simulate(task: Task) -> Found:
    """Check and run every circuit of a job. One that cannot run does not keep the others from running."""
    model = task.model
    found: Found = {}
    programs: dict[int, Program] = {}
    sources = parse_circuits(task.type, task.input)
    for place, source in enumerate(sources):
        checked = _checked(source, model, task)
        if isinstance(checked, (Answer, Failure)):
            found[place] = checked
        elif checked is not None:
            programs[place] = checked
    if programs:
        given = [sources[place] for place in programs]
        found |= zip(programs, _ran(task, given, list(programs.values()), model), strict=True)
    return found


def seconds(task: Task) -> float:
    """A rough forecast of the time :func:`simulate` takes, rather too long than too short."""
    model = task.model
    circuits = parse_circuits(task.type, task.input)
    sizes = measure(circuits)
    fitting = [size for size in sizes if max(size.qubits, size.used_qubits) <= model.qubits]
    rates = model.rates
    if not isinstance(circuits[0], wire.Circuit):
        shots = 0 if rates is None else task.shots
        return sum(
            runs(one) * _program_seconds(size, shots) for one, size in zip(circuits, fitting, strict=False)
        )
    if rates is None:
        return sum(_ideal_seconds(size) for size in fitting)
    looking = sum(_ideal_seconds(size) for size in fitting) if task.symmetries else 0.0
    return looking + sum(_noisy_seconds(size, rates, task.shots) for size in fitting)


def _checked(source: Source, model: Model, task: Task) -> Program | Answer | Failure | None:
    try:
        check_model(model)
        if isinstance(source, (wire.Circuit, Qasm)):
            return preflight(source, model)
        check(source, model)
        return None if task.check_only else answer(source, model, task.shots, task.seed)
    except PreflightError as error:
        return Failure(error.code, error.text)


def _ran(task: Task, given: list[Source], programs: list[Program], model: Model) -> list[Ran] | list[Failure]:
    native = programs if model.entangler is None else in_native_gates(programs, model.entangler)
    try:
        outcomes = _outcomes(task, native, model)
        verified = _verified(task, given, programs, outcomes)
    except PreflightError as error:
        return [Failure(error.code, error.text)] * len(programs)
    return [
        Ran(found, compiled_json(source, program), verification)
        for (found, verification), source, program in zip(verified, given, native, strict=True)
    ]


def _verified(
    task: Task, given: list[Source], programs: list[Program], outcomes: Sequence[Outcomes | None]
) -> list[tuple[Outcomes | None, Verification | None]]:
    sampled = [found for found in outcomes if found is not None]
    if not task.symmetries or not sampled:
        return [(found, None) for found in outcomes]
    widths = [size.qubits for size in measure(given)]
    return list(verify(programs, widths, sampled))


def _outcomes(task: Task, programs: list[Program], model: Model) -> Sequence[Outcomes | None]:
    if task.check_only:
        return [None] * len(programs)
    if model.name == IDEAL:
        return engine.run_ideal(programs)
    return engine.run_noisy(programs, model, task.shots, task.seed)


def _program_seconds(size: CircuitSize, shots: int) -> float:
    """Reading takes its time; a program that measures on the way runs once per shot."""
    gates = 10 + 3 * size.gates
    return 1e-3 * gates + (shots + 1) * gates * (3e-6 + 2.0**size.used_qubits * SECONDS_PER_AMPLITUDE)


def _ideal_seconds(size: CircuitSize) -> float:
    return 2e-4 + (size.gates + 2) * (5e-6 + 2.0**size.used_qubits * SECONDS_PER_AMPLITUDE)


def _noisy_seconds(size: CircuitSize, rates: Rates, shots: int) -> float:
    compiling = 1e-3 + 2e-5 * size.gates
    gates = 3 * size.gates  # pulses after compiling
    if size.used_qubits <= MAX_DENSITY_QUBITS:
        return compiling + 1e-6 * shots + gates * (5e-6 + 4.0**size.used_qubits * SECONDS_PER_AMPLITUDE)
    trajectories = expected_patterns(rates, gates, 2 * size.more_qubit_gates, shots)
    return compiling + trajectories * gates * (1.2e-5 + 2.0**size.used_qubits * SECONDS_PER_AMPLITUDE)
