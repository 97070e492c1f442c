"""What a job's metadata says of its circuits, so that ``result()`` needs the job and nothing else.

The header is JSON, deflated, in base64, cut into as many metadata values as it needs (F 6.12: 10 keys, names
of 40 characters, values of 40,000). A server's answer is never trusted: unpacking is bounded.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from qiskit_ionq_lite.circuits.layout import ClassicalLayout
from qiskit_ionq_lite.errors import IonQOptionError, IonQResponseError

PREFIX = "ionq_lite_"
KEY = f"{PREFIX}header"
"""Metadata key of the header; further pieces are ``ionq_lite_header_1``, ..."""

TOKEN_KEY = f"{PREFIX}token"
"""Metadata key of the random token that identifies one submission."""

MAX_KEYS, MAX_KEY_LENGTH, MAX_VALUE_LENGTH = 10, 40, 40_000
_VERSION = 1
_MAX_UNPACKED = 64 * 2**20  # bytes; 5,000 circuits of 36 measured qubits need about 1 MB


class _CircuitEntry(msgspec.Struct, omit_defaults=True):
    """One circuit: name, registers, sources (-1: never measured), payload qubits, metadata, wire names."""

    n: str
    r: list[tuple[str, int]]
    s: list[int]
    q: int
    m: dict[str, Any] = {}
    w: list[tuple[str, int]] = []


class _HeaderEntry(msgspec.Struct):
    version: int
    shots: int
    memory: bool
    seed: int
    circuits: list[_CircuitEntry]
    positions: list[int] = []
    previous: str = ""


@dataclass(frozen=True)
class CircuitHeader:
    """One circuit of a job.

    Attributes:
        name: its name.
        layout: where its classical bits read their values.
        metadata: its own.
        wire: for an OpenQASM 3 program, names and sizes of its bit registers; the layout reads from their
            bits, one register after the other, and not from qubits.
    """

    name: str
    layout: ClassicalLayout
    metadata: Mapping[str, Any]
    wire: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class JobHeader:
    """A job, as far as its result needs to know.

    Attributes:
        shots: repetitions of each circuit.
        memory: whether the result holds every shot.
        seed: what counts are sampled with where the platform gives probabilities only.
        circuits: in the order in which they were submitted.
        positions: their places in ``run()``'s list, where that became several jobs; else none.
        previous: id of the job before this one, of the same ``run()``.
    """

    shots: int
    memory: bool
    seed: int
    circuits: tuple[CircuitHeader, ...]
    positions: tuple[int, ...] = ()
    previous: str = ""

    def position(self, place: int) -> int:
        """Where the circuit at some place of this job stands in ``run()``'s list."""
        return self.positions[place] if self.positions else place


