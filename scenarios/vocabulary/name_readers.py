"""Readers of names, paths and flags, as those of numbers in `scenarios.vocabulary.readers`."""

from __future__ import annotations

from dataclasses import dataclass

from constraints.errors import InputError

__all__ = ["FLAG", "NAME", "PATH", "Choice", "Choices", "Flag", "Path", "Text"]


@dataclass(frozen=True)
class Text:
    """Reads any text and leaves it as it is.

    Attributes:
        metavar: placeholder for the text in the help of an option.
    """

    metavar: str = "text"

    def read(self, text: str) -> str:
        """The text as it is."""
        return text

    def write(self, value: str) -> str:
        """The text as it is."""
        return value


class Path(Text):
    """Reads the path of a file to be read."""


@dataclass(frozen=True)
class Choice:
    """Reads one of a few names.

    Attributes:
        names: the valid names.
    """

    names: tuple[str, ...]

    @property
    def metavar(self) -> str:
        """All names, as placeholder in the help of an option."""
        return f"[{'|'.join(self.names)}]"

    def read(self, text: str) -> str:
        """The name, in whatever case it was typed.

        Raises:
            InputError: if the text is none of the names.
        """
        known = {name.lower(): name for name in self.names}
        if text.strip().lower() not in known:
            listed = ", ".join(map(repr, self.names))
            raise InputError("", f"must be one of {listed}", text)
        return known[text.strip().lower()]

    def write(self, value: str) -> str:
        """The name as it is."""
        return value


@dataclass(frozen=True)
class Choices:
    """Reads one or several of a few names, separated by commas.

    Attributes:
        names: the valid names.
    """

    names: tuple[str, ...]

    @property
    def metavar(self) -> str:
        """All names, as placeholder in the help of an option."""
        return ",".join(self.names)

    def read(self, text: str) -> tuple[str, ...]:
        """The names, in the order of `names`.

        Raises:
            InputError: if one is not valid.
        """
        given = [part.strip().lower() for part in text.split(",")]
        if strange := [part for part in given if part not in self.names]:
            listed = ", ".join(map(repr, self.names))
            raise InputError("", f"must be one or several of {listed}", strange[0])
        return tuple(name for name in self.names if name in given)

    def write(self, value: tuple[str, ...]) -> str:
        """The names, separated by commas."""
        return ",".join(value)


@dataclass(frozen=True)
class Flag:
    """Reads true or false.

    Attributes:
        negative: the option that means false, without its dashes; empty if there is none.
        metavar: placeholder for the text in the help of an option.
    """

    negative: str = ""
    metavar: str = ""

    def read(self, text: str) -> bool:
        """True for `true`, False for `false`, in any case.

        Raises:
            InputError: if the text is neither.
        """
        if text.strip().lower() not in ("true", "false"):
            raise InputError("", "must be true or false", text)
        return text.strip().lower() == "true"

    def write(self, value: bool) -> str:
        """The text `true` or `false`."""
        return str(value).lower()


NAME = Text("NAME")
PATH = Path("PATH")
FLAG = Flag()
