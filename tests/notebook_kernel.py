"""Notebooks, run in a kernel of this very Python."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

SECONDS_OF_A_CELL = 120


class ThisPython(AsyncKernelManager):
    """A kernel of the interpreter that runs the tests, whatever kernels the machine has installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        launch = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=[sys.executable, "-W", "error::UserWarning", *launch], language="python")


def execute(notebook: Any, folder: Path) -> None:
    """Run all cells, in ``folder``; outputs are put into the notebook."""
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(
        notebook, timeout=SECONDS_OF_A_CELL, resources=resources, record_timing=False, coalesce_streams=True
    )
    client.kernel_manager_class = ThisPython
    client.execute()


def rewrite(path: Path) -> None:
    """Run a notebook where it stands, and keep what it shows."""
    notebook = nbformat.read(path, as_version=4)
    metadata = dict(notebook.metadata)
    execute(notebook, path.parent)
    notebook.metadata = nbformat.from_dict(metadata)  # without the version of this Python
    nbformat.write(notebook, path)
