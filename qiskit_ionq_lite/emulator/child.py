"""The other process: reads tasks from its standard input, and writes what it found to its standard output.

python -m qiskit_ionq_lite.emulator.child
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from qiskit_ionq_lite.emulator.simulate import simulate

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_NICE = 10  # of 0 to 19


def main() -> None:
    """Work until the parent closes the pipe."""
    _die_with_parent()
    _step_aside()
    tasks, answers = _pipes()
    while True:
        try:
            task = pickle.load(tasks)
        except EOFError:
            return
        try:
            answer: object = simulate(task)
        except Exception as error:  # noqa: BLE001  # it is the parent that decides what becomes of the job
            answer = f"{type(error).__name__}: {error}"
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Where tasks come from and answers go; whatever a library prints goes to standard error instead."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends this process
    return sys.stdin.buffer, answers


def _die_with_parent() -> None:
    """A killed parent takes its simulations along, on Linux; elsewhere they end by themselves.

    And if memory runs out, the system ends a simulation, never the server.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _step_aside() -> None:
    """Answers come first: the server that shares the cores waits for no simulation. Where systems know it."""
    if hasattr(os, "nice"):
        os.nice(_NICE)


if __name__ == "__main__":
    main()
