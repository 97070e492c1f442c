"""OpenQASM 3 programs: read as the language says, refused by name, and run with the physics written out."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm3
from qiskit.quantum_info import Operator

from qiskit_ionq_lite.emulator import engine
from qiskit_ionq_lite.emulator.devices import NOISE_MODELS
from qiskit_ionq_lite.emulator.inputs import Qasm
from qiskit_ionq_lite.emulator.openqasm import parse
from qiskit_ionq_lite.emulator.preflight import preflight
from qiskit_ionq_lite.emulator.refusals import PreflightError

IDEAL, ARIA, FORTE = NOISE_MODELS["ideal"], NOISE_MODELS["aria-1"], NOISE_MODELS["forte-1"]
HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
CHI_SQUARE_99_9 = {3: 16.27, 7: 24.32, 15: 37.70}  # quantiles of chi-square by degrees of freedom

X = np.array([[0, 1], [1, 0]])
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1])
ZERO, ONE, LOWER = np.diag([1.0, 0]), np.diag([0, 1.0]), np.array([[0, 1.0], [0, 0]])


def program(body, qubits=3, bits="bit[3] c;"):
    return f"{HEAD}qubit[{qubits}] q; {bits}\n{body}"


def operator(body, qubits=3):
    circuit = parse(program(body, qubits), 29).circuit
    return Operator(bare(circuit))


def bare(circuit):
    found = QuantumCircuit(circuit.qubits, global_phase=circuit.global_phase)
    for step in circuit.data:
        found._append(step)
    return found


BOMB = "gate g0 a { x a; x a; }" + "".join(
    f"gate g{level + 1} a {{ g{level} a; g{level} a; }}" for level in range(30)
) + "g30 q[0];"  # fmt: skip


def refusal(body, model=IDEAL):
    with pytest.raises(PreflightError) as caught:
        preflight(Qasm(body), model)
    return caught.value


@pytest.mark.parametrize(
    ("body", "construct"),
    [
        ("for int i in [0:2] { x q[i]; }", "loop"),
        ("while (c[0]) { x q[0]; }", "loop"),
        ("if (c[0]) { x q[0]; }", "branch"),
        ("def f(qubit a) { x a; }", "subroutine"),
        ("let a = q[0:1];", "alias"),
        ("delay[3ns] q;", "delay"),
        ("int i = 3;", "IntType"),
        ("c[0] = 1;", "assignment"),
        ("input float[64] t;", "input"),
        ("x $0;", "physical qubits"),
        ("measure q[0];", "without a bit"),
        ("box { x q[0]; }", "box"),
        ('include "other.inc";', "other.inc"),
        ("gate g a { g a; } g q[0];", "calls itself"),
        ("ctrl @ gpi(0.1) q[0], q[1];", "no modifiers"),
        ("cx q[0], q[0];", "twice"),
        ("x q[3];", "out of range"),
        ("rx(1/0) q[0];", "no value"),
        ("rx(nowhere) q[0];", "nowhere"),
        ("qubit[2] q;", "declared twice"),
        ("h q x;", "not OpenQASM 3: line 4: unexpected 'x'"),
    ],
)
def test_what_lies_outside_the_subset_is_refused_by_its_name(body, construct):
    found = refusal(program(body))
    assert found.code == "PreflightError"
    assert construct in found.text
    if body != "h q x;":
        assert found.text.startswith("line 4: ")


@pytest.mark.parametrize(
    ("text", "model", "code", "words"),
    [
        (program("unknown q[0];"), IDEAL, "UnsupportedGate", "[unknown]"),
        (program("ms(0, 0) q[0], q[1];"), FORTE, "UnsupportedGate", "[ms]"),
        (program("zz(0.1) q[0], q[1];"), ARIA, "UnsupportedGate", "[zz]"),
        (program("gpi(1.5) q[0];"), ARIA, "InvalidInput", "-1 to 1 turns"),
        (program("h q[0];", 30), IDEAL, "NotEnoughQubits", "30"),
        (program("h q[0];", 10**9), IDEAL, "NotEnoughQubits", "29"),
        (HEAD, IDEAL, "InvalidInput", "no qubits"),
        ("", IDEAL, "PreflightError", "empty"),
        (" // nothing\n/* at\nall */", IDEAL, "PreflightError", "empty"),
        (program(BOMB), IDEAL, "TooManyGates", "150,000"),
    ],
    ids=["gate", "ms", "zz", "turns", "qubits", "very many qubits", "none", "empty", "comments", "bomb"],
)  # fmt: skip
def test_failures_carry_the_platforms_code(text, model, code, words):
    found = refusal(text, model)
    assert (found.code, words in found.text) == (code, True)


@pytest.mark.parametrize(
    ("body", "same"),
    [
        ("x q;", "x q[0]; x q[1]; x q[2];"),
        ("cx q[0], q[{1, 2}];", "cx q[0], q[1]; cx q[0], q[2];"),
        ("h q[0:2:2];", "h q[0]; h q[2];"),
        ("x q[-1];", "x q[2];"),
        ("ctrl @ x q[0], q[1];", "cx q[0], q[1];"),
        ("ctrl(2) @ x q[0], q[1], q[2];", "ccx q[0], q[1], q[2];"),
        ("negctrl @ x q[0], q[1];", "x q[0]; cx q[0], q[1]; x q[0];"),
        ("inv @ s q[0];", "sdg q[0];"),
        ("pow(2) @ t q[1];", "s q[1];"),
        ("inv @ ctrl @ s q[0], q[1];", "cp(-pi/2) q[0], q[1];"),
        ("gate g(a) x, y { rx(a) x; cx y, x; } g(pi/3) q[1], q[0];", "rx(pi/3) q[1]; cx q[0], q[1];"),
        ("gate g a { s a; } ctrl @ g q[0], q[1];", "cp(pi/2) q[0], q[1];"),
        ("ctrl @ gphase(0.3) q[0];", "p(0.3) q[0];"),
        ("gate g a { gphase(0.4); } ctrl @ g q[0], q[1];", "p(0.4) q[0];"),
        ("const float a = 2 * arccos(0); rz(a ** 2 / pi) q[0];", "rz(pi) q[0];"),
        ("barrier q; id q[0];", ""),
        ("gpi2(0.25) q[0];", "ry(pi/2) q[0];"),
        ("gpi(0) q[0];", "x q[0];"),
        ("ms(0, 0) q[0], q[1];", "rxx(pi/2) q[0], q[1];"),
        ("ms(0, 0, 0.1) q[0], q[1];", "rxx(pi/5) q[0], q[1];"),
        ("zz(0.25) q[0], q[1];", "rzz(pi/2) q[0], q[1];"),
        ("U(0.1, 0.2, 0.3) q[0];", "u3(0.1, 0.2, 0.3) q[0];"),
    ],
)  # fmt: skip
def test_two_ways_to_write_the_same(body, same):
    assert operator(body).equiv(operator(same))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**16))
def test_what_qiskit_exports_is_read_back(seed):
    from qiskit.circuit.random import random_circuit

    circuit = random_circuit(3, 3, max_operands=3, seed=seed)
    found = parse(qasm3.dumps(circuit), 29).circuit
    assert Operator(bare(found)).equiv(Operator(circuit))


# Physics: every program below is a list of steps, simulated here with Kraus operators written out.


def on(matrix, qubits, width):
    """A matrix on some qubits of a register, qubit 0 least significant, by plain index arithmetic."""
    full = np.zeros((2**width, 2**width), complex)
    for column in range(2**width):
        inner = sum(((column >> qubit) & 1) << place for place, qubit in enumerate(qubits))
        rest = column & ~sum(1 << qubit for qubit in qubits)
        for row_inner in range(2 ** len(qubits)):
            row = rest | sum(((row_inner >> place) & 1) << qubit for place, qubit in enumerate(qubits))
            full[row, column] += matrix[row_inner, inner]
    return full


def gpi2(phase):
    return np.array(
        [[1, -1j * np.exp(-2j * math.pi * phase)], [-1j * np.exp(2j * math.pi * phase), 1]]
    ) / math.sqrt(2)


def ms(angle):
    return math.cos(math.pi * angle) * np.eye(4) - 1j * math.sin(math.pi * angle) * np.kron(X, X)


def channel(rate, qubits):
    paulis = [np.eye(2), X, Y, Z]
    products = paulis if qubits == 1 else [np.kron(a, b) for a, b in itertools.product(paulis, paulis)]
    weights = [1 - rate * (1 - 4.0**-qubits)] + [rate * 4.0**-qubits] * (len(products) - 1)
    return [math.sqrt(weight) * product for weight, product in zip(weights, products, strict=True)]


def evolve(state, operators, qubits, width):
    full = [on(one, qubits, width) for one in operators]
    return sum(one @ state @ one.conj().T for one in full)


def joint(steps, width, bits, rates=None):
    """Joint distribution of (classical bits, last state): array of shape (2^bits, 2^width)."""
    start = np.zeros((2**width, 2**width), complex)
    start[0, 0] = 1
    branches = {0: start}
    for kind, *rest in steps:
        if kind == "measure":
            qubit, bit = rest
            split: dict[int, np.ndarray] = {}
            for value, state in branches.items():
                for outcome, projector in enumerate((ZERO, ONE)):
                    key = (value & ~(1 << bit)) | outcome << bit
                    split[key] = split.get(key, 0) + evolve(state, [projector], [qubit], width)
            branches = split
            continue
        if kind == "reset":
            operators, qubits = [ZERO, LOWER], rest
        else:
            matrix, qubits = rest
            operators = [matrix]
        for value in branches:
            branches[value] = evolve(branches[value], operators, qubits, width)
            if kind == "gate" and rates is not None:
                rate = rates.one_qubit if len(qubits) == 1 else rates.two_qubit
                branches[value] = evolve(branches[value], channel(rate, len(qubits)), qubits, width)
    found = np.zeros((2**bits, 2**width))
    for value, state in branches.items():
        found[value] = np.diag(state).real
    return found


REUSE = program(
    "gpi2(0.1) q[0]; ms(0, 0, 0.2) q[0], q[1]; mid = measure q[0]; gpi2(0.3) q[0]; reset q[1];"
    "gpi2(0.15) q[1]; ms(0, 0, 0.1) q[1], q[0]; last[1] = measure q[0]; last[0] = measure q[1];",
    qubits=2,
    bits="bit mid; bit[2] last;",
)
REUSE_STEPS = [
    ("gate", gpi2(0.1), [0]),
    ("gate", ms(0.2), [0, 1]),
    ("measure", 0, 0),
    ("gate", gpi2(0.3), [0]),
    ("reset", 1),
    ("gate", gpi2(0.15), [1]),
    ("gate", ms(0.1), [1, 0]),
    ("measure", 0, 2),
    ("measure", 1, 1),
]


def dense(outcomes, width):
    found = np.zeros(2**width)
    found[outcomes.values] = outcomes.probabilities
    return found


@pytest.mark.parametrize("most", [13, 0], ids=["density matrix", "purified"])
def test_ideal_probabilities_are_exact_whatever_is_measured_on_the_way(most, monkeypatch):
    monkeypatch.setattr(engine, "MAX_EXACT_DENSITY_QUBITS", most)
    (outcomes,) = engine.run_ideal([preflight(Qasm(REUSE), IDEAL)])
    assert np.allclose(dense(outcomes, 2), joint(REUSE_STEPS, 2, 3).sum(axis=0), atol=1e-9)
    assert outcomes.registers is None


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_ideal_programs_are_exact(data):
    turns = st.floats(-1, 1)
    text, steps = [], []
    for _ in range(data.draw(st.integers(1, 8))):
        kind = data.draw(st.sampled_from(["gpi2", "ms", "measure", "reset"]))
        first, second = data.draw(st.permutations(range(3)))[:2]
        if kind == "gpi2":
            phase = data.draw(turns)
            text.append(f"gpi2({phase!r}) q[{first}];")
            steps.append(("gate", gpi2(phase), [first]))
        elif kind == "ms":
            angle = data.draw(st.floats(0, 0.25))
            text.append(f"ms(0, 0, {angle!r}) q[{first}], q[{second}];")
            steps.append(("gate", ms(angle), [first, second]))
        elif kind == "measure":
            text.append(f"c[{second}] = measure q[{first}];")
            steps.append(("measure", first, second))
        else:
            text.append(f"reset q[{first}];")
            steps.append(("reset", first))
    (outcomes,) = engine.run_ideal([preflight(Qasm(program("\n".join(text))), IDEAL)])
    assert np.allclose(dense(outcomes, 3), joint(steps, 3, 3).sum(axis=0), atol=1e-9)


def chi_square(counts, law):
    shots, kept = counts.sum(), law > 1e-9
    assert counts[~kept].sum() == 0
    return np.sum((counts[kept] - shots * law[kept]) ** 2 / (shots * law[kept])), kept.sum() - 1


def test_registers_and_last_states_follow_the_joint_law_with_noise():
    shots = 4000
    (outcomes,) = engine.run_noisy([preflight(Qasm(REUSE), ARIA)], ARIA, shots, seed=5)
    assert outcomes.registers.sizes == (("mid", 1), ("last", 2))
    weights = np.array([1, 2, 4])
    values = outcomes.registers.bits @ weights
    law = joint(REUSE_STEPS, 2, 3, ARIA.rates).reshape(-1)
    counts = np.bincount(values * 4 + outcomes.shots.astype(int), minlength=32)
    statistic, freedom = chi_square(counts, law)
    assert freedom == 7  # each last state is that of its register
    assert statistic < CHI_SQUARE_99_9[7]


def test_a_program_and_its_gate_list_give_the_same_shots_law():
    bell = Qasm(program("h q[0]; cx q[0], q[1]; c[0] = measure q[1]; c[1] = measure q[0];"))
    (outcomes,) = engine.run_noisy([preflight(bell, FORTE)], FORTE, 3000, seed=1)
    bits = outcomes.registers.bits
    assert np.array_equal(bits[:, 0], (outcomes.shots >> np.uint64(1)) & np.uint64(1) == 1)
    assert np.array_equal(bits[:, 1], outcomes.shots & np.uint64(1) == 1)
    assert not bits[:, 2].any()
    assert abs(bits[:, 0].mean() - 0.5) < 4 * 0.5 / math.sqrt(3000)


def test_more_bits_than_an_integer_holds():
    body = "".join(
        f"reset q[0]; {'x q[0];' if k % 3 == 0 else ''} c[{k}] = measure q[0];" for k in range(100)
    )
    (outcomes,) = engine.run_noisy(
        [preflight(Qasm(program(body, 1, "bit[100] c;")), FORTE)], FORTE, 20, seed=1
    )
    assert (outcomes.registers.bits.mean(axis=0) > 0.5).tolist() == [k % 3 == 0 for k in range(100)]


def test_the_same_seed_gives_the_same_registers():
    programs = [preflight(Qasm(REUSE), ARIA)]
    one, again, other = (engine.run_noisy(programs, ARIA, 200, seed)[0].registers.bits for seed in (4, 4, 5))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
