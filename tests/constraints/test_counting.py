import csv
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from constraints.errors import InputError
from constraints.models.architecture import Architecture, Style
from constraints.models.attention import Attention, Latent
from constraints.models.counting import (
    active_parameter_count,
    cache_numbers,
    gemm_parameters,
    parameter_count,
    parameters,
    training_flops_per_token,
)
from constraints.models.experts import Experts

ORACLES = Path(__file__).parents[1] / "data" / "parameter_oracles.csv"
NORMS = {"rms": "rms", "ln": "layer", "none": "none"}


def dense_rows() -> list[dict[str, str]]:
    with ORACLES.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["n_experts"] == "0"]


def architecture(row: dict[str, str]) -> Architecture:
    def yes(key: str) -> bool:
        return row[key] == "True"

    return Architecture(
        num_hidden_layers=int(row["layers"]),
        hidden_size=int(row["d_model"]),
        intermediate_size=int(row["d_ff_dense"]),
        num_attention_heads=int(row["heads"]),
        num_key_value_heads=int(row["kv_heads"]),
        head_dim=int(row["head_dim"]),
        vocab_size=int(row["vocab"]),
        style=Style(
            tie_word_embeddings=yes("tied_embeddings"),
            gated_ffn=row["ffn_matrices"] == "3",
            norm=NORMS[row["norm"]],  # type: ignore[arg-type]
            norms_per_layer=int(row["norms_per_layer"]),
            final_norm=yes("final_norm"),
            embedding_norm=yes("embedding_norm"),
            attention=Attention(
                qk_norm=row["qk_norm"],  # type: ignore[arg-type]
                qkv_bias=yes("qkv_bias"),
                output_bias=yes("o_bias"),
                attention_sinks=yes("attn_sinks"),
            ),
            ffn_bias=yes("ffn_bias"),
            head_bias=yes("lm_head_bias"),
            learned_positions=int(row["learned_pos_rows"]),
        ),
    )


def expert_rows() -> list[dict[str, str]]:
    with ORACLES.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["n_experts"] != "0"]


def of_experts(row: dict[str, str]) -> Architecture:
    def whole(key: str) -> int:
        return int(row[key] or 0)

    each = whole("moe_d_ff")
    experts = Experts(
        shared_experts=Fraction(whole("shared_expert_d_ff_total"), each),
        shared_gate=row["shared_expert_gate"] == "True",
        dense_layers=whole("leading_dense_layers"),
        router_bias=row["router_bias"] == "True",
        expert_bias=row["expert_bias"] == "True",
    )
    latent = None
    if row["mla_kv_lora_rank"]:
        names = (
            "q_lora_rank",
            "kv_lora_rank",
            "qk_nope_head_dim",
            "qk_rope_head_dim",
            "v_head_dim",
        )
        latent = Latent(*(whole(f"mla_{name}") for name in names))
    dense = architecture({**row, "d_ff_dense": row["d_ff_dense"] if whole("d_ff_dense") else "1"})
    return replace(
        dense,
        style=replace(dense.style, experts=experts, attention=latent or dense.style.attention),
        num_experts=whole("n_experts"),
        num_experts_per_tok=whole("experts_per_token"),
        moe_intermediate_size=each,
    )


@pytest.mark.parametrize("row", expert_rows(), ids=lambda row: row["name"])
def test_mixtures_of_experts_are_counted_to_the_last_parameter_too(row: dict[str, str]) -> None:
    model = of_experts(row)
    assert parameter_count(model) == int(row["exact_params_transformers"])
    assert active_parameter_count(model) == int(row["active_params_all_embeddings"])
    gemm = gemm_parameters(model.style).value(model.sizes)
    assert gemm == int(row["gemm_params_per_token_incl_head"])
    flops = training_flops_per_token(model.style, 4096, "causal").value(model.sizes)
    # the file counts seq_len + 1 positions where attention is latent
    assert float(flops) == pytest.approx(float(row["train_flops_per_token_causal_4096"]), rel=1e-4)
    cache = 2 * cache_numbers(model.style, 1).value(model.sizes)
    assert cache == int(row["kv_cache_bytes_per_token_bf16"])


