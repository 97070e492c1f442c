"""Request bodies: parsed once, at the door, into typed and checked values, or refused with a 400.

As lenient as the platform with what released clients send (F 13.1): unknown keys are ignored, ``shots`` may
be a numeric string and ``noise.seed`` null. Everything else that is malformed names its key.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.emulator.devices import BACKENDS, NOISE_MODELS, SIMULATOR
from qiskit_ionq_lite.emulator.refusals import RefusalError, bad_request
from qiskit_ionq_lite.errors import nearest

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_CIRCUITS = 5_000
MAX_GATES = 150_000
MAX_SHOTS = 1_000_000
DEFAULT_SHOTS = 100
MAX_SEED = 2**31
MAX_METADATA_KEYS, MAX_METADATA_KEY, MAX_METADATA_VALUE = 10, 40, 40_000
GATESETS = ("qis", "native")

SINGLE = "ionq.circuit.v1"
MULTI = "ionq.multi-circuit.v1"

_NAME = re.compile(r"[A-Za-z0-9 _-]*")
_PATH = re.compile(r"^(?P<text>.*) - at `(?:key in )?\$\.?(?P<path>[^`]*)`$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(\w+)`")


class Compilation(msgspec.Struct, omit_defaults=True):
    """``settings.compilation``: kept and echoed, without effect here (F 7.3)."""

    opt: float | None = None
    precision: str | None = None
    gate_basis: str | None = None
    service_version: str | None = None


class ErrorMitigation(msgspec.Struct, omit_defaults=True):
    """``settings.error_mitigation``: kept and echoed, without effect here (F 4.11)."""

    debiasing: bool | None = None
    symmetry_verification: bool | None = None


class Settings(msgspec.Struct, omit_defaults=True):
    """A job's ``settings``, as far as the answer may repeat them."""

    compilation: Compilation | None = None
    error_mitigation: ErrorMitigation | None = None


class _Request(msgspec.Struct):
    type: str
    backend: str
    input: msgspec.Raw
    shots: int | str | None = None
    name: str | None = None
    metadata: msgspec.Raw = msgspec.Raw(b"null")
    session_id: str | None = None
    settings: Settings | None = None
    dry_run: bool | None = None
    noise: wire.Noise | None = None


class _Ids(msgspec.Struct):
    ids: list[str]


class CircuitSize(msgspec.Struct, frozen=True):
    """What a job document says about a circuit; gates on one qubit, and on more."""

    qubits: int
    one_qubit_gates: int
    more_qubit_gates: int


class Submission(msgspec.Struct, frozen=True):
    """A checked ``POST /jobs``.

    Attributes:
        metadata: its JSON exactly as it came, ``None`` when there was none.
        input: the JSON of ``input``, exactly as it came.
        noise_model: on the simulator always a known model, elsewhere ``None``.
    """

    type: str
    backend: str
    input: bytes
    circuits: list[wire.Circuit]
    sizes: list[CircuitSize]
    shots: int
    name: str | None
    metadata: str | None
    session_id: str | None
    settings: Settings
    dry_run: bool
    noise_model: str | None
    noise_seed: int | None


def parse_submission(body: bytes) -> Submission:
    """Read and check the body of ``POST /jobs``.

    Raises:
        RefusalError: 400, with the keys that are wrong.
    """
    request = _decode(body, _Request, "")
    _check_name(request.name)
    circuits = parse_circuits(request.type, request.input)
    noise = _noise(request)
    return Submission(
        type=request.type,
        backend=_backend(request.backend),
        input=bytes(request.input),
        circuits=circuits,
        sizes=_sizes(circuits),
        shots=_shots(request.shots),
        name=request.name,
        metadata=_metadata(request.metadata),
        session_id=request.session_id,
        settings=request.settings or Settings(),
        dry_run=bool(request.dry_run),
        noise_model=noise.model if noise else None,
        noise_seed=noise.seed if noise else None,
    )


def parse_circuits(job_type: str, input_json: bytes | msgspec.Raw) -> list[wire.Circuit]:
    """The circuits of a job's ``input``, each with its own ``gateset`` and, where declared, ``qubits``."""
    reader = _READERS.get(job_type)
    if reader is None:
        raise bad_request(
            f"Job type {job_type!r} does not run here; this server runs: {', '.join(_READERS)}.", "type"
        )
    return reader(input_json)


def parse_ids(body: bytes) -> list[str]:
    """The ids of a bulk request."""
    ids: list[str] = _decode(body, _Ids, "").ids
    return ids


def _single(input_json: bytes | msgspec.Raw) -> list[wire.Circuit]:
    return [_complete(_decode(input_json, wire.Circuit, "input"), "qis", None, "input")]


class _MultiInput(msgspec.Struct):
    circuits: list[wire.Circuit]
    gateset: str = "qis"
    qubits: int | None = None
    circuit: msgspec.Raw = msgspec.Raw(b"")


