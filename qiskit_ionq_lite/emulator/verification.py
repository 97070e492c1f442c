"""Symmetry verification: shots that break a symmetry of their circuit are discarded (F 7.4).

What the symmetries are is told in :mod:`.symmetry`. They are looked for where the circuit without noise takes
little time to simulate; any other circuit counts as one without symmetry, and so keeps all its shots.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from qiskit_ionq_lite.emulator.engine import run_ideal_if_cheap
from qiskit_ionq_lite.emulator.jobs import Verification
from qiskit_ionq_lite.emulator.outcomes import chosen
from qiskit_ionq_lite.emulator.symmetry import hull_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qiskit_ionq_lite.emulator.outcomes import Outcomes
    from qiskit_ionq_lite.emulator.preflight import Program
    from qiskit_ionq_lite.emulator.symmetry import Hull


def verify(
    programs: Sequence[Program], widths: Sequence[int], outcomes: Sequence[Outcomes]
) -> Iterator[tuple[Outcomes, Verification]]:
    """What is left of each circuit's shots, and what was done.

    Args:
        programs: of gate lists, without measurements.
        widths: number of qubits of each, idle ones included.
        outcomes: sampled from each.
    """
    ideals = run_ideal_if_cheap(programs)
    for ideal, width, found in zip(ideals, widths, outcomes, strict=True):
        if ideal is None:
            yield found, Verification(2**width, applied=False)
        else:
            yield _verified(found, hull_of(ideal), width)


def _verified(outcomes: Outcomes, hull: Hull, width: int) -> tuple[Outcomes, Verification]:
    """If no shot would be left, all are."""
    shots = np.empty(0, dtype=np.uint64) if outcomes.shots is None else outcomes.shots
    allowed = hull.holds(shots)
    applied = hull.dimension < width and bool(allowed.any())
    done = Verification(2**hull.dimension, applied)
    if not applied or allowed.all():
        return outcomes, done
    discarded = np.flatnonzero(~allowed).astype(np.uint64)
    return replace(chosen(outcomes, allowed), discarded=discarded), done