def test_experts_with_biases_and_sinks_are_counted_as_published() -> None:
    # gpt-oss-120b and Qwen3-235B-A22B, by transformers (tests/data README of the oracles)
    biased = Style(
        attention=Attention(qkv_bias=True, output_bias=True, attention_sinks=True),
        experts=Experts(router_bias=True, expert_bias=True),
    )
    gpt_oss = Architecture(36, 2880, 2880, 64, 8, 64, 201_088, biased, 128, 4, 2880)
    assert parameter_count(gpt_oss) == 116_829_156_672
    assert active_parameter_count(gpt_oss) == 5_711_982_912
    plain = Style(attention=Attention(qk_norm="head"), experts=Experts())
    qwen = Architecture(94, 4096, 12288, 64, 4, 128, 151_936, plain, 128, 8, 1536)
    assert parameter_count(qwen) == 235_093_634_560
    assert active_parameter_count(qwen) == 22_190_763_520


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"num_experts": None}, "num_experts must be a whole number"),
        ({"num_experts_per_tok": 300}, "must be ≤ num_experts = 128"),
        ({"moe_intermediate_size": 0}, "must be a whole number ≥ 1"),
        ({"style": Style()}, "must be given with a style that has experts"),
        ({"style": Style(experts=Experts(dense_layers=94))}, "must be < num_hidden_layers = 94"),
    ],
    ids=str,
)
def test_experts_that_make_no_model_are_refused(changed: dict[str, Any], rule: str) -> None:
    style = Style(attention=Attention(qk_norm="head"), experts=Experts())
    qwen = Architecture(94, 4096, 12288, 64, 4, 128, 151_936, style, 128, 8, 1536)
    with pytest.raises(InputError, match=rule):
        replace(qwen, **changed)


def test_the_oracle_file_holds_all_its_dense_models() -> None:
    assert len(dense_rows()) == 52
    assert len(expert_rows()) == 7


@pytest.mark.parametrize("row", dense_rows(), ids=lambda row: row["name"])
def test_parameters_equal_those_of_transformers_to_the_last_one(row: dict[str, str]) -> None:
    assert parameter_count(architecture(row)) == int(row["exact_params_transformers"])


@pytest.mark.parametrize("row", dense_rows(), ids=lambda row: row["name"])
def test_training_flops_equal_the_causal_gemm_count(row: dict[str, str]) -> None:
    model = architecture(row)
    flops = training_flops_per_token(model.style, 4096, "causal").value(model.sizes)
    assert flops == int(float(row["train_flops_per_token_causal_4096"]))


def test_six_nd_counts_every_parameter_six_times() -> None:
    model = architecture(dense_rows()[0])
    flops = training_flops_per_token(model.style, 4096, "6nd").value(model.sizes)
    assert flops == 6 * parameter_count(model)


def test_the_authors_parameter_count_is_ours_without_norms() -> None:
    # plan.py: (h·128·8·2 + 2h² + 3hd)·N + 2·150000·h
    n, h, d = 62, 4096, 8192
    model = Architecture(n, h, d, 32, 8, 128, 150_000, Style(norm="none"))
    assert parameter_count(model) == (h * 128 * 8 * 2 + 2 * h * h + 3 * h * d) * n + 300_000 * h


def test_every_count_is_a_posynomial_in_the_sizes() -> None:
    assert parameters(Style()).variables <= set(architecture(dense_rows()[0]).sizes)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("num_key_value_heads", 7, "must divide num_attention_heads = 32, got '7'"),
        ("num_hidden_layers", 0, "must be a whole number ≥ 1, got '0'"),
        ("hidden_size", -4096, "must be a whole number ≥ 1, got '-4096'"),
        ("vocab_size", 1.5, "must be a whole number ≥ 1, got '1.5'"),
        ("head_dim", True, "must be a whole number ≥ 1, got 'True'"),
    ],
)
def test_an_impossible_architecture_is_refused(field: str, value: object, rule: str) -> None:
    sizes: dict[str, object] = {
        "num_hidden_layers": 32,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "vocab_size": 128256,
    }
    with pytest.raises(InputError) as error:
        Architecture(**{**sizes, field: value})  # type: ignore[arg-type]
    assert str(error.value) == f"{field} {rule}"


def test_a_sequence_has_at_least_one_token() -> None:
    with pytest.raises(InputError, match="seq_len must be ≥ 1"):
        training_flops_per_token(Style(), 0, "causal")
