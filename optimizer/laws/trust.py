"""How far to trust a law: its errors on models it never saw, and the intervals they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["DENSE", "EXPERTS", "Evidence", "Regime", "Trust", "Unseen"]


DENSE = "dense"
EXPERTS = "of experts"


@dataclass(frozen=True)
class Regime:
    """Predicted scores below a bound, and the 90 % interval there.

    below [score]: this regime's scores, those above the regime before. low, high [score]: to add.
    """

    below: float
    low: float
    high: float


@dataclass(frozen=True)
class Evidence:
    """Errors on models that the law never saw.

    data: what they are. protocol: what was left out. rows, organisations: counts. mean_absolute,
    root_mean_square, bias: predicted less reported [score]. coverage: share of reported scores in
    their 90 % interval. forward: years, and the mean absolute error on models from then on of a
    fit to those before. by_choice: mean absolute error if the choice of terms, too, is made
    without what is left out; None if nothing was chosen.
    """

    data: str
    protocol: str
    rows: int
    organisations: int
    mean_absolute: float
    root_mean_square: float
    bias: float
    coverage: float
    forward: Mapping[str, float] = field(default_factory=dict)
    by_choice: float | None = None


@dataclass(frozen=True)
class Unseen:
    """A model and the score that the law gives it without having seen its organisation.

    released [year], parameters [parameter], tokens [token], reported, predicted [score]. kind:
    dense, or of experts.
    """

    name: str
    organisation: str
    released: float
    parameters: float
    tokens: float
    reported: float
    predicted: float
    kind: str = DENSE

    @property
    def error(self) -> float:
        """Predicted less reported [score]."""
        return self.predicted - self.reported


@dataclass(frozen=True)
class Trust:
    """What is known of a law's error.

    regimes: intervals by predicted score, none if not known. validity: least and greatest of what
    the law was fitted on, by name. unseen: models it was held against out of sample. evidence:
    None if there is none.
    """

    regimes: tuple[Regime, ...] = ()
    validity: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    unseen: tuple[Unseen, ...] = ()
    evidence: Evidence | None = None

    def interval(self, score: float, least: float, most: float) -> tuple[float, float] | None:
        """The 90 % interval of a predicted score, kept between two ends; None if not known."""
        regime = next((x for x in self.regimes if score < x.below), None)
        if regime is None:
            return None
        return max(score + regime.low, least), min(score + regime.high, most)
