"""Draws of a law where the speed of training is not known, either.

A plan is a shape, which is trained for the time that there is. At f times the speed it sees f times
the tokens. So a draw of law and speed is the law's draw with its tokens multiplied by f, which is a
law of the same form: coefficients of tokens change, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from optimizer.laws.law import Law

__all__ = ["speed_draws"]

GOLDEN = (math.sqrt(5) - 1) / 2
"""Step of the most even sequence of its kind on a circle [unitless]."""
FEWEST = 40
"""Least number of draws: a law without draws of its own is taken this often [draw]."""


def speed_draws(draws: Sequence[Law], slowest: float, fastest: float) -> list[Law]:
    """Draws of a law, each at a speed of its own.

    Speeds lie evenly between both ends in their logarithm. Draws that follow each other are far
    apart in speed, so that speed and coefficients are independent.

    Args:
        draws: of the law; the law alone if it has none.
        slowest: least speed, over the one that the budget is counted for [unitless].
        fastest: greatest speed likewise [unitless].

    Raises:
        InputError: if the law saturates.
    """
    each = [law for law in draws for _ in range(math.ceil(FEWEST / len(draws)))]
    span = math.log(fastest / slowest)
    return [
        law.on_more_tokens(slowest * math.exp(span * ((k + 0.5) * GOLDEN % 1)))
        for k, law in enumerate(each)
    ]
