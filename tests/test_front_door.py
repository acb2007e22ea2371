"""The package `flopwise`: what the command line answers, asked from Python."""

from __future__ import annotations

import datetime
import inspect
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import flopwise
from scenarios.vocabulary.vocabulary import asked_by
from tests.scenarios.command_line import flopwise as command

ROOT = Path(__file__).parents[1]
SMALL = ("--layers", "20:40", "--hidden", "2048:4096")


def document(*arguments: str) -> dict[str, object]:
    run = command(*arguments, "--json")
    found: dict[str, object] = json.loads(run.out)
    return found


def test_a_plan_from_python_is_the_command_lines() -> None:
    found = flopwise.plan(flops="1e23", layers="20:40", hidden="2048:4096")
    assert found.status == "optimal"
    assert found.to_dict() == document("plan", "--flops", "1e23", *SMALL)
    best = found.plans[0]
    assert best.architecture.num_hidden_layers == found.to_frame().loc[1, "num_hidden_layers"]
    assert found.certificate is not None
    assert found.certificate.gap == 0.0
    assert "FFN/hidden" in found._repr_html_()


@pytest.mark.parametrize("days", [30, 30.0, "30", "30d", "720h"])
def test_days_may_be_given_in_the_units_people_write(days: object) -> None:
    found = flopwise.plan(gpus=64, gpu="h100-sxm", days=days, layers=[30], hidden=[4096])
    assert found.plans[0].days == pytest.approx(30, rel=1e-6)


def test_both_kinds_are_compared_from_python_too() -> None:
    found = flopwise.plan(
        flops=1e22, moe=True, experts=64, experts_per_token=8, shared_experts=1, dense_layers=1
    )
    assert found.kinds is not None
    assert found.to_dict()["dense_or_experts"]["dense"]["plan"]


def test_a_target_a_front_and_a_comparison_are_the_command_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached = flopwise.target(score=55, **{"layers": "20:40", "hidden": "2048:4096"})
    assert reached.to_dict() == document("target", "--score", "55", *SMALL)
    assert len(reached.to_frame()) == 1
    front = flopwise.pareto(flops="1e22:1e23", points=4, layers="20:40", hidden="2048:4096")
    same = document("pareto", "--flops", "1e22:1e23", "--points", "4", *SMALL)
    assert front.to_dict() == same
    assert len(front.to_frame()) == len(front.plans) == 4
    monkeypatch.chdir(tmp_path)
    plan = Path("plan.json")
    plan.write_text(json.dumps(flopwise.plan(flops=1e23, layers=32, hidden=4096).to_dict()))
    compared = flopwise.compare(plan, "llama-3-8b")
    assert compared.to_dict() == document("compare", "plan.json", "llama-3-8b")
    assert list(compared.to_frame()["name"]) == ["plan.json", "Llama-3-8B"]


def test_a_published_model_is_counted_to_the_last_parameter() -> None:
    """Llama 3 8B, as its config.json builds: 8,030,261,248 parameters."""
    found = flopwise.predict(
        layers=32, hidden=4096, ffn=14336, heads=32, kv_heads=8, vocab=128256, tokens="15T"
    )
    assert found.parameters == 8_030_261_248
    assert found.to_dict()["parameters"] == found.parameters
    assert found.interval is not None


