"""What ``ionq-lite serve`` says when it is ready: where it is, and how each client finds it (F 10.5)."""

from __future__ import annotations

_TEXT = """\
IonQ's cloud in a box is at {url} and takes {takes}; Ctrl-C stops it.
Jobs in the browser: {root}/

  export IONQ_API_KEY={key}
  export IONQ_API_URL={url}      # Qiskit: qiskit-ionq-lite and qiskit-ionq
  export IONQ_REMOTE_HOST={url}  # Cirq: cirq-ionq
  # PennyLane reads the key, and no address: pennylane_ionq.api_client.APIClient.BASE_URL = "{url}"
  # ionq-core reads the key, and takes the address: IonQClient(base_url="{url}")\
"""


def greeting(url: str, *, own_key: bool) -> str:
    """The words, without the key.

    Args:
        url: of the API, with its version.
        own_key: whether the cloud takes only the key that it was given.
    """
    takes, key = ("your key", "...") if own_key else ("any key", "local")
    return _TEXT.format(url=url, root=url.rpartition("/")[0], takes=takes, key=key)
