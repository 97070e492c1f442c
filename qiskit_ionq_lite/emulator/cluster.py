"""An existing Dask cluster as an executor; needs the extra ``dask``. No other module imports Dask."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from distributed import Client

from qiskit_ionq_lite.errors import IonQError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

CONNECT_SECONDS = 10


class ClusterError(IonQError):
    """The Dask cluster cannot be reached."""


@contextmanager
def executor(address: str) -> Iterator[Executor]:
    """An executor of the cluster whose scheduler is at ``address``, such as ``tcp://scheduler:8786``.

    Raises:
        ClusterError: nobody answers there.
    """
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]  # Dask has few types
    except (OSError, ValueError) as error:
        raise ClusterError(f"no Dask scheduler at {address}: {error}") from error
    with client:
        yield client.get_executor()  # type: ignore[no-untyped-call]  # as above
