"""Bad input and bad answers: one clear error each, and nothing submitted."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.exceptions import QiskitError
from qiskit.providers import QiskitBackendNotFoundError

from qiskit_ionq_lite import (
    IonQAuthenticationError,
    IonQBackendNotFoundError,
    IonQCircuitError,
    IonQNetworkError,
    IonQOptionError,
    IonQProvider,
    IonQResponseError,
    IonQServerError,
)
from qiskit_ionq_lite.cloud.client import Client
from qiskit_ionq_lite.cloud.retries import RetryPolicy
from qiskit_ionq_lite.cloud.settings import Settings
from qiskit_ionq_lite.cloud.transport import Transport


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


def unbound() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("theta"), 0)
    circuit.measure_all()
    return circuit


def wide(width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    circuit.h(range(width))
    circuit.measure_all()
    return circuit


@pytest.fixture(scope="module")
def provider():
    with IonQProvider.local() as own:
        yield own


@pytest.mark.parametrize(
    ("backend", "circuits", "options", "words"),
    [
        ("simulator", bell(), {"shots": 0}, "shots must be an integer from 1 to 1,000,000, not 0"),
        ("simulator", bell(), {"shots": -1}, "not -1"),
        ("simulator", bell(), {"shots": 2.5}, "not 2.5 of type float"),
        ("simulator", bell(), {"shots": "100"}, "not '100' of type str"),
        ("simulator", bell(), {"shots": 1_000_001}, "not 1,000,001"),
        ("simulator", bell(), {"shot": 100}, "unknown run option 'shot': did you mean 'shots'"),
        ("simulator", bell(), {"noise_model": "forte"}, "did you mean 'forte-1'"),
        (
            "qpu.forte-1",
            bell(),
            {"noise_model": "aria-1"},
            "is for the simulator; qpu.forte-1 has its own noise",
        ),
        ("simulator", bell(), {"metadata": {"x": object()}}, "metadata 'x' is not JSON"),
        ("simulator", unbound(), {}, "unbound parameters: theta"),
        ("simulator", [bell(), unbound()], {}, "unbound parameters: theta"),
        ("simulator", [], {}, "empty list"),
        ("simulator", "OPENQASM 2.0;", {}, "not str"),
        ("simulator", [bell(), 7], {}, "item 1 of the list is a int"),
        ("simulator", wide(30), {}, "uses 30 qubits, and simulator has 29"),
        ("simulator", wide(26), {"noise_model": "aria-1"}, "noise model 'aria-1' has 25"),
        ("qpu.aria-1", wide(26), {}, "uses 26 qubits, and qpu.aria-1 has 25"),
    ],
)
@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_bad_input_is_one_clear_error_and_nothing_is_submitted(
    provider, backend: str, gateset: str, circuits: object, options: dict, words: str
) -> None:
    before = [job.job_id() for job in provider.jobs()]
    with pytest.raises((IonQCircuitError, IonQOptionError)) as caught:
        provider.get_backend(backend, gateset=gateset).run(circuits, **options)
    assert words in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert [job.job_id() for job in provider.jobs()] == before


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("simulatr", "simulator"),
        ("qpu.forte-99", "qpu.forte-1"),
        ("aria-3", "qpu.aria-1"),
        ("ionq_sim", "simulator"),
    ],
)
def test_an_unknown_backend_names_the_nearest(provider, name: str, nearest: str) -> None:
    with pytest.raises(IonQBackendNotFoundError, match=nearest) as caught:
        provider.get_backend(name)
    assert isinstance(caught.value, QiskitBackendNotFoundError)


def test_the_list_of_backends_is_asked_for_once() -> None:
    listing = b'[{"backend": "simulator", "status": "available", "qubits": 29}]'
    with answering(200, listing, "application/json") as (url, asked):
        provider = IonQProvider("key", url=url)
        assert asked == []
        assert {provider.get_backend("simulator").num_qubits for _ in range(3)} == {29}
        assert [backend.name for backend in provider.backends()] == ["simulator"]
    assert asked == ["GET"]


@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_control_flow_is_refused_in_clear_words(provider, gateset: str) -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    with pytest.raises(IonQCircuitError, match="IonQ runs no branches or loops"):
        provider.get_backend("simulator", gateset=gateset).run(circuit)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("simulator", "simulator"),
        ("ionq_simulator", "simulator"),
        ("qpu.forte-1", "qpu.forte-1"),
        ("forte-1", "qpu.forte-1"),
        ("ionq_qpu.aria-2", "qpu.aria-2"),
        ("forte-enterprise-1", "qpu.forte-enterprise-1"),
    ],
)
def test_backends_go_by_several_names(provider, name: str, found: str) -> None:
    assert provider.get_backend(name).name == found
    assert [backend.name for backend in provider.backends(name)] == [found]


def test_backends_are_filtered(provider) -> None:
    assert [backend.name for backend in provider.backends(simulator=True)] == ["simulator"]
    assert {backend.num_qubits for backend in provider.backends(min_num_qubits=30)} == {36}
    assert len(provider.backends(simulator=False, operational=True)) == 4
    arias = provider.backends(simulator=False, filters=lambda backend: backend.entangler == "ms")
    assert [backend.name for backend in arias] == ["qpu.aria-1", "qpu.aria-2"]


def test_unknown_gatesets_and_options_are_refused(provider) -> None:
    with pytest.raises(IonQOptionError, match="did you mean 'native'"):
        provider.get_backend("simulator", gateset="natve")
    with pytest.raises(IonQOptionError, match="did you mean 'shots'"):
        provider.get_backend("simulator", shot=3)
    backend = provider.get_backend("simulator", shots=77)
    assert sum(backend.run(bell()).get_counts().values()) == 77


def test_a_refused_key_says_so_and_shows_no_key(cloud_factory) -> None:
    cloud = cloud_factory(api_key="right")
    provider = IonQProvider("wrong-secret", url=cloud.url)
    backend = provider.get_backend("simulator")  # the list of backends is public
    with pytest.raises(IonQAuthenticationError, match="key was refused") as caught:
        backend.run(bell())
    error = caught.value
    assert (error.status_code, bool(error.request_id)) == (401, True)
    assert "wrong-secret" not in f"{error}{error!r}{vars(error)}{provider!r}{backend!r}"


def _quick(url: str) -> Client:
    """A client that repeats at once: how often it asks is the law here, not how long it waits."""
    return Client(Transport(Settings(url, "key"), RetryPolicy(tries=5, first_wait=0)))


def test_an_unreachable_host_is_one_clear_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v0.4"
    client = _quick(url)
    with pytest.raises(IonQNetworkError, match="cannot be reached") as caught:
        client.backends()
    assert caught.value.request == "GET /backends"
    with pytest.raises(IonQNetworkError) as caught:
        client.create_job(b"{}")
    assert "unknown whether the job was made" not in str(caught.value)
    assert isinstance(caught.value, QiskitError)


@contextmanager
def answering(status: int, body: bytes, content_type: str = "text/html", **headers: str):
    """A platform that gives the same answer to everything, and the methods that it was asked with."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked.append(self.command)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in {
                "Content-Type": content_type,
                "Content-Length": str(len(body)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the names are http.server's

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v0.4", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    "body",
    [b"<html>login</html>", b"", b"null", b"{}", b'{"id":', b'{"id": 3, "status": "ready"}', b"\xff\xfe"],
)
def test_an_answer_that_is_not_the_apis_is_one_clear_error(body: bytes) -> None:
    with answering(200, body) as (url, _):
        client = _quick(url)
        for ask in (client.backends, lambda: client.create_job(b"{}"), lambda: client.job("x")):
            with pytest.raises(IonQResponseError, match="not what IonQ's API promises"):
                ask()


