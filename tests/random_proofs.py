"""Random proofs, and random changes of them; each reproducible by number."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from optimizer.laws.law import Circumstances, Law
from optimizer.laws.library import find_record
from optimizer.proving.claim import best_claim, least_claim
from optimizer.questions.target import TargetStatus, least_cost
from optimizer.searching.family import search_family
from scenarios.exports.proof_file import packed
from tests.paced_problems import paced_region
from tests.random_mixtures import random_family
from tests.random_problems import random_region

NOW = Circumstances(2026.5)
KINDS = ("dense", "served", "attention", "mixtures", "paced", "paced mixtures", "target")
"""What proofs are of; the kind cycles with the number."""


def law_of(number: int, *, experts: bool, repeated: bool) -> Law:
    """A law that cycles with the number; one without saturation where text is repeated."""
    draw = random.Random(f"law {number}")
    if experts:
        law = find_record("calibrated-experts").law
        return replace(law, expert_share=draw.choice((1.0, 0.5, 0.2))).at(NOW)
    names = ("calibrated", "chinchilla") if repeated else ("performance-law",) * 3 + ("calibrated",)
    law = find_record(draw.choice(names)).law.at(NOW)
    return law.scaled(draw.choice((1, 1, 2))) if law.name == "performance-law" else law


def random_proof(number: int) -> bytes | None:
    """A proof of a random problem; None where the target is out of reach."""
    kind = KINDS[number % len(KINDS)]
    experts = "mixtures" in kind
    if kind == "mixtures":
        regions = random_family(number * 50 + number)[0]
    elif "paced" in kind:
        regions = [paced_region(number, experts=experts)]
    else:
        extra = {"served": {"deployed": True}, "attention": {"attention": True}}.get(kind, {})
        regions = [random_region(number, **extra)[0]]
    repeated = regions[0].text.unique_tokens is not None
    law = law_of(number, experts=experts, repeated=repeated)
    if kind == "target":
        return _of_target(regions[0], law, number)
    top = 1 + number % 5
    result = search_family(regions, law, top)
    found = list(zip(result.plan_regions, result.plans, strict=True))
    return packed(best_claim(regions, law, found, top, result.relaxed.optimum))


def _of_target(region: Any, law: Law, number: int) -> bytes | None:
    best = search_family([region], law, 1).plans
    if not best:
        return packed(best_claim([region], law, [], 1))
    cost, share = region.compute, random.Random(number).uniform(0.9, 1.0)
    floor = best[0].index - (1 - share) * abs(best[0].index)
    score = float(law.response(floor))
    if score <= law.response.floor:
        return None
    result = least_cost(region, law, cost, score)
    if result.status is not TargetStatus.REACHED or result.amount is None or result.plan is None:
        return None
    floor = law.response.inverse(score)
    found = [(region, result.plan)]
    return packed(least_claim([region], law, found, [cost], result.amount, floor))


Lines = list[Any]


def changed(lines: Lines, draw: random.Random) -> tuple[str, Lines]:
    """What was changed, and the lines with one change."""
    while True:
        name = draw.choice(list(CHANGES))
        mutant = copy.deepcopy(lines)
        CHANGES[name](mutant, draw)
        if mutant != lines:
            return name, mutant


def _number(value: Any, draw: random.Random) -> Any:
    """Another number of the same kind."""
    factor = Fraction(
        draw.choice((2, 3, 9, 11, 99, 101, 999, 1001)), draw.choice((2, 10, 100, 1000))
    )
    if isinstance(value, str):
        return str(Fraction(value) * factor)
    if isinstance(value, int):
        return max(round(value * factor), 1) if value * factor != value else value + 1
    return value * float(factor) or 1e-3


def _pick(lines: Lines, draw: random.Random, key: str) -> Any:
    return draw.choice([line for line in lines if key in line])


def _a_bound(lines: Lines, draw: random.Random) -> None:
    limit = draw.choice(_pick(lines, draw, "axes")["limits"])
    limit["bound"] = _number(limit["bound"], draw)


def _a_resource(lines: Lines, draw: random.Random) -> None:
    term = draw.choice(draw.choice(_pick(lines, draw, "axes")["limits"])["resource"])
    term[0] = _number(term[0], draw)


def _a_limit_less(lines: Lines, draw: random.Random) -> None:
    limits = _pick(lines, draw, "axes")["limits"]
    limits.pop(draw.randrange(len(limits)))


def _a_coefficient(lines: Lines, draw: random.Random) -> None:
    law = _pick(lines, draw, "law")["law"]
    if law["penalty"] and draw.random() < 0.5:
        term = draw.choice(law["penalty"])
        term["coefficient"] = _number(term["coefficient"], draw)
    elif law["weights"]:
        name = draw.choice(list(law["weights"]))
        law["weights"][name] = _number(law["weights"][name], draw)
    else:
        law["constant"] = _number(law["constant"], draw)


def _a_plan(lines: Lines, draw: random.Random) -> None:
    plans = _pick(lines, draw, "plans")["plans"]
    if not plans:
        return
    plan = draw.choice(plans)
    key = draw.choice(("tokens", "parameters", "index", "score", "sizes", "order", "less"))
    if key == "sizes":
        name = draw.choice(list(plan["sizes"]))
        plan["sizes"][name] = _number(plan["sizes"][name], draw)
    elif key == "order":
        plans.reverse()
    elif key == "less":
        plans.remove(plan)
    else:
        plan[key] = _number(plan[key], draw)


def _a_floor(lines: Lines, draw: random.Random) -> None:
    claim = _pick(lines, draw, "plans")
    claim["floor"] = None if claim["floor"] is None else _number(claim["floor"], draw)


def _a_size(lines: Lines, draw: random.Random) -> None:
    axis = draw.choice(_pick(lines, draw, "axes")["axes"])
    if "range" in axis:
        axis["range"][1] += axis["range"][2]
    else:
        axis["values"][-1] = _number(axis["values"][-1], draw)


def _a_layout(lines: Lines, draw: random.Random) -> None:
    layouts = _pick(lines, draw, "axes")["layouts"]
    if layouts is None:
        return _a_bound(lines, draw)
    _, memory, *paces = draw.choice(layouts["layouts"])
    row = draw.choice([*memory, *paces])
    place = draw.randrange(len(row))
    row[place] = _number(row[place], draw)
    return None


def _a_multiplier(lines: Lines, draw: random.Random) -> None:
    row = draw.choice(_pick(lines, draw, "axes")["rows"])
    kind = row[draw.choice(("shares", "prices"))] or row["shares"]
    name = draw.choice(list(kind))
    kind[name] = _number(kind[name], draw)


def _boxes(lines: Lines) -> list[int]:
    return [i for i, line in enumerate(lines) if line.keys() & {*REASONS, "split"}]


REASONS = ("outside", "no_tokens", "bound", "points")


def _a_box_less(lines: Lines, draw: random.Random) -> None:
    lines.pop(draw.choice(_boxes(lines)))


def _a_split(lines: Lines, draw: random.Random) -> None:
    splits = [line for line in lines if "split" in line]
    if not splits:
        return _a_reason(lines, draw)
    line = draw.choice(splits)
    line["last"] += draw.choice((-1, 1))
    return None


def _a_reason(lines: Lines, draw: random.Random) -> None:
    line = draw.choice([lines[i] for i in _boxes(lines) if "split" not in lines[i]])
    region = next(x for x in lines if "axes" in x)
    line.clear()
    kind = draw.choice(REASONS)
    line[kind] = {
        "outside": draw.choice([x["name"] for x in region["limits"]]),
        "no_tokens": True,
        "bound": draw.randrange(len(region["rows"]) + 1),
        "points": draw.randint(1, 64),
    }[kind]


CHANGES: dict[str, Callable[[Lines, random.Random], None]] = {
    "a bound": _a_bound,
    "a coefficient of a limit": _a_resource,
    "a limit left out": _a_limit_less,
    "a coefficient of the law": _a_coefficient,
    "a plan": _a_plan,
    "the index to be beaten": _a_floor,
    "a size on an axis": _a_size,
    "a layout": _a_layout,
    "a multiplier": _a_multiplier,
    "a box left out": _a_box_less,
    "where a box is divided": _a_split,
    "the reason of a box": _a_reason,
}
"""What a change changes."""
