"""A second opinion on small problems: plain loops over every design, formulas written again.

Whole numbers and fractions throughout, `math` for the score; nothing of the search is used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from constraints.region import Region
from constraints.space import DesignSpace


@dataclass(frozen=True)
class Found:
    sizes: tuple[int, ...]
    tokens: int
    parameters: int
    flops: int
    index: float

    @property
    def rank(self) -> tuple[object, ...]:
        return (-self.index, self.flops, self.parameters, self.sizes)


def parameters(space: DesignSpace, n: int, h: int, d: int, kv: int, width: int, vocab: int) -> int:
    attention = 2 * h * h + 2 * h * kv * width
    norms = 2 * h if space.style.norm == "rms" else 0
    embeddings = vocab * h * (1 if space.style.tie_word_embeddings else 2)
    return n * (attention + 3 * h * d + norms) + embeddings + norms // 2


def flops_per_token(
    space: DesignSpace, n: int, h: int, d: int, kv: int, width: int, vocab: int
) -> int:
    if space.flop_count == "6nd":
        return 6 * parameters(space, n, h, d, kv, width, vocab)
    gemm = n * (2 * h * h + 2 * h * kv * width + 3 * h * d) + vocab * h
    return 6 * gemm + 6 * space.seq_len * n * h


def index(n: int, h: int, d: int, tokens: int, size: int, gamma: float) -> float:
    a, b, c, e = 13.95018192, 0.23072027, -0.48523402, 5.39801689
    ln_u = -(((10 / d + 20 / h) * gamma * n) ** 2)
    useful = min(tokens / 1e12, size / 1e9)
    logs = (math.log(n), math.log(h), math.log(d), math.log(useful))
    weighted = sum(w * (ln_u + x) for w, x in zip((a, b, c, e), logs, strict=True))
    return weighted + 9.195410648934768


def best_plans(region: Region, gamma: float) -> list[Found]:
    """All feasible designs with the tokens that suit them, best first."""
    bounds = {limit.name: limit.shown(Fraction(limit.bound)) for limit in region.limits}
    found = []
    for sizes in product(*(axis.values for axis in region.space.lattice.axes)):
        plan = _plan(region, bounds, sizes, gamma)
        if plan is not None:
            found.append(plan)
    return sorted(found, key=lambda plan: plan.rank)


def _plan(
    region: Region, bounds: dict[str, Fraction], sizes: tuple[int, ...], gamma: float
) -> Found | None:
    n, h, d, kv, width, _ = sizes
    if region.space.whole_heads and h % (kv * width):
        return None
    size = parameters(region.space, *sizes)
    for name, value in (
        ("parameters", Fraction(size)),
        ("ffn_ratio", Fraction(d, h)),
        ("hidden_per_layer", Fraction(h, n)),
    ):
        if not bounds.get(f"{name}_min", 0) <= value <= bounds.get(f"{name}_max", math.inf):
            return None
    per_token = flops_per_token(region.space, *sizes)
    step = region.token_step
    most = min(
        bounds["training_flops"] / per_token,
        bounds.get("tokens_max", math.inf),
        bounds.get("tokens_per_parameter_max", math.inf) * size,
    )
    least = max(bounds.get("tokens_min", 1), bounds.get("tokens_per_parameter_min", 0) * size)
    most, least = most // step * step, -(-least // step) * step
    if most < max(least, step):
        return None
    useful = -(-1000 * size // step) * step
    tokens = int(max(least, min(most, useful)))
    return Found(sizes, tokens, size, per_token * tokens, index(n, h, d, tokens, size, gamma))
