"""The IonQ cloud in a box: a local server that speaks IonQ's REST API and runs jobs on Qiskit Aer."""
