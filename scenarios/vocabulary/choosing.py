"""Quantities that say what is wanted of plans: the choice among them, a trade-off, a goal."""

from __future__ import annotations

from scenarios.vocabulary.cluster import BUDGET
from scenarios.vocabulary.measured import MEASURED
from scenarios.vocabulary.name_readers import Choice
from scenarios.vocabulary.quantity import Quantity, Section
from scenarios.vocabulary.readers import MANY, NOT_NEGATIVE, SCORE, TOP
from scenarios.vocabulary.region import REGION

__all__ = ["CHOICE", "GOAL", "TRADE_OFF"]

OBJECTIVES = Choice(
    tuple(
        quantity.key
        for quantity in (*BUDGET.quantities, *REGION.quantities, *MEASURED)
        if quantity.objective
    )
)
"""The costs against which the score may be traded off, by name (`constraints.space.objectives`)."""

CHOICE = Section(
    "Choice among plans",
    (
        Quantity(
            name="robust",
            field="robust",
            reader=Choice(("mean", "cvar", "regret")),
            help="Best over a law's draws: on average, in the worst tenth, in regret.",
            unit="name",
            example="cvar",
        ),
        Quantity(
            name="top",
            field="top",
            reader=TOP,
            help="How many plans.",
            unit="plans",
            example=5,
            default=5,
            show_default=True,
        ),
        Quantity(
            name="prefer",
            field="prefer",
            reader=Choice(
                ("params", "depth", "serving", "cost", "tokens", "hardware", "granularity")
            ),
            help="What to have least of among near-equal plans; hardware: awkward sizes; "
            "granularity: width of an expert over hidden.  [default: none; of experts granularity]",
            unit="name",
            example="params",
        ),
        Quantity(
            name="within",
            field="within",
            reader=NOT_NEGATIVE,
            help="Points below the best that --prefer may cost.  [default: 0.3; hardware 0.05; "
            "granularity 0.1]",
            unit="points of the score",
            example=0.3,
            needs="prefer",
        ),
    ),
)
TRADE_OFF = Section(
    "Trade-off",
    (
        Quantity(
            name="x",
            field="x",
            reader=OBJECTIVES,
            help="The cost.  [default: the budget's unit]",
            unit="name",
            example="serving-memory",
        ),
        Quantity(
            name="y",
            field="y",
            reader=OBJECTIVES,
            help="A second cost: the front is a surface.",
            unit="name",
            example="params",
        ),
        Quantity(
            name="points",
            field="points",
            reader=MANY,
            help="How many, at most.",
            unit="points",
            example=40,
            default=40,
            show_default=True,
        ),
    ),
)
GOAL = Section(
    "Goal",
    (
        Quantity(
            name="score",
            field="score",
            reader=SCORE,
            help="The score to reach; none to ask what --params and --tokens take.",
            unit="points of the score",
            example=80,
        ),
        Quantity(
            name="minimise",
            field="minimise",
            reader=OBJECTIVES,
            help="The cost.  [default: gpu-hours]",
            unit="name",
            example="gpu-hours",
            needs="score",
            also="minimize",
        ),
    ),
)
