"""HTTP: a request becomes one call of the service, its value JSON; every error is a JSON document."""

from __future__ import annotations

import logging
import math
import uuid
from hmac import compare_digest
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from qiskit_ionq_lite.emulator.bodies import MAX_BODY_BYTES
from qiskit_ionq_lite.emulator.documents import WHOAMI
from qiskit_ionq_lite.emulator.formats import AGGREGATE, LEGACY
from qiskit_ionq_lite.emulator.operations import Call, Operation
from qiskit_ionq_lite.emulator.queries import (
    aggregation,
    day,
    estimate,
    flag,
    page_number,
    page_size,
    page_token,
    selection,
    usage,
)
from qiskit_ionq_lite.emulator.refusals import RefusalError, too_large, too_many_requests, unauthorized
from qiskit_ionq_lite.emulator.service import CHARACTERIZATIONS_PER_PAGE
from qiskit_ionq_lite.emulator.strict import strictly
from qiskit_ionq_lite.emulator.v03 import routes as v03

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from qiskit_ionq_lite.emulator.rate import RateLimit
    from qiskit_ionq_lite.emulator.service import Service

PREFIX = "/v0.4"
JOBS_PER_PAGE = 25

_log = logging.getLogger(__name__)


def _list_jobs(service: Service, call: Call) -> Any:
    """A page. Cirq, which sends a body with this GET, ends only where ``next`` is missing (F 13.8)."""
    limit = page_size(call.query, JOBS_PER_PAGE)
    page = service.jobs(selection(call.query), limit, page_token(call.query))
    return page if page["next"] or not call.body else {"jobs": page["jobs"]}


def _session_jobs(service: Service, call: Call) -> Any:
    limit = page_size(call.query, JOBS_PER_PAGE)
    return service.session_jobs(call.path["id"], selection(call.query), limit, page_token(call.query))


def _characterizations(service: Service, call: Call) -> Any:
    return service.characterizations(
        call.path["backend"],
        day(call.query, "start"),
        day(call.query, "end"),
        page_size(call.query, CHARACTERIZATIONS_PER_PAGE),
        page_number(call.query),
    )


def _older_result(name: str) -> Callable[[Service, Call], Any]:
    return lambda service, call: service.artifact(call.path["id"], name)


def _aggregated(name: str) -> Callable[[Service, Call], Any]:
    return lambda service, call: service.aggregated(call.path["id"], name, aggregation(call.query))


def _variant_result(name: str) -> Callable[[Service, Call], Any]:
    """URLs that the specification had until May 2026 (F 3.3)."""
    return lambda service, call: service.artifact(call.path["id"], f"variant-{call.path['variant']}-{name}")


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/health", lambda _service, _call: {"status": "pass"}, public=True),
    Operation("GET", "/whoami", lambda _service, _call: WHOAMI),
    Operation("GET", "/backends", lambda service, _call: service.backends(), public=True),
    Operation("GET", "/backends/{backend}", lambda s, c: s.backend(c.path["backend"]), public=True),
    Operation("GET", "/backends/{backend}/characterizations", _characterizations, public=True),
    Operation(
        "GET",
        "/backends/{backend}/characterizations/{id}",
        lambda s, c: s.characterization(c.path["backend"], c.path["id"]),
    ),
    Operation("POST", "/jobs", lambda s, c: s.submit(c.body), status=201, slow=True),
    Operation("GET", "/jobs", _list_jobs),
    Operation("DELETE", "/jobs", lambda s, c: s.delete_many(c.body), slow=True),
    Operation("PUT", "/jobs/status/cancel", lambda s, c: s.cancel_many(c.body), slow=True),
    Operation("GET", "/jobs/estimate", lambda s, c: s.estimate(estimate(c.query))),
    Operation("GET", "/jobs/{id}", lambda s, c: s.job(c.path["id"])),
    Operation("DELETE", "/jobs/{id}", lambda s, c: s.delete(c.path["id"])),
    Operation("GET", "/jobs/{id}/cost", lambda s, c: s.cost(c.path["id"])),
    Operation("POST", "/jobs/{id}/clone", lambda s, c: s.clone(c.path["id"], c.body), status=201, slow=True),
    Operation("POST", "/jobs/{id}/move", lambda s, c: s.move(c.path["id"], c.body), status=201, slow=True),
    Operation("PUT", "/jobs/{id}/status/cancel", lambda s, c: s.cancel(c.path["id"])),
    Operation(
        "GET",
        "/jobs/{id}/artifacts/{artifact}",
        lambda s, c: s.artifact(c.path["id"], c.path["artifact"]),
        slow=True,
    ),
    Operation("POST", "/sessions", lambda s, c: s.sessions.open(c.body), status=201),
    Operation("GET", "/sessions", lambda s, c: s.sessions.every(flag(c.query, "active")), slow=True),
    Operation("GET", "/sessions/{id}", lambda s, c: s.sessions.get(c.path["id"])),
    Operation("POST", "/sessions/{id}/end", lambda s, c: s.sessions.end(c.path["id"])),
    Operation("GET", "/sessions/{id}/jobs", _session_jobs),
    Operation("GET", "/schemas/formats/{format}", lambda s, c: s.schema(c.path["format"])),
    Operation(
        "GET",
        "/organizations/{id}/usage",
        lambda s, c: s.usage(c.path["id"], usage(c.query)),
        slow=True,
    ),
    Operation("GET", "/jobs/{id}/results/probabilities/aggregated", _older_result(AGGREGATE), slow=True),
    *(Operation("GET", f"/jobs/{{id}}/results/{name}", _aggregated(name), slow=True) for name in LEGACY),
    *(
        Operation(
            "GET", f"/jobs/{{id}}/variants/{{variant}}/results/{name}", _variant_result(name), slow=True
        )
        for name in LEGACY
    ),
)
"""The API, each fixed path before a pattern that it fits.

All under :data:`PREFIX` at the host's root, because clients rely on that (F 10.2).
"""


