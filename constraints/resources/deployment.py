"""Serving a model: its memory and speed on given accelerators, as posynomials in its sizes.

Sources: weights, KV cache and roofline are those of the inference arithmetic of kipply 2022 and
Pope et al. 2022 (arXiv 2211.05102). Efficiencies were measured by gpt-fast on an A100 80GB. By its
README, decoding reaches 0.69-0.74 of the nominal bandwidth in bf16, 0.51-0.65 in int8 and 0.41-0.53
in int4; on eight GPUs each reaches 704 GB/s, against 1,397 GB/s on one alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from constraints.algebra.limit import Limit
from constraints.algebra.posynomial import Exact, Posynomial
from constraints.algebra.units import BYTES_16_BIT
from constraints.errors import InputError
from constraints.hardware.accelerators import Accelerator
from constraints.models.activated_experts import ACTIVATED
from constraints.models.architecture import Style
from constraints.models.counting import (
    cache_numbers,
    matrices,
    mixing,
    outer_parameters,
    vectors,
)
from constraints.models.variables import HIDDEN, ROUTED, VOCAB

__all__ = ["WEIGHTS", "Deployment", "WeightFormat"]

WeightFormat = Literal["bf16", "fp8", "int8", "int4"]
"""Number format of the weights in the layers' matrices."""

GIB = 2**30
"""Bytes of a GiB [byte]."""
RESERVED = 2 * GIB
"""Memory of each part for the runtime and activations [byte]; measured ones take 1-2 GiB."""
INT4_GROUP = 128
"""Weights that share a 16-bit scale and a 16-bit zero in int4 (GPTQ, AWQ)."""
PREFILL_SHARE = Fraction(1, 2)
"""Share of peak FLOP/s that prefill reaches [unitless]: assumed, as no measurement is at hand."""


@dataclass(frozen=True)
class _Format:
    """A number format of weights.

    Attributes:
        bytes_per_weight: bytes of a weight in the layers' matrices [byte].
        bandwidth_share: share of the nominal memory bandwidth that decoding reaches [unitless].
    """

    bytes_per_weight: Fraction
    bandwidth_share: Fraction


WEIGHTS: dict[WeightFormat, _Format] = {
    "bf16": _Format(Fraction(2), Fraction(70, 100)),
    "fp8": _Format(Fraction(1), Fraction(55, 100)),
    "int8": _Format(Fraction(1), Fraction(55, 100)),
    "int4": _Format(Fraction(1, 2) + Fraction(4, INT4_GROUP), Fraction(45, 100)),
}
"""The number formats of weights by name."""


@dataclass(frozen=True)
class Deployment:
    """Where and how the model is to be served.

    Attributes:
        accelerator: type of the accelerators, whose memory must be known.
        count: accelerators that hold one replica [part].
        weights: number format of the layers' matrices; all else is held in 16-bit numbers.
        context: length of a stream, prompt and answer together [token].
        batch: streams that are served at once [stream].
        rate: speed at which each stream must be decoded [token/s]; None if it does not matter.
        first_token: longest time until the first token [s]; None if it does not matter.
    """

    accelerator: Accelerator
    count: int = 1
    weights: WeightFormat = "bf16"
    context: int = 8192
    batch: int = 1
    rate: Exact | None = None
    first_token: Exact | None = None

    def __post_init__(self) -> None:
        """Check that counts are positive, the format known and the memory known and sufficient."""
        for name in ("count", "context", "batch", "rate", "first_token"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise InputError(f"serve_{name}", "must be > 0", float(value))
        if self.weights not in WEIGHTS:
            raise InputError("serve_weights", f"must be one of {', '.join(WEIGHTS)}", self.weights)
        if self.accelerator.memory_bytes is None:
            name = self.accelerator.name
            raise InputError("serve_on", "must be a part whose memory is known", name)
        if self.usable_memory <= 0:
            raise InputError("serve_on", "must have more than 2 GiB", self.accelerator.name)

    @property
    def usable_memory(self) -> int:
        """Memory for weights and KV cache on all parts of a replica together [byte]."""
        return self.count * ((self.accelerator.memory_bytes or 0) - RESERVED)

    def memory(self, style: Style) -> Posynomial:
        """Weights, and the KV cache of all streams at full context [byte]."""
        rest = vectors(style) + outer_parameters(style)
        return self._size * matrices(style) + BYTES_16_BIT * rest + self._cache(style)

    def seconds_per_token(self, style: Style) -> Posynomial:
        """Time of one decoding step, in which every stream gets one token [s].

        It is the time to read what the step needs: the weights without the input embedding, and the
        KV cache at full context. Only those routed experts are read that the streams activate.
        """
        read = self._size * matrices(style, self._activated(style)) + BYTES_16_BIT * VOCAB * HIDDEN
        return (read + self._cache(style)) * (1 / self._bandwidth)

    def seconds_to_first_token(self, style: Style) -> Posynomial:
        """Time to compute a prompt of full context, with the head applied once [s]."""
        layers = 2 * self.context * matrices(style, ROUTED)
        attention = 2 * self.context * mixing(style, self.context)
        peak = Fraction(self.accelerator.peak_flops) * self.count * PREFILL_SHARE
        return (layers + attention + 2 * VOCAB * HIDDEN) * (1 / peak)

    def limits(self, style: Style) -> tuple[Limit, ...]:
        """The limits that a model must satisfy to be served so, in the sizes of an architecture."""
        limits = [Limit("serving_memory", self.memory(style), "<=", self.usable_memory, "byte")]
        if self.rate is not None:
            step = self.seconds_per_token(style)
            limits.append(
                Limit("decode_rate", step, "<=", 1 / Fraction(self.rate), "token/s", True)
            )
        if self.first_token is not None:
            first = self.seconds_to_first_token(style)
            limits.append(Limit("first_token", first, "<=", self.first_token, "s"))
        return tuple(limits)

    @property
    def _bandwidth(self) -> Fraction:
        """Memory bandwidth that decoding reaches on all parts of a replica together [byte/s]."""
        nominal = self.accelerator.mem_bandwidth_gb_s
        if nominal is None:
            name = self.accelerator.name
            raise InputError("serve_on", "must be a part whose memory bandwidth is known", name)
        # Tensor parallelism costs bandwidth. Each part keeps count^(-1/3) of it, half on 8 parts.
        joined = Fraction(self.count ** (2 / 3)).limit_denominator(1000)
        return Fraction(nominal) * 10**9 * WEIGHTS[self.weights].bandwidth_share * joined

    @property
    def _size(self) -> Fraction:
        """Bytes of a weight in the layers' matrices [byte]."""
        return WEIGHTS[self.weights].bytes_per_weight

    def _activated(self, style: Style) -> Posynomial:
        """Routed experts of a layer that a decoding step reads [expert]."""
        return ROUTED if style.experts is None or self.batch == 1 else ACTIVATED

    def _cache(self, style: Style) -> Posynomial:
        """KV cache and states of all streams at full context, in 16-bit numbers [byte]."""
        return BYTES_16_BIT * self.batch * cache_numbers(style, self.context)
