"""IonQ's specification of API v0.4, and the places where IonQ's own service departs from it.

``validate(value, "Job")`` holds a value against a component schema, ``answer(...)`` against what
an operation says it answers. Exactly these points are relaxed, each because the facts say that the
specification is wrong there:

- ``pauliexp`` carries ``terms``, ``coefficients`` and ``time`` (F 1.7);
- fidelities and times of a characterization are fractions, not integers (F 5.9);
- ``results`` still holds the older entries, with a ``url`` (F 3.3);
- ``failure`` repeats its message as ``error`` for released clients (F 6.8);
- the Aria computers are backends, too (F 5.1): the path's enumeration is not looked at.

A strict cloud answers without these relaxations: ``strict=True`` holds it against the specification itself.
One rewriting changes no meaning: ``allOf`` beside ``nullable`` is how the specification says "or null".
"""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

STRUCTURE = Path(__file__).parent / "openapi-v0.4.structure.json"
JSON = "application/json"


def validate(value: Any, schema: str, *, strict: bool = False) -> None:
    """Raise if a JSON value is not what a component schema says."""
    _check(value, f"#/components/schemas/{schema}", strict)


def answer(value: Any, method: str, path: str, status: int = 200, *, strict: bool = False) -> None:
    """Raise if a JSON value is not what an operation answers; ``path`` as written in the specification."""
    operation = _SPECIFICATION["paths"][path][method.lower()]
    pointer = f"#/paths/{path.replace('/', '~1')}/{method.lower()}/responses/{status}"
    response = operation["responses"][str(status)]
    if "$ref" in response:
        pointer = response["$ref"]
        response = _resolve(response["$ref"])
    assert JSON in response["content"], f"{method} {path} has no JSON answer {status}"
    _check(value, f"{pointer}/content/application~1json/schema", strict)


def component(name: str) -> dict[str, Any]:
    """A component schema, as the specification has it."""
    return _SPECIFICATION["components"]["schemas"][name]


def operations() -> list[tuple[str, str]]:
    """Method and path of every operation."""
    return [(method.upper(), path) for path, methods in _SPECIFICATION["paths"].items() for method in methods]


def _check(value: Any, pointer: str, strict: bool) -> None:
    schema = {"$ref": f"{'strict' if strict else 'relaxed'}{pointer}"}
    errors = sorted(OAS30Validator(schema, registry=_REGISTRY).iter_errors(value), key=lambda e: list(e.path))
    assert not errors, "\n".join(f"{list(error.path)}: {error.message}" for error in errors[:5])


def _resolve(reference: str) -> Any:
    found = _SPECIFICATION
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _relaxed(specification: dict[str, Any]) -> dict[str, Any]:
    relaxed = deepcopy(specification)
    schemas = relaxed["components"]["schemas"]
    schemas["Gate_QisGate"]["properties"] |= {
        "terms": {"type": "array", "items": {"type": "string"}},
        "coefficients": {"type": "array", "items": {"type": "number"}},
        "time": {"type": "number", "minimum": 0},
    }
    timing = schemas["Characterization"]["properties"]["timing"]
    timing["properties"] = {name: {"type": "number"} for name in timing["properties"]}
    spam = schemas["Characterization"]["properties"]["fidelity"]["properties"]["spam"]
    spam["properties"]["stderr"] = {"type": "number", "nullable": True}
    schemas["ArtifactDescriptor"]["properties"]["url"] = {"type": "string"}
    schemas["Failure"]["properties"]["error"] = {"type": "string"}
    return relaxed


def _readable(specification: dict[str, Any]) -> dict[str, Any]:
    readable = deepcopy(specification)
    _spell_out_null(readable)
    return readable


def _spell_out_null(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("nullable") and "allOf" in node:
            node["anyOf"] = [*node.pop("allOf"), {"enum": [None]}]
        for child in node.values():
            _spell_out_null(child)
    elif isinstance(node, list):
        for child in node:
            _spell_out_null(child)


_SPECIFICATION = json.loads(STRUCTURE.read_text())
_REGISTRY: Registry[Any] = Registry().with_resources(
    (name, Resource.from_contents(_readable(contents), default_specification=DRAFT4))
    for name, contents in (("strict", _SPECIFICATION), ("relaxed", _relaxed(_SPECIFICATION)))
)
