"""One problem, compiled: a region and a law as arrays over the free axes of the lattice.

Let x [D] be the logarithms of the free sizes and t = ln tokens. Every limit k has a slack, the room
that sizes x leave under it in logarithms. With sign +1 for ≤ and −1 for ≥ it is

    mₖ(x) = signₖ · (ln boundₖ − ln resourceₖ(x))       gate m ≥ 0, cap t ≤ m, floor t ≥ −m

where the resource is taken without its tokens. The law's saturation, r tokens per parameter, is one
more cap, but on the counted tokens t': t' ≤ m_s(x) = ln(r · parameters). Counted tokens are also at
most what training tokens are worth after repetition, t' ≤ g(t). Without repeated text g(t) = t;
else g is rising and concave (`constraints.resources.text_supply`).

A posynomial's logarithm is convex in x. So m is concave under ≤; under ≥ it is convex, and affine
for a monomial. Resources that hold the experts activated while decoding are neither; bounds then
add a remainder (`constraints.models.activated_experts`).

Shapes: points `logs [n, D]`; slacks `[n, K]` in the order of `limits`, the saturation last.

Derivation: docs/theory.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property

import numpy as np

from constraints.algebra.limit import TOKENS, LimitKind
from constraints.algebra.log_form import FloatArray, LogForm, NDBool
from constraints.algebra.posynomial import Posynomial, log_exact
from constraints.space.boxes import Boxes, Positions
from constraints.space.lattice import Lattice
from constraints.space.region import Region
from optimizer.laws.law import Law
from optimizer.problem.affine_gates import AffineGates, affine_gates
from optimizer.problem.candidate import Candidate
from optimizer.problem.fixed_share import FixedShare
from optimizer.problem.layout_costs import LayoutCosts, form_over, layout_costs
from optimizer.problem.robust_index import index_on
from optimizer.problem.rounding import SAFETY
from optimizer.problem.stacked_limits import Terms, stacked_limits
from optimizer.problem.whole_gates import WholeGates

__all__ = ["Problem", "feasible", "law_for"]

NOTHING = -1e3
"""Stands for ln 0: ln of the tokens allowed where a fixed part alone exceeds its bound."""


class Problem:
    """A region and a law, ready to be searched.

    Attributes:
        region: as it was given.
        law: in the sizes that the region's designs have.
        limits: of the region, in the order of the slacks.
        log_bounds: logarithms of the bounds [K].
        stacked: the limits without their bounds. What it says of the slacks (`names`, `form`,
            `signs`, `token_uses`, and which are caps, floors, gates and so on) is here as well.
        layouts: what layouts take of the compute budget; None if training memory does not matter.
        index: the law's index over the free axes.
    """

    def __init__(self, region: Region, law: Law) -> None:
        """Substitute the fixed sizes and stack what is left.

        Args:
            region: all plans that satisfy the limits.
            law: in the sizes of dense models or of the region's own designs.
        """
        self.region = region
        self.law = law = law_for(law, region)
        self.limits = region.limits
        bounds = [log_exact(limit.bound) for limit in region.limits]
        if law.saturation is not None:
            bounds.append(-log_exact(law.saturation))
        self.log_bounds = np.array(bounds, dtype=np.float64)
        own = None if law.saturation is None else region.parameters
        self.stacked = stacked = stacked_limits(region.limits, own, self.lattice, region.streams)
        self.form, self.signs = stacked.form, stacked.signs
        self.is_condensed, self.is_saturation = stacked.is_condensed, stacked.is_saturation
        self.is_cap, self.is_floor = stacked.is_cap, stacked.is_floor
        self.is_gate, self.is_compute = stacked.is_gate, stacked.is_compute
        self.names, self.token_uses = stacked.names, stacked.token_uses
        self._fixed_share = FixedShare(stacked.fixed, stacked.with_fixed, self.log_bounds)
        self.layouts = self._layouts()
        self.index = index_on(self.law, region.space)

    def _layouts(self) -> LayoutCosts | None:
        choice, space = self.region.layout_choice, self.region.space
        if choice is None:
            return None
        return layout_costs(choice, space, self.region.streams)

    def log_form(self, posynomials: Sequence[Posynomial]) -> LogForm:
        """Posynomials as functions of the logarithms of the free sizes, the fixed ones substituted.

        Args:
            posynomials: in the axes of the lattice, and in the experts activated while decoding.
        """
        return form_over(self.lattice, self.region.streams, posynomials)

    @property
    def lattice(self) -> Lattice:
        """The lattice of sizes."""
        return self.region.space.lattice

    @cached_property
    def ends(self) -> tuple[FloatArray, FloatArray]:
        """Logarithms of the least and the greatest sizes, each [1, D]."""
        return self.lattice.ends(self.lattice.whole())

    def keeping(self, sizes: Mapping[str, int]) -> Problem:
        """The same problem with the sizes that axes carry held at those of a design.

        In the continuous problem these sizes are free between their ends, so that its optimum may
        have 28 heads with three KV heads and a half. Held, it is the continuum around the design,
        which trains at the design's speed.

        Args:
            sizes: of the design, by name.
        """
        columns = range(len(self.lattice.free), len(self.lattice.names))
        low, high = (end.copy() for end in self.ends)
        for column in columns:
            low[0, column] = high[0, column] = math.log(sizes[self.lattice.names[column]])
        held = copy(self)
        held.__dict__["ends"] = (low, high)
        if self.is_paced:
            assert self.region.layout_choice is not None
            cost = self.region.layout_choice.cost(self.region.space.complete(sizes))
            held.layouts = None  # their cost is in the bound from here on
            held.log_bounds = self.log_bounds - self.is_compute * math.log(cost or 1)
        return held

    @property
    def is_paced(self) -> bool:
        """Whether designs pay for their own speed, which the continuous problem does not see."""
        choice = self.region.layout_choice
        return choice is not None and choice.pacing is not None

    def terms(self, k: int, near: FloatArray | None = None) -> Terms:
        """The resource behind slack k as a sum of monomials in the sizes and tokens.

        Args:
            k: position of the slack.
            near: where to replace what is no sum of monomials by one [D]; None for one that lies
                below everywhere.
        """
        return self.stacked.terms(k, near, *self.ends)

    def slacks(self, logs: FloatArray) -> FloatArray:
        """Slacks of every limit at points [n, K], in logarithms; positive means room left.

        Without the FLOPs that recomputation adds: see `point_slacks`.

        Args:
            logs: logarithms of the sizes at the points [n, D].
        """
        slacks = self.signs * (self.log_bounds - self.form.values(logs))
        return self._fixed_share.less(slacks, logs)

    def slacks_and_gradients(self, logs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Slacks of every limit at points [n, K] and their gradients in x [n, K, D].

        Without the FLOPs that recomputation adds: see `point_slacks`.

        Args:
            logs: logarithms of the sizes at the points [n, D].
        """
        values, gradients = self.form.values_and_gradients(logs)
        slacks, slopes = self.signs * (self.log_bounds - values), -self.signs[:, None] * gradients
        return self._fixed_share.less(slacks, logs), self._fixed_share.tilted(slopes, logs)

    def greatest_slacks(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """The greatest slack of every limit over boxes [n, K].

        No point of a box has a greater slack. What layouts take is counted with its lower bound.

        Args:
            low: lower ends of the boxes, in logarithms [n, D].
            high: upper ends of the boxes, in logarithms [n, D].
        """
        slacks = self.greatest_bare_slacks(low, high)
        if self.layouts is None:
            return slacks
        return self.after_layouts(slacks, self.layouts.least(low, high))

    def greatest_bare_slacks(self, low: FloatArray, high: FloatArray) -> FloatArray:
        """The greatest slack of every limit over boxes [n, K], whatever the layout.

        Exact over the real sizes of a box where no size has exponents of both signs in one limit.

        Args:
            low: lower ends of the boxes, in logarithms [n, D].
            high: upper ends of the boxes, in logarithms [n, D].
        """
        return self._within(self.stacked.ends(low, high), low, high)

    def bare_slacks_over(self, boxes: Boxes) -> FloatArray:
        """`greatest_bare_slacks` over n boxes of the lattice [n, K].

        Args:
            boxes: of positions on the axes.
        """
        low, high = self.lattice.ends(boxes)
        ends = self.stacked.ends(low, high) if boxes.logs is None else self.stacked.kept_ends(boxes)
        return self._within(ends, low, high)

    def _within(self, ends: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
        """The greatest slacks over boxes [n, K], from the ends of the resources there."""
        slacks = self.signs * (self.log_bounds - ends)
        return self._fixed_share.least_over(slacks, low, high)

    @cached_property
    def affine_gates(self) -> AffineGates:
        """Gates on a single monomial."""
        gates = self.stacked.gates
        own = tuple(self.signs[gates].tolist()), tuple(self.log_bounds[gates].tolist())
        return affine_gates(tuple(gates.tolist()), self.form, *own)

    def point_slacks(self, points: Positions) -> FloatArray:
        """Slacks of every limit at lattice points [n, K], recomputation included.

        Only layouts that divide the sizes of a point count. No tokens are left where no layout
        holds the model.

        Args:
            points: positions on the axes [n, D].
        """
        slacks = self.slacks(self.lattice.logs(points))
        if self.layouts is None:
            return slacks
        return self.after_layouts(slacks, self.layouts.at(points))

    def after_layouts(self, slacks: FloatArray, factor: FloatArray) -> FloatArray:
        """Slacks less what layouts take from the compute budget, changed in place.

        Args:
            slacks: without recomputation [n, K].
            factor: ln(budget taken / FLOPs counted) [n]; inf without a layout, which leaves no
                tokens.
        """
        slacks[:, self.is_compute] -= factor[:, None]
        slacks[np.isinf(factor)] = np.where(self.is_cap, -np.inf, slacks[np.isinf(factor)])
        return slacks

    def worth(self, t: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What training tokens are worth after repetition, g(t), and its slope g'(t), elementwise.

        Args:
            t: logarithm of the training tokens.
        """
        return self.region.text.logs(t)

    def tokens(self, slacks: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """From slacks: the least t, the greatest t, and the greatest t' that counts, each [n].

        From the greatest slacks of a box, these bound every point in it. If tokens come in steps,
        the greatest t is rounded down to a step, with room for rounding errors.

        Args:
            slacks: slacks of every limit [n, K].
        """
        most = slacks[:, self.stacked.caps].min(axis=1, initial=np.inf)
        most = np.maximum(most, NOTHING)
        least = -slacks[:, self.stacked.floors].min(axis=1, initial=0.0)
        if self.region.token_step > 1:
            step = float(self.region.token_step)
            most = np.log(np.maximum(np.floor(np.exp(most) / step * (1 + SAFETY)) * step, 0.5))
        counts = slacks[:, self.stacked.saturation].min(axis=1, initial=np.inf)
        return least, most, np.minimum(self.worth(most)[0], counts)

    def gates_hold(self, slacks: FloatArray, room: float) -> NDBool:
        """Whether all gates have at least so much room [n].

        Args:
            slacks: slacks of every limit [n, K].
            room: least slack, in logarithms.
        """
        holds: NDBool = np.all(slacks[:, self.stacked.gates] >= room, axis=1)
        return holds

    @cached_property
    def whole_gates(self) -> WholeGates:
        """The gates in whole numbers."""
        gates = [limit for limit in self.limits if limit.kind is LimitKind.GATE]
        return WholeGates(gates, self.lattice.greatest)

    def candidate(self, sizes: Mapping[str, int]) -> Candidate | None:
        """The exact plan at one design; None if the region excludes it.

        Args:
            sizes: on the axes, by name.
        """
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
    """The law in the sizes that a region's designs have.

    Args:
        law: in the sizes of dense models.
        region: of dense models, or of mixtures of experts, whose FFNs have other sizes.

    Raises:
        InputError: if the region is of mixtures of experts and the law knows none.
    """
    return law if region.space.style.experts is None else law.of_experts()


def feasible(problem: Problem, slacks: FloatArray, least: FloatArray, most: FloatArray) -> NDBool:
    """Whether the gates hold and some number of tokens is allowed [n], with room for rounding.

    Args:
        problem: whose slacks they are.
        slacks: slacks of every limit [n, K].
        least: least t that the floors allow [n].
        most: greatest t that the caps allow [n].
    """
    return problem.gates_hold(slacks, -SAFETY) & (least <= most + SAFETY)
