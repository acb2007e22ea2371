"""A second opinion on small problems: plain loops over every design, formulas written again.

Whole numbers and fractions throughout, `math` for the score; nothing of the search is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from constraints.clock.layout_choice import LayoutChoice
from constraints.resources.deployment import Deployment
from constraints.space.design_space import DesignSpace
from constraints.space.region import Region


@dataclass(frozen=True)
class Found:
    sizes: tuple[int, ...]
    tokens: int
    parameters: int
    flops: Fraction
    index: float

    @property
    def rank(self) -> tuple[object, ...]:
        return (-self.index, self.flops, self.parameters, self.sizes)


class Design(NamedTuple):
    """Layers, hidden size, FFN size, heads, KV heads, their width, vocabulary; all sizes at last.

    Heads that need not be whole are as wide together as the hidden size.
    """

    n: int
    h: int
    d: int
    heads: Fraction
    kv: int
    width: int
    vocab: int
    named: tuple[int, ...] = ()

    @property
    def attended(self) -> Fraction:
        return self.heads * self.width


def designs(space: DesignSpace) -> Iterator[Design]:
    """Every choice of a position on each axis."""
    lattice, latent = space.lattice, space.style.latent
    for point in product(*(range(len(axis.values)) for axis in lattice.axes)):
        sizes = {axis.name: axis.values[i] for axis, i in zip(lattice.axes, point, strict=True)}
        for axis, i in zip(lattice.axes, point, strict=True):
            sizes.update((name, values[i]) for name, values in axis.carried)
        h, d = sizes["hidden_size"], sizes["intermediate_size"]
        width = sizes["head_dim"] if latent is None else latent.v_head_dim
        heads = Fraction(sizes.get("num_attention_heads", Fraction(h, width)))
        kv = sizes.get("num_key_value_heads", int(heads))
        named = tuple(sizes[name] for name in lattice.sizes)
        yield Design(sizes["num_hidden_layers"], h, d, heads, kv, width, sizes["vocab_size"], named)


def attention(space: DesignSpace, x: Design) -> Fraction:
    """Parameters of one layer's attention matrices."""
    latent = space.style.latent
    if latent is None:
        return 2 * x.h * x.attended + 2 * x.h * x.kv * x.width
    nope, rope, v = latent.qk_nope_head_dim, latent.qk_rope_head_dim, latent.v_head_dim
    found = x.h * (latent.kv_lora_rank + rope)
    found += x.heads * (latent.kv_lora_rank * (nope + v) + v * x.h)
    if latent.q_lora_rank is None:
        return found + x.h * x.heads * (nope + rope)
    return found + latent.q_lora_rank * (x.h + x.heads * (nope + rope))


def latents(space: DesignSpace) -> int:
    """Parameters of the norms of one layer's latent vectors."""
    latent = space.style.latent
    return 0 if latent is None else latent.kv_lora_rank + (latent.q_lora_rank or 0)


def kept_by_attention(space: DesignSpace, x: Design) -> Fraction:
    """Bytes a token that training keeps of one layer's attention."""
    latent = space.style.latent
    if latent is None:
        return 4 * x.attended + 4 * x.kv * x.width + 4 * x.heads
    keys = latent.qk_nope_head_dim + latent.qk_rope_head_dim
    ranks = latents(space) + latent.qk_rope_head_dim
    return 4 * x.heads * (keys + latent.v_head_dim) + 2 * ranks + 4 * x.heads


def _ffn(space: DesignSpace, x: Design) -> int:
    return (3 if space.style.gated_ffn else 2) * x.h * x.d


def _seen(space: DesignSpace, length: int) -> Fraction:
    """Tokens that a token sees, averaged over the layers, those with a window and the others."""
    window, every = space.style.window, space.style.global_every
    if window is None or window >= length:
        return Fraction(length, 2)
    narrow = window - Fraction(window**2, 2 * length)
    share = Fraction(1, every) if every else Fraction(0)
    return share * Fraction(length, 2) + (1 - share) * narrow


def mixing(space: DesignSpace, x: Design, length: int) -> Fraction:
    """Multiply-adds between tokens of one layer, for each token."""
    latent = space.style.latent
    width = 2 * x.attended
    if latent is not None:
        width = x.heads * (latent.qk_nope_head_dim + latent.qk_rope_head_dim + latent.v_head_dim)
    return _seen(space, length) * width


def cache(space: DesignSpace, x: Design, length: int) -> Fraction:
    """Numbers kept of a stream, in all layers."""
    latent = space.style.latent
    if latent is not None:
        return Fraction(x.n * length * (latent.kv_lora_rank + latent.qk_rope_head_dim))
    window, every = space.style.window or length, space.style.global_every
    share = Fraction(1, every) if every else Fraction(0)
    kept = share * length + (1 - share) * min(window, length)
    return 2 * x.n * kept * x.kv * x.width


