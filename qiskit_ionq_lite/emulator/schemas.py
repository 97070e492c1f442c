"""What the payload of each format looks like, as JSON Schema: ``GET /schemas/formats/{format}``.

The shapes are those of :mod:`.formats` and :mod:`.compiled`; a test holds real results against them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit_ionq_lite.emulator import compiled
from qiskit_ionq_lite.emulator.formats import AGGREGATE_FORMAT

if TYPE_CHECKING:
    from qiskit_ionq_lite.emulator.devices import Document

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_PROBABILITY: Document = {"type": "number", "minimum": 0, "maximum": 1}
_COUNT: Document = {"type": "integer", "minimum": 0}
_TURNS: Document = {"type": "number"}
_STATE = "^[0-9]+$"
_BITS = "^[01]+$"


def _object(required: dict[str, Document], **optional: Document) -> Document:
    return {
        "type": "object",
        "properties": required | optional,
        "required": list(required),
        "additionalProperties": False,
    }


def _map(values: Document, keys: str | None = None) -> Document:
    if keys is None:
        return {"type": "object", "additionalProperties": values}
    return {"type": "object", "patternProperties": {keys: values}, "additionalProperties": False}


def _list(items: Document) -> Document:
    return {"type": "array", "items": items}


def _registers(name: str, values: Document) -> Document:
    return _object({name: _object({"registers": _map(_map(values, _BITS))})})


_SHOT = _object({"registers": _map(_list({"type": "integer", "enum": [0, 1]}))})
_GATE = _object(
    {"gate": {"type": "string", "enum": ["gpi", "gpi2", "ms", "zz"]}},
    target=_COUNT,
    targets=_list(_COUNT),
    phase=_TURNS,
    phases=_list(_TURNS),
    angle=_TURNS,
)

_PAYLOADS: dict[str, tuple[str, Document]] = {
    "ionq.result.probabilities.json.v1": (
        "Probabilities by state, a decimal number in which qubit 0 is the least significant bit.",
        _map(_PROBABILITY, _STATE),
    ),
    "ionq.result.probabilities.json.v2": (
        "Probabilities by register and state, a bit string with bit 0 leftmost.",
        _registers("probabilities", _PROBABILITY),
    ),
    "ionq.result.histogram.json.v1": (
        "Shots by state, a decimal number in which qubit 0 is the least significant bit.",
        _map(_COUNT, _STATE),
    ),
    "ionq.result.histogram.json.v2": (
        "Shots by register and state, a bit string with bit 0 leftmost.",
        _registers("histogram", _COUNT),
    ),
    "ionq.result.shots.json.v1": (
        "The state of each shot, a decimal number in which qubit 0 is the least significant bit.",
        _list({"type": "string", "pattern": _STATE}),
    ),
    "ionq.result.shots.json.v2": (
        "The bits of each shot by register, bit 0 first.",
        _object({"shots": _list(_SHOT)}),
    ),
    AGGREGATE_FORMAT: (
        "Probabilities by id of a circuit's job, as in ionq.result.probabilities.json.v1.",
        _map(_map(_PROBABILITY, _STATE)),
    ),
    compiled.FORMAT: (
        "A circuit of native gates; phases and angles in turns.",
        _object({"circuit": _list(_GATE), "qubits": {"type": "integer", "minimum": 1}}),
    ),
}

SCHEMAS: dict[str, Document] = {
    name: {"$schema": DRAFT, "$id": name, "description": description, **shape}
    for name, (description, shape) in _PAYLOADS.items()
}
"""Name of a format -> the schema of its payload."""
