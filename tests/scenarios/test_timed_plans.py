"""Plans whose designs train at their own speed: when, with which steps, and beside what."""

import json
import re
from pathlib import Path

import pytest

import flopwise as front_door
from tests.scenarios.command_line import flopwise

SMALL = ("--layers", "24:40", "--hidden", "2048:4096", "--ffn", "5632:16384")
CLUSTER = ("--gpus", "64", "--gpu", "h100-sxm", *SMALL)
CLUSTER_ALONE = ("--gpus", "256", "--gpu", "h100-sxm")
PLAN = ("plan", *CLUSTER, "--days", "30")


def answered(*words: str) -> dict:
    return json.loads(flopwise(*words, "--json").out)


@pytest.mark.parametrize(
    ("options", "timed"),
    [
        (("--days", "30"), True),
        (("--gpu-hours", "46080"), True),
        (("--cost", "115200", "--price", "2.5"), True),
        (("--days", "30", "--tokens-per-second-per-gpu", "9500@llama-3-8b"), True),
        (("--days", "30", "--mfu", "0.33"), False),
        (("--days", "30", "--no-clock"), False),
        (("--days", "30", "--flop-count", "6nd"), False),
        (("--days", "30", "--lifetime-tokens", "1T"), False),
        (("--flops", "1e22"), False),
    ],
    ids=str,
)
def test_designs_are_timed_where_a_cluster_and_a_time_are_given_and_no_mfu(
    options: tuple[str, ...], timed: bool
) -> None:
    best = answered("plan", *CLUSTER, *options)["plans"][0]
    assert (best["layout"] is not None) is timed
    assert ("MFU of plan 1" in flopwise("plan", *CLUSTER, *options).out) is timed


@pytest.mark.parametrize(
    ("options", "timed"), [((), True), (("--moe-mfu", "0.2"), False), (("--no-clock",), False)]
)
def test_mixtures_are_timed_likewise(options: tuple[str, ...], timed: bool) -> None:
    mixtures = ("--experts", "64", "--experts-per-token", "8", "--hidden", "2048", "--top", "1")
    asked = ("plan", "--gpus", "64", "--gpu", "h100-sxm", "--days", "30", *mixtures, *options)
    best = answered(*asked)["plans"][0]
    assert (best["layout"] is not None) is timed
    assert best["days"] == pytest.approx(30, rel=1e-4)
    assert (
        "--clock plans with each at its own speed" in " ".join(flopwise(*asked).out.split())
    ) is (not timed and "--no-clock" in options)


def test_the_clock_may_be_asked_for_with_an_mfu() -> None:
    told = flopwise(*PLAN, "--mfu", "0.33", "--clock").out
    assert told.split() == flopwise(*PLAN).out.split()


def test_hours_are_spent_in_full_at_the_plans_own_speed() -> None:
    found = answered(*PLAN)
    best, layout = found["plans"][0], found["plans"][0]["layout"]
    assert best["gpu_hours"] == pytest.approx(46_080)
    own = best["training_flops"] / (46_080 * 3600 * 989.4e12 * 0.9)
    assert own != pytest.approx(0.33, rel=1e-3)
    assert 0.5 < own / layout["mfu"] < 1.5


def test_steps_grow_with_the_budget_unless_they_are_given() -> None:
    small, large = (
        answered("plan", *CLUSTER, "--days", days)["plans"][0]["layout"]["step_tokens"]
        for days in ("3", "300")
    )
    assert small < large
    given = answered(*PLAN, "--batch", "2097152")["plans"][0]["layout"]
    assert given["step_tokens"] == 2**21
    told = " ".join(flopwise(*PLAN, "--batch", "2097152").out.split())
    assert "A step of 2.1M tokens (in this layout at least" in told


@pytest.mark.parametrize(
    ("span", "step"), [("1M:3M", 2**21), ("4M:5M", 2**22), ("1M:100M", None)], ids=str
)
def test_a_range_of_steps_holds_the_one_that_is_taken(span: str, step: int | None) -> None:
    usual = answered(*PLAN)["plans"][0]["layout"]["step_tokens"]
    found = answered(*PLAN, "--batch", span)
    assert found["plans"][0]["layout"]["step_tokens"] == (step or usual)
    assert found["given"]["--batch"] == span


@pytest.mark.parametrize(
    ("span", "rule"),
    [
        ("5M:4M", "must be low:high with low < high"),
        ("1k:2k", "must be at least a sequence of 8,192 tokens"),
        ("2.25M:2.35M", "must hold a step that the cluster shares evenly"),
        ("1M:many", "must be a number"),
    ],
)
def test_a_range_that_holds_no_step_is_refused(span: str, rule: str) -> None:
    run = flopwise(*PLAN, "--batch", span)
    assert (run.code, "--batch" in run.err, rule in run.err) == (2, True, True), run.err


