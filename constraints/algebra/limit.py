"""A limit: one posynomial, the resource, and one number, the bound.

A limit reads `resource ≤ bound` or `resource ≥ bound`. The resource holds tokens to the power 1 or
−1 in every term, or in none. Under ≤ it may also be fixed(x) + per_token(x) · tokens, where x are
the sizes of a design. With t = ln tokens, and with per_token(x) for the resource without its power
of tokens, let

    m(x) = ±(ln bound − ln per_token(x))                 + for ≤, − for ≥
    m(x) = ln(bound − fixed(x)) − ln per_token(x)        if there is a fixed part

Then the limit reads m ≥ 0 (a gate, without tokens), t ≤ m (a cap on tokens) or t ≥ −m (a floor on
tokens). The slack of a plan is ln bound − ln resource, with the opposite sign for ≥; a slack ≥ 0
means that the limit is satisfied.
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
"""Name of the variable that stands for training tokens."""


class LimitKind(Enum):
    """What a limit does to the number of tokens.

    A gate does not hold tokens, a cap bounds them above, a floor bounds them below.
    """

    GATE = "gate"
    CAP = "cap"
    FLOOR = "floor"


@dataclass(frozen=True)
class Limit:
    """One requirement on a plan: a resource and a bound on it.

    Attributes:
        name: name of the limit in reports.
        resource: posynomial in the sizes and in tokens.
        sense: `<=` if the resource may be at most the bound, `>=` if at least.
        bound: the bound, exact and > 0, in the unit of the resource.
        unit: unit of the quantity that reports show.
        reciprocal: whether reports show 1/resource, because people know that quantity: tokens per
            parameter where the resource is parameters / tokens.
    """

    name: str
    resource: Posynomial
    sense: Literal["<=", ">="]
    bound: Exact
    unit: str
    reciprocal: bool = False

    def __post_init__(self) -> None:
        """Check the bound and the powers of tokens: one in all terms, or 0 and 1 under ≤."""
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
        """The power of tokens in the resource: −1, 0 or 1 (1 also if only some terms hold them)."""
        powers = {dict(key).get(TOKENS, 0) for key, _ in self.resource.terms}
        return max(powers) if powers != {-1} else -1

    @cached_property
    def kind(self) -> LimitKind:
        """Whether the limit is a gate, a cap or a floor."""
        side = self.sign * self.token_power
        return (LimitKind.GATE, LimitKind.CAP, LimitKind.FLOOR)[side]

    @cached_property
    def per_token(self) -> Posynomial:
        """The terms with tokens, divided by their power of tokens; of a gate the whole resource."""
        return self._part(self.token_power)

    @cached_property
    def fixed(self) -> Posynomial:
        """The terms without tokens where others hold them; zero if there are none."""
        return self._part(0) if self.token_power == 1 else Posynomial(())

    @property
    def is_no_choice(self) -> bool:
        """Whether it can't be moved: no token gets more experts than there are."""
        return self.unit == "ratio" and self.shown_sense == ">=" and self.bound == 1

    def _part(self, power: int) -> Posynomial:
        """The terms with this power of tokens, divided by it."""
        return Posynomial.from_terms(
            {
                tuple(pair for pair in key if pair[0] != TOKENS): coefficient
                for key, coefficient in self.resource.terms
                if dict(key).get(TOKENS, 0) == power
            }
        )

    def token_limit(self, sizes: Mapping[str, int], dearer: Exact = 1) -> Exact:
        """The number of tokens at which a cap or a floor holds with equality [token], exact.

        It is not positive if the fixed part alone takes all of the bound.

        Args:
            sizes: the design's sizes by name.
            dearer: factor by which a token takes more than the resource says [unitless], such as
                4/3 for recomputed activations.
        """
        above, below = self.per_token.ratio(sizes)
        above, below = above * dearer.numerator, below * dearer.denominator
        left = self.bound - self.fixed.value(sizes) if self.fixed.terms else self.bound
        if self.token_power == 1:
            return Fraction(left.numerator * below, left.denominator * above)
        return Fraction(above * left.denominator, below * left.numerator)

    def holds(self, sizes: Mapping[str, Exact]) -> bool:
        """Whether the limit is satisfied, exactly.

        Args:
            sizes: the design's sizes by name; tokens among them if the resource holds tokens.
        """
        above, below = self.resource.ratio(sizes)
        spare = self.bound.numerator * below - above * self.bound.denominator
        return self.sign * spare >= 0

    def shown(self, amount: Exact | float) -> Exact | float:
        """The quantity that reports show, for an amount of the resource."""
        return 1 / amount if self.reciprocal else amount

    @property
    def shown_sense(self) -> str:
        """`<=` or `>=` for the quantity that reports show."""
        return {"<=": ">=", ">=": "<="}[self.sense] if self.reciprocal else self.sense
