"""A thousand random proofs, a thousand changes of them, and what proofs cost and weigh.

Every proof has to verify, and every change that makes a proof false has to be refused. Whether a
change is false is found by counting every design. Sizes and times are of the default problem and of
its mixtures; times are medians of some runs in one process.
"""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import flopwise
from optimizer.searching.family import search_family
from scenarios.verifying.proof_checker import check
from tests.proof_oracle import is_proved, is_true, signed, unpacked
from tests.random_proofs import KINDS, changed, random_proof

PROOFS, RUNS = 1000, 7


def main() -> None:
    many()
    for name, more in {"default problem": {}, "its mixtures": {"moe": True}}.items():
        one(name, flopwise.plan(gpus=1024, gpu="h100-sxm", days=30, **more))


def many() -> None:
    """Proofs and changes in the same number."""
    counts: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    number = 0
    while counts["proofs"] < PROOFS:
        proof = random_proof(number)
        number += 1
        if proof is None:  # a target that no plan reaches
            continue
        counts["proofs"] += 1
        counts["verified"] += is_proved(proof)
        what, mutant = changed(unpacked(proof), random.Random(f"change {number}"))
        if not is_proved(signed(mutant)):
            counts["refused"] += 1
        elif is_true(mutant):
            kept[what] += 1
        else:
            counts["false and not refused"] += 1
    print(f"{counts['verified']} of {counts['proofs']} proofs verify ({', '.join(KINDS)})")
    print(f"{PROOFS} changes: {counts['refused']} refused, {sum(kept.values())} still true")
    print(f"  {counts['false and not refused']} false and not refused")
    print(f"  still true: {', '.join(f'{name} {n}' for name, n in kept.most_common())}")


def one(name: str, found: Any) -> None:
    """What a proof weighs, and takes beside the search and the whole answer."""
    answer = found.answer
    resolved, top = answer.resolved, answer.scenario.top
    search = median(lambda: search_family(resolved.regions, resolved.law, top))
    proof = found.proof()
    write, verify = median(found.proof), median(lambda: check(proof))
    print(
        f"{name}: {len(proof):,} bytes; search {search * 1e3:.0f} ms, writing {write / search:.2f}"
    )
    print(f"  times as long, checking {verify / search:.1f} times")


def median(function: Callable[[], Any]) -> float:
    """Median time of a call [s]."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
