"""Plans in words: their binding limits, the worth of limits, near-equal plans and the proof."""

from __future__ import annotations

import math
from collections.abc import Sequence

from constraints.algebra.units import Range, format_count
from constraints.published.published_ranges import beyond_published
from constraints.space.region import COMPUTE
from optimizer.laws.law import MMLU
from optimizer.plans.plan import Plan
from optimizer.problem.candidate import Candidate
from optimizer.questions.near_optimal import MOST_COUNTED
from optimizer.questions.sensitivity import Swing
from scenarios.answers.answer import TRIFLE, Answer
from scenarios.questions.scenario import Scenario
from scenarios.questions.styles import asked_latents
from scenarios.report.words.score_words import gain_text, points_name, points_text, score_text
from scenarios.report.words.words import (
    amount,
    attention_kind,
    attention_words,
    base_name,
    ffn_form,
    limit_words,
    plural,
    quantity,
    shape_words,
)

__all__ = [
    "attention_line",
    "band_lines",
    "binding_lines",
    "foretold",
    "is_first",
    "lifted_line",
    "one_more_line",
    "preferred_line",
    "price_lines",
    "proof_words",
    "serving_line",
    "shared_line",
    "swing_name",
    "swing_rows",
    "text_line",
]

MOST_RANKS = 8
"""Most plans that are listed by number behind a limit [plan]."""
WANTED = {
    "params": "fewest parameters",
    "depth": "fewest layers",
    "serving": "least serving memory",
    "cost": "fewest FLOP to pay",
    "tokens": "fewest tokens",
    "hardware": "roundest sizes",
    "granularity": "finest experts",
}
"""What the preferred plan has, by preference."""
WORTH_TELLING = 0.005
"""Smallest worth of a limit that is printed [score], for ten per cent of it."""


def shared_line(answer: Answer) -> str:
    """What all plans have in common, which the table therefore leaves out."""
    first = answer.plans[0].architecture
    facts = []
    if len({attention_words(plan.architecture) for plan in answer.plans}) == 1:
        facts.append(attention_words(first))
    facts.append(ffn_form(first))
    if len({plan.architecture.vocab_size for plan in answer.plans}) == 1:
        facts.append(f"vocabulary {first.vocab_size:,}")
    facts.append("embeddings tied" if first.style.tie_word_embeddings else "embeddings untied")
    if answer.scenario.gamma != 1:
        facts.append(f"γ {float(answer.scenario.gamma):g}")
    said, window, context = (
        f"All with {', '.join(facts)}.",
        first.style.window,
        answer.region.space.seq_len,
    )
    if window is not None and window >= context:
        said += f" No token of a context of {context:,} lies outside such a window."
    return said


def attention_line(scenario: Scenario, plans: Sequence[Plan]) -> str | None:
    """What decides between kinds of attention; None if only one way was asked for.

    Args:
        scenario: the scenario.
        plans: its plans.
    """
    kinds = {attention_kind(plan.architecture) for plan in plans}
    several = [name for name in ("heads", "kv_heads") if _leaves_a_choice(getattr(scenario, name))]
    if len(scenario.attention) == 1 and not several:
        return None
    said = (
        "No law sees attention: kinds and heads differ only in parameters, FLOP and memory, and "
        "what these leave under the limits decides."
    )
    if len(scenario.attention) == 1:
        return said
    asked = ", ".join(kind.upper() for kind in scenario.attention)
    found = f"{said} Asked: {asked}; in the plans shown: {', '.join(sorted(kinds))}."
    return f"{found} MLA q compresses queries as well." if "MLA q" in kinds else found


def _leaves_a_choice(span: Range | None) -> bool:
    return span is not None and (span.values is None or len(span.values) > 1)


def is_first(answer: Answer, plan: Plan) -> bool:
    """Whether a plan is the best plan of an answer."""
    first = answer.plans[0]
    return (plan.architecture, plan.tokens) == (first.architecture, first.tokens)


def preferred_line(answer: Answer) -> str | None:
    """Which plan is preferred and how much score it gives up; None without a preference."""
    if answer.resolved.preference is None:
        return None
    if answer.preferred is None:
        return "No preferred plan: the search for it gave up; narrow the ranges."
    if is_first(answer, answer.preferred):
        if answer.scenario.prefer is None:
            return f"No plan as good has experts finer than plan 1's by {TRIFLE - 1:.0%} or more."
        return f"Plan 1 already has the {WANTED[answer.resolved.preference]} of all as good."
    given_up = answer.plans[0].score - answer.preferred.score
    wanted = WANTED[answer.resolved.preference]
    return f"Plan P has the {wanted} and gives up {points_text(answer.law, given_up)} of plan 1's."


