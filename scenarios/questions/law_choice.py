"""The law that scores a question's plans.

It is chosen by name or file, applies to models released at a date, and may be moved to the user's
own models.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from constraints.algebra.posynomial import Exact
from constraints.errors import InputError
from constraints.published.model_table import read_models, year_of
from optimizer.laws.evidence.accuracy import residuals
from optimizer.laws.evidence.naive import naive, naive_residuals
from optimizer.laws.law import Circumstances, Law
from optimizer.laws.library import find_record
from optimizer.laws.record import Record
from optimizer.laws.table import ModelTable
from optimizer.laws.trust import Unseen
from scenarios.questions.scenario import Kind, Scenario

__all__ = [
    "DENSE_LAW",
    "EXPERTS_LAW",
    "LEAST_ERROR",
    "LawInForce",
    "circumstances_of",
    "law_in_force",
    "law_name",
    "law_record",
    "this_month",
]

DENSE_LAW = "performance-law"
"""The law that scores dense models if none is named."""
EXPERTS_LAW = "calibrated-experts"
"""The law that scores if none is named and mixtures of experts are asked for."""
LEAST_ERROR: dict[Kind, str] = {"dense": "calibrated", "experts": "calibrated-experts"}
"""The laws with the least error on published models that they never saw (`flopwise laws`)."""


def this_month() -> str:
    """The current month in UTC, such as `2027-03`."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m")


def circumstances_of(date: str | None, today: str, gated: bool = True) -> Circumstances:
    """What a model's score depends on besides the plan.

    Args:
        date: month of the model's release, such as `2027-03`; None for today.
        today: the current month.
        gated: whether the model's FFN is gated.
    """
    return Circumstances(year_of(date or today), gated)


def law_name(scenario: Scenario, kind: Kind) -> str:
    """Name or file of the law that a scenario asks for, else of the default for the kind.

    Args:
        scenario: the scenario.
        kind: dense models or mixtures of experts.
    """
    usual = DENSE_LAW if kind == "dense" and not scenario.moe else EXPERTS_LAW
    return scenario.law or usual


def law_record(name: str, anchor: str | None, circumstances: Circumstances, today: str) -> Record:
    """A law and what is known about it, moved to the user's own models if there are any.

    Args:
        name: name of the law, or path of its file.
        anchor: path of a table of the user's own models, which move the law; None for none.
        circumstances: of the planned models, since anchors count less with age.
        today: release of anchors whose table gives none, such as `2027-03`.

    Raises:
        InputError: if the law or the table can't be read, or the law can't be moved.
    """
    record = find_record(name)
    if anchor is None:
        return record
    if record.anchoring is None:
        raise InputError("anchor", "needs a law that knows how labs differ: {law} calibrated", name)
    from optimizer.calibration.anchors import anchored  # loads SciPy, which is slow

    models = read_models(Path(anchor), today)
    if not models:
        raise InputError("anchor", "must hold one model at least", anchor)
    return anchored(record, ModelTable.of(models), circumstances.release)


@dataclass(frozen=True)
class LawInForce:
    """The law that scores a question's plans of one kind.

    Attributes:
        record: the law and what is known about it, moved to the user's own models if any.
        circumstances: what a score depends on besides the plan.
        gamma: precision loss of the law, 1 for none [unitless].
        naive: whether the law, one of dense models, reads the experts that a token meets as one
            FFN.
    """

    record: Record
    circumstances: Circumstances
    gamma: Exact
    naive: bool

    @cached_property
    def law(self) -> Law:
        """The law under these circumstances."""
        return self._read(self.record.law)

    @cached_property
    def draws(self) -> Sequence[Law]:
        """The draws of the law under these circumstances; empty if it has none."""
        return [self._read(law) for law in self.record.drawn]

    @cached_property
    def residuals(self) -> tuple[Unseen, ...]:
        """The law's errors on models that it never saw.

        They are measured without a precision loss. A law that reads experts naively is judged on
        published mixtures.
        """
        return naive_residuals(self.record.law) if self.naive else residuals(self.record.law)

    def with_least_error(self, kind: Kind) -> Law | None:
        """The law with the least error on models of a kind; None if that is the law in force.

        Args:
            kind: dense models or mixtures of experts.
        """
        name = LEAST_ERROR[kind]
        return None if self.record.name == name else find_record(name).law.at(self.circumstances)

    def _read(self, law: Law) -> Law:
        found = law.scaled(self.gamma).at(self.circumstances)
        return naive(found) if self.naive else found


def law_in_force(scenario: Scenario, kind: Kind, today: str) -> LawInForce:
    """The law that a scenario asks for.

    Args:
        scenario: the scenario.
        kind: dense models or mixtures of experts.
        today: the current month, such as `2027-03`.

    Raises:
        InputError: if the law or the table of the user's models can't be read.
    """
    circumstances = circumstances_of(scenario.date, today, not scenario.ungated)
    record = law_record(law_name(scenario, kind), scenario.anchor, circumstances, today)
    return LawInForce(
        record, circumstances, scenario.gamma, kind == "experts" and scenario.naive_experts
    )
