"""Where the time of a plan goes: imports, then the answer by what it is spent on.

`python -m benchmarks.profile [option ...]` takes the options of `flopwise plan`; without any it is
the default problem.
"""

from __future__ import annotations

import cProfile
import pstats
import subprocess
import sys
import time

DEFAULT = ("--gpus", "1024", "--gpu", "h100-sxm", "--days", "30")
PACKAGES = ("constraints", "optimizer", "scenarios", "flopwise", "numpy", "click", "rich")
SHOWN = 25


def imports(options: tuple[str, ...]) -> None:
    """Seconds of importing each package, with what it needs, in a process of its own."""
    command = [sys.executable, "-X", "importtime", "-m", "flopwise", "plan", *options]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    rows = [line.split("|") for line in told.splitlines() if line.startswith("import time:")]
    spent = dict.fromkeys((*PACKAGES, "others"), 0)
    for own, _, name in rows[1:]:
        package = name.strip().split(".")[0]
        spent[package if package in spent else "others"] += int(own.removeprefix("import time:"))
    for package, micro in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"{micro / 1e3:8.0f} ms importing {package}")


def answer(options: tuple[str, ...]) -> None:
    """The functions of flopwise on which a warm answer spends most, with what they call."""
    from scenarios.cli import cli

    given = ["plan", *options, "--json"]
    call = lambda: cli.main(args=given, standalone_mode=False)  # noqa: E731
    quietly(call)
    start = time.perf_counter()
    quietly(call)
    print(
        f"{(time.perf_counter() - start) * 1e3:8.0f} ms a warm answer; profiled, in a longer time:"
    )
    profile = cProfile.Profile()
    quietly(lambda: profile.runcall(call))
    stats = pstats.Stats(profile)
    own = [
        (spent, calls, f"{file.split('/')[-2]}/{file.split('/')[-1]}:{name}")
        for (file, _, name), (_, calls, _, spent, _) in stats.stats.items()
        if any(f"/{package}/" in file for package in PACKAGES[:3])
    ]
    for spent, calls, name in sorted(own, reverse=True)[:SHOWN]:
        print(f"{spent * 1e3:8.0f} ms {calls:7,} × {name}")


def quietly(call) -> None:
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        call()


if __name__ == "__main__":
    chosen = tuple(sys.argv[1:]) or DEFAULT
    imports(chosen)
    answer(chosen)
