import csv

import pytest

from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator, find_accelerator
from constraints.models.architecture import Architecture, Style
from constraints.models.counting import cache_numbers
from constraints.resources.deployment import WEIGHTS, Deployment, WeightFormat
from tests.constraints.test_counting import ORACLES, architecture, dense_rows

A100 = find_accelerator("a100-sxm-80")
LLAMA_2_7B = Architecture(32, 4096, 11008, 32, 32, 128, 32000)
LLAMA_3_8B = Architecture(32, 4096, 14336, 32, 8, 128, 128256)
LLAMA_2_70B = Architecture(80, 8192, 28672, 64, 8, 128, 32000)


@pytest.mark.parametrize("row", dense_rows(), ids=lambda row: row["name"])
def test_the_kv_cache_is_what_transformers_keeps(row: dict[str, str]) -> None:
    cache = 2 * cache_numbers(Style(), 1).value(architecture(row).sizes)
    assert cache == int(row["kv_cache_bytes_per_token_bf16"])


def test_the_oracle_file_is_there() -> None:
    with ORACLES.open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 59


# gpt-fast's README, A100 80GB, batch 1: share of nominal bandwidth that decoding reached;
# Llama-2-7B in bf16 ran at 104.9 tokens a second
@pytest.mark.parametrize(
    ("weights", "share"),
    [
        ("bf16", 0.69),
        ("bf16", 0.74),
        ("int8", 0.51),
        ("int8", 0.54),
        ("int8", 0.65),
        ("int4", 0.41),
        ("int4", 0.53),
    ],
)
def test_the_share_of_bandwidth_that_decoding_reaches_is_near_every_measurement(
    weights: WeightFormat, share: float
) -> None:
    assert float(WEIGHTS[weights].bandwidth_share) == pytest.approx(share, rel=0.20)


def test_llama_2_7b_decodes_at_the_measured_rate() -> None:
    served = Deployment(A100, context=200)
    rate = 1 / float(served.seconds_per_token(LLAMA_2_7B.style).value(LLAMA_2_7B.sizes))
    assert rate == pytest.approx(104.9, rel=0.05)


def test_weights_and_cache_fill_the_memory_they_are_known_to() -> None:
    # Llama-3-8B: 16.06 GB of bf16 weights, 128 KiB of cache a token
    served = Deployment(A100, context=8192, batch=4)
    memory = served.memory(Style()).value(LLAMA_3_8B.sizes)
    assert memory == 2 * 8_030_261_248 + 4 * 8192 * 128 * 1024


def test_int4_weights_carry_their_scales_but_embeddings_stay_whole() -> None:
    matrices = 32 * (4096 * (4096 + 2 * 1024) + 4096 * 4096 + 3 * 4096 * 14336)
    served = Deployment(A100, weights="int4", context=1)
    memory = served.memory(Style()).value(LLAMA_3_8B.sizes)
    others = 8_030_261_248 - matrices
    assert memory == matrices * 17 / 32 + 2 * others + 128 * 1024


def test_a_model_too_large_for_the_part_is_outside_its_limits() -> None:
    names = [limit.name for limit in Deployment(A100, rate=40, first_token=2).limits(Style())]
    assert names == ["serving_memory", "decode_rate", "first_token"]
    fits = Deployment(A100).limits(Style())[0]
    assert fits.holds(LLAMA_3_8B.sizes)
    assert not fits.holds(LLAMA_2_70B.sizes)
    assert Deployment(A100, count=2).limits(Style())[0].holds(LLAMA_2_70B.sizes)


def test_a_rate_limit_is_shown_as_tokens_a_second() -> None:
    limit = Deployment(A100, rate=40).limits(Style())[1]
    assert limit.shown(limit.bound) == 40
    assert limit.shown_sense == ">="
    assert limit.holds(LLAMA_3_8B.sizes)
    assert not limit.holds(LLAMA_2_70B.sizes)


def test_eight_parts_decode_four_times_as_fast_as_one() -> None:
    one, eight = (Deployment(A100, count=n).seconds_per_token(Style()) for n in (1, 8))
    at = LLAMA_2_70B.sizes
    assert float(one.value(at) / eight.value(at)) == pytest.approx(4, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": 0}, "serve_count must be > 0"),
        ({"rate": -1}, "serve_rate must be > 0"),
        ({"weights": "int3"}, "serve_weights must be one of bf16, fp8, int8, int4"),
        ({"accelerator": Accelerator("x", 100)}, "serve_on must be a part whose memory is known"),
    ],
)
def test_a_deployment_that_makes_no_sense_is_refused(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Deployment(**{"accelerator": A100, **change})  # type: ignore[arg-type]
