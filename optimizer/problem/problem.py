"""One problem, compiled: a region and a law as arrays over the free axes of the lattice.

With x the logarithms of the free sizes [D] and t = ln tokens, every limit k is

    mₖ(x) = signₖ · (ln boundₖ − ln resourceₖ(x))       gate m ≥ 0, cap t ≤ m, floor t ≥ −m

and the law's saturation is one more cap, on the tokens that count: t' ≤ m_s(x), t' ≤ g(t), where
g(t) = t unless text is repeated (`constraints.resources.text_supply`): rising and concave. For sign + (upper
limits) m is concave; for sign − it is convex, and affine for monomials.

Shapes: points `logs [n, D]`, slacks `[n, K]` in the order of `limits`, the saturation last.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from constraints.algebra.limit import TOKENS, Limit, LimitKind
from constraints.algebra.log_form import FloatArray, LogForm
from constraints.algebra.posynomial import Exact, Posynomial, log_exact
from constraints.models.activated_experts import log_form
from constraints.space.lattice import Lattice, Positions
from constraints.space.region import COMPUTE, Region
from optimizer.laws.law import Law
from optimizer.problem.fixed_share import FixedShare
from optimizer.problem.robust_index import index_on

__all__ = ["SAFETY", "Candidate", "Problem", "feasible", "law_for", "safety"]

SAFETY = 1e-9
"""Relative rounding in an index and absolute one in a logarithm is below 1e-12: far above."""
NOTHING = -1e3
"""ln of a number of tokens that is none: where a fixed part alone exceeds its bound."""
SATURATION = "saturation"
"""The name of the law's own cap on tokens."""


@dataclass(frozen=True)
class Candidate:
    """A lattice point with its tokens and value, exact where whole numbers are exact.

    sizes: by name; of a mixture of experts all that follow from those on the axes, too. tokens,
    effective_tokens [token]: raw, and what they are worth after repetition. parameters
    [parameter], training_flops [FLOP]. index: of the law [index].
    """

    sizes: Mapping[str, int]
    tokens: int
    effective_tokens: float
    parameters: int
    training_flops: Exact
    index: float

    @property
    def rank(self) -> tuple[float, Exact, int, tuple[int, ...]]:
        """Best first: index, then fewer training FLOPs, fewer parameters, smaller sizes."""
        return (-self.index, self.training_flops, self.parameters, tuple(self.sizes.values()))


