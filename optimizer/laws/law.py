"""A law: a concave index of a plan, and a monotone response from the index to the score.

Every law that flopwise can prove plans with has one form. Let v be the logarithms of
num_hidden_layers, hidden_size, intermediate_size, tokens and parameters. For a mixture of experts,
moe_intermediate_size, experts_in_all and experts_met stand in place of intermediate_size. Then

    index = constant + Σ weight·v − Σ coefficient·exp(exponents·v)      coefficients > 0
    score = response(index)                                             response: increasing

The index is concave in v and rises with tokens and with parameters. So one object gives the
vectorised score, the bound over a box (a tangent plane lies above it;
`optimizer.problem.law_index`), the solver's expression and the gradient. Tokens beyond `saturation`
per parameter add nothing.

Plans are ranked by the index. Where the response is flat (at a law's floor) the index still tells
plans apart, and elsewhere the order is the same.

What a plan does not choose, such as a release date or the kind of FFN, moves the constant: see
`Circumstances`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from constraints.algebra.limit import TOKENS
from constraints.algebra.log_form import FloatArray
from constraints.algebra.posynomial import Exact
from constraints.errors import InputError
from constraints.models.architecture import EXPERTS_IN_ALL, EXPERTS_MET, PARAMETERS
from optimizer.laws.response import Numbers, Response
from optimizer.laws.trust import Trust

__all__ = ["MMLU", "OF_DENSE_MODELS", "PENALTY", "VARIABLES", "Circumstances", "Law", "Term"]

FFN = "intermediate_size"
EXPERT_FFN = "moe_intermediate_size"
VARIABLES = (
    *("num_hidden_layers", "hidden_size", FFN, TOKENS, PARAMETERS),
    *(EXPERT_FFN, EXPERTS_IN_ALL, EXPERTS_MET),
)
"""The quantities that a law may look at, by name."""

PENALTY = "penalty"
"""Name of the term that grows with instability, and with a precision loss γ."""
OF_DENSE_MODELS = "is of dense models: take calibrated-experts, or {naive_experts} and its error"
"""The rule that is broken where a law that knows no experts is to score them."""
MOST_KEPT = 16
"""Circumstances at which a law is kept, so that what is computed of it there serves again."""
MMLU = "MMLU (5-shot)"
"""The unit of scores that can be compared with published models'."""


@dataclass(frozen=True)
class Term:
    """A monomial that lowers the index: coefficient · Π variable^exponent.

    Attributes:
        name: what it stands for in reports; terms may share one.
        exponents: of the law's variables, by name.
        coefficient: above zero [index].
    """

    name: str
    exponents: Mapping[str, float]
    coefficient: float

    def __post_init__(self) -> None:
        """Check that the coefficient keeps the index concave.

        Raises:
            InputError: if it is not above zero and finite.
        """
        if not 0.0 < self.coefficient < math.inf:
            rule = "must be > 0, or the index is not concave and can't be bounded"
            raise InputError(f"coefficient of {self.name}", rule, self.coefficient)


@dataclass(frozen=True)
class Circumstances:
    """What a score depends on that a plan does not choose.

    Attributes:
        release: when the model comes out, such as 2024.5 [year].
        gated: whether its FFN has a gate.
    """

    release: float
    gated: bool = True


