"""The command `flopwise speed`: where the time of a step goes, and how it was found out."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["measure", "speed"]


@click.group()
def speed() -> None:
    """How fast a shape trains, and how that was measured.

    \b
      flopwise speed measure --out my_runs.csv
    """


@speed.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .csv file."
)
@click.option(
    "--minutes", type=click.FloatRange(0, 120), default=5.0, show_default=True, help="Time to take."
)
@click.option("--eager", is_flag=True, help="Do not compile the layers.")
@click.option("--small", is_flag=True, help="Tiny shapes, to try the program on a CPU.")
def measure(out: Path, minutes: float, eager: bool, small: bool) -> None:
    """Time training steps on this machine's GPU.

    Needs PyTorch. A few layers of each width, FFN, number of experts, micro-batch and context are
    trained for some steps; --runs of other commands takes the file.

    \b
      flopwise speed measure --out my_runs.csv
    """
    from scenarios.measuring.measure import measured

    for shape, row in measured(out, minutes, compiled=not eager, small=small):
        told = "out of memory" if row["status"] == "oom" else f"{row['step_time_s']} s a step"
        click.echo(f"{shape}: {told}")