def parameters(space: DesignSpace, x: Design) -> int:
    norms = 2 * x.h if space.style.norm == "rms" else 0
    embeddings = x.vocab * x.h * (1 if space.style.tie_word_embeddings else 2)
    layers = x.n * (attention(space, x) + _ffn(space, x) + norms + latents(space))
    return int(layers + embeddings + norms // 2)


def flops_per_token(space: DesignSpace, x: Design) -> Fraction:
    if space.flop_count == "6nd":
        return Fraction(6 * parameters(space, x))
    layer = attention(space, x) + _ffn(space, x) + mixing(space, x, space.seq_len)
    return 6 * (x.n * layer + x.vocab * x.h)


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


def serving(space: DesignSpace, served: Deployment, x: Design) -> dict[str, Fraction]:
    """Bytes, tokens a second and seconds to the first token of a deployment."""
    matrices = x.n * (attention(space, x) + _ffn(space, x))
    size, share = {
        "bf16": (Fraction(2), Fraction(70, 100)),
        "fp8": (Fraction(1), Fraction(55, 100)),
        "int4": (Fraction(17, 32), Fraction(45, 100)),
    }[served.weights]
    cached = 2 * cache(space, x, served.context) * served.batch
    others = 2 * (parameters(space, x) - matrices)
    part = served.accelerator
    joined = Fraction(served.count ** (2 / 3)).limit_denominator(1000)
    bandwidth = Fraction(part.mem_bandwidth_gb_s or 0) * 10**9 * share * joined
    prompt = 2 * served.context * matrices + 2 * x.vocab * x.h
    prompt += 2 * served.context * x.n * mixing(space, x, served.context)
    return {
        "serving_memory": size * matrices + others + cached,
        "decode_rate": bandwidth / (size * matrices + 2 * x.vocab * x.h + cached),
        "first_token": Fraction(prompt) / (Fraction(part.peak_flops) * served.count / 2),
    }


def training_cost(space: DesignSpace, choice: LayoutChoice, x: Design) -> Fraction | None:
    """1 if some layout holds the model, 4/3 if only with recomputation, None if none does."""
    layer = attention(space, x) + _ffn(space, x) + latents(space)
    layer = float(layer + (2 * x.h if space.style.norm == "rms" else 0))
    inside = (6 if space.style.gated_ffn else 4) * x.d + float(kept_by_attention(space, x))
    layouts = list(_layouts(choice, x))
    for full, cost in ((False, Fraction(1)), (True, Fraction(4, 3))):
        peaks = (_peak(space, choice, x, (layer, inside), layout, full) for layout in layouts)
        if any(peak <= choice.usable for peak in peaks):
            return cost
    return None


def _layouts(choice: LayoutChoice, x: Design) -> Iterator[tuple[int, ...]]:
    domain, batch = choice.accelerator.scaleup_domain_size or 1, 2**22 // choice.seq_len or 1
    for t, p, c in product((1, 2, 4, 8), range(1, choice.gpus + 1), (1, 2, 4, 8, 16)):
        data = choice.gpus // (t * p * c)
        if t > domain or t * p * c * data != choice.gpus or x.n % p or x.d % t:
            continue
        if x.heads % t or (x.kv % t and t % x.kv) or choice.seq_len % (2 * c):
            continue
        if c > 1 and choice.seq_len // c < 8192:
            continue
        for b in (1, 2, 4, 8):
            if data * b <= batch:
                yield t, p, c, data, b


def _peak(
    space: DesignSpace,
    choice: LayoutChoice,
    x: Design,
    of_layer: tuple[float, float],
    layout: tuple[int, ...],
    full: bool,
) -> float:
    """Bytes of the fuller of the first and the last stage.

    `of_layer` holds the parameters of a layer, and the bytes a token kept inside of it.
    """
    n, h, vocab = x.n, x.h, x.vocab
    layer, inside = of_layer
    t, p, c, data, b = layout
    kept, spread, gathered = {
        "unsharded": (18, 0, 0),
        "distributed-optimizer": (6, 12, 0),
        "zero1": (4, 12, 0),
        "zero3": (0, 16, 4),
    }[choice.recipe]
    state = kept + spread / (data * c)
    tokens = choice.seq_len * b / (c * t)
    activation = 8 * h + inside
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
    for design in designs(region.space):
        if served is not None and not _fits(region, bounds, serving(region.space, served, design)):
            continue
        plan = _plan(region, bounds, design, gamma, lifetime, judge)
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
    x: Design,
    gamma: float,
    lifetime: int,
    judge: Judge | None,
) -> Found | None:
    n, h, d = x.n, x.h, x.d
    if region.space.whole_heads and (x.heads.denominator != 1 or x.heads % x.kv):
        raise AssertionError("the lattice holds heads that are not whole")
    size = parameters(region.space, x)
    for name, value in (
        ("parameters", Fraction(size)),
        ("ffn_ratio", Fraction(d, h)),
        ("hidden_per_layer", Fraction(h, n)),
    ):
        if not bounds.get(f"{name}_min", 0) <= value <= bounds.get(f"{name}_max", math.inf):
            return None
    per_token = flops_per_token(region.space, x)
    choice = region.layout_choice
    cost = Fraction(1) if choice is None else training_cost(region.space, choice, x)
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
    return Found(x.named, tokens, size, per_token * tokens, value)


def _useful(worth: int, unique: int | None, step: int) -> float:
    """Tokens that are worth so many new ones, in whole steps."""
    if unique is None or worth <= unique:
        return -(-worth // step) * step
    star = 15.387756
    share = (worth / unique - 1) / star
    if share >= 1:
        return math.inf
    return -(-math.ceil(unique * (1 - star * math.log1p(-share))) // step) * step
