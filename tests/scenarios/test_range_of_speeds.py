"""An MFU that is known only within a range: its ends, its middle, and robust plans over it."""

import json
from pathlib import Path

import pytest

import flopwise as front_door
from tests.scenarios.command_line import flopwise

SMALL = ("--layers", "24:40", "--hidden", "2048:4096", "--ffn", "5632:16384")
CLUSTER = ("plan", "--gpus", "64", "--gpu", "h100-sxm", "--days", "30", *SMALL)
RANGE = ("--mfu", "0.28:0.42")


def test_plans_of_both_ends_and_the_middle_are_those_of_each_speed_alone() -> None:
    found = json.loads(flopwise(*CLUSTER, *RANGE, "--json").out)
    assert found["budget"]["mfu"] == 0.35
    for speed, mfu in zip(found["speeds"], ("0.28", "0.35", "0.42"), strict=True):
        alone = json.loads(flopwise(*CLUSTER, "--mfu", mfu, "--json").out)
        assert speed["mfu"] == float(mfu)
        assert speed["plan"]["score"] == alone["plans"][0]["score"]
        assert speed["plan_1"]["score"] <= speed["plan"]["score"]


def test_the_report_tells_what_plan_1_gives_away_at_another_speed() -> None:
    told = " ".join(flopwise(*CLUSTER, *RANGE).out.split())
    assert "at MFU 0.35 (of 0.28-0.42)" in told
    assert "The MFU is given as a range." in told
    assert "gives away at most" in told


def test_a_target_tells_what_it_takes_at_each_speed() -> None:
    goal = ("target", "--score", "60", "--gpu", "h100-sxm", *SMALL)
    found = json.loads(flopwise(*goal, *RANGE, "--json").out)
    slow, middle, fast = (speed["amount"] for speed in found["speeds"])
    assert slow > middle > fast
    assert slow * 0.28 == pytest.approx(fast * 0.42, rel=1e-6)
    assert "The MFU is given as a range." in " ".join(flopwise(*goal, *RANGE).out.split())


def test_robust_plans_draw_the_speed_as_well() -> None:
    asked = (*CLUSTER, "--law", "calibrated", "--robust", "cvar")
    known = json.loads(flopwise(*asked, "--mfu", "0.35", "--json").out)
    found = json.loads(flopwise(*asked, "--mfu", "0.2:0.5", "--json").out)
    assert found["plans"][0]["score"] < known["plans"][0]["score"]
    assert [speed["mfu"] for speed in found["speeds"]] == [0.2, 0.35, 0.5]
    assert "draws of the law and the speed" in flopwise(*asked, "--mfu", "0.2:0.5").out


def test_a_law_without_draws_is_robust_to_the_speed_alone() -> None:
    found = front_door.plan(
        gpus=64,
        gpu="h100-sxm",
        days=30,
        mfu="0.2:0.5",
        law="chinchilla",
        robust="mean",
        layers=32,
        hidden="2048:4096",
        ffn="5632:8192",
    )
    assert found.status == "optimal"
    assert found.answer.draw_ranking is not None
    assert found.answer.draw_ranking.draws == 40


def test_mixtures_have_a_range_of_their_own() -> None:
    mixture = ("plan", "--gpus", "64", "--gpu", "h100-sxm", "--days", "30", "--experts", "64")
    narrow = ("--layers", "24:28", "--hidden", "2048", "--experts-per-token", "8")
    found = json.loads(flopwise(*mixture, *narrow, "--moe-mfu", "0.1:0.3", "--json").out)
    assert [speed["mfu"] for speed in found["speeds"]] == [0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--mfu", "0.4:0.3"), "must be low:high with low < high"),
        (("--mfu", "0.4:"), "must be a number > 0 and ≤ 1"),
        (("--mfu", "0.1:0.2:0.3"), "must be a number > 0 and ≤ 1"),
        (("--mfu", "0.4:0.95"), "--mfu must be ≤ 0.80"),
        (("--mfu", "0.2:0.4", "--robust", "mean"), "a law without a limit of tokens a parameter"),
        (
            ("--mfu", "0.2:0.4", "--robust", "mean", "--law", "calibrated", "--tokens", "1T:2T"),
            "--tokens must have no upper end",
        ),
        (
            ("--mfu", ".2:.4", "--robust", "mean", "--law", "calibrated", "--unique-tokens", "1T"),
            "--unique-tokens must have no upper end",
        ),
        (("--mfu", "0.2:0.4", "--tokens-per-second-per-gpu", "9500@llama-3-8b"), "--mfu must not"),
    ],
    ids=str,
)
def test_a_range_that_makes_no_sense_is_refused(options: tuple[str, ...], told: str) -> None:
    run = flopwise(*CLUSTER, *options)
    assert run.code == 2
    assert told in " ".join(run.err.split())


def test_a_front_takes_one_speed() -> None:
    run = flopwise("pareto", "--gpus", "64", "--gpu", "h100-sxm", "--days", "10:30", *RANGE)
    assert run.code == 2
    assert "--mfu must be one number for a front, got '0.28:0.42'" in run.err


def test_a_page_is_about_the_middle_of_the_range(tmp_path: Path) -> None:
    path = tmp_path / "plan.html"
    run = flopwise(*CLUSTER, *RANGE, "--html", str(path))
    assert run.code == 0, run.err
    assert "If training is slower or faster" in path.read_text("utf-8")