@dataclass(frozen=True)
class Law:
    """A law in the one form of this module.

    Attributes:
        name: how it is called in scenarios and reports.
        title: what it is.
        source: where it is from.
        weights: of the logarithm of each variable [index], by name.
        penalty: terms that lower the index.
        constant: what no variable changes [index].
        response: from index to score.
        saturation: tokens per parameter beyond which nothing is gained [unitless]; None for none.
        unit: of the score.
        a_year: index gained by a year's later release, until `dated_until` [index per year].
        dated_until: year from which a later release gains nothing [year].
        gate: index gained by a gated FFN [index].
        expert_share: ω, how much all experts of a layer count beside those that a token meets
            [unitless]; None if the law knows no experts.
        circumstances: those that the constant counts already; None as long as they are open.
        trust: what is known of its error.
    """

    name: str
    title: str
    source: str
    weights: Mapping[str, float]
    penalty: tuple[Term, ...]
    constant: float
    response: Response
    saturation: Exact | None = None
    unit: str = MMLU
    a_year: float = 0.0
    dated_until: float = 0.0
    gate: float = 0.0
    expert_share: float | None = None
    circumstances: Circumstances | None = field(default=None, compare=False)
    trust: Trust = field(default_factory=Trust, compare=False)

    def __post_init__(self) -> None:
        """Check what the proof needs.

        The index must be in known variables, and rise with tokens and parameters.

        Raises:
            InputError: if a variable is unknown, the index may fall with tokens or parameters, does
                not rise with tokens, or has a term that mixes tokens with sizes.
        """
        used = set(self.weights).union(*(term.exponents for term in self.penalty))
        if strange := used - set(VARIABLES):
            raise InputError(f"law {self.name}", f"may use only {VARIABLES}", sorted(strange))
        for name in (TOKENS, PARAMETERS):
            powers = [term.exponents.get(name, 0.0) for term in self.penalty]
            if self.weights.get(name, 0.0) < 0 or max(powers, default=0.0) > 0:
                raise InputError(f"law {self.name}", f"must rise with {name} to be bounded")
        gains = [term for term in self.penalty if term.exponents.get(TOKENS)]
        if any(len(term.exponents) > 1 for term in gains):
            raise InputError(f"law {self.name}", "must keep tokens apart from sizes to be bounded")
        if not gains and not self.weights.get(TOKENS):
            raise InputError(f"law {self.name}", "must rise with tokens", 0.0)

    @property
    def as_it_is(self) -> Law:
        """The law whose score a plan is predicted to have.

        It is this one; for an objective over draws it is the law that the draws are of.
        """
        return self

    @cached_property
    def fingerprint(self) -> str:
        """A hash of all that decides a score; the circumstances are left out."""
        terms = [(sorted(term.exponents.items()), term.coefficient) for term in self.penalty]
        facts = (
            sorted(self.weights.items()),
            terms,
            round(self.constant - self.gain(self.circumstances), 9),
            self.response,
            str(self.saturation),
            (self.a_year, self.dated_until, self.gate),
            *(() if self.expert_share is None else (self.expert_share,)),
        )
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    def at(self, circumstances: Circumstances) -> Law:
        """The law for models of given circumstances; the same object as last time, if it is kept.

        Args:
            circumstances: to be counted in the constant, in place of any counted so far.
        """
        if circumstances == self.circumstances:
            return self
        found = self._placed.get(circumstances)
        if found is None:
            constant = self.constant - self.gain(self.circumstances) + self.gain(circumstances)
            found = replace(self, constant=constant, circumstances=circumstances)
            if len(self._placed) >= MOST_KEPT:
                self._placed.clear()
            self._placed[circumstances] = found
        return found

    @cached_property
    def _placed(self) -> dict[Circumstances, Law]:
        """The law at circumstances that were asked for."""
        return {}

    def gain(self, given: Circumstances | None) -> float:
        """What circumstances add to the index [index]; 0 while they are open.

        Args:
            given: the circumstances; None while they are open.
        """
        if given is None:
            return 0.0
        years = min(given.release - self.dated_until, 0.0)
        return self.a_year * years + self.gate * given.gated

    def effective_width(self, width: Numbers, experts: Numbers, met: Numbers) -> Numbers:
        """The FFN width that a layer's experts are worth to this law, elementwise [unitless].

        It is width · experts^ω · met^(1 − ω), between all experts and those met. A law that knows
        no experts counts those met alone (ω = 0).

        Args:
            width: of one expert [unitless].
            experts: all of a layer, shared ones included [expert]; 1 for a dense model.
            met: those that a token passes through [expert]; 1 for a dense model.
        """
        share = self.expert_share or 0.0
        found: FloatArray = np.asarray(width) * np.power(experts, share) * np.power(met, 1 - share)
        return found if found.ndim else float(found)

    def of_experts(self) -> Law:
        """The law in the sizes of a mixture of experts, whose FFN counts as `effective_width`.

        Raises:
            InputError: if the law knows no experts.
        """
        return self._of_experts

    @cached_property
    def _of_experts(self) -> Law:
        if self.expert_share is None:
            raise InputError("law", OF_DENSE_MODELS, self.name)
        penalty = tuple(
            replace(term, exponents=self._spread(term.exponents)) for term in self.penalty
        )
        return replace(self, weights=self._spread(self.weights), penalty=penalty)

    def _spread(self, powers: Mapping[str, float]) -> dict[str, float]:
        """Exponents with that of the FFN's width spread over the experts that it stands for."""
        found, share = dict(powers), self.expert_share or 0.0
        width = found.pop(FFN, 0.0)
        parts = {EXPERT_FFN: 1.0, EXPERTS_IN_ALL: share, EXPERTS_MET: 1.0 - share}
        found.update({name: width * part for name, part in parts.items() if width * part})
        return found

    def saturation_tokens(self, parameters: Exact) -> Exact | None:
        """Tokens beyond which this law sees no gain [token]; None if there are none.

        Args:
            parameters: of the model [parameter].
        """
        return None if self.saturation is None else self.saturation * parameters

    def parts(self, values: Mapping[str, float], parameters: float) -> dict[str, float]:
        """What each variable and term adds to the index of one plan [index], by name.

        Together with the constant they make the index.

        Args:
            values: sizes and tokens, by name.
            parameters: of the plan [parameter].
        """
        most = self.saturation_tokens(Fraction(parameters))
        tokens = values[TOKENS] if most is None else min(values[TOKENS], float(most))
        known = {**values, TOKENS: tokens, PARAMETERS: parameters}
        parts = {name: w * math.log(known[name]) for name, w in self.weights.items()}
        for term in self.penalty:
            power = sum(e * math.log(known[name]) for name, e in term.exponents.items())
            parts[term.name] = parts.get(term.name, 0.0) - term.coefficient * math.exp(power)
        return parts

    def index(self, values: Mapping[str, Numbers], parameters: Numbers) -> Numbers:
        """The index, elementwise [index].

        Args:
            values: sizes and tokens, by name, above zero.
            parameters: of each plan [parameter].
        """
        known = {**values, PARAMETERS: parameters}
        # numbers of one plan take a tenth of the time that arrays of one take
        several = any(isinstance(value, np.ndarray) for value in known.values())
        log, exp, least = (_log, np.exp, np.minimum) if several else (math.log, math.exp, min)
        used = {TOKENS, PARAMETERS}.union(self.weights, *(term.exponents for term in self.penalty))
        logs = {name: log(known[name]) for name in used}
        if self.saturation is not None:
            most = math.log(float(self.saturation)) + logs[PARAMETERS]
            logs[TOKENS] = least(logs[TOKENS], most)
        total: Numbers = self.constant
        for name, weight in self.weights.items():
            total = total + weight * logs[name]
        for term in self.penalty:
            power = sum(e * logs[name] for name, e in term.exponents.items())
            total = total - term.coefficient * exp(power)
        return total

    def score(self, values: Mapping[str, Numbers], parameters: Numbers) -> Numbers:
        """The predicted score, elementwise [score].

        Args:
            values: sizes and tokens, by name.
            parameters: of each plan [parameter].
        """
        return self.response(self.index(values, parameters))

    def interval(self, score: float) -> tuple[float, float] | None:
        """The 90 % interval of a predicted score [score]; None without known errors.

        Args:
            score: predicted by this law [score].
        """
        return self.trust.interval(score, self.response.floor, float(self.response(1e9)))

    def scaled(self, gamma: Exact) -> Law:
        """The law for training at lower precision.

        Args:
            gamma: the precision loss γ ≥ 1 [unitless]: depth counts γ times in the penalty.

        Raises:
            InputError: if γ < 1, or γ ≠ 1 and the law has no term for instability.
        """
        if gamma < 1:
            raise InputError("gamma", "must be ≥ 1", float(gamma))
        if gamma == 1:
            return self
        if all(term.name != PENALTY for term in self.penalty):
            raise InputError(
                "gamma", f"means nothing to the law {self.name}: leave it 1", float(gamma)
            )
        worse = tuple(
            replace(term, coefficient=term.coefficient * float(gamma) ** _depth(term))
            if term.name == PENALTY
            else term
            for term in self.penalty
        )
        return replace(self, penalty=worse)

    def on_more_tokens(self, factor: float) -> Law:
        """The law that sees plans on some multiple of their tokens.

        Args:
            factor: tokens seen over tokens of the plan [unitless].

        Raises:
            InputError: if the law saturates: what it sees of tokens then depends on parameters.
        """
        if self.saturation is not None:
            raise InputError("law", "must have no limit of tokens a parameter", self.name)
        shift = self.weights.get(TOKENS, 0.0) * math.log(factor)
        seen = tuple(
            replace(term, coefficient=term.coefficient * factor ** term.exponents.get(TOKENS, 0.0))
            for term in self.penalty
        )
        return replace(self, constant=self.constant + shift, penalty=seen)


def _log(values: Numbers) -> FloatArray:
    """Natural logarithms, of numbers of any type."""
    logs: FloatArray = np.log(np.asarray(values, dtype=np.float64))
    return logs


def _depth(term: Term) -> float:
    """The exponent of depth in a term."""
    return term.exponents.get("num_hidden_layers", 0.0)
