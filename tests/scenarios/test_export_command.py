"""Plans as files that training frameworks read, and recipes that come with every plan."""

import ast
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from constraints.configs.hf_config import read_config
from constraints.models.counting import parameter_count
from scenarios.commands.export import TARGETS
from scenarios.launch.targets import EXPORTS
from tests.scenarios.command_line import flopwise

SMALL = ("--layers", "24:40", "--hidden", "2048:4096", "--ffn", "5632:16384")
CLUSTER = ("--gpus", "64", "--gpu", "h100-sxm", "--days", "30", *SMALL)
MIXTURE = ("--flops", "1e22", "--layers", "24:28", "--hidden", "2048", "--experts", "64")


def written(folder: Path, *question: str) -> tuple[Path, dict[str, Any]]:
    """A file with the plan of a question, and the plan."""
    run = flopwise("plan", *question, "--json")
    path = folder / "plan.json"
    path.write_text(run.out, "utf-8")
    return path, json.loads(run.out)["plans"][0]


def exported(path: Path, target: str) -> str:
    run = flopwise("export", str(path), "--to", target)
    assert run.code == 0, run.err
    return run.out


def test_the_command_knows_the_frameworks_there_are() -> None:
    assert tuple(EXPORTS) == TARGETS


@pytest.mark.parametrize(
    ("question", "form"),
    [
        (CLUSTER, "llama"),
        (("--flops", "1e22", "--tied"), "llama"),
        (("--flops", "1e22", "--window", "1024"), "mistral"),
        (("--flops", "1e22", "--attention", "mla-v3"), "deepseek_v3"),
        (("--flops", "1e22", "--attention", "mla-lite"), "deepseek_v3"),
        ((*MIXTURE, "--shared-experts", "0", "--dense-layers", "0"), "mixtral"),
        ((*MIXTURE, "--shared-experts", "1", "--dense-layers", "3"), "glm4_moe"),
        ((*MIXTURE, "--attention", "mla"), "deepseek_v3"),
    ],
    ids=str,
)
def test_a_config_counts_to_the_plans_parameters(
    question: tuple[str, ...], form: str, tmp_path: Path
) -> None:
    path, plan = written(tmp_path, *question)
    config = tmp_path / "config.json"
    config.write_text(exported(path, "hf"), "utf-8")
    assert json.loads(config.read_text("utf-8"))["model_type"] == form
    assert parameter_count(read_config(config).architecture) == plan["parameters"]


def test_a_config_has_the_names_of_transformers_4_and_5(tmp_path: Path) -> None:
    told = json.loads(exported(written(tmp_path, *CLUSTER)[0], "hf"))
    assert told["rope_theta"] == told["rope_parameters"]["rope_theta"]
    assert told["dtype"] == told["torch_dtype"] == "bfloat16"


def arguments(text: str) -> dict[str, str]:
    words = (line.split(" ", 1) for line in text.splitlines() if line.startswith("--"))
    return {name: rest[0] if rest else "" for name, *rest in words}


def test_megatron_gets_sizes_layout_and_recipe(tmp_path: Path) -> None:
    path, plan = written(tmp_path, *CLUSTER, "--layout", "tp=2,pp=2,recompute=full")
    told, model, recipe = (
        arguments(exported(path, "megatron")),
        plan["architecture"],
        plan["recipe"],
    )
    assert int(told["--num-layers"]) == model["num_hidden_layers"]
    assert int(told["--ffn-hidden-size"]) == model["intermediate_size"]
    assert int(told["--num-query-groups"]) == model["num_key_value_heads"]
    assert told["--tensor-model-parallel-size"] == told["--pipeline-model-parallel-size"] == "2"
    assert told["--recompute-granularity"] == "full"
    assert int(told["--global-batch-size"]) == recipe["global_batch_sequences"]
    assert float(told["--lr"]) == recipe["learning_rate"]
    assert int(told["--train-iters"]) * recipe["global_batch_tokens"] >= plan["tokens"]
    assert "--sequence-parallel" in told
    assert "--use-distributed-optimizer" in told


