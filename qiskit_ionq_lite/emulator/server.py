"""The IonQ cloud in a box: a real HTTP server, in this process or as a program.

with LocalCloud("jobs.db") as cloud:
    client = IonQClient(api_key=cloud.token, base_url=cloud.url)
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import time
import uuid
from concurrent.futures import Executor
from ipaddress import ip_address
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import TYPE_CHECKING, Protocol

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from qiskit_ionq_lite.emulator.app import PREFIX, build_app
from qiskit_ionq_lite.emulator.engine import warm_up
from qiskit_ionq_lite.emulator.faults import CUT, Faults
from qiskit_ionq_lite.emulator.house import House
from qiskit_ionq_lite.emulator.meter import Meter
from qiskit_ionq_lite.emulator.noise import read_noise
from qiskit_ionq_lite.emulator.processes import Processes
from qiskit_ionq_lite.emulator.queue import Queue, QueueRules
from qiskit_ionq_lite.emulator.rate import RateLimit
from qiskit_ionq_lite.emulator.service import Service
from qiskit_ionq_lite.emulator.spread import Spread
from qiskit_ionq_lite.emulator.store import Store
from qiskit_ionq_lite.emulator.work import work_on_next
from qiskit_ionq_lite.emulator.workers import Workers
from qiskit_ionq_lite.errors import IonQError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from qiskit_ionq_lite.emulator.faults import Fault

ANY_KEY = "local"
"""The key that an open local cloud offers as its token; it accepts any other, too."""


class LocalCloudError(IonQError):
    """The local cloud cannot start as asked."""


class SupportsExecutor(Protocol):
    """What a ``dask.distributed.Client`` can do."""

    def get_executor(self) -> Executor:
        """Its cluster as an executor."""
        ...


class LocalCloud:
    """IonQ's REST API on this computer, with jobs run by Qiskit Aer.

    Args:
        db: SQLite file that keeps jobs and results between runs; ``None`` keeps them in memory.
        host: address to listen on.
        port: TCP port, 0 for any free one.
        api_key: the only key to accept; ``None`` accepts any, and only on a loopback address.
        seed: makes the noise of jobs without a seed of their own repeatable.
        workers: jobs that run side by side.
        queue_seconds: each job waits at least so long before it runs.
        queue_capacity: jobs that may wait at a time; more are refused with 429. ``None`` has no bound.
        rate_limit: requests per second to the API; more are refused with 429. ``None`` has no bound.
        faults: what goes wrong on purpose, in order; see :mod:`.faults`.
        executor: where long simulations run instead of processes of our own: a
            ``concurrent.futures.Executor`` or a ``dask.distributed.Client``. Its workers need this package.
        noise: JSON file with figures that replace the published noise; see :mod:`.noise`.
        strict: whether answers hold only what IonQ's specification allows, and not what released clients need
            beyond it; see :mod:`.strict`.

    Attributes:
        faults: the same, to be looked at and changed while the cloud runs.
        url: base URL for clients, with the version; known once started.
        token: a key that this cloud accepts.

    Raises:
        LocalCloudError: an address that others can reach, without an ``api_key``; or one that is taken.
    """

    def __init__(
        self,
        db: str | os.PathLike[str] | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str | None = None,
        seed: int | None = None,
        workers: int | None = None,
        queue_seconds: float = 0,
        queue_capacity: int | None = None,
        rate_limit: float | None = None,
        faults: Iterable[Fault] = (),
        executor: Executor | SupportsExecutor | None = None,
        noise: str | os.PathLike[str] | None = None,
        strict: bool = False,
    ) -> None:
        if api_key is None and not _is_loopback(host):
            raise LocalCloudError(
                f"{host} can be reached from other machines: pass api_key=... (on the command line "
                "--api-key) to listen there, or listen on 127.0.0.1"
            )
        self.token = api_key or ANY_KEY
        self._api_key = api_key
        self._db, self._host, self._port = db, host, port
        self._random = Random(seed)  # seeds of simulated noise, not of keys
        self._rules = QueueRules(queue_seconds, queue_capacity, workers or (os.cpu_count() or 1) + 1)
        self._rate_limit = rate_limit
        self._strict = strict
        self._executor = (
            executor if executor is None or isinstance(executor, Executor) else executor.get_executor()
        )
        self._models = {} if noise is None else read_noise(Path(noise))
        self.faults = Faults(faults, seed=seed)
        self._running: _Running | None = None

    @property
    def url(self) -> str:
        """Base URL, for instance ``http://127.0.0.1:40123/v0.4``."""
        if self._running is None:
            raise LocalCloudError("the local cloud has no address before start() and after close()")
        return self._running.url

    def start(self) -> LocalCloud:
        """Listen, and run what an earlier process left unfinished; does nothing if already started."""
        if self._running is None:
            self._running = _Running(self)
        return self

    def close(self) -> None:
        """Stop listening. Jobs that still run are left to the next start on the same file."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def serve_forever(self, started: Callable[[], object] = lambda: None) -> None:
        """Serve until SIGINT or SIGTERM; for programs, from the main thread.

        A simulation that runs at that moment is dropped, and run again at the next start.

        Args:
            started: called once, when the cloud answers and either signal would end it cleanly.
        """
        self.start()
        asked_to_stop = Event()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signal_number, lambda *_: asked_to_stop.set())
        started()
        asked_to_stop.wait()
        self.close()

    def __enter__(self) -> LocalCloud:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Running:
    """One run of a cloud, from start to close: socket, database, workers, HTTP thread."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._store = _open(cloud._db)
        try:
            self._socket = _listen(cloud._host, cloud._port)
        except LocalCloudError:
            self._store.close()
            raise
        self.url = f"http://{_reachable(cloud._host)}:{self._socket.getsockname()[1]}{PREFIX}"
        self._elsewhere = Processes() if cloud._executor is None else Spread(cloud._executor)
        self._models = cloud._models
        self._queue = Queue(self._store, cloud._rules, time.time)
        self._store.requeue()
        warm_up()
        self._workers = Workers(cloud._rules.workers, warm_up, self._work_on_next)
        service = Service(
            self._store,
            queue=self._queue,
            enqueue=self._workers.wake,
            abort=self._elsewhere.abort,
            clock=time.time,
            new_id=lambda: str(uuid.uuid4()),
            random=cloud._random,
        )
        meter = Meter(time.perf_counter)
        config = uvicorn.Config(
            build_app(
                service,
                cloud._api_key,
                strict=cloud._strict,
                limit=RateLimit(cloud._rate_limit, time.monotonic),
                beside=House(self._store, self._queue, cloud.faults, meter, cloud._api_key).routes(),
                around=lambda app: meter.around(cloud.faults.around(app)),
            ),
            http=_Protocol,
            log_config=None,  # the host program's logging stays as it is
            log_level="warning",
            access_log=False,
            proxy_headers=False,  # nobody asks where a request comes from
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._thread = Thread(target=self._server.run, args=([self._socket],), name="ionq-lite", daemon=True)
        self._thread.start()
        self._server.answering.wait()

    def _work_on_next(self) -> float:
        return work_on_next(self._queue, self._store, self._elsewhere, time.time, self._models)

    def stop(self) -> None:
        """End: first the answers, then the database, so that a dropped simulation cannot end its job."""
        self._server.should_exit = True
        self._thread.join()
        self._workers.close()
        self._store.close()
        self._elsewhere.close()
        self._workers.join()


class _Protocol(H11Protocol):
    """One connection, which a request can end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, CUT: lambda how: getattr(transport, how)()}


class _Server(uvicorn.Server):
    """uvicorn, which says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()


def _open(db: str | os.PathLike[str] | None) -> Store:
    try:
        return Store(db)
    except sqlite3.Error as error:
        raise LocalCloudError(f"cannot use {db} as a database of jobs: {error}") from error


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket. It names its protocol, because asyncio sends small answers at once only if it does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise LocalCloudError(
            f"cannot listen on {host}, port {port}: {error}; port=0 takes a free one"
        ) from error
    return listening


def _reachable(host: str) -> str:
    """The host part of a URL under which this computer reaches itself."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1" if host == "0.0.0.0" else "[::1]"
    return f"[{host}]" if ":" in host else host


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