def versions(*, strict: bool) -> dict[str, tuple[Operation, ...]]:
    """Every version of the API, side by side over the same jobs; only v0.4 knows to be strict."""
    return {PREFIX: strictly(OPERATIONS) if strict else OPERATIONS, v03.PREFIX: v03.OPERATIONS}


def build_app(
    service: Service,
    api_key: str | None,
    *,
    limit: RateLimit,
    strict: bool = False,
    beside: Sequence[Route] = (),
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> ASGIApp:
    """The ASGI application.

    Args:
        service: does the work.
        api_key: the only key that is accepted; ``None`` accepts any that is not empty.
        limit: of the rate of requests to the API.
        strict: whether v0.4 keeps to its specification; see :mod:`.strict`.
        beside: routes of the house, which are no part of the platform's API.
        around: what stands between the network and all routes.
    """
    routes = [
        *(
            Route(prefix + path, _endpoint(service, api_key, limit, by_method), methods=list(by_method))
            for prefix, operations in versions(strict=strict).items()
            for path, by_method in _by_path(operations).items()
        ),
        *beside,
    ]
    handlers: dict[Any, Any] = {
        RefusalError: _refused,
        HTTPException: _http_error,
        Exception: _server_error,
    }
    return _with_request_id(around(Starlette(routes=routes, exception_handlers=handlers)))


def _by_path(operations: Iterable[Operation]) -> dict[str, dict[str, Operation]]:
    """Path -> method -> operation, in the order of the paths."""
    found: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        found.setdefault(operation.path, {})[operation.method] = operation
    return found


def _endpoint(
    service: Service, api_key: str | None, limit: RateLimit, by_method: Mapping[str, Operation]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        operation = by_method["GET" if request.method == "HEAD" else request.method]
        if seconds := limit.seconds_to_wait():
            await whole_body(request)
            raise too_many_requests("You send more requests than this cloud's rate limit allows.", seconds)
        if not operation.public:
            authenticate(request, api_key)
        call = Call(request.path_params, request.query_params, await whole_body(request))
        if operation.slow:
            return await run_in_threadpool(_answer, operation, service, call)
        return _answer(operation, service, call)

    return endpoint


def _answer(operation: Operation, service: Service, call: Call) -> Response:
    return json_response(operation.run(service, call), operation.status)


def json_response(value: Any, status: int = 200) -> Response:
    """A value as the body of an answer."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def authenticate(request: Request, api_key: str | None) -> None:
    """Refuse a request without a key, or with a wrong one."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "apikey" or not key.strip():
        raise unauthorized()
    if api_key is not None and not compare_digest(key.strip().encode(), api_key.encode()):
        raise unauthorized()


async def whole_body(request: Request) -> bytes:
    """The whole body, read to its end even if too large, since a client sees no answer while it sends."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
    if size > MAX_BODY_BYTES:
        raise too_large(MAX_BODY_BYTES)
    return b"".join(chunks)


def _error(status: int, title: str, text: str, keys: tuple[str, ...] = (), source: str = "") -> Response:
    """The platform's error document; ``statusCode`` always, because a client crashes without (F 6.9)."""
    document: dict[str, Any] = {"statusCode": status, "error": title, "message": text}
    if status == 400:
        document["validation"] = {"keys": keys, "source": source}
    return json_response(document, status)


async def _refused(_request: Request, error: RefusalError) -> Response:
    answer = _error(error.status, error.title, error.text, error.keys, error.source)
    if error.retry_after is not None:
        answer.headers["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    return answer


async def _http_error(request: Request, error: HTTPException) -> Response:
    """What the router refuses: an unknown path, or a method that a path does not have."""
    title = "Not Found Error" if error.status_code == 404 else error.detail
    return _error(error.status_code, title, f"{error.detail}: {request.method} {request.url.path}")


async def _server_error(_request: Request, _error_raised: Exception) -> Response:
    return _error(500, "Internal Server Error", "The local cloud made a mistake; its log has the details.")


def _with_request_id(app: ASGIApp) -> ASGIApp:
    """Give every answer an ``x-request-id``."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        identifier = str(uuid.uuid4())
        scope["state"]["request_id"] = identifier

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", identifier.encode())]
            await send(message)

        await app(scope, receive, send_with_id)

    return wrapped
