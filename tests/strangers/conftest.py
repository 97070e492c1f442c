"""Strangers have their own demands, some of them an environment of their own."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

import platformdirs
import pytest

collect_ignore = ["test_ionq_core.py"] if sys.version_info < (3, 11) else []  # ionq-core needs Python 3.11
collect_ignore_glob = ["elsewhere/*"]  # run by test_elsewhere.py, where their libraries are

_CACHE = Path(platformdirs.user_cache_dir("qiskit-ionq-lite")) / "strangers"


class NotThereError(Exception):
    """An environment that cannot be built here, and why."""


@pytest.fixture(scope="session")
def python_of():
    """``python_of("cirq-ionq==1.7.0")``: a Python that has this installed, built once on this computer."""

    def find(*requirements: str) -> Path:
        try:
            return _environment(("pytest>=8", *requirements))
        except NotThereError as error:
            pytest.skip(f"{', '.join(requirements)} cannot be installed here: {error}")

    return find


def _environment(requirements: tuple[str, ...]) -> Path:
    """The interpreter of an environment with these; one process builds it while the others wait."""
    said = "\n".join((sys.version, *requirements))
    folder = _CACHE / hashlib.sha256(said.encode()).hexdigest()[:16]
    python, complete = folder / "bin" / "python", folder / "complete"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            venv.create(folder, with_pip=True, clear=True)
            _install(python, requirements)
            complete.write_text(said)
    return python


def _install(python: Path, requirements: tuple[str, ...]) -> None:
    command = [python, "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "20", *requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        complaints = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise NotThereError((complaints or ["pip failed"])[-1])
