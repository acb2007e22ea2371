"""Mixers that keep a state of fixed size in place of keys and values: linear attention and Mamba.

Their widths are those of a config; only the hidden size is a variable. The state is updated and
read once a token, and so it is counted; kernels that work in chunks compute somewhat more.
"""

from __future__ import annotations

from dataclasses import dataclass

from constraints.algebra.posynomial import Posynomial, constant
from constraints.models.variables import HIDDEN

__all__ = ["GatedDelta", "Mamba", "Mamba2"]


@dataclass(frozen=True)
class GatedDelta:
    """Linear attention by the gated delta rule (arXiv 2412.06464), as Qwen3-Next builds it.

    Attributes:
        key_heads: heads of queries and keys [head].
        value_heads: heads of values [head].
        key_dim: width of a key head [unitless].
        value_dim: width of a value head [unitless].
        kernel: tokens that the convolution before it sees [token].
    """

    key_heads: int
    value_heads: int
    key_dim: int
    value_dim: int
    kernel: int

    @property
    def _keys(self) -> int:
        return self.key_heads * self.key_dim

    @property
    def _values(self) -> int:
        return self.value_heads * self.value_dim

    @property
    def _convolved(self) -> int:
        return 2 * self._keys + self._values

    @property
    def _state(self) -> int:
        return self._values * self.key_dim

    def matrices(self) -> Posynomial:
        """Parameters of the matrices of one layer [parameter]."""
        inwards = self._convolved + self._values + 2 * self.value_heads
        return (inwards + self._values) * HIDDEN

    def vectors(self) -> Posynomial:
        """Parameters of the convolution, decays and norm of one layer [parameter]."""
        return constant(self._convolved * self.kernel + 2 * self.value_heads + self.value_dim)

    def mixing(self, seq_len: int) -> Posynomial:
        """Multiply-adds of the convolution and the state, in one layer [multiply-add/token].

        The state is read by the key, changed by their outer product, and read by the query.

        Args:
            seq_len: length of the sequence [token], which does not matter here.
        """
        return constant(self._convolved * self.kernel + 3 * self._state)

    def cache(self, context: int) -> Posynomial:
        """Numbers that one layer keeps of a stream: its state [number].

        Args:
            context: length of the stream [token], which does not matter here.
        """
        return constant(self._state + self._convolved * (self.kernel - 1))

    def kept(self) -> Posynomial:
        """Numbers that the backward pass needs of a token [number]."""
        return constant(2 * self._convolved + 2 * self._values + 2 * self.value_heads)


@dataclass(frozen=True)
class Mamba2:
    """A Mamba-2 mixer (arXiv 2405.21060).

    Attributes:
        heads: its heads [head].
        head_dim: width of a head [unitless].
        groups: groups of heads that share their input and output maps [group].
        state: numbers of the state for each channel [number].
        kernel: tokens that the convolution sees [token].
        conv_bias: whether the convolution has biases.
        bias: whether the matrices have biases.
        norm: whether a gated norm precedes the output matrix.
    """

    heads: int
    head_dim: int
    groups: int
    state: int
    kernel: int
    conv_bias: bool = True
    bias: bool = False
    norm: bool = True

    @property
    def _inner(self) -> int:
        return self.heads * self.head_dim

    @property
    def _convolved(self) -> int:
        return self._inner + 2 * self.groups * self.state

    @property
    def _inwards(self) -> int:
        return self._inner + self._convolved + self.heads

    def matrices(self) -> Posynomial:
        """Parameters of the matrices of one layer [parameter]."""
        return (self._inwards + self._inner) * HIDDEN

    def vectors(self) -> Posynomial:
        """Parameters of the convolution, states, norm and biases of one layer [parameter]."""
        own = self._convolved * (self.kernel + self.conv_bias) + 3 * self.heads
        found = constant(own + self._inner * self.norm)
        return found + self._inwards + HIDDEN if self.bias else found

    def mixing(self, seq_len: int) -> Posynomial:
        """Multiply-adds of the convolution and the state, in one layer [multiply-add/token].

        Args:
            seq_len: length of the sequence [token], which does not matter here.
        """
        return constant(self._convolved * self.kernel + 3 * self._inner * self.state)

    def cache(self, context: int) -> Posynomial:
        """Numbers that one layer keeps of a stream: its state [number].

        Args:
            context: length of the stream [token], which does not matter here.
        """
        return constant(self._inner * self.state + self._convolved * (self.kernel - 1))

    def kept(self) -> Posynomial:
        """Numbers that the backward pass needs of a token [number]."""
        return constant(self._inwards + self._convolved + 2 * self._inner)


@dataclass(frozen=True)
class Mamba:
    """A Mamba mixer of the first kind (arXiv 2312.00752), with the norms that Jamba adds.

    Attributes:
        inner: width of its channels [unitless].
        state: numbers of the state for each channel [number].
        kernel: tokens that the convolution sees [token].
        dt_rank: width of the compressed step sizes [unitless].
        conv_bias: whether the convolution has biases.
        bias: whether the outer matrices have biases.
    """

    inner: int
    state: int
    kernel: int
    dt_rank: int
    conv_bias: bool = True
    bias: bool = False

    def matrices(self) -> Posynomial:
        """Parameters of the matrices of one layer [parameter]."""
        within = self.inner * (self.dt_rank + 2 * self.state) + self.dt_rank * self.inner
        return 3 * self.inner * HIDDEN + within

    def vectors(self) -> Posynomial:
        """Parameters of the convolution, states, norms and biases of one layer [parameter]."""
        own = self.inner * (self.kernel + self.conv_bias + self.state + 2)
        found = constant(own + self.dt_rank + 2 * self.state)
        return found + 2 * self.inner + HIDDEN if self.bias else found

    def mixing(self, seq_len: int) -> Posynomial:
        """Multiply-adds of the convolution and the state, in one layer [multiply-add/token].

        Args:
            seq_len: length of the sequence [token], which does not matter here.
        """
        return constant(self.inner * self.kernel + 3 * self.inner * self.state)

    def cache(self, context: int) -> Posynomial:
        """Numbers that one layer keeps of a stream: its state [number].

        Args:
            context: length of the stream [token], which does not matter here.
        """
        return constant(self.inner * (self.state + self.kernel - 1))

    def kept(self) -> Posynomial:
        """Numbers that the backward pass needs of a token [number]."""
        return constant(6 * self.inner + self.dt_rank + 2 * self.state)
