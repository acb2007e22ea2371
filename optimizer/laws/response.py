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
"""One number or an array of them."""
ALMOST = 1 - 1e-15
"""Largest argument given to atanh, which is infinite at 1."""


class Response(Protocol):
    """An increasing map from index to score.

    A unit of the index is about a point of score near the middle of the scale.
    """

    @property
    def floor(self) -> float:
        """The score of chance [score]; −inf if there is none."""

    @property
    def straight_below(self) -> float:
        """Up to this index, and down to the floor, score and index change alike [index]."""

    def __call__(self, index: Numbers) -> Numbers:
        """The score of an index, elementwise [score].

        Args:
            index: of a law [index].
        """

    def inverse(self, score: float) -> float:
        """The least index with at least this score [index]; −inf at or below the floor.

        Args:
            score: to be reached [score].
        """

    def slope(self, index: Numbers) -> Numbers:
        """Change of the score per change of the index, elementwise [score per index].

        Args:
            index: of a law [index].
        """


@dataclass(frozen=True)
class Bent:
    """A floor below, a tanh towards a ceiling above, the identity between.

    Attributes:
        floor: the least score, that of chance [score].
        knee: where the tanh begins [score].
        span: the score approaches knee + span [score].
    """

    floor: float
    knee: float
    span: float

    @property
    def straight_below(self) -> float:
        """The knee: up to it the response is the identity."""
        return self.knee

    def __call__(self, index: Numbers) -> Numbers:
        """The score of an index, elementwise [score]."""
        bent = self.knee + self.span * np.tanh((np.asarray(index) - self.knee) / self.span)
        straight = np.maximum(index, self.floor)
        return _plain(np.where(np.asarray(index) > self.knee, bent, straight))

    def inverse(self, score: float) -> float:
        """The least index with at least this score [index]; −inf at or below the floor."""
        if score <= self.floor:
            return -math.inf
        if score <= self.knee:
            return score
        return self.knee + self.span * math.atanh(min((score - self.knee) / self.span, ALMOST))

    def slope(self, index: Numbers) -> Numbers:
        """Change of the score per change of the index, elementwise [score per index]."""
        above = np.maximum((np.asarray(index) - self.knee) / self.span, 0.0)
        bent = 1 / np.cosh(np.minimum(above, 300.0)) ** 2
        return _plain(np.where(np.asarray(index) < self.floor, 0.0, bent))


@dataclass(frozen=True)
class Logistic:
    """An S from a floor to a ceiling, with slope 1 in the middle, where index and score agree.

    Attributes:
        floor: the score of chance [score].
        ceiling: the score that the best model can reach [score].
    """

    floor: float
    ceiling: float

    def __post_init__(self) -> None:
        """Check the order of floor and ceiling.

        Raises:
            InputError: if the ceiling does not lie above the floor.
        """
        if not self.floor < self.ceiling:
            raise InputError(
                "response", f"needs a ceiling above its floor {self.floor}", self.ceiling
            )

    @property
    def straight_below(self) -> float:
        """−inf: an S is straight nowhere."""
        return -math.inf

    @property
    def middle(self) -> float:
        """The score halfway between floor and ceiling, which is its own index [score]."""
        return (self.floor + self.ceiling) / 2

    @property
    def scale(self) -> float:
        """Change of the index per unit of the logistic function's argument [index]."""
        return (self.ceiling - self.floor) / 4

    def __call__(self, index: Numbers) -> Numbers:
        """The score of an index, elementwise [score]."""
        half = np.tanh((np.asarray(index) - self.middle) / (2 * self.scale))
        return _plain(self.middle + 2 * self.scale * half)

    def inverse(self, score: float) -> float:
        """The least index with at least this score [index]; −inf at or below the floor."""
        if score <= self.floor:
            return -math.inf
        share = min((score - self.middle) / (2 * self.scale), ALMOST)
        return self.middle + 2 * self.scale * math.atanh(share)

    def slope(self, index: Numbers) -> Numbers:
        """Change of the score per change of the index, elementwise [score per index]."""
        half = np.tanh((np.asarray(index) - self.middle) / (2 * self.scale))
        return _plain(1 - half**2)


@dataclass(frozen=True)
class NegativeLoss:
    """The score is −100 · loss: a hundredth of a nat is worth about as much as a point of MMLU.

    Attributes:
        irreducible: the loss that remains at any size, which the index leaves out [nat/token].
    """

    irreducible: float

    @property
    def floor(self) -> float:
        """−inf: a loss has no upper end."""
        return -math.inf

    @property
    def straight_below(self) -> float:
        """+inf: the response is straight everywhere."""
        return math.inf

    def __call__(self, index: Numbers) -> Numbers:
        """The score of an index, elementwise [score]."""
        return _plain(np.asarray(index) - 100 * self.irreducible)

    def inverse(self, score: float) -> float:
        """The index of a score [index]."""
        return score + 100 * self.irreducible

    def slope(self, index: Numbers) -> Numbers:
        """Change of the score per change of the index, elementwise: 1 [score per index]."""
        return _plain(np.ones(np.shape(index)))


def _plain(score: FloatArray) -> Numbers:
    """An array of no dimension as a number; any other array as it is."""
    return score if score.ndim else float(score)
