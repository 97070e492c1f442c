"""How near to the ideal distribution compiled circuits come under noise: ours beside qiskit-ionq's.

    pip install -e ".[bench,test]"
    python tests/benchmarks/fidelity.py            # ours anew, then the notebook native_gates with its plot
    python tests/benchmarks/fidelity.py --again    # qiskit-ionq's anew, too, which takes minutes

Both sides compile the public circuits of up to 10 qubits at their default level. The native circuits then go
through the local cloud's noise models, as density matrices, so that no sampling decides: the fidelity is
Hellinger's, of the exact noisy distribution to the ideal one. qiskit-ionq compiles in a process of its own,
for it teaches Qiskit's library gates of our names.
"""

from __future__ import annotations

import argparse
import csv
import sys
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import compile_circuits
import numpy as np
from compile_figures import _distribution, pulses
from qiskit import QuantumCircuit, transpile
from qiskit_aer import AerSimulator

from qiskit_ionq_lite import IonQProvider
from qiskit_ionq_lite.emulator.devices import NOISE_MODELS
from qiskit_ionq_lite.emulator.engine import _noise
from qiskit_ionq_lite.emulator.pulses import without_native

MODELS = {"forte-1": "zz", "aria-1": "ms"}
"""Noise model, and machine -> its entangler."""

MAX_QUBITS = 10
BLIND = 1e-7
"""Infidelity below which noise cannot be seen."""

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "native_gates.ipynb"
TABLE = NOTEBOOK.with_suffix(".csv")


class Run(NamedTuple):
    """One compiler's circuit under noise: two-qubit gates, pulses, Hellinger fidelity."""

    two_qubit: int
    pulses: int
    fidelity: float


class Row(NamedTuple):
    """One line of the table."""

    model: str
    circuit: str
    ours: Run
    peer: Run

    @property
    def differs(self) -> bool:
        return self.ours[:2] != self.peer[:2]

    @property
    def blind(self) -> bool:
        """Whether noise changes nothing: depolarizing keeps a uniform distribution uniform."""
        return min(self.ours.fidelity, self.peer.fidelity) > 1 - BLIND

    @property
    def better(self) -> bool:
        return self.ours.fidelity > self.peer.fidelity


def run(compiled: QuantumCircuit, name: str, model: str) -> Run:
    """A native circuit under noise."""
    circuit = compile_circuits.circuit(name)
    ideal = _distribution(circuit, list(range(circuit.num_qubits)), seed=0)
    noisy = noisy_distribution(compiled, model)
    fidelity = float(np.sqrt(ideal * np.clip(noisy, 0, None)).sum() ** 2)
    return Run(compiled.num_nonlocal_gates(), pulses(compiled), round(fidelity, 9))


def noisy_distribution(compiled: QuantumCircuit, model: str) -> np.ndarray:
    """Exact probabilities of the classical bits, the first one least significant."""
    index = {bit: place for bits in (compiled.qubits, compiled.clbits) for place, bit in enumerate(bits)}
    used = sorted({index[qubit] for step in compiled.data for qubit in step.qubits if step.name != "barrier"})
    place = {qubit: number for number, qubit in enumerate(used)}
    small = QuantumCircuit(len(used))
    read: dict[int, int] = {}
    for step in compiled.data:
        qubits = [place.get(index[qubit]) for qubit in step.qubits]
        if step.name == "measure":
            read[index[step.clbits[0]]] = qubits[0]
        elif step.name != "barrier":
            small.append(step.operation, qubits)
    simulated = without_native(small)
    simulated.save_probabilities([read[clbit] for clbit in sorted(read)])
    noise = _noise(NOISE_MODELS[model].rates)
    simulator = AerSimulator(method="density_matrix", noise_model=noise)
    return np.asarray(simulator.run(simulated, shots=1).result().data()["probabilities"])


def ours(name: str, model: str, provider: IonQProvider) -> Run:
    """As users call it, at the default level."""
    backend = provider.get_backend(f"qpu.{model}", gateset="native")
    return run(transpile(compile_circuits.circuit(name), backend, seed_transpiler=1), name, model)


def peer(name: str, model: str) -> Run:
    """Runs in the process of qiskit-ionq."""
    import compile_peers  # only that process needs it

    warnings.simplefilter("ignore")
    compiled = compile_peers.qiskit_ionq(compile_circuits.circuit(name), MODELS[model])
    return run(compiled, name, model)


def known_peers() -> dict[tuple[str, str], Run]:
    """What the table holds of qiskit-ionq."""
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="") as file:
        return {
            (row["model"], row["circuit"]): Run(
                int(row["peer_two_qubit"]), int(row["peer_pulses"]), float(row["peer_fidelity"])
            )
            for row in csv.DictReader(file)
        }


def write(rows: list[Row]) -> None:
    head = [f"{side}_{field}" for side in ("ours", "peer") for field in Run._fields]
    with TABLE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["model", "circuit", *head])
        writer.writerows([row.model, row.circuit, *row.ours, *row.peer] for row in rows)


def measured(names: list[str], again: bool) -> list[Row]:
    """Every circuit with every model; a line for each as it comes."""
    known: dict[tuple[str, str], Run] = {} if again else known_peers()
    rows = []
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process,
        IonQProvider.local() as provider,
    ):
        for model in MODELS:
            for name in names:
                theirs = known.get((model, name)) or process.submit(peer, name, model).result()
                rows.append(Row(model, name, ours(name, model, provider), theirs))
                print(line(rows[-1]), flush=True)
    return rows


def line(row: Row) -> str:
    sides = "   ".join(f"{s.two_qubit:>5} {s.pulses:>5} {s.fidelity:.5f}" for s in (row.ours, row.peer))
    verdicts = {row.better: "", not row.differs: "  the same counts", row.blind: "  noise cannot be seen"}
    verdict = verdicts.get(True, "  NOT HIGHER")
    return f"{row.model:8} {row.circuit:28}{sides}{verdict}"


def rewrite_notebook() -> None:
    """Run the notebook, and keep what it shows."""
    sys.path.append(str(Path(__file__).parents[1]))
    from notebook_kernel import rewrite  # of the tests

    rewrite(NOTEBOOK)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--again", action="store_true", help="qiskit-ionq's figures again, too")
    parser.add_argument("--only", action="append", default=[], help="some circuits, and nothing is written")
    given = parser.parse_args()
    rows = measured(compile_circuits.chosen(given.only, MAX_QUBITS), given.again)
    differing = [row for row in rows if row.differs and not row.blind]
    higher = [row for row in differing if row.better]
    print(
        f"counts differ, and noise can be seen: {len(differing)}; higher fidelity than there: {len(higher)}"
    )
    if not given.only:
        write(rows)
        rewrite_notebook()


if __name__ == "__main__":
    main()
