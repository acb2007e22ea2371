"""Default MFUs against every production run whose end-to-end MFU is known.

tests/data/training_runs.csv: predicted over published GPU-hours is implied over assumed MFU.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from constraints.hardware.accelerators import find_accelerator
from constraints.hardware.mfu import GOODPUT, UNSEEN, MfuPrior, Precision, mfu_prior

RUNS = Path(__file__).parents[1] / "data" / "training_runs.csv"
PARTS = {
    "A100-80GB": "a100-sxm-80",
    "A100-40GB": "a100-sxm-40",
    "A800": "a100-sxm-80",
    "H100-SXM": "h100-sxm",
    "H800": "h800",
    "TPUv4": "tpu-v4",
}
QUARTILES = [0.92, 1.33]
DISTILLED = "Llama-3.2 1B"


@dataclass(frozen=True)
class Run:
    name: str
    prior: MfuPrior
    parameters: float
    dense: bool
    implied: float

    @property
    def ratio(self) -> float:
        return self.implied / (self.prior.mfu * GOODPUT)


def production_runs() -> list[Run]:
    runs = []
    with RUNS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            implied = row["implied_mfu_causal_pct"]
            if not implied or row["run"] == DISTILLED:
                continue
            precision: Precision = "fp8" if "fp8" in row["precision"] else "bf16"
            precision = "fp16" if row["precision"] == "fp16" else precision
            total, active = float(row["params_total"]), float(row["params_active"])
            part, dense = find_accelerator(PARTS[row["accelerator"]]), total < 1.5 * active
            prior = mfu_prior(part, precision, experts=not dense)
            runs.append(Run(row["run"], prior, active, dense, float(implied) / 100))
    return runs


def test_every_production_run_has_a_prior_of_its_own_class() -> None:
    runs = production_runs()
    assert len(runs) == 30
    assert all(run.prior.runs for run in runs)


def test_mixtures_of_experts_reach_what_three_published_runs_did() -> None:
    prior, implied = mfu_prior(find_accelerator("h100-sxm"), experts=True), []
    with RUNS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            total, active = float(row["params_total"] or 0), float(row["params_active"] or 0)
            if total > 1.5 * active > 3e9 and row["precision"] == "bf16":
                known = row["implied_mfu_causal_pct"] or row["implied_mfu_6N_pct"]
                implied += [float(known) / 100] if row["kind"] == "production" else []
    assert (prior.implied_low, prior.implied_high) == pytest.approx((min(implied), max(implied)))
    assert prior.runs == len(implied)
    assert prior.mfu * GOODPUT == pytest.approx(float(np.median(implied)), abs=0.01)


DENSE = list(dict.fromkeys(run.prior for run in production_runs() if run.dense))


@pytest.mark.parametrize("prior", DENSE, ids=lambda p: p.note)
def test_a_priors_spread_and_count_are_those_of_its_runs(prior: MfuPrior) -> None:
    implied = [run.implied for run in production_runs() if run.prior == prior]
    assert (prior.implied_low, prior.implied_high) == pytest.approx((min(implied), max(implied)))
    assert prior.runs == len(implied)


def test_predicted_gpu_hours_are_within_the_ratios_that_the_readme_states() -> None:
    ratios = np.sort([run.ratio for run in production_runs()])
    assert (round(ratios[0], 2), round(ratios[-1], 2)) == (0.56, 1.46)
    assert round(float(np.median(ratios)), 2) == 1.12
    quartiles = np.quantile(ratios, (0.25, 0.75))
    assert [round(float(q), 2) for q in quartiles] == QUARTILES


def left_out_errors(runs: list[Run], columns: list[str]) -> list[float]:
    """ln(predicted/published) of each dense run, left out in turn."""
    dense = [run for run in runs if run.dense and "TPU" not in run.prior.accelerators[0]]
    features = {
        "A100": [float("A100" in run.prior.accelerators) for run in dense],
        "H100": [float("H100" in run.prior.accelerators) for run in dense],
        "fp16": [float(run.prior.precision == "fp16") for run in dense],
        "size": [math.log(run.parameters / 1e10) for run in dense],
    }
    x = np.array([features[name] for name in columns]).T
    y = np.log([run.implied for run in dense])
    errors = []
    for i in range(len(y)):
        kept = np.arange(len(y)) != i
        weights = np.linalg.lstsq(x[kept], y[kept], rcond=None)[0]
        errors.append(float(x[i] @ weights - y[i]))
    return errors


def left_out_error(runs: list[Run], columns: list[str]) -> float:
    """Their root mean square."""
    return float(np.sqrt(np.mean(np.square(left_out_errors(runs, columns)))))


def test_the_band_of_runs_in_no_table_holds_26_of_27_runs_left_out() -> None:
    errors = np.abs(left_out_errors(production_runs(), ["A100", "H100", "fp16"]))
    assert (int((errors <= math.log(UNSEEN)).sum()), len(errors)) == (26, 27)


def test_precision_predicts_runs_left_out_and_size_does_not() -> None:
    runs = production_runs()
    plain = left_out_error(runs, ["A100", "H100"])
    assert left_out_error(runs, ["A100", "H100", "fp16"]) < plain
    assert left_out_error(runs, ["A100", "H100", "size"]) > plain
