"""What every result of the package's functions can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constraints.errors import InputError
from scenarios.report.document import Report
from scenarios.report.html.said import report_html

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Result"]


class Result:
    """An answer that a notebook can show; each command has its own kind of result."""

    def report(self) -> Report:
        """The answer in words, before it is rendered."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """The document that the command of the same name prints with `--json`."""
        raise NotImplementedError

    def to_frame(self) -> pd.DataFrame:
        """The answer as a table."""
        raise NotImplementedError

    def proof(self) -> bytes:
        """A proof of the answer, as a file that `flopwise verify` checks.

        Raises:
            InputError: if there is none, as the search gave up or nothing was searched for.
        """
        raise InputError("proof", "is of plan, target and pareto", type(self).__name__)

    def in_short(self) -> str:
        """The answer in some words."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """The answer in one line; `report()` says it all."""
        return f"<{type(self).__name__}: {self.in_short()}>"

    def _repr_html_(self) -> str:
        """The report as an HTML fragment, for notebooks."""
        return report_html(self.report())
