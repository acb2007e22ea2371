"""`flopwise speed`, and the time of a step in `flopwise predict`."""

import csv
import json
from pathlib import Path

import pytest

from constraints.clock.run_table import COLUMNS, held_out_runs
from constraints.hardware.accelerators import find_accelerator
from constraints.layouts.layout import Layout, layouts
from constraints.models.architecture import Architecture
from constraints.models.counting import parameter_count
from scenarios.answers.timed_layout import Cluster, timed_layouts
from scenarios.measuring.shapes import shapes
from scenarios.measuring.whole_models import whole_models
from tests.scenarios.command_line import flopwise

LLAMA = (
    *("--layers", "32", "--hidden", "4096", "--ffn", "14336", "--heads", "32"),
    *("--kv-heads", "8", "--vocab", "128256"),
)
CLUSTER = ("--gpus", "64", "--gpu", "h100-sxm")


def words(text: str) -> str:
    return " ".join(text.split())


PREDICT = ("predict", *LLAMA, "--tokens", "15T", *CLUSTER)


def test_predict_gives_the_time_of_a_step_in_a_layout() -> None:
    run = flopwise(
        *PREDICT, *("--layout", "tp=4,pp=2,mb=1", "--batch", "4M", "--seq-len", "4096", "--json")
    )
    found = json.loads(run.out)
    assert found["step_seconds"] == pytest.approx(sum(found["terms"].values()))
    assert found["layout"]["tensor"] == 4
    assert found["layout"]["data"] == 8
    tokens = found["batch_tokens"]
    assert tokens == 4_000_000 // 4096 * 4096
    rate = tokens / found["step_seconds"] / 64
    assert found["tokens_per_second_per_gpu"] == pytest.approx(rate)
    assert found["mfu"] == pytest.approx(rate * found["flops_per_token"] / 989.4e12)
    assert found["layout"]["fits"] is True


def test_predict_lists_the_five_fastest_layouts_that_fit() -> None:
    found = json.loads(flopwise(*PREDICT, "--layout", "auto", "--json").out)
    seconds = [each["step_seconds"] for each in found["layouts"]]
    assert len(seconds) == 5
    assert seconds == sorted(seconds)
    assert found["step_seconds"] == seconds[0]
    assert all(each["layout"]["fits"] for each in found["layouts"])


def test_a_pipeline_need_not_divide_layers_that_are_given() -> None:
    model = Architecture(37, 8192, 28672, 64, 8, 128, 128256)
    cluster = Cluster(find_accelerator("a100-sxm-80gb"), 256, 2**22, 8192, recipe="zero1")
    found = timed_layouts(model, cluster, {})
    every = []
    for x in layouts(256, 8, 8192, cluster.sequences):
        divided = {**model.sizes, "num_hidden_layers": x.pieces}
        if x.shares(37) and x.suits(divided):
            degrees = {"tp": x.tensor, "pp": x.pipeline, "mb": x.micro_batch}
            again = {"recompute": int(x.recomputation == "full")}
            (timed,) = timed_layouts(model, cluster, degrees | again)
            every += [timed.pace.seconds] if timed.fits else []
    assert [timed.pace.seconds for timed in found] == pytest.approx(sorted(every)[:5])
    assert any(timed.pace.step.layout.pipeline > 1 for timed in found)


