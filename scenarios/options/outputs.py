"""Options that name output files, which are checked before any work starts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from constraints.errors import printable
from scenarios.options.options import ReadBy
from scenarios.options.sections import OUTPUT_FILES, decorated
from scenarios.vocabulary.readers import COUNT

if TYPE_CHECKING:
    from scenarios.front_door.result import Result

__all__ = [
    "EXPORT",
    "LAW_FILE",
    "OUTPUT",
    "fit_output_options",
    "output_files",
    "output_options",
    "plan_output_options",
    "proof_option",
    "time_limit_option",
    "write_proof",
]

Command = TypeVar("Command", bound=Callable[..., Any])
KINDS = ("html", "csv", "markdown", "plot", "proof")
"""Formats of output files, which are the names of their options as well."""


class _Output(click.ParamType[str]):
    """The type of options for output files: in an existing folder, with one of some endings."""

    name = "file"

    def __init__(self, *suffixes: str) -> None:
        self._suffixes = suffixes

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The path, or a usage error if the file can't be written."""
        if "\0" in value:
            self.fail(f"must be a path, got {printable(value)!r}", param)
        folder = os.path.dirname(value) or "."
        if self._suffixes and os.path.splitext(value)[1].lower() not in self._suffixes:
            self.fail(f"must end in {' or '.join(self._suffixes)}, got {printable(value)!r}", param)
        if os.path.isdir(value) or not os.path.isdir(folder):
            self.fail(f"must be a file in a folder that is there, got {printable(value)!r}", param)
        if os.path.exists(value) and not os.path.isfile(value):
            self.fail(f"must be an ordinary file, got {printable(value)!r}", param)
        if not os.access(value if os.path.exists(value) else folder, os.W_OK):
            self.fail(f"can't be written, got {printable(value)!r}", param)
        return str(value)


OUTPUT = _Output()
PICTURE = _Output(".png", ".svg")
LAW_FILE = _Output(".json")
EXPORT = _Output(".csv", ".parquet", ".jsonl")

_HTML = click.option("--html", type=OUTPUT, help="A report as one self-contained page.")
_CSV = click.option("--csv", type=OUTPUT, help="The table as CSV.")
_MARKDOWN = click.option("--markdown", type=OUTPUT, help="The table and what it says as Markdown.")
_PLOT = click.option("--plot", type=PICTURE, help="The plot, as .png or .svg.")
_EXPORT = click.option(
    "--export",
    type=click.Path(file_okay=False),
    help="A new folder for plan 1 as files of every framework: `flopwise export`.",
)
_PROOF = click.option(
    "--proof", type=OUTPUT, help="A proof that others can check: `flopwise verify`."
)
_SENSITIVITY = click.option(
    "--sensitivity", is_flag=True, help="Also the score with each limit 10 % looser, tighter."
)


time_limit_option = click.option(
    "--time-limit",
    type=ReadBy(COUNT),
    default=60,
    show_default=True,
    help="Seconds for all searches; then the best so far, unproved.",
)
"""The option for the time that a question may take."""


def output_options(command: Command) -> Command:
    """Decorate a command with the options for the output files of a front."""
    return decorated(command, OUTPUT_FILES, (_HTML, _CSV, _MARKDOWN, _PLOT, _PROOF))


def plan_output_options(command: Command) -> Command:
    """Decorate a command with `--sensitivity` and the options for the output files of plans."""
    outputs = (_SENSITIVITY, _HTML, _CSV, _MARKDOWN, _EXPORT, _PROOF)
    return decorated(command, OUTPUT_FILES, outputs)


def proof_option(command: Command) -> Command:
    """Decorate a command with the option for its proof alone."""
    return decorated(command, OUTPUT_FILES, (_PROOF,))


def fit_output_options(command: Command) -> Command:
    """Decorate a command with the options for the output files of a law."""
    return decorated(command, OUTPUT_FILES, (_HTML, _PLOT))


def output_files(options: dict[str, Any]) -> dict[str, str | None]:
    """Take the output files out of the options of a command.

    Args:
        options: the options, from which those for output files are removed.

    Returns:
        The paths, by format; None for formats that were not asked for.

    Raises:
        UsageError: if two of them are the same file.
    """
    files = {key: options.pop(key, None) for key in KINDS}
    named = [os.path.realpath(path) for path in files.values() if path is not None]
    if len(set(named)) < len(named):
        raise click.UsageError("two outputs must not be one file")
    return files


def write_proof(found: Result, path: str | None) -> None:
    """Write the proof of an answer, or say why there is none.

    Args:
        found: the answer.
        path: path of the file; None to write none.

    Raises:
        InputError: if the file can't be written.
    """
    if path is None:
        return
    from constraints.errors import InputError
    from scenarios.report.files import write_file

    try:
        write_file(path, found.proof())
    except InputError as error:
        if error.field != "proof":
            raise
        click.echo("Note: no proof was written: the search did not come to its end.", err=True)
        return
    what = "" if getattr(found, "parts", None) is None else ", of the best accelerator's plans"
    click.echo(f"Note: wrote {printable(path)}{what}; flopwise verify checks it.", err=True)
