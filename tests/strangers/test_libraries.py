"""Libraries that build on Qiskit, in an environment of their own, which has what this package needs too."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.metadata import distribution
from pathlib import Path

HERE = Path(__file__).parent / "elsewhere"
ROOT = Path(__file__).parents[2]
LIBRARIES = (
    "qiskit-algorithms==0.4.0",
    "qiskit-experiments==0.14.2",
    "mitiq==1.1.0",
    "ply",  # reads OpenQASM for Cirq, which mitiq asks to and does not require
    "qiskit-addon-cutting==0.10.0",
)


def needs_of_ours() -> list[str]:
    """Read from the source, for what is installed in place may describe itself as it once was."""
    listed = re.search(
        r"^dependencies = \[\n(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.DOTALL | re.MULTILINE
    )
    return re.findall(r'^ *"(.+?)",', listed[1], re.MULTILINE)


def test_libraries_run_unchanged(cloud, python_of, tmp_path):
    ours = distribution("qiskit-ionq-lite")
    python = python_of(*LIBRARIES, *needs_of_ours())
    installed = tmp_path / "qiskit_ionq_lite-0.dist-info"  # where Qiskit finds our stage of the transpiler
    installed.mkdir()
    for name in ("METADATA", "entry_points.txt"):
        (installed / name).write_text(ours.read_text(name) or "")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("IONQ", "PYTHON", "PYTEST"))
    }
    environment |= {
        "LOCAL_CLOUD": cloud.url,
        "IONQ_API_KEY": cloud.token,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
    }
    alone = ["--noconftest", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", HERE]
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "--tb=short", *alone, HERE / "qiskit_libraries.py"],
        env=environment,
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
