"""API keys that stay on this machine: a file that only its owner can read, or the system's keyring."""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_config_path

from qiskit_ionq_lite.errors import IonQCredentialsError, IonQInputError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "default"
_SERVICE = "qiskit-ionq-lite"
_OTHERS = 0o077  # permissions of people who are not the owner


@dataclass(frozen=True)
class Account:
    """A saved account; the key shows in no ``repr``.

    Attributes:
        name: that it was saved under.
        url: address of the API, ``None`` for IonQ's own.
        token: the key; empty if it is in the keyring.
    """

    name: str
    url: str | None
    token: str = field(repr=False, default="")


def accounts_file() -> Path:
    """The file of saved accounts, in the user's configuration folder."""
    return user_config_path("qiskit-ionq-lite", appauthor=False) / "accounts.json"


def saved_accounts() -> dict[str, Account]:
    """Name -> account, keys from the keyring left out.

    Raises:
        IonQCredentialsError: if the file cannot be read, or others may read it.
    """
    path = accounts_file()
    if not path.exists():
        return {}
    if os.name != "nt" and path.stat().st_mode & _OTHERS:
        raise IonQCredentialsError(
            f"others on this machine may read {path}: run `chmod 600 {path}`, and consider a new key"
        )
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): Account(str(name), entry.get("url"), str(entry.get("token", "")))
            for name, entry in entries.items()
        }
    except (ValueError, AttributeError) as error:
        raise IonQCredentialsError(f"{path} is no file of saved accounts: {type(error).__name__}") from None


def save_account(
    token: str, name: str = DEFAULT, *, url: str | None = None, overwrite: bool = False, keyring: bool = False
) -> None:
    """Keep a key for later.

    Args:
        token: the API key.
        name: to find it by.
        url: address of the API, IonQ's own by default.
        overwrite: whether an account of that name may be replaced.
        keyring: keep the key in the system's keyring, with the ``keyring`` package, instead of the file.

    Raises:
        IonQInputError: if the name is taken.
    """
    accounts = saved_accounts()
    if name in accounts and not overwrite:
        raise IonQInputError(f"there is an account {name!r} already: pass overwrite=True to replace it")
    if keyring:
        _keyring().set_password(_SERVICE, name, token)
    accounts[name] = Account(name, url, "" if keyring else token)
    _write(accounts)


def delete_account(name: str = DEFAULT) -> None:
    """Forget an account.

    Raises:
        IonQInputError: if there is none of that name.
    """
    accounts = saved_accounts()
    account = accounts.pop(name, None)
    if account is None:
        raise IonQInputError(f"no saved account {name!r}: {nearest(name, accounts)}")
    if not account.token:
        _keyring().delete_password(_SERVICE, name)
    _write(accounts)


def find_account(name: str | None) -> Account | None:
    """A saved account with its key; the default one, if there is one, for no name.

    Raises:
        IonQInputError: if there is none of that name.
        IonQCredentialsError: if its key is not to be had.
    """
    accounts = saved_accounts()
    account = accounts.get(name or DEFAULT)
    if account is None:
        if name is None:
            return None
        raise IonQInputError(f"no saved account {name!r}: {nearest(name, accounts)}")
    if account.token:
        return account
    token = _keyring().get_password(_SERVICE, account.name)
    if not token:
        raise IonQCredentialsError(f"the keyring has no key for the account {account.name!r}; save it again")
    return Account(account.name, account.url, token)


def _write(accounts: Mapping[str, Account]) -> None:
    """Replace the file at once; it is never readable for others, not for a moment."""
    path = accounts_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    entries = {
        account.name: {"url": account.url} | ({"token": account.token} if account.token else {})
        for account in accounts.values()
    }
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".accounts-")  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(entries, file, indent=1)
    Path(name).replace(path)


def _keyring() -> Any:
    try:
        return importlib.import_module("keyring")
    except ImportError as error:
        raise IonQCredentialsError("the system's keyring needs the package `keyring`") from error
