"""A group of commands that are imported only when they run, so that `--help` is instant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import click

__all__ = ["LazyGroup"]


class LazyGroup(click.Group):
    """Knows its commands by name: where each stands, and what it does in some words."""

    def __init__(
        self, *, package: str, places: Mapping[str, tuple[str, str]], **given: Any
    ) -> None:
        """Take the table of commands.

        Args:
            package: in which their modules stand.
            places: module and short help of each command, by name; the command is the module's
                attribute of that name.
            given: what a group of click's takes.
        """
        stand_ins = {name: click.Command(name) for name in places}  # click suggests their names
        super().__init__(commands=stand_ins, **given)
        self.package, self.places = package, dict(places)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in the order of the table."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, imported now; None if there is none."""
        if cmd_name not in self.places:
            return None
        module = import_module(f"{self.package}.{self.places[cmd_name][0]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; of an option that it lacks, say which commands have it."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            name, whole = error.option_name, ctx.parent is None
            having = ", ".join(_having(self, ctx, name)) if whole else ""
            if not having:
                raise
            said = f"{error.message} Commands that have it: {having}."
            raise click.NoSuchOption(name, said, error.possibilities, error.ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.places.items()])


def _having(group: click.Group, ctx: click.Context, option: str) -> Iterator[str]:
    """The commands of a group, and of groups in it, that have an option."""
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from (f"{name} {each}" for each in _having(command, ctx, option))
        elif command is not None:
            opts = (opt for param in command.params for opt in (*param.opts, *param.secondary_opts))
            if option in opts:
                yield name