@pytest.mark.parametrize(
    ("status", "get", "post"),
    [(502, 5, 1), (504, 5, 1), (520, 5, 1), (500, 5, 1), (503, 5, 5), (429, 5, 5), (400, 1, 1), (413, 1, 1)],
)
def test_what_is_asked_again(status: int, get: int, post: int) -> None:
    """A POST whose fate is unknown is never repeated: it may have made a job, and jobs cost money."""
    with answering(status, b"<html>bad gateway</html>") as (url, asked):
        client = _quick(url)
        with pytest.raises(QiskitError):
            client.backends()
        with pytest.raises(QiskitError):
            client.create_job(b"{}")
    assert asked == ["GET"] * get + ["POST"] * post


def test_a_cut_connection_says_that_the_jobs_fate_is_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def cut() -> None:
            connection, _ = server.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=cut, daemon=True)
        thread.start()
        client = _quick(f"http://127.0.0.1:{server.getsockname()[1]}/v0.4")
        with pytest.raises(
            IonQNetworkError, match="cut the connection; it is unknown whether the job was made"
        ):
            client.create_job(b"{}")
        thread.join()


def test_html_of_a_gateway_is_kept_for_the_curious() -> None:
    gateway = answering(502, b"<html>bad gateway</html>", **{"x-request-id": "abc"})
    with gateway as (url, _), pytest.raises(IonQServerError, match="answered with 502") as caught:
        _quick(url).create_job(b"{}")
    assert (caught.value.body, caught.value.request_id) == ("<html>bad gateway</html>", "abc")


def test_the_key_follows_no_redirect() -> None:
    elsewhere = answering(302, b"", Location="http://127.0.0.1:1/elsewhere")
    with elsewhere as (url, asked), pytest.raises(IonQResponseError, match="answered with 302"):
        _quick(url).backends()
    assert asked == ["GET"]


@pytest.mark.parametrize(
    "descriptor",
    [
        {},
        None,
        {"url": "https://elsewhere.example/v0.4/x"},
        {"url": "//elsewhere/v0.4/x"},
        {"url": "/v0.4/../x"},
    ],
)
def test_results_are_fetched_from_the_api_alone(descriptor: object) -> None:
    with answering(200, b"{}") as (url, asked), pytest.raises(IonQResponseError, match="cannot be fetched"):
        _quick(url).artifact("some-job", descriptor)
    assert asked == []
