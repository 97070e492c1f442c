"""A process that submits a hundred jobs, and is killed while it does."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time

SUBMITS = textwrap.dedent(
    """
    import sys
    from qiskit import QuantumCircuit
    from qiskit_ionq_lite import IonQProvider

    circuit = QuantumCircuit(1)
    circuit.x(0)
    circuit.measure_all()
    backend = IonQProvider("key", url=sys.argv[1], journal=sys.argv[2]).get_backend("simulator")
    print("ready", flush=True)
    for _ in range(100):
        backend.run(circuit, shots=1)
    """
)


def kill_while_submitting(url: str, journal: object, seconds: float) -> None:
    process = subprocess.Popen([sys.executable, "-c", SUBMITS, url, str(journal)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == b"ready"
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
