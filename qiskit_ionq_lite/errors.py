"""What can go wrong, as one tree.

::

    IonQError (QiskitError)
    ├── IonQInputError (ValueError)           what the caller passed; nothing was sent
    │   ├── IonQOptionError                   an unknown run option, or a value out of range
    │   └── IonQCircuitError                  a circuit that IonQ cannot run
    ├── IonQCredentialsError                  no API key, or one that may not be sent there
    ├── IonQCostError                         a job would cost more than its limit; nothing was submitted
    ├── IonQBackendNotFoundError (QiskitBackendNotFoundError)
    ├── IonQAPIError                          the conversation with the cloud failed
    │   ├── IonQUnconfirmedError              it is unknown whether a job was made; recover() finds out
    │   ├── IonQNetworkError                  no answer: host unreachable, connection cut, time-out
    │   │   └── IonQCertificateError          nothing was sent: the host's certificate is not trusted
    │   ├── IonQResponseError                 an answer that is not what the API promises
    │   ├── IonQAuthenticationError           401 or 403: the key was refused
    │   ├── IonQNotFoundError                 404
    │   ├── IonQRequestError                  any other 4xx: the request was refused
    │   ├── IonQRateLimitError                429
    │   └── IonQServerError                   5xx
    └── IonQJobError (JobError)
        ├── IonQJobFailureError               the platform ran the job and it failed, or it was canceled
        └── IonQJobTimeoutError (JobTimeoutError)

Every error keeps its facts as attributes, and survives pickling: attributes travel in ``__dict__``, and a
constructor takes the message by position and everything else by keyword.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from qiskit.exceptions import QiskitError
from qiskit.providers import JobError, JobTimeoutError
from qiskit.providers.exceptions import QiskitBackendNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable


class IonQError(QiskitError):
    """Root of everything that this package raises on purpose."""

    def __str__(self) -> str:
        return str(self.message)  # Qiskit would put it in quotes


class IonQInputError(IonQError, ValueError):
    """The caller passed something that cannot be sent; nothing was submitted."""


class IonQOptionError(IonQInputError):
    """A run option is unknown, has the wrong type, or is out of range."""


class IonQCircuitError(IonQInputError):
    """A circuit holds something that IonQ cannot run."""


class IonQCredentialsError(IonQError):
    """There is no API key, or it may not be sent to that address."""


class IonQCostError(IonQError):
    """A job would cost more than ``max_cost_usd``; nothing was submitted.

    Attributes:
        cost: what it would cost.
        limit: what it may cost, in US dollars.
    """

    def __init__(self, *message: str, cost: float = 0.0, limit: float = 0.0) -> None:
        super().__init__(*message)
        self.cost = cost
        self.limit = limit


class IonQBackendNotFoundError(IonQError, QiskitBackendNotFoundError):
    """No backend has that name."""


class IonQAPIError(IonQError):
    """The conversation with the cloud failed.

    Attributes:
        status_code: HTTP status of the answer, ``None`` when there was none.
        body: text of the answer, at most its first 2,000 characters.
        request_id: the ``x-request-id`` of the answer, for IonQ's support.
        request: method and path that were asked for, never with the key.
        retry_after: seconds that the cloud asked to wait, if it did.
        maybe_done: whether the cloud may have done what was asked, though it did not say so.
    """

    def __init__(
        self,
        *message: str,
        status_code: int | None = None,
        body: str = "",
        request_id: str | None = None,
        request: str = "",
        retry_after: float | None = None,
        maybe_done: bool = False,
    ) -> None:
        super().__init__(*message)
        self.status_code = status_code
        self.body = body
        self.request_id = request_id
        self.request = request
        self.retry_after = retry_after
        self.maybe_done = maybe_done

    @property
    def may_pass(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.maybe_done or self.status_code in (None, 429, 503)


class IonQUnconfirmedError(IonQAPIError):
    """A submission was sent, no answer came, and the list of jobs could not be asked for it.

    Attributes:
        token: what identifies the submission in the job's metadata and in the journal.
    """

    def __init__(self, *message: str, token: str = "", **facts: Any) -> None:
        super().__init__(*message, **facts)
        self.token = token


class IonQNetworkError(IonQAPIError):
    """No answer came: the host is unreachable, the connection was cut, or time ran out."""


class IonQCertificateError(IonQNetworkError):
    """Nothing was sent: the host's certificate is not trusted, or those to trust cannot be read."""

    @property
    def may_pass(self) -> bool:
        """It does not pass by waiting."""
        return False


class IonQResponseError(IonQAPIError):
    """An answer came, but it is not what the API promises."""


class IonQAuthenticationError(IonQAPIError):
    """The key was refused (401), or may not do this (403)."""


class IonQNotFoundError(IonQAPIError):
    """The cloud knows no such thing, or this key may not see it (404)."""


class IonQRequestError(IonQAPIError):
    """The cloud refused the request (another 4xx)."""


class IonQRateLimitError(IonQAPIError):
    """The cloud asks for fewer requests (429)."""


class IonQServerError(IonQAPIError):
    """The cloud failed (5xx)."""


class IonQJobError(IonQError, JobError):
    """A job cannot give what was asked of it.

    Attributes:
        job_id: the platform's id of the job.
    """

    def __init__(self, *message: str, job_id: str = "") -> None:
        super().__init__(*message)
        self.job_id = job_id


class IonQJobFailureError(IonQJobError):
    """The job ended without a result.

    Attributes:
        code: the platform's failure code (an open list: F 6.8), ``"canceled"`` for a canceled job.
    """

    def __init__(self, *message: str, job_id: str = "", code: str = "") -> None:
        super().__init__(*message, job_id=job_id)
        self.code = code


class IonQJobTimeoutError(IonQJobError, JobTimeoutError):
    """The job had not finished when the caller's time-out ran out; it goes on."""


def nearest(name: object, allowed: Iterable[str]) -> str:
    """Words for an error message: the nearest right names, then all of them.

    >>> nearest("simulatr", ["simulator", "qpu.forte-1"])
    "did you mean 'simulator'? Known: qpu.forte-1, simulator"
    >>> nearest(3, ["b", "a"])
    'known: a, b'
    """
    known = sorted(allowed)
    close = get_close_matches(str(name), known, n=3, cutoff=0.5)
    listing = ", ".join(known)
    if not close:
        return f"known: {listing}"
    return f"did you mean {' or '.join(map(repr, close))}? Known: {listing}"
