import json
from pathlib import Path

import pytest

from tests.scenarios.command_line import flopwise

LLAMA_3_8B = (
    *("--layers", "32", "--hidden", "4096", "--ffn", "14336", "--heads", "32"),
    *("--kv-heads", "8", "--vocab", "128256", "--tokens", "15T"),
)
CONFIG = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
}


DEEPSEEK_V3 = {
    **{"model_type": "deepseek_v3", "vocab_size": 129280, "hidden_size": 7168},
    **{"num_hidden_layers": 61, "num_attention_heads": 128, "num_key_value_heads": 128},
    **{"intermediate_size": 18432, "moe_intermediate_size": 2048, "first_k_dense_replace": 3},
    **{"n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 8},
}


def test_a_mixture_of_experts_is_predicted_by_a_law_that_knows_experts(tmp_path: Path) -> None:
    config = tmp_path / "deepseek_v3.json"
    config.write_text(json.dumps(DEEPSEEK_V3), "utf-8")
    command = ("predict", "--config", str(config), "--tokens", "14.8T")
    found = json.loads(flopwise(*command, "--json").out)
    assert found["law"] == "calibrated-experts"
    assert (found["parameters"], found["active_parameters"]) == (671_026_404_352, 37_552_282_624)
    low, high = found["score_interval"]
    assert low < 87.1 < high  # as reported
    assert "8 of 256 and 1 shared" in flopwise(*command).out
    refused = flopwise(*command, "--law", "performance-law")
    assert refused.code == 2
    assert "--law is of dense models" in refused.err
    naive = flopwise(*command, "--law", "performance-law", "--naive-experts")
    assert naive.code == 0
    # reference: 8.0 and -4.8, over more rows
    assert "this law of dense models is off by 7.8 points" in naive.err
    compared = json.loads(flopwise("compare", f"{config}@14.8T", "llama-3-8b", "--json").out)
    assert compared["law"] == "calibrated-experts"
    assert compared["items"][0]["score"] == pytest.approx(found["score"])
    dense = tmp_path / "config.json"
    dense.write_text(json.dumps(CONFIG), "utf-8")
    wrong = flopwise("predict", "--config", str(dense), "--tokens", "1T", "--naive-experts")
    assert wrong.code == 2
    assert "is for a mixture of experts" in wrong.err


def test_llama_3_8b_is_predicted_from_flags() -> None:
    run = flopwise("predict", *LLAMA_3_8B)
    assert run.code == 0
    assert "65.45 MMLU (5-shot)" in run.out
    assert "8,030,261,248 (8.03B)" in run.out
    assert "beyond 1000 tokens per parameter" in run.err


def test_a_config_and_the_same_flags_agree(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    from_flags = json.loads(flopwise("predict", *LLAMA_3_8B, "--json").out)
    from_config = json.loads(
        flopwise("predict", "--config", str(path), "--tokens", "15T", "--json").out
    )
    assert from_flags == from_config
    assert from_flags["parameters"] == 8_030_261_248
    assert from_flags["law"] == "performance-law"
    assert {"schema_version", "score", "training_flops"} <= set(from_flags)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--tokens", "15T"), "--layers must be given (or --config)"),
        ((*LLAMA_3_8B, "--config", "x.json"), "--layers must not be given with --config, got '32'"),
        (("--config", "nowhere.json", "--tokens", "1T"), "nowhere.json must be a readable file"),
        ((*LLAMA_3_8B, "--kv-heads", "7"), "--kv-heads must divide num_attention_heads = 32"),
        ((*LLAMA_3_8B, "--heads", "30"), "--hidden must be a multiple of --heads = 30, got '4096'"),
        ((*LLAMA_3_8B, "--tokens", "-1"), "must be > 0, got '-1'"),
        (LLAMA_3_8B[:-2], "--tokens must be given"),
    ],
)
def test_bad_input_is_named(arguments: tuple[str, ...], message: str) -> None:
    run = flopwise("predict", *arguments)
    assert run.code == 2
    assert message in " ".join(run.err.split())


def test_the_catalogue_is_listed_and_each_part_shown_with_its_sources() -> None:
    assert len(flopwise("gpus").out.splitlines()) == 53
    shown = flopwise("gpus", "h100-sxm").out
    assert "spec_source" in shown
    assert "default MFU source" in shown
    parts = json.loads(flopwise("gpus", "--json").out)["accelerators"]
    assert len(parts) == 52
    assert parts[0]["default_mfu"]["mfu"] > 0


def test_an_unknown_part_exits_with_two() -> None:
    run = flopwise("gpus", "h\x1b[31m100z")
    assert run.code == 2
    assert "\x1b" not in run.err


def test_gpu_hours_come_with_the_spread_of_published_runs() -> None:
    cluster = ("--gpus", "2048", "--gpu", "h100-sxm")
    run = flopwise("predict", *LLAMA_3_8B, *cluster)
    assert "729,824 on H100 SXM 80GB at MFU 0.33" in run.out
    found = json.loads(flopwise("predict", *LLAMA_3_8B, *cluster, "--json").out)
    # Meta's model card: 1.3 M GPU-hours, the slowest of the published runs
    assert found["gpu_hours_low"] < 1.3e6 * 0.999 < found["gpu_hours_high"] * 1.002
    assert found["days"] == pytest.approx(14.85, abs=0.01)
    own = ("--tokens-per-second-per-gpu", "9500@llama-3-8b")
    found = json.loads(flopwise("predict", *LLAMA_3_8B, *cluster, *own, "--json").out)
    assert found["gpu_hours"] == pytest.approx(15e12 / 9500 / 3600 / 0.9, rel=1e-6)
    assert found["gpu_hours_low"] is None


def test_a_cluster_without_a_part_is_refused() -> None:
    run = flopwise("predict", *LLAMA_3_8B, "--gpus", "8")
    assert "--gpus must be given with --gpu" in run.err


def test_a_plan_is_predicted_on_its_own_tokens(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(flopwise("plan", "--flops", "1e22", "--json").out, "utf-8")
    best = json.loads(path.read_text("utf-8"))["plans"][0]
    found = json.loads(flopwise("predict", "--config", str(path), "--json").out)
    assert found["tokens"] == best["tokens"]
    assert found["score"] == pytest.approx(best["score"])


def test_a_published_model_is_predicted_by_its_name() -> None:
    named = json.loads(flopwise("predict", "--config", "llama-3-8b", "--json").out)
    sizes = ("--layers", "32", "--hidden", "4096", "--ffn", "14336", "--heads", "32")
    more = ("--kv-heads", "8", "--vocab", "128256", "--tokens", "15T", "--json")
    assert named["score"] == json.loads(flopwise("predict", *sizes, *more).out)["score"]
    assert named["tokens"] == 15 * 10**12
    timed = flopwise("speed", "show", "--config", "llama-3-8b", "--gpus", "8", "--gpu", "h100-sxm")
    assert timed.code == 0
    for unknown, rule in (
        ("no-model", "published model"),
        ("deepseek-v3", "our table of it lacks"),
    ):
        run = flopwise("predict", "--config", unknown, "--tokens", "1T")
        assert (run.code, rule in run.err) == (2, True), run.err
