"""Strangers whose pins ask for an environment of their own, pointed at the local cloud.

Their flows are in ``elsewhere/``: tests for a pytest that runs beside their libraries, and without ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "elsewhere"
NEWER_PYTHON = pytest.mark.skipif(sys.version_info < (3, 11), reason="it needs Python 3.11")
OURS = ("IONQ", "PYTHON", "PYTEST", "COV_")


@pytest.mark.parametrize(
    ("requirement", "flows"),
    [
        ("qiskit-ionq==0.5.13", "qiskit_ionq_v03.py"),
        pytest.param("cirq-ionq==1.7.0", "cirq_flows.py", marks=NEWER_PYTHON),
        pytest.param("pennylane-ionq==0.45.0", "pennylane_flows.py", marks=NEWER_PYTHON),
    ],
)
def test_flows(cloud, python_of, requirement, flows):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    alone = [
        "-q",
        "--tb=short",
        "--noconftest",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir",
        HERE,
    ]
    done = subprocess.run(
        [python_of(requirement), "-m", "pytest", *alone, HERE / flows],
        env=environment | {"LOCAL_CLOUD": cloud.url, "IONQ_API_KEY": cloud.token},
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
