"""Gates decided in whole numbers, for many designs at once.

Floats can't tell a design that just satisfies a gate from one that just breaks it, and many designs
lie right on one: as many experts for each chosen one as the limit allows. A gate Σ cᵢ·Πⱼ vⱼ^eᵢⱼ ≤ b
holds exactly if it does so after both sides are multiplied by the denominators of cᵢ and b and by
the sizes with negative powers. Then all is whole, and as long as no number exceeds 64 bits, arrays
of them are exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from constraints.algebra.limit import Limit
from constraints.algebra.log_form import NDBool
from constraints.space.boxes import Positions

__all__ = ["WholeGates"]

MOST = 2**62
"""The largest whole number that sums may come to [unitless]."""


class WholeGates:
    """Gates as differences of sums of whole monomials, which must not be negative.

    Attributes:
        all_known: whether every gate can be decided so.
    """

    def __init__(self, gates: Sequence[Limit], greatest: Mapping[str, int]) -> None:
        """Bring the gates into whole numbers.

        Args:
            gates: limits without tokens.
            greatest: the greatest value of every size, by name.
        """
        found = [_whole_terms(gate, greatest) for gate in gates]
        self.all_known = all(terms is not None for terms in found)
        self._gates = [terms for terms in found if terms is not None]

    def hold(self, sizes: Mapping[str, Positions]) -> NDBool:
        """Whether all gates hold that can be decided, exactly [n].

        Args:
            sizes: of n designs by name; each is an array [n].
        """
        count = len(next(iter(sizes.values())))
        holds = np.ones(count, dtype=bool)
        for gate in self._gates:
            spare = np.zeros(count, dtype=np.int64)
            for coefficient, powers in gate:
                term = np.full(count, coefficient, dtype=np.int64)
                for name, power in powers:
                    term *= sizes[name] ** power
                spare += term
            holds &= spare >= 0
        return holds


Terms = list[tuple[int, list[tuple[str, int]]]]


def _whole_terms(gate: Limit, greatest: Mapping[str, int]) -> Terms | None:
    """The terms of bound − resource times what makes them whole; None if they grow too large."""
    resource = gate.resource
    if not resource.variables <= greatest.keys():
        return None
    common = math.lcm(gate.bound.denominator, *(c.denominator for _, c in resource.terms))
    lowest: dict[str, int] = {}
    for key, _ in resource.terms:
        for name, power in key:
            lowest[name] = min(lowest.get(name, 0), power)
    found: Terms = [
        (int(gate.bound * common) * gate.sign, [(n, -p) for n, p in lowest.items() if p < 0])
    ]
    for key, coefficient in resource.terms:
        powers = {name: -power for name, power in lowest.items()}
        for name, power in key:
            powers[name] += power
        of_term = [(name, power) for name, power in powers.items() if power > 0]
        found.append((-int(coefficient * common) * gate.sign, of_term))
    sizes = (abs(c) * math.prod(greatest[name] ** power for name, power in key) for c, key in found)
    return found if sum(sizes) < MOST else None
