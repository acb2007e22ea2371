"""What is in the way of a score, and how the score moves with limits, against fresh searches."""

import json
from fractions import Fraction

import pytest

from optimizer.questions.remedies import remedies
from optimizer.questions.sensitivity import sensitivity
from optimizer.searching.search import search
from tests.optimizer.reference_problems import reference_region
from tests.optimizer.test_front import LAW, small_region
from tests.scenarios.command_line import flopwise

TENTH = Fraction(1, 10)


@pytest.mark.enumeration("number")
@pytest.mark.parametrize("number", range(40))
def test_a_swing_is_what_a_fresh_search_says(number: int) -> None:
    region = small_region(number)
    result = search(region, LAW, 1)
    if not result.plans:
        return
    best = result.plans[0]
    score = float(LAW.response(best.index))
    swings = sensitivity(region, LAW, best, result.relaxed.optimum, TENTH)
    for swing in swings:
        if swing.limit not in {limit.name for limit in region.limits}:
            continue  # an end of an axis
        limit = region.limit(swing.limit)
        for way, change in ((1, swing.looser), (-1, swing.tighter)):
            moved = limit.bound * (1 + way * limit.sign * TENTH)
            again = search(region.with_bound(limit.name, moved), LAW, 1).plans
            if not again:
                assert change is None
                continue
            assert change == pytest.approx(float(LAW.response(again[0].index)) - score, abs=1e-9)
    sizes = [swing.size for swing in swings]
    assert sizes == sorted(sizes, reverse=True)


def test_swings_agree_with_prices_where_the_lattice_is_fine() -> None:
    region = reference_region()
    result = search(region, LAW, 1)
    small = Fraction(1, 100)
    swings = sensitivity(region, LAW, result.plans[0], result.relaxed.optimum, small)
    flops = next(swing for swing in swings if swing.limit == "training_flops")
    price = result.relaxed.shadow_prices["training_flops"]
    assert flops.looser == pytest.approx(price, rel=0.15)


def test_the_bound_that_a_remedy_names_is_just_enough() -> None:
    region = reference_region()
    result = search(region, LAW, 1)
    found = remedies(region, LAW, result.plans[0], result.relaxed.optimum, 80)
    (flops,) = (remedy for remedy in found if remedy.limit == "training_flops")
    assert flops.enough is not None
    for share, enough in ((1 + 1e-9, True), (0.999, False)):
        bound = Fraction(flops.enough) * Fraction(share)
        again = search(region.with_bound("training_flops", bound), LAW, 1).plans[0]
        assert (float(LAW.response(again.index)) >= 80 - 1e-9) is enough


def test_a_plan_prints_its_sensitivity_beside_its_prices() -> None:
    options = ("plan", "--gpus", "64", "--gpu", "h100-sxm", "--days", "30", "--sensitivity")
    found = json.loads(flopwise(*options, "--json").out)
    assert found["sensitivity"][0]["looser"] >= 0 >= found["sensitivity"][0]["tighter"]
    text = flopwise(*options)
    assert "looser tighter" in text.out
    assert "sensitivity" not in json.loads(flopwise(*options[:-1], "--json").out)
