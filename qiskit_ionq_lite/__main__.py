"""``python -m qiskit_ionq_lite`` is ``ionq-lite``."""

from qiskit_ionq_lite.cli import main

main(prog_name="ionq-lite")
