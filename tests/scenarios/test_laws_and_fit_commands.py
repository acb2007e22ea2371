"""`flopwise laws`, `flopwise fit`, and plans by other laws, robust ones included."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from constraints.published.model_table import NEEDED
from constraints.published.published_models import published_dense
from optimizer.laws.library import law_names
from tests.scenarios.command_line import flopwise

CLUSTER = ("plan", "--gpus", "1024", "--gpu", "h100-sxm", "--days", "30")


def table(path: Path, organisation: str, count: int = 1000) -> Path:
    rows = [x for x in published_dense() if x.organisation == organisation and x.tokens]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "release", *NEEDED])
        for x in rows[:count]:
            sizes = x.architecture
            writer.writerow(
                [
                    *(x.name, x.release, sizes.num_hidden_layers, sizes.hidden_size),
                    *(sizes.intermediate_size, (x.tokens or 0) / 1e12, x.mmlu),
                ]
            )
    return path


def plan(*arguments: str) -> Any:
    run = flopwise(*CLUSTER, *arguments, "--json")
    assert run.code == 0, run.err
    return json.loads(run.out)


def test_laws_lists_what_ships_with_its_error() -> None:
    run = flopwise("laws")
    assert run.code == 0
    assert all(name in run.out for name in law_names())
    listed = json.loads(flopwise("laws", "--json").out)["laws"]
    assert [one["law"] for one in listed] == list(law_names())
    assert max(len(line) for line in run.out.splitlines()) <= 80


@pytest.mark.parametrize("name", law_names())
def test_every_law_can_be_shown_and_validated(name: str) -> None:
    shown, checked = flopwise("laws", "show", name), flopwise("laws", "validate", name)
    assert (shown.code, checked.code) == (0, 0)
    assert "Source:" in shown.out
    document = json.loads(flopwise("laws", "validate", name, "--json").out)
    assert document["law"] == name
    if document["evidence"] is not None:
        errors = [abs(row["error"]) for row in document["models"]]
        assert document["groups"]["all"][0]["mean_absolute"] == pytest.approx(
            sum(errors) / len(errors)
        )
        assert document["worst"][0]["error"] in (max(errors), -max(errors))


def test_a_validation_is_a_page_and_a_picture(tmp_path: Path) -> None:
    page, picture = tmp_path / "law.html", tmp_path / "law.svg"
    run = flopwise("laws", "validate", "calibrated", "--html", str(page), "--plot", str(picture))
    assert run.code == 0
    text = page.read_text("utf-8")
    assert "Qwen3-32B" in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert picture.read_text("utf-8").startswith("<?xml")
    assert flopwise("laws", "validate", "chinchilla", "--html", str(page)).code == 2
    assert page.read_text("utf-8") == text


@pytest.mark.slow
@pytest.mark.parametrize("name", law_names())
def test_every_law_plans_with_proof_and_a_second_opinion(name: str) -> None:
    document = plan("--law", name)
    assert document["status"] == "optimal"
    assert document["certificate"]["gap"] == 0.0
    opinions = document["second_opinion"]
    shipped = {"performance-law", "calibrated", "chinchilla"}
    assert {opinion["law"] for opinion in opinions} == shipped - {name}
    for opinion in opinions:
        assert opinion["own_plan"]["score"] >= opinion["score"] - 1e-9
    best = document["plans"][0]
    if name.startswith("chinchilla"):
        assert best["score_interval"] is None
        assert best["score"] < 0
        assert document["score_unit"] == "−100 × loss [nat/token]"
    else:
        low, high = best["score_interval"]
        assert low < best["score"] < high


def test_laws_that_disagree_say_so() -> None:
    run = flopwise(*CLUSTER)
    assert "What other laws say of plan 1" in run.out
    assert "which law to believe matters more" in " ".join(run.out.split())


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["mean", "cvar", "regret"])
def test_a_robust_plan_says_what_its_scores_are_and_how_its_plans_stand(objective: str) -> None:
    document = plan("--law", "calibrated", "--robust", objective)
    standing = document["standing"]
    assert standing["draws"] == 200
    assert sum(standing["best"]) == pytest.approx(1.0)
    assert document["robust"] == objective
    run = flopwise(*CLUSTER, "--law", "calibrated", "--robust", objective)
    assert "Scores are" in run.out
    assert "The law can't tell these shapes apart" in " ".join(run.out.split())


@pytest.mark.slow
def test_an_objective_over_draws_is_no_prediction() -> None:
    plain = plan("--law", "calibrated")["plans"][0]
    for objective in ("mean", "cvar", "regret"):
        best = plan("--law", "calibrated", "--robust", objective)["plans"][0]
        assert best["law_score"] <= plain["score"] + 1e-9
        low, high = best["score_interval"]
        assert low < best["law_score"] < high
        assert abs(best["law_score"] - plain["score"]) < 1.0
    assert plain["law_score"] == plain["score"]
    page = flopwise(*CLUSTER, "--law", "calibrated", "--robust", "regret", "--html", "x.html")
    assert page.code == 2
    assert "--html goes with mean or cvar" in page.err


@pytest.mark.slow
def test_caution_costs_score_on_average_and_buys_it_in_the_worst_draws() -> None:
    scores = {
        objective: plan("--law", "calibrated", "--robust", objective)["plans"][0]["score"]
        for objective in ("mean", "cvar", "regret")
    }
    assert scores["cvar"] < scores["mean"]
    assert scores["regret"] < scores["mean"]


def test_a_law_is_fitted_saved_and_planned_with(tmp_path: Path) -> None:
    models, saved = table(tmp_path / "mine.csv", "Alibaba"), tmp_path / "my-law.json"
    page = tmp_path / "fit.html"
    run = flopwise("fit", str(models), "--save", str(saved), "--html", str(page))
    assert run.code == 0, run.err
    assert "gate: these models don't tell it" in run.out
    assert "Saved" in run.out
    assert "Qwen3-32B" in page.read_text("utf-8")
    document = plan("--law", str(saved))
    assert document["law"] == "my-law"
    low, high = document["plans"][0]["score_interval"]
    assert high - low < 10  # one lab's models scatter less than everybody's
    assert flopwise("laws", "validate", str(saved)).code == 0


@pytest.mark.slow
@pytest.mark.parametrize(("labs", "rows"), [(1, 7), (2, 4), (7, 1), (12, 1), (1, 12), (21, 1)])
def test_small_tables_of_any_kind_can_be_fitted(tmp_path: Path, labs: int, rows: int) -> None:
    known = [x for x in published_dense() if x.tokens][20:]
    path, saved = tmp_path / "small.csv", tmp_path / "small.json"
    lines = ["organisation,layers,hidden_size,intermediate_size,tokens_t,mmlu_5shot,ffn_type"]
    for i, x in enumerate(known[: labs * rows]):
        sizes = x.architecture
        widths = f"{sizes.num_hidden_layers},{sizes.hidden_size},{sizes.intermediate_size}"
        lines.append(f"lab {i % labs},{widths},{(x.tokens or 0) / 1e12},{x.mmlu},SwiGLU")
    path.write_text("\n".join(lines), "utf-8")
    run = flopwise("fit", str(path), "--save", str(saved))
    assert run.code == 0, run.err
    assert "Traceback" not in run.err
    assert flopwise("laws", "validate", str(saved)).code == 0
    document = plan("--law", str(saved), "--robust", "cvar")
    assert document["standing"]["spread"] > 0.0
    # a table's own rows, whatever they are called, are what its law was held against
    assert (
        document["law_hash"]
        == json.loads(flopwise("laws", "show", str(saved), "--json").out)["law_hash"]
    )


def test_one_row_is_enough_for_an_anchor(tmp_path: Path) -> None:
    one, saved = table(tmp_path / "one.csv", "Meta", 1), tmp_path / "anchored.json"
    few = table(tmp_path / "few.csv", "01.AI")
    assert flopwise("fit", "--anchor", str(one), "--save", str(saved)).code == 0
    plain = plan("--law", "calibrated")["plans"][0]["score"]
    better = plan("--law", "calibrated", "--anchor", str(few))["plans"][0]["score"]
    assert better > plain  # 01.AI's models are better than the law says
    assert plan("--law", str(saved))["plans"][0]["score"] != plain


BAD_ROWS = "layers,hidden_size,intermediate_size,tokens_t,mmlu_5shot\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "needs the columns"),
        ("layers,tokens_t\n1,2\n", "missing: hidden_size, intermediate_size, mmlu_5shot"),
        (BAD_ROWS + "0,4096,x,2,45\n32,64,64,-1,145\n", ":2: layers: must be a whole number"),
        (BAD_ROWS + "0,4096,x,2,45\n32,64,64,-1,145\n", ":3: mmlu_5shot: must be a number"),
        (BAD_ROWS + "32,4096\n", ":2: must have as many values"),
        (BAD_ROWS + "32,4096,11008,2,45\n", "at least 7 rows"),
        (BAD_ROWS + "32,4096,11008,2,nan\n", "mmlu_5shot: must be a number"),
        (BAD_ROWS, "at least 7 rows"),
        (BAD_ROWS + "\n\n0,4096,11008,2,45\n", ":4: layers"),
        ("layers," + BAD_ROWS + "9,9,9,9,9,9\n", "must have every column once"),
        ("release," + BAD_ROWS + "2024-13,32,4096,11008,2,45\n", ":2: release: must be a month"),
        ("ffn_type," + BAD_ROWS + "moe,32,4096,11008,2,45\n", ":2: ffn_type: must be one of"),
        (BAD_ROWS + "999999999999,4096,11008,2,45\n", ":2: layers: must be a whole number from 1"),
    ],
    ids=str,
)
def test_a_table_that_cant_be_fitted_names_every_bad_value(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "models.csv"
    path.write_text(text, "utf-8")
    run = flopwise("fit", str(path), "--save", str(tmp_path / "law.json"))
    assert run.code == 2
    assert told in run.err
    assert not (tmp_path / "law.json").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("fit",), "MODELS must be given, or --anchor"),
        (("fit", "a.csv", "--anchor", "b.csv"), "MODELS must be given, or --anchor, but not both"),
        (("fit", "nowhere.csv"), "can't be read"),
        (("fit", "x.csv", "--save", "law.txt"), "must end in .json"),
        (("laws", "show", "magic"), "must be the name of a law or a .json file"),
        (("laws", "validate", "nowhere.json"), "can't be read"),
        ((*CLUSTER, "--robust", "cvar"), "--robust needs a law with draws"),
        ((*CLUSTER, "--robust", "best"), "--robust"),
        ((*CLUSTER, "--law", "calibrated", "--gamma", "2"), "--gamma means nothing to the law"),
        ((*CLUSTER, "--date", "tomorrow"), "must be a month such as 2027-03"),
        ((*CLUSTER, "--anchor", "nowhere.csv"), "--anchor needs a law that knows how labs differ"),
        ((*CLUSTER, "--law", "calibrated", "--anchor", "nowhere.csv"), "can't be read"),
    ],
    ids=str,
)
def test_bad_input_is_named(arguments: tuple[str, ...], told: str) -> None:
    run = flopwise(*arguments)
    assert run.code == 2
    assert told in run.err


@pytest.mark.slow
def test_odds_and_regrets_of_plans_side_by_side(tmp_path: Path) -> None:
    for name in ("performance-law", "calibrated"):
        run = flopwise(*CLUSTER, "--law", name, "--json")
        (tmp_path / f"{name}.json").write_text(run.out, "utf-8")
    items = [str(tmp_path / f"{name}.json") for name in ("performance-law", "calibrated")]
    document = json.loads(flopwise("compare", *items, "--law", "calibrated", "--json").out)
    (difference,) = document["differences"]
    odds = difference["odds"]
    assert odds["law"] == "calibrated"
    assert 0.5 < odds["with_scatter"] < odds["by_law"] < 1.0
    assert sum(difference["parts"].values()) == pytest.approx(difference["score"], abs=1e-9)
    assert difference["score"] > 0  # the law's own best beats the other by its own lights
    back = json.loads(flopwise("compare", *items[::-1], "--law", "calibrated", "--json").out)
    assert back["differences"][0]["odds"]["by_law"] == pytest.approx(1 - odds["by_law"])
    for regrets in document["regrets"]:
        assert regrets
        for regret in regrets:
            assert regret["given_away"] is None or regret["given_away"] >= -1e-9
    early = tmp_path / "early.json"
    late = flopwise(*CLUSTER, "--law", "calibrated", "--date", "2022-01", "--json")
    early.write_text(late.out, "utf-8")
    dated = json.loads(
        flopwise("compare", items[1], str(early), "--law", "calibrated", "--json").out
    )
    parts = dated["differences"][0]["parts"]
    assert parts["release and kind of FFN"] == pytest.approx(dated["differences"][0]["score"])
    assert dated["differences"][0]["odds"]["by_law"] < 0.2
    models = ("opt-13b", "llama-2-7b", "gpt-3-175b")
    old = json.loads(flopwise("compare", *models, "--law", "calibrated", "--json").out)
    assert max(item["score"] for item in old["items"]) < 55  # as of their time
    run = flopwise("compare", *items)
    assert "Beats it with probability" in run.out
    assert "Score given away to the best plan there" in run.out


def test_a_loss_can_be_aimed_at() -> None:
    command = ("target", "--law", "chinchilla", "--gpu", "h100-sxm", "--json", "--score")
    least, better = (json.loads(flopwise(*command, score).out) for score in ("-200", "-195"))
    assert least["status"] == better["status"] == "reached"
    assert least["plans"][0]["score"] >= -200
    assert least["amount"] < better["amount"]