def test_a_cluster_too_large_for_a_step_is_refused_with_what_it_needs() -> None:
    run = flopwise("plan", "--gpus", "16384", "--gpu", "h100-sxm", "--days", "1", "--batch", "10k")
    assert run.code == 2
    assert "--batch must leave a micro-batch to each replica: on 16,384 GPUs at least" in run.err


def test_a_target_without_a_budget_has_the_steps_of_the_run_it_finds() -> None:
    steps = [
        answered("target", "--score", score, *CLUSTER)["plans"][0]["layout"]["step_tokens"]
        for score in ("45", "62")
    ]
    assert steps[0] < steps[1]


@pytest.mark.parametrize("batch", ["1M", "1000000", "3M", "100k"])
def test_a_step_is_shared_out_evenly_and_can_be_exported(batch: str, tmp_path: Path) -> None:
    run = flopwise(*PLAN, "--batch", batch, "--json")
    plan = json.loads(run.out)["plans"][0]
    layout, recipe = plan["layout"], plan["recipe"]
    assert recipe["global_batch_sequences"] % (layout["data"] * layout["micro_batch"]) == 0
    assert recipe["global_batch_tokens"] == layout["step_tokens"]
    path = tmp_path / "plan.json"
    path.write_text(run.out, "utf-8")
    assert flopwise("export", str(path), "--to", "megatron").code == 0


def test_steps_take_the_days_that_are_planned() -> None:
    told = " ".join(flopwise(*PLAN).out.split())
    (seconds,) = re.findall(r"\) takes ([\d.]+) s at MFU", told)
    steps = answered(*PLAN)["plans"][0]["recipe"]["steps"]
    assert steps * float(seconds) / 0.9 / 86_400 == pytest.approx(30, rel=0.01)


def test_far_too_small_a_step_is_told() -> None:
    told = " ".join(flopwise(*PLAN, "--batch", "100k").out.split())
    assert "times what suits this budget by the law of batches" in told


def test_a_part_without_runs_of_its_own_is_as_fast_as_the_clock_says_beside_an_h100() -> None:
    found = answered("plan", "--gpus", "1", "--gpu", "rtx-4090", "--days", "60")
    best = found["plans"][0]
    own = best["training_flops"] / (best["gpu_hours"] * 3600 * 165.2e12 * 0.9)
    assert own == pytest.approx(best["layout"]["mfu"], rel=0.1)


def test_a_step_shorter_than_a_sequence_is_refused() -> None:
    run = flopwise(*PLAN, "--batch", "4096")
    assert run.code == 2
    assert "--batch must be at least a sequence of 8,192 tokens" in " ".join(run.err.split())


def test_a_target_is_reached_at_the_designs_own_speeds() -> None:
    best = answered(*PLAN)["plans"][0]
    goal = ("target", *CLUSTER, "--score", str(best["score"] - 1e-6), "--days", "30")
    assert answered(*goal)["amount"] <= 46_080
    more = (*goal[:-3], str(best["score"] + 0.01), "--days", "30")
    assert answered(*more)["status"] == "unreachable"


def test_a_front_over_days_passes_through_the_plan() -> None:
    front = answered("pareto", *CLUSTER, "--days", "10:30", "--points", "3")
    best = answered(*PLAN)["plans"][0]
    assert max(point["score"] for point in front["points"]) == pytest.approx(best["score"])


def test_one_gpu_more_is_never_worse_since_it_may_stand_idle() -> None:
    assert all(gain >= 0 for gain in answered(*PLAN)["one_more"].values())


RUN = "--tokens-per-second-per-gpu"


def test_a_run_of_ones_own_sets_the_level_of_its_own_layout() -> None:
    rate = "9500@llama-3-8b"
    slow, fast = (
        answered(*PLAN, RUN, f"{rate}@gpus=64,{layout}")["plans"][0]["score"]
        for layout in ("tp=1,fsdp", "tp=8,mb=1")
    )
    assert slow < fast  # as fast in a slower layout means a faster machine
    told = " ".join(flopwise(*PLAN, RUN, f"{rate}@gpus=64,tp=2").out.split())
    assert "in its fastest layout, than your run, of 0.49." in told
    told = " ".join(flopwise(*PLAN, RUN, rate).out.split())
    assert "if that was as fast as it could be on 64 GPUs" in told


@pytest.mark.parametrize(
    ("spread", "told"),
    [
        ("tp=2", "must name its GPUs once, and a layout with them"),
        ("gpus=8,gpus=8", "must name its GPUs once"),
        ("gpus=0", "must be > 0"),
        ("gpus=64,tp=3", "must divide 64 GPUs"),
        ("gpus=64,xp=3", "some of tp, pp, cp"),
        ("gpus=1", "in a layout that divides the model and has the memory"),
    ],
)
def test_a_run_in_no_such_layout_is_refused(spread: str, told: str) -> None:
    run = flopwise(*PLAN, RUN, f"9500@llama-3-8b@{spread}")
    assert run.code == 2
    said = " ".join(run.err.split())
    assert told in said
    assert "--tokens-per-second-per-gpu" in said


