"""What all tests share: one local cloud for the whole run, and the specification to hold answers against."""

from __future__ import annotations

import importlib.util
import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from hypothesis import settings

from qiskit_ionq_lite.emulator.server import LocalCloud

POLL_SECONDS = 0.002
settings.register_profile("shared machines", deadline=None)  # the suite asserts on no clock
settings.load_profile("shared machines")
for _folder in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):  # journals and accounts of tests are not the user's
    os.environ[_folder] = tempfile.mkdtemp(prefix="ionq-lite-tests-")


class Api:
    """A bare HTTP client of one cloud: no retries, no opinions."""

    def __init__(self, cloud, key="key"):
        self.cloud = cloud
        self.session = requests.Session()
        if key is not None:
            self.session.headers["Authorization"] = f"apiKey {key}"

    def __call__(self, method, path, **options):
        return self.session.request(method, self.cloud.url + path, timeout=60, **options)

    def get(self, path, **params):
        answer = self("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def submit(self, **body):
        answer = self("POST", "/jobs", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def wait(self, job_id):
        while True:
            job = self.get(f"/jobs/{job_id}")
            if job["status"] in ("completed", "failed", "canceled"):
                return job
            time.sleep(POLL_SECONDS)

    def run(self, **body):
        return self.wait(self.submit(**body))

    def artifact(self, job, form):
        return self.get(f"/jobs/{job['id']}/artifacts/{job['results'][form]['id']}")


@pytest.fixture(scope="session")
def cloud():
    """The IonQ cloud in a box, in memory, shared by all tests that leave no trace others could trip over."""
    with LocalCloud(seed=7) as running:
        yield running


@pytest.fixture
def cloud_factory():
    """``cloud_factory(**options)`` starts a cloud of the test's own, closed at the end of the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(LocalCloud(**options))


@pytest.fixture
def api(cloud):
    client = Api(cloud)
    yield client
    client.session.close()


@pytest.fixture
def api_of():
    """``api_of(cloud, key=...)``: a bare client of any cloud."""
    yield from _clients()


@pytest.fixture(scope="module")
def api_of_module():
    """``api_of``, for fixtures that a whole module shares."""
    yield from _clients()


def _clients():
    clients = []

    def make(cloud, key="key"):
        clients.append(Api(cloud, key))
        return clients[-1]

    yield make
    for client in clients:
        client.session.close()


@pytest.fixture(scope="session")
def openapi():
    """``tests/wire/openapi.py``, with ``validate(value, schema)`` and ``answer(value, method, path)``."""
    path = Path(__file__).parent / "wire" / "openapi.py"
    spec = importlib.util.spec_from_file_location("ionq_openapi", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
