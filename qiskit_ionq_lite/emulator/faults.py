"""Faults on demand: a bad day of the network or of the platform, for tests of clients.

A :class:`Fault` says what goes wrong, with which requests, and how often. The same fault in three ways::

    with LocalCloud(faults=[Fault("cut", "POST", "/jobs", when="after", times=1)]) as cloud:
        cloud.faults.replace([parse_fault("latency seconds=0.2 probability=0.1")], seed=7)  # while it runs
        cloud.faults.hits()  # how often each one has struck: [0]
        cloud.faults.clear()

    ionq-lite serve --fault "cut POST /jobs when=after times=1"

    PUT /admin/faults {"faults": [{"kind": "cut", "method": "POST", "path": "/jobs", "when": "after"}]}

``GET /admin/faults`` lists them with their hits, ``DELETE /admin/faults`` takes them away. All want the
cloud's key, and stand beside the API, not below its version, where no fault reaches them.

========== ===============================================================================================
kind       what the client sees
========== ===============================================================================================
latency    the answer, ``seconds`` late
status     ``status`` with the platform's error document, and ``Retry-After: <retry_after>`` if that is given
html       ``status`` with a page of HTML, as gateways send it
truncated  the true status and headers, and the first half of the body as if it were the whole
short      the true status and headers, half of the body that they announce, then the connection's end
cut        no answer: the connection ends
========== ===============================================================================================

``when="before"`` (the default) strikes before the cloud has seen the request, so nothing is stored;
``when="after"`` once the cloud has done what was asked, so a submitted job is stored, and only its answer
suffers.
``truncated`` and ``short`` spoil an answer, so they always strike afterwards.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from functools import partial
from http import HTTPStatus
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec

from qiskit_ionq_lite.errors import IonQError, nearest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import TypeAlias

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    Strike: TypeAlias = Callable[["Fault", ASGIApp, Scope, Receive, Send], Awaitable[None]]

CUT = "cut"
"""Key of the request's ASGI state under which the server puts a function that ends the connection."""

METHODS = ("*", "GET", "HEAD", "POST", "PUT", "DELETE")
WHEN = ("before", "after")
_VERSION = re.compile(r"/v\d+\.\d+(?=/)")
_PAGE = b"<html><head><title>%d %s</title></head><body><h1>%d %s</h1><hr>gateway</body></html>"


class FaultError(IonQError):
    """A fault that cannot be: an unknown kind, say, or a probability above 1."""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        kind: one of :data:`KINDS`; the table above says what each does.
        method: of the requests that it strikes; ``"*"`` for all.
        path: theirs, without version, as a shell pattern: ``"/jobs"``, ``"/jobs/*"`` (slashes included).
        when: ``"before"`` or ``"after"`` the cloud has done what was asked.
        status: HTTP status of kinds ``status`` and ``html``, 400 to 599; their default is 503.
        retry_after: seconds that the header ``Retry-After`` names; ``None`` leaves it out.
        seconds: how late an answer of kind ``latency`` is.
        probability: of striking a request that matches, 0 to 1.
        skip: matching requests that pass first.
        times: how often it strikes at most; ``None`` has no end.

    Raises:
        FaultError: a value that makes no sense.
    """

    kind: str
    method: str = "*"
    path: str = "*"
    when: str = "before"
    status: int = 503
    retry_after: float | None = None
    seconds: float = 1.0
    probability: float = 1.0
    skip: int = 0
    times: int | None = None

    def __post_init__(self) -> None:
        for name, value, choices in (
            ("kind", self.kind, tuple(KINDS)),
            ("method", self.method, METHODS),
            ("when", self.when, WHEN),
        ):
            if value not in choices:
                raise FaultError(f"unknown {name} {value!r} of a fault; {nearest(value, choices)}")
        for name, number, least, most in (
            ("status", self.status, 400, 599),
            ("probability", self.probability, 0, 1),
            ("seconds", self.seconds, 0, 3600),
            ("retry_after", self.retry_after or 0, 0, 3600),
            ("skip", self.skip, 0, 2**31),
            ("times", self.times or 0, 0, 2**31),
        ):
            if not least <= number <= most:
                raise FaultError(f"{name} of a fault must be {least} to {most}, not {number}")

    def concerns(self, method: str, path: str) -> bool:
        """Whether it could strike this request; ``path`` without version."""
        return self.method in ("*", method) and fnmatchcase(path, self.path)


def parse_fault(text: str) -> Fault:
    """A fault as the command line writes it: ``KIND [METHOD] [PATH] [name=value ...]``.

    >>> parse_fault("cut POST /jobs when=after") == Fault("cut", "POST", "/jobs", when="after")
    True
    >>> parse_fault("status status=429 retry_after=2 probability=0.5").retry_after
    2.0

    Raises:
        FaultError: it cannot be understood.
    """
    kind, *words = text.split() or [""]
    values: dict[str, Any] = {"kind": kind}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            name, value = ("path", word) if word.startswith(("/", "*/")) else ("method", word)
        values[name] = value
    return read_faults([values], strict=False)[0]


def read_faults(values: Any, *, strict: bool = True) -> list[Fault]:
    """Faults from plain values, as JSON has them; not ``strict``, numbers may be text.

    Raises:
        FaultError: they are none.
    """
    for value in values if isinstance(values, list) else ():
        for name in value if isinstance(value, dict) else ():
            if name not in _FIELDS:
                raise FaultError(f"a fault has no {name!r}; {nearest(str(name), _FIELDS)}")
    try:
        return msgspec.convert(values, list[Fault], strict=strict)
    except msgspec.ValidationError as error:
        raise FaultError(f"no fault: {error}") from error


_FIELDS = tuple(field.name for field in fields(Fault))


@dataclass
class _Armed:
    """A fault and what it has seen so far."""

    fault: Fault
    matched: int = 0
    hits: int = 0

    def strikes(self, method: str, path: str, random: Random) -> bool:
        fault = self.fault
        if self.hits == fault.times or not fault.concerns(method, path):
            return False
        self.matched += 1
        struck = self.matched > fault.skip and random.random() < fault.probability
        self.hits += struck
        return struck


class Faults:
    """The faults of one cloud, which may change while it runs.

    Args:
        faults: in the order in which they strike, if several do.
        seed: of the draws for probabilities below 1; the same seed and requests, the same faults.
    """

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int | None = None) -> None:
        self._lock = Lock()
        self.replace(faults, seed=seed)

    def replace(self, faults: Iterable[Fault], *, seed: int | None = None) -> None:
        """From now on these, with nothing struck yet, instead of those before."""
        armed = [_Armed(fault) for fault in faults]
        with self._lock:
            self._armed = armed
            self._random = Random(seed)

    def clear(self) -> None:
        """From now on none."""
        self.replace(())

    def current(self) -> list[Fault]:
        """The faults, in order."""
        return [armed.fault for armed in self._armed]

    def hits(self) -> list[int]:
        """How often each one has struck, in order."""
        return [armed.hits for armed in self._armed]

    def striking(self, method: str, path: str) -> list[Fault]:
        """Those that strike this request, which counts as one of their ``times``."""
        with self._lock:
            return [armed.fault for armed in self._armed if armed.strikes(method, path, self._random)]

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application with these faults in front of it; only paths below a version suffer."""

        async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
            chosen = app
            version = _VERSION.match(scope["path"]) if self._armed and scope["type"] == "http" else None
            if version:
                for fault in reversed(self.striking(scope["method"], scope["path"][version.end() :])):
                    chosen = partial(KINDS[fault.kind], fault, chosen)
            await chosen(scope, receive, send)

        return faulty


