"""Which degrees of parallelism may divide some model of a box.

A layout can't hold a model whose layers its pipeline doesn't divide, so a narrow box of models has
few layouts. The exact rule, for one model, is `constraints.layouts.layout.Degrees`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from constraints.algebra.log_form import NDBool
from constraints.layouts.layout import SizeArray

__all__ = ["ByDegree", "Divisors"]

ByDegree: TypeAlias = tuple[NDBool, ...]
"""What holds of distinct degrees in each box, by tensor, pipeline and expert parallelism."""


class Divisors:
    """The degrees of L layouts, each degree looked at once."""

    def __init__(self, degrees: SizeArray) -> None:
        """Sort the degrees out.

        Args:
            degrees: tensor, pipeline and expert parallelism of L layouts [L, 3].
        """
        self._distinct = [np.unique(column, return_inverse=True) for column in degrees.T]

    def possible(self, low: Mapping[str, SizeArray], high: Mapping[str, SizeArray]) -> ByDegree:
        """Which distinct degrees may divide some model of each box: [T, n], [P, n] and [E, n].

        Args:
            low: the least sizes of n boxes by name, attention heads included; each is an array [n].
            high: the greatest sizes likewise.
        """
        tensor, pipeline, expert = (values for values, _ in self._distinct)
        kv_heads = (low["num_key_value_heads"], high["num_key_value_heads"])
        by_tensor = (
            _has_multiple(tensor, low["num_attention_heads"], high["num_attention_heads"])
            & _has_multiple(tensor, low["intermediate_size"], high["intermediate_size"])
            & (_has_multiple(tensor, *kv_heads) | _has_divisor(tensor, *kv_heads))
        )
        layers = (low["num_hidden_layers"], high["num_hidden_layers"])
        experts = (low.get("num_experts", ZERO), high.get("num_experts", ZERO))
        by_expert = _has_multiple(expert, *experts)
        return by_tensor, _has_multiple(pipeline, *layers), by_expert

    def of_layouts(self, which: SizeArray, by_degree: ByDegree) -> NDBool:
        """Which of some layouts may hold a model of each box [l, n].

        Args:
            which: numbers of the layouts [l].
            by_degree: as `possible` gives it.
        """
        (t, p, e) = (inverse[which] for _, inverse in self._distinct)
        by_tensor, by_pipeline, by_expert = by_degree
        found: NDBool = by_tensor[t] & by_pipeline[p] & by_expert[e]
        return found


ZERO = np.zeros(1, dtype=np.int64)
"""Experts of a dense model [expert]: any degree divides them, though only 1 is tried."""


def _has_multiple(degrees: SizeArray, low: SizeArray, high: SizeArray) -> NDBool:
    """Whether a multiple of each degree lies in each stretch of whole numbers [D, n]."""
    degree = degrees[:, None]
    found: NDBool = np.greater_equal(high // degree * degree, low)
    return found


def _has_divisor(degrees: SizeArray, low: SizeArray, high: SizeArray) -> NDBool:
    """Whether a divisor of each degree lies in each stretch of whole numbers [D, n]."""
    found = np.zeros((len(degrees), len(low)), dtype=bool)
    for row, degree in zip(found, degrees.tolist(), strict=True):
        for divisor in (n for n in range(1, degree + 1) if degree % n == 0):
            row |= (divisor >= low) & (divisor <= high)
    return found
