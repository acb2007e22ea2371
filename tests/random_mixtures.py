"""Random small problems of mixtures of experts; each reproducible by number."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

from constraints.accelerators import find_accelerator
from constraints.architecture import Style
from constraints.deployment import Deployment
from constraints.expert_space import expert_space
from constraints.experts import Experts
from constraints.layout_choice import LayoutChoice
from constraints.region import Region, feasible_region
from constraints.repetition import TextSupply
from constraints.units import Range
from tests.random_problems import span, values

STEPS = (1, 1, 10**9, 10**11)


def random_family(number: int) -> tuple[list[Region], dict[str, Any]]:
    """Regions that differ in shared experts and dense layers, and what was added to them.

    Every second one has scarce text, tokens to serve and a part to serve them on, or some of
    these; every fourth one is trained on a cluster.
    """
    draw = random.Random(f"mixtures {number}")
    ranges = _sizes(draw) | _ratios(draw)
    flops = int(10 ** draw.uniform(21, 25.5))
    limits = {
        name: span(draw, *ends)
        for name, ends in (
            ("parameters", (1e8, 1e12)),
            ("active_parameters", (1e8, 1e11)),
            ("tokens", (1e9, 4e13)),
        )
        if draw.random() < 0.2
    }
    style = Style(tie_word_embeddings=draw.random() < 0.3, norm=draw.choice(("rms", "none")))
    seq_len, count = draw.choice((1, 2048, 8192)), draw.choice(("causal", "6nd"))
    step = draw.choice(STEPS)
    more = _more(draw, flops) if number % 2 else {}
    factor = Fraction(draw.choice((1, 1, Fraction(5, 4))))
    regions = []
    for shared in draw.sample((0, 1, 2), draw.randint(1, 2)):
        for dense in draw.sample((0, 1, 3), draw.randint(1, 2)):
            experts = Experts(Fraction(shared), dense_layers=dense, capacity_factor=factor)
            space = expert_space(
                "wide", ranges, experts=experts, style=style, seq_len=seq_len, flop_count=count
            )
            own = dict(more)
            if number % 4 == 3:
                own["layout_choice"] = _cluster(
                    random.Random(number), space.style, max(seq_len, 2048)
                )
            regions.append(feasible_region(space, flops, token_step=step, **limits, **own))
    return regions, more


def _sizes(draw: random.Random) -> dict[str, Range]:
    def several(least: int, most: int, count: int, unit: int = 1) -> Range:
        return values([unit * draw.randint(least, most) for _ in range(draw.randint(1, count))])

    hidden = [512 * draw.randint(1, 14) for _ in range(draw.randint(1, 3))]
    return {
        "num_hidden_layers": several(4, 90, 4),
        "hidden_size": values([*hidden, 512]),
        "moe_intermediate_size": several(1, 60, 4, 128),
        "num_experts": several(1, 64, 4, 4),
        "num_experts_per_tok": several(1, 8, 3),
        "num_key_value_heads": values(draw.sample((1, 2, 4, 8), draw.randint(1, 2))),
        "head_dim": Range.single(64),
        "vocab_size": Range.single(draw.choice((100, 32000, 128256))),
    }


def _ratios(draw: random.Random) -> dict[str, Range]:
    ends = {
        "sparsity": (1.5, 60),
        "granularity": (0.3, 8),
        "active_ffn_ratio": (0.5, 10),
        "hidden_per_layer": (10, 400),
        "tokens_per_parameter": (0.1, 2000),
    }
    return {name: span(draw, *ends[name]) for name in ends if draw.random() < 0.15}


def _more(draw: random.Random, flops: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw.random() < 0.4:
        found["text"] = TextSupply(int(10 ** draw.uniform(9, 13)))
    if draw.random() < 0.4:
        found["lifetime_tokens"] = int(flops / 10 ** draw.uniform(10, 13))
    if draw.random() < 0.7:
        found["deployment"] = Deployment(
            find_accelerator(draw.choice(("h100-sxm", "b200"))),
            count=draw.choice((1, 2, 8)),
            weights=draw.choice(("bf16", "fp8", "int4")),
            context=draw.choice((1000, 32768)),
            batch=draw.choice((1, 2, 16, 300)),
            rate=draw.choice((None, 5, 40)),
            first_token=draw.choice((None, Fraction(1, 2), 10)),
        )
    return found


def _cluster(draw: random.Random, style: Style, seq_len: int) -> LayoutChoice:
    return LayoutChoice(
        draw.choice((2, 8, 16)),
        find_accelerator(draw.choice(("a100-sxm-40", "h100-sxm", "b200"))),
        seq_len,
        style,
        draw.choice(("unsharded", "distributed-optimizer", "zero1", "zero3")),
        draw.choice((None, 0.0)),
    )


def freed_of_layout(region: Region) -> Region:
    """The region without its cluster's memory."""
    return replace(region, layout_choice=None)