def test_a_plan_is_timed_in_its_own_steps(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(flopwise("plan", *CLUSTER, "--days", "30", "--json").out, "utf-8")
    own = json.loads(plan.read_text("utf-8"))["plans"][0]["layout"]
    asked = ("--config", str(plan), *CLUSTER, "--sharding", "distributed-optimizer")
    for words_of in (("predict", *asked, "--layout", "auto"), ("speed", "show", *asked)):
        found = json.loads(flopwise(*words_of, "--json").out)
        assert found["batch_tokens"] == own["step_tokens"]
        assert found["step_seconds"] == pytest.approx(own["step_seconds"], rel=1e-6)


def test_uneven_stages_are_about_one_number_of_layers() -> None:
    # else a question about more layers would have a worse answer
    run = flopwise("plan", "--layers", "60:62", *CLUSTER, "--days", "9", "--layout", "uneven")
    assert run.code == 2
    assert "--layout must be given with one number of --layers, got 'uneven'" in run.err


def test_uneven_stages_only_add_layouts() -> None:
    shape = ("plan", "--layers", "61", "--gpus", "512", "--gpu", "h100-sxm", "--days", "30")
    even, uneven = (
        json.loads(flopwise(*shape, "--layout", layout, "--json").out)["plans"][0]
        for layout in ("auto", "uneven")
    )
    assert uneven["score"] > even["score"]
    assert uneven["layout"]["fullest_stage_layers"] == 31
    expected = ("--experts", "64", "--shared-experts", "1", "--dense-layers", "1")
    found = json.loads(flopwise(*shape, *expected, "--layout", "pp=4,uneven", "--json").out)
    assert found["plans"][0]["layout"]["fullest_stage_layers"] == 16
    assert found["expert_widths"]


def test_a_run_of_ones_own_may_have_had_uneven_stages() -> None:
    own = "60@llama-3.1-405b@gpus=8192,tp=8,pp=16"
    cluster = ("--gpus", "8192", "--gpu", "h100-sxm", "--days", "54")
    assert flopwise("plan", *cluster, "--tokens-per-second-per-gpu", own).code == 0


def test_recomputation_may_be_fixed_without_the_clock() -> None:
    for kind in ("full", "none"):
        fixed = ("--layout", f"recompute={kind}", "--no-clock", "--days", "30", "--json")
        found = json.loads(flopwise("plan", *CLUSTER, *fixed).out)
        assert found["plans"][0]["layout"]["recomputation"] == kind


@pytest.mark.parametrize(
    ("layout", "told"),
    [
        ("tp=16", "must keep tp within 8 linked GPUs"),
        ("pp=2,vp=2", "must have a pp that divides the layers with vp=2: 61 layers allow 1"),
        (
            "pp=4",
            "must have a pp that divides the layers (or be uneven): 61 layers allow 1, got",
        ),
        ("pp=32,uneven", "leaves layers for the last stage: 61 layers allow 1, 2, 4, 8, 16, got"),
        ("pp=1,mb=3", "must have an mb that divides what replicas get of"),
    ],
    ids=str,
)
def test_a_plan_refuses_layouts_by_what_is_wrong_with_them(layout: str, told: str) -> None:
    shape = ("--layers", "61", "--gpus", "512", "--gpu", "h100-sxm", "--days", "30")
    run = flopwise("plan", *shape, "--layout", layout)
    assert run.code == 2
    assert told in " ".join(run.err.split())


def test_a_step_waits_for_the_last_stage_with_the_head_or_for_a_full_one() -> None:
    cluster = Cluster(find_accelerator("h100-sxm"), 64, 2**22, 8192)

    def seconds(layers: int, vocab: int) -> float:
        model = Architecture(layers, 4096, 14336, 32, 8, 128, vocab)
        degrees = {"tp": 2, "pp": 4, "mb": 1}
        return timed_layouts(model, cluster, degrees)[0].pace.seconds

    # with a small head the fullest stage, of 9 layers, rules; with a large one the last, of 6
    assert seconds(33, 1000) == pytest.approx(seconds(36, 1000), rel=0.03)
    assert seconds(33, 512_000) < 0.9 * seconds(36, 512_000)
    assert seconds(33, 512_000) == pytest.approx(seconds(24, 512_000), rel=0.03)


def test_stages_are_full_but_for_the_last_which_holds_some() -> None:
    shared = [p for p in range(1, 62) if Layout(1, p, 1).shares(61)]
    assert [p for p in shared if p <= 32] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 16, 21, 31]
    for p in shared:
        layout = Layout(1, p, 1)
        full, last = layout.fullest(61), layout.on_last_stage(61)
        assert full * (p - 1) + last == 61
        assert 1 <= last <= full
    assert not Layout(1, 2, 1, virtual=2).shares(61)
    assert Layout(8, 16, 64).filled(126).endswith("no recomputation, up to 8 layers a stage")


