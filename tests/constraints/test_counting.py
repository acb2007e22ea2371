import csv
from pathlib import Path

import pytest

from constraints.architecture import Architecture, Style
from constraints.counting import parameter_count, parameters, training_flops_per_token
from constraints.errors import InputError

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
            qk_norm=row["qk_norm"],  # type: ignore[arg-type]
            qkv_bias=yes("qkv_bias"),
            output_bias=yes("o_bias"),
            ffn_bias=yes("ffn_bias"),
            head_bias=yes("lm_head_bias"),
            learned_positions=int(row["learned_pos_rows"]),
            attention_sinks=yes("attn_sinks"),
        ),
    )


def test_the_oracle_file_holds_all_its_dense_models() -> None:
    assert len(dense_rows()) == 52


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
