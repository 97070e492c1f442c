"""Where the cloud is and who we are: read once, from arguments, the environment and a ``.env`` file."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dotenv import dotenv_values, find_dotenv

from qiskit_ionq_lite.cloud.accounts import find_account
from qiskit_ionq_lite.errors import IonQCredentialsError, IonQInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_URL = "https://api.ionq.co/v0.4"
TOKEN_VARIABLES = ("QISKIT_IONQ_API_TOKEN", "IONQ_API_KEY", "IONQ_API_TOKEN")  # first found wins (F 10.5)
URL_VARIABLES = ("QISKIT_IONQ_API_URL", "IONQ_API_URL")

_ANY = "any"  # a local cloud takes any key, unless it was started with one
_NO_KEY = """\
no IonQ API key found. Make one at https://cloud.ionq.com/settings/keys, then pass it as
IonQProvider("..."), or set IONQ_API_KEY in the environment or in a .env file, or save it once with
IonQProvider.save_account("...").
Without a key, IonQProvider.local() runs the same code on this machine."""


@dataclass(frozen=True)
class Settings:
    """Address and key; the key shows in no ``repr``.

    Attributes:
        url: of the API, version included, without a slash at its end.
        token: the API key.
        account: name of the saved account that it comes from.
    """

    url: str
    token: str = field(repr=False)
    account: str | None = None


def read_settings(
    token: str | None, url: str | None, environment: Mapping[str, str], account: str | None = None
) -> Settings:
    """Arguments first, then ``environment``, then the nearest ``.env`` file from the working directory up.

    A saved account comes last, unless it is asked for by name. Its key goes to its own address alone.

    A server on this machine needs no key.

    Raises:
        IonQCredentialsError: if there is no key, or it would be sent in the clear to another machine.
        IonQInputError: if the address is none.
    """
    found = _from_file() | {name: value for name, value in environment.items() if value}
    if account is not None and (token or url):
        raise IonQInputError(
            "a saved account has its own key and address: pass account=... or these, not both"
        )
    token = token or (_first(TOKEN_VARIABLES, found) if account is None else None)
    url = url or (_first(URL_VARIABLES, found) if account is None else None)
    saved = find_account(account) if account is not None or not (token or url) else None
    if saved is not None:
        token, url = saved.token, saved.url
    url = _checked(url or DEFAULT_URL)
    if not token:
        if not is_loopback(urlsplit(url).hostname or ""):
            raise IonQCredentialsError(_NO_KEY)
        token = _ANY
    if not token.isascii() or not token.isprintable() or " " in token:
        raise IonQCredentialsError("the API key holds spaces or characters that no key has; copy it again")
    return Settings(url, token, saved.name if saved else None)


def _from_file() -> dict[str, str]:
    path = find_dotenv(usecwd=True)
    values = dotenv_values(path) if path else {}
    return {name: value for name, value in values.items() if value}


def _first(names: tuple[str, ...], values: Mapping[str, str]) -> str | None:
    return next((values[name] for name in names if name in values), None)


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise IonQInputError(f"{url!r} is no address of an API: it should look like {DEFAULT_URL}")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise IonQCredentialsError(
            f"the API key is not sent unencrypted to {parts.hostname}: use https, or a server on this machine"
        )
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path or '/v0.4'}"


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("api.ionq.co")
    (True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
