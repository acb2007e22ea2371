"""Responses: increasing maps from a law's index to its score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

from constraints.algebra.log_form import FloatArray
from constraints.errors import InputError

__all__ = ["Bent", "Logistic", "NegativeLoss", "Numbers", "Response"]

Numbers: TypeAlias = FloatArray | float
ALMOST = 1 - 1e-15


class Response(Protocol):
    """From index to score, increasing; an index counts in points near the middle of the scale."""

    @property
    def floor(self) -> float:
        """The score of chance, -inf if there is none."""

    @property
    def straight_below(self) -> float:
        """The index up to which (and from the floor on) score and index change alike."""

    def __call__(self, index: Numbers) -> Numbers:
        """The score of an index, elementwise."""

    def inverse(self, score: float) -> float:
        """The least index with at least this score: -inf at or below the floor."""

    def slope(self, index: Numbers) -> Numbers:
        """Change of the score per change of the index [unitless], elementwise."""


@dataclass(frozen=True)
class Bent:
    """A floor below, a tanh towards a ceiling above, the identity between.

    floor, knee, span [score]: the score approaches knee + span.
    """

    floor: float
    knee: float
    span: float

    @property
    def straight_below(self) -> float:
        """The knee."""
        return self.knee

    def __call__(self, index: Numbers) -> Numbers:
        """The score of an index, elementwise."""
        bent = self.knee + self.span * np.tanh((np.asarray(index) - self.knee) / self.span)
        straight = np.maximum(index, self.floor)
        return _plain(np.where(np.asarray(index) > self.knee, bent, straight))

    def inverse(self, score: float) -> float:
        """The least index with at least this score: -inf at or below the floor."""
        if score <= self.floor:
            return -math.inf
        if score <= self.knee:
            return score
        return self.knee + self.span * math.atanh(min((score - self.knee) / self.span, ALMOST))

    def slope(self, index: Numbers) -> Numbers:
        """Change of the score per change of the index [unitless], elementwise."""
        above = np.maximum((np.asarray(index) - self.knee) / self.span, 0.0)
        bent = 1 / np.cosh(np.minimum(above, 300.0)) ** 2
        return _plain(np.where(np.asarray(index) < self.floor, 0.0, bent))


@dataclass(frozen=True)
class Logistic:
    """An S from a floor to a ceiling, of slope 1 in the middle, where index and score agree.

    floor, ceiling [score]: of chance, and what the best model can reach.
    """

    floor: float
    ceiling: float

    def __post_init__(self) -> None:
        """The ceiling lies above the floor."""
        if not self.floor < self.ceiling:
            raise InputError(
                "response", f"needs a ceiling above its floor {self.floor}", self.ceiling
            )

    @property
    def straight_below(self) -> float:
        """Nowhere."""
        return -math.inf

    @property
    def middle(self) -> float:
        """The score halfway, which is its own index."""
        return (self.floor + self.ceiling) / 2

    @property
    def scale(self) -> float:
        """Points of the index for one unit of the logistic function's argument."""
        return (self.ceiling - self.floor) / 4

    def __call__(self, index: Numbers) -> Numbers:
        """The score of an index, elementwise."""
        half = np.tanh((np.asarray(index) - self.middle) / (2 * self.scale))
        return _plain(self.middle + 2 * self.scale * half)

    def inverse(self, score: float) -> float:
        """The least index with at least this score: -inf at or below the floor."""
        if score <= self.floor:
            return -math.inf
        share = min((score - self.middle) / (2 * self.scale), ALMOST)
        return self.middle + 2 * self.scale * math.atanh(share)

    def slope(self, index: Numbers) -> Numbers:
        """Change of the score per change of the index [unitless], elementwise."""
        half = np.tanh((np.asarray(index) - self.middle) / (2 * self.scale))
        return _plain(1 - half**2)


@dataclass(frozen=True)
class NegativeLoss:
    """Score is −100 · loss, since a hundredth of a nat is about what a point of MMLU is.

    irreducible: the loss that is left at any size [nat/token]; the index leaves it out.
    """

    irreducible: float

    @property
    def floor(self) -> float:
        """None: a loss has no worst."""
        return -math.inf

    @property
    def straight_below(self) -> float:
        """Everywhere."""
        return math.inf

    def __call__(self, index: Numbers) -> Numbers:
        """The score of an index, elementwise."""
        return _plain(np.asarray(index) - 100 * self.irreducible)

    def inverse(self, score: float) -> float:
        """The index of a score."""
        return score + 100 * self.irreducible

    def slope(self, index: Numbers) -> Numbers:
        """Change of the score per change of the index [unitless], elementwise."""
        return _plain(np.ones(np.shape(index)))


def _plain(score: FloatArray) -> Numbers:
    return score if score.ndim else float(score)
