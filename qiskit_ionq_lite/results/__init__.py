"""Result documents -> distribution -> Qiskit Result."""
