"""The command `flopwise`.

It imports little besides click, so that help and completion are instant. Commands import the rest
when they run.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

from constraints.errors import ConfigError, FileError, FlopwiseError, InputError, printable
from scenarios.options.lazy_group import LazyGroup

__all__ = ["PLACES", "cli", "main"]

BAD_INPUT = 2
INTERRUPTED = 130
INTERNAL = 70  # EX_SOFTWARE in sysexits.h: a bug in flopwise, whatever the command

EXAMPLES = """\b
Examples:
  flopwise plan --gpus 1024 --gpu h100-sxm --days 30
  flopwise plan --flops 4e23 --params 7B:70B --tokens 1T:15T --top 10 --json
  flopwise target --score 80 --gpu h100-sxm
  flopwise pareto --gpu h100-sxm --gpu-hours 1e5:5e6 --html front.html
  flopwise compare plan-a.json plan-b.json llama-3-8b
  flopwise predict --config config.json --tokens 15T
  flopwise laws validate calibrated
  flopwise gpus h100
"""


PLACES = {
    "plan": ("plan", "Best plans for one budget, proved."),
    "target": ("target", "The least of a cost that reaches a score, proved."),
    "pareto": ("pareto", "Exact trade-off between the score and one cost or two."),
    "compare": ("compare", "Plans side by side: what changed, and why."),
    "batch": ("batch", "Many scenarios from a file, kept in a store that loses nothing."),
    "predict": ("predict", "Score of one architecture, from flags or a config.json."),
    "serve": (
        "serve",
        "The live planner: a page of sliders, proved anew with every change.",
    ),
    "export": ("export", "A plan as files that a training framework reads."),
    "verify": ("verify", "Check proofs that --proof wrote."),
    "fit": ("knowledge.fit", "A law for your own models."),
    "laws": ("knowledge.laws", "The laws that score plans, and their errors."),
    "gpus": ("knowledge.gpus", "The accelerator catalogue, or one part with its sources."),
    "speed": ("knowledge.speed", "How fast a shape trains, and how that was measured."),
    "init": ("init", "Write a commented starter file of scenarios."),
    "show": ("show", "One scenario of a file, fully resolved."),
    "schema": ("schema", "The JSON Schema of a scenario file."),
}
"""Where each command stands below `scenarios.commands`, and its first words."""


@click.group(
    cls=LazyGroup,
    package="scenarios.commands",
    places=PLACES,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="flopwise")
def cli() -> None:
    """Given this cluster and this month, what should we train?

    flopwise turns a compute budget into the best architecture and token count that a
    performance law predicts, with a proof that nothing in the region beats it and the price of
    every limit.

    Exit codes: 0 done, 1 no plan (infeasible, or no proof in time), 2 bad usage or input,
    3 a proof that does not verify, 70 a bug of ours, 130 interrupted.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command line and exit with its code; an error is printed to stderr without traceback.

    Args:
        arguments: the arguments; None for those of this process.
    """
    if sys.stdout is None:  # closed by the caller, so that no answer could be seen
        click.echo("Error: output could not be written: stdout is closed", err=True)
        sys.exit(BAD_INPUT)
    if any("\0" in word for word in (sys.argv[1:] if arguments is None else arguments)):
        click.echo("Error: an argument must not hold the character NUL", err=True)
        sys.exit(BAD_INPUT)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without ≥ shows a question mark
    try:
        code = cli.main(args=arguments, prog_name="flopwise", standalone_mode=False)
    except click.ClickException as error:
        _clean(error).show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        code = INTERRUPTED
    except FileError as error:
        for problem in error.problems:
            click.echo(f"Error: {printable(problem, 1000)}", err=True)
        code = BAD_INPUT
    except FlopwiseError as error:
        click.echo(f"Error: {_explain(error)}", err=True)
        code = BAD_INPUT
    except BrokenPipeError:  # the reader, such as head, has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        click.echo(f"Error: output could not be written: {error.strerror}", err=True)
        code = BAD_INPUT
    except Exception as error:  # users should not see tracebacks
        what = f"{type(error).__name__}: {printable(error, 200)}"
        click.echo(f"Error: a bug in flopwise, please report it ({what})", err=True)
        code = INTERNAL
    sys.exit(code or 0)


def _clean(error: click.ClickException) -> click.ClickException:
    """A message of click, clipped and without control characters: it may repeat what was typed."""
    said = printable(error.format_message(), 1000)
    if isinstance(error, click.UsageError):
        return click.UsageError(said, error.ctx)
    return click.ClickException(said)


def _explain(error: FlopwiseError) -> str:
    """The message of an error, with quantities named by their options."""
    if isinstance(error, ConfigError):
        return printable(error, 2000)  # it names fields of the config file, not options
    if isinstance(error, InputError):
        from scenarios.vocabulary.vocabulary import spelled_as_option

        return printable(error.message(spelled_as_option), 2000)
    return printable(error, 2000)
