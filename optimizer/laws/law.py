"""A law: a concave index of a plan, and a monotone link from the index to the score.

Every law that flopwise can prove plans with has one form. With v the logarithms of
(num_hidden_layers, hidden_size, intermediate_size, tokens),

    index = constant + Σ weight·v − penalty(v)      penalty: a posynomial
    score = link(index)                             link: increasing

The index is concave in v and rises with tokens, so one object gives the vectorised score, the
bound over a box (a tangent plane lies above), the solver's expression and the gradient. Tokens
beyond `saturation` per parameter add nothing. Ranking is by the index: where the link is flat
(a law's floor) the index still tells plans apart, and where it is not the order is the same.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

import numpy as np

from constraints.errors import InputError
from constraints.limit import TOKENS
from constraints.logform import FloatArray
from constraints.posynomial import Exact, Posynomial

__all__ = ["PENALTY", "VARIABLES", "Law", "Link"]

VARIABLES = ("num_hidden_layers", "hidden_size", "intermediate_size", TOKENS)
"""What a law may look at."""

PENALTY = "penalty"
"""What a law's penalty is called among its parts."""
ALMOST = 1 - 1e-15

Numbers: TypeAlias = FloatArray | float


@dataclass(frozen=True)
class Link:
    """From index to score: a floor below, a tanh towards a ceiling above, the identity between.

    floor, knee, span [score]: the score approaches knee + span.
    """

    floor: float
    knee: float
    span: float

    def __call__(self, index: Numbers) -> Numbers:
        """The score of an index, elementwise."""
        bent = self.knee + self.span * np.tanh((np.asarray(index) - self.knee) / self.span)
        straight = np.maximum(index, self.floor)
        score: FloatArray = np.where(np.asarray(index) > self.knee, bent, straight)
        return score if score.ndim else float(score)

    def inverse(self, score: float) -> float:
        """The least index with at least this score: -inf at or below the floor."""
        if score <= self.floor:
            return -math.inf
        if score <= self.knee:
            return score
        return self.knee + self.span * math.atanh(min((score - self.knee) / self.span, ALMOST))

    def slope(self, index: float) -> float:
        """Change of the score per change of the index [unitless]."""
        if index < self.floor:
            return 0.0
        if index <= self.knee:
            return 1.0
        return float(1 / np.cosh((index - self.knee) / self.span) ** 2)


@dataclass(frozen=True)
class Law:
    """A law in the one form of this module.

    name: how options and reports call it. title, source: what it is and where it is from.
    weights: of the logarithm of each variable. penalty: posynomial in the variables.
    constant: [index]. link: from index to score. saturation: tokens per parameter beyond which
    nothing is gained, None if there is no such point. unit: of the score.
    """

    name: str
    title: str
    source: str
    weights: Mapping[str, float]
    penalty: Posynomial
    constant: float
    link: Link
    saturation: Exact | None
    unit: str = "MMLU (5-shot)"

    def __post_init__(self) -> None:
        """Concave, rising with tokens, in known variables: what the proof rests on."""
        strange = (set(self.weights) | self.penalty.variables) - set(VARIABLES)
        if strange:
            raise InputError(f"law {self.name}", f"may use only {VARIABLES}", sorted(strange))
        if self.weights.get(TOKENS, 0.0) <= 0 or TOKENS in self.penalty.variables:
            raise InputError(f"law {self.name}", "must rise with tokens", self.weights.get(TOKENS))

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that decides a score: the same for the same law, wherever it is from."""
        facts = (
            sorted(self.weights.items()),
            [(key, str(coefficient)) for key, coefficient in self.penalty.terms],
            self.constant,
            (self.link.floor, self.link.knee, self.link.span),
            str(self.saturation),
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    def useful_tokens(self, parameters: Exact) -> Exact | None:
        """Tokens beyond which this law sees no gain [token]; parameters [parameter]."""
        return None if self.saturation is None else self.saturation * parameters

    def parts(self, values: Mapping[str, float], parameters: float) -> dict[str, float]:
        """What each variable and the penalty add to the index of one plan; with the constant, all.

        values: sizes and tokens by name; parameters [parameter], for the saturation.
        """
        useful = self.useful_tokens(Fraction(parameters))
        tokens = values[TOKENS] if useful is None else min(values[TOKENS], float(useful))
        counted = {**values, TOKENS: tokens}
        parts = {name: w * math.log(counted[name]) for name, w in self.weights.items()}
        exact = {name: Fraction(counted[name]) for name in self.penalty.variables}
        return {**parts, PENALTY: -float(self.penalty.value(exact))}

    def index(self, values: Mapping[str, Numbers], parameters: Numbers) -> Numbers:
        """The index, elementwise: sizes and tokens by name, parameters for the saturation."""
        logs = {name: np.log(np.asarray(values[name], dtype=np.float64)) for name in VARIABLES}
        if self.saturation is not None:
            useful = np.log(np.asarray(parameters, dtype=np.float64) * float(self.saturation))
            logs[TOKENS] = np.minimum(logs[TOKENS], useful)
        rows, coefficients = self.penalty.exponents(VARIABLES), self.penalty.coefficients()
        total: FloatArray = np.asarray(self.constant)
        for name, weight in self.weights.items():
            total = total + weight * logs[name]
        for row, coefficient in zip(rows, coefficients, strict=True):
            powers = sum(e * logs[n] for n, e in zip(VARIABLES, row, strict=True) if e)
            total = total - coefficient * np.exp(powers)
        return total if total.ndim else float(total)

    def score(self, values: Mapping[str, Numbers], parameters: Numbers) -> Numbers:
        """The predicted score, elementwise."""
        return self.link(self.index(values, parameters))

    def scaled(self, gamma: Exact) -> Law:
        """The law for training of lower precision: depth counts γ ≥ 1 times in the penalty."""
        if gamma < 1:
            raise InputError("gamma", "must be ≥ 1", float(gamma))
        worse = {
            key: c * Fraction(gamma) ** dict(key).get("num_hidden_layers", 0)
            for key, c in self.penalty.terms
        }
        return replace(self, penalty=Posynomial.from_terms(worse))
