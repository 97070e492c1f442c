"""Qiskit's way in: a translation stage for targets of native gates, found by its entry point ``ionq``.

A backend whose ``get_translation_stage_plugin()`` answers ``"ionq"`` gets native circuits from
``transpile(circuit, backend)`` and from ``generate_preset_pass_manager`` with no further argument.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiskit.circuit.equivalence_library import SessionEquivalenceLibrary
from qiskit.transpiler import PassManager
from qiskit.transpiler.preset_passmanagers.plugin import PassManagerStagePlugin

from qiskit_ionq_lite.compiler.equivalences import teach
from qiskit_ionq_lite.compiler.target import entangler_in
from qiskit_ionq_lite.compiler.translate import native_passes

if TYPE_CHECKING:
    from qiskit.transpiler import PassManagerConfig


class IonQTranslationPlugin(PassManagerStagePlugin):
    """Translation into gpi, gpi2 and the target's own two-qubit gate."""

    def pass_manager(
        self, pass_manager_config: PassManagerConfig, optimization_level: int | None = None
    ) -> PassManager:
        """The stage for ``pass_manager_config.target``."""
        teach(SessionEquivalenceLibrary)  # Qiskit's init stage, which runs before this one, needs it
        target = pass_manager_config.target
        anywhere = target.build_coupling_map() is None  # every pair interacts, so labels may be exchanged
        passes = native_passes(entangler_in(target), optimization_level or 0, relabel=anywhere)
        return PassManager(passes)
