"""What people read first is run: every notebook in a real kernel, README's Python, README's commands."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from notebook_kernel import execute

from qiskit_ionq_lite import __version__
from qiskit_ionq_lite.cli import main

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
KEPT_WITH_OUTPUTS = {"native_gates"}
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_top_to_bottom(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    folder = shutil.copytree(path.parent, tmp_path / "notebooks")  # with the tables that stand beside it
    execute(notebook, folder)
    printed = "".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    )
    assert printed == ""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_kept_without_outputs_or_with_all(path: Path) -> None:
    """One with a plot that took long to compute is kept as it was run, from top to bottom."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in cells]
    if path.stem in KEPT_WITH_OUTPUTS:
        assert counts == list(range(1, len(cells) + 1))
        assert any("image/png" in output.get("data", ()) for cell in cells for output in cell.outputs)
        assert path.stat().st_size < 250_000
    else:
        assert [cell.outputs or cell.execution_count for cell in cells] == [None] * len(cells)


def test_python_in_readme_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Blocks go on where the one before ended; nothing but ``provider.local()`` is reached."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for position, block in enumerate(blocks("python")):
        exec(compile(block, f"README.md, Python block {position}", "exec"), names)
    names["provider"].close()


def test_commands_in_readme_exist() -> None:
    """Every subcommand, with every option that README shows, and a file where it names one."""
    shown = re.findall(r"\bionq-lite (\w+)(.*)", "\n".join(blocks("console")))
    assert {command for command, _ in shown} == {
        "run",
        "jobs",
        "serve",
        "backends",
        "account",
        "recover",
        "estimate",
    }
    for command, rest in shown:
        usage = CliRunner().invoke(main, [command, "--help"]).output
        words = shlex.split(rest)
        assert [word for word in words if word.startswith("--") and word not in usage] == []
        files = [word for word in words if word.startswith("notebooks/")]
        assert all((ROOT / file).is_file() for file in files)


def test_options_given_in_readme_are_accepted(cloud) -> None:
    """The longer lines as they stand, on a file of ours and a cloud of the test's."""
    lines = [line for block in blocks("console") for line in block.splitlines()]
    runs = [line for line in lines if line.startswith("ionq-lite run") and "--db" not in line]
    assert len(runs) == 2
    for line in runs:
        words = shlex.split(line.replace("FILE.qasm", str(ROOT / "notebooks/circuits/ghz.qasm")))[1:]
        words = words[: words.index("--url")] if "--url" in words else words
        done = CliRunner().invoke(main, [*words, "--url", cloud.url], env={"IONQ_API_KEY": "any"})
        assert done.exit_code == 0, done.output


def test_the_command_is_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qiskit_ionq_lite", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"ionq-lite, version {__version__}"
    script = Path(sys.executable).with_name("ionq-lite")
    assert (
        subprocess.run([script, "--version"], capture_output=True, text=True, check=True).stdout
        == done.stdout
    )


def test_ci_runs_readme_line_and_no_other() -> None:
    lines = [line for line in README.splitlines() if "-m pytest" in line]
    assert len(lines) == 1
    program = (ROOT / ".ci" / "run").read_text()
    assert "grep -- '-m pytest' README.md" in program
    assert "pip" not in program


def test_files_that_readme_links_are_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) >= 2
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_changelog_knows_this_version() -> None:
    assert f"## {__version__} " in (ROOT / "CHANGELOG.md").read_text()
