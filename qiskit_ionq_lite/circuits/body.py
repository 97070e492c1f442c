"""Circuits and options -> the body of ``POST /jobs``, within the platform's limits."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from qiskit_ionq_lite.circuits import header as headers
from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.encode import EncodedCircuit
from qiskit_ionq_lite.circuits.header import CircuitHeader, JobHeader
from qiskit_ionq_lite.circuits.program import EncodedProgram
from qiskit_ionq_lite.errors import IonQCircuitError, IonQOptionError
from qiskit_ionq_lite.notices import notify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeAlias

    from qiskit_ionq_lite.options import RunOptions

    Encoded: TypeAlias = EncodedCircuit | EncodedProgram

MAX_CIRCUITS, MAX_GATES, MAX_BYTES = 5_000, 150_000, 10_000_000
"""Limits of one platform job (F 6.9, 7.1)."""

_FORBIDDEN_IN_NAME = re.compile(r"[^A-Za-z0-9 _-]")  # F 6.12
_MAX_NAME = 128  # the platform publishes no limit; this is ours
_MAX_NOISE_SEED = 2**31 - 1  # F 4.9: an int32, from 1


_Input = TypeVar("_Input")


class JobBody(msgspec.Struct, Generic[_Input], omit_defaults=True):
    """The body of ``POST /jobs`` (``CircuitJobCreationPayload`` and its sisters)."""

    type: str
    backend: str
    shots: int
    input: _Input
    metadata: dict[str, str]
    name: str | None = None
    noise: wire.Noise | None = None
    settings: dict[str, Any] | None = None
    session_id: str | None = None
    dry_run: bool = False


def job_header(
    circuits: Sequence[Encoded],
    options: RunOptions,
    seed: int,
    positions: Sequence[int] = (),
    previous: str = "",
) -> JobHeader:
    """What the job's result will need; for positions and previous see :class:`JobHeader`."""
    entries = tuple(
        CircuitHeader(c.name, c.layout, c.metadata, c.registers if isinstance(c, EncodedProgram) else ())
        for c in circuits
    )
    return JobHeader(options.shots, options.memory, seed, entries, tuple(positions), previous)


def job_body(
    backend: str,
    gateset: str,
    circuits: Sequence[Encoded],
    options: RunOptions,
    header: JobHeader,
    token: str,
) -> bytes:
    """The JSON to post, compact.

    Raises:
        IonQCircuitError: if the circuits exceed a limit of the platform.
        IonQOptionError: if the metadata does.
    """
    _check_size(circuits)
    body = JobBody(
        type=job_type(circuits),
        backend=backend,
        shots=options.shots,
        name=job_name(
            options.name or (circuits[0].name if len(circuits) == 1 else f"{len(circuits)} circuits")
        ),
        input=_input(gateset, circuits),
        metadata=_metadata(options.metadata, header, token),
        noise=_noise(options, header.seed) if backend == "simulator" else None,
        settings=_settings(options, backend, circuits),
        session_id=options.session_id,
        dry_run=options.dry_run,
    )
    data = msgspec.json.encode(body)
    if len(data) > MAX_BYTES:
        raise IonQCircuitError(
            f"the job has {len(data):,} bytes and IonQ takes {MAX_BYTES:,}: run fewer circuits at a time"
        )
    return data


def job_name(name: str) -> str:
    """``name`` in the characters that the platform allows.

    >>> job_name("Bell (ideal)")
    'Bell -ideal-'
    """
    return _FORBIDDEN_IN_NAME.sub("-", name)[:_MAX_NAME]


def noise_seed(seed: int) -> int:
    """``seed`` as the platform's noise seed, 1 to 2^31 - 1: itself where it fits.

    >>> noise_seed(42), noise_seed(0), noise_seed(2**31 - 1)
    (42, 2147483647, 2147483647)
    """
    return seed % _MAX_NOISE_SEED or _MAX_NOISE_SEED


