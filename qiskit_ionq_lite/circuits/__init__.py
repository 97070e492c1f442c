"""QuantumCircuit <-> IonQ JSON, both ways."""
