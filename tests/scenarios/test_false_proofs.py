"""Statements made to deceive the checker: small ones, whose truth is plain."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest

from tests.proof_oracle import is_proved, signed

Json = dict[str, Any]
FLOPS = {
    "name": "flops",
    "sense": "<=",
    "bound": 10**6,
    "resource": [[1, {"a": 1, "tokens": 1}]],
    "layouts": False,
}
STRAIGHT = {"knee": None, "span": None, "floor": None, "shift": 0.0}
LAW = {
    "name": "x",
    "constant": 0.0,
    "weights": {"tokens": 1.0},
    "penalty": [],
    "response": STRAIGHT,
}
ONE = [[1, {}]]
LAYOUTS = {
    "usable_bytes": 1e9,
    "memory": [[[1, {"a": 1}]]],
    "divided": {"kv_heads": ONE, "heads": ONE, "ffn": ONE, "layers": ONE},
    "monomials": [{"a": 1}, {"a": 2}],
    "flops": [1.0, 0.0],
    "layouts": [[[1, 1, 1], [[1.0]], [1.0, 1.0]]],
}
"""Designs of size a cost 1 + a, in one layout."""


def most(a: int) -> int:
    """Tokens that the FLOPs leave to a design."""
    return 10**6 // a


def plan(tokens: int, **sizes: int) -> Json:
    index = math.log(tokens)
    found = {"region": 0, "sizes": sizes, "tokens": tokens, "parameters": 1}
    return found | {"index": index, "score": index}


def claim(*plans: Json, **more: Any) -> Json:
    floor = plans[-1]["index"] if plans else None
    found = {"plans": list(plans), "asked": max(len(plans), 1), "floor": floor, "regions": 1}
    return found | {"law": LAW, "unique_tokens": None} | more


def region(*limits: Json, **more: Any) -> Json:
    found = {"axes": [{"name": "a", "values": [2, 4]}], "limits": list(limits) or [FLOPS]}
    found |= {"parameters": ONE, "saturation": None, "variables": {}, "token_step": 1}
    return found | {"streams": 1, "rows": [], "layouts": None} | more


def layouts(**more: Any) -> Json:
    return region(
        FLOPS | {"layouts": more.pop("flag", True)}, layouts=copy.deepcopy(LAYOUTS) | more
    )


def gate(name: str, powers: dict[str, int], bound: Any, sense: str = "<=") -> Json:
    resource = [[1, powers]]
    return FLOPS | {"name": name, "resource": resource, "bound": bound, "sense": sense}


def is_accepted(*lines: Json) -> bool:
    return is_proved(signed([{"flopwise_proof": 1}, *lines]))


GOOD, BAD = plan(most(2), a=2), plan(most(4), a=4)
BOTH = {"points": 2}
ROW = {"shares": {"flops": 0.5, "saturation": 0.5}, "prices": {}}
WRONG_SCORES = (STRAIGHT | {"knee": 5.0, "span": 10.0, "floor": 0.0, "shift": 100.0},)
CASES: dict[str, tuple[Json, ...]] = {
    "a worse plan": (claim(BAD), region(), BOTH),
    "no plan though there is one": (claim(), region(), BOTH),
    "a box left out": (claim(GOOD), region(), {"split": "a", "last": 0}, {"points": 1}),
    "a limit with the name of the saturation": (
        claim(BAD),
        region(FLOPS, gate("saturation", {"a": 1}, 1000), rows=[ROW]),
        *({"split": "a", "last": 0}, {"bound": 0}, {"points": 1}),
    ),
    "a saturation that is no limit on tokens": (
        claim(BAD | {"index": math.log(4), "score": math.log(4)}),
        region(saturation=gate("s", {"a": -1}, 1)),
        BOTH,
    ),
    "layouts that count three times": (claim(plan(50_000, a=4)), layouts(flag=3), BOTH),
    "a variable called tokens": (
        claim(BAD | {"index": BAD["index"] + 50, "score": BAD["score"] + 50}),
        region(variables={"tokens": [[1, {"a": 36}]]}),
        BOTH,
    ),
    "an axis called as activated experts are": (
        claim(plan(most(4), num_experts_activated=4)),
        region(
            gate("flops", {"num_experts_activated": 1, "tokens": 1}, 10**6),
            axes=[{"name": "num_experts_activated", "values": [2, 4]}],
        ),
        BOTH,
    ),
    "more powers than floats can count": (
        claim(),
        region(FLOPS, gate("g", {"a": 17}, 4**17)),
        {"outside": "g"},
    ),
    "numbers that floats can't tell from zero": (
        claim(),
        region(FLOPS, gate("g", {}, f"3/{2**1074}", ">=") | {"resource": [[f"3/{2**1074}", {}]]}),
        {"outside": "g"},
    ),
    "a negative degree": (
        claim(plan(most(2) // 3, a=2)),
        layouts(
            divided=LAYOUTS["divided"] | {"layers": [[1, {"a": 1}]]},  # type: ignore[operator]
            layouts=[[[1, -3, 1], [[1.0]], [1.0, 1.0]]],
        ),
        BOTH,
    ),
    "a row of memory that is too short": (
        claim(plan(most(2) // 3, a=2)),
        layouts(memory=[ONE, [[10**12, {"a": 1}]]]),
        BOTH,
    ),
    "layers that do not divide, too many for floats": (
        claim(plan(10, a=10**12 - 1)),
        region(
            gate("flops", {"tokens": 1}, 10) | {"layouts": True},
            axes=[{"name": "a", "values": [10**12 - 1]}],
            layouts=LAYOUTS
            | {
                "usable_bytes": 1e18,
                "divided": LAYOUTS["divided"] | {"layers": [[1, {"a": 1}]]},  # type: ignore[operator]
                "monomials": [{"a": 1}],
                "flops": [1.0],
                "layouts": [[[1, 2, 1], [[1.0]], [1.0]]],
            },
        ),
        {"points": 1},
    ),
    "the same plan twice": (
        claim(GOOD, GOOD | {"sizes": {"a": 2, "b": 1}}),
        region(),
        BOTH,
    ),
    "a cost that nothing limits": (claim(GOOD, cost="euros"), region(), BOTH),
    "a cost limited to what the plan takes": (claim(GOOD, cost="flops"), region(), BOTH),
    "a cost limited otherwise in another region": (
        claim(GOOD, cost="flops", regions=2),
        *(region(FLOPS | {"bound": "999999999/1000"}), BOTH, region(FLOPS | {"bound": 1}), BOTH),
    ),
    "a score that does not rise with the index": (
        claim(GOOD, law=LAW | {"response": WRONG_SCORES[0]}),
        region(axes=[{"name": "a", "values": [2, 10**4]}]),
        BOTH,
    ),
    "a constant beside which nothing counts": (
        claim(
            plan(1000, a=1000) | {"index": 1e12 + 7, "score": 7.0},
            law=LAW | {"constant": 1e12, "response": STRAIGHT | {"shift": -1e12}},
        ),
        region(axes=[{"name": "a", "values": [1, 1000]}]),
        BOTH,
    ),
    "rounding taken for score": (
        claim(
            plan(9999, q=10**12, d=100_001) | {"index": 9.3},
            law=LAW | {"weights": {"tokens": 1.0, "u": 1e9, "w": -1e9}},
        ),
        region(
            gate("flops", {"tokens": 1, "d": 1}, 10**9),
            axes=[{"name": "q", "values": [1, 10**12], "carried": {"d": [100_000, 100_001]}}],
            variables={"u": [[1, {"q": 1}]], "w": [[1, {"q": 1}]]},
        ),
        BOTH,
    ),
    "a sense that is none": (claim(GOOD), region(FLOPS, gate("g", {"a": 1}, 1, "<")), BOTH),
    "a half token": (claim(GOOD | {"tokens": most(2) - 0.0}), region(), BOTH),
    "numbers that are none": (claim(GOOD, law=LAW | {"constant": math.nan}), region(), BOTH),
    "no region": (claim(regions=0),),
    "nothing": (),
}


def test_an_honest_one_of_the_same_kind_is_accepted() -> None:
    assert is_accepted(claim(GOOD), region(), BOTH)
    assert is_accepted(claim(plan(most(2) // 3, a=2)), layouts(), BOTH)
    assert is_accepted(claim(GOOD, cost="flops"), region(FLOPS | {"bound": "999999999/1000"}), BOTH)


@pytest.mark.parametrize("name", CASES)
def test_a_false_or_senseless_statement_is_refused(name: str) -> None:
    assert not is_accepted(*CASES[name])
