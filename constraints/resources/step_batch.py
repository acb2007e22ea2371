"""How many tokens an optimizer step takes, by laws of batches that were fitted to training runs.

A larger batch lets more parts work at once; beyond a point it wastes tokens. DeepSeek LLM found the
best batch of dense models to grow with training compute C [FLOP],

    batch = 0.2920 · C^0.3271 tokens        (Bi et al. 2024, arXiv 2401.02954 §3.1)

from runs of 1e17 to 2e19 FLOP, and trained its 67B on 18.9 M tokens a step, where this gives 19 M.
For mixtures of experts Ling found 0.0694 · C^0.3644 (Tian et al. 2025, arXiv 2507.17702).
"""

from __future__ import annotations

import math

from constraints.algebra.posynomial import Exact, log_exact
from constraints.errors import InputError

__all__ = ["batch_on_cluster", "law_batch"]

DENSE = (0.2920, 0.3271)
"""Factor [token] and exponent of DeepSeek LLM's law, for compute in FLOP."""
EXPERTS = (0.0694, 0.3644)
"""Factor [token] and exponent of Ling's law for mixtures of experts."""


def law_batch(training_flops: Exact, *, experts: bool = False) -> float:
    """Tokens of a step that suit a training run [token].

    Args:
        training_flops: of the run [FLOP].
        experts: whether its model is a mixture of experts.
    """
    factor, exponent = EXPERTS if experts else DENSE
    return factor * math.exp(exponent * log_exact(training_flops))


def batch_on_cluster(tokens: float, gpus: int, seq_len: int) -> int:
    """The number of tokens nearest to a batch that a cluster can share out evenly [token].

    That is a power of two times as many sequences as there are parts, so that every layout of the
    cluster gives each replica as many.

    Args:
        tokens: the batch [token].
        gpus: parts of the cluster [part].
        seq_len: length of sequences [token].

    Raises:
        InputError: if there is no part.
    """
    if gpus < 1:
        raise InputError("gpus", "must be ≥ 1", gpus)
    doublings = round(math.log2(max(tokens / seq_len, 1.0) / gpus))
    halvings = min(max(-doublings, 0), (gpus & -gpus).bit_length() - 1)
    return (gpus >> halvings) * (1 << max(doublings, 0)) * seq_len
