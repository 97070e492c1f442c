"""Warnings that point at the user's own line, however deep in the package they arise."""

from __future__ import annotations

import sys
import warnings

_PACKAGE = __name__.split(".")[0]


def notify(message: str) -> None:
    """Warn, as if the caller's first line outside this package had done it."""
    level = 1
    frame = sys._getframe(1)  # the frame that warnings.warn calls level 2
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] == _PACKAGE:
        frame = frame.f_back
        level += 1
    warnings.warn(message, UserWarning, stacklevel=level + 1)
