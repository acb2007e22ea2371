"""The kinds of attention that a scenario leaves open, as styles of models.

Kinds that store keys and values by head differ only in how many heads do so, and share one lattice.
Latent attention is another style, which makes a region of its own.
"""

from __future__ import annotations

from typing import NamedTuple

from constraints.errors import InputError
from constraints.models.architecture import Style
from constraints.models.attention import Attention, Latent
from constraints.space.heads import KvRule
from scenarios.questions.scenario import Scenario

__all__ = ["LATENTS", "NOT_OF_LATENT", "Styled", "asked_latents", "kv_rules", "styles_of"]

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
