"""What is asked again, when, and why that is safe: the retry policy as a value.

- A connection that was never made carried nothing: any request is repeated.
- 429 and 503 say that a request was turned away: any request is repeated, after ``Retry-After``.
- GET, PUT and DELETE change nothing twice: they are repeated after anything but a refusal.
- A POST whose fate is unknown (cut connection, time-out, an answer that cannot be read, 5xx) may have made a
  job. It is never repeated here; :mod:`submission` finds out first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qiskit_ionq_lite.errors import IonQAPIError, IonQCertificateError, IonQNetworkError, IonQResponseError

if TYPE_CHECKING:
    from random import Random

REFUSED = frozenset({429, 503})
"""The request was turned away before anything was done."""

_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
_FAILED = frozenset({500, 502, 504, *range(520, 530)})  # Cloudflare stands in front of the API (F 6.9)


@dataclass(frozen=True)
class RetryPolicy:
    """How often, and how long to wait.

    Attributes:
        tries: of one request, in all.
        first_wait: seconds before the second try; each later wait is twice as long.
        longest_wait: seconds of one wait at most, unless the cloud asks for more.
        deadline: seconds for a request with all its tries, where the caller names none.
        try_seconds: seconds without a byte after which one try is given up.
    """

    tries: int = 6
    first_wait: float = 0.25
    longest_wait: float = 20.0
    deadline: float = 180.0
    try_seconds: float = 60.0

    def wait(self, method: str, error: IonQAPIError, tried: int, random: Random) -> float | None:
        """Seconds to wait before the next try, with jitter so that many clients do not come back together.

        Returns:
            ``None`` if there must be no other try.
        """
        if tried >= self.tries or not _may_repeat(method, error):
            return None
        longest = min(self.first_wait * 2.0 ** (tried - 1), self.longest_wait)
        return max(longest * random.uniform(0.5, 1.0), error.retry_after or 0.0)


def _may_repeat(method: str, error: IonQAPIError) -> bool:
    if error.status_code in REFUSED:
        return True
    if isinstance(error, IonQCertificateError):
        return False
    if isinstance(error, IonQNetworkError) and not error.maybe_done:
        return True
    if method not in _REPEATABLE:
        return False
    unreadable = isinstance(error, IonQResponseError) and error.maybe_done
    return unreadable or isinstance(error, IonQNetworkError) or error.status_code in _FAILED
