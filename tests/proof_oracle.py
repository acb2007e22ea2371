"""Whether what a proof states is true: every design of its lattices, counted one by one.

`is_true` reads the same lines as the checker, knows nothing of boxes, and writes the formulas once
more.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from scenarios.verifying.proof_checker import Unproved, check

Lines = list[Any]
NEAR = 1e-9


def unpacked(proof: bytes) -> Lines:
    """All lines but the hash."""
    return [json.loads(line) for line in gzip.decompress(proof).splitlines()[:-1]]


def signed(lines: Lines) -> bytes:
    """Lines as a proof, with the hash that belongs to them."""
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return body + json.dumps({"sha256": hashlib.sha256(body).hexdigest()}).encode() + b"\n"


def is_proved(proof: bytes) -> bool:
    """Whether the checker accepts a proof."""
    try:
        check(proof)
    except (Unproved, ValueError):
        return False
    return True


def is_true(lines: Lines) -> bool:
    """Whether every claim holds; what can't be understood is not true."""
    try:
        return all(_holds(claim, regions) for claim, regions in _claims(lines))
    except (KeyError, TypeError, ValueError, ArithmeticError, IndexError):
        return False


def _claims(lines: Lines) -> Iterator[tuple[Any, Lines]]:
    claim, regions = None, []
    for line in lines[1:]:
        if "plans" in line:
            if claim is not None:
                yield claim, regions
            claim, regions = line, []
        elif "axes" in line:
            regions.append(line)
    yield claim, regions


def _holds(claim: Any, regions: Lines) -> bool:
    floor = -math.inf if claim["floor"] is None else claim["floor"]
    plans = [(plan["region"], plan) for plan in claim["plans"]]
    if claim["regions"] != len(regions) or len({str(plan) for _, plan in plans}) < len(plans):
        return False
    if (len(plans) < claim["asked"]) != (claim["floor"] is None) or len(plans) > claim["asked"]:
        return False
    order = [plan["index"] for _, plan in plans]
    if order != sorted(order, reverse=True) or (order and order[-1] < floor):
        return False
    seen = 0
    for number, region in enumerate(regions):
        own = [plan for place, plan in plans if place == number]
        for sizes in designs(region):
            mine = [plan for plan in own if plan["sizes"] == sizes]
            seen += len(mine)
            if mine and not _is_plan(claim, region, sizes, mine[0]):
                return False
            tokens = _most_tokens(claim, region, sizes)
            if tokens is None:
                continue
            allowed = max([floor, *(plan["index"] for plan in mine)])
            found = _index(claim, region, sizes, tokens)
            room = 2 * NEAR * max(1.0, abs(allowed)) if math.isfinite(allowed) else 0.0
            if found > allowed + room:
                return False
    return seen == len(plans)


def designs(region: Any) -> Iterator[dict[str, int]]:
    """All designs of a lattice."""
    axes = []
    for axis in region["axes"]:
        values = list(range(*axis["range"])) if "range" in axis else axis["values"]
        columns = {axis["name"]: values, **axis.get("carried", {})}
        rows = zip(*columns.values(), strict=True)
        axes.append([dict(zip(columns, row, strict=True)) for row in rows])
    for parts in product(*axes):
        yield {name: size for part in parts for name, size in part.items()}


def _known(region: Any, sizes: dict[str, int]) -> dict[str, Fraction]:
    known = {name: Fraction(size) for name, size in sizes.items()}
    if region["streams"] > 1 and "num_experts" in sizes:
        missed = 1 - Fraction(sizes["num_experts_per_tok"], sizes["num_experts"])
        all_of_them = missed <= 0 or float(missed) ** region["streams"] < 2.0**-64
        share = 1 if all_of_them else 1 - missed ** region["streams"]
        known["num_experts_activated"] = sizes["num_experts"] * share
    return known


def _value(terms: Any, known: dict[str, Fraction]) -> Fraction:
    total = Fraction(0)
    for coefficient, powers in terms:
        part = Fraction(coefficient)
        for name, power in powers.items():
            part *= known[name] ** power
        total += part
    return total


