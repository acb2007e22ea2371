"""Mixtures of experts in words: how to read their figures, and what finer experts would cost."""

from __future__ import annotations

from optimizer.laws.evidence.accuracy import accuracy
from optimizer.laws.library import find_record
from scenarios.answers.answer import Answer
from scenarios.questions.law_choice import DENSE_LAW, EXPERTS_LAW
from scenarios.report.words.words import ffn_words, layers_words

__all__ = [
    "expert_speed_line",
    "experts_line",
    "law_switched",
    "not_looked_at",
    "own_days_line",
]


def experts_line(answer: Answer) -> str | None:
    """How to read the figures of mixtures, and what their law does not see.

    None if the plans are dense models, or there are none.
    """
    if not answer.plans or answer.plans[0].architecture.style.experts is None:
        return None
    said = f"{_legend(answer)}."
    if answer.scenario.prefer in (None, "granularity"):
        said += (
            " The law does not see how finely a width is cut into experts, though finer ones train "
            "better (Krajewski 2024, arXiv 2402.07871): so --prefer granularity is the default."
        )
    if answer.resolved.in_force.naive:
        error = accuracy(answer.resolved.residuals)
        if error is not None:
            said += (
                f" The law is of dense models and reads experts as one FFN: on {error.models} "
                f"published mixtures it is {error.mean_absolute:.1f} points off so "
                f"(bias {error.bias:+.1f})."
            )
    return said


def _legend(answer: Answer) -> str:
    """How to read the columns of experts and layers, by the first plan that shows each."""
    plans = [*([] if answer.preferred is None else [answer.preferred]), *answer.plans]
    models = [plan.architecture for plan in plans]
    styles = [(model, model.style.experts) for model in models]
    shared = next((model for model, experts in styles if experts and experts.shared_experts), None)
    shown = ffn_words(shared or models[0]).split(" ")[0]
    met, rest = shown.split("/")
    every, _, more = rest.partition("+")
    told = f"{shown} is {met} of {every} experts{f' and {more} shared' if more else ''}"
    mixed = next((model for model, experts in styles if experts and experts.dense_layers), None)
    if mixed is None:
        return told
    dense, others = layers_words(mixed).split("+")
    return (
        f"{told}, {dense}+{others} layers are {dense} dense (as wide as the active experts "
        f"together) and {others} with experts"
    )


def not_looked_at(answer: Answer) -> str:
    """That mixtures were not searched, and by which law --moe compares them.

    Args:
        answer: an answer with dense plans.
    """
    said = "Only dense models were looked at: --moe compares them with mixtures of experts"
    used = answer.resolved.in_force
    if used.record.law.expert_share is not None:
        return f"{said}."
    law = find_record(EXPERTS_LAW).law.at(used.circumstances)
    score = answer.plans[0].score_by(law)
    return f"{said}, both by {law.name} (plan 1: {score:.1f}), as {used.record.name} knows none."


def law_switched(answer: Answer) -> str | None:
    """That the law is another than the default, as the default knows no experts; None if asked.

    Args:
        answer: of mixtures, or of dense models beside them.
    """
    if answer.scenario.law is not None or not answer.plans:
        return None
    used, best = answer.resolved.in_force, answer.plans[0]
    said = f"Scores are by {used.record.name}, as {DENSE_LAW} knows no experts"
    if answer.resolved.of_experts:
        return f"{said}."
    usual = find_record(DENSE_LAW).law.at(used.circumstances)
    return f"{said}: by that the dense plan has {best.score_by(usual):.2f}, not {best.score:.2f}."


def expert_speed_line(answer: Answer) -> str | None:
    """What finer or coarser experts would do to the speed of training; None if not known."""
    speeds = answer.width_speeds
    own = answer.preferred or (answer.plans[0] if answer.plans else None)
    if own is None or len(speeds) < 2:
        return None
    width = own.architecture.moe_intermediate_size
    now = next((speed for speed in speeds if speed.moe_intermediate_size == width), None)
    if now is None:  # no layout of the cluster holds it
        return None
    scale, used = 1.0, answer.budget.throughput
    if own.layout is not None and own.layout.pace is not None and used is not None:
        scale = own.layout.planned(used)[1] / own.layout.mfu
    others = ", ".join(
        f"{scale * speed.mfu:.2f} at {speed.moe_intermediate_size} "
        f"({speed.num_experts_per_tok}/{speed.num_experts}, {speed.mfu / now.mfu - 1:+.0%})"
        for speed in speeds
        if speed is not now
    )
    plan = "P" if answer.preferred is own and own != answer.plans[0] else "1"
    return (
        f"What the width of experts costs: by the clock plan {plan} trains at MFU "
        f"{scale * now.mfu:.2f}, "
        f"its experts {width} wide; with as many parameters and FLOP it would be {others}."
    )


def own_days_line(answer: Answer) -> str | None:
    """What the plans take at their own speed, where the budget counts all mixtures at one MFU.

    None where that is not known, or hardly differs.
    """
    named = [("1", answer.plans[0])]
    if answer.preferred is not None and answer.preferred != answer.plans[0]:
        named.append(("P", answer.preferred))
    days = [(name, plan.days or 0.0, answer.days_by_the_clock(plan)) for name, plan in named]
    told = [
        f"{own:.3g} days for plan {name}"
        for name, counted, own in days
        if own is not None and abs(own / counted - 1) > TOLD_APART
    ]
    if not told:
        return None
    return (
        f"By the clock training takes {' and '.join(told)}, not {days[0][1]:.3g}: the budget "
        "counts all mixtures at one MFU. --clock plans with each at its own speed."
    )


TOLD_APART = 0.05
"""Least difference of a time that is told, as a share [unitless]."""
