"""Check a proof of flopwise with nothing but Python's standard library: `proof_checker.py FILE`.

A proof states a problem (sizes, limits, law) and cuts the lattice of all designs into boxes, each
with a reason why none of its designs beats the plans. This file shares no code with the search that
wrote it (docs/proof-format.md). With x, t the logarithms of sizes and tokens, the reasons rest on:

- ln Σ exp(yᵢ) ≥ Σ λᵢ·(yᵢ − ln λᵢ) for any λᵢ ≥ 0 of sum 1 (Jensen). With the shares of the terms
  in the middle of a box as λᵢ, it is greater by at most r²/8 (Hoeffding), where r is how much the
  terms change against each other within the box. −exp(y) ≤ −q·(1 + y − ln q) for any q > 0.
- So the index of a law lies below an affine function of x and t, and t below any weighted mean of
  what the limits allow. Slacks of limits may be added, times any multipliers ≥ 0. The sum is affine
  in x, and an affine function is greatest in a corner of the box.

Designs are exact. Bounds are floats that carry the size of all that was added, and what rounding
may have done is added on top; math.log and math.exp are taken to be right to 4 ulp.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import zlib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

__all__ = ["MOST_BYTES", "Unproved", "check", "main"]

EQUAL, HALF_LIFE = 1e-9, 15.387756  # what counts as equal, relatively; R* of arXiv 2305.16264
MARGIN, ULP = 1e-11, 2.0**-52  # the former is far more than rounding does to one logarithm
LARGEST, LONGEST, MOST_VALUES = 10**12, 28.0, 10**6  # of sizes, of their logarithms; positions
ACTIVATED, EXPERTS, ROUTED = "num_experts_activated", "num_experts", "num_experts_per_tok"
MOST_BYTES = 2**27
FORM, SATURATION = ("knee", "span", "floor", "shift"), "saturation"  # FORM: of index to score
Sizes = Mapping[str, Fraction]
ALONE: Any = ({}, {})  # multipliers that leave all tokens to every design


class Unproved(Exception):  # noqa: N818
    """The proof does not show what it claims."""


def _need(holds: bool, otherwise: str, kind: type[Exception] = Unproved) -> None:
    if not holds:
        raise kind(otherwise)


def _exact(value: Any) -> Fraction:
    words = str(value).split("/") if isinstance(value, str) else [value]
    found = Fraction(*map(int, words)) if len(str(value)) < 200 and len(words) < 3 else Fraction(0)
    _need(1e-60 < found < 1e60, "a number is not above zero, or far from any", ValueError)
    return found


def _equal(index: float) -> float:
    return EQUAL * max(1.0, abs(index)) if math.isfinite(index) else 0.0


class _Box:
    """Sizes between ends, by name: exact, and in logarithms."""

    def __init__(self, low: Sizes, high: Sizes) -> None:
        self.low = low
        self.lows = {name: math.log(n) for name, n in low.items()}
        self.highs = self.lows if low is high else {name: math.log(n) for name, n in high.items()}
        self.middle = {name: (n + self.highs[name]) / 2 for name, n in self.lows.items()}


class _Form:
    """A posynomial: a sum of positive coefficients times powers of sizes."""

    def __init__(self, terms: Any) -> None:
        self.terms = [(_exact(c), list(powers.items())) for c, powers in terms]
        fine = all(sum(map(abs, p.values())) <= 16 for _, p in terms) and len(terms) <= 1000
        fine = fine and {type(n) for _, p in terms for n in p.values()} <= {int}
        _need(fine, "powers are no whole numbers, or too many", ValueError)
        self.logs = [(math.log(c), powers) for c, powers in self.terms]
        spans = {name: [p.get(name, 0) for _, p in terms] for _, p in terms for name in p}
        self.spread = [(name, max(n) - min(n)) for name, n in spans.items() if max(n) > min(n)]

    def exact(self, sizes: Sizes) -> Fraction:
        terms = (c * math.prod(sizes[name] ** n for name, n in powers) for c, powers in self.terms)
        return sum(terms, Fraction(0))

    def parts(self, rising: Mapping[str, float], falling: Mapping[str, float]) -> list[float]:
        return [
            math.exp(start + sum(n * (rising if n > 0 else falling)[name] for name, n in powers))
            for start, powers in self.logs
        ]

    def log(self, box: _Box, *, most: bool = False) -> float:
        """Logarithm of a bound over a box, each term at its least (or most)."""
        ends = (box.highs, box.lows) if most else (box.lows, box.highs)
        return math.log(math.fsum(self.parts(*ends))) if self.terms else -math.inf

    def above(self, box: _Box) -> float:
        """How far the logarithm may lie above its plane over a box."""
        rise: float = sum(n * (box.highs[name] - box.lows[name]) / 2 for name, n in self.spread)
        return (rise * (1 + MARGIN)) ** 2 / 8 + ULP * len(self.spread)


class _Plane:
    """An affine function of x, and the size of all that was added to it."""

    def __init__(self) -> None:
        self.height, self.rough, self.steps, self.slope = 0.0, 0.0, 16, dict[str, float]()

    def add(self, weight: float, constant: float, powers: Any = ()) -> None:
        self.height += weight * constant
        self.rough += abs(weight * constant)
        self.steps += 1
        for name, power in powers:
            self.slope[name] = self.slope.get(name, 0.0) + weight * power
            self.rough += abs(weight * power) * LONGEST

    def add_log(self, weight: float, form: _Form, at: Mapping[str, float]) -> None:
        whole = math.fsum(parts := form.parts(at, at))
        for (start, powers), share in zip(form.logs, (x / whole for x in parts), strict=True):
            if share:
                self.add(weight * share, start - math.log(share), powers)

    def greatest(self, box: _Box, streams: int) -> tuple[float, float]:
        """The greatest value over a box, and its rounding; ln activated/E lies above its chord."""
        slope = self.slope.pop(ACTIVATED, 0.0)
        if slope > 0.0:
            self.add(slope, box.highs[ACTIVATED])
        elif slope < 0.0:
            v = [box.lows[ROUTED] - box.highs[EXPERTS], box.highs[ROUTED] - box.lows[EXPERTS]]
            missed = [streams * math.log1p(-math.exp(min(u, -ULP))) for u in v]
            h = [math.log(-math.expm1(each)) - MARGIN for each in missed]
            rise = (h[1] - h[0]) / (v[1] - v[0]) if v[0] < v[1] <= 0.0 else 0.0
            self.add(slope, h[0] - rise * v[0], [(EXPERTS, 1.0 - rise), (ROUTED, rise)])
        value = self.height
        for name, slope in self.slope.items():
            value += slope * (box.highs if slope > 0 else box.lows)[name]
        return value, (self.steps + len(self.slope)) * ULP * self.rough


class _Limit:
    """A limit: resource ≤ or ≥ bound, with tokens to the power −1, 0 or 1 in the resource."""

    def __init__(self, given: Any) -> None:
        self.name, self.below = given["name"], {"<=": True, ">=": False}[given["sense"]]
        self.dearer = {True: True, False: False}[given["layouts"]]
        self.log_bound = math.log(bound := _exact(given["bound"]))
        self.bound, split = bound, dict[int, list[Any]]()
        for value, powers in given["resource"]:
            rest = {name: n for name, n in powers.items() if name != "tokens"}
            split.setdefault(powers.get("tokens", 0), []).append((value, rest))
        self.power = next((n for n in split if n), 0)
        allowed = [{-1}, {0}, {1}] + [{0, 1}] * self.below
        fine = set(split) in allowed and (not self.dearer or (self.below and self.power == 1))
        _need(fine, f"limit {self.name} holds a strange power of tokens", ValueError)
        self.rate = _Form(split[self.power])
        self.fixed = _Form(split.get(0, []) if self.power else [])
        self.is_cap = self.power == (1 if self.below else -1)

    def holds(self, sizes: Sizes, tokens: Fraction, more: float = 0.0) -> bool:
        spent = self.rate.exact(sizes) * tokens**self.power + self.fixed.exact(sizes)
        return spent <= self.bound * (1 + Fraction(more)) if self.below else spent >= self.bound

    def room(self, box: _Box) -> float:
        """The greatest slack over a box: ln of the tokens that a cap leaves, −ln of a floor's."""
        if not self.below:
            return self.rate.log(box, most=True) - self.log_bound + MARGIN
        left = 1.0 - math.exp(min(self.fixed.log(box) - self.log_bound, 1.0)) + MARGIN
        rest = math.log(min(left, 1.0)) if left > 0.0 else -math.inf
        return self.log_bound - self.rate.log(box) + rest + MARGIN

    def add_slack(self, plane: _Plane, weight: float, box: _Box) -> None:
        sign = weight if self.below else -weight
        plane.add(sign, self.log_bound)
        plane.add_log(-sign, self.rate, box.middle)
        plane.add(weight * (not self.below), self.rate.above(box))
        if self.fixed.terms:  # ln(1 − u) ≤ ln(1 − u₀) − (u − u₀)/(1 − u₀), with any u₀ < 1
            parts = [x / float(self.bound) for x in self.fixed.parts(box.middle, box.middle)]
            left = max(1.0 - math.fsum(parts), MARGIN)
            plane.add(weight, math.log(left) + (1.0 - left) / left)
            for (start, powers), q in zip(self.fixed.logs, parts, strict=True):
                if q:  # −exp(y) ≤ −q·(1 + y − ln q)
                    y = start - self.log_bound - math.log(q)
                    plane.add(-weight * q / left, 1.0 + y, powers)
                    plane.rough += weight * q / left * (abs(start) + abs(self.log_bound))


