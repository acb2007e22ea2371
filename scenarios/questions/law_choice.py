"""The law that a question is answered by: by name or file, at a date, moved to one's own models."""

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
    "LawInForce",
    "circumstances_of",
    "law_in_force",
    "law_name",
    "law_record",
    "this_month",
]

DENSE_LAW = "performance-law"
EXPERTS_LAW = "calibrated-experts"
"""Laws that score if none is named: of dense models, and where there are mixtures of experts."""


def this_month() -> str:
    """Now, as 2027-03."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m")


def circumstances_of(date: str | None, today: str, gated: bool = True) -> Circumstances:
    """Those of a model that comes out at a date, today if None; gated: its FFN."""
    return Circumstances(year_of(date or today), gated)


def law_name(scenario: Scenario, kind: Kind) -> str:
    """The law by name or file: the one asked for, or the usual one of the kind of models."""
    usual = DENSE_LAW if kind == "dense" and not scenario.moe else EXPERTS_LAW
    return scenario.law or usual


def law_record(name: str, anchor: str | None, circumstances: Circumstances, today: str) -> Record:
    """A law with what is known of it. Raises InputError.

    Args:
        name: of the law, or its file.
        anchor: the path of a table of one's own models, which move the law; None for none.
        circumstances: of the models planned: old anchors count less.
        today: the release of anchors that tell none, as 2027-03.
    """
    record = find_record(name)
    if anchor is None:
        return record
    if record.anchoring is None:
        raise InputError("anchor", "needs a law that knows how labs differ: {law} calibrated", name)
    from optimizer.calibration.anchors import anchored  # brings SciPy

    models = read_models(Path(anchor), today)
    if not models:
        raise InputError("anchor", "must hold one model at least", anchor)
    return anchored(record, ModelTable.of(models), circumstances.release)


@dataclass(frozen=True)
class LawInForce:
    """A law for models of one kind, under the circumstances of a question.

    Attributes:
        record: the law and what is known of it, moved to one's own models if there are any.
        circumstances: what a score depends on beside the plan.
        gamma: the law's precision loss [unitless].
        naive: whether it reads the experts that a token meets as one FFN.
    """

    record: Record
    circumstances: Circumstances
    gamma: Exact
    naive: bool

    @cached_property
    def law(self) -> Law:
        """The law itself."""
        return self._read(self.record.law)

    @cached_property
    def draws(self) -> Sequence[Law]:
        """Its draws, none if it has none."""
        return [self._read(law) for law in self.record.drawn]

    @cached_property
    def residuals(self) -> tuple[Unseen, ...]:
        """Its errors on published models, whatever γ; on mixtures where it reads them naively."""
        return naive_residuals(self.record.law) if self.naive else residuals(self.record.law)

    def _read(self, law: Law) -> Law:
        found = law.scaled(self.gamma).at(self.circumstances)
        return naive(found) if self.naive else found


def law_in_force(scenario: Scenario, kind: Kind, today: str) -> LawInForce:
    """The law that a scenario asks for. Raises InputError."""
    circumstances = circumstances_of(scenario.date, today)
    record = law_record(law_name(scenario, kind), scenario.anchor, circumstances, today)
    return LawInForce(
        record, circumstances, scenario.gamma, kind == "experts" and scenario.naive_experts
    )
