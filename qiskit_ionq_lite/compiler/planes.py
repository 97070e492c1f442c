"""The least entanglers for Pauli rotations on three qubits: a walk on a graph of 1,120 frames.

Clifford gates on one qubit and relabelling are free, so what matters of a Clifford frame is which sets
{X, Y, Z} its three qubits have, seen from the beginning of the circuit: three *planes*. There are 1,120
such frames. An entangler of a quarter turn about a product of two of a frame's Paulis leads to another frame;
a rotation about a Pauli is free where that lies in one plane, and one entangler where it is a product of two.
So a circuit on three qubits is a walk from the first frame to the last one, on which each rotation is done
somewhere, in an order that their commutation allows.

Paulis are six bits here, x below z, without sign.
"""

from __future__ import annotations

from functools import lru_cache
from heapq import heappop, heappush
from typing import NamedTuple, TypeAlias

Plane: TypeAlias = frozenset[int]
Planes: TypeAlias = frozenset[Plane]

WIDTH = 3
_LIMIT = 300
"""Frames looked at for one circuit, before it is left as it is."""


_GREED = 1.2
"""Entanglers that a rotation is expected to cost: more finds a walk sooner, less a better one."""


class Step(NamedTuple):
    """One entangler, or a free rotation.

    Attributes:
        pauli: its axis, seen from the beginning.
        rotation: which rotation it does, ``None`` for none.
        moves: whether it leads to another frame.
    """

    pauli: int
    rotation: int | None
    moves: bool


class Graph:
    """The frames, the weight of every Pauli in each, and where entanglers lead."""

    def __init__(self) -> None:
        first = frozenset(_plane(1 << q, 8 << q) for q in range(WIDTH))
        self.number = {first: 0}
        self.frames = [first]
        self.weight: list[bytes] = []
        self.leads: list[dict[int, int]] = []
        for planes in self.frames:  # grows while it is read
            self._explore(planes)
        self.distance = lru_cache(maxsize=64)(self._distance)

    def _explore(self, planes: Planes) -> None:
        weight = bytearray([WIDTH] * 64)
        weight[0] = 0
        leads: dict[int, int] = {}
        for plane in planes:
            for pauli in plane:
                weight[pauli] = 1
        for pauli in _products(planes):
            weight[pauli] = 2
            there = frozenset(frozenset(turned(p, pauli) for p in plane) for plane in planes)
            if there not in self.number:
                self.number[there] = len(self.frames)
                self.frames.append(there)
            leads[pauli] = self.number[there]
        self.weight.append(bytes(weight))
        self.leads.append(leads)

    def _distance(self, target: int) -> list[int]:
        """Entanglers from every frame to ``target``."""
        steps = [-1] * len(self.frames)
        steps[target] = 0
        waiting = [target]
        for frame in waiting:  # grows while it is read
            for near in self.leads[frame].values():
                if steps[near] < 0:
                    steps[near] = steps[frame] + 1
                    waiting.append(near)
        return steps


@lru_cache(maxsize=1)
def graph() -> Graph:
    """The one graph; it takes some milliseconds to build."""
    return Graph()


@lru_cache(maxsize=4096)
def shortest(rotations: tuple[int, ...], target: int, limit: int) -> tuple[Step, ...] | None:
    """The cheapest walk from frame 0 to ``target`` that does all ``rotations``.

    Args:
        rotations: axes, in the order of the circuit.
        target: number of the last frame.
        limit: only walks with fewer entanglers are of interest.

    Returns:
        the steps, or ``None`` if there is no such walk, or none was found in time.
    """
    return _AStar(rotations, target, limit).run()


