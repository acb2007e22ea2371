"""Fixtures, with parameters summed over the unique ones of models on the meta device:

tests/data/hf_configs.json: small models of every family, and full-size ones with the defaults of
their class, that transformers 4.57.6, 5.23.0 and 5.24.0 built.
tests/data/public_configs.json: configs that people publish, with the right value by transformers
5.24.0, or by the source named with it."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.configs.hf_config import (
    FAMILIES,
    SUPPORTED,
    architecture_from_config,
    public_config,
    read_config,
)
from constraints.errors import ConfigError, FlopwiseError
from constraints.models.architecture import Style
from constraints.models.counting import (
    active_parameter_count,
    parameter_count,
    prediction_parameters,
    training_flops_per_token,
)

CASES = json.loads((Path(__file__).parents[1] / "data" / "hf_configs.json").read_text("utf-8"))
PUBLIC = json.loads((Path(__file__).parents[1] / "data" / "public_configs.json").read_text("utf-8"))
NEW_IN_5 = {
    *("afmoe", "deepseek_v32", "exaone_moe", "glm4_moe_lite", "glm_moe_dsa", "minimax_m2"),
    *("ministral3", "qwen3_5_moe_text", "qwen3_5_text"),
}
"""Model types that transformers 4.57.6 does not have."""
UNBUILT_IN_4 = {"apertus", "nemotron_h", "qwen3_vl_moe_text", "qwen3_vl_text"}
"""Model types that transformers 4.57.6 has not, or could not build on the meta device."""
UNBUILT_IN_5 = {"dbrx"}
"""Model types that transformers 5.24.0 could not build."""
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
    missing = {4: NEW_IN_5 | UNBUILT_IN_4, 5: UNBUILT_IN_5}
    theirs = set(FAMILIES) - {"kimi_k2"}  # DeepSeek-V3's fields under a name of its own
    assert checked == {
        (kind, version) for version in (4, 5) for kind in theirs if kind not in missing[version]
    }


@pytest.mark.parametrize("case", PUBLIC, ids=lambda c: c["name"])
def test_public_configs_have_their_right_value(case: dict[str, Any]) -> None:
    model = architecture_from_config(case["config"])
    got = parameter_count(model)
    if case["quantity"] == "flops_per_token":
        flops = training_flops_per_token(model.style, case["seq_len"], "causal")
        got = float(flops.value(model.sizes))
    assert got == pytest.approx(case["value"], rel=case["tolerance"], abs=0)


def test_dbrx_is_counted_as_published() -> None:
    # databricks/dbrx-base: 132B in all, 36B for a token (its model card)
    config = {
        "model_type": "dbrx",
        "d_model": 6144,
        "n_heads": 48,
        "n_layers": 40,
        "vocab_size": 100352,
        "attn_config": {"kv_n_heads": 8},
        "ffn_config": {"ffn_hidden_size": 10752, "moe_num_experts": 16, "moe_top_k": 4},
    }
    model = architecture_from_config(config)
    assert parameter_count(model) == pytest.approx(132e9, rel=0.005)
    assert active_parameter_count(model) == pytest.approx(36e9, rel=0.02)


@pytest.mark.parametrize("inner", ["text_config", "llm_config", "language_config"])
@pytest.mark.parametrize("case", PUBLIC[4:15], ids=lambda c: c["name"])
def test_a_model_that_also_sees_is_read_as_its_text_model(case: dict[str, Any], inner: str) -> None:
    text = case["config"].get("text_config", case["config"])
    whole = {"model_type": "sees", inner: text, "vision_config": {}, "audio_config": {"layers": 9}}
    found = public_config(whole)
    assert found.left_out == ("vision", "audio")
    assert parameter_count(found.architecture) == case["value"]


def test_the_whole_model_says_whether_embeddings_are_tied_unless_the_text_model_does() -> None:
    for inside, outside, tied in ((None, True, True), (True, None, True), (None, None, False)):
        assert _sees(inside, outside).tie_word_embeddings is tied
    for tied in (True, False):
        with pytest.raises(ConfigError, match=r"text_config.tie_word_embeddings must equal the wh"):
            _sees(tied, not tied)


def _sees(inside: bool | None, outside: bool | None) -> Style:
    text = LLAMA | ({} if inside is None else {"tie_word_embeddings": inside})
    whole: dict[str, Any] = {"model_type": "sees", "text_config": text}
    if outside is not None:
        whole["tie_word_embeddings"] = outside
    return architecture_from_config(whole).style


def test_a_text_model_inside_another_has_the_sizes_of_its_class_where_it_is_silent() -> None:
    # as LLaVA-1.5 7B's config, whose text model is Vicuna, a Llama of 6,738,415,616 parameters at
    # its 32,000 words (transformers 5.24.0)
    text = {"model_type": "llama", "vocab_size": 32064}
    found = architecture_from_config({"model_type": "llava", "text_config": text})
    assert parameter_count(found) == 6_738_415_616 + 2 * 64 * 4096
    with pytest.raises(ConfigError, match="hidden_size must be in the config"):
        architecture_from_config(text)


@pytest.mark.parametrize(
    ("kind", "field"),
    [("seed_oss", "head_dim"), ("ernie4_5", "num_key_value_heads"), ("qwen2_moe", "qkv_bias")],
)
def test_a_null_that_may_mean_the_default_or_none_is_refused(kind: str, field: str) -> None:
    case = next(each for each in CASES if each["config"]["model_type"] == kind)
    with pytest.raises(ConfigError, match=field):
        architecture_from_config({**case["config"], field: None})


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("gpt2", {"add_cross_attention": True}),
        ("gpt2", {"head_dim": 8}),
        ("gpt_neox", {"num_key_value_heads": 1}),
        ("mpt", {"attn_config": {"kv_n_heads": 1}}),
        ("bloom", {"intermediate_size": 40}),
        ("glm4v_text", {"head_dim": 8}),
        ("glm4_moe_lite", {"first_k_dense_replace": 2}),
        ("glm4_moe_lite", {"head_dim": 9}),
        ("helium", {"hidden_size": 1024}),
        ("hunyuan_v1_moe", {"num_shared_expert": [1, 2]}),
        ("minimax_m2", {"use_qk_norm": False}),
        ("deepseek_v2", {"mlp_bias": True}),
        ("nemotron_h", {"attention_bias": True}),
        ("nemotron_h", {"tie_word_embeddings": True}),
        ("nemotron_h", {"hybrid_override_pattern": "M*M*M"}),
    ],
    ids=str,
)
def test_a_value_that_the_code_of_a_type_does_not_follow_is_refused(
    kind: str, change: dict[str, Any]
) -> None:
    case = next(each for each in CASES if each["config"]["model_type"] == kind)
    with pytest.raises(ConfigError, match=next(iter(change))):
        architecture_from_config(case["config"] | change)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("qwen3_moe", {"mlp_only_layers": ["0"]}),
        ("bamba", {"attn_layer_indices": ["a"]}),
        ("dbrx", {"attn_config": [1]}),
        ("glm_moe_dsa", {"index_topk_pattern": "XXXX"}),
        ("deepseek_v3", {"kv_lora_rank": 10**30}),
        ("jamba", {"mamba_d_state": 10**30}),
    ],
    ids=str,
)
def test_lists_and_sizes_of_no_sense_are_refused(kind: str, change: dict[str, Any]) -> None:
    case = next(each for each in CASES if each["config"]["model_type"] == kind)
    with pytest.raises(ConfigError, match=next(iter(change))):
        architecture_from_config(case["config"] | change)


def test_a_mixture_without_experts_is_dense() -> None:
    config = {**LLAMA, "model_type": "qwen3_moe", "num_experts": 0}
    assert architecture_from_config(config).style.experts is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"num_local_experts": 16}, "num_local_experts"),
        ({"n_routed_experts": 64, "first_k_dense_replace": 1}, "n_routed_experts, first_k_dense"),
        ({"moe_intermediate_size": 512}, "moe_intermediate_size"),
        ({"mamba_d_state": 128}, "mamba_d_state"),
        ({"ssm_state_size": 128}, "ssm_state_size"),
        ({"hybrid_override_pattern": "M*-"}, "hybrid_override_pattern"),
        ({"linear_num_value_heads": 32}, "linear_num_value_heads"),
        ({"full_attention_interval": 4}, "full_attention_interval"),
        ({"kv_lora_rank": 512}, "kv_lora_rank"),
        ({"index_topk": 2048}, "index_topk"),
        ({"sliding_window": 4096}, "sliding_window"),
        ({"layer_types": ["sliding_attention"] * 32}, "layer_types"),
        ({"attention_chunk_size": 8192}, "attention_chunk_size"),
        ({"word_embed_proj_dim": 512}, "word_embed_proj_dim"),
        ({"num_kv_heads": 8}, "num_kv_heads"),
        ({"n_layer": 32}, "n_layer"),
        ({"d_model": 4096}, "d_model"),
    ],
    ids=str,
)
def test_fields_that_a_model_type_does_not_use_are_refused_by_name(
    change: dict[str, Any], named: str
) -> None:
    with pytest.raises(ConfigError, match=named):
        architecture_from_config({**LLAMA, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"sliding_window": None, "use_sliding_window": False},
        {"layer_types": ["full_attention"] * 32},
        {"num_experts": 1, "moe_layer_freq": 1, "num_local_experts": 0},
        {"attn_type_list": [1] * 32, "mlp_only_layers": []},
        {"q_lora_rank": None, "num_nextn_predict_layers": 0},
    ],
    ids=str,
)
def test_fields_that_say_that_nothing_is_unusual_are_read_over(change: dict[str, Any]) -> None:
    assert parameter_count(architecture_from_config({**LLAMA, **change})) == 8_030_261_248


def test_layers_with_a_window_are_those_that_transformers_gives_one() -> None:
    """Where a config of transformers 5 lists the kinds of layers, leaving the list out changes
    nothing: the default of the class is the same."""
    told = [
        case["config"]
        for case in CASES
        if case["transformers"] == 5
        and {"sliding_attention", "chunked_attention"}
        & set(case["config"].get("layer_types") or ())
    ]
    assert len({config["model_type"] for config in told}) == 8
    for config in told:
        silent = {name: value for name, value in config.items() if name != "layer_types"}
        assert architecture_from_config(silent) == architecture_from_config(config)


def test_lists_that_say_the_same_for_each_layer_are_numbers() -> None:
    (case, *_) = [x for x in CASES if x["config"]["model_type"] == "hunyuan_v1_moe"]
    listed = dict(case["config"])
    layers = listed["num_hidden_layers"]
    listed |= {"moe_topk": [2] * layers, "moe_intermediate_size": [96] * layers}
    listed |= {"num_shared_expert": [1] * layers}
    assert parameter_count(architecture_from_config(listed)) == case["parameters"]
    with pytest.raises(ConfigError, match="moe_topk must be the same for every layer"):
        architecture_from_config({**listed, "moe_topk": [2] * (layers - 1) + [4]})


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ("llama4_maverick", None),
        ("qwen4", None),
        ("glm4_moee", "glm4_moe"),
        ("deepseek_v4", None),
        ("Qwen3-MoE", "qwen3_moe"),
        ("bert", None),
        ("gpt-oss", "gpt_oss"),
    ],
)
def test_only_a_misspelt_model_type_is_guessed(given: str, kind: str | None) -> None:
    with pytest.raises(ConfigError) as error:
        architecture_from_config({**LLAMA, "model_type": given})
    assert error.value.hint == ("" if kind is None else f"did you mean {kind}?")


def test_two_names_of_one_size_must_agree() -> None:
    gpt2 = {"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "vocab_size": 50257}
    same = architecture_from_config({**gpt2, "hidden_size": 768})
    assert same == architecture_from_config(gpt2)
    with pytest.raises(ConfigError, match="hidden_size must equal n_embd = 768"):
        architecture_from_config({**gpt2, "hidden_size": 1024})


def test_a_field_inside_a_text_config_is_named_with_it() -> None:
    whole = {"model_type": "sees", "text_config": {"model_type": "llama", "hidden_size": 0}}
    with pytest.raises(ConfigError, match=r"text_config\.hidden_size must be a whole number"):
        architecture_from_config(whole)


def test_half_layers_count_together_for_laws() -> None:
    (case,) = [x for x in PUBLIC if x["name"] == "hybrid-nemotron-3-nano"]
    model = architecture_from_config(case["config"])
    assert (model.num_hidden_layers, model.depth) == (52, 29)  # 23 Mamba-2 and 6 of attention
    assert model.is_hybrid
    (case,) = [x for x in PUBLIC if x["name"] == "hybrid-qwen3-next-80b"]
    model = architecture_from_config(case["config"])
    assert (model.num_hidden_layers, model.depth, model.is_hybrid) == (48, 48, True)
    llama = architecture_from_config(LLAMA)
    assert (llama.depth, llama.is_hybrid) == (32, False)


def test_a_missing_model_type_is_called_missing() -> None:
    config = {name: value for name, value in LLAMA.items() if name != "model_type"}
    with pytest.raises(ConfigError, match="model_type is missing"):
        architecture_from_config(config)


def test_a_name_on_the_hub_is_told_from_a_path() -> None:
    with pytest.raises(ConfigError, match=r"give a downloaded config\.json"):
        read_config(Path("meta-llama/Llama-3.1-8B"))


def test_further_predictions_cost_flops_and_are_no_parameters() -> None:
    (case,) = [x for x in PUBLIC if x["name"] == "mtp-deepseek-v3"]
    model = architecture_from_config(case["config"])
    without = architecture_from_config({**case["config"], "num_nextn_predict_layers": 0})
    assert parameter_count(model) == parameter_count(without) == 671_026_404_352
    own = int(prediction_parameters(model.style).value(model.sizes))
    # README_WEIGHTS.md of deepseek-ai/DeepSeek-V3: 11.5B unique parameters, without the shared
    # embedding and head
    assert own == pytest.approx(11.5e9, rel=0.01)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"moe_layer_freq": 0}, "moe_layer_freq must be 1"),
        ({"moe_layer_freq": [0, 1, 0]}, "moe_layer_freq must be 1"),
        ({"moe_layer_freq": ["a", "b", "c"]}, "moe_layer_freq must be 1"),
        ({"mlp_layer_types": ["dense"] * 3}, "mlp_layer_types must not be there"),
        (
            {"mlp_layer_types": ["dense"], "model_type": "deepseek_v32"},
            "mlp_layer_types must name 3 layers dense or sparse",
        ),
        ({"moe_latent_size": 8}, "moe_latent_size must not be there"),
        ({"num_experts": 3}, "num_experts must equal n_routed_experts = "),
        ({"n_routed_experts": 0}, "n_routed_experts must be a whole number ≥ 1"),
        ({"n_routed_experts": "many"}, "n_routed_experts must be a whole number ≥ 1"),
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
    assert "model_type 'lama' must be one of afmoe, apertus, " in str(error.value)
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


@pytest.mark.parametrize("kind", ["exaone4", "stablelm"])
def test_kv_heads_left_out_are_those_of_the_config_class(kind: str) -> None:
    config = {**LLAMA, "model_type": kind, "num_attention_heads": 64}
    del config["num_key_value_heads"]
    assert architecture_from_config(config).num_key_value_heads == 32


def test_dense_layers_among_experts_have_the_ffn_size_of_the_class_where_none_is_given() -> None:
    of_experts = {"num_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 64}
    config = {**LLAMA, "model_type": "qwen3_moe", **of_experts, "mlp_only_layers": [0]}
    del config["intermediate_size"]
    assert architecture_from_config(config).intermediate_size == 6144  # Qwen3MoeConfig's


def test_models_inside_models_without_end_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    depth = sys.getrecursionlimit() - 100
    path.write_text('{"text_config":' * depth + "{}" + "}" * depth, "utf-8")
    with pytest.raises(ConfigError):
        read_config(path)


VALUES: st.SearchStrategy[object] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**6),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.one_of(st.integers(-2, 9), st.text(max_size=3), st.just([1])), max_size=4),
    st.just({"factor": 2}),
)


@given(st.sampled_from(CASES), st.data())
def test_any_field_of_any_config_may_be_wrong_and_nothing_crashes(
    case: dict[str, Any], data: st.DataObject
) -> None:
    config = dict(case["config"])
    for name in data.draw(st.lists(st.sampled_from(sorted(config)), max_size=3)):
        config[name] = data.draw(VALUES)
    try:
        architecture_from_config(config)
    except FlopwiseError as error:
        assert "must" in str(error) or "is missing" in str(error)


@given(st.sampled_from(SUPPORTED), st.dictionaries(st.sampled_from(sorted(LLAMA)), VALUES))
def test_any_config_is_read_or_refused_but_never_crashes(kind: str, change: dict[str, Any]) -> None:
    try:
        architecture_from_config({**LLAMA, **change, "model_type": kind})
    except FlopwiseError as error:
        assert "must" in str(error)