def test_llama_3_405b_finds_its_126_layers_the_16_stages_that_they_had() -> None:
    shape = ("--layers", "126", "--hidden", "16384", "--ffn", "53248", "--heads", "128")
    cluster = ("--gpus", "8192", "--gpu", "h100-sxm")
    given = ("plan", *shape, "--kv-heads", "8", *cluster, "--days", "54")
    refused = flopwise(*given)  # no pipeline that divides 126 layers has the memory
    assert refused.code == 1
    assert "--sharding zero3 or --layout uneven" in words(refused.out)
    plan = (*given, "--layout", "uneven")
    found = json.loads(flopwise(*plan, "--json").out)["plans"][0]["layout"]
    near = [found, *(each for each in found["next_best"] if each["slower"] < 0.02)]
    assert (8, 16) in [(each["tensor"], each["pipeline"]) for each in near]
    assert found["fullest_stage_layers"] == -(-126 // found["pipeline"])
    assert "up to 8 layers a stage" in words(flopwise(*plan).out)
    shown = ("speed", "show", "--config", "Llama-3.1-405B", *cluster, "--batch", "16M")
    told = json.loads(flopwise(*shown, "--sharding", "zero1", "--json").out)
    assert 126 % told["layouts"][0]["layout"]["pipeline"]
    assert f"up to {told['layout']['fullest_stage_layers']} layers a stage" in words(
        flopwise(*shown, "--sharding", "zero1").out
    )


def test_a_config_tells_its_model(tmp_path: Path) -> None:
    configs = json.loads(
        (Path(__file__).parents[1] / "data" / "hf_configs.json").read_text("utf-8")
    )
    small = next(row["config"] for row in configs if row["config"]["model_type"] == "qwen3_moe")
    path = tmp_path / "config.json"
    path.write_text(json.dumps(small), "utf-8")
    run = flopwise("speed", "show", "--config", str(path), "--gpus", "8", "--gpu", "h100-sxm")
    assert run.code == 0, run.err
    assert "expert parallelism" in run.out


@pytest.mark.parametrize(
    ("layout", "told"),
    [
        ("tp=2,fsdp", "zero3"),
        ("pp=4,vp=2", "PP 4 × VP 2 × DP 16"),
        ("tp=2,recompute=full", "full recomputation"),
        ("tp=2,recompute=none", "no recomputation"),
    ],
)
def test_a_layout_is_told_as_it_was_asked_for(layout: str, told: str) -> None:
    run = flopwise("speed", "show", *LLAMA, *CLUSTER, "--layout", layout)
    assert told in words(run.out)
    assert "matrices" in run.out


def test_a_level_of_ones_own_scales_all_terms() -> None:
    shown = ("speed", "show", *LLAMA, *CLUSTER, "--layout", "tp=2", "--json")
    usual, own = (json.loads(flopwise(*shown, *more).out) for more in ((), ("--mfu", "0.3")))
    assert own["mfu"] == pytest.approx(0.3)
    assert own["step_seconds"] == pytest.approx(usual["step_seconds"] * usual["mfu"] / 0.3)
    assert own["terms"]["matrices"] / usual["terms"]["matrices"] == pytest.approx(
        own["step_seconds"] / usual["step_seconds"]
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--layout", "tp=3"), "--layout must divide 64 GPUs"),
        (("--layout", "tp=16"), "--layout must keep tp within 8 linked GPUs"),
        (("--layout", "pp=64"), "--layout must leave a layer to each of the stages' pieces"),
        (("--layout", "ep=8"), "--layout has ep only for a mixture of experts"),
        (("--layout", "mb=512"), "--batch must leave a micro-batch of 512 to each of 64 replicas"),
        (
            ("--layout", "fsdp", "--sharding", "zero1"),
            "--sharding must be zero3 with --layout fsdp",
        ),
        (("--layout", "tp=2,tp=4"), "must be auto, or some of tp, pp"),
        (("--layout", "recompute=half"), "must be auto, or some of tp, pp"),
        (("--layout", "vp=0"), "must be auto, or some of tp, pp"),
        (("--batch", "100"), "--batch must be at least one sequence of 8,192 tokens"),
        (("--precision", "fp8", "--gpu", "a100-sxm-80"), "--precision must be one that"),
        (("--gpus", "1"), "--gpus must have memory for the model"),
    ],
    ids=str,
)
def test_layouts_that_cannot_be_are_refused_by_name(options: tuple[str, ...], told: str) -> None:
    run = flopwise("speed", "show", *LLAMA, *CLUSTER, *options)
    assert run.code == 2
    assert told in words(run.err)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--batch", "4M", "--gpu", "h100-sxm"), "--batch must be given with --layout"),
        (("--layout", "auto"), "--layout must be given with --gpu"),
        (("--layout", "auto", "--gpu", "h100-sxm"), "--gpus must be given with --layout"),
    ],
    ids=str,
)
def test_what_a_step_needs_is_asked_for(options: tuple[str, ...], told: str) -> None:
    run = flopwise("predict", *LLAMA, "--tokens", "1T", *options)
    assert run.code == 2
    assert told in words(run.err)


