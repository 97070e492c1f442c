"""Keys and addresses: where they come from, where they go, and that they do not show."""

from __future__ import annotations

import pytest

from qiskit_ionq_lite.cloud.settings import DEFAULT_URL, read_settings
from qiskit_ionq_lite.errors import IonQCredentialsError, IonQInputError


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_key_it_says_how_to_get_one_and_how_to_do_without() -> None:
    with pytest.raises(
        IonQCredentialsError, match=r"(?s)cloud\.ionq\.com.*IONQ_API_KEY.*IonQProvider\.local\(\)"
    ):
        read_settings(None, None, {})


def test_a_server_on_this_machine_needs_no_key() -> None:
    assert read_settings(None, "http://127.0.0.1:8765", {}).token
    with pytest.raises(IonQCredentialsError, match="no IonQ API key found"):
        read_settings(None, "https://example.org/v0.4", {})


@pytest.mark.parametrize(
    ("argument", "environment", "expected"),
    [
        ("a", {"IONQ_API_KEY": "b"}, "a"),
        (None, {"IONQ_API_TOKEN": "d", "IONQ_API_KEY": "c", "QISKIT_IONQ_API_TOKEN": "b"}, "b"),
        (None, {"IONQ_API_TOKEN": "d", "IONQ_API_KEY": "c"}, "c"),
        (None, {"IONQ_API_TOKEN": "d", "IONQ_API_KEY": ""}, "d"),
    ],
)
def test_the_order_in_which_keys_are_looked_for(argument, environment, expected) -> None:
    assert read_settings(argument, None, environment).token == expected


def test_a_dotenv_file_is_found_from_the_working_directory_up_and_the_environment_wins(
    empty_folder, monkeypatch
):
    (empty_folder / ".env").write_text("IONQ_API_KEY=from-file\nIONQ_API_URL=http://localhost:1/v0.4\n")
    below = empty_folder / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    assert read_settings(None, None, {}).token == "from-file"
    assert read_settings(None, None, {}).url == "http://localhost:1/v0.4"
    assert read_settings(None, None, {"IONQ_API_KEY": "from-environment"}).token == "from-environment"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, DEFAULT_URL),
        ("https://api.ionq.co", DEFAULT_URL),
        ("https://api.ionq.co/v0.4/", DEFAULT_URL),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765/v0.4"),
        ("http://[::1]:8765/v0.4", "http://[::1]:8765/v0.4"),
        ("https://api.ionq.co/v0.3/", "https://api.ionq.co/v0.3"),
    ],
)
def test_addresses_are_completed(url, expected) -> None:
    assert read_settings("k", url, {}).url == expected


@pytest.mark.parametrize("url", ["api.ionq.co", "ftp://api.ionq.co", "https://", "nonsense"])
def test_what_is_no_address_is_refused(url) -> None:
    with pytest.raises(IonQInputError, match="no address"):
        read_settings("k", url, {})


def test_the_key_is_not_sent_in_the_clear_to_another_machine() -> None:
    with pytest.raises(IonQCredentialsError, match="unencrypted"):
        read_settings("k", "http://api.ionq.co/v0.4", {})


@pytest.mark.parametrize("token", ["two words", "line\n", "ключ"])
def test_what_is_no_key_is_refused_without_showing_it(token) -> None:
    with pytest.raises(IonQCredentialsError) as caught:
        read_settings(token, None, {})
    assert token not in str(caught.value)


def test_the_key_does_not_show() -> None:
    assert "secret" not in repr(read_settings("secret", None, {}))
