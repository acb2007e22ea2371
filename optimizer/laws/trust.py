"""How far to trust a law: its errors on models it never saw, and the intervals they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["DENSE", "EXPERTS", "Evidence", "Regime", "Trust", "Unseen"]


DENSE = "dense"
EXPERTS = "of experts"


@dataclass(frozen=True)
class Regime:
    """The 90 % interval of predicted scores below some bound, and not below the regime before.

    Attributes:
        below: upper end of the regime's predicted scores [score].
        low: what to add to a prediction for the lower end of its interval [score].
        high: what to add to a prediction for the upper end of its interval [score].
    """

    below: float
    low: float
    high: float


@dataclass(frozen=True)
class Evidence:
    """Errors, predicted less reported score, on models that the law never saw.

    Attributes:
        data: what the models are, in words.
        protocol: what was left out of the fit each time, in words.
        rows: how many models [model].
        organisations: how many organisations [organisation].
        mean_absolute: mean absolute error [score].
        root_mean_square: root mean square error [score].
        bias: mean error [score].
        coverage: share of reported scores within their 90 % intervals [unitless].
        forward: by year, the mean absolute error on models from then on of a fit to those before
            [score].
        by_choice: mean absolute error if the terms, too, are chosen without the organisation left
            out [score]; None if nothing was chosen.
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
    """A model, and the score that the law gives it without having seen its organisation.

    Attributes:
        name: of the model.
        organisation: that trained it.
        released: when [year].
        parameters: of the model [parameter].
        tokens: that it was trained on [token].
        reported: its score [score].
        predicted: the law's score for it [score].
        kind: dense, or of experts.
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
        """Predicted less reported score [score]."""
        return self.predicted - self.reported


@dataclass(frozen=True)
class Trust:
    """What is known of a law's error.

    Attributes:
        regimes: intervals by predicted score, in increasing order; empty if not known.
        validity: least and greatest of what the law was fitted on, by name.
        unseen: models that it was compared with out of sample.
        evidence: its errors on them; None if there are none.
    """

    regimes: tuple[Regime, ...] = ()
    validity: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    unseen: tuple[Unseen, ...] = ()
    evidence: Evidence | None = None

    def interval(self, score: float, least: float, most: float) -> tuple[float, float] | None:
        """The 90 % interval of a predicted score [score]; None if not known.

        Args:
            score: predicted [score].
            least: the interval does not go below this [score].
            most: the interval does not go above this [score].
        """
        regime = next((x for x in self.regimes if score < x.below), None)
        if regime is None:
            return None
        return max(score + regime.low, least), min(score + regime.high, most)
