"""What is submitted: options, metadata, bodies, limits; bad input is refused before anything is sent."""

from __future__ import annotations

import json
import math
import pickle
import warnings

import numpy as np
import pytest
from circuit_strategies import seeds
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit

from qiskit_ionq_lite import errors
from qiskit_ionq_lite.circuits import header as headers
from qiskit_ionq_lite.circuits.body import job_body, job_header, job_name, noise_seed
from qiskit_ionq_lite.circuits.encode import EncodedCircuit, encode
from qiskit_ionq_lite.circuits.header import CircuitHeader, JobHeader
from qiskit_ionq_lite.circuits.layout import ClassicalLayout
from qiskit_ionq_lite.errors import IonQCircuitError, IonQOptionError, IonQResponseError
from qiskit_ionq_lite.options import RunOptions


def bell(**metadata: object) -> EncodedCircuit:
    circuit = QuantumCircuit(2, 2, name="bell", metadata=metadata)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    return encode(circuit, "qis")


def body(circuits: list[EncodedCircuit] | None = None, backend: str = "simulator", **options: object) -> dict:
    circuits = circuits or [bell()]
    run = RunOptions().merged(options)
    header = job_header(circuits, run, seed=5)
    return json.loads(job_body(backend, "qis", circuits, run, header, "token"))


# --- options ---


@pytest.mark.parametrize("shots", [1, 1_000_000, np.int64(100), np.uint8(7)])
def test_whole_shots_are_taken(shots: object) -> None:
    sent = body(shots=shots)["shots"]
    assert (type(sent), sent) == (int, int(shots))


@pytest.mark.parametrize("shots", [0, -5, 100.0, "100", True, None, 1_000_001, 10**30, [100], np.float64(8)])
def test_other_shots_are_refused(shots: object) -> None:
    with pytest.raises(IonQOptionError, match="shots must be an integer from 1 to 1,000,000"):
        RunOptions().merged({"shots": shots})


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("shot", 5, "did you mean 'shots'"),
        ("noise_modell", "ideal", "did you mean 'noise_model'"),
        ("noise_model", "aria", "did you mean 'aria-2' or 'aria-1'"),
        ("noise_model", ["aria-1"], "unknown noise_model"),
        ("memory", "yes", "memory must be True or False"),
        ("seed_simulator", -1, "seed_simulator must be an integer"),
        ("seed_simulator", 0.5, "seed_simulator must be an integer"),
        ("name", 3, "name must be a string"),
        ("metadata", "x", "metadata must be a dictionary"),
        ("metadata", {1: "x"}, "metadata must be a dictionary"),
        ("job_settings", 1, "job_settings must be a dictionary"),
    ],
)
def test_bad_options_are_refused(option: str, value: object, words: str) -> None:
    with pytest.raises(IonQOptionError, match=words):
        RunOptions().merged({option: value})


def test_debiasing_needs_500_shots() -> None:
    with pytest.raises(IonQOptionError, match="at least 500 shots"):
        RunOptions(shots=499, debiasing=True)


def test_the_peers_option_names_are_understood() -> None:
    assert RunOptions().merged({"sampler_seed": 3}).seed_simulator == 3


# --- metadata ---


@pytest.mark.parametrize("value", [math.nan, -math.inf])
def test_what_is_no_number_in_json_is_refused_where_the_platform_reads_it(value: float) -> None:
    with pytest.raises(IonQOptionError, match="metadata 'mine' is not JSON"):
        body(metadata={"mine": value})
    with pytest.raises(IonQOptionError, match="job_settings is not JSON"):
        body(job_settings={"mine": value})
    kept = headers.unpack(body([bell(mine=value)])["metadata"]).circuits[0].metadata["mine"]
    assert repr(kept) == repr(value)


@pytest.mark.parametrize("value", [1j, object(), {1, 2}, b"bytes", {"deep": [1j]}])
def test_metadata_that_is_not_json_is_refused(value: object) -> None:
    with pytest.raises(IonQOptionError, match="metadata 'mine' is not JSON"):
        body(metadata={"mine": value})
    with pytest.raises(IonQOptionError, match="circuit metadata is not JSON"):
        body([bell(mine=value)])


def test_numpy_metadata_becomes_plain() -> None:
    sent = body([bell(x=np.float64(0.5), y=np.arange(3))], metadata={"n": np.int64(3), "text": "as it is"})
    assert (sent["metadata"]["n"], sent["metadata"]["text"]) == ("3", "as it is")
    assert headers.unpack(sent["metadata"]).circuits[0].metadata == {"x": 0.5, "y": [0, 1, 2]}


@pytest.mark.parametrize("key", ["k" * 41, "ionq_lite_token"])
def test_metadata_keys_that_do_not_fit_are_refused(key: str) -> None:
    with pytest.raises(IonQOptionError, match="metadata key"):
        body(metadata={key: "x"})


def test_metadata_that_is_too_long_is_refused() -> None:
    with pytest.raises(IonQOptionError, match="40,001 characters"):
        body(metadata={"long": "x" * 40_001})
    with pytest.raises(IonQOptionError, match="10 do not hold them"):
        body(metadata={f"key{i}": "x" for i in range(10)})


