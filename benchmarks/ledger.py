"""Times of this commit over those of another one, kept in benchmarks/RESULTS.md.

`python -m benchmarks.ledger COMMIT` checks the other commit out beside this one and runs both in
turn with the same Python, so that what else the machine does meets both alike. Figures are medians;
ratios below 1 mean that this commit is faster. Without a commit, it is that of the last row.
"""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "RESULTS.md"
RUNS = {"process": 7, "import": 5, "warm": 7, "moe": 5, "clock": 3, "batch": 3}
FEW, MANY = 20, 140
DEFAULT = ("plan", "--gpus", "1024", "--gpu", "h100-sxm", "--days", "30")
WARM = """
import time, flopwise
given = dict(gpus=1024, gpu="h100-sxm", days=30{more})
flopwise.plan(**given)
start = time.perf_counter()
flopwise.plan(**given)
print(time.perf_counter() - start)
"""
MORE = {"warm": "", "moe": ", moe=True, clock=False", "clock": ", moe=True, clock=True"}
HEADINGS = {
    "process": "`flopwise plan`, whole process",
    "import": "the same over `import cvxpy`",
    "warm": "a plan, warm",
    "moe": "`--moe --no-clock`, warm",
    "clock": "`--moe --clock`, warm",
    "batch": "a plan in a batch",
}


def measured(kind: str, code: Path) -> float:
    """Seconds that one thing takes by the code in a folder; of `import` a ratio."""
    if kind == "process":
        return timed([sys.executable, "-m", "flopwise", *DEFAULT], code)
    if kind == "import":
        return measured("process", code) / timed([sys.executable, "-c", "import cvxpy"], code)
    if kind == "batch":
        return (batch(MANY, code) - batch(FEW, code)) / (MANY - FEW)
    script = WARM.format(more=MORE[kind])
    return float(said([sys.executable, "-c", script], code))


def timed(command: list[str], code: Path) -> float:
    start = time.perf_counter()
    said(command, code)
    return time.perf_counter() - start


def said(command: list[str], code: Path) -> str:
    """What a command prints that runs with the code of a folder."""
    alone = os.environ | {"PYTHONPATH": str(code)}
    done = subprocess.run(command, cwd=code, env=alone, capture_output=True, text=True, check=True)
    return done.stdout


def batch(count: int, code: Path) -> float:
    """Seconds of a batch of so many plans, by one worker."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "some.toml"
        one = '[[scenario]]\nname = "s{i}"\ngpu-hours = {hours}\n'
        file.write_text(
            '[defaults]\ngpu = "h100-sxm"\n'
            + "".join(one.format(i=i, hours=50_000 + 1377 * i) for i in range(count))
        )
        run = [sys.executable, "-m", "flopwise", "batch", "run", str(file), "--workers", "1"]
        return timed(run, code)


def compared(base: Path) -> str:
    """One cell for each kind: the median here, and its ratio to that of the base."""
    cells = []
    for kind in RUNS:
        own, other = [], []
        for _ in range(RUNS[kind]):
            other.append(measured(kind, base))
            own.append(measured(kind, ROOT))
        here, there = statistics.median(own), statistics.median(other)
        amount = f"{here:.2f} ×" if kind == "import" else f"{here * 1e3:,.0f} ms"
        cells.append(f"{amount} ({here / there:.2f})")
        print(f"{HEADINGS[kind]}: {cells[-1]}", flush=True)
    return " | ".join(cells)


def git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def main() -> None:
    page = RESULTS.read_text("utf-8")
    last = re.search(r"^\| \d{4}-\d\d-\d\d \| `(\w+)`", page, re.M)
    base = sys.argv[1] if len(sys.argv) > 1 else last[1] if last else "HEAD~1"
    base, own = (git("rev-parse", "--short=7", x) for x in (base, "HEAD"))
    with tempfile.TemporaryDirectory() as folder:
        beside = Path(folder) / "base"
        git("worktree", "add", "--detach", str(beside), base)
        try:
            cells = compared(beside)
        finally:
            git("worktree", "remove", "--force", str(beside))
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    row = f"| {datetime.now(UTC):%Y-%m-%d} | `{own}` | `{base}` | {machine} | {cells} |\n"
    head, mark, rows = page.partition("|---" * (4 + len(RUNS)) + "|\n")
    RESULTS.write_text(head + mark + row + rows, "utf-8")


if __name__ == "__main__":
    main()
