from pathlib import Path

import pytest

from constraints.errors import InputError, UnknownNameError
from constraints.hardware.accelerators import (
    Accelerator,
    catalogue,
    find_accelerator,
    read_accelerators,
)


def test_every_part_of_the_catalogue_has_a_source() -> None:
    assert len(catalogue()) == 52
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


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("NVIDIA H100 80GB HBM3", "H100 SXM 80GB"),
        ("NVIDIA H100 PCIe", "H100 PCIe 80GB"),
        ("NVIDIA H100 NVL", "H100 NVL 94GB"),
        ("NVIDIA H200", "H200 SXM 141GB"),
        ("NVIDIA H20", "H20 96GB"),
        ("NVIDIA H800", "H800 SXM 80GB"),
        ("NVIDIA A100-SXM4-80GB", "A100 SXM 80GB"),
        ("NVIDIA A100-SXM4-40GB", "A100 SXM 40GB"),
        ("NVIDIA A100-PCIE-40GB", "A100 PCIe 40GB"),
        ("NVIDIA A100 80GB PCIe", "A100 PCIe 80GB"),
        ("NVIDIA A800-SXM4-80GB", "A800 SXM 80GB"),
        ("NVIDIA B200", "B200 SXM"),
        ("NVIDIA B300 SXM6 AC", "B300 SXM"),
        ("NVIDIA GB200", "GB200 (per GPU, NVL72)"),
        ("NVIDIA GB300", "GB300 (per GPU, NVL72)"),
        ("NVIDIA GH200 480GB", "GH200 96GB"),
        ("NVIDIA GeForce RTX 3090", "RTX 3090"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("NVIDIA GeForce RTX 5090", "RTX 5090"),
        ("NVIDIA RTX A6000", "RTX A6000"),
        ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "RTX PRO 6000 Blackwell"),
        ("NVIDIA L4", "L4"),
        ("NVIDIA L40S", "L40S"),
        ("NVIDIA A10", "A10"),
        ("NVIDIA A10G", "A10G"),
        ("NVIDIA A40", "A40"),
        ("Tesla T4", "T4"),
        ("Tesla V100-SXM2-32GB", "V100 SXM2 32GB"),
        ("AMD Instinct MI300X", "MI300X"),
        ("GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-5a1f)", "H100 SXM 80GB"),
        ("trn2", "Trainium2"),
    ],
)
def test_names_that_the_driver_prints_are_known(printed: str, meant: str) -> None:
    assert find_accelerator(printed).name == meant


def test_an_a800_is_an_a100_with_a_narrower_nvlink() -> None:
    cut, whole = find_accelerator("a800"), find_accelerator("a100-sxm-80")
    assert (cut.bf16_dense_tflops, cut.memory_gb_label) == (312, 80)
    assert cut.scaleup_unidir_gb_s == 200  # 400 GB/s both ways
    assert whole.scaleup_unidir_gb_s == 300


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
    ("typed", "near"), [("h101", "H100"), ("l30", "L40"), ("mi300a", "MI300X"), ("b20", "B200")]
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


@pytest.mark.parametrize("typed", ["400tflops", "400 TFLOPS", "400.0 tflop/s"])
def test_a_part_may_be_given_by_its_peak_alone(typed: str) -> None:
    part = find_accelerator(typed)
    assert (part.name, part.peak_flops, part.memory_bytes) == ("400 TFLOP/s", 4e14, None)


@pytest.mark.parametrize("typed", ["0tflops", "1e3tflops", "-4tflops", "9999999999999tflops"])
def test_a_peak_is_a_positive_number(typed: str) -> None:
    with pytest.raises(InputError, match="gpu must be"):
        find_accelerator(typed)
