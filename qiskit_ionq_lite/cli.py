"""``ionq-lite``: run circuits, serve the local cloud, look at backends and jobs."""

from __future__ import annotations

import functools
import json
import warnings
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from openqasm3.parser import QASM3ParsingError
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.exceptions import QiskitError

from qiskit_ionq_lite.errors import IonQCircuitError, IonQError
from qiskit_ionq_lite.options import NOISE_MODELS
from qiskit_ionq_lite.provider import IonQProvider
from qiskit_ionq_lite.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

    from qiskit_ionq_lite.job import IonQJob

    Command = Callable[..., None]

_BAR_WIDTH = 40  # characters of the longest bar
_MOST_ROWS = 32  # outcomes that the histogram shows


class _Group(click.Group):
    """Our own errors are messages for people, not tracebacks."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        warnings.showwarning = _show_warning
        try:
            return super().invoke(context)
        except (IonQError, QiskitError, OSError) as error:
            raise click.ClickException(_said(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ionq-lite")
def main() -> None:
    """IonQ's quantum cloud from the command line; on this machine unless --remote is given."""


def _on_a_cloud(command: Command) -> Command:
    """Options that say which cloud, and the provider as first argument."""

    @click.option("--remote", is_flag=True, help="IonQ's own cloud: needs a key, and QPUs cost money.")
    @click.option("--url", help="Another address of the API, such as that of `ionq-lite serve`.")
    @click.option("--db", type=click.Path(dir_okay=False), help="File that keeps the local cloud's jobs.")
    @functools.wraps(command)
    def with_provider(remote: bool, url: str | None, db: str | None, **arguments: Any) -> None:
        if (remote or url) and db:
            raise click.UsageError("--db is for the local cloud; it does not go with --remote or --url")
        with IonQProvider(url=url) if remote or url else IonQProvider.local(db) as provider:
            command(provider, **arguments)

    return with_provider


