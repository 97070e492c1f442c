"""Where each wire's pole points: the plan that says how few pulses a wire needs.

A trapped ion has no Z pulse, and needs none: a Z rotation is a change of the frame in which later pulses are
given. So of all that has been done to a qubit, only one thing must be right when an entangler comes: which
axis of the qubit stands at the pole of the Bloch sphere that the laser sees. A GPI2 pulse brings any axis at
right angles to the old one there; a GPI pulse turns the pole around, which is a matter of bookkeeping. ZZ
wants its own axis at the pole. MS wants it on the equator, that is, a pole at right angles to it. One pulse
is always enough for that, and none is needed for as long as a pole serves all the axes that come.

All axes here are seen from the beginning of the segment, which is where a wire was last in order: the
beginning of the circuit, a measurement, a barrier. A segment's plan is the cheapest walk of the pole over its
stops.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from qiskit_ionq_lite.compiler.rotations import AXES, Z
from qiskit_ionq_lite.compiler.turns import Quaternion, Vector, cross, dot, inverse, turned, unit

TOLERANCE = 1e-10
"""Radians by which axes may miss being parallel or at right angles."""

_STATES = 4  # walks that are followed side by side
_POLE: Vector = AXES[Z]


class End(enum.Enum):
    """What a segment must leave behind."""

    MEASURED = enum.auto()
    """The measured axis at the pole, the right way up."""
    THROUGH = enum.auto()
    """The same; what was turned about the pole is still known afterwards."""
    EXACT = enum.auto()
    """Everything in its place."""
    ANYTHING = enum.auto()
    """Nothing: the qubit is reset."""


class Stop(NamedTuple):
    """An axis that must be at the pole, or else on the equator."""

    axis: Vector
    at_pole: bool


class _State(NamedTuple):
    """A walk so far: pulses, where the pole is and since which stop, and the walk before."""

    cost: float
    pole: Vector
    since: int
    before: _State | None


def plan(stops: list[Stop], end: End, logical: Quaternion) -> list[Vector]:
    """The pole at each stop, and one more for the end unless that takes anything.

    Args:
        stops: in order.
        end: what the segment must leave.
        logical: all that the segment does to the qubit.
    """
    last = turned(_POLE, inverse(logical))
    states = [_State(0.0, _POLE, 0, None)]
    ahead = _ahead(stops, None if end is End.ANYTHING else last)
    for number, stop in enumerate(stops):
        states = _moved(states, stop, number, ahead[number])
    if end is End.ANYTHING or end is End.EXACT:
        best = min(states, key=lambda state: state.cost + (_exact(state, last) if end is End.EXACT else 0))
        return _walk(best, len(stops))
    best = min(states, key=lambda state: state.cost + _upright(state, last))
    return _finished(best, last, len(stops))


def _ahead(stops: list[Stop], last: Vector | None) -> list[Vector | None]:
    """For each stop, the next axis that is another one."""
    found: list[Vector | None] = [None] * len(stops)
    following = last
    for i in range(len(stops) - 1, -1, -1):
        axis = stops[i].axis
        later = stops[i + 1].axis if i + 1 < len(stops) else last
        if later is not None and not parallel(axis, later):
            following = later
        elif i + 1 < len(stops):
            following = found[i + 1]
        else:
            following = None
        found[i] = following
    return found


def _moved(states: list[_State], stop: Stop, number: int, ahead: Vector | None) -> list[_State]:
    axis = stop.axis
    if stop.at_pole:
        return [
            min(
                (
                    state
                    if parallel(state.pole, axis)
                    else _State(state.cost + pulses(state.pole, axis), axis, number, state)
                    for state in states
                ),
                key=lambda state: state.cost,
            )
        ]
    if all(abs(dot(state.pole, axis)) < TOLERANCE for state in states):
        return states
    both = None if ahead is None else unit(cross(axis, ahead))
    found: list[_State] = []
    for state in states:
        pole = state.pole
        if abs(dot(pole, axis)) < TOLERANCE:
            found.append(state)
            continue
        if not parallel(pole, axis):
            found.append(_State(state.cost + 1, unit(cross(pole, axis)), number, state))
        elif both is None:
            found.append(_State(state.cost + 1, _perpendicular(axis), number, state))
        if both is not None:
            found.append(_State(state.cost + pulses(pole, both), both, number, state))
    return _fewest(found)


def _fewest(states: list[_State]) -> list[_State]:
    kept: list[_State] = []
    for state in sorted(states, key=lambda state: state.cost):
        if len(kept) < _STATES and not any(parallel(state.pole, other.pole) for other in kept):
            kept.append(state)
    return kept


def _upright(state: _State, last: Vector) -> float:
    """Pulses that bring ``last`` to the pole, the right way up."""
    if parallel(state.pole, last):
        return 0 if state.before is not None or dot(state.pole, last) > 0 else 1
    return pulses(state.pole, last)


def _exact(state: _State, last: Vector) -> float:
    """Pulses that bring everything into its place, about."""
    return (1, 1.5, 3)[pulses(state.pole, last)]


def _walk(state: _State, stops: int) -> list[Vector]:
    poles: list[Vector] = []
    until = stops
    step: _State | None = state
    while step is not None:
        poles.extend([step.pole] * (until - step.since))
        until = step.since
        step = step.before
    return poles[::-1]


def _finished(state: _State, last: Vector, stops: int) -> list[Vector]:
    """The walk with the last axis at its end; the last pulses decide which way up the pole is."""
    if state.before is not None and parallel(state.pole, last):
        state = state._replace(pole=last)
    return [*_walk(state, stops), last]


def pulses(pole: Vector, new: Vector) -> int:
    """Pulses that bring a new axis to the pole: none for the same one, one for a right angle, or two."""
    if parallel(pole, new):
        return 0
    return 1 if abs(dot(pole, new)) < TOLERANCE else 2


def parallel(one: Vector, other: Vector) -> bool:
    """Whether two unit vectors are on one line."""
    x, y, z = cross(one, other)
    return x * x + y * y + z * z < TOLERANCE * TOLERANCE


def _perpendicular(axis: Vector) -> Vector:
    smallest = min(AXES.values(), key=lambda other: abs(dot(axis, other)))
    return unit(cross(axis, smallest))