def test_the_last_stage_may_get_fewer_layers(tmp_path: Path) -> None:
    path, plan = written(tmp_path, *CLUSTER, "--layers", "37", "--layout", "pp=4,uneven")
    assert plan["layout"]["fullest_stage_layers"] == 10
    told = arguments(exported(path, "megatron"))
    assert told["--decoder-last-pipeline-num-layers"] == str(37 - 3 * 10)
    assert "num_layers_in_last_pipeline_stage = 7\n" in exported(path, "nemo")
    assert "up to 10 layers a stage" in " ".join(exported(path, "sheet").split())
    even, _ = written(tmp_path, *CLUSTER, "--layers", "36", "--layout", "pp=4")
    assert "last" not in "".join(arguments(exported(even, "megatron")))


def test_megatron_gets_experts_and_latent_attention(tmp_path: Path) -> None:
    mixed = (*MIXTURE, "--shared-experts", "1", "--dense-layers", "3", "--attention", "mla-v3")
    path, plan = written(tmp_path, *mixed)
    told, model = arguments(exported(path, "megatron")), plan["architecture"]
    assert int(told["--num-experts"]) == model["num_experts"]
    assert int(told["--moe-shared-expert-intermediate-size"]) == model["moe_intermediate_size"]
    assert told["--moe-layer-freq"] == f"([0]*3+[1]*{model['num_hidden_layers'] - 3})"
    assert told["--q-lora-rank"] == "1536"
    assert "--tensor-model-parallel-size" not in told  # no cluster, no layout