def test_parts_and_laws_come_as_tables(tmp_path: Path) -> None:
    assert "H100 SXM 80GB" in set(flopwise.gpus().to_frame()["name"])
    assert flopwise.gpus("h100-sxm").parts[0].name == "H100 SXM 80GB"
    table = tmp_path / "mine.csv"
    table.write_text(
        "layers,hidden_size,intermediate_size,tokens_t,mmlu_5shot\n32,4096,11008,2,52\n"
    )
    found = flopwise.fit(anchor=table)
    assert isinstance(found.to_frame(), pd.DataFrame)
    saved = found.save(str(tmp_path / "law.json"))
    assert saved.saved is not None
    assert flopwise.plan(flops=1e22, law=saved.saved, layers=20).plans


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"flops": 1e23, "kv_heads": "x"}, "kv_heads must be a number"),
        ({"flops": 1e23, "price": 2}, "price must be given with gpu"),
        ({"flops": 1e23, "hidden": "1000:1020"}, "hidden must leave a value"),
        ({"gpus": 64, "gpu": "h1000", "days": 3}, "gpu must be a part of the catalogue"),
        ({}, "the budget must be given in one way: gpus and days, gpu_hours, flops"),
        ({"flops": 1e23, "hiden": 4}, "hiden must be a keyword of plan"),
        ({"flops": 1e23, "layers": "40:30"}, "layers range must not be empty"),
        ({"flops": 1e23, "layers": []}, "layers must not be empty"),
        ({"flops": {"tp": 8}}, "flops must be a number, text"),
        ({"flops": b"1e23"}, "flops must be a number, text"),
        ({"flops": 1e23, "layout": {}}, "layout must be a number, text"),
        ({"flops": 1e23, "law": ""}, "law must not be empty"),
        ({"flops": 1e23, "sensitivity": "no"}, "sensitivity must be True or False"),
        ({"flops": 1e23, "date": pd.NaT}, "date must be a date"),
    ],
)
def test_an_error_names_the_keyword(keywords: dict[str, object], said: str) -> None:
    with pytest.raises(flopwise.InputError, match=said) as caught:
        flopwise.plan(**keywords)
    assert isinstance(caught.value, flopwise.FlopwiseError)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: flopwise.gpus("nope"), "name must be a part of the catalogue"),
        (lambda: flopwise.gpus(5), "name must be text"),
        (lambda: flopwise.compare("llama-3-8b"), "items must be two or more"),
        (lambda: flopwise.compare("llama-3-8b", 5), "items must be results"),
        (lambda: flopwise.compare("llama-3-8b", {"a": 1}), "item 2 must be what to_dict"),
        (lambda: flopwise.compare("llama-3-8b", "llama-2-7b", law=5), "law must be text"),
        (lambda: flopwise.fit(), "models must be given, or anchor"),
        (lambda: flopwise.fit(5), "models must be a path"),
        (lambda: flopwise.fit("few.csv", date="2027-13"), "date must be a month"),
    ],
)
def test_an_error_names_the_argument(ask: Callable[[], object], said: str) -> None:
    with pytest.raises(flopwise.InputError, match=said):
        ask()


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"layers": np.arange(30, 33)}, {"--layers": "30,31,32"}),
        ({"layers": pd.Series([30, 32])}, {"--layers": "30,32"}),
        ({"layers": range(30, 33)}, {"--layers": "30,31,32"}),
        ({"ffn_ratio": Fraction(8, 3)}, {"--ffn-ratio": "8/3"}),
        ({"gamma": Decimal("1.05")}, {"--gamma": "1.05"}),
        ({"tied": np.True_}, {"--tied": ""}),
        ({"date": datetime.date(2027, 3, 1)}, {"--date": "2027-03"}),
        ({"date": pd.Timestamp("2027-03-05")}, {"--date": "2027-03"}),
    ],
)
def test_values_may_be_of_the_types_that_notebooks_have(
    given: dict[str, Any], text: dict[str, str]
) -> None:
    sizes = {"layers": 32, "hidden": 3072, "ffn": 8192}
    found = flopwise.plan(flops=np.array(1e22), **{**sizes, **given})
    assert found.plans
    assert found.to_dict()["given"].items() >= text.items()


@pytest.mark.parametrize("days", [datetime.timedelta(days=21), np.timedelta64(21, "D")])
def test_a_duration_may_be_a_timedelta(days: object) -> None:
    found = flopwise.plan(gpus=np.int64(64), gpu="h100-sxm", days=days, layers=30, hidden=2048)
    assert found.plans[0].days == pytest.approx(21, rel=1e-6)


def test_results_are_compared_kept_and_told_in_one_line() -> None:
    found = flopwise.plan(flops=1e22, layers=32, hidden=3072)
    reached = flopwise.target(score=40, layers=32, hidden=3072, minimise="serving_memory")
    compared = flopwise.compare(found, reached, found.to_dict(), "llama-3-8b")
    assert len(compared.to_frame()) == 4
    for result in (found, reached, compared, flopwise.gpus(), flopwise.gpus("h100-sxm")):
        assert result == result
        assert len({result, pickle.loads(pickle.dumps(result))}) == 2
        assert pickle.loads(pickle.dumps(result)).to_dict() == result.to_dict()
        assert len(repr(result)) < 300
        assert "\n" not in repr(result)


def test_a_budget_without_a_plan_is_a_result() -> None:
    found = flopwise.plan(flops=1e18, params="70B:80B", tokens="10T:15T")
    assert found.status == "infeasible"
    assert found.plans == ()
    assert found.to_frame().empty
    assert "score" in found.to_frame()
    assert "exclude each other" in found._repr_html_()


@pytest.mark.parametrize("name", ["plan", "target", "pareto", "predict"])
def test_a_function_shows_the_keywords_that_its_command_takes(name: str) -> None:
    function = getattr(flopwise, name)
    assert set(asked_by(name)) <= set(inspect.signature(function).parameters)
    for field in asked_by(name):
        assert f"    {field}: " in (function.__doc__ or "")


@pytest.mark.parametrize("name", ["plan", "target", "pareto", "predict"])
def test_help_in_python_names_no_option(name: str) -> None:
    assert "--" not in (getattr(flopwise, name).__doc__ or "").replace("`--", "")


def test_the_package_exports_what_it_lists_sorted() -> None:
    assert flopwise.__version__ == version("flopwise")
    assert flopwise.__all__ == sorted(flopwise.__all__)
    assert all(getattr(flopwise, name) is not None for name in flopwise.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        flopwise.nothing  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", ["constraints", "optimizer", "scenarios"])
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_another_module_in_the_way_is_told(tmp_path: Path, name: str, kind: str) -> None:
    if kind == "file":
        (tmp_path / f"{name}.py").write_text("x = 1\n")
    else:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("x = 1\n")
    code = "import sys; sys.path.insert(0, ''); import flopwise"
    paths = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=paths
    )
    assert run.returncode == 1
    assert f"another module of that name is in the way: it is found at {tmp_path}" in run.stderr
    line = subprocess.run(
        [sys.executable, "-m", "flopwise", "--help"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=paths,
    )
    assert line.returncode == 2
    assert line.stderr.startswith("Error: flopwise needs its own package")
    assert "Traceback" not in line.stderr


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"numpy", "scipy", "cvxpy", "pandas"}
    code = f"import sys, flopwise\nprint(sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
