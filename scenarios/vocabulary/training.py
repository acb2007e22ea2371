"""Quantities of training layouts, of the supply of text and of lifetime serving."""

from __future__ import annotations

from scenarios.vocabulary.name_readers import Choice, Flag, Path
from scenarios.vocabulary.quantity import Quantity, Section, Variant
from scenarios.vocabulary.readers import AUTO, COUNT, LAYOUT, MARGIN, WHOLE, AutoOr
from scenarios.vocabulary.several_readers import OneOrSpan

__all__ = ["LAYOUT_OF_TRAINING", "TEXT"]

LAYOUT_OF_TRAINING = Section(
    "Memory of the cluster",
    (
        Quantity(
            name="layout",
            field="layout",
            reader=LAYOUT,
            help="Only models that fit in training: auto, or tp=8,pp=4; also cp, ep, mb, vp, "
            "fsdp, uneven and recompute=full.",
            unit="name, or parts of a layout",
            example="auto",
            variants={
                "predict": Variant(
                    help="Time of a step in it: tp=4,pp=2,mb=1; also cp, ep, vp, fsdp and "
                    "recompute=full.  auto: the fastest that fit."
                )
            },
        ),
        Quantity(
            name="clock",
            field="clock",
            reader=Flag("no-clock"),
            help="Time each design in its fastest layout, in place of one MFU.  [default: on with "
            "--gpus and days, hours or dollars, without --mfu or --moe-mfu]",
            unit="yes or no",
            example=True,
            commands=("plan", "target", "pareto"),
        ),
        Quantity(
            name="batch",
            field="batch",
            reader=AutoOr(OneOrSpan(WHOLE)),
            help="Tokens of a step: 4M, or 1M:16M; auto by a law of the budget's compute.",
            unit="tokens",
            example="4M",
            default=AUTO,
            show_default=True,
            variants={
                "predict": Variant(
                    WHOLE,
                    "Tokens of a step, e.g. 4M.  [default: by a law of the run's compute]",
                    unset=True,
                )
            },
        ),
        Quantity(
            name="runs",
            field="runs",
            reader=Path(),
            help="CSV of steps of your own to set the clock by: `flopwise speed measure`.",
            unit="path",
            example="my_runs.csv",
            names_file=True,
            needs="layout",
            commands=("predict",),
        ),
        Quantity(
            name="sharding",
            field="sharding",
            reader=Choice(("unsharded", "distributed-optimizer", "zero1", "zero2", "zero3")),
            help="How replicas share model states; zero3 as in FSDP.",
            unit="name",
            example="distributed-optimizer",
            default="distributed-optimizer",
            show_default=True,
            variants={
                "predict": Variant(
                    help="How replicas share model states; zero3 as in FSDP.  [default: "
                    "distributed-optimizer; auto tries zero3 too]",
                    unset=True,
                )
            },
        ),
        Quantity(
            name="kernels",
            field="kernels",
            reader=Choice(("fused", "fused-norms", "eager")),
            help="What is fused: norms and loss, norms alone (PyTorch's loss keeps all logits), or "
            "neither; FlashAttention in all.",
            unit="name",
            example="fused",
            default="fused",
            show_default=True,
        ),
        Quantity(
            name="sequence_parallel",
            field="sequence_parallel",
            reader=Flag("no-sequence-parallel"),
            help="Split norms over tensor parallelism too.  [default: on]",
            unit="yes or no",
            example=True,
            default=True,
        ),
        Quantity(
            name="memory_margin",
            field="memory_margin",
            reader=MARGIN,
            help="Memory to leave free.  [default: max(6 GB, 12 %)]",
            unit="share of memory",
            example=0.12,
            heading="memory margin",
            needs="layout",
        ),
    ),
)
TEXT = Section(
    "Text and lifetime",
    (
        Quantity(
            name="unique_tokens",
            field="unique_tokens",
            reader=WHOLE,
            help="Unique tokens there are, e.g. 5T.",
            unit="tokens",
            example="5T",
            heading="unique tokens",
        ),
        Quantity(
            name="epochs",
            field="epochs",
            reader=COUNT,
            help="Times they may be used at most, e.g. 4.",
            unit="times",
            example=4,
            needs="unique_tokens",
        ),
        Quantity(
            name="lifetime_tokens",
            field="lifetime_tokens",
            reader=COUNT,
            help="Tokens to serve from the same budget.",
            unit="tokens",
            example="5T",
            default=0,
            heading="lifetime tokens",
        ),
        Quantity(
            name="lifetime_price",
            field="lifetime_price",
            reader=COUNT,
            help="Dollars per GPU-hour of serving, if not --price.",
            unit="dollars per GPU-hour",
            example=2.5,
            heading="price of serving",
            needs="lifetime_tokens",
        ),
    ),
)
