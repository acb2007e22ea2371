"""What a layout spends on communication and pipeline bubbles, to choose among those that fit.

Tensor parallelism with sequence parallelism gathers and scatters activations twice in each layer
and pass (Korthikanti 2022, arXiv 2205.05198, §4.2.2). Context parallelism passes keys and values
around. Pipeline stages pass activations on. Replicas reduce gradients and gather weights. Experts
are sent tokens and send them back (GShard, arXiv 2006.16668, §3). These times serve only to put
layouts in order; no reported time or cost rests on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from constraints.algebra.units import BYTES_16_BIT
from constraints.hardware.accelerators import Accelerator
from constraints.layouts.layout import Layout

__all__ = ["Traffic"]

SCALE_OUT = 50e9
"""Bandwidth of each part between scale-up domains [byte/s]: 400 Gbit/s, as in a DGX H100."""
WORKING_MFU = 0.4
"""MFU assumed when the time of computation is set against that of communication [unitless]."""


@dataclass(frozen=True)
class Traffic:
    """The communication that training one model on a cluster takes, by layout.

    Attributes:
        accelerator: type of the cluster's accelerators.
        sizes: the model's sizes by name.
        unrouted: parameters of all layers outside routed experts [parameter].
        routed: parameters of all layers' routed experts [parameter].
        seq_len: length of training sequences [token].
        batch: tokens of an optimizer step [token].
    """

    accelerator: Accelerator
    sizes: Mapping[str, int]
    unrouted: float
    routed: float
    seq_len: int
    batch: int

    def seconds(self, layout: Layout) -> float:
        """Time that communication and pipeline bubbles take for each trained token [s/token]."""
        t, p, c = layout.tensor, layout.pipeline, layout.context
        h, kv = (
            self.sizes["hidden_size"],
            self.sizes["num_key_value_heads"] * self.sizes["head_dim"],
        )
        stage = self.sizes["num_hidden_layers"] / p
        tensor = 8 * BYTES_16_BIT * h * (t - 1) / t * stage / self._linked
        ring = 6 * BYTES_16_BIT * kv / t * (c - 1) / c * stage / SCALE_OUT
        pipes = 2 * BYTES_16_BIT * h / t * (p > 1) / SCALE_OUT
        replica = tensor + ring + pipes + self._replicas(layout)
        return replica / (layout.data * c) + self._dispatch(layout) / layout.gpus

    def _replicas(self, layout: Layout) -> float:
        """Time of a replica for gradients, weights and bubbles [s per token of the replica].

        Reducing gradients and gathering weights count only where computation does not hide them.
        """
        t, p = layout.tensor, layout.pipeline
        passes = max(self.batch // (layout.data * self.seq_len * layout.micro_batch), 1)
        # bytes of fp32 gradients and 16-bit weights
        held = 6 * (self.unrouted / t + self.routed / layout.expert) / p
        met = self.sizes.get("num_experts_per_tok", 1) / self.sizes.get("num_experts", 1)
        flops = 6 * (self.unrouted + self.routed * met) / (t * p)
        work = flops / (self.accelerator.peak_flops * WORKING_MFU)
        step = passes * self.seq_len * layout.micro_batch / layout.context
        exposed = max(held * (layout.data > 1) / SCALE_OUT / step - work, 0.0)
        return exposed + work * (p - 1) / passes

    def _dispatch(self, layout: Layout) -> float:
        """Time in which a part sends a token to its experts and back, in both passes [s/token]."""
        if layout.expert == 1:
            return 0.0
        within = layout.expert <= (self.accelerator.scaleup_domain_size or 1)
        copies = 4 * BYTES_16_BIT * self.sizes["hidden_size"] * self.sizes["num_experts_per_tok"]
        sent = copies * (1 - 1 / layout.expert) * self.sizes["num_hidden_layers"]
        return sent / (self._linked if within else SCALE_OUT)

    @property
    def _linked(self) -> float:
        """Bandwidth of each part within its scale-up domain [byte/s]."""
        known = self.accelerator.scaleup_unidir_gb_s
        return SCALE_OUT if known is None else known * 1e9
