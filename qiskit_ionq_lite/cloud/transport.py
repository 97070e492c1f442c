"""The one door to the network: key, deadlines, retries, and every failure as one of our errors.

Nothing else in the package imports ``requests``.
"""

from __future__ import annotations

import math
import platform
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from random import Random
from ssl import SSLCertVerificationError
from typing import TYPE_CHECKING, Any

import msgspec
import qiskit
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import NewConnectionError, ProxyError, SSLError

from qiskit_ionq_lite.cloud.retries import REFUSED, RetryPolicy
from qiskit_ionq_lite.errors import (
    IonQAPIError,
    IonQAuthenticationError,
    IonQCertificateError,
    IonQNetworkError,
    IonQNotFoundError,
    IonQRateLimitError,
    IonQRequestError,
    IonQResponseError,
    IonQServerError,
)
from qiskit_ionq_lite.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qiskit_ionq_lite.cloud.settings import Settings

_CONNECT_SECONDS = 10.0
_SHORTEST_TRY = 0.05  # seconds that any request is given
_CHUNK = 2**16  # bytes
_LARGEST_ANSWER = 2**30  # bytes, unpacked; 1,000,000 shots of 36 qubits have 40 million
_POOL = 16  # connections kept for threads that share a provider
_BODY_EXCERPT = 2000  # characters of an answer that an error keeps


