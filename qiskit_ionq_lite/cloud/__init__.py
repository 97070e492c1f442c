"""The client of IonQ's REST API."""
