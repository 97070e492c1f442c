"""The command line against a real local cloud: what it prints, and that every mistake is one clear line."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from click.testing import CliRunner

from qiskit_ionq_lite.cli import main

CIRCUITS = Path(__file__).parents[2] / "notebooks" / "circuits"
GHZ, ADDER, QAOA = (CIRCUITS / f"{name}.qasm" for name in ("ghz", "qft_adder", "qaoa"))
KEY = {"IONQ_API_KEY": "any"}


class Said(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def ionq_lite(cloud, monkeypatch):
    """``ionq_lite("run", file, ...)`` in this process, on the cloud that all tests share."""
    monkeypatch.setattr("warnings.showwarning", lambda *_, **__: None)  # the command line sets its own

    def call(*arguments) -> Said:
        where = [] if arguments[0] == "serve" else ["--url", cloud.url]
        done = CliRunner().invoke(main, [*map(str, arguments), *where], env=KEY)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        return Said(done.exit_code, done.stdout, done.stderr)

    return call


@pytest.fixture
def as_json(ionq_lite):
    def call(*arguments):
        done = ionq_lite("run", *arguments, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)

    return call


def test_counts_and_bars(ionq_lite) -> None:
    done = ionq_lite("run", GHZ, "--shots", 100, "--seed", 1)
    assert done.code == 0
    title, *rows = done.out.splitlines()
    assert re.fullmatch(r"job [0-9a-f-]{36} on simulator, 100 shots", title)
    keys, counts, bars = zip(*(row.split() for row in rows), strict=True)
    assert keys == ("0" * 8, "1" * 8)
    assert sum(map(int, counts)) == 100
    assert max(map(len, bars)) == 40


@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_the_adder_adds(as_json, gateset: str) -> None:
    """OpenQASM 2: 3 + 4 = 7."""
    document = as_json(ADDER, "--gateset", gateset, "--shots", 20)
    assert document["counts"] == {"111": 20}
    assert document["probabilities"]["111"] == pytest.approx(1)


@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_qaoa_cuts_three_quarters_of_the_ring(as_json, gateset: str) -> None:
    """OpenQASM 3, with a gate of its own; exact, because the simulator's probabilities are."""
    found = as_json(QAOA, "--gateset", gateset)["probabilities"]
    cut = sum(
        weight * sum(a != b for a, b in zip(key, key[1:] + key[0], strict=True))
        for key, weight in found.items()
    )
    assert cut == pytest.approx(0.75 * 6)


@pytest.mark.parametrize(
    "options",
    [
        ("--noise-model", "aria-1"),
        ("--backend", "qpu.forte-1"),
        ("--backend", "aria-1", "--gateset", "native"),
        ("--backend", "ionq_simulator", "--noise-model", "forte-1", "--gateset", "native"),
    ],
    ids=" ".join,
)
def test_noise_shows(as_json, options: tuple[str, ...]) -> None:
    document = as_json(GHZ, "--shots", 4000, "--seed", 3, *options)
    assert sum(document["counts"].values()) == document["shots"] == 4000
    right = document["counts"]["0" * 8] + document["counts"]["1" * 8]
    assert 2400 < right < 4000


def test_a_seed_repeats_counts_and_an_id_fetches_them(ionq_lite, as_json) -> None:
    first, second = (as_json(QAOA, "--seed", 11, "--shots", 333) for _ in range(2))
    assert first["counts"] == second["counts"]
    assert first["job_id"] != second["job_id"]
    fetched = ionq_lite("job", first["job_id"], "--json")
    assert json.loads(fetched.out)["counts"] == first["counts"]
    assert first["job_id"] in ionq_lite("jobs", "--limit", 5).out


def test_backends_are_listed(ionq_lite) -> None:
    rows = [row.split() for row in ionq_lite("backends").out.splitlines()]
    assert {(name, qubits) for name, qubits, *_ in rows} >= {("simulator", "29"), ("qpu.forte-1", "36")}


