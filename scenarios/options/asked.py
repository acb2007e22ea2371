"""The question that a command line asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from scenarios.options.sections import SPELLING

if TYPE_CHECKING:
    from scenarios.questions.reading import Question

__all__ = ["question_asked"]


def question_asked(action: str, ctx: click.Context, options: dict[str, Any]) -> Question:
    """Make the question that a command line asks, and note on stderr how an alias was read.

    Args:
        action: `plan`, `target` or `pareto`.
        ctx: the context of the command, which holds the texts as they were typed.
        options: values of the options, by field.

    Raises:
        InputError: if the question is not valid, or the accelerator is not known.
    """
    from scenarios.questions.hardware import alias_note
    from scenarios.questions.reading import question_of

    question = question_of(action, options, ctx.meta[SPELLING])
    note = alias_note(options["gpu"], options["gpu_file"])
    if note is not None:
        click.echo(f"Note: {note}", err=True)
    return question
