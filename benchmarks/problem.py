"""The authors' planner at its defaults, as plain arrays for solvers that know nothing of flopwise.

3.99e23 FLOP by 6·S·T; N in 22,23,30,31,…,94,95; h 2048:16384:1024; d 4096:114688:4096 with d ≥ h;
T 1:19.5 by 0.5 [1e12]; S 10-100 [1e9] by the planner's count (arXiv 2408.09895 and its plan.py).
"""

from __future__ import annotations

import numpy as np

from constraints.algebra.units import Range
from constraints.models.architecture import Style
from constraints.space.dense_space import dense_space
from constraints.space.feasible_region import feasible_region
from constraints.space.region import Region

BUDGET = 376e12 * 1024 * 0.40 * 30 * 86400
LAYERS = tuple(n for n in range(22, 96) if n % 8 in (6, 7))
HIDDEN = tuple(range(2048, 16385, 1024))
FFN = tuple(range(4096, 114689, 4096))
TOKENS = tuple(k / 2 for k in range(2, 40))
AXES = (LAYERS, HIDDEN, FFN, TOKENS)
PENALTY = 100.0
"""Points lost per unit of logarithm outside a limit, to lead solvers that know no limits."""


def penalised_index(n, h, d, tokens):
    """The law's index less a penalty outside the limits; scalars or arrays."""
    size = (h * 128 * 8 * 2 + 2 * h * h + 3 * h * d) * n + 2 * 150_000 * h
    outside = sum(
        np.maximum(0.0, np.log(ratio))
        for ratio in (h / d, 1e10 / size, size / 1e11, 6 * size * tokens * 1e12 / BUDGET)
    )
    ln_u = -(((10 / d + 20 / h) * n) ** 2)
    counted = np.minimum(tokens, size / 1e9)
    raw = (
        13.95018192 * (ln_u + np.log(n))
        + 0.23072027 * (ln_u + np.log(h))
        - 0.48523402 * (ln_u + np.log(d))
        + 5.39801689 * (ln_u + np.log(counted))
        + 9.195410648934768
    )
    return raw - PENALTY * outside


def region(
    layers: tuple[int, ...] = LAYERS,
    hidden: Range = Range(2048, 16384, 1024),  # noqa: B008
    ffn: Range = Range(4096, 114688, 4096),  # noqa: B008
    token_step: int = 5 * 10**11,
    *,
    whole_heads: bool = True,
) -> Region:
    """The same problem for flopwise, or the same limits on a finer lattice."""
    ranges = {
        "num_hidden_layers": Range(layers[0], layers[-1], None, layers),
        "hidden_size": hidden,
        "intermediate_size": ffn,
        "vocab_size": Range.single(150_000),
        "ffn_ratio": Range(1),
    }
    space = dense_space(
        "wide", ranges, style=Style(norm="none"), flop_count="6nd", whole_heads=whole_heads
    )
    return feasible_region(
        space,
        int(BUDGET),
        parameters=Range(10**10, 10**11),
        tokens=Range(10**12, 195 * 10**11),
        token_step=token_step,
    )
