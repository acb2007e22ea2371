"""Random small problems of mixtures of experts; each reproducible by number."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

from constraints.algebra.units import Range
from constraints.clock.layout_choice import LayoutChoice
from constraints.hardware.accelerators import find_accelerator
from constraints.models.architecture import Style
from constraints.models.attention import Attention, Latent
from constraints.models.experts import Experts
from constraints.resources.deployment import Deployment
from constraints.resources.text_supply import TextSupply
from constraints.space.expert_space import expert_space
from constraints.space.feasible_region import feasible_region
from constraints.space.heads import KvRule
from constraints.space.region import Region
from tests.random_problems import values

STEPS = (1, 1, 10**9, 10**11)
SAME = 50
"""Numbers in a row that share what is limited and chosen, so that programs are compiled once."""


def random_family(number: int) -> tuple[list[Region], dict[str, Any]]:
    """Regions that differ in shared experts and dense layers, and what was added to them.

    Every second kind has scarce text, tokens to serve and a part to serve them on, or some of
    these; every fourth one is trained on a cluster.
    """
    kind, draw = number // SAME, random.Random(f"mixtures {number}")
    pick = random.Random(f"kind {kind}")
    ranges = _sizes(pick, draw) | _ratios(pick, draw)
    flops = int(10 ** draw.uniform(21, 25.5))
    limits = {
        name: _between(pick, draw, *ends)
        for name, ends in (
            ("parameters", (1e8, 1e12)),
            ("active_parameters", (1e8, 1e11)),
            ("tokens", (1e9, 4e13)),
        )
        if pick.random() < 0.2
    }
    style = Style(tie_word_embeddings=draw.random() < 0.3, norm=pick.choice(("rms", "none")))
    seq_len, count = draw.choice((1, 2048, 8192)), pick.choice(("causal", "6nd"))
    step = draw.choice(STEPS)
    more = _more(pick, draw, flops) if kind % 2 else {}
    factor = Fraction(draw.choice((1, 1, Fraction(5, 4))))
    styles = _styles(random.Random(f"attention {kind}"), style, ranges)
    choices = [
        Experts(Fraction(shared), dense_layers=dense, capacity_factor=factor)
        for shared in pick.sample((0, 1, 2), pick.randint(1, 2))
        for dense in pick.sample((0, 1, 3), pick.randint(1, 2))
    ]
    regions = []
    for (shaped, rules), experts in product(styles, choices):
        space = expert_space(
            "wide",
            ranges,
            experts=experts,
            style=shaped,
            seq_len=seq_len,
            flop_count=count,
            kv_rules=rules,
        )
        own = dict(more)
        if kind % 4 == 3:
            of_cluster = random.Random(number)
            own["layout_choice"] = _cluster(of_cluster, space.style, max(seq_len, 2048))
        regions.append(feasible_region(space, flops, token_step=step, **limits, **own))
    return regions, more


def _styles(
    pick: random.Random, style: Style, ranges: dict[str, Range]
) -> list[tuple[Style, tuple[KvRule, ...]]]:
    """One style, or two that differ in attention, each with its rules of KV heads."""
    usual: tuple[KvRule, ...] = ("gqa",)
    if pick.random() < 0.5:
        del ranges["num_key_value_heads"]
        usual = pick.choice((("gqa",), ("gqa", "mha"), ("mqa",), ("mha",)))
    kind = pick.random()
    if kind < 0.3:
        depths = ranges["num_hidden_layers"].values or (1,)
        every = pick.choice(
            [0, *(n for n in range(2, 5) if any(depth % n == 0 for depth in depths))]
        )
        return [(replace(style, attention=Attention(window=512), global_every=every), usual)]
    latent = replace(style, attention=Latent(pick.choice((None, 96)), 64, 32, 16, 64))
    if kind < 0.5:
        return [(style, usual), (latent, ("mha",))]
    return [(latent, ("mha",))] if kind < 0.6 else [(style, usual)]


def _sizes(pick: random.Random, draw: random.Random) -> dict[str, Range]:
    def several(low: int, high: int, most: int, unit: int = 1) -> Range:
        count = pick.choice((1, most, most))
        return values([unit * n for n in draw.sample(range(low, high + 1), count)])

    kv_heads = values(draw.sample((1, 2, 4, 8), pick.randint(1, 2)))
    return {
        "num_hidden_layers": several(4, 60, 2),
        "hidden_size": values([512 * n for n in draw.sample(range(1, 15), 2)]),
        "moe_intermediate_size": several(1, 20, 2, 128),
        "num_experts": several(2, 32, 3, 4),
        "num_experts_per_tok": several(1, 8, 2),
        "num_key_value_heads": kv_heads,
        "head_dim": Range.single(64),
        "vocab_size": Range.single(draw.choice((100, 32000, 128256))),
    }


def _ratios(pick: random.Random, draw: random.Random) -> dict[str, Range]:
    ends = {
        "sparsity": (1.5, 60),
        "granularity": (0.3, 8),
        "active_ffn_ratio": (0.5, 10),
        "hidden_per_layer": (10, 400),
        "tokens_per_parameter": (0.1, 2000),
    }
    return {name: _between(pick, draw, *ends[name]) for name in ends if pick.random() < 0.2}


def _between(pick: random.Random, draw: random.Random, low: float, high: float) -> Range:
    """One end, or both, drawn evenly in logarithms; which, is the kind's."""
    ends = sorted(draw.uniform(math.log(low), math.log(high)) for _ in range(2))
    least, most = (Fraction(math.exp(end)).limit_denominator(1000) for end in ends)
    keep = pick.choice(((True, True), (True, False), (False, True)))
    return Range(least if keep[0] else None, most if keep[1] else None)


def _more(pick: random.Random, draw: random.Random, flops: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if pick.random() < 0.4:
        found["text"] = TextSupply(int(10 ** draw.uniform(9, 13)))
    if pick.random() < 0.4:
        found["lifetime_tokens"] = int(flops / 10 ** draw.uniform(10, 13))
    if pick.random() < 0.7:
        rate, first = pick.choice((None, 5, 40)), pick.choice((None, Fraction(1, 2), 10))
        found["deployment"] = Deployment(
            find_accelerator(draw.choice(("h100-sxm", "b200"))),
            count=draw.choice((1, 2, 8)),
            weights=draw.choice(("bf16", "fp8", "int4")),
            context=draw.choice((1000, 32768)),
            batch=pick.choice((1, 2, 16, 300)),
            rate=rate,
            first_token=first,
        )
    return found


def _cluster(draw: random.Random, style: Style, seq_len: int) -> LayoutChoice:
    return LayoutChoice(
        draw.choice((2, 4, 8)),
        find_accelerator(draw.choice(("a100-sxm-40", "h100-sxm", "b200"))),
        seq_len,
        style,
        draw.choice(("unsharded", "distributed-optimizer", "zero1", "zero3")),
        draw.choice((None, 0.0)),
    )
