"""A bad network: a proxy in front of a cloud that spoils some of what passes."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

STATUSES = (429, 500, 502, 503, 504, 520)
BEFORE = (*(f"{status} before" for status in STATUSES), "html before", "cut before", "latency")
"""Faults in whose case the cloud sees nothing, and a slow answer."""

AFTER = (
    *(f"{status} after" for status in (500, 502, 504, 520)),
    "html after",
    "truncated",
    "short",
    "cut after",
)
"""Faults after the cloud has done what it was asked."""

Plan = Callable[[str, str], str | None]
"""Method and path -> fault, or None."""


Change = Callable[[str, bytes], bytes]
"""Path and body of an answer -> another body."""


@contextmanager
def faulty(
    url: str, plan: Plan = lambda _method, _path: None, change: Change = lambda _path, content: content
) -> Iterator[str]:
    """The address of a proxy in front of ``url``.

    It asks ``plan`` about each request, and sends what ``change`` makes of each answer.
    """
    target = urlsplit(url)
    asking = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # an answer in one piece

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with asking:
                fault = plan(self.command, self.path) or ""
            kind, _, when = fault.partition(" ")
            if kind == "latency":
                time.sleep(0.05)
            elif when == "before":
                return self._spoil(kind, 0, b"")
            connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
            headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if kind and kind != "latency":
                return self._spoil(kind, answer.status, content)
            return self._answer(answer.status, change(self.path, content), "application/json")

        def _spoil(self, kind: str, status: int, content: bytes) -> None:
            if kind == "cut":
                self._cut()
            elif kind == "html":
                self._answer(200, b"<html>Please log in</html>", "text/html")
            elif kind == "truncated":
                self._answer(status, content[: len(content) // 2], "application/json")
            elif kind == "short":
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                self._cut()
            else:
                self._answer(int(kind), b"<html>gateway</html>", "text/html")

        def _answer(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if status in (429, 503):
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(content)

        def _cut(self) -> None:
            self.wfile.flush()
            hard = struct.pack("ii", 1, 0)  # the other side sees a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
            self.close_connection = True

        do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815 - the names are http.server's

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_args: object) -> None:
            """A client that goes away is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{target.path}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def tokens(api: object) -> list[str]:
    """The tokens of all jobs that a cloud has."""
    found, after = [], None
    while True:
        page = api.get("/jobs", **({"next": after} if after else {}))
        found += [(job["metadata"] or {}).get("ionq_lite_token") for job in page["jobs"]]
        after = page["next"]
        if not after:
            return found
