"""Seconds that a training step takes: features of a model times a layout's coefficients.

For each micro-batch of M tokens a stage of a pipeline computes, in units of the part's own figures,

    matrices         6·M / (best GEMM rate · t) a multiply-add of a token
    their edges      6·M·1024 a number that a product reads or writes (a product of sizes M, K, N
                     takes 1 + a·1024·(1/M + 1/K + 1/N) times as long: Anthony et al. 2024, arXiv
                     2401.14489, on why small matrices are slow)
    attention        6·M / (best GEMM rate · t) a causal multiply-add
    element-wise     2·M / (memory bandwidth) a 16-bit number
    weights          2 / (memory bandwidth) a weight: small micro-batches wait for them
    tensor parallel  8·2·M·(t − 1)/t / (bandwidth in the domain) a number of the hidden size: it is
                     gathered and scattered twice in each layer and pass (Korthikanti et al. 2022,
                     arXiv 2205.05198, §4.2.2)
    experts          4·2·M / bandwidth a number of a copy that travels there and back in both passes
                     (GShard, arXiv 2006.16668, §3), and passes over copies

There are m micro-batches in a step and (p − 1)/v more in time for filling a pipeline of p stages
interleaved v times (Narayanan et al. 2021, arXiv 2104.04473, §2.2). Full recomputation adds a
third. The head and its loss count on the last stage. Once a step replicas reduce gradients and
gather weights: rings use all the network ports of a node, so that the bandwidth of a group is that
of its members there. ZeRO-3 gathers weights with every micro-batch. Everything is added up: the
constants of `constraints.clock.clock` say how much of each is not hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from constraints.clock.clock import Clock
from constraints.clock.time_features import Feature
from constraints.hardware.accelerators import Accelerator
from constraints.hardware.mfu import Precision
from constraints.layouts.layout import RECOMPUTING, Layout
from constraints.layouts.training_memory import Recipe

__all__ = ["Fusion", "Step", "step_terms"]

BYTES = 2
"""Bytes of a number between matrices [byte]."""
TILE = 1024
"""The width at which edges of a matrix are counted [unitless]."""
SCORE_BYTES = 10 / 128
"""Bytes that attention passes over for each of its multiply-adds where it is not fused, with heads
128 wide [byte]: scores in 16 bits, their softmax and its mask (Korthikanti 2022, §4.1)."""
STATE_BYTES = 16
"""Bytes of states that the optimizer reads and writes for a parameter [byte]."""
REDUCED_BYTES = 6
"""Bytes of a parameter that replicas exchange in a step [byte]: fp32 gradients, 16-bit weights."""
NETWORK = 50e9
"""Bandwidth of a part to other domains where none is known [byte/s]: 400 Gbit/s, as in DGX H100."""

Fusion = Literal["compiled", "fused", "eager"]
"""How kernels are put together: compiled layers, fused norms and attention, or PyTorch's own."""


@dataclass(frozen=True)
class Step:
    """How a step is trained, but for the model.

    Attributes:
        part: the accelerator.
        layout: how the run is spread.
        recipe: how model states are sharded.
        batch: sequences of a step [sequence].
        seq_len: length of sequences [token].
        precision: number format of the GEMMs.
        tied: whether input and output embeddings are one table.
        fusion: how kernels are put together.
        attention: `new` kernels; those `before` them on the part; `eager` if not fused.
        layers: number of layers that pipeline stages share somehow [layer]; None if evenly.
    """

    part: Accelerator
    layout: Layout
    recipe: Recipe
    batch: int
    seq_len: int
    precision: Precision = "bf16"
    tied: bool = False
    fusion: Fusion = "compiled"
    attention: Literal["new", "before", "eager"] = "new"
    layers: int | None = None

    @property
    def slowest(self) -> tuple[bool, ...]:
        """Which stages may be the slowest: True for the last one, False for a full one before it.

        The last stage has the head, too; if the stages share layers unevenly, it has fewer layers.
        """
        uneven = self.layers is not None and self.layers % self.layout.pieces > 0
        return (True, False) if uneven and self.layout.shares(self.layers or 1) else (True,)

    @property
    def micro_batches(self) -> float:
        """Micro-batches of a replica in a step."""
        return max(self.batch / (self.layout.data * self.layout.micro_batch), 1.0)

    @property
    def tokens(self) -> int:
        """Tokens of a step [token]."""
        return self.batch * self.seq_len


