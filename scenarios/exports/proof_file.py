"""Proof files: what an answer claims, with all that a checker needs, as JSON Lines in gzip.

`flopwise verify` checks them without any of the code that wrote them. Format: docs/proof-format.md.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from constraints.errors import InputError
from constraints.space.region import Region
from optimizer.laws.law import Law
from optimizer.proving.claim import best_claim, least_claim
from optimizer.questions.target import TargetStatus
from optimizer.searching.search import SearchResult, SearchStatus
from scenarios.answers.answer import Answer
from scenarios.answers.front import Traced
from scenarios.answers.target import Reached

__all__ = ["packed", "proof_of_front", "proof_of_goal", "proof_of_plans"]

Lines = Iterable[dict[str, Any]]
VERSION = 1
LEVEL = 6
"""Of gzip: beyond it, files are hardly smaller."""


def proof_of_plans(answer: Answer) -> bytes:
    """The proof that no design beats the plans of an answer, or that there is no plan.

    Raises:
        InputError: if the search gave up, or the law is an objective over draws.
    """
    resolved = answer.resolved
    return packed(_best(resolved.regions, resolved.law, answer.result, answer.scenario.top))


def proof_of_goal(reached: Reached) -> bytes:
    """The proof that no design reaches a goal with less, or that none reaches it at all.

    Raises:
        InputError: if the search gave up, or the law is an objective over draws.
    """
    resolved, result = reached.resolved, reached.result
    if result.status is TargetStatus.UNPROVED:
        raise _unproved()
    costs = [reached.cost_in(region).limit for region in resolved.regions]
    if result.status is not TargetStatus.REACHED or reached.goal.score is None:
        held = result.status is TargetStatus.UNREACHABLE  # then the cost has a limit of its own
        pairs = zip(resolved.regions, costs, strict=True)
        regions = [x.within(cost, cost.bound) if held else x for x, cost in pairs]
        return packed(_best(regions, resolved.law, result.highest, 1))
    assert result.plan is not None
    assert result.amount is not None
    found = [(reached.region, result.plan)]
    floor = reached.law.response.inverse(float(reached.goal.score))
    given = (resolved.regions, reached.law, found, costs, result.amount, floor)
    return packed(least_claim(*given))


def proof_of_front(traced: Traced) -> bytes:
    """The proof of every point of a front: no design within its levels of the costs beats it.

    Raises:
        InputError: if a search gave up, or the law is an objective over draws.
    """
    if not traced.front.settled:
        raise _unproved()
    return packed(_points(traced))


def _best(regions: Sequence[Region], law: Law, result: SearchResult, asked: int) -> Lines:
    """The claim that the plans of a search are the best."""
    if result.status is SearchStatus.UNPROVED:
        raise _unproved()
    found = list(zip(result.plan_regions, result.plans, strict=True))
    return best_claim(regions, law, found, asked, result.relaxed.optimum)


def _points(traced: Traced) -> Iterator[dict[str, Any]]:
    """The claims of a front, one for each point."""
    for point in traced.front.points:
        region = traced.region
        for cost, level in zip(traced.costs, point.levels, strict=True):
            region = region.within(cost.limit, level)
        yield from best_claim([region], traced.law, [(region, point.plan)], 1, rows=point.rows)


def _unproved() -> InputError:
    return InputError("proof", "needs a search that came to its end", "unproved")


def packed(lines: Lines) -> bytes:
    """The file: a line of the version, the claims, and a hash of all that comes before it.

    Args:
        lines: of the claims, each with its regions and their boxes.
    """
    encode = json.JSONEncoder(separators=(",", ":")).encode
    stated = [{"flopwise_proof": VERSION}, *lines]
    body = "".join(encode(line) + "\n" for line in stated).encode()
    last = json.dumps({"sha256": hashlib.sha256(body).hexdigest()}).encode() + b"\n"
    return gzip.compress(body + last, LEVEL, mtime=0)
