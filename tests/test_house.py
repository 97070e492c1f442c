"""The house rules: lint, format, strict types, floors of imports, what an import loads, the public names."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import qiskit_ionq_lite

ROOT = Path(__file__).parents[1]
PACKAGE = "qiskit_ionq_lite"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / PACKAGE).rglob("*.py"))
}

FLOORS = {
    **dict.fromkeys(("errors", "gates", "options", "version", "notices"), 0),
    **dict.fromkeys(("circuits", "results", "compiler"), 1),
    "cloud": 2,
    **dict.fromkeys(
        ("retrieval", "compilation", "polling", "money", "job", "session", "backend", "provider"), 3
    ),
    "primitives": 4,
    **dict.fromkeys(("cli", "", "__main__"), 5),  # "" is the package itself, with the public names
}
"""Room -> floor; a module imports its own room, rooms of its floor, and floors below (design, section 3)."""

EMULATOR = "emulator"
STARTS_THE_EMULATOR = {"provider", "cli"}  # inside a function, so that Aer and the server load when needed
COMPILES = {"backend"}  # inside a function, because many users never need a compiler

ONLY_IMPORTERS = {
    "requests": {"cloud.transport"},  # the one door to the network
    "qiskit_aer": {"emulator.engine", "emulator.channels"},  # physics has its own place
    "starlette": {
        "emulator.app",
        "emulator.operations",
        "emulator.queries",
        "emulator.faults",
        "emulator.house",
        "emulator.meter",
    },
    "uvicorn": {"emulator.server"},
    "distributed": {"emulator.cluster"},  # an extra
    "click": {"cli"},
}


class Import(NamedTuple):
    """One module that an import statement names."""

    target: str
    inside: bool  # of a function


def imports_of(path: Path) -> Iterator[Import]:
    def visit(node: ast.AST, inside: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield Import(full if full in MODULES else str(node.module), inside)
        inside |= isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inside)

    yield from visit(ast.parse(path.read_text()), False)


def room_of(module: str) -> str:
    return module.removeprefix(PACKAGE).removeprefix(".").split(".")[0]


def inner(module: str) -> str:
    return module.removeprefix(f"{PACKAGE}.")


EVERY = [(module, found) for module, path in MODULES.items() for found in imports_of(path)]
OWN = [(module, found) for module, found in EVERY if found.target.split(".")[0] == PACKAGE]


def test_every_room_has_a_floor() -> None:
    assert {room_of(module) for module in MODULES} == {*FLOORS, EMULATOR}


def test_imports_point_down() -> None:
    def allowed(module: str, found: Import) -> bool:
        here, there = room_of(module), room_of(found.target)
        if here == EMULATOR:
            return there == EMULATOR or FLOORS[there] <= 1
        if there == EMULATOR:
            return here in STARTS_THE_EMULATOR and found.inside
        return FLOORS[there] <= FLOORS[here]

    assert [(module, found.target) for module, found in OWN if not allowed(module, found)] == []


def test_no_import_inside_a_function_except_of_what_few_need() -> None:
    late = {EMULATOR: STARTS_THE_EMULATOR, "compiler": COMPILES}
    inside = [(room_of(module), room_of(found.target)) for module, found in EVERY if found.inside]
    assert [(here, there) for here, there in inside if here not in late.get(there, ())] == []


def test_no_circles_typing_included() -> None:
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for module, found in OWN:
        graph[module].add(found.target)
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("library", ONLY_IMPORTERS)
def test_libraries_that_have_one_place(library: str) -> None:
    importers = {inner(module) for module, found in EVERY if found.target.split(".")[0] == library}
    assert importers <= ONLY_IMPORTERS[library]


def test_importing_the_package_loads_neither_aer_nor_a_server_nor_the_command_line() -> None:
    heavy = ["qiskit_aer", "starlette", "uvicorn", "click", f"{PACKAGE}.emulator", f"{PACKAGE}.cli"]
    program = f"import sys, {PACKAGE}; print([name for name in {heavy} if name in sys.modules])"
    assert run(["-c", program]).strip() == "[]"


def test_public_names_are_sorted_and_complete() -> None:
    tree = ast.parse(MODULES[PACKAGE].read_text())
    imported = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(PACKAGE)
        for alias in node.names
    ]
    listed = [name for name in qiskit_ionq_lite.__all__ if name != "__version__"]
    assert listed == sorted(listed)
    assert set(qiskit_ionq_lite.__all__) == set(imported)
    assert all(hasattr(qiskit_ionq_lite, name) for name in listed)


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]],
    ids=["lint", "format", "types"],
)
def test_gate(command: list[str]) -> None:
    run(["-m", *command])


def run(arguments: list[str]) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
