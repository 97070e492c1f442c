"""What the house itself offers beside the platform's API, at the host's root: faults to be switched."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.routing import Route

from qiskit_ionq_lite.emulator.app import authenticate, json_response, whole_body
from qiskit_ionq_lite.emulator.faults import FaultError, read_faults
from qiskit_ionq_lite.emulator.parsing import decode
from qiskit_ionq_lite.emulator.refusals import bad_request

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from qiskit_ionq_lite.emulator.faults import Faults


class _Wanted(msgspec.Struct):
    faults: list[dict[str, Any]]
    seed: int | None = None


def fault_routes(faults: Faults, api_key: str | None) -> list[Route]:
    """``/admin/faults``: ``GET`` lists them, ``PUT`` replaces them, ``DELETE`` takes them away."""

    async def endpoint(request: Request) -> Response:
        authenticate(request, api_key)
        if request.method == "DELETE":
            faults.clear()
        if request.method == "PUT":
            wanted = decode(await whole_body(request), _Wanted, "")
            try:
                faults.replace(read_faults(wanted.faults), seed=wanted.seed)
            except FaultError as error:
                raise bad_request(str(error.message), "faults") from error
        return json_response({"faults": _listing(faults)})

    return [Route("/admin/faults", endpoint, methods=["GET", "PUT", "DELETE"])]


def _listing(faults: Faults) -> list[dict[str, Any]]:
    return [
        asdict(fault) | {"hits": hits} for fault, hits in zip(faults.current(), faults.hits(), strict=True)
    ]