def band_lines(answer: Answer) -> list[str]:
    """How many designs are near-equal, and the most modest of them; empty if not settled."""
    band = answer.band
    if band is None:
        return []
    counted = (
        f"over {MOST_COUNTED:,} designs" if band.designs is None else plural(band.designs, "design")
    )
    lines = [
        f"Within {points_text(answer.law, band.within, 1)} of plan 1: {counted}; among them "
        "(layers × hidden × FFN)"
    ]
    named: dict[tuple[int, ...], tuple[Candidate, list[str]]] = {}
    modest = {"smallest": band.smallest, "cheapest to serve": band.lightest}
    if {"num_hidden_layers", "num_moe_layers"} & answer.region.space.lattice.varied:
        modest = {"smallest": band.smallest, "shallowest": band.shallowest, **modest}
    for name, plan in modest.items():
        named.setdefault(tuple(plan.sizes.values()), (plan, []))[1].append(name)
    for plan, names in named.values():
        score = float(answer.law.response(plan.index))
        shape = shape_words(answer.region.architecture(plan.sizes))
        size = format_count(plan.parameters)
        lines.append(f"  {shape}, {size} ({score_text(answer.law, score)}): {', '.join(names)}")
    return lines


def one_more_line(answer: Answer) -> str | None:
    """What one unit more of each resource gains; None if nothing is known."""
    told = [f"{name} {gain_text(answer.law, gain, 4)}" for name, gain in answer.one_more.items()]
    of = points_name(answer.law)
    steps = "" if answer.region.layout_choice is None else " (layouts change in steps)"
    return f"One more, re-solved{steps}, in {of}: {', '.join(told)}." if told else None


def serving_line(answer: Answer) -> str | None:
    """A reminder that scores hold for 16-bit weights; None if the model is served with those."""
    served = answer.resolved.deployment
    if served is None or served.weights == "bf16":
        return None
    return f"Scores are of the unquantised model; {served.weights} weights may cost some of it."


def text_line(answer: Answer) -> str | None:
    """The training, unique and effective tokens of the best plan; None if text is unlimited."""
    unique = answer.region.text.unique_tokens
    if unique is None or not answer.plans:
        return None
    best = answer.plans[0]
    raw, worth = format_count(best.tokens), format_count(best.effective_tokens)
    return (
        f"Text: {raw} tokens are {best.tokens / unique:.2f} epochs of {format_count(unique)} "
        f"unique ones and worth {worth} new ones (Muennighoff 2023, arXiv 2305.16264)."
    )


def binding_lines(answer: Answer) -> list[str]:
    """The limits that hold plans back, each with the numbers of those plans."""
    held: dict[str, list[int]] = {}
    saturation = answer.law.saturation
    for rank, plan in enumerate(answer.plans, 1):
        own = answer.region.space.conventional
        words = [
            _time_words(answer)
            if answer.resolved.paced and s.name in COMPUTE
            else limit_words(s.name, s.sense, s.limit) + ("*" if s.name in own else "")
            for s in plan.limits
            if s.binding
        ]
        if plan.saturated and saturation is not None:
            words.append(f"the law's saturation at {float(saturation):g} tokens per parameter")
        for word in words:
            held.setdefault(word, []).append(rank)
    everywhere = list(range(1, len(answer.plans) + 1))
    return [f"{word} ({_ranks(ranks, everywhere)})" for word, ranks in held.items()]


def _time_words(answer: Answer) -> str:
    """The budget as the limit that it is where designs pay for their own speed."""
    budget = answer.budget
    return f"GPU-hours ≤ {budget.gpu_hours(budget.training_flops) or 0.0:,.0f}"


def price_lines(answer: Answer) -> list[tuple[str, str]]:
    """What ten per cent of each limit that matters is worth, the most valuable first.

    Returns:
        Pairs of the changed limit and its worth, in words.
    """
    prices = answer.result.relaxed.shadow_prices
    lines = []
    for name, price in sorted(prices.items(), key=lambda item: -abs(item[1])):
        points = abs(price) * math.log(1.1) / math.log(1.01)
        if points >= WORTH_TELLING and not _is_no_choice(answer, name):
            change = "10 % more" if price > 0 else "10 % lower"
            lines.append((f"{_priced(answer, name)}: {change}", gain_text(answer.law, points)))
    return lines


def _is_no_choice(answer: Answer, name: str) -> bool:
    """Whether a limit follows from the sizes and can't be moved.

    One such limit is that a token meets no more experts than there are.
    """
    return any(limit.name == name and limit.is_no_choice for limit in answer.region.limits)


def proof_words(answer: Answer) -> str:
    """What is proved, and how the proof accounts for every design."""
    result = answer.result
    if result.certificate is None:
        return f"Not proved: {result.status.message}.{_left_open(answer)}"
    proof = result.certificate
    return (
        f"Proved optimal, gap 0: of {proof.lattice_points:,} designs {proof.outside_limits:,} "
        f"break a limit, {proof.below_bound:,} are ruled out by bounds, {proof.evaluated:,} were "
        f"compared one by one ({proof.boxes:,} boxes)."
        f"{_of_fractions(answer)}"
    )


