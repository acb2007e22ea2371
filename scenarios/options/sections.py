"""Commands whose help has sections, and that remember the text of what was given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

import click

__all__ = ["OUTPUT_FILES", "SPELLING", "SectionedCommand", "decorated"]

Command = TypeVar("Command", bound=Callable[..., Any])
SECTION = "flopwise_section"
OUTPUT_FILES = "Output"
"""Options under this heading do not belong to the question."""
SPELLING = "flopwise.spelling"
"""Where a click context keeps what was typed: by parameter, as text, empty for flags."""


class SectionedCommand(click.Command):
    """A command whose help lists options under the headings that they were declared with.

    It keeps the text of the options under headings, as typed, for whoever repeats the command.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments and keep what was typed."""
        rest = super().parse_args(ctx, list(args))
        if not ctx.resilient_parsing:
            raw, _, _ = self.make_parser(ctx).parse_args(list(args))
            ctx.meta[SPELLING] = dict(_as_typed(self.get_params(ctx), raw))
        return rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each section in the order of its first option."""
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
    """A command with options under a heading of its help."""
    for option in reversed(tuple(options)):
        command = option(command)
        declared: list[click.Parameter] = command.__click_params__  # type: ignore[attr-defined]
        setattr(declared[-1], SECTION, title)
    return command
