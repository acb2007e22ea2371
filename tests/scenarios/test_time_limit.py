"""A question has an end: after its time it tells the best so far, and how much is left open."""

import json
import re
import time

import pytest

from optimizer.searching.deadline import overdue, within_seconds
from tests.scenarios.command_line import flopwise

MIXTURES = ("plan", "--flops", "4e23", "--experts", "16:256", "--shared-experts", "0")


@pytest.mark.parametrize(
    "question",
    [
        ("plan", "--gpus", "64", "--gpu", "h100-sxm", "--days", "30"),
        ("plan", "--flops", "1e22", "--law", "calibrated", "--robust", "mean"),
        ("plan", "--flops", "1e22", "--moe", "--sensitivity"),
        ("plan", "--gpus", "64", "--gpu", "h100-sxm,b200", "--days", "30"),
        ("target", "--score", "60", "--gpu", "h100-sxm"),
        ("target", "--score", "60", "--gpus", "64", "--gpu", "h100-sxm"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("seconds", ["0.000001", "0.02", "0.1"])
def test_a_question_out_of_time_is_unproved_and_never_breaks(
    question: tuple[str, ...], seconds: str
) -> None:
    run = flopwise(*question, "--time-limit", seconds)
    assert run.code in (0, 1)
    assert "bug in flopwise" not in run.err
    if run.code == 1:
        assert "Not proved" in run.out
        document = json.loads(flopwise(*question, "--time-limit", "0.000001", "--json").out)
        assert document["status"] == "unproved"
        assert document["certificate"] is None


def test_the_best_so_far_is_told_with_how_much_better_a_plan_could_be() -> None:
    proved = json.loads(flopwise(*MIXTURES, "--json").out)
    best = proved["plans"][0]["score"]
    assert proved["unproved"] is None
    for seconds in ("0.1", "0.2", "0.4", "0.8"):
        found = json.loads(flopwise(*MIXTURES, "--time-limit", seconds, "--json").out)
        if found["status"] == "unproved" and found["plans"]:
            bound = found["unproved"]["bound"]
            assert bound is None or bound >= best - 1e-9
            assert found["plans"][0]["score"] <= best
            return
    pytest.skip("this machine is too fast for the times tried")


def test_a_search_that_took_minutes_ends() -> None:
    start = time.process_time()
    run = flopwise(
        "target", "--score", "-221.715", "--gpu", "h100-sxm", "--law", "chinchilla",
        "--space", "wide",
    )  # fmt: skip
    assert run.code == 0
    assert re.search(r"A loss of 2.21715 nats a token takes at least [\d.]+k? GPU-hours", run.out)
    assert time.process_time() - start < 40


@pytest.mark.parametrize("seconds", ["0", "-1", "soon"])
def test_a_time_that_is_none_is_refused(seconds: str) -> None:
    run = flopwise("plan", "--flops", "1e22", "--time-limit", seconds)
    assert (run.code, "--time-limit" in run.err) == (2, True)


def test_deadlines_nest_and_end() -> None:
    assert not overdue()
    with within_seconds(100.0):
        with within_seconds(1e-9):
            time.sleep(0.001)
            assert overdue()
            with within_seconds(50.0):
                assert overdue()
        assert not overdue()
    assert not overdue()


def test_points_left_out_for_want_of_time_leave_nothing_proved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("optimizer.searching.least_cost.overdue", lambda: True)
    run = flopwise("target", "--score", "60", "--gpu", "h100-sxm", "--json")
    assert run.code == 1
    assert json.loads(run.out)["status"] == "unproved"


def test_no_bound_is_below_the_best_plan_found() -> None:
    for seconds in ("0.02", "0.05", "0.1", "0.2"):
        found = json.loads(
            flopwise("plan", "--flops", "1e23", "--time-limit", seconds, "--json").out
        )
        if found["status"] == "unproved" and found["plans"] and found["unproved"]["bound"]:
            assert found["unproved"]["bound"] >= found["plans"][0]["score"]
