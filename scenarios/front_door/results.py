"""The results of the package's functions, each with a report, a table and a JSON document."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
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
    from optimizer.plans.plan import Plan
    from optimizer.searching.certificate import Certificate
    from scenarios.answers.answer import Answer
    from scenarios.answers.comparison import Comparison
    from scenarios.answers.dense_or_experts import Kinds
    from scenarios.answers.front import Traced
    from scenarios.answers.prediction import Predicted
    from scenarios.answers.target import Reached

__all__ = [
    "CompareResult",
    "FitResult",
    "GpusResult",
    "ParetoResult",
    "PlanResult",
    "PredictResult",
    "TargetResult",
]


def _best_of(plans: Sequence[Plan]) -> str:
    """The first of some plans in short, behind a comma; empty if there are none."""
    if not plans:
        return ""
    sizes = ", ".join(f"{name}={size}" for name, size in plans[0].architecture.sizes.items())
    return f", score {plans[0].score:.2f} ({sizes}, tokens={plans[0].tokens})"


@dataclass(frozen=True, eq=False, repr=False)
class PlanResult(Result):
    """The best plans within a budget, with proof.

    Attributes:
        answer: the plans, and what lies around them.
        kinds: the comparison of both kinds, of which `answer` is the better one; None if only one
            kind was asked for.
        floor: the answer by the law that was asked, where it puts all plans at its floor, and
            `answer` is by a law of loss; None where it has something to say.
    """

    answer: Answer
    kinds: Kinds | None = None
    floor: Answer | None = None

    @property
    def status(self) -> str:
        """`optimal` if the plans are proved to be the best, else `infeasible` or `unproved`."""
        return self.answer.result.status.value

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The best plans, best first; empty if no plan satisfies all limits."""
        return self.answer.plans

    @property
    def preferred(self) -> Plan | None:
        """The preferred plan among near-equal ones; None without a preference."""
        return self.answer.preferred

    @property
    def certificate(self) -> Certificate | None:
        """The proof, which accounts for every design; None if nothing was proved."""
        return self.answer.result.certificate

    @property
    def shadow_prices(self) -> Mapping[str, float]:
        """Change of the score for one per cent more of each limit [score], by name of the limit."""
        return self.answer.result.relaxed.shadow_prices

    def in_short(self) -> str:
        """The answer in some words."""
        return f"{self.status}{_best_of(self.plans)}"

    def report(self) -> Report:
        """The answer in words."""
        from scenarios.report.composed.kinds_report import kinds_sections
        from scenarios.report.composed.plan_report import floor_section, plan_report

        if self.floor is not None:
            return plan_report(self.answer, (floor_section(self.floor, self.answer),))
        return plan_report(self.answer, () if self.kinds is None else kinds_sections(self.kinds))

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise plan --json` prints."""
        from scenarios.exports.plan_json import answer_document, floor_fields, kinds_document

        fields = answer_document(self.answer) if self.kinds is None else kinds_document(self.kinds)
        if self.floor is not None:
            fields["at_floor"] = floor_fields(self.floor)
        return versioned(fields)

    def to_frame(self) -> pd.DataFrame:
        """The plans, one in each row, best first; the columns are named as in JSON."""
        from scenarios.exports.frames import plans_frame

        return plans_frame(self.answer)


@dataclass(frozen=True, eq=False, repr=False)
class ParetoResult(Result):
    """A front: the plans that no other plan beats in score and in every cost at once.

    Attributes:
        traced: the front, with its question.
        interrupted: whether the search was cut off, so that points are missing.
    """

    traced: Traced
    interrupted: bool = False

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plans of the front, in order of its first cost."""
        return self.traced.plans

    def in_short(self) -> str:
        """The answer in some words."""
        costs = " and ".join(cost.name for cost in self.traced.costs)
        return f"{len(self.plans)} points, score over {costs}"

    def report(self) -> Report:
        """The front in words."""
        from scenarios.report.composed.front_report import front_report, nothing_report

        if not self.traced.front.points:
            return nothing_report(self.traced)
        return front_report(self.traced, interrupted=self.interrupted)

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise pareto --json` prints."""
        from scenarios.exports.front_json import front_document

        return versioned(front_document(self.traced, interrupted=self.interrupted))

    def to_frame(self) -> pd.DataFrame:
        """The points of the front, one in each row, in order of its first cost."""
        from scenarios.exports.frames import front_frame

        return front_frame(self.traced)


@dataclass(frozen=True, eq=False, repr=False)
class TargetResult(Result):
    """The plan that reaches a score at the least cost, or the best score in reach.

    Attributes:
        reached: what it takes to reach the goal.
    """

    reached: Reached

    @property
    def status(self) -> str:
        """`reached`, `unreachable`, `infeasible` or `unproved`."""
        return self.reached.result.status.value

    @property
    def amount(self) -> float | None:
        """The least cost [unit of the cost]; None if the score is out of reach."""
        return self.reached.amount

    @property
    def plans(self) -> tuple[Plan, ...]:
        """The plan of least cost; empty if the score is out of reach."""
        plan, amount = self.reached.plan, self.reached.amount
        return () if plan is None or amount is None else (plan,)

    @property
    def certificate(self) -> Certificate | None:
        """The proof, which accounts for every design; None if nothing was proved."""
        return self.reached.result.account

    def in_short(self) -> str:
        """The answer in some words."""
        return f"{self.status}, {self.reached.cost.name} {self.amount}{_best_of(self.plans)}"

    def report(self) -> Report:
        """The answer in words."""
        from scenarios.report.composed.target_report import target_report

        return target_report(self.reached)

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise target --json` prints."""
        from scenarios.exports.target_json import target_document

        return versioned(target_document(self.reached))

    def to_frame(self) -> pd.DataFrame:
        """The plan of least cost in one row; no row if the score is out of reach."""
        from scenarios.exports.frames import frame_of

        return frame_of(self.plans)


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
        return prediction_report(found.prediction, found.time, found.config, found.layouts)

    def to_dict(self) -> dict[str, Any]:
        """The document that `flopwise predict --json` prints."""
        from scenarios.exports.prediction_json import prediction_document

        found = self.predicted
        document = prediction_document(found.prediction, found.time, found.config, found.layouts)
        return versioned(document)

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
