"""A second opinion on small problems: plain loops over every design, formulas written again.

Whole numbers and fractions throughout, `math` for the score; nothing of the search is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from constraints.layouts.layout_choice import LayoutChoice
from constraints.resources.deployment import Deployment
from constraints.space.design_space import DesignSpace
from constraints.space.region import Region


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


def index(n: int, h: int, d: int, tokens: float, size: int, gamma: float) -> float:
    a, b, c, e = 13.95018192, 0.23072027, -0.48523402, 5.39801689
    ln_u = -(((10 / d + 20 / h) * gamma * n) ** 2)
    useful = min(tokens / 1e12, size / 1e9)
    logs = (math.log(n), math.log(h), math.log(d), math.log(useful))
    weighted = sum(w * (ln_u + x) for w, x in zip((a, b, c, e), logs, strict=True))
    return weighted + 9.195410648934768


def new_tokens(tokens: int, unique: int | None) -> float:
    if unique is None or tokens <= unique:
        return float(tokens)
    star = 15.387756
    return unique + unique * star * (1 - math.exp(-(tokens / unique - 1) / star))


def serving(space: DesignSpace, served: Deployment, sizes: tuple[int, ...]) -> dict[str, Fraction]:
    """Bytes, tokens a second and seconds to the first token of a deployment."""
    n, h, d, kv, width, vocab = sizes
    matrices = n * (2 * h * h + 2 * h * kv * width + 3 * h * d)
    size, share = {
        "bf16": (Fraction(2), Fraction(70, 100)),
        "fp8": (Fraction(1), Fraction(55, 100)),
        "int4": (Fraction(17, 32), Fraction(45, 100)),
    }[served.weights]
    cache = 4 * n * kv * width * served.context * served.batch
    others = 2 * (parameters(space, *sizes) - matrices)
    part = served.accelerator
    joined = Fraction(served.count ** (2 / 3)).limit_denominator(1000)
    bandwidth = Fraction(part.mem_bandwidth_gb_s or 0) * 10**9 * share * joined
    prompt = 2 * served.context * matrices + 2 * n * h * served.context**2 + 2 * vocab * h
    return {
        "serving_memory": size * matrices + others + cache,
        "decode_rate": bandwidth / (size * matrices + 2 * vocab * h + cache),
        "first_token": Fraction(prompt) / (Fraction(part.peak_flops) * served.count / 2),
    }


def training_cost(
    space: DesignSpace, choice: LayoutChoice, sizes: tuple[int, ...]
) -> Fraction | None:
    """1 if some layout holds the model, 4/3 if only with recomputation, None if none does."""
    fits = [
        full
        for t, p, c, data, b in _layouts(choice, sizes)
        for full in (False, True)
        if _peak(space, choice, sizes, (t, p, c, data, b), full) <= choice.usable
    ]
    return None if not fits else Fraction(1) if False in fits else Fraction(4, 3)


def _layouts(choice: LayoutChoice, sizes: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    n, h, d, kv, width, _ = sizes
    domain, batch = choice.accelerator.scaleup_domain_size or 1, 2**22 // choice.seq_len or 1
    for t, p, c in product((1, 2, 4, 8), range(1, choice.gpus + 1), (1, 2, 4, 8, 16)):
        data = choice.gpus // (t * p * c)
        if t > domain or t * p * c * data != choice.gpus or n % p or d % t:
            continue
        if (h // width) % t or (kv % t and t % kv) or choice.seq_len % (2 * c):
            continue
        if c > 1 and choice.seq_len // c < 8192:
            continue
        for b in (1, 2, 4, 8):
            if data * b <= batch:
                yield t, p, c, data, b


def _peak(
    space: DesignSpace,
    choice: LayoutChoice,
    sizes: tuple[int, ...],
    layout: tuple[int, ...],
    full: bool,
) -> float:
    n, h, d, kv, width, vocab = sizes
    t, p, c, data, b = layout
    kept, spread, gathered = {
        "unsharded": (18, 0, 0),
        "distributed-optimizer": (6, 12, 0),
        "zero1": (4, 12, 0),
        "zero3": (0, 16, 4),
    }[choice.recipe]
    layer = 2 * h * h + 2 * h * kv * width + 3 * h * d + (2 * h if space.style.norm == "rms" else 0)
    state = kept + spread / (data * c)
    tokens = choice.seq_len * b / (c * t)
    activation = 8 * h + 4 * h + 4 * kv * width + 6 * d + 4 * (h // width)
    tied, logits = space.style.tie_word_embeddings, 4 * tokens * vocab

    def stage(layers: float, tables: int, head: bool) -> float:
        kept_ = tokens * (2 * h * n * layers + activation if full else activation * n * layers)
        states = state * (n * layer / p + tables * vocab * h) / t + gathered * layer / t
        return states + kept_ + (logits if head else 0)

    first = stage(1, 1 if p > 1 or tied else 2, p == 1)
    return max(first, stage(1 / p, 1, True))


Judge = Callable[[int, int, int, float, int], float]
"""The index of layers, hidden size, FFN size, tokens that count, parameters; more is better."""


def best_plans(
    region: Region,
    gamma: float,
    served: Deployment | None = None,
    lifetime: int = 0,
    judge: Judge | None = None,
) -> list[Found]:
    """All feasible designs with the tokens that suit them, best first.

    judge: a law that never saturates; the Performance Law if None.
    """
    bounds = {limit.name: limit.shown(Fraction(limit.bound)) for limit in region.limits}
    found = []
    for sizes in product(*(axis.values for axis in region.space.lattice.axes)):
        if served is not None and not _fits(region, bounds, serving(region.space, served, sizes)):
            continue
        plan = _plan(region, bounds, sizes, gamma, lifetime, judge)
        if plan is not None:
            found.append(plan)
    return sorted(found, key=lambda plan: plan.rank)


def _fits(region: Region, bounds: dict[str, Fraction], needs: dict[str, Fraction]) -> bool:
    return (
        needs["serving_memory"] <= bounds["serving_memory"]
        and needs["decode_rate"] >= bounds.get("decode_rate", 0)
        and needs["first_token"] <= bounds.get("first_token", math.inf)
    )


def _plan(
    region: Region,
    bounds: dict[str, Fraction],
    sizes: tuple[int, ...],
    gamma: float,
    lifetime: int,
    judge: Judge | None,
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
    choice = region.layout_choice
    cost = Fraction(1) if choice is None else training_cost(region.space, choice, sizes)
    if cost is None:
        return None
    step, unique = region.token_step, region.text.unique_tokens
    flops = bounds.get("training_flops") or bounds["lifetime_flops"]
    most = min(
        (flops / per_token - Fraction(lifetime, 3)) / cost,
        bounds.get("tokens_max", math.inf),
        bounds.get("epochs_max", math.inf) * (unique or 1),
        bounds.get("tokens_per_parameter_max", math.inf) * size,
    )
    least = max(bounds.get("tokens_min", 1), bounds.get("tokens_per_parameter_min", 0) * size)
    most, least = most // step * step, -(-least // step) * step
    if most < max(least, step):
        return None
    enough = math.inf if judge else _useful(1000 * size, unique, step)
    tokens = int(max(least, min(most, enough)))
    worth = new_tokens(tokens, unique)
    value = judge(n, h, d, worth, size) if judge else index(n, h, d, worth, size, gamma)
    return Found(sizes, tokens, size, per_token * tokens, value)


def _useful(worth: int, unique: int | None, step: int) -> float:
    """Tokens that are worth so many new ones, in whole steps."""
    if unique is None or worth <= unique:
        return -(-worth // step) * step
    star = 15.387756
    share = (worth / unique - 1) / star
    if share >= 1:
        return math.inf
    return -(-math.ceil(unique * (1 - star * math.log1p(-share))) // step) * step