def test_torchtitan_gets_a_toml_and_a_flavor_whose_ffn_is_the_plans(tmp_path: Path) -> None:
    path, plan = written(tmp_path, *CLUSTER)
    run = flopwise("export", str(path), "--to", "torchtitan", "--out", str(tmp_path / "run"))
    assert run.code == 0
    told = tomllib.loads((tmp_path / "run" / "torchtitan.toml").read_text("utf-8"))
    assert told["training"]["steps"] == plan["recipe"]["steps"]
    assert told["parallelism"]["data_parallel_shard_degree"] == plan["layout"]["data"]
    flavor = (tmp_path / "run" / f"{told['experimental']['custom_import']}.py").read_text("utf-8")
    (call,) = (n for n in ast.walk(ast.parse(flavor)) if isinstance(n, ast.Call))
    given = {k.arg: ast.unparse(k.value) for k in call.keywords}
    dim, multiple = int(given["dim"]), int(given["multiple_of"])
    above, below = map(int, given["ffn_dim_multiplier"].split(" / "))
    width = int(above / below * int(2 * 4 * dim / 3))  # as torchtitan works it out
    width = multiple * ((width + multiple - 1) // multiple)
    assert width == plan["architecture"]["intermediate_size"]


@pytest.mark.parametrize("target", ["nemo", "olmo-core"])
def test_modules_are_valid_python_with_the_plans_recipe(target: str, tmp_path: Path) -> None:
    path, plan = written(tmp_path, *CLUSTER)
    text = exported(path, target)
    ast.parse(text)
    assert str(plan["recipe"]["learning_rate"]) in text
    assert str(plan["recipe"]["steps"]) in text


def test_a_plain_toml_holds_all_of_it(tmp_path: Path) -> None:
    path, plan = written(tmp_path, *CLUSTER)
    told = tomllib.loads(exported(path, "toml"))
    assert told["model"]["parameters"] == plan["parameters"]
    assert told["training"]["tokens"] == plan["tokens"]
    assert told["layout"]["tensor"] == plan["layout"]["tensor"]


def test_files_with_comments_say_how_the_plan_was_found(tmp_path: Path) -> None:
    path, _ = written(tmp_path, *CLUSTER)
    for target in ("megatron", "torchtitan", "nemo", "olmo-core", "toml"):
        assert "# Found by: flopwise plan --gpus 64 --gpu h100-sxm" in exported(path, target)


def test_nothing_is_replaced_unless_that_is_asked(tmp_path: Path) -> None:
    path, _ = written(tmp_path, *CLUSTER)
    out = tmp_path / "run"
    first = ("export", str(path), "--to", "nemo", "--out", str(out))
    assert flopwise(*first).code == 0
    (out / "nemo_recipe.py").unlink()
    (out / "config.json").write_text("mine", "utf-8")
    again = flopwise(*first)
    assert again.code == 2
    assert "is there already: --force replaces it" in again.err
    assert not (out / "nemo_recipe.py").exists()
    assert (out / "config.json").read_text("utf-8") == "mine"
    assert flopwise(*first, "--force").code == 0
    assert (out / "config.json").read_text("utf-8") != "mine"


def test_a_plan_is_exported_to_every_framework_at_once(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run = flopwise("plan", *CLUSTER, "--export", str(out))
    assert run.code == 0
    assert {path.parent.name for path in out.rglob("*.*")} == set(TARGETS)
    assert "To train plan 1" in run.out
    again = flopwise("plan", *CLUSTER, "--export", str(out))
    assert again.code == 2
    assert "is there already" in again.err
    mixture = flopwise("plan", *MIXTURE, "--export", str(tmp_path / "mixture"))
    assert "not exported: --to torchtitan can train a Llama 3" in " ".join(mixture.err.split())


@pytest.mark.parametrize(
    ("question", "target", "told"),
    [
        (("--flops", "1e22", "--ungated"), "hf", "--to hf has no model type with RMSNorm and FFNs"),
        (("--flops", "1e22", "--window", "512", "--global-every", "6"), "hf", "--to hf has no"),
        (("--flops", "1e22", "--tied"), "torchtitan", "--to torchtitan can train a Llama 3"),
        (MIXTURE, "olmo-core", "--to olmo-core can train a Llama"),
        (MIXTURE, "torchtitan", "--to torchtitan can train a Llama 3"),
    ],
    ids=str,
)
def test_a_plan_that_a_framework_can_not_express_is_refused(
    question: tuple[str, ...], target: str, told: str, tmp_path: Path
) -> None:
    run = flopwise("export", str(written(tmp_path, *question)[0]), "--to", target)
    assert run.code == 2
    assert told in " ".join(run.err.split())


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("parameters",), 9e9, "must have the"),
        (("architecture", "hidden_size"), 4096.5, "must be what flopwise printed as JSON"),
        (("architecture", "layers"), [], "has a model that no export knows, by its layers"),
        (("architecture", "capacity_factor"), 2, "has a model that no export knows"),
        (("architecture", "tie_word_embeddings"), "yes", "must be what flopwise printed"),
        (("layout", "data"), 10**6, "must have steps of whole sequences"),
        (("layout", "tensor"), -1, "must be what flopwise printed as JSON"),
        (("layout", "recomputation"), "some", "must be what flopwise printed as JSON"),
        (("layout", "step_tokens"), 12345, "must have steps of whole sequences"),
        (("tokens",), None, "must be what flopwise printed as JSON"),
    ],
    ids=str,
)
def test_a_plan_that_does_not_add_up_is_refused(
    place: tuple[str, ...], value: object, told: str, tmp_path: Path
) -> None:
    path, _ = written(tmp_path, *CLUSTER)
    document = json.loads(path.read_text("utf-8"))
    spot = document["plans"][0]
    for key in place[:-1]:
        spot = spot[key]
    spot[place[-1]] = value
    path.write_text(json.dumps(document), "utf-8")
    run = flopwise("export", str(path), "--to", "hf")
    assert run.code == 2
    assert told in " ".join(run.err.split())
    assert "Traceback" not in run.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "must be what flopwise plan or target printed"),
        ("[", "must be a JSON file"),
        ('{"schema_version": "1.0", "given": {}, "plans": []}', "must hold a plan"),
        ('{"schema_version": "1.0", "plans": []}', "fronts and predictions don't say how to train"),
    ],
)
def test_a_file_that_holds_no_plan_is_refused(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text, "utf-8")
    run = flopwise("export", str(path), "--to", "hf")
    assert run.code == 2
    assert told in " ".join(run.err.split())
    assert flopwise("export", str(tmp_path / "none.json"), "--to", "hf").code == 2
    assert flopwise("export", str(path)).code == 2


def test_a_target_is_exported_as_what_it_was_asked_as(tmp_path: Path) -> None:
    run = flopwise("target", "--score", "50", "--gpu", "h100-sxm", *SMALL, "--json")
    path = tmp_path / "target.json"
    path.write_text(run.out, "utf-8")
    assert "# Found by: flopwise target --score 50" in exported(path, "toml")
    told = flopwise("export", str(path), "--to", "megatron")
    assert "the plan has no layout" in told.err


