"""Proxies, certificates and extra headers, as users of ``requests`` expect them."""

from __future__ import annotations

import pytest
import trustme
from faulty import faulty
from qiskit import QuantumCircuit
from roads import over_tls, proxy

from qiskit_ionq_lite import IonQProvider
from qiskit_ionq_lite.cloud.retries import RetryPolicy
from qiskit_ionq_lite.errors import IonQCertificateError, IonQNetworkError

ONCE = RetryPolicy(tries=1)


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="module")
def secure(cloud):
    """A cloud over TLS, and its authority."""
    authority = trustme.CA()
    with over_tls(cloud.url, authority.issue_cert("127.0.0.1").configure_cert) as url:
        yield url, authority


@pytest.fixture
def bundle(secure, tmp_path):
    path = tmp_path / "authority.pem"
    secure[1].cert_pem.write_to_path(str(path))
    return str(path)


def runs(provider: IonQProvider) -> bool:
    circuit = QuantumCircuit(1)
    circuit.x(0)
    circuit.measure_all()
    return provider.get_backend("simulator").run(circuit, shots=3).get_counts() == {"1": 3}


def test_a_proxy_that_is_given_comes_before_the_environments(cloud, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with proxy() as (address, passed):
        assert runs(IonQProvider("key", url=cloud.url, proxies={"http": address}, retry=ONCE))
    assert all(cloud.url in request for request in passed)
    assert {request.split()[0] for request in passed} == {"GET", "POST"}


def test_the_environments_proxy(cloud, monkeypatch):
    with proxy() as (address, passed):
        monkeypatch.setenv("HTTP_PROXY", address)
        assert runs(IonQProvider("key", url=cloud.url, retry=ONCE))
        count = len(passed)
        assert count > 2
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert runs(IonQProvider("key", url=cloud.url, retry=ONCE))
        assert len(passed) == count


def test_tls_through_a_proxy(secure, bundle, monkeypatch):
    with proxy() as (address, passed):
        monkeypatch.setenv("HTTPS_PROXY", address)
        assert runs(IonQProvider("key", url=secure[0], verify=bundle, retry=ONCE))
    assert passed
    assert {request.split()[0] for request in passed} == {"CONNECT"}  # the proxy never sees the key


def test_an_unknown_authority_is_refused_in_clear_words(secure):
    with pytest.raises(IonQCertificateError, match="certificate is not trusted") as failure:
        IonQProvider("key", url=secure[0]).backends()  # which is not tried again
    assert not failure.value.maybe_done
    with pytest.raises(IonQCertificateError, match=r"nowhere\.pem"):
        IonQProvider("key", url=secure[0], verify="/nowhere.pem", retry=ONCE).backends()


def test_a_proxy_that_is_not_there_is_named(cloud):
    provider = IonQProvider("key", url=cloud.url, proxies={"http": "http://127.0.0.1:9"}, retry=ONCE)
    with pytest.raises(IonQNetworkError, match="proxy cannot be reached") as failure:
        provider.backends()
    assert not failure.value.maybe_done


def test_a_bundle_of_ones_own(secure, bundle, monkeypatch, tmp_path):
    assert runs(IonQProvider("key", url=secure[0], verify=bundle, retry=ONCE))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    assert runs(IonQProvider("key", url=secure[0], retry=ONCE))
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with pytest.raises(IonQCertificateError, match="certificate is not trusted"):  # what is given comes first
        IonQProvider("key", url=secure[0], verify=str(other), retry=ONCE).backends()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert runs(IonQProvider("key", url=secure[0], verify=bundle, retry=ONCE))


def test_extra_headers_go_along_and_never_replace_the_key(cloud_factory):
    seen = []
    cloud = cloud_factory(api_key="the-key")
    with faulty(cloud.url, lambda method, path: seen.append((method, path))) as url:
        provider = IonQProvider("the-key", url=url, headers={"X-Team": "blue", "Authorization": "none"})
        assert runs(provider)
    assert seen