def _check_size(circuits: Sequence[Encoded]) -> None:
    gates = sum(circuit.size for circuit in circuits)
    if len(circuits) > MAX_CIRCUITS:
        raise IonQCircuitError(
            f"{len(circuits):,} circuits in one run, and IonQ takes {MAX_CIRCUITS:,} a job"
        )
    if gates > MAX_GATES:
        raise IonQCircuitError(f"{gates:,} gates in one run, and IonQ takes {MAX_GATES:,} a job")


def job_type(circuits: Sequence[Encoded]) -> str:
    """The platform's type of a job that holds these circuits."""
    if len(circuits) > 1:
        return "ionq.multi-circuit.v1"
    return "ionq.qasm3.v1" if isinstance(circuits[0], EncodedProgram) else "ionq.circuit.v1"


def _input(gateset: str, circuits: Sequence[Encoded]) -> wire.Circuit | wire.MultiCircuit | wire.Program:
    if len(circuits) == 1:
        (only,) = circuits
        if isinstance(only, EncodedProgram):
            return wire.Program(only.text)
        return wire.Circuit(only.gates, qubits=only.num_qubits, gateset=gateset)
    flat = [circuit for circuit in circuits if isinstance(circuit, EncodedCircuit)]
    if len(flat) < len(circuits):
        raise IonQCircuitError("an OpenQASM 3 program takes a job of its own")
    items = [wire.Circuit(c.gates, qubits=c.num_qubits, name=job_name(c.name)) for c in flat]
    return wire.MultiCircuit(items, gateset, qubits=max(c.num_qubits for c in flat))


def _noise(options: RunOptions, seed: int) -> wire.Noise:
    model = options.noise_model or "ideal"
    return wire.Noise(model, None if model == "ideal" else noise_seed(seed))


def _settings(options: RunOptions, backend: str, circuits: Sequence[Encoded]) -> dict[str, Any] | None:
    settings = dict(options.job_settings)
    if isinstance(circuits[0], EncodedProgram):  # results by register need it (F 7.3)
        settings["compilation"] = {"service_version": "v0.4", **settings.get("compilation", {})}
    asked = {"debiasing": options.debiasing, "symmetry_verification": options.symmetry_verification}
    mitigation = {name: value for name, value in asked.items() if value is not None}
    if mitigation and backend != "simulator":  # simulators have none (F 4.11)
        settings["error_mitigation"] = {**settings.get("error_mitigation", {}), **mitigation}
    plain: dict[str, Any] = msgspec.json.decode(headers.jsonable("job_settings", settings))
    return plain or None


def _metadata(given: Mapping[str, Any], header: JobHeader, token: str) -> dict[str, str]:
    """The user's values, the submission's token and the header; circuit metadata gives way to the limits."""
    own = as_texts(given) | {headers.TOKEN_KEY: token}
    room = headers.MAX_KEYS - len(own)
    packed = headers.pack(header, room)
    if packed is None:
        bare = replace(header, circuits=tuple(replace(c, metadata={}) for c in header.circuits))
        packed = headers.pack(bare, room)
        if packed is None:
            raise IonQOptionError(
                f"metadata has {len(given)} keys, and IonQ's {headers.MAX_KEYS} do not hold them beside the "
                "description of the circuits: use fewer keys, or fewer circuits"
            )
        notify("the circuits' metadata is too long for the job's and was left out: results will lack it")
    return own | packed


def as_texts(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The user's metadata as the platform keeps it: texts as they are, anything else as JSON.

    Raises:
        IonQOptionError: for what is not JSON, or does not fit the platform's limits.
    """
    return {key: _user_value(key, value) for key, value in metadata.items()}


def _user_value(key: str, value: Any) -> str:
    if len(key) > headers.MAX_KEY_LENGTH or key.startswith(headers.PREFIX):
        raise IonQOptionError(
            f"metadata key {key!r}: keys have at most {headers.MAX_KEY_LENGTH} characters, and those that "
            f"start with {headers.PREFIX!r} are taken"
        )
    text = value if isinstance(value, str) else headers.jsonable(f"metadata {key!r}", value)
    if len(text) > headers.MAX_VALUE_LENGTH:
        raise IonQOptionError(
            f"metadata {key!r} has {len(text):,} characters, and IonQ takes {headers.MAX_VALUE_LENGTH:,}"
        )
    return text