def step_terms(
    step: Step, *, filling: bool = True, last: bool = True
) -> Mapping[str, Mapping[Feature, float]]:
    """Seconds a step for each unit of each feature, by the constant of `Clock` that scales them.

    Args:
        step: how the step is trained.
        filling: whether to count the time in which a pipeline fills and empties.
        last: whether to time the last pipeline stage, which has the head, or a full one.
    """
    layout, part = step.layout, step.part
    t, p, c, e = layout.tensor, layout.pipeline, layout.context, layout.expert
    rate = part.peak_flops * part.highest_known_mfu
    memory = (part.mem_bandwidth_gb_s or 1000.0) * 1e9
    linked, domain = _linked(part), part.scaleup_domain_size or 1
    network = _network(part)
    tokens = step.seq_len * layout.micro_batch / c
    again = float(RECOMPUTING) if layout.recomputation == "full" else 1.0
    passes = step.micro_batches + ((p - 1) / layout.virtual if filling else 0.0)
    share = step.layout.stretch(step.layers, last=last)
    of_stage = again * share * passes / p
    found: dict[str, dict[Feature, float]] = {name: {} for name in Clock.names()}

    product = 6 * tokens / rate
    gemm = found["gemm_fp8" if step.precision == "fp8" else "gemm"]
    gemm[Feature.MATRICES] = product / t * of_stage
    found["gemm"][Feature.HEAD] = product / t * step.micro_batches if last else 0.0
    found["size"] = {
        Feature.RESIDUAL: product * TILE * of_stage,
        Feature.INNER: product * TILE / t * of_stage,
    }
    found["weights"] = {
        Feature.WEIGHTS: BYTES / t / memory * of_stage,
        Feature.ROUTED: BYTES / e / memory * of_stage,
    }
    if step.attention == "eager":
        passed = 2 * SCORE_BYTES * tokens / t / memory
        found["attention_eager"][Feature.MIXING] = passed * of_stage
    else:
        found["attention"][Feature.MIXING] = product / t * of_stage
    if step.attention == "before":
        found["attention_before"][Feature.MIXING] = product / t * of_stage
    whole = tokens / (t if layout.sequence_parallel else 1)
    found["elements"] = {
        Feature.RESIDUAL: BYTES * whole / memory * of_stage,
        Feature.INNER: BYTES * tokens / t / memory * of_stage,
    }
    if step.fusion == "eager":
        found["elements_eager"][Feature.RESIDUAL] = BYTES * whole / memory * of_stage
    found["layer_seconds"][Feature.LAYERS] = of_stage
    if step.fusion != "compiled":
        found["layer_seconds_eager"][Feature.LAYERS] = of_stage
    logits = BYTES * tokens / t / memory * step.micro_batches
    found["logits"][Feature.LOGITS] = logits if last else 0.0

    gathers = 10 if layout.recomputation == "full" else 8
    # four numbers as wide as the hidden size enter or leave the two halves of a layer
    split = gathers / 4 * BYTES * tokens * (t - 1) / t / linked * share * passes / p
    found["tensor"][Feature.RESIDUAL] = split
    around = linked if t * c <= domain else network
    found["tensor"][Feature.KEYS] = 6 * BYTES * tokens / t * (c - 1) / around * share * passes / p
    sent = 4 * tokens / t * (step.micro_batches + p - 1) * layout.virtual / network
    found["pipeline"][Feature.WIDTH] = sent if p > 1 else 0.0
    _once_a_step(step, found, share, memory, linked, network)

    copied = BYTES * tokens / t * of_stage
    found["copies"][Feature.COPIES] = copied / memory
    inside = min(e, domain)
    near, far = (inside - 1) / e, (e - inside) / e
    found["dispatch"][Feature.COPIES] = 4 * copied * (near / linked + far / network)
    return found


def _once_a_step(
    step: Step,
    found: dict[str, dict[Feature, float]],
    share: float,
    memory: float,
    linked: float,
    network: float,
) -> None:
    """Seconds for gradients, weights and the optimizer."""
    layout = step.layout
    t, p, e = layout.tensor, layout.pipeline, layout.expert
    replicas = layout.data * layout.context
    tables = 1 if step.tied else 2
    shares = {
        Feature.WEIGHTS: share / (t * p),
        Feature.HEAD: tables / (t * p),
        Feature.ROUTED: share / (e * p),
    }
    domain = step.part.scaleup_domain_size or 1
    ring = min(network * max(min(domain / t, layout.data), 1.0), linked)
    bandwidth = linked if layout.data * t <= domain else ring
    exchanged = REDUCED_BYTES * (replicas - 1) / replicas / bandwidth
    if step.recipe == "zero3":
        each = step.micro_batches
        found["sharded"] = {f: own * exchanged * each for f, own in shares.items()}
        copied = 2 * REDUCED_BYTES * each / memory
        found["sharded_copies"] = {f: own * copied for f, own in shares.items()}
    else:
        found["replicas"] = {f: own * exchanged for f, own in shares.items()}
    divided = 1 if step.recipe == "unsharded" else replicas
    updated = STATE_BYTES / divided / memory
    found["optimizer"] = {f: own * updated for f, own in shares.items()}


def _linked(part: Accelerator) -> float:
    """Bandwidth of a part within its scale-up domain [byte/s]."""
    known = part.scaleup_unidir_gb_s
    return NETWORK if known is None else known * 1e9


def _network(part: Accelerator) -> float:
    """Bandwidth of a part to other domains [byte/s]."""
    known = part.scaleout_gb_s
    return NETWORK if known is None else known * 1e9
