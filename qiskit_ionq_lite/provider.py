"""Where it begins: a key, or none at all, becomes backends and jobs."""

from __future__ import annotations

import os
import threading
import weakref
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from qiskit.providers import JobStatus

from qiskit_ionq_lite.backend import IonQBackend
from qiskit_ionq_lite.circuits.header import own_metadata
from qiskit_ionq_lite.cloud import documents
from qiskit_ionq_lite.cloud.accounts import delete_account, save_account, saved_accounts
from qiskit_ionq_lite.cloud.client import Client
from qiskit_ionq_lite.cloud.journal import Journal, Submission, journal_path
from qiskit_ionq_lite.cloud.retries import RetryPolicy
from qiskit_ionq_lite.cloud.settings import read_settings
from qiskit_ionq_lite.cloud.submission import SubmissionPolicy, Submitter
from qiskit_ionq_lite.cloud.transport import Transport
from qiskit_ionq_lite.cloud.v03 import VERSION, OlderClient, newest
from qiskit_ionq_lite.errors import (
    IonQBackendNotFoundError,
    IonQJobTimeoutError,
    IonQOptionError,
    IonQResponseError,
    nearest,
)
from qiskit_ionq_lite.job import STATUSES, IonQJob
from qiskit_ionq_lite.notices import notify
from qiskit_ionq_lite.polling import Together, wait_for
from qiskit_ionq_lite.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

_PEER_PREFIX = "ionq_"  # qiskit-ionq's names: "ionq_simulator", "ionq_qpu.forte-1"
_GATESETS = ("qis", "native")
_PAGE = 25  # the platform's largest page of jobs (F 6.13)


@dataclass(frozen=True)
class Recovery:
    """What became of submissions that were left open.

    Attributes:
        found: jobs that exist.
        unsent: submissions that have no job; run their circuits again if they are still wanted.
    """

    found: list[IonQJob]
    unsent: list[Submission]


