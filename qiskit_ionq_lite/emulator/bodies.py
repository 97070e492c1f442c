"""Request bodies: parsed once, at the door, into typed and checked values, or refused with a 400.

As lenient as the platform with what released clients send (F 13.1): unknown keys are ignored, ``shots`` may
be a numeric string and ``noise.seed`` null. Everything else that is malformed names its key.
"""

from __future__ import annotations

import re

import msgspec

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.emulator.devices import BACKENDS, NOISE_MODELS, SIMULATOR
from qiskit_ionq_lite.emulator.functions import QAOA
from qiskit_ionq_lite.emulator.inputs import CircuitSize, Source, measure, parse_circuits
from qiskit_ionq_lite.emulator.parsing import decode
from qiskit_ionq_lite.emulator.refusals import bad_request
from qiskit_ionq_lite.errors import nearest

MAX_BODY_BYTES = 10 * 1024 * 1024
MAX_SHOTS = 1_000_000
DEFAULT_SHOTS = 100
MAX_SEED = 2**31
MAX_METADATA_KEYS, MAX_METADATA_KEY, MAX_METADATA_VALUE = 10, 40, 40_000

_NAME = re.compile(r"[A-Za-z0-9 _-]*")


class Compilation(msgspec.Struct, omit_defaults=True):
    """``settings.compilation``: kept and echoed, without effect here (F 7.3)."""

    opt: float | None = None
    precision: str | None = None
    gate_basis: str | None = None
    service_version: str | None = None


class ErrorMitigation(msgspec.Struct, omit_defaults=True):
    """``settings.error_mitigation``: on QPUs what is done, on simulators without effect (F 4.11)."""

    debiasing: bool | None = None
    symmetry_verification: bool | None = None


class Settings(msgspec.Struct, omit_defaults=True):
    """A job's ``settings``, as far as the answer may repeat them."""

    compilation: Compilation | None = None
    error_mitigation: ErrorMitigation | None = None


class _External(msgspec.Struct):
    """Credentials of another company's service, which does not run here: asked for, never kept."""

    api_credentials: str


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
    external_settings: _External | None = None


class _Ids(msgspec.Struct):
    ids: list[str]


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
    circuits: list[Source]
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
    request = decode(body, _Request, "")
    _check_name(request.name)
    if request.type == QAOA and request.external_settings is None:
        raise bad_request(
            "A QAOA job needs external_settings.api_credentials; here, any text will do.", "external_settings"
        )
    circuits = parse_circuits(request.type, request.input)
    noise = _noise(request)
    return Submission(
        type=request.type,
        backend=_backend(request.backend),
        input=bytes(request.input),
        circuits=circuits,
        sizes=measure(circuits),
        shots=_shots(request.shots),
        name=request.name,
        metadata=_metadata(request.metadata),
        session_id=request.session_id,
        settings=request.settings or Settings(),
        dry_run=bool(request.dry_run),
        noise_model=noise.model if noise else None,
        noise_seed=noise.seed if noise else None,
    )


def parse_ids(body: bytes) -> list[str]:
    """The ids of a bulk request."""
    ids: list[str] = decode(body, _Ids, "").ids
    return ids


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
    values = decode(raw, dict[str, str] | None, "metadata")
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
