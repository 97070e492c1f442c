"""The key stays where it belongs; jobs are waited for together, fetched anywhere, left alone by Ctrl-C."""

from __future__ import annotations

import copy
import json
import logging
import os
import pickle
import signal
import stat
import subprocess
import sys
import threading
import time
import traceback
import warnings
from typing import ClassVar

import pytest
from faulty import faulty
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

from qiskit_ionq_lite import (
    IonQAPIError,
    IonQCredentialsError,
    IonQInputError,
    IonQJobFailureError,
    IonQJobTimeoutError,
    IonQProvider,
    IonQResponseError,
    errors,
)
from qiskit_ionq_lite.circuits import foreign
from qiskit_ionq_lite.cloud.accounts import accounts_file
from qiskit_ionq_lite.cloud.retries import RetryPolicy
from qiskit_ionq_lite.emulator.server import LocalCloud
from qiskit_ionq_lite.polling import BATCH

KEY = "sk-very-secret-0123456789"


def bell() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure_all()
    return circuit


@pytest.fixture(scope="module")
def locked():
    """A cloud that takes one key only."""
    with LocalCloud(api_key=KEY) as running:
        yield running


@pytest.fixture
def home(tmp_path, monkeypatch):
    for folder in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(folder, str(tmp_path / folder))
    for name in ("IONQ_API_KEY", "QISKIT_IONQ_API_TOKEN", "IONQ_API_TOKEN", "IONQ_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- the key ---


def test_the_key_is_in_nothing_that_a_run_leaves(locked, home, caplog) -> None:
    """Logs, journal, pickles, exceptions, warnings, reprs: all that a run and its failures leave behind."""
    caplog.set_level(logging.DEBUG)
    left: list[str] = []

    def keep(error: BaseException) -> None:
        left.extend([repr(error), str(error), repr(vars(error)), "".join(traceback.format_exception(error))])
        left.append(pickle.dumps(error).decode("latin1"))
        cause: BaseException | None = error
        while cause is not None:  # tools that send exceptions to other machines take their causes along
            sent = getattr(cause, "request", None)
            left.append(repr([getattr(cause, "__dict__", None), getattr(sent, "headers", None)]))
            cause = cause.__cause__ or cause.__context__

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        provider = IonQProvider(KEY, url=locked.url)
        backend = provider.get_backend("simulator")
        job = backend.run(bell(), shots=10, metadata={"mine": "x"})
        result = job.result()
        with pytest.raises(IonQAPIError) as failure:
            provider.job("no-such-job")
        keep(failure.value)
        with faulty(locked.url, lambda _method, _path: "cut before") as url:
            broken = IonQProvider(KEY, url=url, retry=RetryPolicy(tries=1))
            with pytest.raises(IonQAPIError) as failure:
                broken.get_backend("simulator")
            keep(failure.value)
        IonQProvider.save_account(KEY, "mine")
        left.append(repr(IonQProvider.saved_accounts()))
    for one in (provider, backend, job, result):
        left.extend([repr(one), str(one), pickle.dumps(one).decode("latin1")])
    left.extend([repr(vars(provider)), caplog.text, *(str(warning.message) for warning in caught)])
    files = [path for path in home.rglob("*") if path.is_file() and path != accounts_file()]
    assert any(path.name == "journal.db" for path in files)
    left.extend(path.read_bytes().decode("latin1") for path in files)
    assert [text[:200] for text in left if KEY in text] == []


def test_the_key_is_in_no_url_that_the_cloud_sees(locked) -> None:
    paths: list[str] = []
    with faulty(locked.url, lambda _method, path: paths.append(path)) as url:
        IonQProvider(KEY, url=url).get_backend("simulator").run(bell(), shots=10).get_counts()
    assert paths
    assert not any(KEY in path for path in paths)


def test_a_pickled_provider_finds_its_key_again(locked, monkeypatch) -> None:
    job = IonQProvider(KEY, url=locked.url, journal=False).get_backend("simulator").run(bell(), shots=10)
    counts = job.get_counts()
    monkeypatch.setenv("IONQ_API_KEY", KEY)
    for again in (pickle.loads(pickle.dumps(job)), copy.deepcopy(job)):
        assert (again.job_id(), again.get_counts()) == (job.job_id(), counts)
    backend = pickle.loads(pickle.dumps(job.backend()))
    assert sum(backend.run(bell(), shots=7).get_counts().values()) == 7


ERRORS = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.IonQError)
]


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_survives_pickling(kind) -> None:
    """D22."""
    error = kind("what, why, and what to do")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (kind, str(error), vars(error))


