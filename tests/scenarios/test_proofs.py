"""Proof files: they verify, false ones don't, and the commands that write and check them."""

from __future__ import annotations

import gzip
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import flopwise
from constraints.errors import InputError
from scenarios.verifying.proof_checker import check
from tests.proof_oracle import is_proved, is_true, signed, unpacked
from tests.random_proofs import changed, random_proof
from tests.scenarios.command_line import flopwise as run

CHUNK = 14
PROOFS = 1008
CHANGES = 3
CHECKER = Path(__file__).parents[2] / "scenarios" / "verifying" / "proof_checker.py"
BUDGET = ("--gpus", "1024", "--gpu", "h100-sxm", "--days", "30")


@pytest.mark.enumeration("first")
@pytest.mark.parametrize("first", range(0, PROOFS, CHUNK))
def test_random_proofs_verify_and_no_change_of_them_that_is_false(first: int) -> None:
    """A change may leave a proof true, say a looser limit that did not matter anyway."""
    for number in range(first, first + CHUNK):
        proof = random_proof(number)
        if proof is None:
            continue
        check(proof)
        lines = unpacked(proof)
        for way in range(CHANGES):
            what, mutant = changed(lines, random.Random(f"{number} {way}"))
            assert not is_proved(signed(mutant)) or is_true(mutant), (number, way, what)


@pytest.mark.parametrize("number", range(7))
def test_what_a_proof_states_is_true_counted_design_by_design(number: int) -> None:
    proof = random_proof(number + 7)
    assert proof is not None
    assert is_true(unpacked(proof))


@pytest.mark.parametrize("number", range(7))
def test_any_byte_changed_or_cut_off_is_seen(number: int) -> None:
    proof, draw = random_proof(number + 7), random.Random(number)
    assert proof is not None
    plain = gzip.decompress(proof)
    for _ in range(50):
        place = draw.randrange(len(plain))
        assert not is_proved(plain[:place])
        byte = plain[place] ^ (1 << draw.randrange(7))
        assert not is_proved(plain[:place] + bytes([byte]) + plain[place + 1 :])
    assert not is_proved(proof[:-9])
    assert is_proved(plain)  # gzip is no must


def test_a_plan_is_proved_by_a_file_that_the_checker_alone_can_read(tmp_path: Path) -> None:
    target = tmp_path / "plan.proof"
    assert run("plan", *BUDGET, "--proof", str(target)).code == 0
    assert len(target.read_bytes()) < 200_000
    told = run("verify", str(target))
    assert told.code == 0
    assert "No other design scores higher by performance-law than these 5 plans." in told.out
    copy = shutil.copy(CHECKER, tmp_path)
    alone = [sys.executable, "-I", "-S", str(copy), str(target)]
    said = subprocess.run(alone, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert said.stdout == "proved, for 436,896 designs\n"


def test_what_does_not_verify_names_the_first_line_that_fails(tmp_path: Path) -> None:
    lines = unpacked(flopwise.plan(flops="1e22").proof())
    lines[1]["plans"][0]["tokens"] += 10**9
    target = tmp_path / "false.proof"
    target.write_bytes(signed(lines))
    told = run("verify", str(target))
    assert told.code == 3
    assert "not proved: line 3: a plan breaks the limit training_flops" in told.out


def test_what_is_no_proof_is_told_as_such(tmp_path: Path) -> None:
    for content in (b"", b"{}", b"\x1f\x8bnothing", b"[[[[" * 100_000, b'{"sha256": 1}\n{}\n'):
        target = tmp_path / "no.proof"
        target.write_bytes(content)
        told = run("verify", str(target))
        assert told.code == 2
        assert "broken" in told.out


def test_a_plan_whose_pipeline_does_not_divide_its_layers_is_proved(tmp_path: Path) -> None:
    target = tmp_path / "plan.proof"
    shape = ("--layers", "61", "--layout", "pp=4,uneven", "--gpus", "512", "--gpu", "h100-sxm")
    assert run("plan", *shape, "--days", "30", "--proof", str(target)).code == 0
    assert run("verify", str(target)).code == 0


def test_a_target_is_proved_with_the_least_that_reaches_it(tmp_path: Path) -> None:
    target = tmp_path / "t.proof"
    assert run("target", "--score", "75", "--gpu", "h100-sxm", "--proof", str(target)).code == 0
    told = run("verify", str(target))
    assert told.code == 0
    assert "No design reaches this score by performance-law with less training_flops." in told.out


def test_a_score_out_of_reach_is_proved_by_the_best_there_is(tmp_path: Path) -> None:
    target = tmp_path / "t.proof"
    given = ("target", "--score", "99", *BUDGET, "--minimise", "serving-memory")
    assert run(*given, "--proof", str(target)).code == 1
    assert "scores higher by performance-law than this plan" in run("verify", str(target)).out


def test_every_point_of_a_front_is_proved(tmp_path: Path) -> None:
    target = tmp_path / "f.proof"
    given = ("pareto", "--gpu", "h100-sxm", "--gpu-hours", "1e5:5e6", "--points", "4")
    assert run(*given, "--proof", str(target)).code == 0
    told = run("verify", str(target))
    assert "Each of these 4 plans scores highest" in told.out


def test_that_there_is_no_plan_is_proved_too(tmp_path: Path) -> None:
    target = tmp_path / "none.proof"
    given = ("plan", "--flops", "1e20", "--params", "70B:", "--proof", str(target))
    assert run(*given).code == 1
    assert "No design is within the limits." in run("verify", str(target)).out


def test_mixtures_of_every_kind_are_proved_together() -> None:
    found = flopwise.plan(gpus=1024, gpu="h100-sxm", days=30, moe=True)
    designs, claims = check(found.proof())
    assert found.certificate is not None
    assert designs == found.certificate.lattice_points
    assert len(claims[0]["plans"]) == 5


def test_a_search_that_gave_up_writes_no_proof(tmp_path: Path) -> None:
    target = tmp_path / "p.proof"
    told = run("plan", *BUDGET, "--time-limit", "0.001", "--proof", str(target))
    assert told.code == 1
    assert "no proof was written" in told.err
    assert not target.exists()


def test_an_objective_over_draws_has_no_proof_and_says_so(tmp_path: Path) -> None:
    given = ("plan", "--flops", "1e22", "--robust", "mean", "--proof", str(tmp_path / "p"))
    told = run(*given)
    assert told.code == 2
    assert "--proof goes with one law" in told.err
    with pytest.raises(InputError, match="objective over draws"):
        flopwise.plan(flops="1e22", law="calibrated", robust="mean").proof()


def test_a_batch_proves_each_of_its_answers(tmp_path: Path) -> None:
    file, folder = tmp_path / "some.toml", tmp_path / "proofs"
    file.write_text(
        '[[scenario]]\nname = "small"\nflops = "1e21"\n'
        '[[scenario]]\nname = "a score/1"\naction = "target"\nscore = 60\n'
        '[[scenario]]\nname = "draws"\nflops = "1e21"\nlaw = "calibrated"\nrobust = "mean"\n'
    )
    told = run("batch", "run", str(file), "--workers", "1", "--proof", str(folder))
    assert told.code == 0, told.err
    names = sorted(path.name for path in folder.iterdir())
    assert names[1] == "small.proof"
    assert names[0].startswith("_a_score_1-")
    assert len(names) == 2
    assert run("verify", *(str(folder / name) for name in names)).code == 0
