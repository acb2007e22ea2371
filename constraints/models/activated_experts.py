"""Experts that the streams of a decoding step activate together: exactly, and in logarithms.

Of the E experts of a layer, each of B streams gets k, drawn evenly. So a step reads, on average,

    activated = E · (1 − (1 − k/E)^B)                                          [expert/layer]

of each layer. This rises with E and with k. Let z be its logarithm and u = k/E. Then
z = ln E + ln(1 − (1 − u)^B) is concave in ln E and ln k, as the second term is concave in ln u.
A posynomial with `num_experts_activated` as a variable is therefore not convex in the logarithms of
the sizes: within a box its logarithm may lie below its tangent. The distance is at most the slope
of that logarithm in z, times the most by which z lies below the tangent of z. The latter is found
at an end of the interval of ln u.

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
"""Name of the variable that stands for the experts of a layer that a decoding step activates."""
ACTIVATED = variable(NUM_ACTIVATED)
"""The same as a posynomial."""
EXPERTS, ROUTED = "num_experts", "num_experts_per_tok"
AS_GOOD_AS_ALL = 64 * np.log(2)
"""ln 2^64: floats can't tell a share of missed experts below 2^-64 from none."""


def activated_experts(experts: int, per_token: int, streams: int) -> Exact:
    """Experts of a layer that a decoding step activates on average [expert/layer], exact.

    The result is all experts if fewer than 2^-64 of them are missed.

    Args:
        experts: experts of a layer, E [expert].
        per_token: experts that a token gets, k [expert].
        streams: streams that the step serves together, B [stream].
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
    """Posynomials in the sizes of a design, as functions of its free sizes alone.

    The posynomials may hold `num_experts_activated`.

    Args:
        posynomials: P posynomials.
        names: names of the D free sizes.
        fixed: names and values of the other sizes.
        streams: streams that a decoding step serves together [stream].
    """
    left = [p.fixed(fixed) for p in posynomials]
    if not any(NUM_ACTIVATED in p.variables for p in left):
        return LogForm(left, names)
    return ActivatedForm(left, names, fixed, streams)


class ActivatedForm(LogForm):
    """Logarithms of P posynomials which hold the activated experts, as functions of D free sizes.

    To `LogForm`, z = ln num_experts_activated is one more variable. This class computes z from the
    sizes, so that points, gradients and boxes are of the free sizes only.
    """

    is_sum = False

    def __init__(
        self,
        posynomials: Sequence[Posynomial],
        names: Sequence[str],
        fixed: Mapping[str, int],
        streams: int,
    ) -> None:
        """Stack the monomials, and find the places of E and k among the sizes.

        Args:
            posynomials: P posynomials in the free sizes and `num_experts_activated`.
            names: names of the D free sizes, in the order of the columns.
            fixed: names and values of the other sizes.
            streams: streams that a decoding step serves together, B [stream].
        """
        super().__init__(posynomials, (*names, NUM_ACTIVATED))
        self._streams = streams
        self._places = [names.index(x) if x in names else None for x in (EXPERTS, ROUTED)]
        self._known = [float(np.log(fixed[x])) if x in fixed else 0.0 for x in (EXPERTS, ROUTED)]

    def values(self, logs: FloatArray) -> FloatArray:
        """Logarithms of the posynomials [n, P] at the points `logs` [n, D], z computed there."""
        return super().values(self._extended(logs))

    def ends(self, low: FloatArray, high: FloatArray, least: tuple[bool, ...]) -> FloatArray:
        """A lower or an upper bound of the logarithms over each box, for each posynomial [n, P].

        z rises with E and with k, so its own bounds are its values at the ends of the box.

        Args:
            low: lower ends of the boxes [n, D].
            high: upper ends of the boxes [n, D].
            least: whether to give the lower bound, for each posynomial [P].
        """
        return super().ends(self._extended(low), self._extended(high), least)

    def values_and_gradients(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logarithms of the posynomials [n, P], and their gradients in the free sizes [n, P, D].

        The chain rule adds the slope in z times the gradient of z.
        """
        values, gradients = super().values_and_gradients(self._extended(logs))
        return values, gradients[:, :, :-1] + gradients[:, :, -1:] * self._slopes(logs)[:, None, :]

    def above(self, left: FloatArray, right: FloatArray, at: FloatArray) -> FloatArray:
        """How far each logarithm may lie above its tangent within a box, at most [n, P].

        z lies below its own tangent, which only lowers the logarithms. So the bound of `LogForm`
        holds, with z as one more variable that reaches as far as it changes within the box.

        Args:
            left: how far the boxes reach below the points of tangency [n, D].
            right: how far they reach above these points [n, D].
            at: the points of tangency [n, D].
        """
        rise = np.maximum(self._extended(at + right) - self._extended(at), 0.0)
        fall = np.maximum(self._extended(at) - self._extended(at - left), 0.0)
        return super().above(fall, rise, at)

    def below(self, left: FloatArray, right: FloatArray, at: FloatArray) -> FloatArray:
        """How far each logarithm may lie below its tangent within a box, at most [n, P].

        It is the slope in z times the most by which z lies below its own tangent.

        Args:
            left: how far the boxes reach below the points of tangency [n, D].
            right: how far they reach above these points [n, D].
            at: the points of tangency [n, D].
        """
        _, gradients = super().values_and_gradients(self._extended(at))
        short = self._short(left, right, at)
        found: FloatArray = np.maximum(gradients[:, :, -1], 0.0) * short[:, None]
        return found

    def tangent_part(
        self, j: int, at: FloatArray | None, low: FloatArray, high: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Exponents and log-coefficients of posynomial j, with an affine function in place of z.

        Args:
            j: index of the posynomial.
            at: the point at which the tangent of z takes its place [D]; None for the tangent at the
                middle of the box, lowered until it lies below z all over the box.
            low: lower ends of the box [1, D].
            high: upper ends of the box [1, D].

        Returns:
            Exponents [M, D] and log-coefficients [M] of the M monomials.
        """
        exponents, coefficients = super().part(j)
        point = (low + high) / 2 if at is None else at[None, :]
        slope = self._slopes(point)[0]
        height = float(self._extended(point)[0, -1]) - float(slope @ point[0])
        if at is None:
            height -= float(self._short(point - low, high - point, point)[0])
        powers = exponents[:, -1:]
        return exponents[:, :-1] + powers * slope, coefficients + powers[:, 0] * height

    def _short(self, left: FloatArray, right: FloatArray, at: FloatArray) -> FloatArray:
        """The most by which z lies below its tangent within each box [n].

        z less its tangent is concave in ln k/E, so that it is least at an end of the interval.
        """
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
        """The logarithms of the sizes, with z as one more column [n, D + 1]."""
        experts, routed = (self._column(logs, j) for j in (0, 1))
        z = experts + self._share(routed - experts)[0]
        return np.column_stack([logs, z])

    def _slopes(self, logs: FloatArray) -> FloatArray:
        """The gradient of z in the logarithms of the free sizes [n, D]."""
        experts, routed = (self._column(logs, j) for j in (0, 1))
        slope = self._share(routed - experts)[1]
        gradient = np.zeros_like(logs)
        for place, part in zip(self._places, (1.0 - slope, slope), strict=True):
            if place is not None:
                gradient[:, place] = part
        return gradient

    def _share(self, log_share: FloatArray) -> tuple[FloatArray, FloatArray]:
        """ln(1 − (1 − u)^B) and its slope in ln u, both [n], from ln u [n]."""
        u = np.exp(np.minimum(log_share, 0.0))
        with np.errstate(divide="ignore"):
            log_missed = self._streams * np.log1p(-u)  # −inf at u = 1
        met = -np.expm1(log_missed)
        last = np.where(u < 1.0, np.exp(log_missed) / np.maximum(1.0 - u, 1e-300), 0.0)
        return np.log(met), self._streams * u * last / met

    def _column(self, logs: FloatArray, which: int) -> FloatArray:
        """Logarithms of E (`which` = 0) or k (1) at the points, free or fixed [n]."""
        place = self._places[which]
        return np.full(len(logs), self._known[which]) if place is None else logs[:, place]

    def _reach(self, reach: FloatArray, which: int) -> FloatArray:
        """How far the boxes reach in E (`which` = 0) or k (1); zero if it is fixed [n]."""
        place = self._places[which]
        return np.zeros(len(reach)) if place is None else reach[:, place]
