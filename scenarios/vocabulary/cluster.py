"""Quantities of the cluster that trains, and of the budget."""

from __future__ import annotations

from scenarios.vocabulary.name_readers import NAME, PATH, Choice, Text
from scenarios.vocabulary.quantity import COMPARING, Format, Quantity, Section, Variant
from scenarios.vocabulary.readers import (
    COUNT,
    DAYS,
    DOLLARS,
    NAMED_DAYS,
    SHARE,
    SPAN,
    SPAN_OF_DAYS,
    WHOLE,
)
from scenarios.vocabulary.several_readers import SPEEDS

__all__ = ["BUDGET", "CLUSTER"]

OF_SEVERAL = (
    "The accelerator, e.g. h100-sxm (`flopwise gpus`) or 400tflops; h100-sxm,b200 compares both."
)
OF_A_RANGE = "Model FLOPs utilisation, or a range as 0.28:0.42; else a default by --gpu."
EACH_ITS_PRICE = "Dollars per GPU-hour; each part's own as h100-sxm=2.5,b200=5, as with --gpus."

CLUSTER = Section(
    "Cluster",
    (
        Quantity(
            name="gpus",
            field="gpus",
            reader=WHOLE,
            help="Number of accelerators.",
            unit="accelerators",
            example=1024,
            heading="GPUs",
            needs="gpu",
            by_part=True,
        ),
        Quantity(
            name="gpu",
            field="gpu",
            reader=NAME,
            help="The accelerator, e.g. h100-sxm (`flopwise gpus`), or 400tflops.",
            unit="name",
            example="h100-sxm",
            heading="accelerator",
            variants=dict.fromkeys(COMPARING, Variant(help=OF_SEVERAL)),
        ),
        Quantity(
            name="gpu_file",
            field="gpu_file",
            reader=PATH,
            help="CSV with accelerators of your own.",
            names_file=True,
        ),
        Quantity(
            name="mfu",
            field="mfu",
            reader=SPEEDS,
            help="Model FLOPs utilisation; else a default by --gpu.",
            unit="share of peak",
            example=0.4,
            heading="MFU",
            needs="gpu",
            by_part=True,
            variants={
                "predict": Variant(SHARE),
                **dict.fromkeys(COMPARING, Variant(help=OF_A_RANGE)),
            },
        ),
        Quantity(
            name="precision",
            field="precision",
            reader=Choice(("bf16", "fp16", "fp8")),
            help="Precision of training, for the default MFU (of the bf16 peak).",
            unit="name",
            example="bf16",
            default="bf16",
            show_default=True,
        ),
        Quantity(
            name="tokens_per_second_per_gpu",
            field="tokens_per_second_per_gpu",
            reader=Text("RATE@MODEL"),
            help="A run of your own in place of --mfu: 9500@llama-3-8b or 9500@config.json; with "
            "its GPUs and layout 9500@llama-3-8b@gpus=64,tp=2.",
            unit="tokens/s an accelerator @ model",
            example="9500@llama-3-8b",
            heading="tokens/s a GPU",
            needs="gpu",
        ),
        Quantity(
            name="goodput",
            field="goodput",
            reader=SHARE,
            help="Share of time that trains.  [default: 0.9]",
            unit="share of time",
            example=0.9,
            needs="gpu",
        ),
        Quantity(
            name="mtbf",
            field="mtbf",
            reader=COUNT,
            help="Hours a part runs between failures, e.g. 5e4; gives the goodput.",
            unit="hours",
            example=50_000,
            needs="gpus",
            commands=("plan", "target", "pareto"),
        ),
        Quantity(
            name="checkpoint",
            field="checkpoint",
            reader=COUNT,
            help="Minutes that training stops for a checkpoint.",
            unit="minutes",
            example=1,
            needs="mtbf",
            commands=("plan", "target", "pareto"),
        ),
        Quantity(
            name="restart",
            field="restart",
            reader=COUNT,
            help="Minutes from a failure until training goes on.",
            unit="minutes",
            example=20,
            needs="mtbf",
            commands=("plan", "target", "pareto"),
        ),
    ),
)
BUDGET = Section(
    "Budget, in one way",
    (
        Quantity(
            name="days",
            field="days",
            reader=DAYS,
            help="Days on the cluster: 30, 30d, 720h, 4w.",
            unit="days",
            example=30,
            objective=True,
            by_part=True,
            variants={"pareto": Variant(SPAN_OF_DAYS, "Days on the cluster: 30, or 10:60.")},
        ),
        Quantity(
            name="reserve",
            field="reserve",
            reader=NAMED_DAYS,
            help="Days of these for other things: 10d, or cooldown=3d,long-context=4d.",
            unit="days, or names with days",
            example="cooldown=3d,long-context=4d",
            needs="days",
            commands=("plan",),
        ),
        Quantity(
            name="gpu_hours",
            field="gpu_hours",
            reader=COUNT,
            help="Budget in GPU-hours, e.g. 7e5.",
            unit="GPU-hours",
            example=7e5,
            heading="GPU-hours",
            format=Format.COUNT,
            objective=True,
            by_part=True,
            variants={"pareto": Variant(SPAN, "GPU-hours, e.g. 1e5:5e6.")},
        ),
        Quantity(
            name="training_flops",
            field="flops",
            reader=COUNT,
            help="Budget in training FLOP, e.g. 4e23.",
            unit="FLOP",
            example=4e23,
            heading="training FLOP",
            phrase="FLOP",
            format=Format.FLOPS,
            objective=True,
            variants={"pareto": Variant(SPAN, "Training FLOP, e.g. 1e22:1e24.")},
        ),
        Quantity(
            name="cost",
            field="cost",
            reader=DOLLARS,
            help="Budget in dollars; with --price.",
            unit="dollars",
            example=2e6,
            heading="dollars",
            format=Format.DOLLARS,
            objective=True,
            variants={"pareto": Variant(SPAN, "Dollars, e.g. 1e5:1e7; with --price.")},
        ),
        Quantity(
            name="price",
            field="price",
            reader=DOLLARS,
            help="Dollars per GPU-hour.",
            unit="dollars per GPU-hour",
            example=2.5,
            needs="gpu",
            by_part=True,
            variants=dict.fromkeys(COMPARING, Variant(help=EACH_ITS_PRICE)),
        ),
    ),
    {"pareto": "Budget or range of it, in one way"},
)
