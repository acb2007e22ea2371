"""Random small problems: ordinary, badly scaled, tied, infeasible; each reproducible by number."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

from constraints.algebra.units import Range
from constraints.clock.layout_choice import LayoutChoice
from constraints.hardware.accelerators import find_accelerator
from constraints.models.architecture import Style
from constraints.models.attention import Attention, Latent
from constraints.resources.deployment import Deployment
from constraints.resources.text_supply import TextSupply
from constraints.space.dense_space import dense_space
from constraints.space.design_space import DesignSpace
from constraints.space.feasible_region import feasible_region
from constraints.space.heads import KvRule
from constraints.space.region import Region

KINDS = ("ordinary", "badly scaled", "tied", "tight")


def random_region(
    number: int, *, deployed: bool = False, attention: bool = False
) -> tuple[Region, int, dict[str, Any]]:
    """A region, a γ and what was added. The kind cycles with the number.

    deployed: with scarce text, tokens to serve and a part to serve them on, or some of these.
    attention: with heads, kinds of attention, windows and plain FFNs to choose from, or some.
    """
    draw = random.Random(f"flopwise {number}")
    kind = KINDS[number % len(KINDS)]
    far = kind == "badly scaled"
    ranges = _sizes(draw, far, several=kind == "tied")
    limits = {
        name: span
        for name, span in (
            ("ffn_ratio", _span(draw, 0.5, 8)),
            ("hidden_per_layer", _span(draw, 10, 400)),
            ("tokens_per_parameter", _span(draw, 1, 5000)),
        )
        if draw.random() < 0.3
    }
    style = Style(
        tie_word_embeddings=draw.random() < 0.3,
        norm=draw.choice(("rms", "none")),
    )
    counting = {
        "seq_len": draw.choice((1, 2048, 8192, 131072)),
        "flop_count": draw.choice(("causal", "6nd")),
    }
    whole_heads, rules = draw.random() < 0.7 or attention, ("gqa",)
    if attention:
        ranges, style, rules = _attention(random.Random(f"attention {number}"), ranges, style)
    space = dense_space(
        "wide",
        {**ranges, **limits},
        style=style,
        whole_heads=whole_heads,
        kv_rules=rules,
        **counting,
    )
    flops = int(10 ** draw.uniform(*((12, 30) if far else (20, 25.5))))
    parameters = (
        _span(draw, 1e8, 2e11) if draw.random() < (0.8 if kind == "tight" else 0.3) else None
    )
    tokens = _span(draw, 1e9, 4e13) if draw.random() < (0.8 if kind == "tight" else 0.3) else None
    if kind == "tied":  # tokens capped far below the budget: designs differ in nothing that counts
        flops, parameters, tokens = 10**28, None, Range(None, draw.randint(1, 9) * 10**10)
    step = draw.choice((1, 1, 10**9, 10**11, 5 * 10**11))
    more = _deployment(draw, space, flops) if deployed else {}
    region = feasible_region(
        space, flops, parameters=parameters, tokens=tokens, token_step=step, **more
    )
    return region, draw.choice((1, 1, 1, 2)), more


def _attention(
    draw: random.Random, ranges: dict[str, Range], style: Style
) -> tuple[dict[str, Range], Style, tuple[KvRule, ...]]:
    """Ranges, style and rules of KV heads with some choice of attention in them."""
    ranges, rules = dict(ranges), draw.sample(("gqa", "mha", "mqa"), draw.randint(1, 3))
    if "gqa" not in rules or draw.random() < 0.6:
        del ranges["num_key_value_heads"]
    if draw.random() < 0.4:
        ranges["num_attention_heads"] = values([draw.randint(1, 8) * 8 for _ in range(3)])
    kind, style = draw.random(), replace(style, gated_ffn=draw.random() < 0.7)
    if kind < 0.3:
        del ranges["head_dim"]
        ranges.pop("num_key_value_heads", None)
        rank = draw.choice((None, 96))
        style = replace(style, attention=Latent(rank, 64, 32, 16, draw.choice((32, 64))))
    elif kind < 0.7:
        window = Attention(window=draw.choice((128, 1024, 4096)))
        layers = ranges["num_hidden_layers"].values or (1,)
        depth = int(draw.choice(layers))
        every = draw.choice([0, *(n for n in range(2, 9) if depth % n == 0)])
        style = replace(style, attention=window, global_every=every)
    return ranges, style, tuple(rules)


def _deployment(draw: random.Random, space: DesignSpace, flops: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw.random() < 0.6:
        found["text"] = TextSupply(int(10 ** draw.uniform(8, 13)))
        if draw.random() < 0.5:
            found["epochs"] = Fraction(draw.choice((1, 2, 4, 30, 100)), draw.choice((1, 3)))
    if draw.random() < 0.5:
        found["lifetime_tokens"] = int(flops / 10 ** draw.uniform(9, 13))
    if draw.random() < 0.6:
        found["deployment"] = Deployment(
            find_accelerator(draw.choice(("rtx-4090", "h100-sxm", "b200"))),
            count=draw.choice((1, 2, 8)),
            weights=draw.choice(("bf16", "fp8", "int4")),
            context=draw.choice((1000, 32768)),
            batch=draw.choice((1, 16)),
            rate=draw.choice((None, 5, 40)),
            first_token=draw.choice((None, Fraction(1, 2), 10)),
        )
    if space.whole_heads and draw.random() < 0.5:
        found["layout_choice"] = LayoutChoice(
            draw.choice((1, 2, 8, 12)),
            find_accelerator(draw.choice(("rtx-4090", "a100-sxm-40", "h100-sxm"))),
            space.seq_len if space.seq_len > 1 else 2048,
            space.style,
            draw.choice(("unsharded", "distributed-optimizer", "zero1", "zero3")),
            draw.choice((None, 0.0, 0.3)),
        )
    return found


def _sizes(draw: random.Random, far: bool, *, several: bool) -> dict[str, Range]:
    unit = draw.choice((64, 128))
    hidden = [unit * draw.randint(1, 500 if far else 96) for _ in range(draw.randint(1, 5))]
    ffn = [unit * draw.randint(1, 2000 if far else 300) for _ in range(draw.randint(1, 6))]
    layers = [draw.randint(1, 500 if far else 120) for _ in range(draw.randint(1, 6))]
    return {
        "num_hidden_layers": values(layers),
        "hidden_size": values([*hidden, unit * 8]),
        "intermediate_size": values(ffn),
        "num_key_value_heads": values(draw.sample((1, 2, 4, 8), draw.randint(1, 2))),
        "head_dim": values(draw.sample((32, 64), draw.randint(1, 2))),
        "vocab_size": values(
            [draw.choice((100, 32000, 128256, 10**6)) for _ in range(3 if several else 1)]
        ),
    }


def values(values: list[int]) -> Range:
    chosen = tuple(sorted(set(values)))
    return Range(chosen[0], chosen[-1], None, chosen)


def _span(draw: random.Random, low: float, high: float) -> Range:
    ends = sorted(draw.uniform(math.log(low), math.log(high)) for _ in range(2))
    exact = [Fraction(math.exp(end)).limit_denominator(1000) for end in ends]
    keep = draw.choice(((True, True), (True, False), (False, True)))
    return Range(exact[0] if keep[0] else None, exact[1] if keep[1] else None)
