"""A limit: one posynomial and one number.

`resource ≤ bound` or `resource ≥ bound`, where the resource may hold tokens to the power 1, -1
or not at all; a resource under ≤ may be fixed(x) + per_token(x)·tokens. In logarithms with
t = ln tokens and

    m(x) = ±(ln bound − ln resource(x))                  + for ≤, − for ≥
    m(x) = ln(bound − fixed(x)) − ln per_token(x)        with a fixed part

a limit reads m ≥ 0 (a gate), t ≤ m (a cap on tokens) or t ≥ −m (a floor on tokens).
A slack ≥ 0 means satisfied, here and everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cached_property
from typing import Literal

from constraints.algebra.posynomial import Exact, Posynomial
from constraints.errors import InputError

__all__ = ["TOKENS", "Limit", "LimitKind"]

TOKENS = "tokens"
"""The name of the variable that counts training tokens."""


class LimitKind(Enum):
    """What a limit does to the number of tokens."""

    GATE = "gate"
    CAP = "cap"
    FLOOR = "floor"


@dataclass(frozen=True)
class Limit:
    """One requirement on a plan.

    name: how reports call it. resource: posynomial in sizes and tokens [unit].
    sense: which side of the bound is allowed. bound: > 0, exact [unit].
    reciprocal: the resource is the reciprocal of the quantity that people know, which is shown.
    """

    name: str
    resource: Posynomial
    sense: Literal["<=", ">="]
    bound: Exact
    unit: str
    reciprocal: bool = False

    def __post_init__(self) -> None:
        """A positive bound; one power of tokens throughout, or 0 and 1 under ≤."""
        if self.bound <= 0:
            raise InputError(self.name, "must be > 0", float(self.bound))
        powers = {dict(key).get(TOKENS, 0) for key, _ in self.resource.terms}
        mixed = powers == {0, 1} and self.sense == "<="
        if not mixed and (len(powers) != 1 or not powers <= {-1, 0, 1}):
            rule = "must hold tokens to one power among -1, 0, 1, or to 0 and 1 under ≤"
            raise InputError(f"resource of {self.name}", rule, sorted(powers))

    @cached_property
    def sign(self) -> int:
        """+1 for ≤, −1 for ≥."""
        return 1 if self.sense == "<=" else -1

    @cached_property
    def token_power(self) -> int:
        """The power of tokens in the resource: -1, 0 or 1 (1 if only part of it holds them)."""
        powers = {dict(key).get(TOKENS, 0) for key, _ in self.resource.terms}
        return max(powers) if powers != {-1} else -1

    @cached_property
    def kind(self) -> LimitKind:
        """Whether the limit bounds tokens from above, from below or not at all."""
        side = self.sign * self.token_power
        return (LimitKind.GATE, LimitKind.CAP, LimitKind.FLOOR)[side]

    @cached_property
    def per_token(self) -> Posynomial:
        """What tokens multiply (or divide, or all of a gate), without them."""
        return self._part(self.token_power)

    @cached_property
    def fixed(self) -> Posynomial:
        """What tokens do not enter, if they enter the rest; else zero."""
        return self._part(0) if self.token_power == 1 else Posynomial(())

    def _part(self, power: int) -> Posynomial:
        return Posynomial.from_terms(
            {
                tuple(pair for pair in key if pair[0] != TOKENS): coefficient
                for key, coefficient in self.resource.terms
                if dict(key).get(TOKENS, 0) == power
            }
        )

    def token_limit(self, sizes: Mapping[str, int], dearer: Exact = 1) -> Exact:
        """The number of tokens at which a cap or floor is met exactly [token], ≤ 0 if at none.

        dearer: what a token takes over what the resource says [unitless].
        """
        rate = self.per_token.value(sizes) * dearer
        return (
            (self.bound - self.fixed.value(sizes)) / Fraction(rate)
            if self.token_power == 1
            else rate / Fraction(self.bound)
        )

    def holds(self, sizes: Mapping[str, Exact]) -> bool:
        """Whether sizes (tokens among them, if the resource holds tokens) satisfy it, exactly."""
        return self.sign * (self.bound - self.resource.value(sizes)) >= 0

    def shown(self, amount: Exact | float) -> Exact | float:
        """An amount of the resource as people know the quantity."""
        return 1 / amount if self.reciprocal else amount

    @property
    def shown_sense(self) -> str:
        """The sense as people know the quantity."""
        return {"<=": ">=", ">=": "<="}[self.sense] if self.reciprocal else self.sense
