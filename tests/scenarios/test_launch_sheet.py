"""Launch sheets: one page with what to train, how, and what to expect on the way."""

import json
import re
from pathlib import Path

import pytest

import flopwise as front_door
from constraints.resources.calendar import Failures
from scenarios.launch.checkpoints import checkpoints_of
from scenarios.launch.milestones import SHARES
from tests.scenarios.command_line import flopwise

SMALL = ("--layers", "24:40", "--hidden", "2048:4096", "--ffn", "5632:16384")
CLUSTER = ("--gpus", "64", "--gpu", "h100-sxm", "--days", "30", *SMALL)
MIXTURE = ("--flops", "1e22", "--layers", "24:28", "--hidden", "2048", "--experts", "64")


def sheet_of(folder: Path, command: str, *question: str) -> tuple[str, dict]:
    """The sheet of a question's plan as text, and the document."""
    path = folder / "plan.json"
    path.write_text(flopwise(command, *question, "--json").out, "utf-8")
    run = flopwise("export", str(path), "--to", "sheet")
    assert run.code == 0, run.err
    return run.out, json.loads(path.read_text("utf-8"))


def rows_of(text: str) -> list[list[str]]:
    """The rows of what to expect on the way."""
    lines = [line for line in text.splitlines() if re.match(r" *\d+% ", line)]
    return [re.sub(r" \(\d+-\d+\)", "", line).split() for line in lines]


def test_a_sheet_says_what_to_train_on_what_and_how(tmp_path: Path) -> None:
    text, document = sheet_of(tmp_path, "plan", *CLUSTER)
    best = document["plans"][0]
    recipe, flat = best["recipe"], " ".join(text.split())
    assert f"{best['parameters']:,}" in flat
    assert f"{best['tokens']:,}" in flat
    assert f"steps {recipe['steps']:,}, each {recipe['global_batch_sequences']:,} seq" in flat
    assert f"learning rate {recipe['learning_rate']:g} after" in flat
    assert "precision bf16" in flat
    assert "64 × H100 SXM 80GB × 30 days" in flat
    assert flat.endswith(" ".join(("flopwise plan", *CLUSTER)))
    assert max(map(len, text.splitlines()[:-1])) <= 80


def test_steps_seconds_and_days_of_a_sheet_agree(tmp_path: Path) -> None:
    text, document = sheet_of(tmp_path, "plan", *CLUSTER)
    steps, goodput = document["plans"][0]["recipe"]["steps"], document["budget"]["goodput"]
    seconds = float(re.search(r"time of a step +([\d.]+) s", text)[1])
    assert steps * seconds / goodput == pytest.approx(30 * 86_400, rel=0.01)


def test_the_last_row_of_the_way_is_the_plan_itself(tmp_path: Path) -> None:
    text, document = sheet_of(tmp_path, "plan", *CLUSTER)
    best, rows = document["plans"][0], rows_of(text)
    assert [row[0] for row in rows] == [f"{float(share):.0%}" for share in SHARES]
    after, _, step, day, score, calibrated, loss = rows[-1]
    assert (after, step, day) == ("100%", f"{best['recipe']['steps']:,}", "30.0")
    assert float(score) == pytest.approx(best["score"], abs=0.05)
    others = {x["law"]: x["score"] for x in document["second_opinion"]}
    assert float(calibrated) == pytest.approx(others["calibrated"], abs=0.05)
    assert float(loss) == pytest.approx(-others["chinchilla"] / 100, abs=0.0005)


def test_scores_rise_and_losses_fall_on_the_way(tmp_path: Path) -> None:
    rows = rows_of(sheet_of(tmp_path, "plan", *CLUSTER)[0])
    scores, losses = ([float(row[k]) for row in rows] for k in (4, 6))
    assert scores == sorted(scores)
    assert losses == sorted(losses, reverse=True)


def test_what_holds_the_plan_back_is_told_with_its_worth(tmp_path: Path) -> None:
    text, document = sheet_of(tmp_path, "plan", *CLUSTER)
    assert "GPU time: 10 % more" in text
    for name, points in document["one_more"].items():
        assert re.search(rf"1 more: {re.escape(name)} +\{points:+.3f}", text)


