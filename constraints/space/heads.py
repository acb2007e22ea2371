"""Which heads go with a hidden size: their number, their width, and how many keys and values.

Unless heads are asked for, they are as wide together as the hidden size, as in 110 of the 121
published dense models. KV heads follow from the heads:

    gqa     the most, up to 8, that divide the heads
    mha     as many as heads
    mqa     one

or are those of a range that divide the heads. No law sees attention, so left alone a search would
take whatever is cheapest, such as one KV head for 29 heads. In the conventional space, heads share
a KV head in groups no larger than published models' (90 % quantile), unless sizes are listed one by
one; heads asked for by a range are together no narrower or wider than any published model's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal, NamedTuple

from constraints.algebra.units import Range
from constraints.errors import InputError
from constraints.published.published_ranges import observed_heads
from constraints.space.ranges import axis_of

__all__ = ["MOST_KV_HEADS", "Choice", "Heads", "KvRule", "most_kv_heads"]

KvRule = Literal["gqa", "mha", "mqa"]
"""How KV heads follow from heads."""
MOST_KV_HEADS = 8
"""The most KV heads that gqa takes [head]: those of Llama 3 (arXiv 2407.21783, table 3)."""
MOST_HEADS = 1024
"""The most heads of a range without an upper end [head]."""
MOST_WRITTEN = 8
"""Most values that an error lists."""
HEAD_DIM = 128
"""Width of a head if none is asked [unitless]: that of Llama 3, and the most common one."""


class Choice(NamedTuple):
    """Heads [head], KV heads [head] and the width of a head [unitless]."""

    heads: int
    kv_heads: int
    head_dim: int


def most_kv_heads(heads: int) -> int:
    """The most KV heads, up to 8, that divide the heads [head]."""
    return max(k for k in range(1, MOST_KV_HEADS + 1) if heads % k == 0)


@dataclass(frozen=True)
class Heads:
    """What may go with a hidden size.

    Attributes:
        ranges: the user's ranges by name of the size.
        rules: how KV heads follow from heads where no range of them is asked.
        conventional: whether to keep to what published models have.
    """

    ranges: Mapping[str, Range]
    rules: Sequence[KvRule] = ("gqa",)
    conventional: bool = True

    def __post_init__(self) -> None:
        """Check that KV heads are asked for where they are free, and divide some heads."""
        if self._kv_asked is not None and "gqa" not in self.rules:
            kinds = ",".join(self.rules)
            rule = f"must not be given with {{attention}} {kinds}, where they follow from the heads"
            raise InputError("num_key_value_heads", rule, _written(self._kv_asked))
        heads = self._heads_asked
        if heads is not None and not any(True for each in heads for _ in self._kv_heads(each)):
            rule = f"must hold a divisor of {{num_attention_heads}} = {_written(heads)}"
            raise InputError("num_key_value_heads", rule, _written(self._kv_asked or ()))

    @cached_property
    def widths(self) -> Sequence[int]:
        """Widths of a head [unitless]."""
        wanted = self.ranges.get("head_dim")
        return axis_of("head_dim", wanted, Range.single(HEAD_DIM)).values

    @cached_property
    def _kv_asked(self) -> Sequence[int] | None:
        wanted = self.ranges.get("num_key_value_heads")
        if wanted is None:
            return None
        return axis_of("num_key_value_heads", wanted, Range.single(MOST_KV_HEADS)).values

    @cached_property
    def _heads_asked(self) -> Sequence[int] | None:
        wanted = self.ranges.get("num_attention_heads")
        if wanted is None:
            return None
        return axis_of("num_attention_heads", wanted, Range(1, MOST_HEADS)).values

    @property
    def asked(self) -> bool:
        """Whether a number of heads is asked for."""
        return "num_attention_heads" in self.ranges

    def choices(self, hidden_size: int) -> Iterator[Choice]:
        """The heads that go with a hidden size.

        Args:
            hidden_size: width of the residual stream [unitless].
        """
        for width in self.widths:
            for heads in self._heads(hidden_size, width):
                for kv_heads in sorted(set(self._kv_heads(heads))):
                    if self._usual(hidden_size, heads, kv_heads):
                        yield Choice(heads, kv_heads, width)

    def _heads(self, hidden_size: int, width: int) -> Iterator[int]:
        if self._heads_asked is None:
            if hidden_size % width == 0:
                yield hidden_size // width
            return
        span = observed_heads("attention_ratio")
        assert span.low is not None
        assert span.high is not None
        free = self.ranges["num_attention_heads"].values is not None or not self.conventional
        for heads in self._heads_asked:
            if free or span.low <= Fraction(heads * width, hidden_size) <= span.high:
                yield heads

    def _kv_heads(self, heads: int) -> Iterator[int]:
        asked = self._kv_asked
        if asked is not None:
            yield from (kv_heads for kv_heads in asked if heads % kv_heads == 0)
        elif "gqa" in self.rules:
            yield most_kv_heads(heads)
        if "mha" in self.rules:
            yield heads
        if "mqa" in self.rules:
            yield 1

    def _usual(self, hidden_size: int, heads: int, kv_heads: int) -> bool:
        """Whether heads share KV heads as in published models; a number asked for always may."""
        named = self.ranges.get("num_attention_heads" if self.asked else "hidden_size")
        listed = named is not None and named.values is not None
        asked = self._kv_asked
        free = not self.conventional or listed or (asked is not None and len(asked) == 1)
        if free or (kv_heads == 1 and "mqa" in self.rules):
            return True
        most = observed_heads("queries_per_kv").high
        return most is not None and heads <= most * kv_heads


def _written(values: Sequence[int]) -> str:
    """The values of an axis, or its ends if there are many."""
    if len(values) <= MOST_WRITTEN:
        return ",".join(map(str, values))
    return f"{values[0]}:{values[-1]}"
