"""Attention, plain FFNs and public configs on the command line."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

import flopwise as fw
from tests.scenarios.command_line import flopwise

CLUSTER = ("plan", "--gpus", "256", "--gpu", "h100-sxm", "--days", "30", "--top", "1")
PUBLIC = {
    case["name"]: case
    for case in json.loads(Path("tests/data/public_configs.json").read_text("utf-8"))
}


def words(text: str) -> str:
    return " ".join(text.split())


def best(*options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(flopwise(*CLUSTER, *options, "--json").out)["plans"][0]
    return found


def test_the_default_finds_shapes_between_multiples_of_1024() -> None:
    run = flopwise("plan", "--gpu", "h100-sxm", "--gpu-hours", "2e5", "--mfu", "0.33", "--json")
    found = json.loads(run.out)
    assert found["status"] == "optimal"
    # 7.9B with 28 heads, 4 KV heads and 3,584 wide scores 66.895
    assert found["plans"][0]["score"] >= 66.895
    assert found["plans"][0]["architecture"]["hidden_size"] % 1024 != 0


def test_fewer_kv_heads_leave_more_for_parameters_and_tokens() -> None:
    scores = [best("--attention", kind)["score"] for kind in ("mha", "gqa", "mqa")]
    assert scores == sorted(scores)
    assert best("--attention", "gqa,mha,mqa")["score"] == scores[-1]


def test_the_best_of_several_kinds_is_the_best_of_each() -> None:
    either = best("--attention", "gqa,mla")
    alone = [best("--attention", kind) for kind in ("gqa", "mla")]
    assert either["score"] == max(plan["score"] for plan in alone)
    assert alone[1]["architecture"]["kv_lora_rank"] == 512


def test_plans_of_several_kinds_stand_in_one_ranking() -> None:
    sizes = ("--heads", "12,16", "--kv-heads", "4,8", "--hidden", "2048", "--ffn", "5632")
    asked = ("plan", "--flops", "3e21", "--attention", "gqa,mla", *sizes, "--top", "12")
    run = flopwise(*asked, "--law", "calibrated", "--json")
    assert run.code == 0, run.err
    found = json.loads(run.out)
    latent = ["kv_lora_rank" in plan["architecture"] for plan in found["plans"]]
    assert not latent[0]
    assert any(latent)
    assert len(found["standing"]["best"]) == len(latent)
    table = flopwise(*asked).out
    assert all(len(line) <= 80 for line in table.splitlines())
    assert "…" not in table
    assert "MLA q compresses queries as well." in words(table)


def test_latent_attention_pays_where_serving_memory_is_short() -> None:
    served = ("--serve-on", "rtx-4090", "--serve-context", "32k", "--serve-batch", "16")
    plan = best("--attention", "gqa,mla", "--kv-heads", "8", *served)
    assert plan["architecture"]["kv_lora_rank"] == 512
    alone = json.loads(flopwise(*CLUSTER, "--kv-heads", "8", *served, "--json").out)
    assert all(other["score"] < plan["score"] for other in alone["plans"])


def test_windows_cost_less_and_the_layers_come_in_periods() -> None:
    plain = best("--seq-len", "32k")
    windowed = best("--seq-len", "32k", "--window", "4096", "--global-every", "6")
    assert windowed["score"] > plain["score"]
    assert windowed["architecture"]["num_hidden_layers"] % 6 == 0
    assert windowed["architecture"]["window"] == 4096
    run = flopwise(*CLUSTER, "--window", "4096", "--global-every", "6")
    assert "windows of 4,096 tokens in all but every 6th layer" in words(run.out)


def test_a_window_that_holds_the_whole_context_says_so() -> None:
    said = "No token of a context of 8,192 lies outside such a window."
    assert said in words(flopwise(*CLUSTER, "--window", "8192").out)
    assert said not in words(flopwise(*CLUSTER, "--window", "8191").out)
    assert said not in words(flopwise(*CLUSTER, "--window", "8192", "--seq-len", "16384").out)


def test_answers_say_what_attention_they_have_and_what_decided_it() -> None:
    assert "All with GQA, heads of width 128, gated FFN" in words(flopwise(*CLUSTER).out)
    run = flopwise(*CLUSTER, "--attention", "gqa,mla")
    assert "No law sees attention" in run.out
    assert "No law sees attention" not in flopwise(*CLUSTER).out
    assert "plain FFN" in flopwise(*CLUSTER, "--ungated").out


def test_a_front_keeps_the_attention_of_its_best_plan() -> None:
    run = flopwise(
        *("pareto", "--gpu", "h100-sxm", "--gpu-hours", "1e5:1e6", "--points", "3", "--json"),
        *("--attention", "gqa,mla"),
    )
    kinds = {"kv_lora_rank" in x["architecture"] for x in json.loads(run.out)["points"]}
    assert kinds == {False}
    run = flopwise(
        *("pareto", "--gpu", "h100-sxm", "--gpu-hours", "1e5:1e6", "--points", "3", "--json"),
        *("--attention", "mla"),
    )
    assert all("kv_lora_rank" in x["architecture"] for x in json.loads(run.out)["points"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked",
    [
        ("--attention", "mha,mqa"),
        ("--attention", "gqa,mha", "--heads", "8:32:4"),
        ("--attention", "gqa,mla", "--window", "4096", "--global-every", "3"),
        ("--attention", "mqa,mla", "--head-dim", "64"),
        ("--attention", "gqa,mla", "--heads", "12,16", "--kv-heads", "4,8", "--hidden", "2048"),
        ("--attention", "mla", "--heads", "16,24,32"),
        ("--kv-heads", "2:8", "--head-dim", "96,128", "--ungated"),
    ],
)
def test_each_plan_of_a_page_says_how_to_plan_it_again(
    asked: tuple[str, ...], tmp_path: Path
) -> None:
    page = tmp_path / "plan.html"
    budget = ("--gpu", "h100-sxm", "--flops", "3e21", "--ffn", "5632")
    assert flopwise("plan", *budget, *asked, "--top", "12", "--html", str(page)).code == 0
    data = json.loads(page.read_text("utf-8").split('id="data">')[1].split("</script>")[0])
    score = [column["key"] for column in data["columns"]].index("score")
    assert len(data["commands"]) > 12
    for row, command in list(zip(data["points"], data["commands"], strict=True))[-14:]:
        run = flopwise(*shlex.split(command)[1:], "--json")
        assert run.code == 0, (command, run.err)
        found = json.loads(run.out)["plans"][0]
        assert found["score"] == pytest.approx(row[score], abs=1e-3)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--attention", "gqa,swa"), "--attention': must be one or several of 'gqa', 'mha'"),
        (
            ("--attention", "mla", "--kv-heads", "8"),
            "--kv-heads must not be given with --attention",
        ),
        (("--attention", "mla", "--window", "4096"), "--window must not be given with --attention"),
        (("--attention", "mha", "--kv-heads", "8"), "where they follow from the heads, got '8'"),
        (("--heads", "28", "--kv-heads", "8"), "--kv-heads must hold a divisor of --heads = 28"),
        (("--global-every", "6"), "--global-every must be given with --window"),
        (("--window", "0"), "--window"),
        (("--window", "4096", "--global-every", "7", "--layers", "20,30"), "multiple of"),
        (("--heads", "1:2", "--hidden", "4096:8192"), "suit the heads asked for"),
        (("--window", "512", "--global-every", "1"), "--global-every must be ≥ 2"),
        (("--heads", "0"), "--heads"),
    ],
)
def test_attention_that_can_not_be_is_refused(options: tuple[str, ...], told: str) -> None:
    run = flopwise(*CLUSTER, *options)
    assert run.code == 2, run.out
    assert told in words(run.err)
    assert run.out == ""


def test_a_plain_ffn_of_gpt_2_is_counted_as_such() -> None:
    gpt2 = (
        *("predict", "--layers", "12", "--hidden", "768", "--ffn", "3072", "--heads", "12"),
        *("--vocab", "50257", "--tied", "--seq-len", "1024", "--tokens", "10B"),
    )
    plain = flopwise(*gpt2, "--ungated")
    # 124,439,808 with 786,432 for positions and the biases (transformers, GPT-2 small)
    assert "123,551,232" in plain.out
    assert "plain FFN of 3072" in words(plain.out)
    assert "gated FFN of 3072" in words(flopwise(*gpt2).out)


def test_predict_takes_windows() -> None:
    sizes = (
        *("predict", "--layers", "24", "--hidden", "1024", "--ffn", "4096", "--heads", "8"),
        *("--vocab", "32000", "--tokens", "10B", "--json"),
    )
    full, narrow = (
        json.loads(flopwise(*sizes, *more).out)["flops_per_token"]
        for more in ((), ("--window", "512", "--global-every", "6"))
    )
    seen = 512 - 512**2 / (2 * 8192)
    assert full - narrow == pytest.approx(6 * 2 * (8192 / 2 - seen) * 20 * 1024)
    uneven = json.loads(flopwise(*sizes, "--window", "512", "--global-every", "5").out)
    assert full - uneven["flops_per_token"] == pytest.approx(6 * 2 * (4096 - seen) * 20 * 1024)


def config(tmp_path: Path, **fields: Any) -> str:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(fields), "utf-8")
    return str(path)


GPT2 = {
    "model_type": "gpt2",
    "n_embd": 768,
    "n_layer": 12,
    "n_head": 12,
    "n_positions": 1024,
    "vocab_size": 50304,
}


def test_the_context_is_that_of_learned_positions_and_a_longer_one_warns(tmp_path: Path) -> None:
    path = config(tmp_path, **GPT2)
    found = json.loads(flopwise("predict", "--config", path, "--tokens", "300B", "--json").out)
    assert found["seq_len"] == 1024
    assert found["flops_per_token"] == pytest.approx(7.98e8, rel=1e-3)
    run = flopwise("predict", "--config", path, "--tokens", "300B", "--seq-len", "2048")
    assert "longer than the 1,024 that the config was made for" in " ".join(run.out.split())
    assert flopwise("predict", "--config", path, "--tokens", "300B").out.count("longer") == 0


def test_a_model_that_also_sees_says_what_is_left_out(tmp_path: Path) -> None:
    path = config(tmp_path, **PUBLIC["nested-qwen3-vl-8b"]["config"])
    run = flopwise("predict", "--config", path, "--tokens", "15T")
    assert "vision: only the text model is counted" in words(run.out)
    assert "8,190,735,360" in run.out


def test_kinds_of_layers_and_further_predictions_are_told(tmp_path: Path) -> None:
    path = config(tmp_path, **PUBLIC["hybrid-nemotron-3-nano"]["config"])
    run = flopwise("predict", "--config", path, "--tokens", "15T")
    assert "23 Mamba-2, 23 experts, 6 full attention" in words(run.out)
    path = config(tmp_path, **PUBLIC["mtp-deepseek-v3"]["config"])
    run = flopwise("predict", "--config", path, "--tokens", "15T", "--json")
    assert json.loads(run.out)["prediction_module_parameters"] == 11_610_067_968


def test_a_wrong_config_names_its_fields_and_exits_with_two(tmp_path: Path) -> None:
    glm = {**PUBLIC["moe-glm-4.5"]["config"], "model_type": "olmoe"}
    run = flopwise("predict", "--config", config(tmp_path, **glm), "--tokens", "15T")
    assert run.code == 2
    assert "n_routed_experts" in run.err
    run = flopwise("predict", "--config", "meta-llama/Llama-3.1-8B", "--tokens", "15T")
    assert run.code == 2
    assert "give a downloaded config.json" in words(run.err)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ("--layers", "28", "--hidden", "3584", "--kv-heads", "4", "--layout", "tp=8"),
            "28 heads and 4 KV heads allow 1, 2, 4, got 'tp=8'",
        ),
        (
            ("--layers", "30", "--hidden", "4096", "--layout", "tp=2,pp=4"),
            "30 layers allow 1, 2, got 'pp=4'",
        ),
        (("--layers", "31,33", "--layout", "pp=4"), "31 to 33 layers allow 1, got 'pp=4'"),
        (
            ("--hidden", "3328,3456", "--layout", "tp=8"),
            "26 to 27 heads and 2 to 3 KV heads allow 1, 2, got",
        ),
    ],
)
def test_a_layout_that_divides_nothing_says_what_would(options: tuple[str, ...], told: str) -> None:
    run = flopwise("plan", "--gpus", "64", "--gpu", "h100-sxm", "--days", "30", *options)
    assert run.code == 2
    assert told in words(run.err)


def test_a_law_at_its_floor_gives_way_to_a_law_of_loss() -> None:
    small = ("plan", "--gpus", "1", "--gpu", "rtx-4090", "--days", "7", "--space", "wide")
    run = flopwise(*small)
    assert run.code == 0
    assert "\n\nperformance-law has nothing to say here" in run.out.split("Train")[0]
    assert "25.00" not in run.out.split("What other laws say")[0]
    found = json.loads(flopwise(*small, "--json").out)
    assert found["law"] == "chinchilla"
    assert found["at_floor"]["law"] == "performance-law"
    plan = found["plans"][0]
    assert 3e8 < plan["parameters"] < 9e8
    assert 5e9 < plan["tokens"] < 2e10
    by_python = fw.plan(gpus=1, gpu="rtx-4090", days=7, space="wide")
    assert by_python.plans[0].parameters == plan["parameters"]


def test_too_few_parameters_name_the_embeddings() -> None:
    run = flopwise(
        *("plan", "--gpus", "8", "--gpu", "h100-sxm", "--days", "3", "--params", "100M:150M")
    )
    assert run.code == 1
    said = words(run.out)
    assert "Embeddings of 128,000 tokens untied alone take 229M" in said
    assert "--tied halves them" in said


def test_how_many_gpus_a_size_takes_is_a_question_without_a_score() -> None:
    asked = ("target", "--params", "70B", "--tokens", "15T", "--days", "60", "--gpu", "h100-sxm")
    found = json.loads(flopwise(*asked, "--json").out)
    assert found["status"] == "reached"
    assert found["target_score"] is None
    (plan,) = found["plans"]
    assert plan["parameters"] == pytest.approx(70e9, rel=0.01)
    assert plan["tokens"] == 15 * 10**12
    (cluster,) = found["clusters"]
    assert cluster["days"] <= 60
    # 6 · 70e9 · 15e12 FLOP at 989.4e12 · 0.33 · 0.9, and some attention on top
    needed = 6 * 70e9 * 15e12 / (989.4e12 * 0.33 * 0.9 * 3600 * 24 * 60)
    assert needed < cluster["gpus"] < 1.15 * needed
    same = flopwise("plan", "--flops", "1e30", "--params", "70B", "--tokens", "15T", "--json")
    assert json.loads(same.out)["plans"][0]["score"] == plan["score"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--params", "70B", "--days", "60"), "--score must be given, or both --params"),
        (
            (
                "--tokens",
                "15T",
            ),
            "--score must be given, or both --params and --tokens",
        ),
        (("--params", "70B", "--tokens", "15T", "--days", "60"), "--gpu must be given with --days"),
        (
            ("--params", "70B", "--tokens", "15T", "--minimise", "cost"),
            "--minimise must be given with --score",
        ),
        (("--params", "70B:", "--tokens", "15T"), "--score must be given, or both"),
    ],
)
def test_a_goal_without_a_score_needs_size_and_tokens(options: tuple[str, ...], told: str) -> None:
    run = flopwise("target", *options)
    assert run.code == 2
    assert told in words(run.err)


def test_keywords_take_lists_of_kinds() -> None:
    found = fw.plan(flops=2e23, attention=["gqa", "mla"], top=1)
    assert found.plans[0].score == fw.plan(flops=2e23, attention="gqa,mla", top=1).plans[0].score
    with pytest.raises(fw.InputError, match="attention must be one or several of"):
        fw.plan(flops=2e23, attention="rope")
