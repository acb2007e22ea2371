"""Tokens of an optimizer step by published laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.resources.step_batch import batch_on_cluster, law_batch


def test_the_batches_of_deepseek_llms_own_runs() -> None:
    # 67B on 2T tokens in steps of 4,608 sequences of 4,096 tokens, 7B in steps of 2,304
    # (arXiv 2401.02954, table 2)
    assert law_batch(6 * 67 * 10**9 * 2 * 10**12) == pytest.approx(4608 * 4096, rel=0.03)
    assert law_batch(6 * 7 * 10**9 * 2 * 10**12) == pytest.approx(2304 * 4096, rel=0.06)


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