def _left_open(answer: Answer) -> str:
    """How much better a plan could be than the best found; nothing if that is not known."""
    bound = answer.gap_bound
    if bound is None or not answer.plans:
        return ""
    better = "scores above" if answer.law.unit == MMLU else "has a loss below"
    left = points_text(answer.law, bound - answer.plans[0].score)
    return (
        f" No plan {better} {score_text(answer.law, bound)}: plan 1 is within {left} of the best."
    )


def _of_fractions(answer: Answer) -> str:
    """What fractional sizes may score; nothing where designs pay for their speed, unlike these."""
    if answer.resolved.paced:
        return ""
    best = float(answer.law.response(answer.result.relaxed.bound))
    better = "score above" if answer.law.unit == MMLU else "have a loss below"
    bound = score_text(answer.law, best)
    return f" Not even fractional sizes{_of_choice(answer)} {better} {bound}."


def _of_choice(answer: Answer) -> str:
    """To which choice of experts the bound on fractional sizes applies; empty if there is one."""
    if len(answer.resolved.regions) == 1:
        return ""
    latent = bool(asked_latents(answer.scenario))
    if answer.resolved.of_experts:
        return " with plan 1's shared experts" + (
            ", dense layers and attention" if latent else " and dense layers"
        )
    return " with plan 1's attention"


ABOUT = {
    "ffn_ratio": ("--ffn-ratio", "--ffn"),
    "hidden_per_layer": ("--hidden-per-layer",),
    "sparsity": ("--sparsity", "--experts", "--experts-per-token"),
    "granularity": ("--granularity", "--hidden", "--expert-ffn"),
    "active_ffn_ratio": ("--active-ffn-ratio", "--hidden", "--experts-per-token", "--expert-ffn"),
}
"""The options that lift a limit of the conventional space on a ratio."""


def lifted_line(answer: Answer) -> str | None:
    """Which limits of the conventional space the question lifts, if plan 1 makes use of that."""
    if answer.scenario.space != "conventional":
        return None
    told = []
    for beyond in beyond_published(answer.plans[0].architecture):
        options = [option for option in ABOUT[beyond.ratio] if option in answer.scenario.given]
        if options:
            limit = limit_words(beyond.ratio, beyond.sense, beyond.bound)
            has = amount(beyond.ratio, beyond.value)
            told.append(f"{limit} is lifted by {' and '.join(options)} (plan 1 has {has})")
    if not told:
        return None
    return (
        f"Of --space conventional {'; '.join(told)}: the proof is of other designs than without "
        "that, and a score beyond published shapes is less sure."
    )


def foretold(swing: Swing, price: float | None) -> float | None:
    """The gain that a shadow price foretells if a limit is loosened by a swing's share [score].

    Args:
        swing: the limit with its measured changes.
        price: score for one per cent more of the limit [score]; None if not known.
    """
    return abs(price) * math.log(1 + swing.share) / math.log(1.01) if price else None


def swing_rows(answer: Answer) -> list[tuple[str, str, str, str]]:
    """The sensitivity analysis as rows of text: limit, looser, tighter, foretold by its price."""
    prices = answer.result.relaxed.shadow_prices
    rows = []
    for swing in answer.swings:
        looser = "" if swing.looser is None else f"{swing.looser:+.2f}"
        tighter = "no plan" if swing.tighter is None else f"{swing.tighter:+.2f}"
        price = foretold(swing, prices.get(swing.limit))
        told = "" if price is None else f"{price:+.2f}"
        rows.append((swing_name(answer, swing), looser, tighter, told))
    return rows


def swing_name(answer: Answer, swing: Swing) -> str:
    """The limit that a swing moves, as an inequality."""
    if answer.resolved.paced and swing.limit in COMPUTE:
        return _time_words(answer)
    return limit_words(swing.limit, swing.sense, swing.bound)


def _priced(answer: Answer, name: str) -> str:
    if name in COMPUTE:
        spent = "GPU time" if answer.resolved.paced else quantity(name)
        return f"{spent} (or GPUs, days, dollars)"
    for limit in answer.region.limits:
        if limit.name == name:
            return limit_words(name, limit.shown_sense, float(limit.shown(limit.bound)))
    axis = answer.region.space.lattice.axis(base_name(name))
    sense, bound = (">=", axis.low) if name.endswith("_min") else ("<=", axis.high)
    return limit_words(name, sense, bound)


def _ranks(ranks: list[int], everywhere: list[int]) -> str:
    if ranks == everywhere:
        return "all" if len(ranks) > 1 else "the plan"
    if len(ranks) > MOST_RANKS:
        return f"{', '.join(map(str, ranks[:MOST_RANKS]))} and {len(ranks) - MOST_RANKS} more"
    return ", ".join(map(str, ranks))
