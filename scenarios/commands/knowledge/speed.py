"""The command `flopwise speed`: where the time of a step goes, and how it was found out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scenarios.options.options import json_option, options_of
from scenarios.options.sections import SectionedCommand

__all__ = ["measure", "show", "speed", "validate"]


@click.group()
def speed() -> None:
    """How fast a shape trains, and how that was measured.

    \b
      flopwise speed show --config config.json --gpus 64 --gpu h100-sxm
      flopwise speed validate
      flopwise speed measure --out my_runs.csv
    """


@speed.command(cls=SectionedCommand)
@options_of("speed")
@json_option
def show(as_json: bool, **options: Any) -> None:
    """Where the time of a step goes, and which layouts are the fastest.

    \b
      flopwise speed show --config config.json --gpus 64 --gpu h100-sxm
      flopwise speed show --layers 32 --hidden 4096 --ffn 14336 --heads 32 \\
          --kv-heads 8 --vocab 128256 --gpus 64 --gpu h100-sxm --layout tp=2,pp=2
    """
    from scenarios.answers.prediction import layouts_of
    from scenarios.exports.document import dump, versioned
    from scenarios.exports.prediction_json import step_fields
    from scenarios.report.composed.speed_report import speed_report
    from scenarios.report.text import print_report

    found = layouts_of(options)
    if as_json:
        click.echo(dump(versioned(step_fields(found))))
    else:
        print_report(speed_report(found))


@speed.command()
@json_option
def validate(as_json: bool) -> None:
    """The clock's errors on measured steps that it never saw.

    \b
      flopwise speed validate
    """
    from constraints.clock.clock import clock_file
    from scenarios.exports.document import dump, versioned
    from scenarios.report.composed.speed_report import validation_of_clock
    from scenarios.report.text import print_report

    if as_json:
        click.echo(dump(versioned(dict(clock_file()))))
    else:
        print_report(validation_of_clock(clock_file()))


@speed.command()
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A .csv file."
)
@click.option(
    "--minutes", type=click.FloatRange(0, 120), default=5.0, show_default=True, help="Time to take."
)
@click.option("--eager", is_flag=True, help="Do not compile the layers.")
@click.option("--small", is_flag=True, help="Tiny shapes, to try the program on a CPU.")
@click.option("--whole", is_flag=True, help="Whole published models, which the clock never saw.")
def measure(out: Path, minutes: float, eager: bool, small: bool, whole: bool) -> None:
    """Time training steps on this machine's GPU.

    Needs PyTorch. A few layers of each width, FFN, number of experts, micro-batch and context are
    trained for some steps; --runs of other commands takes the file.

    \b
      flopwise speed measure --out my_runs.csv
    """
    from scenarios.measuring.measure import measured

    for shape, row in measured(out, minutes, compiled=not eager, small=small, whole=whole):
        told = "out of memory" if row["status"] == "oom" else f"{row['step_time_s']} s a step"
        click.echo(f"{shape}: {told}")
