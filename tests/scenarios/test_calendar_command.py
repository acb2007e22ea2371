"""Days kept for other things than pretraining, and goodput from failures."""

import json

import pytest

from tests.scenarios.command_line import flopwise

CLUSTER = ("plan", "--gpus", "1024", "--gpu", "h100-sxm", "--days", "40")
FAILURES = ("--mtbf", "5e4", "--checkpoint", "1", "--restart", "20")


def test_days_kept_are_no_part_of_the_budget() -> None:
    kept = flopwise(*CLUSTER, "--reserve", "failures=6d,cooldown=4d", "--json")
    fewer = flopwise(*CLUSTER[:-1], "30", "--json")
    assert json.loads(kept.out)["plans"][0]["score"] == json.loads(fewer.out)["plans"][0]["score"]
    told = flopwise(*CLUSTER, "--reserve", "failures=6d,cooldown=4d").out
    assert "× 30 days" in told
    assert "of 40 days: 6 for failures, 4 for cooldown" in told


def test_goodput_follows_from_failures() -> None:
    found = json.loads(flopwise(*CLUSTER, *FAILURES, "--json").out)
    assert found["budget"]["goodput"] == pytest.approx(0.971, abs=0.01)
    assert "a failure every 48.8 h" in flopwise(*CLUSTER, *FAILURES).out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--reserve", "40d"), "--days must be more than the 40 days of --reserve"),
        (("--reserve", "a=1,a=2"), "must be days ≥ 0, or names with days"),
        (("--reserve", "soon"), "must be a number of days"),
        (("--mtbf", "5e4"), "--checkpoint must be given with --mtbf"),
        (("--mtbf", "5e4", "--checkpoint", "1"), "--restart must be given with --mtbf"),
        (("--checkpoint", "1"), "--checkpoint must be given with --mtbf"),
        ((*FAILURES, "--goodput", "0.9"), "--goodput must not be given with --mtbf"),
    ],
    ids=str,
)
def test_a_calendar_that_makes_no_sense_is_refused(options: tuple[str, ...], told: str) -> None:
    run = flopwise(*CLUSTER, *options)
    assert run.code == 2
    assert told in " ".join(run.err.split())
