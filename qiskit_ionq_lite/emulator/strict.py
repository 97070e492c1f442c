"""Only what IonQ's specification of v0.4 allows: the operations and answers of a strict cloud.

A cloud that is not strict also says what released clients need (F 13), or what the platform really says. A
strict one differs in this:

- paths that the specification does not have are not found: ``/health``, older results, variants (F 3.3);
- ``results`` holds descriptors by format only, without the older entries;
- ``failure`` does not repeat its message as ``error`` (F 6.8);
- functions are of type ``quantum-function``, as today, and say nothing of compilation (F 7.3, 8.1);
- a characterization has no ``timing``, since whole seconds cannot say it (F 5.9);
- the simulator does not list its noise models;
- a list of jobs always says what is ``next``;
- a batch has no ``/results/probabilities``, which is a map of numbers;
- a period of usage begins on a date, without a time of day.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from qiskit_ionq_lite.emulator.functions import FUNCTIONS, QAOA
from qiskit_ionq_lite.emulator.refusals import not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from qiskit_ionq_lite.emulator.devices import Document
    from qiskit_ionq_lite.emulator.operations import Operation

    Filter: TypeAlias = "Callable[[Any], Any]"

_BEYOND = frozenset(
    (
        "/health",
        "/jobs/{id}/results/probabilities/aggregated",
        "/jobs/{id}/results/histogram",
        "/jobs/{id}/results/shots",
        "/jobs/{id}/variants/{variant}/results/probabilities",
        "/jobs/{id}/variants/{variant}/results/histogram",
        "/jobs/{id}/variants/{variant}/results/shots",
    )
)
_RESULT = "ionq.result."
"""What the name of every result format begins with."""


def strictly(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The operations that the specification has, with answers that it allows."""
    return tuple(_strict(operation) for operation in operations if operation.path not in _BEYOND)


def _strict(operation: Operation) -> Operation:
    allowed = _ANSWERS.get((operation.method, operation.path))
    if allowed is None:
        return operation
    return replace(operation, run=lambda service, call: allowed(operation.run(service, call)))


def _without(*names: str) -> Filter:
    return lambda document: {name: value for name, value in document.items() if name not in names}


def _each(inside: Filter, name: str | None = None) -> Filter:
    """A filter of every element of a list, or of the list that an object holds under ``name``."""
    if name is None:
        return lambda documents: [inside(document) for document in documents]
    return lambda document: document | {name: [inside(one) for one in document[name]]}


def _job(document: Document) -> Document:
    allowed = document | {"failure": document["failure"] and _without("error")(document["failure"])}
    if document["type"] in FUNCTIONS:
        allowed["type"] = FUNCTIONS[0]
    if document["type"] in (*FUNCTIONS, QAOA):
        allowed["settings"] = _without("compilation")(msgspec.json.decode(document["settings"]))
    elif document["results"] is not None:
        entries = document["results"].items()
        allowed["results"] = {
            name: _without("url")(entry) for name, entry in entries if name.startswith(_RESULT)
        }
    return allowed


def _of_one_circuit(document: Document) -> Document:
    if any(isinstance(value, dict) for value in document.values()):
        raise not_found("A batch has probabilities by circuit: see its artifact 'probabilities-aggregate'.")
    return document


def _period(document: Document) -> Document:
    return document | {"from": document["from"][: len("YYYY-MM-DD")]}


_backend = _without("noise_models")
_characterization = _without("timing")

_ANSWERS: dict[tuple[str, str], Filter] = {
    ("GET", "/backends"): _each(_backend),
    ("GET", "/backends/{backend}"): _backend,
    ("GET", "/backends/{backend}/characterizations"): _each(_characterization, "characterizations"),
    ("GET", "/backends/{backend}/characterizations/{id}"): _characterization,
    ("GET", "/jobs"): lambda page: {"next": None} | _each(_job, "jobs")(page),
    ("GET", "/jobs/{id}"): _job,
    ("GET", "/jobs/{id}/results/probabilities"): _of_one_circuit,
    ("GET", "/sessions/{id}/jobs"): _each(_job, "jobs"),
    ("GET", "/organizations/{id}/usage"): _each(_period, "usage_data"),
}
"""Method and path -> what the specification allows of the answer; all other answers are as they are."""
