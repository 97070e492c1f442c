"""One machine, as Qiskit sees it: a target, and ``run``."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from qiskit import transpile
from qiskit.providers import BackendV2, Options

from qiskit_ionq_lite.circuits.body import as_texts, job_body, job_header, job_name
from qiskit_ionq_lite.circuits.encode import check_circuits, encode
from qiskit_ionq_lite.circuits.energy import energy_body, energy_input
from qiskit_ionq_lite.circuits.midway import deferred, settled
from qiskit_ionq_lite.circuits.native import all_native
from qiskit_ionq_lite.circuits.parts import parts
from qiskit_ionq_lite.circuits.program import encode_program
from qiskit_ionq_lite.cloud.journal import Submission
from qiskit_ionq_lite.cloud.measured import measured
from qiskit_ionq_lite.cloud.submission import Submitter
from qiskit_ionq_lite.compiler.device import Device, modelled
from qiskit_ionq_lite.compiler.target import EveryPair, native_target, qis_target
from qiskit_ionq_lite.errors import IonQCircuitError, IonQError, IonQOptionError
from qiskit_ionq_lite.gates import entangler_of
from qiskit_ionq_lite.job import IonQJob
from qiskit_ionq_lite.money import check_cost, estimate
from qiskit_ionq_lite.notices import notify
from qiskit_ionq_lite.options import NOISE_MODELS, RunOptions
from qiskit_ionq_lite.polling import Together
from qiskit_ionq_lite.session import Session, limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qiskit import QuantumCircuit
    from qiskit.transpiler import CouplingMap, Target

    from qiskit_ionq_lite.circuits.body import Encoded
    from qiskit_ionq_lite.circuits.header import JobHeader
    from qiskit_ionq_lite.circuits.parts import Part
    from qiskit_ionq_lite.circuits.program import EncodedProgram
    from qiskit_ionq_lite.cloud import documents
    from qiskit_ionq_lite.cloud.client import Client
    from qiskit_ionq_lite.money import Estimate

    class Provider(Protocol):
        """What a backend asks of its provider; providers make backends, so they stand above."""

        def job(self, job_id: str) -> IonQJob:
            """A job by its id."""

        def backend_of(self, document: documents.Backend, gateset: str, **options: Any) -> IonQBackend:
            """A backend of this provider."""


_SIMULATOR = "simulator"
_LEVEL = 2  # Qiskit's own default
_SEED_BYTES, _TOKEN_BYTES = 7, 16
_ANY_ID = "0" * 36  # as long as an id of the platform


class IonQBackend(BackendV2):
    """A QPU or the simulator, with one gateset. Made by ``provider.get_backend()``.

    ``gateset="qis"`` sends IonQ's abstract gates and lets IonQ compile; ``"native"`` sends pulses that were
    compiled here.
    """

    def __init__(
        self,
        provider: Provider,
        client: Client,
        document: documents.Backend,
        gateset: str = "qis",
        *,
        submitter: Submitter | None = None,
        together: Together | None = None,
        **options: Any,
    ) -> None:
        super().__init__(provider=provider, name=document.backend, backend_version="0.4")
        self._client = client
        self._submitter = submitter or Submitter(client)
        self._together = together or Together(client)
        self._document = document
        self._targets: dict[str | None, Target] = {}
        self.gateset = gateset
        self.set_options(**asdict(RunOptions().merged(options)))

    def __repr__(self) -> str:
        return f"<IonQBackend {self.name}, {self.num_qubits} qubits, {self.gateset} gates>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled without connections, and so without the key."""
        return _rebuilt, (self._provider, self._document, self.gateset, dict(vars(self.options)))

    @classmethod
    def _default_options(cls) -> Options:
        return Options(**asdict(RunOptions()))

    @property
    def target(self) -> Target:
        """What ``transpile(circuit, backend)`` may use, with the errors and times of each operation.

        A QPU's are those of its latest characterization, fetched once, when they are first asked for; if that
        fails, they are unknown, with a warning. The simulator's are the published rates of its noise model,
        without one there are none.
        """
        model = self.options.noise_model
        if model not in self._targets:
            device = self._device()
            native = self.gateset == "native"
            self._targets[model] = native_target(device, self.entangler) if native else qis_target(device)
        return self._targets[model]

    def _device(self) -> Device:
        if self.is_simulator:
            return modelled(self.options.noise_model, self.num_qubits)
        try:
            found = self.calibration()
        except IonQError as error:
            notify(f"the target of {self.name} has no errors, times and connections: {error}")
            found = None
        return measured(found, self.num_qubits) if found else Device(self.num_qubits)

    @property
    def coupling_map(self) -> CouplingMap:
        """The pairs of qubits that interact; false where that is every pair, for nothing is routed then."""
        return self.target.build_coupling_map() or EveryPair.from_full(self.num_qubits)

    @property
    def num_qubits(self) -> int:
        """Qubits of the machine, or of the simulator's noise model."""
        known = self._document.qubits
        return min(known, NOISE_MODELS.get(self.options.noise_model, known)) if self.is_simulator else known

    @property
    def max_circuits(self) -> int:
        """Circuits that one platform job takes; a ``run`` takes more."""
        return 5_000

    @property
    def is_simulator(self) -> bool:
        """Whether this is IonQ's simulator."""
        return self._document.backend == _SIMULATOR

    @property
    def entangler(self) -> str:
        """The native two-qubit gate, ``"ms"`` or ``"zz"``; the simulator's follows its noise model."""
        listed = set(self._document.supported_native_gates or ()) & {"ms", "zz"}
        if not self.is_simulator and len(listed) == 1:
            return listed.pop()
        return entangler_of((self.options.noise_model or "ideal") if self.is_simulator else self.name)

    def get_translation_stage_plugin(self) -> str | None:
        """Qiskit asks for this: native circuits come from this package's own translation stage."""
        return "ionq" if self.gateset == "native" else None

    def status(self) -> documents.Backend:
        """What the platform says of the machine now: status, queue, whether it is degraded."""
        return next((b for b in self._client.backends() if b.backend == self.name), self._document)

    def calibration(self) -> documents.Characterization | None:
        """The latest characterization; ``None`` for the simulator, which has none."""
        return None if self.is_simulator else self._client.characterization(self.name)

    def retrieve_job(self, job_id: str) -> IonQJob:
        """A job of this backend, by id."""
        provider: Provider = self.provider
        return provider.job(job_id)

    def run(self, run_input: QuantumCircuit | Sequence[QuantumCircuit], **options: Any) -> IonQJob:
        """Submit one circuit, or a list as one job.

        Any circuit is accepted that has no branches or loops: what IonQ has no gate for is translated first,
        and what measures or resets on the way goes as an OpenQASM 3 program (to the ideal simulator, which
        has no results for those, with its measurements deferred). What exceeds one platform job becomes
        several, and still is one job here, whose id is the last one's.

        Args:
            run_input: the circuits; a list's results come in its order.
            **options: see :class:`~qiskit_ionq_lite.options.RunOptions`.

        Raises:
            IonQOptionError: for an unknown option or a bad value.
            IonQCircuitError: for what is no circuit, has unbound parameters, or cannot run on this backend.
            IonQCostError: if the job would cost more than ``max_cost_usd``.
            IonQAPIError: if the platform refused the job, or could not be reached.
        """
        given = RunOptions().merged({**vars(self.options), **options})
        self._check_options(given)
        circuits = self._encoded(check_circuits(run_input), given)
        self._check_width(circuits, given)
        if given.max_cost_usd is not None and not given.dry_run:
            check_cost(estimate(self._client, self.name, self.gateset, circuits, given), given.max_cost_usd)
        jobs = parts(circuits)
        seed = given.seed_simulator
        if seed is None:
            seed = int.from_bytes(os.urandom(_SEED_BYTES), "big")
        if len(jobs) > 1:  # nothing is sent before all of it is known to fit
            for part in jobs:
                self._body(part, given, seed, _ANY_ID, len(jobs))
        ids: list[str] = []
        for part in jobs:
            try:
                body, submission, header = self._body(part, given, seed, ids[-1] if ids else "", len(jobs))
                ids.append(self._submitter.submit(body, submission))
            except BaseException:
                self._call_off(ids)
                raise
        return self.job(ids[-1], metadata=as_texts(given.metadata), header=header)

    def run_energy(
        self,
        ansatz: QuantumCircuit,
        hamiltonian: Mapping[str, float],
        values: Sequence[float] = (),
        **options: Any,
    ) -> IonQJob:
        """Have the platform compute an energy, as a ``quantum-function`` job; ``job.energy()`` is the answer.

        Args:
            ansatz: what prepares the state, without measurements.
            hamiltonian: weights of Pauli strings, qubit 0 rightmost. The platform ignores the identity.
            values: of ``ansatz.parameters``, in their order.
            **options: as of :meth:`run`, as far as functions have them.

        Raises:
            IonQInputError: if these do not fit together, or for an option that functions do not have.
            IonQAPIError: if the platform refused the job, or could not be reached.
        """
        given = RunOptions().merged({**vars(self.options), **options})
        self._check_options(given)
        seed = given.seed_simulator
        if seed is None:
            seed = int.from_bytes(os.urandom(_SEED_BYTES), "big")
        token = os.urandom(_TOKEN_BYTES).hex()
        function = energy_input(ansatz, hamiltonian, values)
        body = energy_body(self.name, function, ansatz.name, given, seed, token)
        name = job_name(given.name or ansatz.name)
        job_id = self._submitter.submit(body, Submission(token, self.name, name, 1, given.shots, time.time()))
        return self.job(job_id, metadata=as_texts(given.metadata))

    def _body(
        self, part: Part, options: RunOptions, seed: int, previous: str, count: int
    ) -> tuple[bytes, Submission, JobHeader]:
        """What is sent for one of ``count`` platform jobs, what is written down of it, and its header."""
        positions = part.positions if count > 1 else ()
        header = job_header(part.circuits, options, seed, positions, previous)
        token = os.urandom(_TOKEN_BYTES).hex()
        body = job_body(self.name, self.gateset, part.circuits, options, header, token)
        name = job_name(options.name or part.circuits[0].name)
        submission = Submission(token, self.name, name, len(part.circuits), options.shots, time.time())
        return body, submission, header

    def _call_off(self, ids: list[str]) -> None:
        """The rest of a list cannot be submitted: cancel what was, for half a result is worth no money."""
        for job_id in ids:
            try:
                self._client.cancel_job(job_id)
                notify(f"job {job_id}, a part of the list, was canceled, for the rest could not be submitted")
            except IonQError as error:
                notify(f"job {job_id}, a part of the list, goes on, for it could not be canceled: {error}")

    def estimate(self, run_input: QuantumCircuit | Sequence[QuantumCircuit], **options: Any) -> Estimate:
        """What ``run`` with the same arguments would cost; nothing is submitted.

        Raises:
            IonQInputError: as ``run``.
            IonQAPIError: if the platform could not be reached.
        """
        given = RunOptions().merged({**vars(self.options), **options})
        self._check_options(given)
        circuits = self._encoded(check_circuits(run_input), given)
        self._check_width(circuits, given)
        return estimate(self._client, self.name, self.gateset, circuits, given)

    def open_session(
        self, *, max_time: int | None = None, max_cost: float | None = None, max_jobs: int | None = None
    ) -> Session:
        """Open a session, which the first limit that is reached ends. Sessions are for selected customers.

        Args:
            max_time: minutes.
            max_cost: US dollars.
            max_jobs: how many jobs it takes.

        Raises:
            IonQOptionError: for what is no limit.
            IonQNotFoundError: if this account may not open sessions.
        """
        opened = self._client.open_session(self.name, limits(max_time, max_cost, max_jobs))
        return self.session(opened.id)

    def session(self, session_id: str) -> Session:
        """A session on this backend, by its id."""
        options = vars(self.options) | {"session_id": session_id}
        provider: Provider = self.provider
        inside = provider.backend_of(self._document, self.gateset, **options)
        return Session(inside, self._client, session_id)

    def job(self, job_id: str, **facts: Any) -> IonQJob:
        """A job on this backend, with what is known of it."""
        return IonQJob(self, job_id, self._client, together=self._together, **facts)

    def _check_options(self, options: RunOptions) -> None:
        if options.noise_model is not None and not self.is_simulator:
            raise IonQOptionError(
                f"noise_model={options.noise_model!r} is for the simulator; {self.name} has its own noise"
            )

    def _encoded(self, circuits: Sequence[QuantumCircuit], options: RunOptions) -> list[Encoded]:
        flat, programs = self._routed(circuits, options)
        if self.gateset == "native":
            flat = dict(zip(flat, self._native(list(flat.values()), options), strict=True))
        return [
            encode(flat[position], self.gateset) if position in flat else programs[position]
            for position in range(len(circuits))
        ]

    def _routed(
        self, circuits: Sequence[QuantumCircuit], options: RunOptions
    ) -> tuple[dict[int, QuantumCircuit], dict[int, EncodedProgram]]:
        """By position: circuits that measure last, and programs for those that do not."""
        exact = self.is_simulator and options.noise_model in (None, "ideal")
        flat: dict[int, QuantumCircuit] = {}
        programs: dict[int, EncodedProgram] = {}
        for position, circuit in enumerate(circuits):
            plain, on_the_way = settled(circuit)
            if on_the_way and not exact:
                programs[position] = encode_program(plain)
            else:
                flat[position] = self._deferred(plain) if on_the_way else plain
        return flat, programs

    def _deferred(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """For the ideal simulator, whose results are of the qubits' last state alone (F 9.6)."""
        found = deferred(circuit)
        if len({qubit for step in found.data for qubit in step.qubits}) > self.num_qubits:
            raise IonQCircuitError(
                f"circuit {circuit.name!r} measures or resets on the way: deferred to the end, that takes "
                f"{found.num_qubits} qubits, and {self.name} has {self.num_qubits}. With a noise model, such "
                "as noise_model='forte-1', it runs as it is"
            )
        return found

    def _native(self, circuits: Sequence[QuantumCircuit], options: RunOptions) -> list[QuantumCircuit]:
        """Native circuits as they are; the others through the translation stage."""
        entangler = self.entangler
        either = ("ms", "zz")
        if self.is_simulator:
            model = options.noise_model or "ideal"
            entangler = entangler_of(model)
            accepted = either if model == "ideal" else (entangler,)
        else:
            accepted = (entangler,)
        foreign = [i for i, c in enumerate(circuits) if not any(all_native(c, gate) for gate in accepted)]
        if not foreign:
            return list(circuits)
        compiled = dict(zip(foreign, self._compiled([circuits[i] for i in foreign], entangler), strict=True))
        return [compiled.get(i, circuit) for i, circuit in enumerate(circuits)]

    def _compiled(self, circuits: list[QuantumCircuit], entangler: str) -> list[QuantumCircuit]:
        """Circuits as ``transpile(circuit, backend)`` would make them; qubits move only to be routed."""
        if self.coupling_map:
            return [transpile(circuit, self, optimization_level=_LEVEL) for circuit in circuits]
        from qiskit_ionq_lite.compiler.translate import to_native  # a fifth of this package, for few runs

        return to_native(circuits, entangler, optimization_level=_LEVEL, relabel=True)

    def _check_width(self, circuits: Sequence[Encoded], options: RunOptions) -> None:
        limit = self._document.qubits
        if self.is_simulator:
            limit = min(limit, NOISE_MODELS[options.noise_model or "ideal"])
        for circuit in circuits:
            if circuit.num_qubits > limit:
                model = f" with noise model {options.noise_model!r}" if options.noise_model else ""
                raise IonQCircuitError(
                    f"circuit {circuit.name!r} uses {circuit.num_qubits} qubits, and "
                    f"{self.name}{model} has {limit}"
                )


def _rebuilt(
    provider: Provider, document: documents.Backend, gateset: str, options: dict[str, Any]
) -> IonQBackend:
    return provider.backend_of(document, gateset, **options)
