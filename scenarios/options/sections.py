"""Commands whose help has sections, and that keep the text of their options as it was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import click

__all__ = ["OUTPUT_FILES", "SPELLING", "SectionedCommand", "decorated"]

Command = TypeVar("Command", bound=Callable[..., Any])
SECTION = "flopwise_section"
"""Attribute in which a click parameter keeps the heading of its section."""
OUTPUT_FILES = "Output"
"""Heading of options that do not belong to the question."""
SPELLING = "flopwise.spelling"
"""Key under which a click context keeps the typed texts by parameter; those of flags are empty."""


class SectionedCommand(click.Command):
    """A command whose help lists options in sections.

    It keeps the texts of the options in sections as they were typed, so that reports can repeat the
    command.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, and keep the texts that were typed."""
        rest = super().parse_args(ctx, list(args))
        if not ctx.resilient_parsing:
            raw, _, _ = self.make_parser(ctx).parse_args(list(args))
            ctx.meta[SPELLING] = dict(_as_typed(self.get_params(ctx), raw))
        return rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections of the help, in the order of their first options."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None:
                sections.setdefault(getattr(param, SECTION, "Options"), []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)


def _as_typed(
    params: Iterable[click.Parameter], raw: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    for param in params:
        named = param.name is not None and param.name in raw
        if named and getattr(param, SECTION, OUTPUT_FILES) != OUTPUT_FILES:
            value = raw[str(param.name)]
            yield str(param.name), "" if isinstance(value, bool) else str(value)


def decorated(command: Command, title: str, options: Iterable[Callable[[Any], Any]]) -> Command:
    """Decorate a command with options that its help lists in a section.

    Args:
        command: the command.
        title: heading of the section.
        options: decorators that each add one option.
    """
    for option in reversed(tuple(options)):
        command = option(command)
        declared: list[click.Parameter] = command.__click_params__  # type: ignore[attr-defined]
        setattr(declared[-1], SECTION, title)
    return command
