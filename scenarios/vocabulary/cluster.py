"""Quantities of the cluster that trains, and of the budget."""

from __future__ import annotations

from scenarios.vocabulary.name_readers import NAME, PATH, Choice, Text
from scenarios.vocabulary.quantity import Format, Quantity, Section, Variant
from scenarios.vocabulary.readers import COUNT, DAYS, SHARE, SPAN, SPAN_OF_DAYS, WHOLE

__all__ = ["BUDGET", "CLUSTER"]

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
        ),
        Quantity(
            name="gpu",
            field="gpu",
            reader=NAME,
            help="The accelerator, e.g. h100-sxm: `flopwise gpus`.",
            unit="name",
            example="h100-sxm",
            heading="accelerator",
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
            reader=SHARE,
            help="Model FLOPs utilisation; else a default by --gpu.",
            unit="share of peak",
            example=0.4,
            heading="MFU",
            needs="gpu",
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
            help="A run of your own in place of --mfu: 9500@llama-3-8b or 9500@config.json.",
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
            variants={"pareto": Variant(SPAN_OF_DAYS, "Days on the cluster: 30, or 10:60.")},
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
            reader=COUNT,
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
            reader=COUNT,
            help="Dollars per GPU-hour.",
            unit="dollars per GPU-hour",
            example=2.5,
            needs="gpu",
        ),
    ),
    {"pareto": "Budget or range of it, in one way"},
)
