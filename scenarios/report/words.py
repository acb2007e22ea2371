"""Numbers and limits in words, for people."""

from __future__ import annotations

import math

from constraints.units import format_count, format_flops
from optimizer.laws.accuracy import Accuracy
from optimizer.plan import LimitState
from scenarios.scenario import Answer

__all__ = ["accuracy_line", "binding_line", "budget_lines", "limit_words", "price_lines"]

QUANTITIES = {
    "training_flops": "training FLOP",
    "parameters": "parameters",
    "tokens": "tokens",
    "tokens_per_parameter": "tokens per parameter",
    "ffn_ratio": "FFN/hidden",
    "hidden_per_layer": "hidden/layers",
    "num_hidden_layers": "layers",
    "hidden_size": "hidden size",
    "intermediate_size": "FFN size",
    "num_key_value_heads": "KV heads",
    "head_dim": "head width",
    "vocab_size": "vocabulary",
}
COUNTED = frozenset({"parameters", "tokens"})
WORTH_TELLING = 0.005
"""Prices below this many points per ten percent are not printed."""


def quantity(name: str) -> str:
    """The quantity that a limit is about."""
    return QUANTITIES.get(_base(name), _base(name))


def amount(name: str, value: float) -> str:
    """A value of that quantity."""
    if name == "training_flops":
        return format_flops(value)
    if _base(name) in COUNTED:
        return format_count(value)
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def limit_words(name: str, sense: str, bound: float) -> str:
    """A limit as an inequality: `FFN/hidden ≥ 2.69`."""
    sign = {"<=": "≤", ">=": "≥"}[sense]
    return f"{quantity(name)} {sign} {amount(name, bound)}"


def budget_lines(answer: Answer) -> list[str]:
    """What the budget is and where it comes from."""
    budget, scenario = answer.budget, answer.scenario
    flops = format_flops(float(budget.training_flops))
    counted = "6·N·D" if scenario.flop_count == "6nd" else f"{scenario.seq_len:,} context"
    total = f"{flops} training FLOP ({scenario.flop_count} count, {counted})"
    used = budget.throughput
    if used is None:
        return [f"Budget: {total}"]
    hours = budget.gpu_hours(budget.training_flops) or 0.0
    days, dollars = budget.days(budget.training_flops), budget.dollars(budget.training_flops)
    cluster = f"{used.accelerator.name}"
    if budget.gpus is not None and days is not None:
        cluster = f"{budget.gpus:,} × {cluster} × {days:.4g} days"
    cost = "" if dollars is None else f", ${dollars:,.0f}"
    rate = f"MFU {used.mfu:.3g} × goodput {used.goodput:.3g}"
    return [f"Budget: {cluster} = {hours:,.0f} GPU-hours{cost}", f"        at {rate} = {total}"]


def mfu_line(answer: Answer) -> str | None:
    """How far to trust an assumed MFU."""
    used = answer.budget.throughput
    if used is None or used.assumed is None or used.spread is None:
        return None
    low, high = used.spread
    prior = used.assumed
    runs = f"{prior.runs} runs" if prior.runs else "none on this part"
    return (
        f"MFU {used.mfu:.3g} is assumed ({prior.note}; {runs}): published runs delivered "
        f"{low:.2f}-{high:.2f} times these FLOP. Set --mfu from a run of your own."
    )


def binding_line(states: tuple[LimitState, ...], saturated: bool, saturation: float | None) -> str:
    """The limits that hold a plan back."""
    words = [limit_words(s.name, s.sense, s.limit) for s in states if s.binding]
    if saturated and saturation is not None:
        words.append(f"the law's saturation at {saturation:g} tokens per parameter")
    return "; ".join(words) or "none"


def price_lines(answer: Answer) -> list[tuple[str, str]]:
    """What ten percent of each limit that matters is worth, dearest first: (limit, points)."""
    prices = answer.result.relaxed.shadow_prices
    lines = []
    for name, price in sorted(prices.items(), key=lambda item: -abs(item[1])):
        points = abs(price) * math.log(1.1) / math.log(1.01)
        if points >= WORTH_TELLING:
            change = "10 % more" if price > 0 else "10 % lower"
            lines.append((f"{_priced(answer, name)}: {change}", f"+{points:.2f}"))
    return lines


def accuracy_line(title: str, near: Accuracy | None) -> str:
    """How far the law is off where a plan lies."""
    if near is None:
        return (
            f"{title}: never checked near the best plan (fewer than 5 published models within "
            "a factor of 3 in parameters and tokens)."
        )
    return (
        f"{title}: on {near.models} published models within a factor of 3 in parameters and "
        f"tokens it is off by {near.mean_absolute:.1f} points on average "
        f"(bias {near.bias:+.1f})."
    )


def _priced(answer: Answer, name: str) -> str:
    if name == "training_flops":
        return "training FLOP (or GPUs, days, dollars)"
    for limit in answer.region.limits:
        if limit.name == name:
            return limit_words(name, limit.shown_sense, float(limit.shown(limit.bound)))
    axis = answer.region.space.lattice.axis(_base(name))
    sense, bound = (">=", axis.low) if name.endswith("_min") else ("<=", axis.high)
    return limit_words(name, sense, bound)


def _base(name: str) -> str:
    return name.removesuffix("_min").removesuffix("_max")
