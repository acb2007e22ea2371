"""Posynomials: sums of positive monomials, the one form in which every resource is written.

A posynomial is `Σᵢ cᵢ · Πⱼ vⱼ^eᵢⱼ` with coefficients cᵢ > 0, variables vⱼ and exponents eᵢⱼ. The
same object gives a report the exact value (integers stay integers), a box of designs its least and
greatest value, and a solver its log-log convex form: the logarithm of a posynomial is convex in the
logarithms of its variables (Boyd et al. 2007, "A tutorial on geometric programming", §2).
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Self, TypeAlias

from constraints.errors import InputError

__all__ = ["Exact", "Exponents", "Posynomial", "constant", "log_exact", "variable"]

Exact: TypeAlias = int | Fraction
"""A number without rounding."""

Exponents: TypeAlias = tuple[tuple[str, int], ...]
"""Pairs of a variable and its exponent, sorted by name, without exponents of zero."""


@dataclass(frozen=True)
class Posynomial:
    """A sum of monomials with positive exact coefficients.

    Attributes:
        terms: exponents and coefficient of each monomial; no two have the same exponents. An empty
            sum is zero.
    """

    terms: tuple[tuple[Exponents, Exact], ...]

    def __post_init__(self) -> None:
        """Check that all coefficients are positive."""
        for _, coefficient in self.terms:
            if coefficient <= 0:
                raise InputError("Posynomial coefficient", "must be > 0", coefficient)

    def __hash__(self) -> int:
        """The hash of the terms, computed once: caches ask for it again and again."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self.terms)

    def __getstate__(self) -> dict[str, object]:
        """What is written to another process, where texts have other hashes."""
        return {"terms": self.terms}

    @classmethod
    def from_terms(cls, terms: Mapping[Exponents, Exact]) -> Self:
        """The posynomial of some monomials, without those whose coefficient is zero."""
        return cls(tuple(sorted((key, value) for key, value in terms.items() if value != 0)))

    @property
    def variables(self) -> frozenset[str]:
        """Names of the variables that occur."""
        return frozenset(name for key, _ in self.terms for name, _ in key)

    @property
    def is_monomial(self) -> bool:
        """Whether there is a single term, so that the logarithm is affine."""
        return len(self.terms) == 1

    def is_monomial_beside(self, known: Container[str]) -> bool:
        """Whether a single term is left once some variables are numbers.

        Args:
            known: names of these variables.
        """
        left = {tuple(pair for pair in key if pair[0] not in known) for key, _ in self.terms}
        return len(left) == 1

    def __add__(self, other: Posynomial | int) -> Posynomial:
        """The sum. `0 + p` works too, so that `sum()` does."""
        total = dict(self.terms)
        for key, coefficient in _lift(other).terms:
            total[key] = total.get(key, 0) + coefficient
        return Posynomial.from_terms(total)

    __radd__ = __add__

    def __mul__(self, other: Posynomial | Exact) -> Posynomial:
        """The product, term by term."""
        total: dict[Exponents, Exact] = {}
        for left, a in self.terms:
            for right, b in _lift(other).terms:
                key = _join(left, right)
                total[key] = total.get(key, 0) + a * b
        return Posynomial.from_terms(total)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Posynomial:
        """An integer power. A negative one needs a single term."""
        if exponent >= 0:
            power = constant(1)
            for _ in range(exponent):
                power = power * self
            return power
        if not self.is_monomial:
            raise InputError("Posynomial power", "must be ≥ 0 for more than one term", exponent)
        ((key, coefficient),) = self.terms
        inverse = tuple((name, power * exponent) for name, power in key)
        return Posynomial(((inverse, Fraction(coefficient) ** exponent),))

    def __truediv__(self, other: Posynomial) -> Posynomial:
        """The quotient by a single term."""
        return self * other**-1

    def value(self, at: Mapping[str, Exact]) -> Exact:
        """The exact value [unit of the posynomial].

        Args:
            at: exact values of the variables by name.
        """
        above, below = self.ratio(at)
        if below == 1:
            return above
        total = Fraction(above, below)
        return total.numerator if total.denominator == 1 else total

    def ratio(self, at: Mapping[str, Exact]) -> tuple[int, int]:
        """The exact value as a numerator and a denominator > 0 that may share factors.

        This is faster than `value`, as fractions are kept in lowest terms.

        Args:
            at: exact values of the variables by name, none of them 0.
        """
        whole, rest, common = 0, 0, 1
        for above, below, times, over in self._parts:
            for name in times:
                value = at[name]
                if type(value) is int:
                    above *= value
                else:
                    above, below = above * value.numerator, below * value.denominator
            for name in over:
                value = at[name]
                above, below = above * value.denominator, below * value.numerator
            if below == 1:
                whole += above
            elif below == common:
                rest += above
            else:
                rest, common = rest * below + above * common, common * below
        return whole * common + rest, common

    @cached_property
    def _parts(self) -> tuple[tuple[int, int, tuple[str, ...], tuple[str, ...]], ...]:
        """Numerator and denominator of each coefficient, and the variables times and over it.

        A variable is there as often as its power says.
        """
        return tuple(
            (
                c.numerator,
                c.denominator,
                tuple(name for name, power in key for _ in range(power)),
                tuple(name for name, power in key for _ in range(-power)),
            )
            for key, c in self.terms
        )

    def substitute(self, name: str, replacement: Posynomial) -> Posynomial:
        """The posynomial with one variable replaced.

        Args:
            name: name of the variable.
            replacement: posynomial in its place; a single term if the variable occurs with a
                negative exponent.
        """
        total = Posynomial(())
        for key, coefficient in self.terms:
            rest = tuple(pair for pair in key if pair[0] != name)
            power = dict(key).get(name, 0)
            total = total + Posynomial(((rest, coefficient),)) * replacement**power
        return total

    def fixed(self, values: Mapping[str, int]) -> Posynomial:
        """The posynomial with some variables set to numbers, exactly."""
        total: dict[Exponents, Exact] = {}
        for key, coefficient in self.terms:
            rest = tuple(pair for pair in key if pair[0] not in values)
            known = tuple(pair for pair in key if pair[0] in values)
            number = Posynomial(((known, coefficient),)).value(values)
            total[rest] = total.get(rest, 0) + number
        return Posynomial.from_terms(total)

    def exponents(self, order: Sequence[str]) -> tuple[tuple[int, ...], ...]:
        """Exponents of the M terms in D variables, as M rows of D.

        Args:
            order: names of the D variables, in the order of the columns.

        Raises:
            InputError: if a variable of the posynomial is not in `order`.
        """
        strange = self.variables - set(order)
        if strange:
            raise InputError("Posynomial variables", f"must be among {list(order)}", strange)
        return tuple(tuple(dict(key).get(name, 0) for name in order) for key, _ in self.terms)

    def coefficients(self) -> tuple[float, ...]:
        """Coefficients of the M terms as floats [M]."""
        return tuple(float(coefficient) for _, coefficient in self.terms)


def variable(name: str) -> Posynomial:
    """The posynomial that consists of one variable."""
    return Posynomial(((((name, 1),), 1),))


def constant(value: Exact) -> Posynomial:
    """The posynomial that is a number; zero is the empty sum."""
    return Posynomial.from_terms({(): value})


def log_exact(value: Exact) -> float:
    """Natural logarithm of a positive exact number, however large or small."""
    fraction = Fraction(value)
    return math.log(fraction.numerator) - math.log(fraction.denominator)


def _lift(value: Posynomial | Exact) -> Posynomial:
    return value if isinstance(value, Posynomial) else constant(value)


def _join(left: Exponents, right: Exponents) -> Exponents:
    powers = dict(left)
    for name, exponent in right:
        powers[name] = powers.get(name, 0) + exponent
    return tuple(sorted((name, power) for name, power in powers.items() if power != 0))