# --- saved accounts ---


def test_a_saved_account_is_used_and_forgotten(locked, home) -> None:
    IonQProvider.save_account(KEY, url=locked.url)
    assert IonQProvider().get_backend("simulator").run(bell(), shots=5).get_counts().shots() == 5
    with pytest.raises(IonQInputError, match="overwrite=True"):
        IonQProvider.save_account(KEY)
    IonQProvider.save_account("other", "second", url="http://127.0.0.1:9")
    assert IonQProvider(account="second").url == "http://127.0.0.1:9/v0.4"
    assert sorted(IonQProvider.saved_accounts()) == ["default", "second"]
    IonQProvider.delete_account()
    with pytest.raises(IonQCredentialsError, match="no IonQ API key found"):
        IonQProvider()
    with pytest.raises(IonQInputError, match="no saved account 'thrd'"):
        IonQProvider(account="thrd")
    assert home in accounts_file().parents


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_nobody_else_may_read_saved_accounts(home) -> None:
    IonQProvider.save_account(KEY)
    assert stat.S_IMODE(accounts_file().stat().st_mode) == 0o600
    accounts_file().chmod(0o644)
    with pytest.raises(IonQCredentialsError, match="chmod 600"):
        IonQProvider()


def test_a_key_in_the_keyring_is_in_no_file(locked, home) -> None:
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend

    class InMemory(KeyringBackend):
        priority = 1
        kept: ClassVar[dict[tuple[str, str], str]] = {}

        def set_password(self, service, username, password):
            self.kept[service, username] = password

        def get_password(self, service, username):
            return self.kept.get((service, username))

        def delete_password(self, service, username):
            del self.kept[service, username]

    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    try:
        IonQProvider.save_account(KEY, url=locked.url, keyring=True)
        assert KEY not in accounts_file().read_text()
        assert IonQProvider().token == KEY
        IonQProvider.delete_account()
        assert InMemory.kept == {}
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"default": 3}', "null"])
def test_a_broken_file_of_accounts_is_one_clear_error(home, text: str) -> None:
    IonQProvider.save_account(KEY)
    accounts_file().write_text(text)
    with pytest.raises(IonQCredentialsError, match="no file of saved accounts"):
        IonQProvider()


# --- waiting ---


def test_many_jobs_are_waited_for_in_few_requests(cloud_factory) -> None:
    cloud = cloud_factory()
    asked: list[str] = []
    with faulty(cloud.url, lambda method, path: asked.append(f"{method} {path}")) as url:
        provider = IonQProvider("key", url=url, journal=False)
        backend = provider.get_backend("simulator")
        jobs = [backend.run(bell(), shots=10) for _ in range(2 * BATCH)]
        time.sleep(1)
        asked.clear()
        provider.wait(jobs)
        assert len(asked) == 2
        assert all(path.startswith("GET /v0.4/jobs?ids=") for path in asked)
        asked.clear()
        assert all(sum(job.get_counts().values()) == 10 for job in jobs)
    assert all("/artifacts/" in path for path in asked)


def test_results_of_many_jobs_poll_together(cloud_factory) -> None:
    cloud = cloud_factory()
    asked: list[str] = []
    with faulty(cloud.url, lambda method, path: asked.append(f"{method} {path}")) as url:
        backend = IonQProvider("key", url=url, journal=False).get_backend("simulator")
        jobs = [backend.run(bell(), shots=10) for _ in range(BATCH)]
        time.sleep(0.5)
        asked.clear()
        assert all(sum(job.result().get_counts().values()) == 10 for job in jobs)
    assert len([path for path in asked if "/artifacts/" not in path]) == 1


def test_batches_and_failures_are_waited_for_too(cloud) -> None:
    provider = IonQProvider("key", url=cloud.url, journal=False)
    backend = provider.get_backend("simulator")
    jobs = [backend.run([bell(), bell()], shots=10), backend.run(bell(), shots=10)]
    provider.wait(jobs, timeout=60)
    assert [len(job.result().results) for job in jobs] == [2, 1]
    with pytest.raises(IonQJobTimeoutError, match="1 jobs have not ended after 0 s"):
        provider.wait([backend.run(hard(), shots=1)], timeout=0)


def hard() -> QuantumCircuit:
    """Some seconds of work."""
    circuit = QuantumCircuit(23)
    for _ in range(40):
        for qubit in range(22):
            circuit.rxx(0.3, qubit, qubit + 1)
    circuit.measure_all()
    return circuit


