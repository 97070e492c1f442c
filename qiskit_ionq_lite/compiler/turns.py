"""Turns of one qubit as unit quaternions: exact, sign included, and quick without numpy.

(w, x, y, z) is the unitary w - i(xX + yY + zZ), of determinant 1. Products of quaternions are products of
unitaries, and a quaternion turns a vector on the Bloch sphere as its unitary turns a Pauli operator.
"""

from __future__ import annotations

import cmath
import math
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray

Quaternion: TypeAlias = tuple[float, float, float, float]
Vector: TypeAlias = tuple[float, float, float]

ONE: Quaternion = (1.0, 0.0, 0.0, 0.0)


def about(axis: Vector, angle: float) -> Quaternion:
    """exp(-i angle/2 (axis · XYZ)), for a unit vector and radians.

    >>> about((1.0, 0.0, 0.0), math.pi)[1]
    1.0
    """
    c, s = math.cos(angle / 2), math.sin(angle / 2)
    return (c, s * axis[0], s * axis[1], s * axis[2])


def times(one: Quaternion, other: Quaternion) -> Quaternion:
    """The product of the unitaries: first ``other``, then ``one``."""
    a, b, c, d = one
    w, x, y, z = other
    return (
        a * w - b * x - c * y - d * z,
        a * x + b * w + c * z - d * y,
        a * y - b * z + c * w + d * x,
        a * z + b * y - c * x + d * w,
    )


def inverse(one: Quaternion) -> Quaternion:
    """The adjoint."""
    return (one[0], -one[1], -one[2], -one[3])


def turned(vector: Vector, by: Quaternion) -> Vector:
    """U (v · XYZ) U† as a vector."""
    w, a, b, c = by
    x, y, z = vector
    p, q, r = b * z - c * y, c * x - a * z, a * y - b * x
    p, q, r = p + w * x, q + w * y, r + w * z
    s = a * x + b * y + c * z
    return (
        s * a + w * p + b * r - c * q,
        s * b + w * q + c * p - a * r,
        s * c + w * r + a * q - b * p,
    )


def cross(one: Vector, other: Vector) -> Vector:
    """The vector product."""
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )


def dot(one: Vector, other: Vector) -> float:
    """The scalar product."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def unit(vector: Vector) -> Vector:
    """The same direction, of length 1."""
    length = math.sqrt(dot(vector, vector))
    return (vector[0] / length, vector[1] / length, vector[2] / length)


def euler(turn: Quaternion) -> tuple[float, float, float]:
    """Angles a, b, c (rad) with turn = RZ(a) RX(b) RZ(c).

    >>> [round(angle, 9) for angle in euler(about((0.0, 1.0, 0.0), 0.5))]
    [1.570796327, 0.5, -1.570796327]
    """
    w, x, y, z = turn
    total, difference = math.atan2(z, w), math.atan2(y, x)
    return total + difference, 2 * math.atan2(math.hypot(x, y), math.hypot(w, z)), total - difference


def of_matrix(matrix: NDArray[Any]) -> tuple[Quaternion, float]:
    """A 2 x 2 unitary as a quaternion and a global phase (rad)."""
    (a, b), (c, d) = matrix.tolist()
    phase = cmath.phase(a * d - b * c) / 2
    back = cmath.exp(-1j * phase)
    a, b, c, d = a * back, b * back, c * back, d * back
    quaternion = (
        (a + d).real / 2,
        -(b + c).imag / 2,
        (c - b).real / 2,
        (d - a).imag / 2,
    )
    return quaternion, phase
