"""The one door to the network: key, deadlines, retries, and every failure as one of our errors.

Nothing else in the package imports ``requests``.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

import msgspec
import qiskit
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import NewConnectionError
from urllib3.util import Retry

from qiskit_ionq_lite.errors import (
    IonQAPIError,
    IonQAuthenticationError,
    IonQNetworkError,
    IonQNotFoundError,
    IonQRateLimitError,
    IonQRequestError,
    IonQResponseError,
    IonQServerError,
)
from qiskit_ionq_lite.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit_ionq_lite.cloud.settings import Settings

_GATEWAY = frozenset({502, 504, *range(520, 530)})  # Cloudflare stands in front of the API (F 6.9)
_REFUSED = frozenset({429, 503})  # the request was turned away before anything was done
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 60.0
_POOL = 16  # connections kept for threads that share a provider
_BODY_EXCERPT = 2000  # characters of an answer that an error keeps


class RetryPolicy(Retry):
    """What is repeated, and why that is safe.

    - A connection that was never made carried nothing: any method is repeated.
    - 429 and 503 say that the request was turned away: any method is repeated, after ``Retry-After``.
    - GET, PUT and DELETE may be repeated after anything, for they change nothing twice.
    - A POST whose fate is unknown (cut connection, time-out, 502, 504, 52x) may have made a job: never.

    Waits double from 0.25 s to 20 s, with jitter so that many clients do not come back together.
    """

    @classmethod
    def standard(cls) -> RetryPolicy:
        """Five tries in all."""
        return cls(
            total=4,
            backoff_factor=0.25,
            backoff_jitter=0.25,
            backoff_max=20,
            status_forcelist=_GATEWAY | _REFUSED | {500},
            allowed_methods=frozenset({"GET", "PUT", "DELETE"}),
            raise_on_status=False,
        )

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Whether an answer with this status is asked for again."""
        return status_code in _REFUSED or super().is_retry(method, status_code, has_retry_after)


class _Key(AuthBase):
    """Sets the header itself, so that a ``.netrc`` entry for the host cannot replace it."""

    def __init__(self, token: str) -> None:
        self._header = f"apiKey {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class Transport:
    """Requests to one API with one key, over connections that are kept open."""

    def __init__(self, settings: Settings, policy: Retry | None = None) -> None:
        self.url = settings.url
        self._session = requests.Session()
        self._session.auth = _Key(settings.token)
        self._session.headers.update({"User-Agent": user_agent(), "Accept": "application/json"})
        adapter = HTTPAdapter(max_retries=policy or RetryPolicy.standard(), pool_maxsize=_POOL)
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
        """Send one request and return the body of its answer.

        Args:
            method: HTTP method.
            path: below the API's address, with a slash in front.
            params: query; lists repeat their name.
            body: JSON.
            timeout: seconds that the caller is ready to wait for each try; 60 by default.

        Raises:
            IonQAPIError: one of its kinds for every failure.
        """
        asked = f"{method} {path}"
        read = _READ_SECONDS if timeout is None else max(0.05, min(timeout, _READ_SECONDS))
        try:
            response = self._session.request(
                method,
                self.url + path,
                params=params,
                data=body,
                headers={"Content-Type": "application/json"} if body is not None else None,
                timeout=(min(_CONNECT_SECONDS, read), read),
                allow_redirects=False,  # the key goes to the host that the user named, and to no other
            )
        except requests.RequestException as error:
            raise IonQNetworkError(_no_answer(asked, self.url, error), request=asked) from error
        if not 200 <= response.status_code < 300:
            raise _refusal(response, asked)
        return response.content

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def user_agent() -> str:
    """Who asks, for IonQ's logs: package, Qiskit and Python with their versions."""
    return (
        f"qiskit-ionq-lite/{__version__} (qiskit/{qiskit.__version__}) "
        f"os/{platform.system()} (python/{platform.python_version()})"
    )


def _no_answer(asked: str, url: str, error: requests.RequestException) -> str:
    reached = not _never_connected(error)
    if not reached:
        reason = "the host cannot be reached"
    elif isinstance(error, requests.Timeout):
        reason = "no answer in time"
    elif isinstance(error, requests.ConnectionError):
        reason = "the host cut the connection"
    else:
        reason = type(error).__name__
    hint = "; it is unknown whether the job was made" if reached and asked.startswith("POST") else ""
    return f"{asked} at {url}: {reason}{hint}. Check the network and the address."


def _never_connected(error: requests.RequestException) -> bool:
    """Whether no connection was made, so that the cloud cannot have seen the request."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), NewConnectionError)


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


def _refusal(response: requests.Response, asked: str) -> IonQAPIError:
    status = response.status_code
    kind = _ERRORS.get(status) or _kind(status)
    said = _message(response.content)
    parts = [f"{asked} was answered with {status}", _ADVICE.get(status, ""), said]
    return kind(
        ": ".join(part for part in parts if part),
        status_code=status,
        body=response.text[:_BODY_EXCERPT],
        request_id=response.headers.get("x-request-id"),
        request=asked,
    )


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
