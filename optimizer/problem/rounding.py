"""Room for rounding errors, so that floats never drop a plan that exact arithmetic would keep."""

from __future__ import annotations

import math

__all__ = ["SAFETY", "safety"]

SAFETY = 1e-9
"""Room given for rounding, absolute in logarithms and relative in indices.

Why 1e-9 is safe: values compared are logarithms or indices of size up to about 1e3, sums of a few
dozen terms in double precision with a relative rounding of about 1e-16 each, so errors stay below
1e-12. (A box's bound also weighs slacks by multipliers; docs/theory.md, "Rounding", says how large
these may be.) Every comparison that drops a box of plans gives it SAFETY in the direction that
keeps it; whatever remains is compared in exact whole-number arithmetic.
"""


def safety(index: float) -> float:
    """More than rounding can change an index of this size [index]; 0 for an infinite one.

    Args:
        index: of any plan or bound [index].
    """
    return SAFETY * max(1.0, abs(index)) if math.isfinite(index) else 0.0
