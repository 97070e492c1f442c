"""Threads that work while there is work, and sleep without it."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

SECONDS_AFTER_AN_ERROR = 1.0
"""Before the next try: what fails is the disk, say, and asking it without end helps nobody."""


class Workers:
    """A bounded pool without a list of its own: what waits is in the database, however much it is.

    Args:
        count: threads.
        prepare: what each does first.
        act: one piece of work. Returns the seconds until there may be more: 0 for "at once", infinite for
            "when :meth:`wake` is called".
    """

    def __init__(self, count: int, prepare: Callable[[], object], act: Callable[[], float]) -> None:
        self._changed = threading.Condition()
        self._calls = 0
        self._closed = False
        self._threads = [
            threading.Thread(
                target=self._work, args=(prepare, act), name=f"ionq-lite-worker-{n}", daemon=True
            )
            for n in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """There is new work for one of them."""
        with self._changed:
            self._calls += 1
            self._changed.notify()

    def close(self) -> None:
        """No new work from now on; what runs goes on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for the last one, after :meth:`close`."""
        for thread in self._threads:
            thread.join()

    def _work(self, prepare: Callable[[], object], act: Callable[[], float]) -> None:
        prepare()
        while not self._closed:
            calls = self._calls  # read before looking for work, so that no call falls in between
            self._sleep(_attempt(act), calls)

    def _sleep(self, seconds: float, calls: int) -> None:
        if seconds > 0:
            timeout = min(seconds, threading.TIMEOUT_MAX)
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._calls != calls, timeout)


def _attempt(act: Callable[[], float]) -> float:
    try:
        return act()
    except Exception:  # noqa: BLE001  # the others' jobs must go on
        _log.exception("a worker of the local cloud failed; its job is left to the next start")
        return SECONDS_AFTER_AN_ERROR
