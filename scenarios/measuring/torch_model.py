"""A decoder of a few layers in PyTorch, as labs train it: the model whose steps are timed.

RMS norms, grouped-query attention by PyTorch's own fused kernel, gated FFNs or experts. Experts get
tokens in even shares and are multiplied as one grouped product where PyTorch has one. It is made to
be timed, not to learn: its tokens are random.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from scenarios.measuring.shapes import Shape

__all__ = ["Decoder"]

GROUPING = (9, 10)
"""Compute capabilities of parts for which PyTorch has a kernel for products of groups."""


class _Attention(nn.Module):
    """Causal attention with rotary positions; keys and values are shared by groups of heads."""

    def __init__(self, shape: Shape) -> None:
        """Weights of a shape."""
        super().__init__()
        self.shape = shape
        queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
        self.qkv = nn.Linear(shape.hidden, queries + 2 * keys, bias=False)
        self.out = nn.Linear(queries, shape.hidden, bias=False)

    def forward(self, x: Tensor, rotation: Tensor) -> Tensor:
        """Numbers of the residual stream [batch, length, hidden] after it."""
        batch, length, _ = x.shape
        each = self.qkv(x).view(batch, length, -1, self.shape.head_dim).transpose(1, 2)
        q, k, v = each.split([self.shape.heads, self.shape.kv_heads, self.shape.kv_heads], dim=1)
        q, k = _rotated(q, rotation), _rotated(k, rotation)
        grouped = self.shape.heads != self.shape.kv_heads
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=grouped)
        return self.out(mixed.transpose(1, 2).reshape(batch, length, -1))


class _Ffn(nn.Module):
    """A gated FFN."""

    def __init__(self, shape: Shape) -> None:
        """Weights of a shape."""
        super().__init__()
        self.up = nn.Linear(shape.hidden, 2 * shape.ffn, bias=False)
        self.down = nn.Linear(shape.ffn, shape.hidden, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Numbers of the residual stream [batch, length, hidden] after it."""
        gate, up = self.up(x).chunk(2, dim=-1)
        return self.down(functional.silu(gate) * up)


class _Experts(nn.Module):
    """A router and gated experts, each with the same number of tokens."""

    def __init__(self, shape: Shape) -> None:
        """Weights of a shape."""
        super().__init__()
        self.shape = shape
        self.router = nn.Linear(shape.hidden, shape.experts, bias=False)
        self.up = nn.Parameter(torch.empty(shape.experts, shape.hidden, 2 * shape.ffn))
        self.down = nn.Parameter(torch.empty(shape.experts, shape.ffn, shape.hidden))
        for weight in (self.up, self.down):
            nn.init.normal_(weight, std=0.02)
        self.together = False
        self.register_buffer("order", None, persistent=False)
        self.register_buffer("ends", None, persistent=False)

    def spread(self, tokens: int) -> None:
        """Settle which expert gets which tokens: even shares, in a random order."""
        device = self.up.device
        copies = tokens * self.shape.per_token
        self.together = _multiplies_groups(device)
        self.order = torch.randperm(copies, device=device)
        share = copies // self.shape.experts
        ends = torch.arange(1, self.shape.experts + 1, device=device, dtype=torch.int32)
        self.ends = ends * share

    def forward(self, x: Tensor) -> Tensor:
        """Numbers of the residual stream [batch, length, hidden] after it."""
        batch, length, hidden = x.shape
        flat, k = x.reshape(-1, hidden), self.shape.per_token
        weights = self.router(flat).softmax(dim=-1).topk(k, dim=-1).values
        copies = flat[self.order // k]
        gate, up = self._grouped(copies, self.up).chunk(2, dim=-1)
        out = self._grouped(functional.silu(gate) * up, self.down)
        out = out * weights.reshape(-1)[self.order].unsqueeze(-1)
        mixed = torch.zeros_like(flat).index_add(0, self.order // k, out)
        return mixed.view(batch, length, hidden)

    def _grouped(self, x: Tensor, weights: Tensor) -> Tensor:
        """Each expert's tokens times its matrix, as one product where the device has it."""
        if self.together:
            return torch._grouped_mm(x, weights, offs=self.ends)
        share = x.shape[0] // weights.shape[0]
        return torch.bmm(x.view(-1, share, x.shape[1]), weights).flatten(0, 1)


class _Layer(nn.Module):
    """Attention and FFN with their norms."""

    def __init__(self, shape: Shape) -> None:
        """Weights of a shape."""
        super().__init__()
        self.before, self.between = nn.RMSNorm(shape.hidden), nn.RMSNorm(shape.hidden)
        self.attention = _Attention(shape)
        self.ffn = _Experts(shape) if shape.experts else _Ffn(shape)

    def forward(self, x: Tensor, rotation: Tensor) -> Tensor:
        """Numbers of the residual stream [batch, length, hidden] after it."""
        x = x + self.attention(self.before(x), rotation)
        return x + self.ffn(self.between(x))


class Decoder(nn.Module):
    """The whole model: embedding, layers, head and loss."""

    def __init__(self, shape: Shape) -> None:
        """Weights of a shape."""
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocab, shape.hidden)
        self.layers = nn.ModuleList(_Layer(shape) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.hidden)
        self.head = nn.Linear(shape.hidden, shape.vocab, bias=False)
        self.register_buffer("rotation", None, persistent=False)

    def prepare(self, *, compiled: bool) -> None:
        """Settle what does not change between steps, and compile the layers if asked.

        Args:
            compiled: whether layers are compiled.
        """
        shape, device = self.shape, self.head.weight.device
        angles = torch.arange(shape.seq_len, device=device)[:, None] / 10_000 ** torch.linspace(
            0, 1, shape.head_dim // 2, device=device
        )
        self.rotation = torch.stack([angles.cos(), angles.sin()]).to(self.head.weight.dtype)
        for module in self.modules():
            if isinstance(module, _Experts):
                module.spread(shape.micro_batch * shape.seq_len)
        if compiled:
            for layer in self.layers:
                layer.compile(dynamic=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """The loss on the tokens [batch, length]."""
        x = self.embedding(tokens)
        for layer in self.layers:
            if self.shape.recompute == "full":
                x = checkpoint(layer, x, self.rotation, use_reentrant=False)
            else:
                x = layer(x, self.rotation)
        logits = self.head(self.norm(x))
        return functional.cross_entropy(logits.flatten(0, 1), tokens.flatten())


def _rotated(x: Tensor, rotation: Tensor) -> Tensor:
    """Queries or keys turned by their positions."""
    cos, sin = rotation
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


def _multiplies_groups(device: torch.device) -> bool:
    """Whether PyTorch has one kernel for products of groups on a device.

    It is for Hopper and Blackwell. On others some versions refuse, and some multiply one group
    after another, with the device waiting for the host.
    """
    if device.type != "cuda" or torch.cuda.get_device_capability(device)[0] not in GROUPING:
        return False
    weights = torch.zeros(1, 16, 16, device=device, dtype=torch.bfloat16)
    ends = torch.full((1,), 16, device=device, dtype=torch.int32)
    try:
        torch._grouped_mm(weights[0], weights, offs=ends)
    except (AttributeError, RuntimeError):
        return False
    return True