def _multi(input_json: bytes | msgspec.Raw) -> list[wire.Circuit]:
    batch = _decode(input_json, _MultiInput, "input")
    if bytes(batch.circuit):
        raise bad_request("A multi-circuit job has input.circuits, not input.circuit.", "input.circuit")
    if not 1 <= len(batch.circuits) <= MAX_CIRCUITS:
        raise bad_request(
            f"A job holds 1 to {MAX_CIRCUITS:,} circuits, not {len(batch.circuits):,}.", "input.circuits"
        )
    return [
        _complete(circuit, batch.gateset, batch.qubits, f"input.circuits[{index}]")
        for index, circuit in enumerate(batch.circuits)
    ]


_READERS = {SINGLE: _single, MULTI: _multi}


def _complete(circuit: wire.Circuit, gateset: str, qubits: int | None, path: str) -> wire.Circuit:
    """Fill in what the batch says for all its circuits."""
    circuit.gateset = circuit.gateset or gateset
    circuit.qubits = circuit.qubits if circuit.qubits is not None else qubits
    if circuit.gateset not in GATESETS:
        raise bad_request(
            f"Unknown gateset {circuit.gateset!r}; {nearest(circuit.gateset, GATESETS)}.", f"{path}.gateset"
        )
    if circuit.qubits is not None and circuit.qubits < 1:
        raise bad_request(f"qubits must be 1 or more, not {circuit.qubits}.", f"{path}.qubits")
    return circuit


def _sizes(circuits: list[wire.Circuit]) -> list[CircuitSize]:
    total = sum(len(circuit.circuit) for circuit in circuits)
    if total > MAX_GATES:
        raise bad_request(f"A job holds at most {MAX_GATES:,} gates, not {total:,}.", "input")
    return [_size(circuit) for circuit in circuits]


def _size(circuit: wire.Circuit) -> CircuitSize:
    highest, single = 0, 0
    for gate in circuit.circuit:
        qubits = [
            *(gate.targets or ()),
            *(gate.controls or ()),
            *(one for one in (gate.target, gate.control) if one is not None),
        ]
        highest = max(highest, *qubits) if qubits else highest
        single += len(qubits) == 1
    return CircuitSize(circuit.qubits or highest + 1, single, len(circuit.circuit) - single)


def _backend(name: str) -> str:
    if name not in BACKENDS:
        raise bad_request(f"Unknown backend {name!r}; {nearest(name, BACKENDS)}.", "backend")
    return name


def _shots(value: int | str | None) -> int:
    if value is None:
        return DEFAULT_SHOTS
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_SHOTS:
        raise bad_request(f"shots must be a whole number from 1 to {MAX_SHOTS:,}, not {value!r}.", "shots")
    return int(text)


def _check_name(name: str | None) -> None:
    if name is not None and not _NAME.fullmatch(name):
        raise bad_request(
            f"name may hold letters, digits, spaces, hyphens and underscores; not {name!r}.", "name"
        )


def _noise(request: _Request) -> wire.Noise | None:
    if request.backend != SIMULATOR:
        return None
    noise = request.noise or wire.Noise("ideal")
    if noise.model not in NOISE_MODELS:
        raise bad_request(
            f"Unknown noise model {noise.model!r}; {nearest(noise.model, NOISE_MODELS)}.", "noise.model"
        )
    if noise.seed is not None and not 1 <= noise.seed <= MAX_SEED:
        raise bad_request(f"noise.seed must be 1 to {MAX_SEED:,}, not {noise.seed}.", "noise.seed")
    return noise


def _metadata(raw: msgspec.Raw) -> str | None:
    values = _decode(raw, dict[str, str] | None, "metadata")
    if values is None:
        return None
    if len(values) > MAX_METADATA_KEYS:
        raise bad_request(f"metadata has {len(values)} keys; {MAX_METADATA_KEYS} are allowed.", "metadata")
    for key, value in values.items():
        if len(key) > MAX_METADATA_KEY:
            raise bad_request(
                f"metadata key {key!r} is longer than {MAX_METADATA_KEY} characters.", f"metadata.{key}"
            )
        if len(value) > MAX_METADATA_VALUE:
            raise bad_request(
                f"metadata value of {key!r} is longer than {MAX_METADATA_VALUE:,} characters.",
                f"metadata.{key}",
            )
    return bytes(raw).decode()


def _decode(body: bytes | msgspec.Raw, shape: Any, path: str) -> Any:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise _refusal(str(error), path) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise bad_request(f"The request body is not valid JSON: {error}.") from error


def _refusal(complaint: str, path: str) -> RefusalError:
    """The parser's words, with the path of the offending key from the body's root.

    >>> _refusal("Expected `str`, got `int` - at `$.noise.model`", "").keys
    ('noise.model',)
    >>> _refusal("Object missing required field `circuit`", "input").keys
    ('input.circuit',)
    """
    match = _PATH.match(complaint)
    text, inner = (match["text"], match["path"]) if match else (complaint, "")
    missing = _MISSING.search(text)
    key = ".".join(part for part in (path, inner, missing[1] if missing else "") if part)
    key = key.replace(".[", "[")
    return bad_request(f"{text} at {key or 'the root of the body'}.", *([key] if key else []))