def _cost(region: Any, known: dict[str, Fraction]) -> float | None:
    """What the fastest layout that holds and divides a design costs; None if there is none."""
    layouts = region["layouts"]
    if layouts is None:
        return 1.0
    memory = [float(_value(terms, known)) for terms in layouts["memory"]]
    whole = {name: int(_value(terms, known)) for name, terms in layouts["divided"].items()}
    units = [float(_value([[1, powers]], known)) for powers in layouts["monomials"]]
    flops = sum(c * unit for c, unit in zip(layouts["flops"], units, strict=True))
    best = None
    for (tensor, stages, expert), rows, *paces in layouts["layouts"]:
        fits = all(
            sum(a * b for a, b in zip(row, memory, strict=True)) <= layouts["usable_bytes"]
            for row in rows
        )
        kv = whole["kv_heads"]
        whole_parts = whole["heads"] % tensor == 0 and whole["ffn"] % tensor == 0
        whole_parts &= whole["layers"] % stages == 0 and whole.get("experts", 0) % expert == 0
        if fits and whole_parts and (kv % tensor == 0 or tensor % kv == 0):
            spent = [sum(a * b for a, b in zip(pace, units, strict=True)) for pace in paces]
            cost = max(spent) / flops
            best = cost if best is None else min(best, cost)
    return None if best is None else max(best, 1.0)


def _most_tokens(claim: Any, region: Any, sizes: dict[str, int]) -> int | None:
    """The most tokens that the limits leave to a design; None if they leave none."""
    known, step = _known(region, sizes), region["token_step"]
    cost = _cost(region, known)
    if cost is None:
        return None
    low, high = Fraction(1), None
    for limit in region["limits"]:
        split: dict[int, list[Any]] = {}
        for coefficient, powers in limit["resource"]:
            rest = {name: n for name, n in powers.items() if name != "tokens"}
            split.setdefault(powers.get("tokens", 0), []).append((coefficient, rest))
        power = next((n for n in split if n), 0)
        bound, rate = Fraction(limit["bound"]), _value(split[power], known)
        if power == 0:
            if (rate > bound) if limit["sense"] == "<=" else (rate < bound):
                return None
            continue
        left = bound - _value(split.get(0, []), known)
        rate *= Fraction(cost) if limit["layouts"] else 1
        end = left / rate if power == 1 else rate / bound
        if (limit["sense"] == "<=") == (power == 1):
            high = end if high is None else min(high, end)
        else:
            low = max(low, end)
    assert high is not None
    most = math.floor(high / step) * step
    return most if most > 0 and most >= low else None


def _index(claim: Any, region: Any, sizes: dict[str, int], tokens: int) -> float:
    """The index of a design on so many tokens."""
    law, known, unique = claim["law"], _known(region, sizes), claim["unique_tokens"]
    worth = float(tokens)
    if unique is not None and tokens > unique:
        star = 15.387756
        worth = unique * (1 + star * (1 - math.exp(-(tokens / unique - 1) / star)))
    if region["saturation"] is not None:
        limit = region["saturation"]
        per_token = [
            [c, {n: p for n, p in powers.items() if n != "tokens"}]
            for c, powers in limit["resource"]
        ]
        worth = min(worth, float(_value(per_token, known) / Fraction(limit["bound"])))
    logs = {name: math.log(_value(terms, known)) for name, terms in region["variables"].items()}
    logs["tokens"] = math.log(worth)
    total = law["constant"] + sum(w * logs[name] for name, w in law["weights"].items())
    for term in law["penalty"]:
        power = sum(e * logs[name] for name, e in term["exponents"].items())
        total -= term["coefficient"] * math.exp(power)
    return float(total)


def _score(law: Any, index: float) -> float:
    given = law["response"]
    if given["span"] is None:
        return float(index + given["shift"])
    bent = given["knee"] + given["span"] * math.tanh((index - given["knee"]) / given["span"])
    if given["floor"] is None or index > given["knee"]:
        return float(bent)
    return float(max(index, given["floor"]))


def _is_plan(claim: Any, region: Any, sizes: dict[str, int], plan: Any) -> bool:
    """Whether a plan satisfies the limits, and has the parameters, index and score it states."""
    known, tokens = _known(region, sizes), plan["tokens"]
    cost = _cost(region, known)
    if cost is None or tokens < 1 or tokens % region["token_step"]:
        return False
    for limit in region["limits"]:
        dearer = Fraction(cost) if limit["layouts"] else Fraction(1)
        spent = _value(limit["resource"], known | {"tokens": tokens * dearer})
        bound = Fraction(limit["bound"])
        if limit["layouts"] or limit["name"] == claim.get("cost"):
            bound *= 1 + Fraction(3 * NEAR)
        if (spent > bound) if limit["sense"] == "<=" else (spent < bound):
            return False
    index, score = plan["index"], plan["score"]
    own = _index(claim, region, sizes, tokens)
    same = abs(own - index) <= 2 * NEAR * max(1.0, abs(index))
    same &= abs(_score(claim["law"], index) - score) <= 2 * NEAR * max(1.0, abs(index))
    return same and _value(region["parameters"], known) == plan["parameters"]
