"""Experts that the streams of a decoding step touch together: exactly, and in logarithms.

Of E experts, k of them for each of B streams, evenly drawn, a step reads

    touched = E · (1 − (1 − k/E)^B)                                            [expert/layer]

of each layer. It rises with E and k; its logarithm z is concave in those of E and k, since with
u = k/E it is ln E + ln(1 − (1 − u)^B), and the last is concave in ln u. So a posynomial that holds
it is no longer convex in the logarithms of the sizes: over a box it may lie below its tangent, by
no more than its slope in z times what z falls short of its own tangent at an end of the box.

Shapes: as in `constraints.algebra.log_form`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from constraints.algebra.log_form import FloatArray, LogForm
from constraints.algebra.posynomial import Exact, Posynomial, variable

__all__ = ["ACTIVATED", "NUM_ACTIVATED", "ActivatedForm", "activated_experts", "log_form"]

NUM_ACTIVATED = "num_experts_activated"
ACTIVATED = variable(NUM_ACTIVATED)
EXPERTS, ROUTED = "num_experts", "num_experts_per_tok"
AS_GOOD_AS_ALL = 64 * np.log(2)
"""Misses of a stream fewer than 2^-64 of the experts are none to any float."""


def activated_experts(experts: int, per_token: int, streams: int) -> Exact:
    """Experts of a layer that a step of so many streams reads, on average [expert]; exact.

    All of them where fewer than 2^-64 of them are missed.
    """
    missed = Fraction(max(experts - per_token, 0), experts)
    if missed == 0 or -streams * np.log(float(missed)) > AS_GOOD_AS_ALL:
        return experts
    return experts * (1 - missed**streams)


def log_form(
    posynomials: Sequence[Posynomial],
    names: Sequence[str],
    fixed: Mapping[str, int],
    streams: int,
) -> LogForm:
    """Posynomials of whole designs over the free sizes, experts touched by streams among them.

    names [D]: of the free sizes. fixed: the others.
    """
    left = [p.fixed(fixed) for p in posynomials]
    if not any(NUM_ACTIVATED in p.variables for p in left):
        return LogForm(left, names)
    return ActivatedForm(left, names, fixed, streams)


class ActivatedForm(LogForm):
    """`ln pⱼ` of posynomials in free sizes and the experts touched, as functions of the sizes."""

    def __init__(
        self,
        posynomials: Sequence[Posynomial],
        names: Sequence[str],
        fixed: Mapping[str, int],
        streams: int,
    ) -> None:
        """Find E and k among the sizes; streams: B."""
        super().__init__(posynomials, (*names, NUM_ACTIVATED))
        self._streams = streams
        self._places = [names.index(x) if x in names else None for x in (EXPERTS, ROUTED)]
        self._known = [float(np.log(fixed[x])) if x in fixed else 0.0 for x in (EXPERTS, ROUTED)]

    def values(self, logs: FloatArray) -> FloatArray:
        """As of any form."""
        return super().values(self._extended(logs))

    def corners(self, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As of any form: z rises with every size."""
        return super().corners(self._extended(low), self._extended(high))

    def values_and_gradients(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """As of any form, by the chain rule."""
        values, gradients = super().values_and_gradients(self._extended(logs))
        return values, gradients[:, :, :-1] + gradients[:, :, -1:] * self._slopes(logs)[:, None, :]

    def above(self, left: FloatArray, right: FloatArray, at: FloatArray) -> FloatArray:
        """As of any form: z lies below its tangent, and a sum of all terms by the lemma above."""
        rise = np.maximum(self._extended(at + right) - self._extended(at), 0.0)
        fall = np.maximum(self._extended(at) - self._extended(at - left), 0.0)
        return super().above(fall, rise, at)

    def below(self, left: FloatArray, right: FloatArray, at: FloatArray) -> FloatArray:
        """How far each may lie below its tangent over a box [n, P]."""
        _, gradients = super().values_and_gradients(self._extended(at))
        short = self._short(left, right, at)
        found: FloatArray = np.maximum(gradients[:, :, -1], 0.0) * short[:, None]
        return found

    def tangent_part(
        self, j: int, at: FloatArray | None, low: FloatArray, high: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """As `part`, with z replaced by its tangent at a point [D], or by less all over a box."""
        exponents, coefficients = super().part(j)
        point = (low + high) / 2 if at is None else at[None, :]
        slope = self._slopes(point)[0]
        height = float(self._extended(point)[0, -1]) - float(slope @ point[0])
        if at is None:
            height -= float(self._short(point - low, high - point, point)[0])
        powers = exponents[:, -1:]
        return exponents[:, :-1] + powers * slope, coefficients + powers[:, 0] * height

    def _short(self, left: FloatArray, right: FloatArray, at: FloatArray) -> FloatArray:
        """The most that z falls short of its tangent over a box [n]: at an end of ln k/E."""
        experts, routed = (self._column(at, j) for j in (0, 1))
        share, slope = self._share(routed - experts)
        ends = []
        for sign, reach in ((-1.0, (right, left)), (1.0, (left, right))):
            step = sign * (self._reach(reach[0], 0) + self._reach(reach[1], 1))
            end = np.minimum(routed - experts + step, 0.0)
            tangent = share + slope * (end - (routed - experts))
            ends.append(tangent - self._share(end)[0])
        found: FloatArray = np.maximum(np.maximum(*ends), 0.0)
        return found

    def _extended(self, logs: FloatArray) -> FloatArray:
        """The sizes and z [n, D + 1]."""
        experts, routed = (self._column(logs, j) for j in (0, 1))
        z = experts + self._share(routed - experts)[0]
        return np.column_stack([logs, z])

    def _slopes(self, logs: FloatArray) -> FloatArray:
        """The gradient of z [n, D]."""
        experts, routed = (self._column(logs, j) for j in (0, 1))
        slope = self._share(routed - experts)[1]
        gradient = np.zeros_like(logs)
        for place, part in zip(self._places, (1.0 - slope, slope), strict=True):
            if place is not None:
                gradient[:, place] = part
        return gradient

    def _share(self, log_share: FloatArray) -> tuple[FloatArray, FloatArray]:
        """ln(1 − (1 − u)^B) at ln u [n], and its slope."""
        u = np.exp(np.minimum(log_share, 0.0))
        with np.errstate(divide="ignore"):
            log_missed = self._streams * np.log1p(-u)  # −inf at u = 1
        met = -np.expm1(log_missed)
        last = np.where(u < 1.0, np.exp(log_missed) / np.maximum(1.0 - u, 1e-300), 0.0)
        return np.log(met), self._streams * u * last / met

    def _column(self, logs: FloatArray, which: int) -> FloatArray:
        place = self._places[which]
        return np.full(len(logs), self._known[which]) if place is None else logs[:, place]

    def _reach(self, reach: FloatArray, which: int) -> FloatArray:
        place = self._places[which]
        return np.zeros(len(reach)) if place is None else reach[:, place]
