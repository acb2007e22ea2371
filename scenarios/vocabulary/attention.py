"""Quantities of attention and of the FFN's form."""

from __future__ import annotations

from scenarios.vocabulary.name_readers import Choices, Flag
from scenarios.vocabulary.quantity import Quantity, Section, Variant
from scenarios.vocabulary.readers import CONTEXT, WHOLE, WHOLE_RANGE

__all__ = ["ATTENTION"]

ATTENTION = Section(
    "Attention and FFN",
    (
        Quantity(
            name="attention",
            field="attention",
            reader=Choices(("gqa", "mha", "mqa", "mla", "mla-lite", "mla-v3")),
            help="One or several of gqa, mha, mqa and mla (latent; of its two forms, mla-lite does "
            "not compress queries, mla-v3 does): the best plan of all.  [default: gqa]",
            unit="one or several names",
            example="gqa,mla",
            default=("gqa",),
            commands=("plan", "target", "pareto"),
        ),
        Quantity(
            name="num_attention_heads",
            field="heads",
            reader=WHOLE_RANGE,
            help="Heads, e.g. 16:64 or 28.  [default: hidden / head-dim]",
            unit="heads",
            example=[24, 28, 32],
            heading="heads",
            size=True,
            variants={
                "predict": Variant(WHOLE, "num_attention_heads.  [default: hidden / head-dim]")
            },
        ),
        Quantity(
            name="head_dim",
            field="head_dim",
            reader=WHOLE_RANGE,
            help="Width of a head.  [default: 128]",
            unit="width",
            example=128,
            heading="head width",
            size=True,
            variants={"predict": Variant(WHOLE, "head_dim.  [default: hidden / heads]")},
        ),
        Quantity(
            name="num_key_value_heads",
            field="kv_heads",
            reader=WHOLE_RANGE,
            help="KV heads of gqa, one or several.  [default: the most up to 8 that divide the "
            "heads]",
            unit="heads",
            example=[4, 8],
            heading="KV heads",
            size=True,
            variants={"predict": Variant(WHOLE, "num_key_value_heads.  [default: heads]")},
        ),
        Quantity(
            name="window",
            field="window",
            reader=CONTEXT,
            help="Tokens that layers with a sliding window see, e.g. 4096.  [default: all]",
            unit="tokens",
            example=4096,
            heading="window",
        ),
        Quantity(
            name="global_every",
            field="global_every",
            reader=WHOLE,
            help="Every so many layers one sees all tokens; with --window. Layers come in "
            "multiples of it.  [default: none]",
            unit="layers",
            example=6,
            needs="window",
            variants={
                "predict": Variant(
                    help="Every so many layers one sees all tokens; with --window.  [default: none]"
                )
            },
            heading="layers from one without a window to the next",
        ),
        Quantity(
            name="ungated",
            field="ungated",
            reader=Flag("gated"),
            help="FFNs of two matrices, not of three.  [default: gated]",
            unit="yes or no",
            example=False,
            default=False,
        ),
    ),
)
