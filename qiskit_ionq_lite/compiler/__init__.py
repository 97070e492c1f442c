"""Circuits into native gates, and the targets that tell Qiskit what IonQ's machines take."""
