"""Version 0.3 of the API (F 11), as a translation to and from the service, which speaks version 0.4."""