def jsonable(name: str, value: Any, *, allow_nan: bool = False) -> str:
    """``value`` as JSON text; numpy's numbers and arrays become plain ones.

    NaN and infinity are no JSON, and only allowed where we read the text ourselves.

    Raises:
        IonQOptionError: if it is not JSON; ``name`` tells the caller which value it was.
    """
    try:
        return json.dumps(value, default=_plain, separators=(",", ":"), allow_nan=allow_nan)
    except (TypeError, ValueError, RecursionError) as error:
        raise IonQOptionError(f"{name} is not JSON: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        plain = value.tolist()
        if not isinstance(plain, complex):
            return plain
    raise TypeError(f"a value of type {type(value).__name__} has no JSON form")


def own_metadata(metadata: Mapping[str, Any]) -> dict[str, str]:
    """What the user, or another client, has put into a job's metadata.

    >>> own_metadata({"run": "7", "ionq_lite_token": "ab12"})
    {'run': '7'}
    """
    return {
        key: value for key, value in metadata.items() if isinstance(value, str) and not key.startswith(PREFIX)
    }


def pack(header: JobHeader, room: int) -> dict[str, str] | None:
    """The header as metadata values, or ``None`` if it needs more than ``room`` of them."""
    entries = [_entry(circuit) for circuit in header.circuits]
    body: dict[str, Any] = {
        "version": _VERSION,
        "shots": header.shots,
        "memory": header.memory,
        "seed": header.seed,
        "circuits": entries,
    }
    if header.positions:
        body |= {"positions": header.positions, "previous": header.previous}
    return in_pieces(KEY, body, room)


def _entry(circuit: CircuitHeader) -> dict[str, Any]:
    layout = circuit.layout
    entry: dict[str, Any] = {
        "n": circuit.name,
        "r": layout.registers,
        "s": [-1 if source is None else source for source in layout.sources],
        "q": layout.num_qubits,
    }
    further = {"m": circuit.metadata, "w": circuit.wire}
    return entry | {key: value for key, value in further.items() if value}


def unpack(metadata: Mapping[str, str]) -> JobHeader | None:
    """The header that a job's metadata holds; ``None`` for a job that this package did not submit.

    Raises:
        IonQResponseError: if there is one but it cannot be read.
    """
    if KEY not in metadata:
        return None
    try:
        entry = msgspec.convert(json.loads(inflated(joined(metadata, KEY))), _HeaderEntry)
    except (zlib.error, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise IonQResponseError(f"the job's metadata {KEY!r} cannot be read: {error}") from error
    if entry.version > _VERSION:
        raise IonQResponseError("the job was submitted by a newer version of this package: update it")
    circuits = tuple(CircuitHeader(c.n, _layout(c), c.m, tuple(c.w)) for c in entry.circuits)
    if entry.positions and len(entry.positions) != len(circuits):
        raise IonQResponseError(f"the job's metadata {KEY!r} does not say where each circuit stands")
    positions = tuple(entry.positions)
    return JobHeader(entry.shots, entry.memory, entry.seed, circuits, positions, entry.previous)


def _layout(entry: _CircuitEntry) -> ClassicalLayout:
    if any(not -1 <= source < entry.q for source in entry.s):
        raise IonQResponseError(f"the job's metadata {KEY!r} names qubits that the job does not have")
    sources = tuple(None if source < 0 else source for source in entry.s)
    if entry.w and sum(max(0, size) for _, size in entry.w) != entry.q:
        raise IonQResponseError(f"the job's metadata {KEY!r} names registers of the wrong size")
    return ClassicalLayout(tuple(entry.r), sources, entry.q)


def deflated(text: str) -> str:
    """``text`` in fewer characters, for a job's metadata.

    >>> inflated(deflated("a text"))
    b'a text'
    """
    return base64.b64encode(zlib.compress(text.encode(), 6)).decode()


def inflated(packed: str) -> bytes:
    """What :func:`deflated` was given, within bounds.

    Raises:
        ValueError: if it is no base64, is cut short, or is too long.
        zlib.error: if it is damaged.
    """
    inflater = zlib.decompressobj()
    raw = inflater.decompress(base64.b64decode(packed, validate=True), _MAX_UNPACKED)
    if not inflater.eof:
        raise ValueError(f"it is cut short, or unpacks to more than {_MAX_UNPACKED:,} bytes")
    return raw


def in_pieces(key: str, body: Mapping[str, Any], room: int) -> dict[str, str] | None:
    """A document as metadata values ``key``, ``key_1`` ...; ``None`` if that takes more than ``room``."""
    text = deflated(jsonable("circuit metadata", body, allow_nan=True))
    pieces = [text[i : i + MAX_VALUE_LENGTH] for i in range(0, len(text), MAX_VALUE_LENGTH)]
    if len(pieces) > room:
        return None
    return {_piece_key(key, i): piece for i, piece in enumerate(pieces)}


def joined(metadata: Mapping[str, str], key: str) -> str:
    """What :func:`in_pieces` made, for :func:`inflated`; empty if there is none."""
    pieces: list[str] = []
    while (name := _piece_key(key, len(pieces))) in metadata:
        pieces.append(metadata[name])
    return "".join(pieces)


def _piece_key(key: str, position: int) -> str:
    return f"{key}_{position}" if position else key