def test_runs_of_ones_own_set_the_clock(tmp_path: Path) -> None:
    shown = ("speed", "show", *LLAMA, *CLUSTER, "--layout", "tp=2,mb=1", "--json")
    usual = json.loads(flopwise(*shown).out)
    row = dict.fromkeys(COLUMNS, "") | {
        **{"layers": "32", "hidden": "4096", "ffn": "14336", "heads": "32", "kv_heads": "8"},
        **{"vocab": "128256", "accelerator": "h100-sxm", "TP": "2", "DP": "32"},
        **{"micro_batch": "1", "global_batch": "512", "seq_len": "8192"},
    }
    path = tmp_path / "runs.csv"
    for factor in (0.8, 1.5):
        row["step_time_s"] = str(factor * usual["step_seconds"])
        path.write_text(
            f"{','.join(COLUMNS)}\n{','.join(row[name] for name in COLUMNS)}\n", "utf-8"
        )
        own = json.loads(flopwise(*shown, "--runs", str(path)).out)
        assert own["step_seconds"] == pytest.approx(factor * usual["step_seconds"], rel=0.05)
        assert own["own_runs"]["runs"] == 1
    row["status"] = "oom"
    path.write_text(f"{','.join(COLUMNS)}\n{','.join(row[name] for name in COLUMNS)}\n", "utf-8")
    run = flopwise(*shown, "--runs", str(path))
    assert run.code == 2
    assert "--runs must hold a run that was not out of memory" in words(run.err)
    assert "must have the column" in flopwise(*shown, "--runs", __file__).err


def test_the_clock_says_how_it_fares() -> None:
    told = flopwise("speed", "validate").out
    assert "dense, 16 bit" in told
    assert "whole models on an H100" in told
    assert "SmolLM-360M in steps of 2,048 tokens" in words(told)
    found = json.loads(flopwise("speed", "validate", "--json").out)
    assert found["unseen"]["dense"]["runs"] == 697


def test_measuring_needs_pytorch_and_a_gpu_and_says_so(tmp_path: Path) -> None:
    run = flopwise("speed", "measure", "--out", str(tmp_path / "runs.csv"))
    assert run.code == 2
    assert "speed measure needs" in words(run.err)
    assert not (tmp_path / "runs.csv").exists()


def test_shapes_to_measure_vary_widths_experts_batches_and_contexts() -> None:
    usual, small = list(shapes()), list(shapes(small=True))
    assert len(usual) == len(small) == 36
    for name in ("hidden", "ffn", "experts", "micro_batch", "seq_len", "layers", "passes"):
        assert len({getattr(shape, name) for shape in usual}) > 1, name
    for shape in usual + small:
        assert shape.heads % shape.kv_heads == 0
        if shape.experts:  # even shares
            assert shape.micro_batch * shape.seq_len * shape.per_token % shape.experts == 0


