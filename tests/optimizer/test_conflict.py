from dataclasses import replace
from fractions import Fraction

import pytest

from constraints.algebra.units import Range
from constraints.space.dense_space import dense_space
from constraints.space.feasible_region import feasible_region
from constraints.space.region import Region
from optimizer.laws.library import law
from optimizer.searching.conflict import Conflict, find_conflict
from optimizer.searching.search import SearchStatus, search
from tests.random_problems import random_region

LAW = law("performance-law")


def by_name(conflict: tuple[Conflict, ...]) -> dict[str, Conflict]:
    return {item.limit: item for item in conflict}


def test_a_budget_too_small_for_the_tokens_names_both_and_what_each_needs() -> None:
    # smallest conventional design: 16 layers, hidden 1152, FFN 3328, 9 heads, 3 KV heads:
    # 6 · (16 · (2·1152² + 2·1152·384 + 3·1152·3328) + 128000·1152) + 6 · 8192 · 16 · 1152 a token
    region = feasible_region(dense_space(), 10**20, tokens=Range(10**12))
    found = by_name(find_conflict(region, LAW))
    assert set(found) == {"training_flops", "tokens_min"}
    assert found["training_flops"].needed == 1e20
    assert found["training_flops"].value == pytest.approx(3_234_594_816e12, rel=1e-9)
    assert found["tokens_min"].needed == 1e12


def test_a_shape_that_contradicts_itself_is_one_limit_alone() -> None:
    ranges = {"num_hidden_layers": Range.single(100), "hidden_size": Range.single(4096)}
    region = feasible_region(dense_space(ranges=ranges), 10**24)
    (found,) = find_conflict(region, LAW)
    assert (found.limit, found.value) == ("hidden_per_layer_min", 40.96)
    assert found.needed == pytest.approx(68.27, abs=0.01)


def infeasible_regions(count: int) -> list[Region]:
    regions = []
    number = 0
    while len(regions) < count:
        region, _, _ = random_region(number, deployed=number % 2 == 1)
        if search(region, LAW).status is SearchStatus.INFEASIBLE:
            regions.append(region)
        number += 1
    return regions


@pytest.mark.slow
@pytest.mark.parametrize("region", infeasible_regions(25))
def test_a_conflict_is_irreducible_and_its_remedies_work(region: Region) -> None:
    conflict = find_conflict(region, LAW)
    assert conflict
    for item in conflict:
        if item.value is None:
            continue
        if item.limit == "tokens_step":
            assert search(replace(region, token_step=int(item.value)), LAW).plans
            assert not search(replace(region, token_step=int(item.value) + 1), LAW).plans
            continue
        limit = region.limit(item.limit)
        value = Fraction(item.value) if not limit.reciprocal else 1 / Fraction(item.value)
        safe = Fraction(1, 10**4)
        loose = value * (1 + safe) if limit.sign > 0 else value / (1 + safe)
        tight = value / (1 + 3 * safe) if limit.sign > 0 else value * (1 + 3 * safe)
        assert search(region.with_bound(limit.name, loose), LAW).plans
        assert not search(region.with_bound(limit.name, tight), LAW).plans
