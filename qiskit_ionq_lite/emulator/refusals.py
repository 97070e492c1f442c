"""What the local cloud refuses, in the platform's words (F 6.8, 6.9).

::

    RefusalError      an HTTP answer of 400 or more; nothing was stored
    PreflightError    a job that was accepted and then fails, with the platform's failure code
"""

from __future__ import annotations

from qiskit_ionq_lite.errors import IonQError


class RefusalError(IonQError):
    """A request that is answered with an error document.

    Attributes:
        status: HTTP status.
        title: the document's ``error``.
        text: the document's ``message``.
        keys: offending fields of a 400, as paths from the body's or the query's root.
        source: where they were: ``"payload"``, ``"query"`` or ``"params"``.
        retry_after: seconds until it may be asked again; ``None`` says nothing of it.
    """

    def __init__(
        self,
        status: int,
        title: str,
        text: str,
        *,
        keys: tuple[str, ...] = (),
        source: str = "payload",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.title = title
        self.text = text
        self.keys = keys
        self.source = source
        self.retry_after = retry_after


class PreflightError(IonQError):
    """A circuit that the platform accepts and then cannot run.

    Attributes:
        code: one of the platform's failure codes.
        text: what was wrong and what is allowed.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def bad_request(text: str, *keys: str, source: str = "payload") -> RefusalError:
    """400: the request itself is wrong."""
    return RefusalError(400, "Bad Request", text, keys=keys, source=source)


def not_found(text: str) -> RefusalError:
    """404: no such thing here."""
    return RefusalError(404, "Not Found Error", text)


def unauthorized() -> RefusalError:
    """401: no key, or not this one."""
    return RefusalError(
        401,
        "Unauthorized Error",
        "Invalid key provided. Send the header 'Authorization: apiKey <key>'.",
    )


def too_large(limit: int) -> RefusalError:
    """413: a body above the limit, in bytes."""
    return RefusalError(413, "Payload Too Large", f"The request body is larger than {limit:,} bytes.")


def too_many_requests(text: str, seconds: float) -> RefusalError:
    """429: too much at a time; ``seconds`` until there may be room."""
    return RefusalError(429, "Too Many Requests", text, retry_after=seconds)