def test_whole_models_to_measure_fit_into_a_part_and_are_the_measured_ones() -> None:
    models = list(whole_models())
    held = [run for run in held_out_runs() if run.name != "shape"]
    assert [shape.name for shape in models] == [run.name for run in held]
    for shape, run in zip(models, held, strict=True):
        assert run.step.layout.micro_batch == shape.micro_batch
        assert run.step.seq_len == shape.seq_len
        # weights, gradients and two states in 16 bits
        assert 8 * parameter_count(run.model) < 70e9
        if shape.experts:  # even shares
            assert shape.micro_batch * shape.seq_len * shape.per_token % shape.experts == 0


def test_whole_models_are_not_made_small(tmp_path: Path) -> None:
    out = tmp_path / "runs.csv"
    run = flopwise("speed", "measure", "--out", str(out), "--small", "--whole")
    assert run.code == 2
    assert "--whole goes without --small" in words(run.err)
    assert not out.exists()


def test_a_table_of_runs_has_the_columns_that_measuring_writes() -> None:
    path = Path(__file__).parents[2] / "constraints" / "data" / "clock_runs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == COLUMNS


CLOCKED = ("plan", "--gpus", "256", "--gpu", "h100-sxm", "--days", "30", "--clock")


def test_a_plan_by_the_clock_spends_its_days_at_its_own_speed() -> None:
    found = json.loads(flopwise(*CLOCKED, "--json").out)
    plan, budget = next(x for x in found["plans"] if not x["saturated"]), found["budget"]
    assert found["status"] == "optimal"
    assert plan["days"] == pytest.approx(30, rel=1e-6)
    own = plan["training_flops"] / (plan["gpu_hours"] * 3600 * 989.4e12 * budget["goodput"])
    # the level is the prior's, the relation the clock's
    usual = json.loads(flopwise(*CLOCKED[:-1], "--json").out)["budget"]
    assert budget["mfu"] == usual["mfu"]
    assert budget["training_flops"] == pytest.approx(usual["training_flops"])
    relation = own / plan["layout"]["mfu"]
    for other in found["plans"][1:]:
        theirs = other["training_flops"] / (other["gpu_hours"] * 3600 * 989.4e12)
        assert theirs / budget["goodput"] / other["layout"]["mfu"] == pytest.approx(relation)


def test_a_plan_by_the_clock_says_how_fast_it_is() -> None:
    told = words(flopwise(*CLOCKED).out)
    assert "MFU of plan 1:" in told
    assert "GPU-hours ≤ 184,320" in told
    assert "Not even fractional sizes" not in told


def test_finer_experts_pay_for_their_speed() -> None:
    mixtures = (
        "--experts",
        "64",
        "--experts-per-token",
        "8",
        "--hidden",
        "2048,3072",
        "--top",
        "1",
    )
    usual, paced = (
        json.loads(
            flopwise(*options, *mixtures, "--prefer", "params", "--within", "0", "--json").out
        )
        for options in ((*CLOCKED[:-1], "--no-clock"), CLOCKED)
    )
    assert paced["plans"][0]["training_flops"] != usual["plans"][0]["training_flops"]
    assert paced["plans"][0]["days"] == pytest.approx(30, rel=1e-6)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--lifetime-tokens", "1T"), "--lifetime-tokens must not be given with --clock"),
        (("--flop-count", "6nd"), "--flop-count must be causal with --clock"),
    ],
    ids=str,
)
def test_what_the_clock_does_not_time_is_refused(options: tuple[str, ...], told: str) -> None:
    run = flopwise(*CLOCKED, *options)
    assert run.code == 2
    assert told in words(run.err)


def test_the_clock_needs_a_cluster_and_time() -> None:
    run = flopwise("plan", "--flops", "1e23", "--clock")
    assert "--gpu must be given with --clock" in words(run.err)
    run = flopwise("plan", "--flops", "1e23", "--gpus", "8", "--gpu", "h100-sxm", "--clock")
    assert "--flops must not be given with --clock" in words(run.err)