async def _latency(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.when == "before":
        await asyncio.sleep(fault.seconds)
        return await app(scope, receive, send)
    start, body = await _served(app, scope, receive)
    await asyncio.sleep(fault.seconds)
    return await _answer(send, start["status"], start["headers"], body)


async def _status(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    phrase = _phrase(fault.status)
    document = {"statusCode": fault.status, "error": phrase, "message": f"{phrase}: a fault on demand."}
    body = msgspec.json.encode(document)
    await _instead(fault, app, scope, receive, send, "application/json", body)


async def _html(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    phrase = _phrase(fault.status).encode()
    page = _PAGE % (fault.status, phrase, fault.status, phrase)
    await _instead(fault, app, scope, receive, send, "text/html", page)


async def _truncated(_fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    start, body = await _served(app, scope, receive)
    half = body[: len(body) // 2]
    headers = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    await _answer(send, start["status"], [*headers, (b"content-length", b"%d" % len(half))], half)


async def _short(_fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    start, body = await _served(app, scope, receive)
    await send(start)
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await _end_connection(scope, receive, "close")


async def _cut(fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    del send
    if fault.when == "after":
        await _served(app, scope, receive)
    await _end_connection(scope, receive, "abort")


KINDS: dict[str, Strike] = {
    "latency": _latency,
    "status": _status,
    "html": _html,
    "truncated": _truncated,
    "short": _short,
    "cut": _cut,
}
"""Kind -> what it does to one request."""


async def _instead(
    fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send, media_type: str, body: bytes
) -> None:
    """An answer of our own, after the true one was prepared and dropped, or without asking for it."""
    if fault.when == "after":
        await _served(app, scope, receive)
    else:
        await _read(receive)
    headers = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]
    if fault.retry_after is not None:
        headers.append((b"retry-after", f"{fault.retry_after:g}".encode()))
    await _answer(send, fault.status, headers, body)


async def _served(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """The true answer, kept from the client: its start, and its whole body."""
    start: Message = {}
    chunks: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            chunks.append(message.get("body", b""))

    await app(scope, receive, keep)
    return start, b"".join(chunks)


async def _read(receive: Receive) -> None:
    """The request, to its end, since a client sees no answer while it sends."""
    while (await receive()).get("more_body", False):
        pass


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _end_connection(scope: Scope, receive: Receive, how: str) -> None:
    """End it, and wait until the server has noticed, lest it answer that the application failed."""
    scope["state"][CUT](how)
    while (await receive())["type"] != "http.disconnect":
        pass


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # 520 and its kin are a gateway's own
        return "Web Server Error"