class _Key(AuthBase):
    """Sets the header itself, so that a ``.netrc`` entry for the host cannot replace it."""

    def __init__(self, token: str) -> None:
        self._header = f"apiKey {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class Transport:
    """Requests to one API with one key, over connections that are kept open; threads may share it.

    Args:
        settings: address and key.
        policy: what is repeated, and when.
        headers: sent with every request, beside our own.
        proxies: as ``requests`` takes them; the environment's by default.
        verify: a file of certificates to trust, or ``False`` for none; the usual ones by default.
        clock: seconds, from any beginning.
        sleep: waits for some seconds.

    Attributes:
        clock_offset: seconds by which the cloud's clock is ahead of ours, once it has answered.
    """

    def __init__(
        self,
        settings: Settings,
        policy: RetryPolicy | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        proxies: Mapping[str, str] | None = None,
        verify: bool | str = True,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = settings.url
        self.clock_offset: float | None = None
        self._policy = policy or RetryPolicy()
        self._clock, self._sleep = clock, sleep
        self._random = Random()  # jitter, nothing else
        self._session = requests.Session()
        self._session.headers.update(dict(headers or {}))
        self._session.headers.update({"User-Agent": user_agent(), "Accept": "application/json"})
        self._session.auth = _Key(settings.token)
        # given with each request, for the environment's come before a session's
        self._network: dict[str, Any] = {"proxies": dict(proxies or {}), "verify": verify}
        adapter = HTTPAdapter(max_retries=0, pool_connections=_POOL, pool_maxsize=_POOL)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> bytes:
        """Send a request, again where the policy allows it, and return the body of the answer: valid JSON.

        Args:
            method: HTTP method.
            path: below the API's address, with a slash in front.
            params: query; lists repeat their name.
            body: JSON.
            timeout: seconds for everything, all tries and waits; the policy's deadline by default.

        Raises:
            IonQAPIError: one of its kinds for every failure.
        """
        asked = _Asked(method, path, params, body)
        deadline = self._clock() + (self._policy.deadline if timeout is None else max(timeout, _SHORTEST_TRY))
        tried = 0
        while True:
            tried += 1
            try:
                return self._try(asked, deadline)
            except IonQAPIError as error:
                wait = self._policy.wait(method, error, tried, self._random)
                if wait is None or self._clock() + wait >= deadline:
                    raise
            self._sleep(wait)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _try(self, asked: _Asked, deadline: float) -> bytes:
        left = max(deadline - self._clock(), _SHORTEST_TRY)
        silence = min(left, self._policy.try_seconds)
        try:
            with self._session.request(
                asked.method,
                self.url + asked.path,
                params=asked.params,
                data=asked.body,
                headers={"Content-Type": "application/json"} if asked.body is not None else None,
                timeout=(min(_CONNECT_SECONDS, silence), silence),
                allow_redirects=False,  # the key goes to the host that the user named, and to no other
                stream=True,  # so that neither the size nor the time of an answer is without bounds
                **self._network,
            ) as response:
                content = self._content(response, asked, deadline)
                self._note_time(response)
        except requests.RequestException as error:
            reached = not _never_connected(error)
            error.request = None  # it holds the key, and would go along wherever the cause of an error goes
            kind = IonQCertificateError if _untrusted(error) else IonQNetworkError
            raise kind(
                _no_answer(asked, self.url, error, reached), request=str(asked), maybe_done=reached
            ) from error
        except OSError as error:  # a file of certificates that is not there
            raise IonQCertificateError(
                f"{asked} at {self.url} was not sent: {error}", request=str(asked)
            ) from error
        if not 200 <= response.status_code < 300:
            raise _refusal(response, content, str(asked))
        if not _is_json(content):
            raise IonQResponseError(
                f"the answer to {asked} is not what IonQ's API promises: no JSON, or only a piece of it",
                status_code=response.status_code,
                body=content[:_BODY_EXCERPT].decode(errors="replace"),
                request_id=response.headers.get("x-request-id"),
                request=str(asked),
                maybe_done=True,
            )
        return content

    def _note_time(self, response: requests.Response) -> None:
        moment = _moment(response.headers.get("Date", ""))
        if moment is not None:
            self.clock_offset = (moment - datetime.now(timezone.utc)).total_seconds()

    def _content(self, response: requests.Response, asked: _Asked, deadline: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_content(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > _LARGEST_ANSWER:
                raise IonQResponseError(
                    f"{asked} was answered with more than {_LARGEST_ANSWER:,} bytes",
                    request=str(asked),
                    status_code=response.status_code,
                )
            if self._clock() > deadline:
                raise requests.Timeout("the answer came too slowly")
        return b"".join(chunks)


@dataclass(frozen=True)
class _Asked:
    """A request; as text, method and path."""

    method: str
    path: str
    params: Mapping[str, Any] | None
    body: bytes | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _is_json(content: bytes) -> bool:
    try:
        msgspec.json.decode(content, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def user_agent() -> str:
    """Who asks, for IonQ's logs: package, Qiskit and Python with their versions."""
    return (
        f"qiskit-ionq-lite/{__version__} (qiskit/{qiskit.__version__}) "
        f"os/{platform.system()} (python/{platform.python_version()})"
    )


def _no_answer(asked: _Asked, url: str, error: requests.RequestException, reached: bool) -> str:
    if _untrusted(error):
        return (
            f"{asked} at {url} was not sent: the host's certificate is not trusted. If it should be, name a "
            "file of certificates that vouch for it: verify=..., or REQUESTS_CA_BUNDLE."
        )
    if not reached:
        proxied = isinstance(error, requests.exceptions.ProxyError)
        reason = "the proxy cannot be reached" if proxied else "the host cannot be reached"
    elif isinstance(error, requests.Timeout):
        reason = "no answer in time"
    elif isinstance(error, (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        reason = "the host cut the connection"
    else:
        reason = type(error).__name__
    done = "the job was made" if asked.path == "/jobs" else "it was done"
    hint = f"; it is unknown whether {done}" if reached and asked.method == "POST" else ""
    return f"{asked} at {url}: {reason}{hint}. Check the network and the address."


def _never_connected(error: requests.RequestException) -> bool:
    """Whether no connection was made, so that the cloud cannot have seen the request."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = _reason(error)
    if isinstance(reason, ProxyError):
        reason = reason.original_error
    return isinstance(reason, NewConnectionError) or _untrusted(error)


def _untrusted(error: requests.RequestException) -> bool:
    reason = _reason(error)
    return isinstance(reason, SSLError) and any(
        isinstance(one, SSLCertVerificationError) for one in reason.args
    )


def _reason(error: requests.RequestException) -> object:
    """What urllib3 says, which requests wraps."""
    cause = error.args[0] if error.args else None
    return getattr(cause, "reason", cause)


_ERRORS: dict[int, type[IonQAPIError]] = {
    401: IonQAuthenticationError,
    403: IonQAuthenticationError,
    404: IonQNotFoundError,
    429: IonQRateLimitError,
}
_ADVICE = {
    401: "the API key was refused; check it at https://cloud.ionq.com/settings/keys",
    403: "this API key may not do that",
    429: "the API asks for fewer requests; wait a moment",
}


def _refusal(response: requests.Response, content: bytes, asked: str) -> IonQAPIError:
    status = response.status_code
    kind = _ERRORS.get(status) or _kind(status)
    parts = [f"{asked} was answered with {status}", _ADVICE.get(status, ""), _message(content)]
    return kind(
        ": ".join(part for part in parts if part),
        status_code=status,
        body=content[:_BODY_EXCERPT].decode(errors="replace"),
        request_id=response.headers.get("x-request-id"),
        request=asked,
        retry_after=_seconds(response.headers.get("Retry-After")),
        maybe_done=status >= 500 and status not in REFUSED,
    )


def _seconds(retry_after: str | None) -> float | None:
    """``Retry-After``, a number of seconds or a date, as seconds from now; ``None`` for anything else."""
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        moment = _moment(retry_after)
        if moment is None:
            return None
        seconds = (moment - datetime.now(timezone.utc)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _moment(date: str) -> datetime | None:
    """A date of HTTP."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _kind(status: int) -> type[IonQAPIError]:
    if status >= 500:
        return IonQServerError
    return IonQRequestError if status >= 400 else IonQResponseError


class _ErrorBody(msgspec.Struct):
    """The three shapes of an error that the platform is known to send (F 6.9)."""

    message: str | None = None
    error: str | dict[str, Any] | None = None
    validation: dict[str, Any] | None = None


def _message(body: bytes) -> str:
    """The platform's words, if the body holds any: HTML of a gateway does not."""
    try:
        error = msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    nested = error.error.get("message") if isinstance(error.error, dict) else error.error
    text = str(error.message or nested or "")
    keys = (error.validation or {}).get("keys")
    return f"{text} (at {', '.join(map(str, keys))})" if isinstance(keys, list) and keys else text
