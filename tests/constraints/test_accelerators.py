from pathlib import Path

import pytest

from constraints.errors import InputError, UnknownNameError
from constraints.hardware.accelerators import (
    Accelerator,
    catalogue,
    find_accelerator,
    read_accelerators,
)


def test_the_catalogue_has_forty_parts_each_with_a_source() -> None:
    assert len(catalogue()) == 40
    assert all(part.spec_source for part in catalogue())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("h100", "H100 SXM 80GB"),
        ("h100-sxm", "H100 SXM 80GB"),
        ("H100 SXM 80GB", "H100 SXM 80GB"),
        ("h100_sxm_80gb", "H100 SXM 80GB"),
        ("a100-sxm-80", "A100 SXM 80GB"),
        ("rtx-4090", "RTX 4090"),
        ("gb200", "GB200 (per GPU, NVL72)"),
        ("b200", "B200 SXM"),
        ("tpu-v5p", "TPU v5p"),
        ("gaudi3", "Gaudi 3"),
    ],
)
def test_names_are_forgiving(typed: str, meant: str) -> None:
    assert find_accelerator(typed).name == meant


def test_every_full_name_finds_its_own_part() -> None:
    assert all(find_accelerator(part.name) == part for part in catalogue())


def test_an_ambiguous_name_lists_what_it_could_mean() -> None:
    with pytest.raises(UnknownNameError) as error:
        find_accelerator("a100")
    assert error.value.candidates == (
        "A100 PCIe 40GB",
        "A100 SXM 40GB",
        "A100 PCIe 80GB",
        "A100 SXM 80GB",
    )


@pytest.mark.parametrize(
    ("typed", "near"), [("h101", "H100"), ("l40", "L40S"), ("mi300a", "MI300X"), ("b20", "B200")]
)
def test_an_unknown_name_lists_the_nearest_and_is_never_replaced(typed: str, near: str) -> None:
    with pytest.raises(UnknownNameError, match="must be a part of the catalogue") as error:
        find_accelerator(typed)
    assert any(near in name for name in error.value.candidates)


def test_ones_own_part_is_found_first(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("name,bf16_dense_tflops,memory_gb_label\nH100 SXM 80GB,700,64\nMyChip,500,\n")
    own = read_accelerators(path)
    assert find_accelerator("h100-sxm-80gb", own).bf16_dense_tflops == 700
    assert find_accelerator("mychip", own).memory_gb_label is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name\nx\n", r"mine\.csv:1 must have the column bf16_dense_tflops"),
        ("name,bf16_dense_tflops\nx,fast\n", r"mine\.csv:2: bf16_dense_tflops must be a number"),
        ("name,bf16_dense_tflops\nx,-5\n", r"mine\.csv:2: bf16_dense_tflops must be a number > 0"),
        ("name,bf16_dense_tflops\nx,nan\n", r"mine\.csv:2: bf16_dense_tflops must be a number > 0"),
        ("name,bf16_dense_tflops\n,5\n", r"mine\.csv:2: name must not be empty"),
        ("name,bf16_dense_tflops\nx,\n", r"mine\.csv:2: bf16_dense_tflops must be given"),
        ("name,bf16_dense_tflops\nx\n", r"mine\.csv:2: row must have as many cells"),
        ("name,bf16_tflops\nx,5\n", r"only known columns, got 'bf16_tflops' \(nearest: bf16_dense"),
        ("", r"mine\.csv:1 must have the column name"),
    ],
)
def test_a_bad_file_is_refused_with_file_line_and_column(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_accelerators(path)


def test_no_run_can_exceed_the_best_gemm_measured() -> None:
    assert find_accelerator("h100").highest_mfu == pytest.approx(0.803, abs=1e-3)
    assert Accelerator("x", 100).highest_mfu == 1.0