MIXTURE = {"gpus": 64, "gpu": "h100-sxm", "days": 30, "layers": 28, "hidden": 2048}


def test_finer_experts_are_told_to_be_slower_where_a_cluster_is_known() -> None:
    found = front_door.plan(**MIXTURE, experts="16,64", experts_per_token="2,8")
    speeds = found.answer.width_speeds
    assert len(speeds) >= 3
    assert speeds[-1].mfu < speeds[0].mfu
    widths = [speed.moe_intermediate_size for speed in speeds]
    assert widths == sorted(widths, reverse=True)
    assert "What the width of experts costs" in str(found.report().sections)
    assert found.to_dict()["expert_widths"][0]["mfu"] == speeds[0].mfu


def test_experts_finer_than_evidence_speaks_for_are_not_preferred() -> None:
    found = front_door.plan(
        flops="1e23",
        layers=28,
        hidden=4096,
        experts="32,512",
        experts_per_token="4,32,64",
        expert_ffn="128:4096",
        granularity="1:32",
        within=5,
        space="wide",
    )
    assert found.preferred is not None
    model = found.preferred.architecture
    assert model.moe_intermediate_size is not None
    assert 2 * model.hidden_size / model.moe_intermediate_size > 8


def test_predict_takes_as_long_for_a_plan_as_the_plan_says(tmp_path: Path) -> None:
    cluster = ("--gpus", "1024", "--gpu", "h100-sxm")
    plan = json.loads(flopwise("plan", *cluster, "--days", "30", "--json").out)
    file, layout = tmp_path / "plan.json", plan["plans"][0]["layout"]
    file.write_text(json.dumps(plan), "utf-8")
    degrees = f"tp={layout['tensor']},pp={layout['pipeline']},mb={layout['micro_batch']}"
    asked = ("predict", "--config", str(file), *cluster, "--layout", degrees)
    found = json.loads(flopwise(*asked, "--json").out)
    assert found["own_speed"]["days"] == pytest.approx(plan["plans"][0]["days"], rel=1e-4)
    assert found["days"] != pytest.approx(found["own_speed"]["days"], rel=1e-2)
    assert "30.0 at its own MFU of" in flopwise(*asked).out
    given = json.loads(flopwise(*asked, "--mfu", "0.4", "--json").out)
    assert given["own_speed"] is None


def test_a_plan_is_no_faster_than_benchmarks_where_a_lone_run_is() -> None:
    """The prior of mixtures in FP8 is DeepSeek-V3's run, above what the clock gives mixtures."""
    mixtures = ("--experts", "32", "--experts-per-token", "1,2", "--top", "1")
    asked = ("plan", *CLUSTER_ALONE, "--days", "30", "--precision", "fp8", *mixtures)
    document = answered(*asked)
    layout = document["plans"][0]["layout"]
    assert layout["planned_mfu"] == pytest.approx(layout["mfu"], rel=1e-6)
    assert layout["planned_step_seconds"] == pytest.approx(layout["step_seconds"], rel=1e-6)
    assert "as in benchmarks by the clock" in " ".join(flopwise(*asked).out.split())


def test_a_document_tells_the_step_as_planned_and_as_in_benchmarks() -> None:
    document = answered("plan", *CLUSTER_ALONE, "--days", "30")
    plan, budget = document["plans"][0], document["budget"]
    layout, steps = plan["layout"], plan["tokens"] / plan["layout"]["step_tokens"]
    days = steps * layout["planned_step_seconds"] / budget["goodput"] / 86_400
    assert days == pytest.approx(plan["days"], rel=1e-5)
    assert layout["planned_step_seconds"] > layout["step_seconds"]


def test_a_target_takes_the_time_in_which_a_plan_reaches_it() -> None:
    """The steps are those of the budget that is found, not of one at another speed."""
    mixtures = ("--experts", "32", "--hidden", "2048,3072", "--dense-layers", "0")
    found = answered("target", "--score", "70", *CLUSTER_ALONE, *mixtures)
    days = found["plans"][0]["days"]
    best = answered("plan", *CLUSTER_ALONE, *mixtures, "--days", f"{days + 0.01:.2f}")
    assert best["plans"][0]["score"] >= 70


@pytest.mark.parametrize(("gpus", "told"), [("1009", True), ("1008", False), ("7", False)])
def test_a_cluster_of_no_whole_nodes_is_told_to_leave_some_parts_idle(
    gpus: str, told: bool
) -> None:
    out = flopwise("plan", "--gpus", gpus, "--gpu", "h100-sxm", "--days", "30", "--top", "1").out
    assert ("--gpus 1008 leaves 1 idle" in " ".join(out.split())) is told
