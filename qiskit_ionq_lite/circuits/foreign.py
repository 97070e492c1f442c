"""What qiskit-ionq's jobs say of their circuits: its ``qiskit_header``, JSON in gzip in base64.

A server's answer is never trusted: unpacking is bounded, and types are checked.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import msgspec

from qiskit_ionq_lite.circuits.header import CircuitHeader
from qiskit_ionq_lite.circuits.layout import ClassicalLayout
from qiskit_ionq_lite.errors import IonQResponseError

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = "qiskit_header"
_MAX_UNPACKED = 64 * 2**20  # bytes
_MOST_BITS = 10_000
_GZIP = 16 + zlib.MAX_WBITS


class _Entry(msgspec.Struct):
    """One circuit, as far as we read it."""

    n_qubits: int
    memory_slots: int
    name: str | None = ""
    creg_sizes: list[tuple[str, int]] = []
    meas_mapped: list[int | None] | None = None
    metadata: dict[str, Any] | None = None


def read(text: str, mapped: Sequence[list[int | None] | None] = ()) -> tuple[CircuitHeader, ...]:
    """The circuits of a job that qiskit-ionq submitted.

    Args:
        text: the header.
        mapped: for each circuit the qubits that its classical bits read, where the header says nothing of
            them: jobs of API v0.3 have them in their ``registers`` (F 11.2).

    Raises:
        IonQResponseError: if the header cannot be read.
    """
    try:
        inflater = zlib.decompressobj(_GZIP)
        raw = inflater.decompress(base64.b64decode(text, validate=True), _MAX_UNPACKED)
        if not inflater.eof:
            raise ValueError(f"it is cut short, or unpacks to more than {_MAX_UNPACKED:,} bytes")
        found = json.loads(raw)
        entries = msgspec.convert(found if isinstance(found, list) else [found], list[_Entry])
    except (binascii.Error, zlib.error, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise IonQResponseError(f"the job's metadata {KEY!r} cannot be read: {error}") from error
    return tuple(_circuit(entry, beside) for entry, beside in zip_longest(entries, mapped[: len(entries)]))


def _circuit(entry: _Entry, beside: list[int | None] | None) -> CircuitHeader:
    known = entry.meas_mapped if entry.meas_mapped is not None else beside
    if known is None:
        known = list(range(entry.n_qubits))
    strange = any(qubit is not None and not 0 <= qubit < entry.n_qubits for qubit in known)
    if strange or not 0 <= entry.memory_slots <= _MOST_BITS:
        raise IonQResponseError(f"the job's metadata {KEY!r} names bits or qubits that the job does not have")
    sources = [*known, *[None] * entry.memory_slots][: entry.memory_slots or len(known)]
    registers = tuple((name, size) for name, size in entry.creg_sizes)
    if sum(size for _, size in registers) != len(sources):
        registers = ()
    layout = ClassicalLayout(registers, tuple(sources), entry.n_qubits)
    return CircuitHeader(entry.name or "", layout, entry.metadata or {})
