"""Learning rates and batches by published laws, beside published runs."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.published.published_models import find_published
from constraints.resources.recipe_laws import (
    batch_on_cluster,
    batch_within,
    law_batch,
    recipe_laws,
    usual_batch,
)

LAWS = {law.name: law for law in recipe_laws()}


def test_the_batches_of_deepseek_llms_own_runs() -> None:
    # 67B on 2T tokens in steps of 4,608 sequences of 4,096 tokens, 7B in steps of 2,304
    # (arXiv 2401.02954, table 2)
    assert law_batch(6 * 67 * 10**9 * 2 * 10**12) == pytest.approx(4608 * 4096, rel=0.03)
    assert law_batch(6 * 7 * 10**9 * 2 * 10**12) == pytest.approx(2304 * 4096, rel=0.06)


def test_the_learning_rates_of_deepseek_llms_own_runs() -> None:
    # 4.2e-4 for 7B and 3.2e-4 for 67B (arXiv 2401.02954, table 2)
    law = LAWS["deepseek-llm"].learning_rate
    assert law.at({"flops": 6 * 7e9 * 2e12}) == pytest.approx(4.2e-4, rel=0.02)
    assert law.at({"flops": 6 * 67e9 * 2e12}) == pytest.approx(3.2e-4, rel=0.02)


def test_the_laws_at_llama_3_8b_are_those_that_are_told_of_them() -> None:
    # 8B on 15T tokens: 1.7e-3 and 3.3e-4, 19.4 M and 18.6 M tokens, from the published formulas
    run = {"parameters": 8.03e9, "tokens": 15e12, "flops": 6 * 8e9 * 15e12}
    step, deepseek = LAWS["step-law"], LAWS["deepseek-llm"]
    assert step.learning_rate.at(run) == pytest.approx(1.79 * 8.03e9**-0.713 * 15e12**0.307)
    assert step.learning_rate.at(run) == pytest.approx(1.7e-3, rel=0.02)
    assert deepseek.learning_rate.at(run) == pytest.approx(3.3e-4, rel=0.03)
    assert step.batch.at(run) == pytest.approx(19.4e6, rel=0.01)
    assert deepseek.batch.at(run) == pytest.approx(18.6e6, rel=0.03)


def test_a_law_says_where_it_extrapolates() -> None:
    small = {"parameters": 1e9, "tokens": 1e11, "flops": 6e20}
    assert not LAWS["step-law"].extrapolates(small)
    assert LAWS["step-law"].extrapolates({**small, "tokens": 2e11})
    assert LAWS["deepseek-llm"].extrapolates(small)
    assert not LAWS["ling"].extrapolates({**small, "flops": 1e30})  # its range is not known


def test_every_law_names_its_source_and_quantities_that_there_are() -> None:
    text = Path(__file__).parents[2] / "constraints" / "data" / "recipe_laws.json"
    assert len(json.loads(text.read_text("utf-8"))["laws"]) == len(LAWS)
    for law in LAWS.values():
        assert "arXiv" in law.source
        used = {*law.learning_rate.exponents, *law.batch.exponents, *law.seen}
        assert used <= {"parameters", "tokens", "flops"}


def test_mixtures_take_more_by_the_law_for_them() -> None:
    assert law_batch(10**24, experts=True) > law_batch(10**24)


@given(st.floats(1e5, 1e9), st.integers(1, 100_000), st.sampled_from([2048, 8192, 131_072]))
def test_a_cluster_shares_out_its_batch_evenly(tokens: float, gpus: int, seq_len: int) -> None:
    batch = batch_on_cluster(tokens, gpus, seq_len)
    sequences = batch // seq_len
    assert sequences * seq_len == batch > 0
    assert sequences % gpus == 0 or (sequences < gpus and gpus % sequences == 0)
    if sequences > gpus or gpus & (gpus - 1) == 0 < tokens - seq_len:
        assert 2**-0.51 <= batch / tokens <= 2**0.51


@given(
    st.floats(1e4, 1e8),
    st.floats(1.0, 64.0),
    st.floats(1e5, 1e9),
    st.integers(1, 20_000),
    st.sampled_from([2048, 8192]),
)
def test_a_step_from_a_range_lies_in_it_and_is_shared_evenly(
    low: float, wide: float, tokens: float, gpus: int, seq_len: int
) -> None:
    span = Range(round(low), round(low * wide))
    try:
        batch = batch_within(span, tokens, gpus, seq_len)
    except InputError as error:
        assert "shares evenly" in error.message()
        unit = gpus * seq_len
        assert span.high // unit * unit < span.low
        return
    assert span.low / 1.05 <= batch <= span.high * 1.05
    sequences = batch // seq_len
    assert sequences * seq_len == batch
    assert sequences % gpus == 0 or gpus % sequences == 0


def test_a_range_around_what_suits_the_run_changes_nothing() -> None:
    assert batch_within(Range(10**6, 10**8), 1.6e7, 1024, 8192) == batch_on_cluster(
        1.6e7, 1024, 8192
    )


def test_a_model_without_tokens_has_the_steps_of_chinchillas_twenty_a_parameter() -> None:
    model = find_published("llama-3-8b").architecture
    parameters = 8_030_261_248
    assert usual_batch(model, 8192) == usual_batch(model, 8192, 20 * parameters)
    assert 3e6 < usual_batch(model, 8192) < 5e6
    assert usual_batch(model, 8192, 15 * 10**12) == pytest.approx(19.4e6, rel=0.1)
