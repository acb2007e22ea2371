"""The results of the functions that look at models, laws and accelerators."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from constraints.errors import InputError
from scenarios.exports.document import versioned
from scenarios.front_door.result import Result
from scenarios.report.document import Report

if TYPE_CHECKING:  # so that one command's result does not load the solvers of another
    import pandas as pd

    from constraints.hardware.accelerators import Accelerator
    from optimizer.calibration.refit import Fitted
    from scenarios.answers.comparison import Comparison
    from scenarios.answers.prediction import Predicted

__all__ = ["CompareResult", "FitResult", "GpusResult", "PredictResult"]


@dataclass(frozen=True, eq=False, repr=False)
class PredictResult(Result):
    """A law's score of one architecture.

    Attributes:
        predicted: the prediction, and how long training takes.
    """

    predicted: Predicted

    @property
    def score(self) -> float:
        """The predicted score [score]."""
        return self.predicted.prediction.score

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 90 % interval around the score [score]; None if not known."""
        return self.predicted.prediction.interval

    @property
    def parameters(self) -> int:
        """The exact number of parameters [parameter]."""
        return self.predicted.prediction.parameters

    def in_short(self) -> str:
        """The answer in some words."""
        return f"score {self.score:.2f}, {self.parameters:,} parameters"

    def report(self) -> Report:
        """The prediction in words."""
        from scenarios.report.composed.prediction_report import prediction_report

        found = self.predicted
        return prediction_report(
            found.prediction, found.time, found.config, found.layouts, found.own_time
        )

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise predict --json` prints."""
        from scenarios.exports.prediction_json import prediction_document

        found = self.predicted
        return versioned(
            prediction_document(
                found.prediction, found.time, found.config, found.layouts, found.own_time
            )
        )

    def to_frame(self) -> pd.DataFrame:
        """The figures of the JSON document in one row."""
        from scenarios.exports.frames import flat_frame

        return flat_frame([self.to_dict()])


@dataclass(frozen=True, eq=False, repr=False)
class CompareResult(Result):
    """Plans side by side, and why they differ.

    Attributes:
        comparison: the items, and how each differs from the first.
    """

    comparison: Comparison

    def in_short(self) -> str:
        """The answer in some words."""
        return ", ".join(item.name for item in self.comparison.items)

    def report(self) -> Report:
        """The comparison in words."""
        from scenarios.report.composed.comparison_report import comparison_report

        return comparison_report(self.comparison)

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise compare --json` prints."""
        from scenarios.exports.comparison_json import comparison_document

        return versioned(comparison_document(self.comparison))

    def to_frame(self) -> pd.DataFrame:
        """The items, one in each row."""
        from scenarios.exports.frames import flat_frame

        return flat_frame(self.to_dict()["items"])


@dataclass(frozen=True, eq=False, repr=False)
class FitResult(Result):
    """A law fitted or moved to the user's own models.

    Attributes:
        fitted: the law, the law it started from, and warnings.
        saved: path of the file that holds it; None if it was not saved.
    """

    fitted: Fitted
    saved: str | None = None

    def save(self, path: str | os.PathLike[str]) -> FitResult:
        """Write the law to a file, which other functions take as `law`.

        Args:
            path: path of the .json file.

        Returns:
            The same result, with the path.

        Raises:
            InputError: if the file can't be written.
        """
        from scenarios.report.files import write_file

        if not isinstance(path, str | os.PathLike):
            raise InputError("path", "must be a path", type(path).__name__)
        written = str(os.fspath(path))
        write_file(written, self.fitted.record.to_json())
        return FitResult(self.fitted, written)

    def in_short(self) -> str:
        """The answer in some words."""
        return self.fitted.record.name

    def report(self) -> Report:
        """The law in words."""
        from scenarios.report.composed.law_report import fit_report

        return fit_report(self.fitted, self.saved)

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise fit --json` prints."""
        from scenarios.exports.law_json import fit_fields

        return versioned(fit_fields(self.fitted))

    def to_frame(self) -> pd.DataFrame:
        """The coefficients of the law, one in each row."""
        from scenarios.exports.frames import coefficients_frame

        return coefficients_frame(self.fitted.record)


@dataclass(frozen=True, eq=False, repr=False)
class GpusResult(Result):
    """Accelerators of the catalogue and of the user's file.

    Attributes:
        parts: the parts.
        single: whether one part was asked for by name.
    """

    parts: tuple[Accelerator, ...]
    single: bool = False

    def in_short(self) -> str:
        """The answer in some words."""
        return ", ".join(part.name for part in self.parts[:3]) + (
            "…" if len(self.parts) > 3 else ""
        )

    def report(self) -> Report:
        """The catalogue, or all that is known about one part."""
        from scenarios.report.composed.catalogue_report import accelerator_report, catalogue_report

        return accelerator_report(self.parts[0]) if self.single else catalogue_report(self.parts)

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise gpus --json` prints."""
        from scenarios.exports.accelerators_json import accelerators_document

        return versioned(accelerators_document(self.parts))

    def to_frame(self) -> pd.DataFrame:
        """The parts, one in each row."""
        from scenarios.exports.frames import flat_frame

        return flat_frame(self.to_dict()["accelerators"])