class Problem:
    """A region and a law, ready to be searched."""

    def __init__(self, region: Region, law: Law) -> None:
        """Substitute the fixed sizes and stack what is left."""
        self.region = region
        self.law = law = law_for(law, region)
        fixed = self.lattice.fixed
        resources = [limit.per_token for limit in region.limits]
        kinds = [limit.kind for limit in region.limits]
        signs = [limit.sign for limit in region.limits]
        bounds = [log_exact(limit.bound) for limit in region.limits]
        if law.saturation is not None:
            resources.append(region.parameters)
            kinds.append(LimitKind.CAP)
            signs.append(-1)
            bounds.append(-log_exact(law.saturation))
        self.form = self.log_form(resources)
        self.signs = np.array(signs, dtype=np.float64)
        many = np.array([not p.fixed(fixed).is_monomial for p in resources], dtype=bool)
        self.is_condensed = many & (self.signs < 0)  # m is convex there, not concave
        self.log_bounds = np.array(bounds, dtype=np.float64)
        self._fixed_share = FixedShare(region.limits, self.lattice, self.log_bounds)
        self.is_saturation = np.arange(len(kinds)) >= len(region.limits)
        self.is_cap = np.array([k is LimitKind.CAP for k in kinds]) & ~self.is_saturation
        self.is_floor = np.array([k is LimitKind.FLOOR for k in kinds])
        self.is_gate = np.array([k is LimitKind.GATE for k in kinds])
        self._is_compute = np.array([name in COMPUTE for name in self.names])
        choice = region.layout_choice
        needs = [] if choice is None else list(choice.features)
        self._memory = self.log_form([region.space.in_axes(x) for x in needs])
        self.index = index_on(self.law, self.lattice, region.space.derived)

    def log_form(self, posynomials: Sequence[Posynomial]) -> LogForm:
        """Posynomials in the axes, over the free ones."""
        names, fixed = self.lattice.names, self.lattice.fixed
        return log_form(posynomials, names, fixed, self.region.streams)

    @property
    def lattice(self) -> Lattice:
        """The lattice of sizes."""
        return self.region.space.lattice

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The region's limits, in the order of the slacks."""
        return self.region.limits

    @cached_property
    def ends(self) -> tuple[FloatArray, FloatArray]:
        """Logarithms of the least and greatest sizes, each [1, D]."""
        whole = self.lattice.whole()
        return self.lattice.logs(whole.low), self.lattice.logs(whole.high)

    @cached_property
    def token_uses(self) -> FloatArray:
        """How t and t' add to each slack [K, 2]: m − t ≥ 0 for a cap, m + t ≥ 0 for a floor."""
        t = self.is_floor.astype(np.float64) - self.is_cap
        return np.stack([t, -self.is_saturation.astype(np.float64)], axis=1)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the slacks [K]."""
        own = tuple(limit.name for limit in self.limits)
        return own if self.law.saturation is None else (*own, SATURATION)

    def terms(
        self, k: int, near: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The resource behind slack k: exponents [M, D], log-coefficients [M], powers of t [M].

        Where it is no posynomial of the axes, one that touches it near a point [D], or lies below
        it everywhere.
        """
        exponents, coefficients = self.form.tangent_part(k, near, *self.ends)
        power = self.limits[k].token_power if k < len(self.limits) else 0
        fixed_exponents, fixed_coefficients = self._fixed_share.part(k)
        powers = np.repeat([float(power), 0.0], [len(coefficients), len(fixed_coefficients)])
        return (
            np.vstack([exponents, fixed_exponents]),
            np.concatenate([coefficients, fixed_coefficients]),
            powers,
        )

    def slacks(self, logs: FloatArray) -> FloatArray:
        """M at the points [n, K], without what recomputation takes."""
        slacks = self.signs * (self.log_bounds - self.form.values(logs))
        return self._fixed_share.less(slacks, logs)

    def slacks_and_gradients(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """M [n, K] and its gradients [n, K, D]."""
        values, gradients = self.form.values_and_gradients(logs)
        slacks, slopes = self.signs * (self.log_bounds - values), -self.signs[:, None] * gradients
        return self._fixed_share.less(slacks, logs), self._fixed_share.tilted(slopes, logs)

    def greatest_slacks(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """The greatest m over the boxes [n, K], exact."""
        least, greatest = self.form.corners(low, high)
        slacks = self.signs * (self.log_bounds - np.where(self.signs > 0, least, greatest))
        slacks = self._fixed_share.less(slacks, low)
        choice = self.region.layout_choice
        if choice is None:
            return slacks
        least = np.exp(self._memory.values(low)) * (1 - SAFETY)  # to the safe side
        return self._after_recomputation(slacks, choice.memories.least_log_recompute_factor(least))

    @cached_property
    def affine_gates(self) -> tuple[FloatArray, FloatArray]:
        """Gates of one monomial, as rows a [G, D] and bounds b [G] of a·x ≤ b."""
        parts = [(k, *self.form.part(k)) for k in np.flatnonzero(self.is_gate).tolist()]
        axes = len(self.lattice.names)
        affine = [x for x in parts if len(x[2]) == 1 and x[1].shape[1] == axes]
        signs = self.signs[[k for k, _, _ in affine]]
        rows = np.array([exponents[0] for _, exponents, _ in affine]).reshape(-1, axes)
        logs = np.array([coefficients[0] for _, _, coefficients in affine])
        bounds: FloatArray = signs * (self.log_bounds[[k for k, _, _ in affine]] - logs)
        return signs[:, None] * rows, bounds

    def point_slacks(self, points: Positions) -> FloatArray:
        """M at index points [n, K], with layouts that divide the sizes there."""
        logs = self.lattice.logs(points)
        slacks = self.slacks(logs)
        choice = self.region.layout_choice
        if choice is not None:
            sizes = self.region.space.complete(self.lattice.values(points))
            amounts = np.exp(self._memory.values(logs)) * (1 - SAFETY)
            slacks = self._after_recomputation(
                slacks, choice.memories.log_recompute_factor(amounts, sizes)
            )
        return slacks

    def _after_recomputation(self, slacks: FloatArray, factor: FloatArray) -> FloatArray:
        """Recomputation takes its FLOPs from the budget [n]; without a layout no token is left."""
        slacks[:, self._is_compute] -= factor[:, None]
        slacks[np.isinf(factor)] = np.where(self.is_cap, -np.inf, slacks[np.isinf(factor)])
        return slacks

    def worth(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """g(t), the tokens that t are worth after repetition, and its slope, elementwise."""
        return self.region.text.logs(t)

    def tokens(self, slacks: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """From slacks [n, K]: least and greatest t, and the greatest t' that counts, each [n].

        From the greatest slacks of a box these bound every point in it. The token step is
        honoured in the greatest t, to the safe side.
        """
        most = np.min(slacks, axis=1, where=self.is_cap, initial=np.inf)
        most = np.maximum(most, NOTHING)
        least = np.max(-slacks, axis=1, where=self.is_floor, initial=0.0)
        if self.region.token_step > 1:
            step = float(self.region.token_step)
            most = np.log(np.maximum(np.floor(np.exp(most) / step * (1 + 1e-12)) * step, 0.5))
        counts = np.min(slacks, axis=1, where=self.is_saturation, initial=np.inf)
        return least, most, np.minimum(self.worth(most)[0], counts)

    def whole_heads(self, positions: Positions) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether KV heads and head width divide the hidden size at index points [n]."""
        if not self.region.space.whole_heads:
            return np.ones(len(positions), dtype=bool)
        sizes = self.lattice.values(positions)
        whole: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
            sizes["hidden_size"] % (sizes["head_dim"] * sizes["num_key_value_heads"]) == 0
        )
        return whole

    def candidate(self, sizes: Mapping[str, int]) -> Candidate | None:
        """The exact plan at a lattice point; None if the region excludes it."""
        if self.region.space.style.experts is not None:
            sizes = self.region.space.complete(sizes)
        parameters = int(self.region.parameters.value(sizes))
        tokens = self.region.tokens(sizes, self.law.saturation_tokens(parameters))
        if tokens is None:
            return None
        flops = self.region.training_flops_per_token.value(sizes) * tokens
        effective = self.region.text.effective(tokens)
        index = float(self.law.index({**sizes, TOKENS: effective}, float(parameters)))
        return Candidate(sizes, tokens, effective, parameters, flops, index)


def law_for(law: Law, region: Region) -> Law:
    """The law in the sizes that designs of a region have."""
    return law if region.space.style.experts is None else law.of_experts()


def safety(index: float) -> float:
    """More than rounding can change an index of this size."""
    return SAFETY * max(1.0, abs(index)) if math.isfinite(index) else 0.0


def feasible(
    problem: Problem, slacks: FloatArray, least: FloatArray, most: FloatArray
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether gates hold and some number of tokens is allowed [n], to the safe side."""
    gates = np.all((slacks >= -SAFETY) | ~problem.is_gate, axis=1)
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]] = gates & (least <= most + SAFETY)
    return inside