def test_a_plan_is_a_model_wherever_a_config_is(tmp_path: Path) -> None:
    path, plan = written(tmp_path, *CLUSTER)
    told = json.loads(flopwise("predict", "--config", str(path), "--tokens", "2T", "--json").out)
    assert told["parameters"] == plan["parameters"]
    shown = flopwise("speed", "show", "--config", str(path), "--gpus", "64", "--gpu", "h100-sxm")
    assert shown.code == 0
    path.write_text('{"schema_version": "1.0", "plans": [{"architecture": {}}]}', "utf-8")
    run = flopwise("predict", "--config", str(path), "--tokens", "2T")
    assert run.code == 2
    assert "its plan must be what flopwise printed as JSON" in " ".join(run.err.split())


def test_a_comparison_shows_the_cluster_of_each_plan(tmp_path: Path) -> None:
    path, _ = written(tmp_path, *CLUSTER)
    other = tmp_path / "other.json"
    other.write_text(flopwise("plan", "--flops", "1e22", "--json").out, "utf-8")
    told = flopwise("compare", str(path), str(other)).out
    assert re.search(r"^cluster +64 × h100-sxm *$", told, re.M)


def test_options_of_somebody_else_reach_files_without_escapes(tmp_path: Path) -> None:
    path, _ = written(tmp_path, *CLUSTER)
    document = json.loads(path.read_text("utf-8"))
    document["given"]["--gpu"] = "h100\x1b[31m\n--evil 1"
    path.write_text(json.dumps(document), "utf-8")
    text = exported(path, "megatron")
    assert "\x1b" not in text
    assert "--evil" not in arguments(text)


def test_every_plan_comes_with_a_recipe_that_names_its_law() -> None:
    told = " ".join(flopwise("plan", *CLUSTER).out.split())
    assert "To train plan 1:" in told
    assert "The learning rate is by DeepSeek LLM" in told
    assert re.search(r"Step Law, whose runs were all smaller, has [\d.e-]+ and [\d.]+M", told)
    mixture = " ".join(flopwise("plan", *MIXTURE).out.split())
    assert "The learning rate is by Ling" in mixture


def test_a_small_run_takes_the_law_that_saw_such_runs() -> None:
    run = flopwise("plan", "--flops", "1e20", "--params", ":1B", "--law", "chinchilla", "--json")
    recipe = json.loads(run.out)["plans"][0]["recipe"]
    assert recipe["law"] == "step-law"
    assert recipe["warmup_steps"] <= max(recipe["steps"] // 10, 1)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"tokens": 10**14}, "FLOP that its architecture and its tokens come to"),
        ({"training_flops": 1e21}, "FLOP that its architecture and its tokens come to"),
        ({"parameters": 9_000_000_000}, "parameters that its architecture comes to"),
    ],
)
def test_a_plan_that_was_changed_is_refused_wherever_it_is_read(
    change: dict[str, Any], rule: str, tmp_path: Path
) -> None:
    path, _ = written(tmp_path, "--flops", "1e22")
    document = json.loads(path.read_text("utf-8"))
    document["plans"][0] |= change
    path.write_text(json.dumps(document), "utf-8")
    for command in (
        ("export", str(path), "--to", "hf"),
        ("export", str(path), "--to", "sheet"),
        ("compare", str(path), "llama-3-8b"),
        ("predict", "--config", str(path), "--tokens", "1T"),
    ):
        run = flopwise(*command)
        assert (run.code, rule in " ".join(run.err.split())) == (2, True), run.err


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"schema_version": "2.0"}, "must be of schema_version 1.0"),
        ({"schema_version": 7}, "must be of schema_version 1.0"),
        ({"status": "infeasible"}, "must not hold plans with the status infeasible"),
    ],
)
def test_a_document_of_another_form_is_refused(
    change: dict[str, Any], rule: str, tmp_path: Path
) -> None:
    path, _ = written(tmp_path, "--flops", "1e22")
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    for command in (("export", str(path), "--to", "hf"), ("compare", str(path), "llama-3-8b")):
        run = flopwise(*command)
        assert (run.code, rule in " ".join(run.err.split())) == (2, True), run.err
