"""What a version of the API consists of: operations, each one method on one path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.datastructures import QueryParams

    from qiskit_ionq_lite.emulator.service import Service


@dataclass(frozen=True)
class Call:
    """What an operation may look at."""

    path: dict[str, str]
    query: QueryParams
    body: bytes


@dataclass(frozen=True)
class Operation:
    """One method on one path.

    Attributes:
        public: needs no key (F 10.3).
        slow: reads or writes much, so it runs in a thread and other requests go on.
    """

    method: str
    path: str
    run: Callable[[Service, Call], Any]
    status: int = 200
    public: bool = False
    slow: bool = False
