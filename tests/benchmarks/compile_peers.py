"""The rivals. Each has a process of its own: qiskit-ionq teaches Qiskit's library gates of our names."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import version
from typing import Any

from compile_figures import COUNTING, Figures, figures
from pytket import Circuit, OpType
from pytket.passes import AutoRebase, DecomposeTK2, FullPeepholeOptimise, NormaliseTK2, RemoveRedundancies
from qiskit import QuantumCircuit, transpile

VERSIONS = ", ".join(f"{name} {version(name)}" for name in ("qiskit", "qiskit-ionq", "pytket", "mqt.bench"))
_BACKENDS = {"zz": "ionq_qpu.forte-1", "ms": "ionq_qpu.aria-1"}
_QUBITS = 36


def peers(family: str) -> dict[str, str]:
    """Column of the table -> key of :data:`COMPILERS`; only qiskit-ionq knows families."""
    return {
        "qiskit-ionq": f"qiskit-ionq {family}",
        "tket": "tket",
        "Qiskit 3": "Qiskit 3",
        "tket+Q3": "tket+Q3",
    }


def key(name: str, compiler: str) -> str:
    """What a figure depends on, as a key of the cache."""
    return f"{name} | {compiler} | {VERSIONS} | {COUNTING}"


def measured(name: str, compiler: str) -> Figures:
    """One circuit through one compiler; runs in that compiler's process."""
    warnings.simplefilter("ignore")
    return figures(name, COMPILERS[compiler])


@cache
def _peer_backend(family: str) -> Any:
    """qiskit-ionq's native backend of a family, offline, though it would ask the service for its size."""
    os.environ["IONQ_API_URL"] = "http://127.0.0.1:9"  # nobody listens there
    import qiskit_ionq  # takes a second, and only its own process needs it

    backend = qiskit_ionq.IonQProvider("no key").get_backend(_BACKENDS[family], gateset="native")
    backend._num_qubits = _QUBITS
    backend._target = backend._make_target()
    return backend


def qiskit_ionq(circuit: QuantumCircuit, family: str) -> QuantumCircuit:
    """The official provider at its default level."""
    return transpile(circuit, _peer_backend(family))


def qiskit_level_3(circuit: QuantumCircuit) -> QuantumCircuit:
    """Qiskit alone, to partial entanglers; the seed makes it the same circuit every time."""
    return transpile(circuit, basis_gates=["rz", "rx", "rzz"], optimization_level=3, seed_transpiler=1)


def tket(circuit: QuantumCircuit) -> QuantumCircuit:
    """tket's peephole pass with swaps allowed, to ZZPhase by way of CX and of TK2; the better of both."""
    start = _to_tket(circuit)
    by_cx, by_tk2 = start.copy(), start
    FullPeepholeOptimise().apply(by_cx)
    FullPeepholeOptimise(target_2qb_gate=OpType.TK2).apply(by_tk2)
    NormaliseTK2().apply(by_tk2)
    DecomposeTK2(ZZPhase_fidelity=1.0).apply(by_tk2)
    for result in (by_cx, by_tk2):
        AutoRebase({OpType.ZZPhase, OpType.Rz, OpType.Rx}).apply(result)
        RemoveRedundancies().apply(result)
    return _from_tket(min(by_cx, by_tk2, key=lambda result: result.n_2qb_gates()), circuit)


def tket_then_qiskit(circuit: QuantumCircuit) -> QuantumCircuit:
    """Both in a row: no product that anybody ships, but a sign of what can be had."""
    return qiskit_level_3(tket(circuit))


COMPILERS: dict[str, Callable[[QuantumCircuit], QuantumCircuit]] = {
    "qiskit-ionq zz": partial(qiskit_ionq, family="zz"),
    "qiskit-ionq ms": partial(qiskit_ionq, family="ms"),
    "tket": tket,
    "Qiskit 3": qiskit_level_3,
    "tket+Q3": tket_then_qiskit,
}

_TKET = {
    **{name: getattr(OpType, name.upper()) for name in ("h", "x", "y", "z", "s", "t", "sx")},
    **{name: getattr(OpType, name.upper()) for name in ("cx", "cy", "cz", "ch", "swap", "ccx", "cswap")},
    **{f"r{axis}": getattr(OpType, f"R{axis}") for axis in "xyz"},
    **{f"cr{axis}": getattr(OpType, f"CR{axis}") for axis in "xyz"},
    **{f"r{axis * 2}": getattr(OpType, f"{axis.upper() * 2}Phase") for axis in "xyz"},
    "sdg": OpType.Sdg,
    "tdg": OpType.Tdg,
    "sxdg": OpType.SXdg,
    "p": OpType.U1,
    "u": OpType.U3,
    "cp": OpType.CU1,
    "csx": OpType.CSX,
}
"""Qiskit's name -> tket's gate; tket's angles are half turns."""

_FROM_TKET = {OpType.ZZPhase: "rzz", OpType.Rz: "rz", OpType.Rx: "rx"}


def _to_tket(circuit: QuantumCircuit) -> Circuit:
    plain = transpile(circuit, basis_gates=[*_TKET, "measure"], optimization_level=0)
    result = Circuit(plain.num_qubits, plain.num_clbits)
    place = {bit: number for bits in (plain.qubits, plain.clbits) for number, bit in enumerate(bits)}
    for step in plain.data:
        qubits = [place[qubit] for qubit in step.qubits]
        if step.name == "measure":
            result.Measure(qubits[0], place[step.clbits[0]])
        elif step.name == "barrier":
            result.add_barrier(qubits)
        else:
            result.add_gate(_TKET[step.name], [float(angle) / math.pi for angle in step.params], qubits)
    return result


def _from_tket(compiled: Circuit, original: QuantumCircuit) -> QuantumCircuit:
    """The same in rz, rx and rzz; measurements stand where tket's implicit swaps have moved the qubits."""
    result = QuantumCircuit(original.num_qubits, original.num_clbits)
    for command in compiled.get_commands():
        kind, qubits = command.op.type, [qubit.index[0] for qubit in command.qubits]
        if kind == OpType.Measure:
            result.measure(qubits[0], command.bits[0].index[0])
        elif kind == OpType.Barrier:
            result.barrier(qubits)
        elif kind != OpType.Phase:
            getattr(result, _FROM_TKET[kind])(float(command.op.params[0]) * math.pi, *qubits)
    return result
