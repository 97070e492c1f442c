"""Long simulations in processes of their own.

Aer holds Python's global lock while it computes, so a long simulation in this process would freeze the
server, and the notebook that embeds it. In another process it can be ended at any time, and if the operating
system ends it for lack of memory, one job fails and the cloud goes on. Processes are kept for
the next long job.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from threading import Lock
from typing import TYPE_CHECKING

from qiskit_ionq_lite.errors import IonQError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from qiskit_ionq_lite.emulator.simulate import Found, Task

_COMMAND = [sys.executable, "-m", "qiskit_ionq_lite.emulator.child"]


class SimulationLostError(IonQError):
    """The process of a simulation ended before it had answered, or answered with an error."""


class SimulationAbortedError(IonQError):
    """Nobody wants the simulation any more: its job was canceled or deleted, or the cloud is closing."""


class Processes:
    """Child processes that simulate, as many as there are long jobs at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: list[subprocess.Popen[bytes]] = []
        self._busy: dict[str, subprocess.Popen[bytes]] = {}
        self._aborted: set[str] = set()
        self._closed = False

    def run(self, job_id: str, task: Task, wanted: Callable[[], bool]) -> Found:
        """What ``simulate`` finds, computed in another process.

        Args:
            job_id: by which :meth:`abort` finds the process.
            task: what to simulate.
            wanted: whether the job still wants it; asked when :meth:`abort` can already end the process, so
                that no cancellation falls between the two.

        Raises:
            SimulationAbortedError: it was not wanted any more.
            SimulationLostError: the process died, or met an error.
        """
        child = self._take(job_id)
        try:
            if not wanted():
                raise _aborted(job_id)
            answer = _ask(child, task)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            child.kill()
            child.wait()  # so that it is seen to be dead, and not used again
            if self._closed or job_id in self._aborted:
                raise _aborted(job_id) from error
            raise SimulationLostError(f"the simulation was ended ({_ending(child)})") from error
        finally:
            self._give_back(job_id)
        if isinstance(answer, str):
            raise SimulationLostError(answer)
        return answer

    def run_all(self, job_id: str, tasks: Sequence[Task], wanted: Callable[[], bool]) -> list[Found]:
        """What :meth:`run` finds for each task, one after the other, since each takes all cores."""
        return [self.run(job_id, task, wanted) for task in tasks]

    def abort(self, job_ids: Iterable[str]) -> None:
        """End the simulations of these jobs, if they run."""
        with self._lock:
            for job_id in job_ids:
                if job_id in self._busy:
                    self._aborted.add(job_id)
                    self._busy[job_id].kill()

    def close(self) -> None:
        """End all processes."""
        with self._lock:
            self._closed = True
            for child in self._busy.values():
                child.kill()
            for child in self._idle:
                _end(child)
            self._idle.clear()

    def _take(self, job_id: str) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise SimulationAbortedError("the local cloud has been closed")
            child = self._living() or _start()
            self._busy[job_id] = child
        return child

    def _living(self) -> subprocess.Popen[bytes] | None:
        """An idle process that nobody has killed in the meantime."""
        while self._idle:
            child = self._idle.pop()
            if child.poll() is None:
                return child
            _end(child)
        return None

    def _give_back(self, job_id: str) -> None:
        with self._lock:
            child = self._busy.pop(job_id)
            dying = job_id in self._aborted  # killed a moment ago, and perhaps still there
            self._aborted.discard(job_id)
            if dying or self._closed or child.poll() is not None:
                _end(child)
            else:
                self._idle.append(child)


def _aborted(job_id: str) -> SimulationAbortedError:
    return SimulationAbortedError(f"the simulation of job {job_id} is not wanted any more")


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _ask(child: subprocess.Popen[bytes], task: Task) -> Found | str:
    if child.stdin is None or child.stdout is None:
        raise EOFError
    pickle.dump(task, child.stdin, pickle.HIGHEST_PROTOCOL)
    child.stdin.flush()
    answer: Found | str = pickle.load(child.stdout)
    return answer


def _ending(child: subprocess.Popen[bytes]) -> str:
    code = child.returncode
    return f"signal {-code}, perhaps for lack of memory" if code < 0 else f"exit code {code}"


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
