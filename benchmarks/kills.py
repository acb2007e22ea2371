"""A batch of 2,000 scenarios killed at 50 random moments: driver and workers in turn.

Of these, 15 on a Dask scheduler, where it dies in turn with a worker and the driver. After that the
same command finishes the batch; its export must be that of a batch that nobody disturbed.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.processes import children_of

KILLS, SCHEDULED, SCENARIOS = 35, 15, 2000
VICTIMS = ("scheduler", "worker", "driver")
PROGRAM = str(Path(sys.executable).with_name("flopwise"))


def killed(command: list[str], draw: random.Random, kill_driver: bool) -> None:
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        time.sleep(draw.uniform(1.0, 4.0))
        workers = children_of(process.pid)
        if kill_driver or not workers:
            process.kill()
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(draw.choice(workers), signal.SIGKILL)
        time.sleep(draw.uniform(0.0, 2.0))
        process.kill()


def killed_on_dask(command: list[str], draw: random.Random, victim: str) -> None:
    """Run a batch on a scheduler of its own, and kill one of its processes at some moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    started = {"scheduler": [*dask, "--port", str(port), "--no-dashboard"]}
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
    started["worker"] = [*worker, "--no-nanny", "--no-dashboard"]
    started["driver"] = [*command, "--engine", "dask", "--scheduler", address]
    running = {}
    try:
        for name, words in started.items():
            running[name] = subprocess.Popen(words, **quiet)
            time.sleep({"worker": 5.0}.get(name, 1.0))
        time.sleep(draw.uniform(2.0, 6.0))
        running[victim].kill()
        time.sleep(draw.uniform(0.0, 2.0))
    finally:
        for process in reversed(running.values()):
            process.kill()
            process.wait()


def exported(store: Path) -> bytes:
    target = store.with_suffix(".jsonl")
    subprocess.run([PROGRAM, "batch", "export", str(store), "--to", str(target)], check=True)
    return target.read_bytes()


def main() -> None:
    draw = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        days = ",".join(str(day) for day in range(1, SCENARIOS + 1))
        path = folder / "s.toml"
        path.write_text(
            '[defaults]\ngpu = "h100-sxm"\ngpus = 64\n[[scenario]]\nname = "s"\n'
            f"sweep = {{ days = [{days}] }}\n",
            "utf-8",
        )
        plain = [PROGRAM, "batch", "run", str(path)]
        command = [*plain, "--workers", "2", "--store"]
        store, whole = folder / "killed.sqlite", folder / "whole.sqlite"
        for kill in range(KILLS):
            killed([*command, str(store)], draw, kill_driver=kill % 2 == 0)
        for kill in range(SCHEDULED):
            killed_on_dask([*plain, "--store", str(store)], draw, VICTIMS[kill % len(VICTIMS)])
        subprocess.run([*command, str(store)], check=True, stderr=subprocess.DEVNULL)
        start = time.perf_counter()
        subprocess.run([*command, str(whole)], check=True, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        same = exported(store) == exported(whole)
        lines = len(exported(store).splitlines())
    print(
        f"{KILLS + SCHEDULED} kills: {lines:,} of {SCENARIOS:,} scenarios, export the same: {same}"
    )
    print(f"undisturbed: {seconds:.1f} s on 2 workers, {SCENARIOS / seconds:.0f} plans a second")


if __name__ == "__main__":
    main()