class IonQProvider:
    """IonQ's cloud.

    Args:
        token: API key; else ``QISKIT_IONQ_API_TOKEN``, ``IONQ_API_KEY`` or ``IONQ_API_TOKEN``, from the
            environment or the nearest ``.env`` file, in this order, the environment first.
        url: address of the API; else ``QISKIT_IONQ_API_URL`` or ``IONQ_API_URL``, else IonQ's own. Where it
            ends in ``/v0.3``, that older version is spoken, with no sessions or estimates.
        account: name of a saved account, with its own key and address (:meth:`save_account`). The account
            ``"default"`` is taken where nothing else says a key.
        journal: file that submissions are written to before they are sent, ``False`` for none; else what
            ``IONQ_LITE_JOURNAL`` says, else a file in the user's data folder.
        headers: sent with every request.
        proxies: as ``requests`` takes them; else the environment's.
        retry: how often and how long failed requests are repeated.
        verify: file of certificates to trust; else what ``REQUESTS_CA_BUNDLE`` says, else the usual ones.

    Raises:
        IonQCredentialsError: if there is no key. :meth:`local` needs none.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        url: str | None = None,
        account: str | None = None,
        journal: bool | str | os.PathLike[str] | None = None,
        headers: Mapping[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
        verify: bool | str = True,
        retry: RetryPolicy | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._settings = read_settings(token, url, environment, account)
        self._network: dict[str, Any] = {
            "headers": headers,
            "proxies": proxies,
            "verify": verify,
            "policy": retry or RetryPolicy(),
        }
        self._journal_path = journal_path(journal, environment)
        self._connect()

    def _connect(self) -> None:
        """What a provider holds open, and does not take along into another process."""
        speaks = OlderClient if self.url.endswith(VERSION) else Client
        self._client = speaks(Transport(self._settings, **self._network))
        self._journal = Journal(self._journal_path, newest(self.url), self.token)
        patience = SubmissionPolicy.like(self._network["policy"])
        self._submitter = Submitter(self._client, self._journal, patience)
        self._together = Together(self._client)
        self._lock = threading.Lock()
        self._catalogue: dict[str, documents.Backend] = {}
        self._close: Callable[[], object] = lambda: None

    @classmethod
    def local(cls, db: str | os.PathLike[str] | None = None, *, seed: int | None = None) -> Self:
        """The IonQ cloud in a box: a server on this machine that runs jobs on Qiskit Aer.

        It needs no key and no network, and goes with the provider: close it, leave its ``with`` block, or let
        it and its backends and jobs go. Other IonQ clients use the same cloud with its ``url`` and ``token``.

        Args:
            db: an SQLite file that keeps the jobs; memory by default.
            seed: fixes what the cloud draws for jobs that bring no seed.
        """
        from qiskit_ionq_lite.emulator.server import LocalCloud  # Aer and the server load only when asked for

        cloud = LocalCloud(db, seed=seed).start()
        provider = cls(cloud.token, url=cloud.url, journal=False, environment={})
        provider._close = weakref.finalize(provider, cloud.close)
        return provider

    def __repr__(self) -> str:
        return f"<IonQProvider {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the journal, and stop the local cloud if this is one."""
        self._journal.close()
        self._close()

    @property
    def url(self) -> str:
        """Address of the API, version included."""
        return self._settings.url

    @property
    def token(self) -> str:
        """The API key."""
        return self._settings.token

    def backends(
        self,
        name: str | None = None,
        *,
        simulator: bool | None = None,
        operational: bool | None = None,
        min_num_qubits: int | None = None,
        filters: Callable[[IonQBackend], bool] | None = None,
    ) -> list[IonQBackend]:
        """The backends that pass every filter, from one request that is asked once.

        Args:
            name: as :meth:`get_backend` takes it.
            simulator: only the simulator, or only QPUs.
            operational: only those that are available now, or only the others.
            min_num_qubits: smallest width.
            filters: a test of your own.
        """
        wanted = None if name is None else self._find(name)
        found = [
            self.backend_of(document)
            for document in self._documents().values()
            if (wanted is None or document is wanted)
            and (operational is None or (document.status == "available") == operational)
            and document.qubits >= (min_num_qubits or 0)
        ]
        return [
            backend
            for backend in found
            if (simulator is None or backend.is_simulator == simulator)
            and (filters is None or filters(backend))
        ]

    def get_backend(self, name: str, *, gateset: str = "qis", **options: Any) -> IonQBackend:
        """One backend.

        Args:
            name: ``"simulator"``, ``"qpu.forte-1"``, ``"forte-1"``, and qiskit-ionq's ``"ionq_simulator"``.
            gateset: ``"qis"`` lets IonQ compile, ``"native"`` compiles here.
            **options: defaults for ``run()``, such as ``noise_model`` and ``shots``.

        Raises:
            IonQBackendNotFoundError: if there is none of that name; a ``QiskitBackendNotFoundError``.
            IonQOptionError: for an unknown gateset or option.
        """
        if gateset not in _GATESETS:
            raise IonQOptionError(f"unknown gateset {gateset!r}: {nearest(gateset, _GATESETS)}")
        return self.backend_of(self._find(name), gateset, **options)

    def job(self, job_id: str) -> IonQJob:
        """A job by its id, whoever submitted it, and from whichever machine.

        Raises:
            IonQNotFoundError: if the platform knows no such job.
        """
        return self._job(self._client.job(job_id))

    retrieve_job = job  # qiskit-ionq's name

    def jobs(
        self,
        limit: int | None = 10,
        *,
        status: str | JobStatus | None = None,
        backend: str | None = None,
        session: str | Session | None = None,
    ) -> list[IonQJob]:
        """Jobs, newest first.

        Args:
            limit: how many at most; all with ``None``.
            status: the platform's word, or Qiskit's status.
            backend: name of a backend.
            session: a session, or its id.

        Of what this machine sent and never got an answer for, the journal knows; a warning says so, and
        :meth:`recover` finds out.
        """
        unconfirmed = len(self._journal.open())
        if unconfirmed:
            notify(
                f"{unconfirmed} submissions from this machine are unconfirmed: provider.recover() finds out "
                "whether they became jobs"
            )
        filters = {
            "status": None if status is None else _wire_status(status),
            "target": None if backend is None else self._find(backend).backend,
            "session_id": session.session_id if isinstance(session, Session) else session,
            "limit": _PAGE if limit is None else min(limit, _PAGE),
        }
        given = {name: value for name, value in filters.items() if value is not None}
        return [self._job(document) for document in islice(self._client.jobs(given), limit)]

    def session(self, session_id: str, *, gateset: str = "qis") -> Session:
        """A session by its id, from whichever machine it was opened.

        Raises:
            IonQNotFoundError: if the platform knows no such session.
        """
        known = self._client.session(session_id)
        if known.backend is None:
            raise IonQResponseError(f"session {session_id} names no backend")
        return self.get_backend(known.backend, gateset=gateset).session(known.id)

    def wait(self, jobs: Iterable[IonQJob], timeout: float | None = None) -> None:
        """Wait until all jobs have ended; many are asked for in one request, rarely where queues are long.

        Args:
            jobs: of this provider.
            timeout: seconds to wait at most; without end by default.

        Raises:
            IonQJobTimeoutError: if time runs out; the jobs go on.
        """
        left = wait_for([part for job in jobs for part in job.parts], self._together, timeout)
        if left:
            raise IonQJobTimeoutError(
                f"{len(left):,} jobs have not ended after {timeout:g} s; they go on", job_id=left[0].job_id()
            )

    def recover(self) -> Recovery:
        """Find out the fate of submissions that were left open when a process or the network died.

        Nothing is sent again.
        """
        found, unsent = self._submitter.recover()
        return Recovery([self.job(job_id) for job_id in found], unsent)

    def submissions(self, limit: int = 100) -> list[Submission]:
        """What the journal on this machine knows of this account's submissions, newest first."""
        return self._journal.recent(limit)

    save_account = staticmethod(save_account)
    delete_account = staticmethod(delete_account)
    saved_accounts = staticmethod(saved_accounts)

    def __getstate__(self) -> dict[str, Any]:
        """Without the key: another process finds its own, as this one did."""
        catalogue = self._documents() if self._catalogue else {}
        return {
            "url": self.url,
            "account": self._settings.account,
            "journal": self._journal_path or False,
            "network": self._network,
            "catalogue": catalogue,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        account = state["account"]
        self._settings = read_settings(None, None if account else state["url"], os.environ, account)
        self._network = state["network"]
        self._journal_path = journal_path(state["journal"], os.environ)
        self._connect()
        self._catalogue = state["catalogue"]
        self._close = lambda: None

    def _job(self, document: documents.Job) -> IonQJob:
        known = self._documents().get(document.backend)
        width = document.stats.qubits if document.stats else None
        backend = known or documents.Backend(document.backend, width or 1, "retired")
        metadata = own_metadata(document.metadata or {})
        return self.backend_of(backend).job(document.id, metadata=metadata, document=document)

    def backend_of(self, document: documents.Backend, gateset: str = "qis", **options: Any) -> IonQBackend:
        """The backend that a document of the API describes."""
        return IonQBackend(
            self,
            self._client,
            document,
            gateset,
            submitter=self._submitter,
            together=self._together,
            **options,
        )

    def _documents(self) -> dict[str, documents.Backend]:
        with self._lock:
            if not self._catalogue:
                self._catalogue = {document.backend: document for document in self._client.backends()}
            return self._catalogue

    def _find(self, name: str) -> documents.Backend:
        known = self._documents()
        plain = str(name).removeprefix(_PEER_PREFIX)
        found = known.get(plain) or known.get(f"qpu.{plain}")
        if found is None:
            raise IonQBackendNotFoundError(f"no backend {name!r}: {nearest(plain, known)}")
        return found


def _wire_status(status: str | JobStatus) -> str:
    """The platform's word for a status."""
    if isinstance(status, JobStatus):
        words = [word for word, known in STATUSES.items() if known is status and word != "running"]
    else:
        words = [status] if status in STATUSES else []
    if not words:
        raise IonQOptionError(f"unknown status {status!r}: {nearest(status, STATUSES)}")
    return words[0]
