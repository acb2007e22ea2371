"""Mixtures of experts by plain loops over every design, formulas written again.

As `tests.brute_force`, which see; nothing of the search is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from constraints.clock.layout_choice import LayoutChoice
from constraints.resources.deployment import Deployment
from constraints.space.region import Region
from tests.brute_force import (
    Design,
    attention,
    cache,
    kept_by_attention,
    latents,
    mixing,
    new_tokens,
)


class Sizes(NamedTuple):
    m: int
    h: int
    e: int
    k: int
    f: int
    kv: int
    width: int
    vocab: int
    heads: Fraction
    named: tuple[int, ...]


@dataclass(frozen=True)
class Mixture:
    """One design with what its region fixes."""

    region: Region
    at: Sizes

    @property
    def shared(self) -> int:
        experts = self.region.space.style.experts
        assert experts is not None
        return int(experts.shared_experts)

    @property
    def dense(self) -> int:
        experts = self.region.space.style.experts
        assert experts is not None
        return experts.dense_layers

    @property
    def places(self) -> Fraction:
        experts = self.region.space.style.experts
        assert experts is not None
        return self.at.k * Fraction(experts.capacity_factor)

    @property
    def layers(self) -> int:
        return self.at.m + self.dense

    @property
    def met_width(self) -> int:
        return (self.at.k + self.shared) * self.at.f

    @property
    def like(self) -> Design:
        """A dense model with the same attention."""
        x = self.at
        return Design(self.layers, x.h, self.met_width, x.heads, x.kv, x.width, x.vocab)

    def matrices(self, experts: Fraction | int) -> Fraction:
        """Of all layers, with so many routed experts of each."""
        x = self.at
        attended = attention(self.region.space, self.like)
        ffn = 3 * x.h * x.f * (experts + self.shared) + x.h * x.e
        return Fraction(self.layers * attended + self.dense * 3 * x.h * self.met_width) + x.m * ffn

    @property
    def outside(self) -> int:
        """Embeddings, and norms of layers and head."""
        x, style = self.at, self.region.space.style
        norms = x.h * (2 * self.layers + 1) if style.norm == "rms" else 0
        norms += self.layers * latents(self.region.space)
        return x.vocab * x.h * (1 if style.tie_word_embeddings else 2) + norms

    @property
    def parameters(self) -> int:
        return int(self.matrices(self.at.e)) + self.outside

    @property
    def active(self) -> int:
        return int(self.matrices(self.at.k)) + self.outside

    @property
    def flops_per_token(self) -> Fraction:
        space, x = self.region.space, self.at
        if space.flop_count == "6nd":
            return Fraction(6 * self.active)
        gemm = self.matrices(self.places) + x.vocab * x.h
        return 6 * gemm + 6 * self.layers * mixing(space, self.like, space.seq_len)


@dataclass(frozen=True)
class Found:
    design: Mixture
    tokens: int
    flops: Fraction
    index: float

    @property
    def rank(self) -> tuple[object, ...]:
        return (-self.index, self.flops, self.design.parameters)


Judge = Callable[[Mixture, float], float]
"""The index of a design and the tokens that count."""


def best_mixtures(
    regions: Sequence[Region],
    judge: Judge,
    served: Deployment | None = None,
    lifetime: int = 0,
    useful: float = math.inf,
) -> list[Found]:
    """All feasible designs of all regions with the tokens that suit them, best first.

    useful: tokens a parameter beyond which nothing is gained, where no text is repeated.
    """
    found = []
    for region in regions:
        for sizes in _designs(region):
            plan = _plan(Mixture(region, sizes), judge, served, lifetime, useful)
            if plan is not None:
                found.append(plan)
    return sorted(found, key=lambda plan: plan.rank)


def _designs(region: Region) -> Iterator[Sizes]:
    """Every choice of a position on each axis."""
    lattice, latent = region.space.lattice, region.space.style.latent
    for point in product(*(range(len(axis.values)) for axis in lattice.axes)):
        at = {axis.name: axis.values[i] for axis, i in zip(lattice.axes, point, strict=True)}
        for axis, i in zip(lattice.axes, point, strict=True):
            at.update((name, values[i]) for name, values in axis.carried)
        width = at["head_dim"] if latent is None else latent.v_head_dim
        heads = Fraction(at.get("num_attention_heads", Fraction(at["hidden_size"], width)))
        yield Sizes(
            at["num_moe_layers"],
            at["hidden_size"],
            at["num_experts"],
            at["num_experts_per_tok"],
            at["moe_intermediate_size"],
            at.get("num_key_value_heads", int(heads)),
            width,
            at["vocab_size"],
            heads,
            tuple(at[name] for name in lattice.sizes),
        )


def _plan(
    design: Mixture, judge: Judge, served: Deployment | None, lifetime: int, useful: float
) -> Found | None:
    region, x = design.region, design.at
    bounds = {limit.name: limit.shown(Fraction(limit.bound)) for limit in region.limits}
    if x.heads.denominator != 1 or x.heads % x.kv:
        raise AssertionError("the lattice holds heads that are not whole")
    if not _shapely(design, bounds):
        return None
    if served is not None and not _fits(bounds, _serving(design, served)):
        return None
    cost = _training_cost(design)
    if cost is None:
        return None
    step, unique, per_token = region.token_step, region.text.unique_tokens, design.flops_per_token
    flops = bounds.get("training_flops") or bounds["lifetime_flops"]
    most = min(
        (flops / per_token - Fraction(lifetime, 3)) / cost,
        bounds.get("tokens_max", math.inf),
        bounds.get("tokens_per_parameter_max", math.inf) * design.parameters,
    )
    least = max(
        bounds.get("tokens_min", 1), bounds.get("tokens_per_parameter_min", 0) * design.parameters
    )
    tokens, least = int(most // step * step), -(-least // step) * step
    if tokens < max(least, step):
        return None
    if math.isfinite(useful):
        tokens = int(max(least, min(tokens, -(-int(useful) * design.parameters // step) * step)))
    return Found(design, tokens, per_token * tokens, judge(design, new_tokens(tokens, unique)))


def _shapely(design: Mixture, bounds: dict[str, Fraction]) -> bool:
    x = design.at
    amounts = {
        "parameters": Fraction(design.parameters),
        "active_parameters": Fraction(design.active),
        "sparsity": Fraction(x.e, x.k),
        "granularity": Fraction(x.h, x.f),
        "active_ffn_ratio": Fraction(design.met_width, x.h),
        "hidden_per_layer": Fraction(x.h, design.layers),
    }
    return all(
        bounds.get(f"{name}_min", 0) <= amount <= bounds.get(f"{name}_max", math.inf)
        for name, amount in amounts.items()
    )


def _serving(design: Mixture, served: Deployment) -> dict[str, Fraction]:
    x = design.at
    size, share = {
        "bf16": (Fraction(2), Fraction(70, 100)),
        "fp8": (Fraction(1), Fraction(55, 100)),
        "int4": (Fraction(17, 32), Fraction(45, 100)),
    }[served.weights]
    kept = cache(design.region.space, design.like, served.context)
    cached = 2 * kept * served.batch
    part = served.accelerator
    joined = Fraction(served.count ** (2 / 3)).limit_denominator(1000)
    bandwidth = Fraction(part.mem_bandwidth_gb_s or 0) * 10**9 * share * joined
    missed = (1 - Fraction(x.k, x.e)) ** served.batch
    read = size * design.matrices(x.e * (1 - missed)) + 2 * x.vocab * x.h + cached
    prompt = 2 * served.context * design.matrices(x.k) + 2 * x.vocab * x.h
    mixed = mixing(design.region.space, design.like, served.context)
    prompt += 2 * served.context * design.layers * mixed
    return {
        "serving_memory": size * design.matrices(x.e) + 2 * design.outside + cached,
        "decode_rate": bandwidth / read,
        "first_token": prompt / (Fraction(part.peak_flops) * served.count / 2),
    }


def _fits(bounds: dict[str, Fraction], needs: dict[str, Fraction]) -> bool:
    return (
        needs["serving_memory"] <= bounds["serving_memory"]
        and needs["decode_rate"] >= bounds.get("decode_rate", 0)
        and needs["first_token"] <= bounds.get("first_token", math.inf)
    )


def _training_cost(design: Mixture) -> Fraction | None:
    """1 if some layout holds the model, 4/3 if only with recomputation, None if none does."""
    choice = design.region.layout_choice
    if choice is None:
        return Fraction(1)
    layouts = list(_layouts(choice, design))
    for full, cost in ((False, Fraction(1)), (True, Fraction(4, 3))):
        if any(_peak(choice, design, layout, full) <= choice.usable for layout in layouts):
            return cost
    return None


class Parts(NamedTuple):
    t: int
    p: int
    data: int
    e: int


def _layouts(choice: LayoutChoice, design: Mixture) -> Iterator[Parts]:
    """Those of micro-batch 1, which take the least; contexts here are too short to be split."""
    x, domain = design.at, choice.accelerator.scaleup_domain_size or 1
    batch = 2**22 // choice.seq_len
    for t, p, e in product((1, 2, 4, 8), range(1, choice.gpus + 1), (1, 2, 4, 8, 16)):
        data = choice.gpus // (t * p)
        if t > domain or t * p * data != choice.gpus or design.layers % p or x.e % e:
            continue
        if x.heads % t or (x.kv % t and t % x.kv) or design.met_width % t or data > batch:
            continue
        if choice.gpus // p % e == 0:
            yield Parts(t, p, data, e)


def _peak(choice: LayoutChoice, design: Mixture, parts: Parts, full: bool) -> float:
    x, (t, p, data, e) = design.at, parts
    kept, spread, gathered = {
        "unsharded": (18, 0, 0),
        "distributed-optimizer": (6, 12, 0),
        "zero1": (4, 12, 0),
        "zero3": (0, 16, 4),
    }[choice.recipe]
    style, tokens = design.region.space.style, choice.seq_len / t
    norms = 2 * x.h if style.norm == "rms" else 0
    space = design.region.space
    mixer = float(attention(space, design.like) + norms + latents(space))
    expert = 3 * x.h * x.f
    with_experts = mixer + expert * design.shared + x.h * x.e
    own = design.dense * (mixer + 3 * x.h * design.met_width) + x.m * with_experts
    attended = float(kept_by_attention(space, design.like))
    met = float(design.places) * (4 * x.h + 6 * x.f) + 6 * design.shared * x.f + 8 * x.e
    inside = design.layers * attended + design.dense * 6 * design.met_width + x.m * met
    state = (kept + spread / data) / t
    routed = kept / (p * e) + spread / choice.gpus

    def stage(share: float, tables: int, head: bool) -> float:
        states = state * (own / p + tables * x.vocab * x.h) + routed * x.m * x.e * expert
        states += gathered * (with_experts / t + x.e * expert / e)
        live = attended + met + 8 * x.h
        kept_ = 2 * x.h * design.layers * share + live if full else 0.0
        acts = kept_ if full else (inside + 8 * x.h * design.layers) * share
        return states + tokens * (acts + (4 * x.vocab if head else 0))

    tied = style.tie_word_embeddings
    first = stage(1.0, 1 if p > 1 or tied else 2, p == 1)
    return max(first, stage(1.0 / p, 1, True))


def s_curve(found: dict[str, float], share: float) -> Judge:
    """`calibrated-experts` with some share of the experts that are not met."""

    def judge(design: Mixture, tokens: float) -> float:
        x = design.at
        every, met = x.e + design.shared, x.k + design.shared
        width = x.f * every**share * met ** (1 - share)
        ffn = 9 / 11.5
        body = 11.5 / 3**ffn * design.layers * x.h ** (2 - ffn) * width**ffn / 1e9
        return (
            found["constant"]
            - found["size"] * body**-0.1
            - found["tokens"] * (tokens / 1e12) ** -0.1
            + found["depth"] * math.log(design.layers / 32)
            + found["gate"]
        )

    return judge


def naive_index(design: Mixture, tokens: float) -> float:
    """The Performance Law, the experts that a token meets read as one FFN."""
    a, b, c, e = 13.95018192, 0.23072027, -0.48523402, 5.39801689
    n, h, d = design.layers, design.at.h, design.met_width
    ln_u = -(((10 / d + 20 / h) * n) ** 2)
    useful = min(tokens / 1e12, design.parameters / 1e9)
    logs = (math.log(n), math.log(h), math.log(d), math.log(useful))
    return sum(w * (ln_u + x) for w, x in zip((a, b, c, e), logs, strict=True)) + 9.195410648934768
