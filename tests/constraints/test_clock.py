"""The clock: what a step is made of, its limits, and the table of measured steps."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.clock.clock import Clock, shipped_clock
from constraints.clock.layout_choice import ALIKE, LayoutChoice
from constraints.clock.pace import BUBBLE, pace_of, time_rows
from constraints.clock.run_table import COLUMNS, MeasuredRun, read_runs, shipped_runs
from constraints.clock.step_time import Step
from constraints.clock.time_features import time_features
from constraints.errors import InputError
from constraints.hardware.accelerators import find_accelerator
from constraints.layouts.layout import Layout
from constraints.models.architecture import Architecture, Style

H100 = find_accelerator("h100-sxm")
LLAMA = Architecture(32, 4096, 14336, 32, 8, 128, 128256)


def step(batch: int = 1024, **degrees: object) -> Step:
    layout = Layout(**{"tensor": 1, "pipeline": 1, "data": 64, **degrees})  # type: ignore[arg-type]
    return Step(H100, layout, "distributed-optimizer", batch, 4096)


DEGREES = st.fixed_dictionaries(
    {
        "tensor": st.sampled_from([1, 2, 4, 8]),
        "pipeline": st.sampled_from([1, 2, 4, 8]),
        "data": st.sampled_from([1, 8, 64]),
        "micro_batch": st.sampled_from([1, 2, 4]),
        "recomputation": st.sampled_from(["none", "full"]),
        "virtual": st.sampled_from([1, 2]),
    }
)


@given(DEGREES)
def test_what_a_step_is_spent_on_adds_up_to_it(degrees: dict[str, object]) -> None:
    pace = pace_of(LLAMA, step(**degrees))
    assert sum(pace.spent.values()) == pytest.approx(pace.seconds, rel=1e-9)
    assert all(seconds >= 0 for seconds in pace.spent.values())
    assert pace.seconds > 0


@given(DEGREES)
def test_rows_of_coefficients_times_features_are_the_seconds_of_a_step(
    degrees: dict[str, object],
) -> None:
    one = step(**degrees)
    features = [float(f.value(LLAMA.sizes)) for f in time_features(LLAMA.style, one.seq_len)]
    (row,) = time_rows([one])
    assert row @ np.array(features) == pytest.approx(pace_of(LLAMA, one).seconds, rel=1e-9)


@given(DEGREES, st.sampled_from(["num_hidden_layers", "hidden_size", "intermediate_size", "vocab"]))
def test_a_larger_model_takes_longer(degrees: dict[str, object], name: str) -> None:
    name = "vocab_size" if name == "vocab" else name
    larger = replace(LLAMA, **{name: 2 * getattr(LLAMA, name)})
    assert pace_of(larger, step(**degrees)).seconds > pace_of(LLAMA, step(**degrees)).seconds


def test_no_pipeline_has_no_bubble_and_interleaving_halves_it() -> None:
    assert pace_of(LLAMA, step()).spent[BUBBLE] == pytest.approx(0, abs=1e-12)
    piped, twice = (
        pace_of(LLAMA, step(pipeline=4, data=16, virtual=v)).spent[BUBBLE] for v in (1, 2)
    )
    assert twice == pytest.approx(piped / 2, rel=1e-9)


def test_a_bubble_is_the_share_of_stages_over_micro_batches() -> None:
    # Narayanan et al. 2021, §2.2: (p − 1)/m of the time of computation
    pace = pace_of(LLAMA, step(pipeline=4, data=16, batch=512))
    computed = sum(pace.spent[name] for name in ("matrices", "attention", "launching"))
    alone = replace(pace.step, layout=replace(pace.step.layout, pipeline=1))
    head = pace_of(LLAMA, alone)
    assert pace.step.micro_batches == 32
    assert 3 / 32 * 0.9 < pace.spent[BUBBLE] / computed < 3 / 32 * 1.2
    assert head.spent[BUBBLE] == pytest.approx(0, abs=1e-12)


def test_recomputation_adds_at_most_a_third() -> None:
    plain, again = (pace_of(LLAMA, step(recomputation=kind)).seconds for kind in ("none", "full"))
    assert 1.2 < again / plain <= 4 / 3


def test_more_replicas_at_the_same_batch_a_replica_take_hardly_longer() -> None:
    few, many = (pace_of(LLAMA, step(batch=16 * n, data=n)).seconds for n in (64, 512))
    assert few < many < 1.02 * few


def test_narrow_matrices_are_slow() -> None:
    # eight parts of a layer of 8,192 multiply at less than the rate of the whole
    wide = Architecture(16, 8192, 28672, 64, 8, 128, 32000)
    alone = pace_of(wide, step()).spent["matrices"]
    split = pace_of(wide, step(tensor=8, data=8)).spent["matrices"]
    assert split > 1.05 * alone


def test_finer_experts_of_the_same_flops_are_slower_as_measured() -> None:
    # 8 experts of 4,096, top 2, against 128 of 256, top 32, on the H100: 45 and 79 ms a step
    def of(experts: int) -> MeasuredRun:
        return next(
            run
            for run in shipped_runs()
            if run.group == "flopwise"
            and (run.model.num_experts, run.step.part) == (experts, H100)
            and run.step.fusion == "compiled"
            and run.model.num_experts_per_tok in (2, 32)
        )

    coarse, fine = of(8), of(128)
    assert coarse.seconds is not None
    assert fine.seconds is not None
    told = pace_of(fine.model, fine.step).seconds / pace_of(coarse.model, coarse.step).seconds
    assert told == pytest.approx(fine.seconds / coarse.seconds, rel=0.2)
    assert told > 1.5


def test_fp8_is_faster_but_not_twice_as_fast() -> None:
    fast, usual = (pace_of(LLAMA, replace(step(), precision=p)).seconds for p in ("fp8", "bf16"))
    assert 1.2 < usual / fast < 2


def test_mfu_stays_below_the_best_gemm_of_the_part() -> None:
    for run in shipped_runs():
        if run.step.precision != "fp8":
            assert pace_of(run.model, run.step).mfu < run.step.part.highest_known_mfu


def test_layers_that_do_not_divide_wait_for_the_fullest_stage() -> None:
    even, uneven = (
        pace_of(replace(LLAMA, num_hidden_layers=n), step(pipeline=8, data=8)) for n in (32, 33)
    )
    assert uneven.spent["matrices"] > 1.15 * even.spent["matrices"]


def test_the_chosen_layout_is_as_fast_as_any_that_fits() -> None:
    choice = LayoutChoice(64, H100, 4096, Style())
    fitted = choice.fit(LLAMA.sizes)
    assert fitted is not None
    fastest = choice.fastest(LLAMA.sizes, 5)
    given_step = (choice.recipe, choice.batch // 4096, 4096)
    times = [pace_of(LLAMA, Step(H100, x, *given_step)).seconds for x in fastest]
    assert times == sorted(times)
    own = pace_of(LLAMA, Step(H100, fitted.layout, *given_step)).seconds
    assert own <= ALIKE * times[0]


def test_the_measured_steps_are_of_five_sources_and_run_or_are_out_of_memory() -> None:
    runs = shipped_runs()
    assert len({run.group for run in runs}) == 5
    assert sum(run.seconds is None for run in runs) == 563
    own = [run for run in runs if run.group == "flopwise"]
    assert {run.step.part.name for run in own} == {"H100 SXM 80GB", "H200 SXM 141GB"}


def test_constants_must_not_be_negative() -> None:
    with pytest.raises(InputError, match="tensor must be ≥ 0"):
        replace(shipped_clock(), tensor=-1.0)
    assert len(Clock.names()) == 20


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"layers": "many"}, r"runs.csv:2: layers must be a whole number, got 'many'"),
        ({"accelerator": "h1000"}, r"runs.csv:2: accelerator must be a part of the catalogue"),
        ({"step_time_s": "-1"}, r"runs.csv:2: step_time_s must be > 0"),
        ({"step_time_s": ""}, r"runs.csv:2: step_time_s must be a number of seconds"),
        ({"FSDP": "some"}, r"runs.csv:2: FSDP must be one of"),
        ({"recompute": "half"}, r"runs.csv:2: recompute must be one of none, full"),
        ({"TP": "0"}, r"runs.csv:2: layout tensor must be ≥ 1"),
        ({"hidden": "1e99"}, r"runs.csv:2: hidden_size must be"),
    ],
    ids=str,
)
def test_a_bad_cell_of_a_table_of_runs_is_named_with_its_line(
    change: dict[str, str], told: str, tmp_path: Path
) -> None:
    row = dict.fromkeys(COLUMNS, "") | {
        **{"layers": "4", "hidden": "1024", "ffn": "4096", "heads": "8", "vocab": "32000"},
        **{"accelerator": "h100-sxm", "seq_len": "4096", "micro_batch": "1", "step_time_s": "1"},
    }
    path = tmp_path / "runs.csv"
    for cells in (row, row | change):
        lines = [",".join(COLUMNS), ",".join(cells[name] for name in COLUMNS)]
        path.write_text("\n".join(lines), "utf-8")
        if cells == row:
            (run,) = read_runs(path)
            assert run.seconds == 1.0
    with pytest.raises(InputError, match=told):
        read_runs(path)


def test_a_table_of_runs_without_a_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("layers,hidden\n4,1024\n", "utf-8")
    with pytest.raises(InputError, match="must have the column heads"):
        read_runs(path)