def _circuit_on_a_backend(command: Command) -> Command:
    """The file, and how it is to run."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        click.option("--gateset", type=click.Choice(["qis", "native"]), default="qis", show_default=True),
        click.option(
            "--noise-model",
            type=click.Choice(list(NOISE_MODELS)),
            help="Noise of the simulator.",
            metavar="NAME",
        ),
        click.option(
            "--shots", type=int, default=1024, show_default=True, help="Repetitions, 1 to 1,000,000."
        ),
        click.option("--backend", default="simulator", show_default=True, help="Name of a backend."),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        command = option(command)
    return command


@main.command()
@_circuit_on_a_backend
@click.option("--seed", type=int, help="Fixes what chance decides.")
@click.option(
    "--max-cost-usd", type=click.FloatRange(0), help="Asks for the price first; what costs more is not run."
)
@_on_a_cloud
def run(
    provider: IonQProvider,
    file: Path,
    backend: str,
    shots: int,
    noise_model: str | None,
    gateset: str,
    seed: int | None,
    max_cost_usd: float | None,
    as_json: bool,
) -> None:
    """Run FILE, an OpenQASM 2 or 3 program, and print its counts."""
    circuit = _read(file)
    target = provider.get_backend(backend, gateset=gateset, noise_model=noise_model)
    job = target.run(circuit, shots=shots, seed_simulator=seed, max_cost_usd=max_cost_usd)
    counts = dict(job.get_counts())
    click.echo(_as_json(job, target.name, counts) if as_json else _as_text(job, target.name, counts))


@main.command()
@_circuit_on_a_backend
@_on_a_cloud
def estimate(
    provider: IonQProvider,
    file: Path,
    backend: str,
    shots: int,
    noise_model: str | None,
    gateset: str,
    as_json: bool,
) -> None:
    """Ask what FILE, an OpenQASM 2 or 3 program, would cost; nothing is run."""
    circuit = _read(file)
    target = provider.get_backend(backend, gateset=gateset, noise_model=noise_model)
    found = target.estimate(circuit, shots=shots)
    if as_json:
        click.echo(json.dumps({"backend": target.name, **asdict(found)}, indent=2))
        return
    gates = f"{found.one_qubit_gates:,} one-qubit and {found.two_qubit_gates:,} two-qubit gates"
    click.echo(f"{found.cost:,.2f} {found.unit} on {target.name}: {shots:,} shots of {gates}")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 picks one.")
@click.option("--db", type=click.Path(dir_okay=False), help="SQLite file that keeps the jobs.")
@click.option("--api-key", help="The only key to accept; demanded to listen beyond this machine.")
@click.option("--seed", type=int, help="Fixes what the cloud draws for jobs that bring no seed.")
@click.option(
    "--noise",
    type=click.Path(dir_okay=False),
    help="JSON file with figures that replace the published noise.",
)
@click.option("--workers", type=click.IntRange(1), help="Jobs that run side by side; cores and one more.")
@click.option(
    "--queue-seconds", type=click.FloatRange(0), default=0.0, help="How long each job waits, at least."
)
@click.option(
    "--queue-capacity", type=click.IntRange(1), help="Jobs that may wait; more are refused with 429."
)
@click.option(
    "--rate-limit", type=click.FloatRange(0, min_open=True), help="Requests per second; above: 429."
)
@click.option("--strict", is_flag=True, help="Answer only what IonQ's specification allows.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="TEXT",
    help="What goes wrong on purpose: KIND [METHOD] [PATH] [name=value ...], "
    "such as 'cut POST /jobs when=after times=1' or 'latency seconds=0.2 probability=0.1'. May be repeated.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="Least that is logged, as JSON, to standard error.",
)
@click.option(
    "--dask", metavar="URL", help="Scheduler of a Dask cluster that runs long jobs: tcp://host:8786."
)
def serve(
    api_key: str | None,
    db: str | None,
    faults: tuple[str, ...],
    log_level: str,
    dask: str | None,
    **rules: Any,
) -> None:
    """Serve the local cloud over HTTP until Ctrl-C, with a page for the browser."""
    from qiskit_ionq_lite.emulator.faults import parse_fault  # Aer and the server load only when asked for
    from qiskit_ionq_lite.emulator.greeting import greeting
    from qiskit_ionq_lite.emulator.logs import log_to_stderr
    from qiskit_ionq_lite.emulator.server import LocalCloud

    chosen = [parse_fault(text) for text in faults]
    with _cluster(dask) as executor:
        cloud = LocalCloud(db, api_key=api_key, faults=chosen, executor=executor, **rules)
        log_to_stderr(log_level)
        cloud.serve_forever(lambda: click.echo(greeting(cloud.url, own_key=bool(api_key))))


def _cluster(address: str | None) -> AbstractContextManager[Executor | None]:
    if address is None:
        return nullcontext()
    try:
        from qiskit_ionq_lite.emulator.cluster import executor  # Dask loads only when asked for
    except ImportError as error:
        raise click.ClickException("--dask needs Dask: pip install 'qiskit-ionq-lite[dask]'") from error
    return executor(address)


@main.command()
@_on_a_cloud
def backends(provider: IonQProvider) -> None:
    """List the backends."""
    for backend in provider.backends():
        document = backend.status()
        click.echo(f"{backend.name:24}{backend.num_qubits:4} qubits  {document.status}")


@main.command()
@click.option(
    "--limit", type=click.IntRange(1), default=10, show_default=True, help="How many, newest first."
)
@_on_a_cloud
def jobs(provider: IonQProvider, limit: int) -> None:
    """List jobs, and submissions from this machine whose fate is unknown."""
    for job in provider.jobs(limit):
        click.echo(f"{job.job_id()}  {job.backend().name:24}{job.status().name:14}{job.name or ''}")
    unknown = [one for one in provider.submissions() if one.state == "open"]
    for one in unknown:
        click.echo(f"{'(unknown)':36}  {one.backend:24}{'UNCONFIRMED':14}{one.name}")
    if unknown:
        click.echo("`ionq-lite recover` finds out what became of them.")


@main.command()
@_on_a_cloud
def recover(provider: IonQProvider) -> None:
    """Find out what became of submissions that a crash or the network left open; nothing is sent again."""
    recovery = provider.recover()
    for job in recovery.found:
        click.echo(f"{job.job_id()}  {job.backend().name:24}found         {job.name or ''}")
    for one in recovery.unsent:
        click.echo(f"{'(no job)':36}  {one.backend:24}never sent    {one.name}")
    if not recovery.found and not recovery.unsent:
        click.echo("Nothing was left open.")


@main.group()
def account() -> None:
    """Keep API keys on this machine."""


@account.command("save")
@click.option("--name", default="default", show_default=True, help="To find the account by.")
@click.option("--url", help="Address of the API, IonQ's own by default.")
@click.option("--keyring", is_flag=True, help="In the system's keyring instead of a file.")
@click.option("--overwrite", is_flag=True, help="Replace an account of that name.")
@click.password_option("--token", confirmation_prompt=False, prompt="API key", help="Asked for, by default.")
def save_account(name: str, url: str | None, keyring: bool, overwrite: bool, token: str) -> None:
    """Save an API key; it is not shown while it is typed."""
    IonQProvider.save_account(token, name, url=url, keyring=keyring, overwrite=overwrite)
    click.echo(f"Saved account {name!r}.")


@account.command("list")
def list_accounts() -> None:
    """List saved accounts, without their keys."""
    for saved in IonQProvider.saved_accounts().values():
        where = "file" if saved.token else "keyring"
        click.echo(f"{saved.name:20}{saved.url or 'https://api.ionq.co/v0.4':40}{where}")


@account.command("delete")
@click.option("--name", default="default", show_default=True, help="Which account.")
def delete_account(name: str) -> None:
    """Forget an API key."""
    IonQProvider.delete_account(name)
    click.echo(f"Forgot account {name!r}.")


@main.command()
@click.argument("job_id")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@_on_a_cloud
def job(provider: IonQProvider, job_id: str, as_json: bool) -> None:
    """Wait for the job JOB_ID and print its counts."""
    found = provider.job(job_id)
    name, counts = found.backend().name, found.get_counts()
    if isinstance(counts, list):
        raise click.ClickException(f"job {job_id} has {len(counts)} circuits; fetch it in Python")
    click.echo(_as_json(found, name, dict(counts)) if as_json else _as_text(found, name, dict(counts)))


def _read(file: Path) -> QuantumCircuit:
    """A circuit from OpenQASM; the version line says which dialect, 2 if there is none."""
    try:
        circuit = _parse(file.read_text(encoding="utf-8"))
    except _IMPORTERS_RAISE as error:
        raise IonQCircuitError(f"{file} is no OpenQASM program that Qiskit reads: {_said(error)}") from error
    if not circuit.num_qubits:
        raise IonQCircuitError(f"{file} declares no qubits: there is nothing to run")
    circuit.name = file.stem
    return circuit


def _parse(text: str) -> QuantumCircuit:
    code = (line.split("//")[0].split() for line in text.splitlines())
    first = next((words for words in code if words), [])
    is_third = first[:1] == ["OPENQASM"] and first[1:2] != [] and first[1].startswith("3")
    return qasm3.loads(text) if is_third else qasm2.loads(text, custom_instructions=_LEGACY)


_IMPORTERS_RAISE = (
    QiskitError,
    QASM3ParsingError,
    ArithmeticError,  # from here on, what Qiskit's importers leak: an angle of 1/0,
    AttributeError,  # half a statement,
    LookupError,  # an index past the end of a register,
    RecursionError,  # a thousand parentheses,
    TypeError,
    ValueError,  # and bytes that are no UTF-8
)
_LEGACY = qasm2.LEGACY_CUSTOM_INSTRUCTIONS  # the gates that Qiskit's own qelib1.inc adds to the standard's


def _said(error: Exception) -> str:
    """An error in its own words; Qiskit's would come in quotes."""
    return str(error.message if isinstance(error, QiskitError) else error)


