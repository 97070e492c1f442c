"""Other roads to a cloud: through a proxy, and over TLS."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_args: object) -> None:
        """A client that goes away, or does not trust us, is no news."""


@contextmanager
def _serving(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """The address of a forward proxy, and the requests that have passed it."""
    passed: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _forward(self) -> None:
            passed.append(f"{self.command} {self.path}")
            target = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = target.path + (f"?{target.query}" if target.query else "")
            with closing(http.client.HTTPConnection(target.hostname or "", target.port)) as connection:
                connection.request(self.command, path, body or None, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
            self.send_response(answer.status)
            for name in ("Content-Type", "Date"):
                self.send_header(name, answer.headers.get(name, ""))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_CONNECT(self) -> None:
            passed.append(f"CONNECT {self.path}")
            host, port = self.path.split(":")
            with socket.create_connection((host, int(port))) as far:
                self.send_response(200)
                self.end_headers()
                _pump(self.connection, far)

        do_GET = do_POST = do_PUT = do_DELETE = _forward  # noqa: N815 - the names are http.server's

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with _serving(_Server(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}", passed


@contextmanager
def over_tls(url: str, trust: Callable[[ssl.SSLContext], None]) -> Iterator[str]:
    """The address of the cloud at ``url`` over TLS, with a certificate that ``trust`` loads."""
    target = urlsplit(url)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust(context)

    class Tunnel(_Server):
        def finish_request(self, request: object, _address: object) -> None:
            assert isinstance(request, socket.socket)
            with (
                context.wrap_socket(request, server_side=True) as near,
                socket.create_connection((target.hostname or "", target.port or 80)) as far,
            ):
                _pump(near, far)

    with _serving(Tunnel(("127.0.0.1", 0), BaseHTTPRequestHandler)) as port:
        yield f"https://127.0.0.1:{port}{target.path}"


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until one side ends."""

    def carry(source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                to.sendall(data)
        with suppress(OSError):
            to.shutdown(socket.SHUT_RDWR)

    back = threading.Thread(target=carry, args=(other, one), daemon=True)
    back.start()
    carry(one, other)
    back.join(5)
