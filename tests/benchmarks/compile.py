"""What compilers make of public circuits: ours beside qiskit-ionq, tket and Qiskit's level 3.

    pip install -e ".[bench]"
    python tests/benchmarks/compile.py --cache peers.json   # minutes once, then seconds
    python tests/benchmarks/compile.py --only qft --only qaoa-9 --family ms --level 2
    python tests/benchmarks/compile.py --linear             # time against size, up to 100,000 gates

Circuits of up to 10 qubits are simulated before and after; one that is not the same any more is marked with
"!" and never counts as good. ``tket+Q3`` (tket's peephole pass, then Qiskit's level 3) is a product of nobody
and no part of "the best of the three"; it shows what can be had. Nothing fails for being slow.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from compile_circuits import chosen, width_of
from compile_figures import Figures, figures
from qiskit import QuantumCircuit, transpile

from qiskit_ionq_lite import IonQProvider

MACHINES = {"zz": "qpu.forte-1", "ms": "qpu.aria-1"}
RIVALS = ("qiskit-ionq", "tket", "Qiskit 3")
"""The three whose best is to be beaten, circuit by circuit."""

PULSES_ASKED = {"zz": 1 / 10, "ms": 1 / 6}

METRICS: dict[str, tuple[str, str]] = {
    "two_qubit": ("two-qubit gates", ",.0f"),
    "angle": ("two-qubit angle, turns (a full entangler has 0.25)", ",.2f"),
    "pulses": ("pulses", ",.0f"),
    "depth": ("depth of two-qubit gates", ",.0f"),
    "seconds": ("milliseconds", ",.1f"),
}
"""Attribute of :class:`Figures` -> heading, format."""

EXACT = 1e-8
"""Difference of a probability that ours may have."""


class Results(NamedTuple):
    """All figures of one family: circuit -> compiler -> figures."""

    family: str
    ours: list[str]
    rows: dict[str, dict[str, Figures]]

    @property
    def compilers(self) -> list[str]:
        return list(next(iter(self.rows.values())))

    def best(self, name: str) -> int:
        """Two-qubit gates of the best of the three."""
        return min(self.rows[name][rival].two_qubit for rival in RIVALS if not self.rows[name][rival].wrong)

    def without(self, names: list[str]) -> Results:
        """The same with some circuits left out."""
        return self._replace(rows={name: row for name, row in self.rows.items() if name not in names})

    def ratio(self, ours: str, metric: str, peer: str = "qiskit-ionq") -> float:
        mine, theirs = (sum(getattr(row[one], metric) for row in self.rows.values()) for one in (ours, peer))
        return mine / theirs


class Peers:
    """Figures of the rivals, from the cache or from their processes."""

    def __init__(self, cache: Path | None, retime: bool, processes: ExitStack) -> None:
        self._cache, self._retime, self._processes = cache, retime, processes
        self._known: dict[str, list[float]] = {}
        self._workers: dict[str, ProcessPoolExecutor] = {}
        if cache and cache.exists():
            self._known = json.loads(cache.read_text())

    def figures(self, name: str, family: str) -> Iterator[tuple[str, Figures]]:
        import compile_peers  # needs pytket, which --no-peers does without

        for column, compiler in compile_peers.peers(family).items():
            key = compile_peers.key(name, compiler)
            if key not in self._known or (self._retime and column == RIVALS[0]):
                task = self._worker(compiler).submit(compile_peers.measured, name, compiler)
                self._known[key] = list(task.result())
                self._keep()
            yield column, Figures(*self._known[key])

    def _worker(self, compiler: str) -> ProcessPoolExecutor:
        if compiler not in self._workers:
            pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
            self._workers[compiler] = self._processes.enter_context(pool)
        return self._workers[compiler]

    def _keep(self) -> None:
        if self._cache:
            self._cache.write_text(json.dumps(self._known, indent=0))


def measure(family: str, names: list[str], levels: list[int], peers: Peers | None) -> Results:
    """Compile everything; a line of two-qubit gates per circuit as it comes."""
    ours = [f"ours {level}" for level in levels]
    results = Results(family, ours, {})
    with IonQProvider.local() as provider:
        backend = provider.get_backend(MACHINES[family], gateset="native")
        for name in names:
            if width_of(name) > backend.num_qubits:
                print(f"{name:30}is left out: {MACHINES[family]} has {backend.num_qubits} qubits")
                continue
            theirs = dict(peers.figures(name, family)) if peers else {}
            row = {f"ours {level}": figures(name, compiler(backend, level), math.inf) for level in levels}
            results.rows[name] = {**row, **theirs}
            if len(results.rows) == 1:
                print(f"\n=== {family} ===\n\n{heading('two_qubit', results.compilers)}", flush=True)
            print(line(name, "two_qubit", results.rows[name], ours), flush=True)
    print(*sums("two_qubit", results), sep="\n")
    return results


def compiler(backend: Any, level: int) -> Callable[[QuantumCircuit], QuantumCircuit]:
    """Ours, as users call it."""
    return partial(transpile, backend=backend, optimization_level=level, seed_transpiler=1)


# --- tables ---


def tables(results: Results) -> Iterator[str]:
    """Every metric but the first, circuit by circuit."""
    for metric in list(METRICS)[1:]:
        yield f"\n{heading(metric, results.compilers)}"
        yield from (line(name, metric, row, results.ours) for name, row in results.rows.items())
        yield from sums(metric, results)


def heading(metric: str, compilers: list[str]) -> str:
    return f"{METRICS[metric][0]}\n{'':30}" + "".join(f"{one:>12} " for one in compilers)


def line(name: str, metric: str, row: dict[str, Figures], ours: list[str]) -> str:
    """Two-qubit gates end in what ours has more or less than the best of the three."""
    values = "".join(
        f"{number(metric, getattr(one, metric)):>12}{'!' if is_wrong(column, one) else ' '}"
        for column, one in row.items()
    )
    if metric != "two_qubit" or RIVALS[0] not in row:
        return f"{name:30}{values}"
    best = min(row[rival].two_qubit for rival in RIVALS if not row[rival].wrong)
    return f"{name:30}{values}  " + "  ".join(f"{row[one].two_qubit - best:+d}" for one in ours)


def number(metric: str, value: float) -> str:
    return f"{value * 1000 if metric == 'seconds' else value:{METRICS[metric][1]}}"


def is_wrong(column: str, one: Figures) -> bool:
    return one.error > EXACT if column.startswith("ours") else one.wrong


def sums(metric: str, results: Results) -> Iterator[str]:
    """Totals, and geometric means of 1 + x less 1, because many circuits have none of something."""
    columns = [[getattr(row[one], metric) for row in results.rows.values()] for one in results.compilers]
    scale = 1000 if metric == "seconds" else 1
    for what, mean in (("TOTAL", sum), ("GEOMETRIC MEAN", lambda values: geometric(values, scale))):
        yield f"{what:30}" + "".join(f"{number(metric, mean(values)):>12} " for values in columns)


def geometric(values: list[float], scale: float) -> float:
    return float(np.expm1(np.mean(np.log1p(np.array(values) * scale)))) / scale


# --- verdict ---


def verdict(results: Results) -> Iterator[str]:
    """What was asked, and what is."""
    for ours in results.ours:
        wrong = [name for name, row in results.rows.items() if is_wrong(ours, row[ours])]
        errors = [row[ours].error for row in results.rows.values() if not math.isnan(row[ours].error)]
        yield f"\n--- {ours}, {results.family} ---"
        yield verdict_line(
            f"wrong circuits among {len(errors)} simulated: {', '.join(wrong) or 'none'}", "none", not wrong
        )
        if wrong:
            yield "    which are left out of what follows"
        elsewhere = [
            name for name, row in results.rows.items() if row[ours].error <= EXACT < row[ours].error_anywhere
        ]
        if elsewhere:
            yield f"    the same from zeros only: {', '.join(elsewhere)}"
        rest = results.without(wrong)
        if rest.rows and RIVALS[0] in results.compilers:
            yield from _against_rivals(rest, ours)


def _against_rivals(results: Results, ours: str) -> Iterator[str]:
    best = {name: results.best(name) for name in results.rows}
    more = {name: row[ours].two_qubit - best[name] for name, row in results.rows.items()}
    worse = sorted(((gap, name) for name, gap in more.items() if gap > 0), reverse=True)
    named = ", ".join(f"{name} +{gap} of {best[name]}" for gap, name in worse)
    yield verdict_line(
        f"more two-qubit gates than the best of the three: on {len(worse)} of {len(more)}", "none", not worse
    )
    if named:
        yield f"    {named}"
    less = -sum(more.values()) / sum(best.values())
    total = f"{sum(best.values()) + sum(more.values()):,} against {sum(best.values()):,}"
    yield verdict_line(f"fewer in total, {total}: {less:.1%}", ">= 5 %", less >= 0.05)
    asked = PULSES_ASKED[results.family]
    pulses, seconds = (results.ratio(ours, metric) for metric in ("pulses", "seconds"))
    yield verdict_line(f"pulses against qiskit-ionq: {pulses:.3f}", f"<= {asked:.3f}", pulses <= asked)
    yield verdict_line(f"time against qiskit-ionq: {seconds:.3f}", "<= 0.3", seconds <= 0.3)
    slow = [
        f"{name} {row[ours].seconds / row['qiskit-ionq'].seconds:.2f}"
        for name, row in results.rows.items()
        if row[ours].seconds > 0.3 * row["qiskit-ionq"].seconds
    ]
    if slow:
        yield f"    circuits above that, {len(slow)}: {', '.join(slow)}"


def verdict_line(what: str, asked: str, met: bool) -> str:
    return f"{what:84} asked: {asked:10}{'yes' if met else 'NO'}"


# --- time against size ---


def linear(family: str, level: int) -> Iterator[str]:
    """Seconds for circuits of up to 100,000 gates on 25 qubits."""
    sizes = (1_000, 3_000, 10_000, 30_000, 100_000)
    yield f"\n=== {family}, level {level}: time against size ==="
    with IonQProvider.local() as provider:
        compiled = compiler(provider.get_backend(MACHINES[family], gateset="native"), level)
        compiled(mixture(100))
        seconds = []
        for size in sizes:
            circuit, start = mixture(size), perf_counter()
            compiled(circuit)
            seconds.append(perf_counter() - start)
            yield f"{size:>8,} gates {seconds[-1]:8.2f} s {seconds[-1] / size * 1e6:8.1f} us a gate"
    power = math.log(seconds[-1] / seconds[-3]) / math.log(sizes[-1] / sizes[-3])
    yield verdict_line(
        f"from 10,000 to 100,000 gates, time grows as size to the {power:.2f}", "1.1", power <= 1.1
    )


def mixture(gates: int, width: int = 25) -> QuantumCircuit:
    """Random gates of every kind that users write, measured."""
    random = np.random.default_rng(1)
    circuit = QuantumCircuit(width, width)
    kinds = ("h", "t", "sx", "rx", "rz", "cx", "cz", "cp", "rzz", "swap")
    for kind, angle in zip(random.choice(kinds, gates), random.uniform(-3, 3, gates), strict=True):
        angles = [float(angle)] if kind in {"rx", "rz", "cp", "rzz"} else []
        qubits = random.choice(width, 2, replace=False).tolist()
        getattr(circuit, kind)(*angles, *qubits[: 2 if kind in {"cx", "cz", "cp", "rzz", "swap"} else 1])
    circuit.measure(range(width), range(width))
    return circuit


def write_csv(path: Path, everything: list[Results]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["family", "circuit", "compiler", *Figures._fields])
        for results in everything:
            for name, row in results.rows.items():
                writer.writerows([results.family, name, one, *numbers] for one, numbers in row.items())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--family", choices=("zz", "ms", "both"), default="both")
    parser.add_argument("--level", type=int, action="append", choices=range(4), help="default: 2 and 3")
    parser.add_argument("--max-qubits", type=int, default=30)
    parser.add_argument(
        "--only", action="append", default=[], help='"qft" or "qft-9"; may be given several times'
    )
    parser.add_argument("--csv", type=Path, help="write all figures to this file")
    parser.add_argument("--cache", type=Path, help="keep the rivals' figures, seconds too, in this file")
    parser.add_argument(
        "--retime", action="store_true", help="measure qiskit-ionq again, for seconds of the same hour"
    )
    parser.add_argument("--no-peers", action="store_true", help="ours alone")
    parser.add_argument("--brief", action="store_true", help="two-qubit gates and the verdict only")
    parser.add_argument("--linear", action="store_true", help="time against size instead")
    return parser.parse_args()


def main() -> None:
    """Print the tables, line by line."""
    warnings.simplefilter("ignore")  # the peer's
    given = arguments()
    families = ["zz", "ms"] if given.family == "both" else [given.family]
    levels = given.level or [2, 3]
    if given.linear:
        for family in families:
            for level in levels:
                for text in linear(family, level):
                    print(text, flush=True)
        return
    names = chosen(given.only, given.max_qubits)
    with ExitStack() as processes:
        peers = None if given.no_peers else Peers(given.cache, given.retime, processes)
        everything = [measure(family, names, levels, peers) for family in families]
    if given.csv:
        write_csv(given.csv, everything)
    for results in everything:
        print(*([] if given.brief else tables(results)), *verdict(results), sep="\n")


if __name__ == "__main__":
    main()
