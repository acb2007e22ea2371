"""Fixtures: tests/data/hf_configs.json, small models of every family that transformers 4.57.6
and 5.23.0 built on the meta device; `parameters` is the sum over their unique parameters."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.configs.hf_config import SUPPORTED, architecture_from_config, read_config
from constraints.errors import ConfigError, FlopwiseError
from constraints.models.counting import parameter_count

CASES = json.loads((Path(__file__).parents[1] / "data" / "hf_configs.json").read_text("utf-8"))
LLAMA = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
}


@pytest.mark.parametrize(
    "case", CASES, ids=lambda c: f"{c['config']['model_type']}-transformers{c['transformers']}"
)
def test_a_config_gives_exactly_the_parameters_transformers_builds(case: dict[str, Any]) -> None:
    assert parameter_count(architecture_from_config(case["config"])) == case["parameters"]


def test_every_supported_family_is_checked_in_both_versions() -> None:
    checked = {(case["config"]["model_type"], case["transformers"]) for case in CASES}
    theirs = set(SUPPORTED) - {"kimi_k2"}  # DeepSeek-V3's fields under a name of its own
    assert checked == {(kind, version) for kind in theirs for version in (4, 5)}
    for case in CASES:
        if case["config"]["model_type"] == "deepseek_v3":
            other = {**case["config"], "model_type": "kimi_k2"}
            assert parameter_count(architecture_from_config(other)) == case["parameters"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"moe_layer_freq": 2}, "moe_layer_freq must be 1: experts in every layer"),
        ({"mlp_only_layers": [0]}, "mlp_only_layers must be empty"),
        ({"n_routed_experts": 0}, "n_routed_experts must be a whole number ≥ 1"),
        ({"n_routed_experts": "many"}, "n_routed_experts must be a whole number ≥ 1"),
        ({"first_k_dense_replace": 3}, "dense_layers must be < num_hidden_layers = 3"),
        ({"kv_lora_rank": -1}, "kv_lora_rank must be a whole number ≥ 1"),
    ],
    ids=str,
)
def test_experts_that_are_not_known_are_refused(change: dict[str, Any], told: str) -> None:
    (case, *_) = [x for x in CASES if x["config"]["model_type"] == "deepseek_v3"]
    with pytest.raises(FlopwiseError, match=told):
        architecture_from_config({**case["config"], **change})


def test_llama_3_8b_is_read_to_the_last_parameter(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(LLAMA))
    assert parameter_count(read_config(path).architecture) == 8_030_261_248


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        # as the hub has them, with names of older transformers
        (
            {
                "model_type": "bloom",
                "n_embed": 1024,
                "n_layer": 24,
                "num_attention_heads": 16,
                "vocab_size": 250880,
            },
            559_214_592,
        ),
        (
            {
                "model_type": "falcon",
                "hidden_size": 4544,
                "n_layer": 32,
                "n_head": 71,
                "multi_query": True,
                "vocab_size": 65024,
            },
            6_921_720_704,
        ),
    ],
)
def test_older_field_names_are_read(config: dict[str, Any], parameters: int) -> None:
    assert parameter_count(architecture_from_config(config)) == parameters


def test_an_unknown_family_names_the_supported_ones() -> None:
    with pytest.raises(ConfigError) as error:
        architecture_from_config({**LLAMA, "model_type": "lama"})
    assert "model_type must be one of bloom, deepseek_v2, " in str(error.value)
    assert "did you mean llama?" in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_size": "wide"}, "hidden_size must be a whole number ≥ 1, got 'wide'"),
        ({"num_hidden_layers": None}, "num_hidden_layers must be in the config"),
        ({"num_key_value_heads": 7}, "num_key_value_heads must divide num_attention_heads = 32"),
        ({"hidden_size": 4097}, "hidden_size must be a multiple of 32 heads"),
    ],
)
def test_a_bad_field_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(FlopwiseError, match=message):
        architecture_from_config({**LLAMA, **change})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be JSON"),
        ("[1]", "config must be a JSON object"),
        ("[" * 100_000, "must be JSON"),
        ("\udcff", "must be JSON text"),
    ],
)
def test_a_file_that_is_no_config_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=message):
        read_config(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.json must be a readable file"):
        read_config(tmp_path / "nowhere.json")


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**6), st.floats(), st.text(max_size=5), st.just([])
)


@given(st.sampled_from(SUPPORTED), st.dictionaries(st.sampled_from(sorted(LLAMA)), VALUES))
def test_any_config_is_read_or_refused_but_never_crashes(kind: str, change: dict[str, Any]) -> None:
    try:
        architecture_from_config({**LLAMA, **change, "model_type": kind})
    except FlopwiseError as error:
        assert "must" in str(error)