def test_long_circuit_metadata_takes_several_values_and_then_gives_way_with_a_warning() -> None:
    def noise(size: int) -> EncodedCircuit:
        return bell(x=np.random.default_rng(1).random(size))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sent = body([noise(5_000)])["metadata"]
    assert len(sent) > 2
    assert max(map(len, sent.values())) <= 40_000
    assert len(headers.unpack(sent).circuits[0].metadata["x"]) == 5_000
    with pytest.warns(UserWarning, match="left out"):
        sent = body([noise(60_000)])["metadata"]
    assert headers.unpack(sent).circuits[0].metadata == {}


names = st.text(max_size=20)
circuit_headers = st.builds(
    CircuitHeader,
    names,
    st.integers(1, 30).flatmap(
        lambda width: st.builds(
            ClassicalLayout,
            st.lists(st.tuples(names, st.integers(1, 9)), max_size=3).map(tuple),
            st.lists(st.none() | st.integers(0, width - 1), max_size=9).map(tuple),
            st.just(width),
        )
    ),
    st.dictionaries(names, st.none() | st.integers() | st.floats(allow_nan=False) | names, max_size=3),
)


@given(
    st.builds(JobHeader, st.integers(1, 10**6), st.booleans(), seeds, st.lists(circuit_headers).map(tuple))
)
def test_the_header_survives_the_journey(header: JobHeader) -> None:
    assert headers.unpack(headers.pack(header, 10)) == header


def test_five_thousand_circuits_fit() -> None:
    circuits = [encode_named(i) for i in range(5_000)]
    sent = body(circuits)
    assert len(sent["input"]["circuits"]) == 5_000
    assert [c.name for c in headers.unpack(sent["metadata"]).circuits] == [c.name for c in circuits]


def encode_named(number: int) -> EncodedCircuit:
    one = bell()
    return EncodedCircuit(one.gates, one.layout, f"circuit-{number}", {})


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: headers.base64.b64encode(b).decode()))
def test_a_header_that_was_tampered_with_is_one_clear_error(text: str) -> None:
    with pytest.raises(IonQResponseError):
        headers.unpack({headers.KEY: text})


def test_a_header_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = headers.base64.b64encode(headers.zlib.compress(b" " * 2**27)).decode()
    with pytest.raises(IonQResponseError, match="unpacks to more than"):
        headers.unpack({headers.KEY: bomb})


def test_a_job_of_another_client_has_no_header() -> None:
    assert headers.unpack({"qiskit_header": "x"}) is None


# --- bodies ---


def test_a_body_is_compact() -> None:
    sent = body(shots=10)
    token = sent["metadata"].pop("ionq_lite_token")
    sent["metadata"].pop("ionq_lite_header")
    assert token == "token"
    assert sent == {
        "type": "ionq.circuit.v1",
        "backend": "simulator",
        "shots": 10,
        "name": "bell",
        "input": {
            "gateset": "qis",
            "qubits": 2,
            "circuit": [{"gate": "h", "target": 0}, {"gate": "x", "target": 1, "control": 0}],
        },
        "metadata": {},
        "noise": {"model": "ideal"},
    }


def test_a_list_is_one_multi_circuit_job() -> None:
    sent = body([bell(), bell()])
    assert (sent["type"], len(sent["input"]["circuits"]), sent["input"]["gateset"]) == (
        "ionq.multi-circuit.v1",
        2,
        "qis",
    )


def test_noise_and_mitigation_go_where_they_mean_something() -> None:
    assert body(noise_model="aria-1")["noise"] == {"model": "aria-1", "seed": 5}
    assert "settings" not in body(shots=500, debiasing=True)
    opt = np.int64(0)
    sent = body(backend="qpu.forte-1", shots=500, debiasing=True, job_settings={"compilation": {"opt": opt}})
    assert sent["settings"] == {"error_mitigation": {"debiasing": True}, "compilation": {"opt": 0}}
    assert "noise" not in sent


@given(seeds)
def test_noise_seeds_fit_the_platform(seed: int) -> None:
    assert 1 <= noise_seed(seed) < 2**31
    assert noise_seed(seed) == seed or not 1 <= seed < 2**31


@given(st.text())
def test_names_keep_to_the_platforms_characters(name: str) -> None:
    assert set(job_name(name)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-")


def test_what_exceeds_the_platforms_limits_is_refused() -> None:
    one = bell()
    with pytest.raises(IonQCircuitError, match="5,001 circuits"):
        body([one] * 5_001)
    long = EncodedCircuit(one.gates * 80_000, one.layout, "long", {})
    with pytest.raises(IonQCircuitError, match="160,000 gates"):
        body([long])


# --- errors ---


@pytest.mark.parametrize("name", [name for name in vars(errors) if name.startswith("IonQ")])
def test_errors_survive_pickling(name: str) -> None:
    kind = getattr(errors, name)
    error = kind("what happened")
    error.extra = 3
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (kind, "what happened", vars(error))