class _Layouts:
    """What layouts cost: the pace of the fastest one that holds and divides a model, at least 1."""

    def __init__(self, given: Any) -> None:
        self.usable, self.memory = given["usable_bytes"], [_Form(x) for x in given["memory"]]
        self.parts = {name: _Form(each) for name, each in given["divided"].items()}
        flops, self.ratios = given["flops"], list[_Form]()
        for own in given["monomials"]:  # FLOPs over each, in which what both share cancels
            terms = [(c, each) for c, each in zip(flops, given["monomials"], strict=True) if c]
            left = [(c, {n: x.get(n, 0) - own.get(n, 0) for n in x | own}) for c, x in terms]
            self.ratios.append(_Form(left))
        self.rows: list[tuple[float, list[Any], list[list[float]], list[int]]] = []
        for degrees, memory, *paces in given["layouts"]:  # a share of the FLOPs, and a rest
            pairs = [list(zip(pace, flops, strict=True)) for pace in paces]
            share = [min(n / c for n, c in pair if c) for pair in pairs]
            rests = [(x, [max(n - x * c, 0.0) for n, c in pairs[i]]) for i, x in enumerate(share)]
            fine = all(type(n) is int and 0 < n < 10**4 for n in degrees)
            fine = fine and all(len(row) == len(self.memory) for row in memory)
            _need(fine and min(map(min, [*paces, *memory])) >= 0.0, "a layout", ValueError)
            self.rows.append((max(share), rests, memory, degrees))
        self.rows.sort(key=lambda row: row[0])

    def least(self, box: _Box) -> float:
        """Logarithm of a lower bound of the cost over a box; inf if no layout holds any design."""
        memory = [math.exp(form.log(box)) * (1 - MARGIN) for form in self.memory]
        shares = [math.exp(-form.log(box, most=True)) for form in self.ratios]
        found, spans = math.inf, dict[str, tuple[int, int]]()
        for name, form in self.parts.items():
            few, many = math.exp(form.log(box)), math.exp(form.log(box, most=True))
            _need(many < 1e10, "too many parts to divide", ValueError)
            spans[name] = math.ceil(few * (1 - MARGIN)), math.floor(many * (1 + MARGIN))
        for least, paces, stages, degrees in self.rows:
            if least >= found:
                break
            pace = max(x + sum(map(float.__mul__, rest, shares)) for x, rest in paces)
            used = (sum(map(float.__mul__, row, memory)) for row in stages)
            if pace < found and max(used) <= self.usable and self.may_divide(degrees, spans):
                found = pace
        return math.log(max(found * (1 - MARGIN), 1.0))

    @staticmethod
    def may_divide(degrees: list[int], spans: Mapping[str, tuple[int, int]]) -> bool:
        tensor, (few, many) = degrees[0], spans["kv_heads"]
        pairs = [*zip(degrees, ("heads", "layers", "experts"), strict=True), (tensor, "ffn")]
        if all(tensor % n for n in range(max(few, 1), min(many, tensor) + 1)):
            pairs.append((tensor, "kv_heads"))  # which may also divide the degree instead
        return all(spans[x][1] // n * n >= spans[x][0] for n, x in pairs if x in spans)


class _Law:
    """index = constant + Σ weight·ln v − Σ coefficient·exp(exponents·ln v), tokens among the v."""

    def __init__(self, given: Any, unique: int | None, known: Mapping[str, _Form]) -> None:
        self.known, self.start = known, None if unique is None else math.log(unique)
        self.parts = [(1.0, given["constant"], given["weights"])]
        self.parts += [(-1.0, math.log(x["coefficient"]), x["exponents"]) for x in given["penalty"]]
        fine = all(sign * powers.get("tokens", 0) >= 0 for sign, _, powers in self.parts)
        knee, span, floor, shift = self.form = [given["response"][x] for x in FORM]
        fine = fine and (span is None or (span > 0 == shift and (floor is None or floor <= knee)))
        fine = fine and "tokens" not in known and abs(given["constant"]) < 1e4 > abs(shift)
        _need(fine, "the law falls, or is strange", ValueError)

    def worth(self, t: float) -> tuple[float, float]:
        """Logarithm of the new tokens that e^t tokens are worth, and its slope; concave in t."""
        if self.start is None or t <= self.start:
            return t, 1.0
        epochs = math.exp(min(t - self.start, 50.0))
        fading = math.exp(-(epochs - 1) / HALF_LIFE)
        worth = 1 + HALF_LIFE * (1 - fading)
        return self.start + math.log(worth), epochs * fading / worth

    def plane(self, box: _Box, t: float) -> tuple[_Plane, float]:
        """A plane above the index over a box, without its rate · tokens, and that rate."""
        plane, heights, at = _Plane(), {"tokens": t}, box.middle
        for name, form in self.known.items():
            heights[name] = math.log(math.fsum(form.parts(at, at))) + form.above(box)
        total = dict.fromkeys(heights, 0.0)
        for sign, start, powers in self.parts:
            y = start + sum(n * heights[name] for name, n in powers.items())
            weight = 1.0 if sign > 0 else -math.exp(y)
            plane.add(weight, start if sign > 0 else 1.0 + start - y)
            plane.rough += abs(weight) * (abs(start) + abs(y))
            for name, n in powers.items():
                total[name] += weight * n
                plane.rough += abs(weight * n * heights[name])
        for name, form in self.known.items():
            plane.add_log(total[name], form, box.middle)
            plane.add(max(total[name], 0.0), form.above(box))
        return plane, total["tokens"]

    def score(self, index: float) -> float:
        knee, span, floor, shift = self.form
        if span is None or (floor is not None and index <= knee):
            return float(max(index + shift, -math.inf if floor is None else floor))
        return float(knee + span * math.tanh((index - knee) / span))


class _Region:
    """A lattice of designs, and the claim that none of them is better than the plans."""

    def __init__(self, given: Any, claim: Any) -> None:
        self.axes = list[tuple[str, list[str], list[tuple[int, ...]]]]()
        for axis in given["axes"]:
            values = range(*axis["range"]) if "range" in axis else axis["values"]
            sizes = {axis["name"]: values[:MOST_VALUES], **axis.get("carried", {})}
            rows = list(zip(*sizes.values(), strict=True))
            fine = len(set(rows)) == len(values) and all(1 <= n <= LARGEST for x in rows for n in x)
            self.axes.append((axis["name"], list(sizes), rows))
            fine = fine and len(rows) > 0 and sum(len(x) for _, _, x in self.axes) <= MOST_VALUES
            _need(fine, f"axis {axis['name']}", ValueError)
        self.streams, self.step = given["streams"], given["token_step"]
        names = [name for _, own, _ in self.axes for name in own]
        self.names = {*names} - {"tokens", ACTIVATED}
        fine = len(self.names) == len(names) and len(self.axes) <= 100
        fine = fine and {type(self.streams), type(self.step)} == {int} and self.step > 0
        _need(fine and self.streams <= 10**5, "names, steps or streams", ValueError)
        self.limits = {each["name"]: _Limit(each) for each in given["limits"]}
        self.gates = [limit for limit in self.limits.values() if not limit.power]
        self.parameters = _Form(given["parameters"])
        self.enough = None if given["saturation"] is None else _Limit(given["saturation"])
        fine = given["variables"].get("parameters") in (None, given["parameters"])
        fine = fine and len(self.limits) == len(given["limits"]) and SATURATION not in self.limits
        _need(fine and (self.enough is None or self.enough.is_cap), "limits", ValueError)
        known = {name: _Form(terms) for name, terms in given["variables"].items()}
        self.law = _Law(claim["law"], claim["unique_tokens"], known)
        self.layouts = None if given["layouts"] is None else _Layouts(given["layouts"])
        self.rows = [(each["shares"], each["prices"]) for each in given["rows"]] + [ALONE]
        caps = {SATURATION, *(name for name, each in self.limits.items() if each.is_cap)}
        for shares, prices in self.rows[:-1]:
            kinds = shares.keys() <= caps and prices.keys() <= self.limits.keys() - caps
            fine = kinds and abs(sum(shares.values()) - 1) < 16 * ULP
            _need(fine and min((shares | prices).values()) >= 0, "a row of multipliers", ValueError)
        self.cost = claim.get("cost")
        self.floor = -math.inf if claim["floor"] is None else claim["floor"]
        self.own = dict[frozenset[tuple[str, Fraction]], float]()

    def box(self, places: list[tuple[int, int]]) -> _Box:
        low, high = dict[str, Fraction](), dict[str, Fraction]()
        for (_, names, rows), (first, last) in zip(self.axes, places, strict=True):
            for name, part in zip(names, zip(*rows[first : last + 1], strict=True), strict=True):
                low[name], high[name] = Fraction(min(part)), Fraction(max(part))
        return _Box(self.completed(low), self.completed(high))

    def completed(self, sizes: dict[str, Fraction]) -> dict[str, Fraction]:
        """Sizes, with the experts E·(1 − (1 − k/E)^B) that B streams activate."""
        if self.streams > 1 and EXPERTS in sizes:
            missed = max(1 - sizes[ROUTED] / sizes[EXPERTS], Fraction(0))
            few = not missed or -self.streams * math.log(missed) > 64 * math.log(2)  # below 2^-64
            sizes[ACTIVATED] = sizes[EXPERTS] * (1 if few else 1 - missed**self.streams)
        return sizes

    def check_plan(self, plan: Any) -> None:
        tokens, index = plan["tokens"], plan["index"]
        for axis, names, rows in self.axes:
            _need(tuple(map(plan["sizes"].get, names)) in rows, f"a plan is not on the axis {axis}")
        sizes = self.completed({name: Fraction(n) for name, n in plan["sizes"].items()})
        design = _Box(sizes, sizes)
        fine = self.parameters.exact(sizes) == plan["parameters"] and type(tokens) is int
        fine = fine and plan["sizes"].keys() == self.names and tokens % self.step == 0
        _need(fine and tokens > 0, "a plan's parameters are others, or its tokens no whole steps")
        dearer = 0.0 if self.layouts is None else self.layouts.least(design)
        _need(dearer < math.inf, "no layout holds a plan")
        for limit in self.limits.values():
            spent = tokens * (Fraction(math.exp(dearer)) if limit.dearer else Fraction(1))
            more = 2 * EQUAL if limit.name == self.cost or limit.dearer else 0.0
            _need(limit.holds(sizes, spent, more), f"a plan breaks the limit {limit.name}")
            fine = limit.name != self.cost or not limit.holds(sizes, spent)
            _need(fine, "the cost is not limited to less than the plan takes")
        value, rough = self.at_most(design, ALONE, 0.0, math.log(tokens))
        fine = abs(value - index) + rough <= _equal(index)
        fine = fine and abs(self.law.score(index) - plan["score"]) <= _equal(index)
        _need(fine, "a plan has another index or score")
        more = math.log(tokens) + (2 * EQUAL if self.layouts else 0.0)  # as the limits allow above
        self.own[frozenset(sizes.items())] = max(index, self.at_most(design, ALONE, 0.0, more)[0])

    def at_most(self, box: _Box, row: Any, dearer: float, most: float) -> tuple[float, float]:
        """What no index exceeds on e^most tokens, by multipliers of limits, and its rounding."""
        value, slope = self.law.worth(most)
        counted = value if self.enough is None else min(value, self.enough.room(box))
        plane, rate = self.law.plane(box, counted)
        (shares, prices), limits = row, self.limits
        plane.add(rate, 0.0 if shares else counted)
        total = math.fsum(share for name, share in shares.items() if name != SATURATION)
        prices = {n: price for n, price in prices.items() if total or not limits[n].power}
        asked = math.fsum(price for n, price in prices.items() if limits[n].power)
        plane.add(rate * total, value)
        plane.add(-rate * total * slope, most)
        for name, share in shares.items():
            if name == SATURATION and self.enough is not None:
                self.enough.add_slack(plane, rate * share, box)
            elif share:
                weight = share * (rate * slope + asked / total)
                limits[name].add_slack(plane, weight, box)
                plane.add(-weight * limits[name].dearer, dearer)
        for name, price in prices.items():
            limits[name].add_slack(plane, price, box)
        return plane.greatest(box, self.streams)

    def is_below(self, box: _Box, row: Any, index: float) -> bool:
        """Whether no design of a box has a higher index; without layouts first, which take long."""
        allowed = index + _equal(index)
        for layouts in (None, self.layouts) if self.layouts else (None,):
            dearer = layouts.least(box) if layouts else 0.0
            most = self.most_tokens(box, dearer)
            if most == -math.inf or sum(self.at_most(box, row, dearer, most)) <= allowed:
                return True
        return False

    def most_tokens(self, box: _Box, dearer: float) -> float:
        """Logarithm of the most tokens of any design of a box, in whole steps; −inf for none."""
        tokens, least = math.inf if dearer < math.inf else -math.inf, 0.0
        for limit in self.limits.values():
            if limit.is_cap:
                tokens = min(tokens, limit.room(box) - (dearer if limit.dearer else 0.0))
            elif limit.power:
                least = max(least, -limit.room(box))
        steps = math.floor(math.exp(tokens) * (1 + MARGIN) / self.step)
        most = math.log(steps * self.step) if steps else -math.inf
        return most if most >= least - MARGIN else -math.inf

    def check_box(self, node: Any, places: list[tuple[int, int]]) -> None:
        box = self.box(places)
        if "outside" in node:
            limit = self.limits[node["outside"]]
            _need(not limit.power and limit.room(box) < 0.0, "not all designs are outside")
        elif "points" in node:
            count = math.prod(b - a + 1 for a, b in places)
            _need(count == node["points"] <= 4096, "number of designs")
            for point in product(*(range(a, b + 1) for a, b in places)):
                design = self.box([(i, i) for i in point])
                allowed = max(self.own.get(frozenset(design.low.items()), self.floor), self.floor)
                gates = (x.holds(design.low, Fraction(1)) for x in self.gates)
                fine = self.is_below(design, ALONE, allowed) or not all(gates)
                _need(fine, f"a better design: {[f'{name} {n}' for name, n in design.low.items()]}")
        elif "bound" in node:
            fine = self.is_below(box, self.rows[node["bound"]], self.floor)
            _need(fine, "the bound is not low enough")
        else:
            _need(node["no_tokens"] and self.is_below(box, ALONE, -math.inf), "tokens are left")


def _lines(data: bytes) -> Iterator[tuple[int, Any]]:
    if data[:2] == b"\x1f\x8b":
        unpacker = zlib.decompressobj(31)
        data = unpacker.decompress(data, MOST_BYTES)
        _need(unpacker.eof, "the file is cut off, or too large", ValueError)
    fine = b"NaN" not in data and b"Infinity" not in data and data.count(b"\n") < 10**7
    *body, last = data.removesuffix(b"\n").split(b"\n") if fine else [b"{}"]
    _need(fine and max(map(len, body), default=0) < 2**24, "no number, or too long", ValueError)
    hashed = {"sha256": hashlib.sha256(b"".join(line + b"\n" for line in body)).hexdigest()}
    _need(json.loads(last) == hashed, "damaged: the last line is no hash of the others", ValueError)
    return enumerate(map(json.loads, body), 1)


def check(data: bytes) -> tuple[int, list[Any]]:
    """Check a proof, or raise ValueError or Unproved; how many designs it covers, its claims."""
    number, designs, claims = 1, 0, list[Any]()
    try:
        lines = _lines(data)
        _need(next(lines)[1] == {"flopwise_proof": 1}, "a proof of another version", ValueError)
        for number, claim in lines:
            few = len(claim["plans"]) < max(claim["asked"], 1)  # then there are no others at all
            order = [plan["index"] for plan in claim["plans"]] + [claim["floor"]] * (not few)
            fine = order == sorted(order, reverse=True) and few == (claim["floor"] is None)
            _need(fine, "plans are out of order, or fewer than asked for")
            checked, costs = 0, set[Fraction | None]()
            for which in range(claim["regions"]):
                number, line = next(lines)
                region = _Region(line, claim)
                for plan in (plan for plan in claim["plans"] if plan["region"] == which):
                    region.check_plan(plan)
                checked += len(region.own)
                costs.add(region.limits[claim["cost"]].bound if "cost" in claim else None)
                designs += math.prod(len(rows) for _, _, rows in region.axes)
                left = [[(0, len(rows) - 1) for _, _, rows in region.axes]]
                while left:
                    (number, node), places = next(lines), left.pop()
                    if "split" not in node:
                        region.check_box(node, places)
                        continue
                    axis = [name for name, _, _ in region.axes].index(node["split"])
                    (low, high), last = places[axis], node["last"]
                    _need(low <= last < high, "a box is not divided in two")
                    for part in ((last + 1, high), (low, last)):
                        left.append([*places[:axis], part, *places[axis + 1 :]])
            fine = checked == len(claim["plans"]) and len(costs) == 1
            _need(fine, "a plan is of no region, or there twice, or regions differ in cost")
            claims.append(claim | {"limits": line["limits"]})
        _need(bool(claims), "nothing is claimed")
    except (Unproved, StopIteration) as error:
        raise Unproved(f"line {number}: {str(error) or 'the proof ends too soon'}") from None
    except Exception as error:  # whatever does not make sense is no proof
        raise ValueError(f"line {number}: {type(error).__name__}: {error}") from None
    return designs, claims


def main() -> int:
    """Check the proof in a file: 0 if it is proved, 3 if it is not, 2 if it is broken."""
    try:
        with open(sys.argv[1], "rb") as file:
            said, code = f"proved, for {check(file.read(MOST_BYTES))[0]:,} designs", 0
    except (ValueError, OSError, IndexError) as error:
        said, code = f"no proof: {error}", 2
    except Unproved as error:
        said, code = f"NOT PROVED: {error}", 3
    print(ascii(said)[1:-1])  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