def _as_json(job: IonQJob, backend: str, counts: Mapping[str, int]) -> str:
    return json.dumps(
        {
            "job_id": job.job_id(),
            "backend": backend,
            "shots": sum(counts.values()),
            "counts": counts,
            "probabilities": job.get_probabilities(),
        },
        indent=2,
    )


def _as_text(job: IonQJob, backend: str, counts: Mapping[str, int]) -> str:
    shots = sum(counts.values())
    return "\n".join([f"job {job.job_id()} on {backend}, {shots:,} shots", *_histogram(counts)])


def _histogram(counts: Mapping[str, int]) -> list[str]:
    """Counts as bars, in the order of their keys; of very many, the most frequent.

    >>> for row in _histogram({"00": 30, "11": 10}):
    ...     print(row)
    00  30  ████████████████████████████████████████
    11  10  █████████████
    """
    frequent = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST_ROWS]
    digits, most = len(str(frequent[0][1])), frequent[0][1]
    rows = [
        f"{key}  {n:>{digits}}  {'█' * round(_BAR_WIDTH * n / most)}".rstrip() for key, n in sorted(frequent)
    ]
    hidden = len(counts) - len(frequent)
    return rows + ([f"... and {hidden:,} outcomes with fewer counts"] if hidden else [])


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"Warning: {message}", err=True)
