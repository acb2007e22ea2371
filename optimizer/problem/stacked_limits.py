"""The limits of a region, and the saturation of a law, stacked as arrays: all but their bounds.

Problems that differ in bounds alone, as the scenarios of a batch mostly do, share them.

Shapes: K limits, the saturation last; D logarithms of sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from constraints.algebra.limit import Limit, LimitKind
from constraints.algebra.log_form import FloatArray, LogForm, NDBool
from constraints.algebra.posynomial import Posynomial
from constraints.space.boxes import Boxes
from constraints.space.lattice import Lattice
from constraints.space.region import COMPUTE
from optimizer.problem.layout_costs import form_over
from optimizer.problem.same import Same

__all__ = ["SATURATION", "StackedLimits", "Terms", "stacked_limits"]

SATURATION = "saturation"
"""The name of the law's own cap on counted tokens, among the names of slacks."""
MOST_KEPT = 64
"""Sets of limits kept: those of the regions of some scenarios, which batches ask about in turn."""


class Terms(NamedTuple):
    """Resources as sums of monomials in sizes and tokens, one resource after another.

    Attributes:
        exponents: of the sizes [M, D].
        log_coefficients: logarithms of the coefficients [M].
        token_powers: powers of the training tokens, and of the counted ones [M, 2].
        counts: monomials of each resource.
    """

    exponents: FloatArray
    log_coefficients: FloatArray
    token_powers: FloatArray
    counts: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class StackedLimits:
    """What problems with the same resources share, whatever their bounds.

    Attributes:
        names: of the slacks [K].
        form: the resources behind the slacks, without their tokens [K].
        fixed: the fixed parts of those limits that have one.
        with_fixed: the places of these limits.
        signs: +1 for an upper limit (≤), −1 for a lower one (≥) [K].
        is_condensed: lower limits on a sum of monomials, whose slack is convex [K].
        is_saturation: the law's saturation, if it has one [K].
        is_cap: limits on tokens from above, without the saturation [K].
        is_floor: limits on tokens from below [K].
        is_gate: limits that do not hold tokens [K].
        is_compute: limits on training FLOPs, which layouts make dearer [K].
    """

    names: tuple[str, ...]
    form: LogForm
    fixed: LogForm
    with_fixed: tuple[int, ...]
    signs: FloatArray
    is_condensed: NDBool
    is_saturation: NDBool
    is_cap: NDBool
    is_floor: NDBool
    is_gate: NDBool
    is_compute: NDBool

    @cached_property
    def are_upper(self) -> tuple[bool, ...]:
        """Which limits are upper ones [K]."""
        return tuple((self.signs > 0).tolist())

    @cached_property
    def caps(self) -> NDArray[np.intp]:
        """Places of the limits on tokens from above."""
        return np.flatnonzero(self.is_cap)

    @cached_property
    def floors(self) -> NDArray[np.intp]:
        """Places of the limits on tokens from below."""
        return np.flatnonzero(self.is_floor)

    @cached_property
    def gates(self) -> NDArray[np.intp]:
        """Places of the limits that do not hold tokens."""
        return np.flatnonzero(self.is_gate)

    @cached_property
    def saturation(self) -> NDArray[np.intp]:
        """The place of the saturation, if there is one."""
        return np.flatnonzero(self.is_saturation)

    @cached_property
    def token_uses(self) -> FloatArray:
        """Coefficients of t and t' that complete each slack to a condition ≥ 0, shape [K, 2].

        A cap reads m − t ≥ 0, a floor m + t ≥ 0, the saturation m − t' ≥ 0, a gate m ≥ 0.
        """
        t = self.is_floor.astype(np.float64) - self.is_cap
        return np.stack([t, -self.is_saturation.astype(np.float64)], axis=1)

    @cached_property
    def plain(self) -> NDArray[np.intp]:
        """Places of the limits whose slack is concave."""
        return np.flatnonzero(~self.is_condensed)

    def terms(self, k: int, near: FloatArray | None, low: FloatArray, high: FloatArray) -> Terms:
        """The resource behind slack k as a sum of monomials in the sizes and tokens.

        Experts activated while decoding are no posynomial of the axes; a monomial stands in for
        them, which equals them at a point or lies below them everywhere.

        Args:
            k: position of the slack.
            near: the point [D] where the monomial touches; None for one that lies below everywhere.
            low: lower ends of the sizes, in logarithms [1, D].
            high: upper ends of the sizes, in logarithms [1, D].
        """
        exponents, logs = self.form.tangent_part(k, near, low, high)
        powers = np.repeat(self.signs[k] * -self.token_uses[k : k + 1], len(logs), axis=0)
        if k in self.with_fixed:
            fixed, fixed_logs = self.fixed.part(self.with_fixed.index(k))
            exponents, logs = np.vstack([exponents, fixed]), np.concatenate([logs, fixed_logs])
            powers = np.vstack([powers, np.zeros((len(fixed_logs), 2))])
        return Terms(exponents, logs, powers, np.array([len(logs)], dtype=np.intp))

    def ends(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """The least of the resources under ≤ and the greatest of those under ≥ over boxes [n, K].

        Args:
            low: lower ends of the boxes, in logarithms [n, D].
            high: upper ends of the boxes, in logarithms [n, D].
        """
        return self.form.ends(low, high, self.are_upper)

    def kept_ends(self, boxes: Boxes) -> FloatArray:
        """The same over boxes that searches come back to, computed once [n, K].

        Args:
            boxes: with the logarithms of their sizes.
        """
        return _ends(self, Same(boxes))

    def plain_terms(self, near: FloatArray | None, low: FloatArray, high: FloatArray) -> Terms:
        """The resources behind the `plain` slacks, like `terms`."""
        return self._sums if self.form.is_sum else self._plain_terms(near, low, high)

    @cached_property
    def _sums(self) -> Terms:
        """The resources behind the `plain` slacks where these are sums whatever the place."""
        anywhere = np.zeros((1, self.form.exponents.shape[1]))
        return self._plain_terms(None, anywhere, anywhere)

    def _plain_terms(self, near: FloatArray | None, low: FloatArray, high: FloatArray) -> Terms:
        parts = [self.terms(k, near, low, high) for k in self.plain.tolist()]
        return Terms(*(np.concatenate(some) for some in zip(*parts, strict=True)))


@lru_cache(maxsize=MOST_KEPT)
def _ends(stacked: StackedLimits, boxes: Same) -> FloatArray:
    ends = stacked.ends(*boxes.value.logs)
    ends.flags.writeable = False  # they are handed out again and again
    return ends


def stacked_limits(
    limits: Sequence[Limit], parameters: Posynomial | None, lattice: Lattice, streams: int
) -> StackedLimits:
    """Limits without their bounds, stacked; the same object for the same resources.

    Args:
        limits: all limits of a region, in order.
        parameters: of a design, whose number times the law's saturation caps the counted tokens;
            None if the law has none.
        lattice: whose axes the limits are written in; fixed sizes are substituted.
        streams: streams that a decoding step serves together [stream].
    """
    rows = [(x.name, x.kind, x.sign, x.per_token, x.fixed) for x in limits]
    if parameters is not None:
        rows.append((SATURATION, LimitKind.CAP, -1, parameters, Posynomial(())))
    return _stacked(tuple(rows), parameters is not None, lattice, streams)


@lru_cache(maxsize=MOST_KEPT)
def _stacked(
    rows: tuple[tuple[str, LimitKind, int, Posynomial, Posynomial], ...],
    saturates: bool,
    lattice: Lattice,
    streams: int,
) -> StackedLimits:
    names, kinds, signs, resources, fixed = zip(*rows, strict=True)
    parts = [part.fixed(lattice.fixed) for part in fixed]
    with_fixed = tuple(k for k, part in enumerate(parts) if part.terms)
    many = np.array([not p.is_monomial_beside(lattice.fixed) for p in resources], dtype=bool)
    is_lower = np.array(signs) < 0
    is_saturation = np.zeros(len(rows), dtype=bool)
    is_saturation[-1] = saturates
    return StackedLimits(
        names,
        form_over(lattice, streams, resources),
        LogForm([parts[k] for k in with_fixed], lattice.names),
        with_fixed,
        np.array(signs, dtype=np.float64),
        is_condensed=many & is_lower,  # m is convex there, not concave
        is_saturation=is_saturation,
        is_cap=np.array([kind is LimitKind.CAP for kind in kinds]) & ~is_saturation,
        is_floor=np.array([kind is LimitKind.FLOOR for kind in kinds]),
        is_gate=np.array([kind is LimitKind.GATE for kind in kinds]),
        is_compute=np.array([name in COMPUTE for name in names]),
    )
