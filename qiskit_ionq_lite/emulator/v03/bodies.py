"""The body of ``POST /v0.3/jobs`` -> that of ``POST /v0.4/jobs``.

What only the older API has travels inside the job's ``input``, under a key of its own that version 0.4 does
not look at: ``registers`` of a single circuit, metadata that is not text, a name with any characters.
"""

from __future__ import annotations

from typing import Any

import msgspec

from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.body import job_name
from qiskit_ionq_lite.emulator.devices import BACKENDS, SIMULATOR
from qiskit_ionq_lite.emulator.inputs import MULTI, SINGLE
from qiskit_ionq_lite.emulator.parsing import decode
from qiskit_ionq_lite.emulator.refusals import bad_request
from qiskit_ionq_lite.errors import nearest

FORMAT = "ionq.circuit.v0"
_KEY = "v0.3"
_Fields = dict[str, msgspec.Raw]


class _Mitigation(msgspec.Struct):
    debias: bool | None = None


class _Request(msgspec.Struct):
    input: msgspec.Raw
    target: str = SIMULATOR
    shots: float | str | None = None
    name: str | None = None
    metadata: dict[str, msgspec.Raw] | None = None
    noise: wire.Noise | None = None
    error_mitigation: _Mitigation | None = None
    settings: dict[str, Any] | None = None
    registers: Any = None
    dry_run: bool | None = None


class Said(msgspec.Struct, omit_defaults=True):
    """What a client of the older API said, and version 0.4 has no place for."""

    registers: Any = None
    metadata: dict[str, msgspec.Raw] | None = None
    name: str | None = None


def translated(body: bytes) -> bytes:
    """The same job for version 0.4.

    Raises:
        RefusalError: 400, with the keys that are wrong, as version 0.3 calls them.
    """
    request = decode(body, _Request, "")
    if request.target not in BACKENDS:
        raise bad_request(
            f"Unknown target {request.target!r}; {nearest(request.target, BACKENDS)}.", "target"
        )
    circuits = _input(request.input)
    job: dict[str, Any] = {
        "type": MULTI if "circuits" in circuits else SINGLE,
        "backend": request.target,
        "input": circuits | _kept(request),
        "shots": _shots(request.shots),
        "name": None if request.name is None else job_name(request.name),
        "metadata": _texts(request.metadata),
        "noise": request.noise,
        "settings": _settings(request),
        "dry_run": request.dry_run,
    }
    return msgspec.json.encode(job)


class _Circuit(msgspec.Struct):
    registers: Any = None


class Kept(msgspec.Struct):
    """A job's ``input``, as far as it was kept for clients of the older API."""

    said: Said = msgspec.field(default_factory=Said, name=_KEY)
    registers: Any = None
    circuits: list[_Circuit] | None = None

    def at(self, position: int) -> Said:
        """What was said of the job, or, where it is a batch, of its circuit at ``position``."""
        registers = self.said.registers or self.registers
        if self.circuits:
            registers = self.circuits[position].registers if position < len(self.circuits) else None
        return Said(registers, self.said.metadata, self.said.name)


def kept(input_json: bytes) -> Kept:
    """What was kept in a job's ``input``."""
    try:
        return msgspec.json.decode(input_json or b"{}", type=Kept)
    except msgspec.ValidationError:  # of another client, and so nothing that was kept here
        return Kept()


def _input(raw: msgspec.Raw) -> _Fields:
    """``input`` with its gates as they came; a bare list holds the circuits of a batch (F 7.1)."""
    if bytes(raw).lstrip()[:1] == b"[":
        return {"circuits": raw}
    fields: _Fields = decode(raw, _Fields, "input")
    fields.pop(_KEY, None)
    form = decode(fields.pop("format", msgspec.Raw(b"null")), str | None, "input.format")
    if form not in (None, FORMAT):
        raise bad_request(f"Format {form!r} does not run here; this server reads {FORMAT!r}.", "input.format")
    return fields


def _kept(request: _Request) -> _Fields:
    odd = {key for key, value in (request.metadata or {}).items() if not _is_text(value)}
    said = Said(
        registers=request.registers,
        metadata=request.metadata if odd else None,
        name=request.name if request.name is not None and job_name(request.name) != request.name else None,
    )
    found = msgspec.json.encode(said)
    return {} if found == b"{}" else {_KEY: msgspec.Raw(found)}


def _texts(metadata: _Fields | None) -> dict[str, Any] | None:
    """Metadata as version 0.4 has it: texts as they are, other JSON as its text."""
    if metadata is None:
        return None
    return {key: raw if _is_text(raw) else bytes(raw).decode() for key, raw in metadata.items()}


def _is_text(raw: msgspec.Raw) -> bool:
    return bytes(raw).lstrip()[:1] == b'"'


def _shots(value: float | str | None) -> int | float | str | None:
    """The schema calls shots a number, so that 100.0 is one, too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _settings(request: _Request) -> dict[str, Any] | None:
    if request.error_mitigation is None or request.error_mitigation.debias is None:
        return request.settings
    return (request.settings or {}) | {"error_mitigation": {"debiasing": request.error_mitigation.debias}}