def test_threads_share_a_provider(cloud) -> None:
    provider = IonQProvider("key", url=cloud.url, journal=False)
    backend = provider.get_backend("simulator")
    found: list[int] = []

    def run() -> None:
        found.extend(sum(backend.run(bell(), shots=9).get_counts().values()) for _ in range(5))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [9] * 40


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_ctrl_c_leaves_the_job_alone_and_says_how_to_fetch_it(cloud) -> None:
    program = (
        "import sys; from qiskit import QuantumCircuit; from qiskit_ionq_lite import IonQProvider\n"
        "circuit = QuantumCircuit(23)\n"
        "for _ in range(40):\n"
        "    for qubit in range(22): circuit.rxx(0.3, qubit, qubit + 1)\n"
        "circuit.measure_all()\n"
        f"job = IonQProvider('key', url={cloud.url!r}, journal=False).get_backend('simulator').run(circuit)\n"
        "print(job.job_id(), flush=True)\n"
        "job.result()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    job_id = process.stdout.readline().strip()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    said = process.communicate()[1]
    assert f"provider.job('{job_id}') fetches it later" in said
    job = IonQProvider("key", url=cloud.url, journal=False).job(job_id)
    assert job.status().name in ("QUEUED", "RUNNING", "DONE", "INITIALIZING")
    job.cancel()


# --- jobs of others ---


def test_a_job_of_qiskit_ionq_gives_its_registers(cloud, api) -> None:
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.x(2)
    circuit.measure([2, 0], [0, 2])
    header = {
        "n_qubits": 3,
        "memory_slots": 3,
        "name": "theirs",
        "creg_sizes": [["a", 1], ["b", 2]],
        "meas_mapped": [2, None, 0],
        "metadata": {"mine": 1},
    }
    found = run_with_header(cloud, api, packed(header))
    assert found.get_counts() == {"00 1": 77}
    assert found.result().results[0].header["metadata"] == {"mine": 1}


def packed(header: object) -> str:
    import base64
    import gzip

    return base64.b64encode(gzip.compress(json.dumps(header).encode(), mtime=0)).decode()


def run_with_header(cloud, api, text: str):
    gates = [{"gate": "x", "target": 2}]
    job = api.run(
        type="ionq.circuit.v1",
        backend="simulator",
        shots=77,
        metadata={"shots": "77", "qiskit_header": text},
        input={"gateset": "qis", "qubits": 3, "circuit": gates},
    )
    return IonQProvider("key", url=cloud.url, journal=False).job(job["id"])


@pytest.mark.parametrize(
    "header",
    [
        "no base64!",
        "",
        packed([1, 2]),
        packed({"n_qubits": 2, "memory_slots": -1}),
        packed({"n_qubits": 2, "memory_slots": 10**9}),
        packed({"n_qubits": 2, "memory_slots": 2, "meas_mapped": [5, 0]}),
        packed({"n_qubits": "2", "memory_slots": 2}),
        packed([" " * 2**27]),
    ],
)
def test_a_foreign_header_that_cannot_be_read_is_one_clear_error(header: str) -> None:
    with pytest.raises(IonQResponseError, match="qiskit_header"):
        foreign.read(header)


def test_a_failed_job_says_why_each_time(cloud) -> None:
    """D10."""
    job = IonQProvider("key", url=cloud.url, journal=False).get_backend("qpu.aria-1").run(bell(), shots=10)
    job.cancel()
    if job.status().name == "CANCELLED":
        for _ in range(2):
            with pytest.raises(IonQJobFailureError, match="was canceled"):
                job.result()


# --- the command line ---


def command(*arguments: str, text: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "qiskit_ionq_lite", *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


def test_accounts_and_recovery_from_the_command_line(locked, home) -> None:
    assert "Saved account 'default'" in command("account", "save", "--url", locked.url, text=f"{KEY}\n")
    assert KEY not in command("account", "list")
    with faulty(locked.url, lambda method, _path: "cut after" if method == "POST" else "502 before") as url:
        lonely = IonQProvider(KEY, url=locked.url, retry=RetryPolicy(tries=2, first_wait=0.01))
        backend = lonely.get_backend("simulator")
        lonely._client._transport.url = url
        with pytest.raises(IonQAPIError):
            backend.run(bell(), name="left open")
    listed = command("jobs", "--remote")
    assert "UNCONFIRMED   left open" in listed
    assert "found         left open" in command("recover", "--remote")
    assert "Nothing was left open." in command("recover", "--remote")
    assert "Forgot account 'default'" in command("account", "delete")
