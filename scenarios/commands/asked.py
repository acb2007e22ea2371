"""From what a command line gave to the question that it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from scenarios.options.sections import SPELLING

if TYPE_CHECKING:
    from scenarios.questions.reading import Question

__all__ = ["question_asked"]


def question_asked(action: str, ctx: click.Context, options: dict[str, Any]) -> Question:
    """The question that the options of a command ask; says how a part's name was read."""
    from scenarios.questions.hardware import alias_note
    from scenarios.questions.reading import question_of

    question = question_of(action, options, ctx.meta[SPELLING])
    note = alias_note(options["gpu"], options["gpu_file"])
    if note is not None:
        click.echo(f"Note: {note}", err=True)
    return question