@pytest.mark.parametrize(
    ("command", "question", "told"),
    [
        ("plan", ("--flops", "1e22"), "interval follows from the cluster"),
        ("plan", MIXTURE, "calibrated-experts [MMLU]"),
        ("plan", (*CLUSTER, "--unique-tokens", "200B"), "200B unique tokens"),
        ("plan", ("--flops", "1e22", "--law", "chinchilla"), "loss (chinchilla) calibrated [MMLU]"),
        ("target", ("--score", "60", "--gpu", "h100-sxm", "--days", "40"), "part H100 SXM 80GB at"),
        (
            "plan",
            (*CLUSTER, "--mtbf", "2e4", "--checkpoint", "2", "--restart", "15"),
            "at 2 min a checkpoint and a failure of each GPU every 20,000 h",
        ),
    ],
)
def test_every_kind_of_plan_has_a_sheet(
    command: str, question: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    assert told in " ".join(sheet_of(tmp_path, command, *question)[0].split())


def test_a_sheet_is_written_as_text_markdown_and_page(tmp_path: Path) -> None:
    sheet_of(tmp_path, "plan", *CLUSTER)
    run = flopwise("export", str(tmp_path / "plan.json"), "--to", "sheet", "--out", str(tmp_path))
    assert run.code == 0, run.err
    page = (tmp_path / "sheet.html").read_text("utf-8")
    assert "script" not in page.split("<body>")[1]
    assert "default-src 'none'" in page
    marked = (tmp_path / "sheet.md").read_text("utf-8")
    for heading in ("What to train", "Checkpoints", "What to expect on the way"):
        assert f"<h2>{heading}</h2>" in page
        assert f"## {heading}" in marked
        assert heading in (tmp_path / "sheet.txt").read_text("utf-8")


def test_checkpoints_of_more_failures_are_closer_together() -> None:
    often, seldom = (
        checkpoints_of(10**10, 100_000, 1024, 30.0, Failures(mtbf, 1.0, 20.0))
        for mtbf in (10_000.0, 40_000.0)
    )
    assert seldom.hours == pytest.approx(2 * often.hours)
    assert often.failures == pytest.approx(1024 * 720 / 10_000)
    assert (often.weights, often.state) == (2 * 10**10, 14 * 10**10)


def test_another_plan_than_the_first_can_be_exported(tmp_path: Path) -> None:
    _, document = sheet_of(tmp_path, "plan", "--flops", "1e22")
    path = str(tmp_path / "plan.json")
    third = json.loads(flopwise("export", path, "--to", "hf", "--plan", "3").out)
    assert third["num_hidden_layers"] == document["plans"][2]["architecture"]["num_hidden_layers"]
    assert third["intermediate_size"] == document["plans"][2]["architecture"]["intermediate_size"]
    run = flopwise("export", path, "--to", "hf", "--plan", "6")
    assert (run.code, "holds no plan 6: it has 5" in run.err) == (2, True)
    for wrong in ("0", "-1", "x", "P"):
        assert flopwise("export", path, "--to", "hf", "--plan", wrong).code == 2


def test_the_preferred_plan_can_be_exported(tmp_path: Path) -> None:
    _, document = sheet_of(tmp_path, "plan", *MIXTURE, "--prefer", "params")
    config = flopwise("export", str(tmp_path / "plan.json"), "--to", "hf", "--plan", "P").out
    own = document["preferred"]["architecture"]
    assert json.loads(config)["num_hidden_layers"] == own["num_hidden_layers"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("second_opinion", [{"law": 5}]),
        ("second_opinion", "none"),
        ("one_more", {"day": "much"}),
        ("one_more", [1]),
    ],
)
def test_a_sheet_of_a_broken_document_is_refused(key: str, value: object, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    document = json.loads(flopwise("plan", "--flops", "1e22", "--json").out)
    path.write_text(json.dumps({**document, key: value}), "utf-8")
    run = flopwise("export", str(path), "--to", "sheet")
    assert (run.code, "must be what flopwise printed as JSON" in run.err) == (2, True)


def test_files_are_had_from_python_too(tmp_path: Path) -> None:
    found = front_door.plan(flops=1e22)
    files = front_door.export(found, "hf")
    assert files == front_door.export(found.to_dict(), "hf", plan=1)
    assert json.loads(files["config.json"])["num_hidden_layers"] > 0
    for wrong in ({"to": "x"}, {"to": "hf", "plan": 0}, {"to": "hf", "plan": 99}, {"to": 3}):
        with pytest.raises(front_door.FlopwiseError):
            front_door.export(found, **wrong)


def test_a_law_of_loss_is_told_as_one_by_whatever_name(tmp_path: Path) -> None:
    text, document = sheet_of(
        tmp_path, "plan", "--flops", "1e22", "--law", "chinchilla-muennighoff"
    )
    score = float(rows_of(text)[-1][3])
    assert score == pytest.approx(-document["plans"][0]["score"] / 100, abs=0.0005)
