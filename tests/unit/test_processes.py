"""Simulations in another process: the same numbers, and an end at any time."""

from __future__ import annotations

import json
from threading import Timer

import pytest

from qiskit_ionq_lite.emulator.processes import Processes, SimulationAbortedError, SimulationLostError
from qiskit_ionq_lite.emulator.simulate import Failure, Task, seconds, simulate

GHZ = [{"gate": "h", "target": 0}, *({"gate": "cnot", "target": q, "control": q - 1} for q in range(1, 17))]


def task(circuit=GHZ[:3], backend="qpu.forte-1", shots=100, **fields):
    body = json.dumps({"gateset": "qis", "circuit": circuit}).encode()
    whole = {"noise_model": None, "seed": 5, "check_only": False} | fields
    return Task("ionq.circuit.v1", body, backend, shots=shots, **whole)


ENDLESS = task(GHZ * 3, shots=10_000)


@pytest.fixture
def processes():
    made = Processes()
    yield made
    made.close()


def run(processes, what, job_id="job"):
    return processes.run(job_id, what, lambda: True)


def test_another_process_finds_the_same(processes):
    there, here = run(processes, task())[0], simulate(task())[0]
    assert there.outcomes.shots.tolist() == here.outcomes.shots.tolist()
    assert isinstance(run(processes, task([{"gate": "no", "target": 0}]))[0], Failure)


def test_an_aborted_simulation_ends_and_the_next_one_runs(processes):
    Timer(0.05, processes.abort, [["job"]]).start()
    with pytest.raises(SimulationAbortedError):
        run(processes, ENDLESS)
    assert run(processes, task())[0].outcomes.shots is not None


def test_a_process_that_is_dying_takes_no_other_job(processes):
    def unwanted():
        processes.abort(["job"])
        return False

    for _ in range(5):
        with pytest.raises(SimulationAbortedError):
            processes.run("job", ENDLESS, unwanted)
        assert run(processes, task())[0].outcomes.shots is not None


def test_idle_processes_may_die(processes):
    run(processes, task())
    (child,) = processes._idle  # killed by the operating system, say
    child.kill()
    child.wait()
    assert run(processes, task())[0].outcomes.shots is not None


def test_a_killed_process_is_a_clear_error(processes):
    def kill():
        (child,) = processes._busy.values()  # the operating system would not ask either
        child.kill()

    Timer(0.05, kill).start()
    with pytest.raises(SimulationLostError, match="signal 9"):
        run(processes, ENDLESS)
    assert run(processes, task())[0].outcomes.shots is not None


def test_an_error_over_there_is_an_error_here(processes):
    with pytest.raises(SimulationLostError, match="KeyError"):
        run(processes, task(backend="simulator", noise_model="no such model"))


def test_what_nobody_wants_is_not_started(processes):
    with pytest.raises(SimulationAbortedError):
        processes.run("job", ENDLESS, lambda: False)


def test_closing_ends_all(processes):
    Timer(0.05, processes.close).start()
    with pytest.raises(SimulationAbortedError):
        run(processes, ENDLESS)
    with pytest.raises(SimulationAbortedError):
        run(processes, task())


def test_the_forecast_knows_long_from_short():
    assert seconds(task()) < 0.05
    assert seconds(ENDLESS) > 60
    assert seconds(task([{"gate": "x", "target": 99}])) == 0  # it fails before anything is simulated