class Search:
    """Walks for one circuit, of which only ``budget`` different ones are looked for."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.asked: set[tuple[tuple[int, ...], int, int]] = set()

    def walk(self, rotations: tuple[int, ...], target: int, limit: int) -> tuple[Step, ...] | None:
        """As :func:`shortest`, within the budget."""
        asked = (rotations, target, limit)
        if asked not in self.asked and len(self.asked) >= self.budget:
            return None
        self.asked.add(asked)
        return shortest(*asked)


class _AStar:
    """A*, with the entanglers that the frame alone still needs as the estimate.

    Sets of rotations are the bits of a number. A move must make some rotation lighter or bring the last frame
    nearer: one that does neither can wait.
    """

    def __init__(self, rotations: tuple[int, ...], target: int, limit: int) -> None:
        self.rotations = rotations
        self.target = target
        self.limit = limit
        self.graph = graph()
        self.distance = self.graph.distance(target)
        self.earlier = [
            sum(1 << j for j in range(i) if anticommute(rotations[j], axis))
            for i, axis in enumerate(rotations)
        ]
        self.masks: dict[int, tuple[int, int]] = {}
        self.came: dict[tuple[int, int], tuple[tuple[int, int] | None, tuple[Step, ...]]] = {}
        self.cost: dict[tuple[int, int], int] = {}
        self.queue: list[tuple[float, int, int, int]] = []

    def run(self) -> tuple[Step, ...] | None:
        everything = (1 << len(self.rotations)) - 1
        self._reach(0, everything, 0, None, None)
        for _ in range(_LIMIT):
            if not self.queue:
                return None
            _, minus_cost, frame, left = heappop(self.queue)
            if self.cost[frame, left] < -minus_cost:
                continue
            if frame == self.target and not left:
                return self._walk((frame, left))
            self._expand(frame, left)
        return None

    def _expand(self, frame: int, left: int) -> None:
        cost = self.cost[frame, left] + 1
        here = (frame, left)
        leads, near = self.graph.leads[frame], self.distance[frame]
        light, medium = self._mask(frame)
        done: set[int] = set()
        waiting = left & medium & ~light
        while waiting:
            low = waiting & -waiting
            waiting ^= low
            i = low.bit_length() - 1
            if not left & self.earlier[i]:
                pauli = self.rotations[i]
                done.add(pauli)
                self._reach(frame, left ^ low, cost, here, Step(pauli, i, False))
                self._reach(leads[pauli], left ^ low, cost, here, Step(pauli, i, True))
        for pauli, there in leads.items():
            if pauli in done:
                continue
            then_light, then_medium = self._mask(there)
            if left & (then_light & ~light | then_medium & ~medium) or self.distance[there] < near:
                self._reach(there, left, cost, here, Step(pauli, None, True))

    def _reach(
        self, frame: int, left: int, cost: int, origin: tuple[int, int] | None, step: Step | None
    ) -> None:
        """Note a state, after all rotations that are free there."""
        far = self.distance[frame]
        if cost + far >= self.limit:
            return
        free: list[int] = []
        waiting = left & self._mask(frame)[0]
        while waiting:
            low = waiting & -waiting
            waiting ^= low
            i = low.bit_length() - 1
            if not left & self.earlier[i]:
                left ^= low
                free.append(i)
        if cost + max(far, left != 0) >= self.limit or cost >= self.cost.get((frame, left), self.limit):
            return
        steps = () if step is None else (step,)
        self.cost[frame, left] = cost
        self.came[frame, left] = (origin, (*steps, *(Step(self.rotations[i], i, False) for i in free)))
        heappush(self.queue, (cost + max(far, _GREED * left.bit_count()), -cost, frame, left))

    def _mask(self, frame: int) -> tuple[int, int]:
        """The rotations that are free in a frame, and those that take one entangler at most."""
        found = self.masks.get(frame)
        if found is None:
            weight = self.graph.weight[frame]
            light = medium = 0
            for i, axis in enumerate(self.rotations):
                light |= (weight[axis] == 1) << i
                medium |= (weight[axis] <= 2) << i
            found = self.masks[frame] = light, medium
        return found

    def _walk(self, state: tuple[int, int] | None) -> tuple[Step, ...]:
        walk: list[tuple[Step, ...]] = []
        while state is not None:
            state, steps = self.came[state]
            walk.append(steps)
        return tuple(step for steps in reversed(walk) for step in steps)


def anticommute(one: int, other: int) -> bool:
    """Whether two Paulis anticommute.

    >>> anticommute(0b000001, 0b001000), anticommute(0b000001, 0b010000)
    (True, False)
    """
    return ((one & 7 & other >> 3).bit_count() + (one >> 3 & other & 7).bit_count()) % 2 == 1


def turned(pauli: int, axis: int) -> int:
    """``pauli`` after a quarter turn about ``axis``, without its sign."""
    return pauli ^ axis if anticommute(pauli, axis) else pauli


def _plane(one: int, other: int) -> Plane:
    return frozenset((one, other, one ^ other))


def _products(planes: Planes) -> list[int]:
    first, second, third = planes
    return [a ^ b for p, q in ((first, second), (first, third), (second, third)) for a in p for b in q]
