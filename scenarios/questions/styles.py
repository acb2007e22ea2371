"""The kinds of models that a scenario leaves open, each of which makes a region of its own.

Kinds of attention that store keys and values by head differ only in how many heads do so, and share
one lattice; latent attention is another style. Shared experts and leading dense layers are no axes
of the lattice, either, so that each choice of them is searched by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from constraints.algebra.posynomial import Exact
from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.models.architecture import Style
from constraints.models.attention import Attention, Latent
from constraints.models.experts import Experts
from constraints.published.published_ranges import observed_choices
from constraints.space.heads import KvRule
from scenarios.questions.scenario import Scenario

__all__ = [
    "LATENTS",
    "NOT_OF_LATENT",
    "Styled",
    "asked_latents",
    "expert_choices",
    "kv_rules",
    "styles_of",
]

LATENTS = {
    name: Latent(rank, kv_lora_rank=512, qk_nope_head_dim=128, qk_rope_head_dim=64, v_head_dim=128)
    for name, rank in (("mla-lite", None), ("mla-v3", 1536))
}
"""Forms of latent attention: DeepSeek-V2's widths (arXiv 2405.04434 §3.1.2), kept by V3, Kimi K2
and Moonlight; without compressed queries (V2-Lite, Moonlight) and with them (V2, V3, K2)."""
NOT_OF_LATENT = ("window", "global_every", "kv_heads", "head_dim")
"""Fields of a scenario that latent attention has no use for."""


class Styled(NamedTuple):
    """A style, and how KV heads follow from heads in it."""

    style: Style
    kv_rules: tuple[KvRule, ...]


def kv_rules(scenario: Scenario) -> tuple[KvRule, ...]:
    """The kinds of attention asked for that store keys and values by head."""
    return tuple(kind for kind in ("gqa", "mha", "mqa") if kind in scenario.attention)


def asked_latents(scenario: Scenario) -> set[str]:
    """The forms of latent attention asked for; `mla` asks for all."""
    return {name for name in LATENTS if {name, "mla"} & {*scenario.attention}}


def styles_of(scenario: Scenario) -> tuple[Styled, ...]:
    """The styles of models that a scenario leaves open.

    Raises:
        InputError: if a window is asked for latent attention, which has none, or KV heads are.
    """
    usual = kv_rules(scenario)
    base = Style(tie_word_embeddings=scenario.tied, gated_ffn=not scenario.ungated)
    found = []
    if usual:
        every = scenario.global_every or 0
        attention = Attention(window=scenario.window)
        found.append(Styled(_with(base, attention, every), usual))
    latents = [LATENTS[name] for name in LATENTS if name in asked_latents(scenario)]
    for field in NOT_OF_LATENT if latents and not usual else ():
        if getattr(scenario, field) is not None:
            rule = "must not be given with {attention} mla, which has its own widths"
            raise InputError(field, rule)
    found += [Styled(_with(base, latent, 0), ("mha",)) for latent in latents]
    return tuple(found)


def _with(base: Style, attention: Attention | Latent, global_every: int) -> Style:
    return Style(
        tie_word_embeddings=base.tie_word_embeddings,
        gated_ffn=base.gated_ffn,
        attention=attention,
        global_every=global_every,
    )


MOST_CHOICES = 100
"""Most choices that a scenario may leave open, since each costs a search."""


def expert_choices(scenario: Scenario) -> tuple[Experts, ...]:
    """Every choice of shared experts and dense layers that a scenario leaves open.

    Where the scenario says nothing, the choices are those of published mixtures. Choices with as
    many dense layers as the scenario allows layers are left out.

    Raises:
        InputError: if there are too many choices, or one of the two is not a number, a list or a
            range with both ends.
    """
    most_layers = None if scenario.layers is None else scenario.layers.high
    shared = list(_whole("shared_experts", scenario.shared_experts))
    asked = list(_whole("dense_layers", scenario.dense_layers))
    dense = [n for n in asked if most_layers is None or n < most_layers] or asked[:1]
    if len(shared) * len(dense) > MOST_CHOICES:
        larger = "shared_experts" if len(shared) >= len(dense) else "dense_layers"
        rule = f"must leave at most {MOST_CHOICES} choices of shared experts and dense layers"
        raise InputError(larger, rule)
    factor: Exact = 1 if scenario.capacity_factor is None else scenario.capacity_factor
    return tuple(
        Experts(Fraction(s), dense_layers=n, capacity_factor=Fraction(factor))
        for s, n in product(shared, dense)
    )


def _whole(name: str, asked: Range | None) -> Iterator[int]:
    """The whole numbers of a range; those of published mixtures if the range is None."""
    if asked is None:
        yield from observed_choices(name)
    elif asked.values is not None:
        yield from (int(value) for value in asked.values)
    elif asked.low is None or asked.high is None:
        raise InputError(name, "must be a number, a list or a range with both ends")
    else:
        found = range(int(asked.low), int(asked.high) + 1, int(asked.step or 1))
        yield from found[: MOST_CHOICES + 1]