# --- mistakes: one clear message each, and nothing of Python's ---


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("run", "nowhere.qasm"), "nowhere.qasm"),
        (("run", GHZ, "--backend", "qpu.fort-1"), "qpu.forte-1"),
        (("run", GHZ, "--shots", 0), "from 1 to 1,000,000"),
        (("run", GHZ, "--shots", -5), "from 1 to 1,000,000"),
        (("run", GHZ, "--shots", 1_000_001), "from 1 to 1,000,000"),
        (("run", GHZ, "--shots", "many"), "not a valid integer"),
        (("run", GHZ, "--noise-model", "aria"), "aria-1"),
        (("run", GHZ, "--backend", "qpu.aria-1", "--noise-model", "aria-1"), "for the simulator"),
        (("run", GHZ, "--gateset", "pulse"), "native"),
        (("run", GHZ, "--db", "jobs.db"), "--db is for the local cloud"),
        (("job", "not-a-job"), "404"),
        (("serve", "--port", 99999), "65535"),
        (("serve", "--host", "0.0.0.0"), "--api-key"),
        (("serve", "--fault", "cutt POST /jobs"), "did you mean 'cut'"),
    ],
)
def test_mistakes(ionq_lite, arguments, expected: str) -> None:
    done = ionq_lite(*arguments)
    assert done.code in (1, 2)
    assert expected in " ".join(done.err.split())
    assert "Traceback" not in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    "program",
    [
        "",
        "this is no program",
        'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; hadamard q[0];',
        'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; h q[2];',
        "OPENQASM 3.0; qubit q; h q;",
        "OPENQASM 3.0; input float theta; qubit q; bit c; rx(theta) q; c = measure q;",
        'OPENQASM 3.0; include "stdgates.inc"; qubit q; rx(1/0) q;',
        "OPENQASM 3.0; qubit[99999999999999999999] q;",
        "OPENQASM 4.0;",
        "OPENQASM",
        "\N{SNOWMAN}",
        "\x00\x01",
    ],
)
def test_a_file_that_is_no_program(ionq_lite, tmp_path, program: str) -> None:
    file = tmp_path / "bad.qasm"
    file.write_text(program)
    done = ionq_lite("run", file)
    assert done.code == 1
    assert done.err.startswith("Error: ")
    assert done.out == ""


def test_a_file_that_is_no_text(ionq_lite, tmp_path) -> None:
    file = tmp_path / "bad.qasm"
    file.write_bytes(b"\xff\xfe\x00qreg")
    done = ionq_lite("run", file)
    assert done.code == 1
    assert "bad.qasm" in done.err


def test_a_cloud_that_is_not_there(tmp_path) -> None:
    done = CliRunner().invoke(main, ["backends", "--url", "http://127.0.0.1:9"], env=KEY)
    assert done.exit_code == 1
    assert "cannot be reached" in done.stderr


def test_no_key_says_how_to_get_one(monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)  # no .env file here
    done = CliRunner(env=dict.fromkeys(("QISKIT_IONQ_API_TOKEN", "IONQ_API_KEY", "IONQ_API_TOKEN"))).invoke(
        main, ["backends", "--remote"]
    )
    assert done.exit_code == 1
    assert "IonQProvider.local()" in done.stderr


def test_a_price_before_anything_runs(ionq_lite, cloud) -> None:
    done = ionq_lite("estimate", GHZ, "--backend", "forte-1", "--shots", 100)
    assert (done.code, done.err) == (0, "")
    assert done.out == "25.79 usd on qpu.forte-1: 100 shots of 1 one-qubit and 7 two-qubit gates\n"
    document = json.loads(ionq_lite("estimate", GHZ, "--json").out)
    assert (document["backend"], document["cost"], document["shots"]) == ("simulator", 0, 1024)


def test_what_costs_more_is_not_run(ionq_lite) -> None:
    done = ionq_lite("run", GHZ, "--backend", "qpu.forte-1", "--shots", 100, "--max-cost-usd", 20)
    assert (done.code, done.out) == (1, "")
    assert "would cost 25.79 usd" in done.err
    assert ionq_lite("run", GHZ, "--shots", 100, "--max-cost-usd", 20).code == 0


# --- as programs ---


def program(*arguments: object, **options) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "qiskit_ionq_lite", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_run_starts_a_cloud_of_its_own_that_keeps_jobs_in_a_file(tmp_path) -> None:
    db = tmp_path / "jobs.db"
    run = program("run", ADDER, "--shots", 10, "--json", "--db", db)
    out, err = run.communicate()
    assert (run.returncode, err) == (0, "")
    document = json.loads(out)
    again = program("job", document["job_id"], "--json", "--db", db)
    assert json.loads(again.communicate()[0]) == document


@pytest.mark.parametrize(("ending", "flags"), [(signal.SIGTERM, []), (signal.SIGINT, ["--strict"])])
def test_serve(ending: signal.Signals, flags: list[str], tmp_path) -> None:
    """One process serves, another runs a circuit there, and a signal ends the first one cleanly."""
    server = program("serve", "--port", 0, "--db", tmp_path / "jobs.db", "--api-key", "s3cret", *flags)
    try:
        url = re.search(r"http://\S+", server.stdout.readline()).group()
        health = requests.get(f"{url}/health", timeout=10)  # the specification does not have it
        assert health.status_code == (404 if flags else 200)
        environment = {"IONQ_API_KEY": "s3cret", "PATH": ""}
        run = program("run", GHZ, "--url", url, "--json", env=environment)
        out, err = run.communicate()
        assert (run.returncode, err) == (0, "")
        assert sum(json.loads(out)["counts"].values()) == 1024
        refused = program("backends", "--url", url, env={"IONQ_API_KEY": "guess"})
        refused.communicate()
        assert (
            requests.get(f"{url}/jobs", headers={"Authorization": "apiKey guess"}, timeout=10).status_code
            == 401
        )
    finally:
        server.send_signal(ending)
        out, err = server.communicate(timeout=60)
    assert server.returncode == 0
    assert {json.loads(line)["level"] for line in err.splitlines()} == {"info"}
    assert "s3cret" not in out + err
