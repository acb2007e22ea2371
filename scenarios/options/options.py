"""Options of commands, with names, readers and help from the vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from constraints.errors import InputError
from scenarios.options.sections import decorated
from scenarios.vocabulary.name_readers import Choice, Choices, Path, Text
from scenarios.vocabulary.quantity import Quantity
from scenarios.vocabulary.readers import Reader
from scenarios.vocabulary.vocabulary import by_field, sections_of

__all__ = ["ReadBy", "json_option", "option_of", "options_of"]

Command = TypeVar("Command", bound=Callable[..., Any])
PLAIN = "Options"
"""The heading that click gives to options without a section."""

json_option = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
"""The option for JSON in place of a report."""


class ReadBy(click.ParamType[Any]):
    """The type of options whose texts a reader of the vocabulary reads."""

    def __init__(self, reader: Reader) -> None:
        """Use a reader."""
        self.reader = reader
        self.name = reader.metavar

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value of a text, or a usage error that names the rule and the text."""
        if not isinstance(value, str):
            return value
        try:
            return self.reader.read(value)
        except InputError as error:
            self.fail(error.message().strip(), param, ctx)


def options_of(action: str) -> Callable[[Command], Command]:
    """Decorate a command with all options that it takes by the vocabulary, in their sections.

    Args:
        action: `plan`, `target`, `pareto` or `predict`.
    """

    def made(command: Command) -> Command:
        for title, quantities in reversed(list(sections_of(action))):
            options = [_option(quantity, action) for quantity in quantities]
            if title == PLAIN:
                for option in reversed(options):
                    command = option(command)
            else:
                command = decorated(command, title, options)
        return command

    return made


def option_of(field: str, command: str) -> Callable[[Command], Command]:
    """Decorate a command with one option of the vocabulary.

    Args:
        field: field of the quantity.
        command: name of the command, which may treat the quantity in its own way.
    """
    return _option(by_field()[field], command)


def _option(quantity: Quantity, action: str) -> Callable[[Command], Command]:
    variant, reader = quantity.variant(action), quantity.reader_in(action)
    about = variant.help or quantity.help
    if quantity.is_flag:
        both = f"{quantity.option}/{quantity.negative_option}"
        name = both if quantity.negative_option else quantity.option
        of_one_model = action in ("predict", "speed") and quantity.negative_option
        default = None if of_one_model else quantity.default
        return click.option(
            name, str(quantity.field), is_flag=True, default=default, show_default=False, help=about
        )
    default = quantity.default_in(action)
    names = [quantity.option, *([f"--{quantity.also}"] if quantity.also else [])]
    return click.option(
        *names,
        str(quantity.field),
        type=_type(reader),
        metavar=_metavar(reader),
        show_default=quantity.show_default and not variant.unset,
        required=variant.required,
        help=about,
        **({} if default is None else {"default": default}),
    )


def _type(reader: Reader) -> click.ParamType[Any]:
    if isinstance(reader, Choice):
        return click.Choice(reader.names, case_sensitive=False)
    if isinstance(reader, Path):
        return click.Path()
    return click.STRING if isinstance(reader, Text) else ReadBy(reader)


def _metavar(reader: Reader) -> str | None:
    """The placeholder in the help; None for the one that click makes of the type's name."""
    if isinstance(reader, Choices):
        return "KIND,..."
    return reader.metavar if isinstance(reader, Text) and _is_named(reader) else None


def _is_named(reader: Text) -> bool:
    return not isinstance(reader, Path) and reader.metavar != "TEXT"
