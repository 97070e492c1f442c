"""An ansatz and a Hamiltonian -> the body of a ``quantum-function`` job, which computes the energy (F 8)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from qiskit_ionq_lite.circuits import header as headers
from qiskit_ionq_lite.circuits import wire
from qiskit_ionq_lite.circuits.body import MAX_BYTES, JobBody, as_texts, job_name, noise_seed
from qiskit_ionq_lite.circuits.program import ansatz_text
from qiskit_ionq_lite.errors import IonQCircuitError, IonQInputError, IonQOptionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qiskit import QuantumCircuit

    from qiskit_ionq_lite.options import RunOptions

TYPE = "quantum-function"
_PAULIS = re.compile(r"[IXYZ]+")
_NOT_TAKEN = ("symmetry_verification", "job_settings", "memory", "max_cost_usd")  # F 8.9


class _Term(msgspec.Struct):
    pauli_string: str
    coefficient: float


class _Ansatz(msgspec.Struct):
    data: str


class _Energy(msgspec.Struct):
    hamiltonian: list[_Term]
    ansatz: _Ansatz


class _Function(msgspec.Struct):
    type: str
    data: _Energy


class EnergyInput(msgspec.Struct):
    """The ``input`` of the job: a function inside a function's frame (F 8.2)."""

    data: _Function
    params: list[float]


def energy_input(
    ansatz: QuantumCircuit, hamiltonian: Mapping[str, float], values: Sequence[float]
) -> EnergyInput:
    """The input of a job.

    Args:
        ansatz: without measurements.
        hamiltonian: Pauli strings, qubit 0 rightmost, and their weights; the platform ignores the identity.
        values: of the ansatz's parameters, in the order of ``ansatz.parameters``.

    Raises:
        IonQInputError: if they do not fit together.
        IonQCircuitError: if the ansatz measures, resets, or does not translate.
    """
    for label in hamiltonian:
        if not _PAULIS.fullmatch(label) or len(label) != ansatz.num_qubits:
            raise IonQInputError(
                f"{label!r} is no Pauli string for an ansatz on {ansatz.num_qubits} qubits: IonQ's energies "
                "take one of the letters I, X, Y and Z for each"
            )
    if len(values) != ansatz.num_parameters:
        raise IonQInputError(f"{len(values)} values for {ansatz.num_parameters} parameters of the ansatz")
    if ansatz.num_clbits or "reset" in ansatz.count_ops():
        raise IonQCircuitError(
            f"circuit {ansatz.name!r} has classical bits or resets, and an ansatz of IonQ's energies has none"
        )
    text, used = ansatz_text(ansatz)
    terms = [_Term(label, float(weight)) for label, weight in hamiltonian.items()]
    function = _Function("hamiltonian-energy", _Energy(terms, _Ansatz(text)))
    return EnergyInput(function, [float(values[place]) for place in used])


def energy_body(
    backend: str, function: EnergyInput, name: str, options: RunOptions, seed: int, token: str
) -> bytes:
    """The JSON to post.

    Raises:
        IonQOptionError: for options that the platform's functions do not have.
    """
    for option in _NOT_TAKEN:
        if getattr(options, option):
            raise IonQOptionError(f"IonQ's energies do not take {option}={getattr(options, option)!r}")
    simulated = backend == "simulator"
    model = options.noise_model or "ideal"
    mitigated = options.debiasing is not None and not simulated
    data = msgspec.json.encode(
        JobBody(
            type=TYPE,
            backend=backend,
            shots=options.shots,
            input=function,
            metadata=as_texts(options.metadata) | {headers.TOKEN_KEY: token},
            name=job_name(options.name or name),
            noise=wire.Noise(model, None if model == "ideal" else noise_seed(seed)) if simulated else None,
            settings={"error_mitigation": {"debiasing": options.debiasing}} if mitigated else None,
            session_id=options.session_id,
            dry_run=options.dry_run,
        )
    )
    if len(data) > MAX_BYTES:
        raise IonQCircuitError(f"the job has {len(data):,} bytes and IonQ takes {MAX_BYTES:,}")
    return data
