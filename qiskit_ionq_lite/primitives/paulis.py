"""Terms of observables as pairs of bit masks, and which of them go together.

Bit q of ``x`` says that qubit q has an X or a Y, bit q of ``z`` that it has a Z or a Y. Projectors onto a
state of one qubit (0 1 + - r l) count as the Pauli in whose basis they are measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_BASIS_OF = {"I": "I", **dict.fromkeys("X+-", "X"), **dict.fromkeys("Yrl", "Y"), **dict.fromkeys("Z01", "Z")}
_STATES = "01+-rl"
_EXCITED = "1-l"


class Term(NamedTuple):
    """One term, such as ``"XI0"``.

    Attributes:
        label: one letter for each qubit, rightmost for qubit 0.
        x: mask.
        z: mask.
        projected: mask of the qubits with a projector.
        excited: mask of those that are projected onto the second state of their basis.
    """

    label: str
    x: int
    z: int
    projected: int
    excited: int

    @property
    def support(self) -> int:
        """Mask of the qubits that it acts on."""
        return self.x | self.z


def term(label: str) -> Term:
    """A term by its label.

    >>> term("XI0")
    Term(label='XI0', x=4, z=1, projected=1, excited=0)
    """
    bases = [_BASIS_OF[letter] for letter in label]
    return Term(
        label,
        _mask(bases, "XY"),
        _mask(bases, "ZY"),
        _mask(label, _STATES),
        _mask(label, _EXCITED),
    )


def _mask(letters: Sequence[str], which: str) -> int:
    return int("0" + "".join("1" if letter in which else "0" for letter in letters), 2)


def agree(one: Term, other: Term) -> bool:
    """Whether they are the same on every qubit where both act.

    >>> agree(term("XI"), term("XZ")), agree(term("XX"), term("ZZ"))
    (True, False)
    """
    return not ((one.x ^ other.x) | (one.z ^ other.z)) & one.support & other.support


def commute(one: Term, other: Term) -> bool:
    """Whether they commute, as Paulis.

    >>> commute(term("XX"), term("ZZ")), commute(term("XI"), term("ZZ"))
    (True, False)
    """
    return ((one.x & other.z).bit_count() + (one.z & other.x).bit_count()) % 2 == 0


def grouped(terms: Sequence[Term], together: Callable[[Term, Term], bool]) -> list[list[Term]]:
    """Each term in the first group all of whose terms it goes together with; those of many qubits first."""
    found: list[list[Term]] = []
    for one in sorted(terms, key=lambda one: (-one.support.bit_count(), one.label)):
        home = next((group for group in found if all(together(one, other) for other in group)), None)
        if home is None:
            found.append([one])
        else:
            home.append(one)
    return found


def qubits_of(mask: int) -> list[int]:
    """Qubits of a mask, ascending.

    >>> qubits_of(0b1010)
    [1, 3]
    """
    return [qubit for qubit in range(mask.bit_length()) if mask >> qubit & 1]


def compacted(mask: int, qubits: Sequence[int]) -> int:
    """``mask`` over ``qubits`` alone: bit i is that of ``qubits[i]``.

    >>> compacted(0b1010, [1, 2, 3])
    5
    """
    return sum((mask >> qubit & 1) << place for place, qubit in enumerate(qubits))
