"""A Qiskit provider for IonQ."""
