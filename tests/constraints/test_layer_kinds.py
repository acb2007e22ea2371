"""Random models with layers of every kind, counted again layer by layer from shapes of tensors."""

import random
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constraints.errors import InputError
from constraints.models.architecture import Architecture, Style
from constraints.models.attention import Attention, Indexer, Latent, tokens_seen
from constraints.models.counting import (
    active_parameter_count,
    cache_numbers,
    parameter_count,
    training_flops_per_token,
)
from constraints.models.experts import Experts
from constraints.models.layer_group import LayerGroup, Mixer
from constraints.models.recurrent import GatedDelta, Mamba, Mamba2

SEQ = 64
"""A sequence short enough to walk through token by token."""


def seen(window: int | None, *, chunked: bool = False) -> Fraction:
    """Tokens seen on average, the integral over positions of what each may see."""
    if window is None or window >= SEQ:
        return Fraction(SEQ, 2)
    if chunked:
        pieces = [window] * (SEQ // window) + [SEQ % window]
        return sum((Fraction(piece**2, 2) for piece in pieces), Fraction(0)) / SEQ
    return (Fraction(window**2, 2) + (SEQ - window) * window) / SEQ


@pytest.mark.parametrize("window", [None, 1, 5, 16, 63, 64, 200])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_token_sees_what_its_window_leaves(window: int | None, chunked: bool) -> None:
    assert tokens_seen(SEQ, window, chunked=chunked) == seen(window, chunked=chunked)
    # token by token: those before it within reach, and half of itself
    total = Fraction(0)
    for position in range(SEQ):
        before = position if window is None else min(position, window)
        if chunked and window is not None:
            before = position % window
        total += before + Fraction(1, 2)
    assert abs(total / SEQ - seen(window, chunked=chunked)) <= 1


def matrices(mixer: Mixer, h: int, heads: int, kv: int, d: int) -> Iterator[tuple[int, int]]:
    """Shapes of the matrices of a mixer."""
    if isinstance(mixer, Attention):
        yield (h, heads * d * (2 if mixer.gate else 1))
        yield from ((h, kv * d), (h, kv * d), (heads * d, h))
    elif isinstance(mixer, Latent):
        keys = mixer.qk_nope_head_dim + mixer.qk_rope_head_dim
        if mixer.q_lora_rank is None:
            yield (h, heads * keys)
        else:
            yield from ((h, mixer.q_lora_rank), (mixer.q_lora_rank, heads * keys))
        yield (h, mixer.kv_lora_rank + mixer.qk_rope_head_dim)
        yield (mixer.kv_lora_rank, heads * (mixer.qk_nope_head_dim + mixer.v_head_dim))
        yield (heads * mixer.v_head_dim, h)
        if mixer.indexer is not None and mixer.indexer.own:
            width = mixer.indexer.head_dim
            yield from ((mixer.q_lora_rank or 0, mixer.indexer.heads * width), (h, width))
            yield (h, mixer.indexer.heads)
    elif isinstance(mixer, GatedDelta):
        keys, values = mixer.key_heads * mixer.key_dim, mixer.value_heads * mixer.value_dim
        yield from ((h, 2 * keys + 2 * values), (h, 2 * mixer.value_heads), (values, h))
    elif isinstance(mixer, Mamba2):
        inner, maps = mixer.heads * mixer.head_dim, 2 * mixer.groups * mixer.state
        yield from ((h, 2 * inner + maps + mixer.heads), (inner, h))
    else:
        yield from ((h, 2 * mixer.inner), (mixer.inner, mixer.dt_rank + 2 * mixer.state))
        yield from ((mixer.dt_rank, mixer.inner), (mixer.inner, h))


def vectors(mixer: Mixer, h: int, heads: int, kv: int, d: int) -> Iterator[int]:
    """Lengths of the vectors of a mixer, convolutions and states flattened."""
    if isinstance(mixer, Attention):
        if mixer.qkv_bias:
            yield from (heads * d * (2 if mixer.gate else 1), kv * d, kv * d)
        if mixer.output_bias:
            yield h
        yield from {"none": [], "head": [d, d], "full": [heads * d, kv * d]}[mixer.qk_norm]
        if mixer.attention_sinks:
            yield heads
    elif isinstance(mixer, Latent):
        yield from (mixer.kv_lora_rank, mixer.q_lora_rank or 0)
        if mixer.bias:
            yield from (mixer.kv_lora_rank + mixer.qk_rope_head_dim, h, mixer.q_lora_rank or 0)
        if mixer.indexer is not None and mixer.indexer.own:
            yield 2 * mixer.indexer.head_dim
    elif isinstance(mixer, GatedDelta):
        convolved = 2 * mixer.key_heads * mixer.key_dim + mixer.value_heads * mixer.value_dim
        yield from (convolved * mixer.kernel, mixer.value_heads, mixer.value_heads, mixer.value_dim)
    elif isinstance(mixer, Mamba2):
        inner = mixer.heads * mixer.head_dim
        convolved = inner + 2 * mixer.groups * mixer.state
        yield from (convolved * mixer.kernel, convolved * mixer.conv_bias)
        yield from (mixer.heads, mixer.heads, mixer.heads, inner * mixer.norm)
        if mixer.bias:
            yield from (inner + convolved + mixer.heads, h)
    else:
        yield from (mixer.inner * mixer.kernel, mixer.inner * mixer.conv_bias)
        yield from (mixer.inner, mixer.inner * mixer.state, mixer.inner)
        yield from (mixer.dt_rank, mixer.state, mixer.state)
        if mixer.bias:
            yield from (2 * mixer.inner, h)


def between_tokens(mixer: Mixer, heads: int, d: int) -> Fraction:
    """Multiply-adds of a token outside the matrices."""
    if isinstance(mixer, Attention):
        return 2 * seen(mixer.window, chunked=mixer.chunked) * heads * d
    if isinstance(mixer, Latent):
        width = heads * (mixer.qk_nope_head_dim + mixer.qk_rope_head_dim + mixer.v_head_dim)
        if mixer.indexer is None:
            return seen(None) * width
        scored = mixer.indexer.heads * mixer.indexer.head_dim if mixer.indexer.own else 0
        return seen(mixer.indexer.top) * width + seen(None) * scored
    if isinstance(mixer, GatedDelta):
        convolved = 2 * mixer.key_heads * mixer.key_dim + mixer.value_heads * mixer.value_dim
        state = mixer.value_heads * mixer.key_dim * mixer.value_dim
        return Fraction(convolved * mixer.kernel + 3 * state)
    if isinstance(mixer, Mamba2):
        inner = mixer.heads * mixer.head_dim
        convolved = inner + 2 * mixer.groups * mixer.state
        return Fraction(convolved * mixer.kernel + 3 * inner * mixer.state)
    return Fraction(mixer.inner * mixer.kernel + 3 * mixer.inner * mixer.state)


def kept(mixer: Mixer, kv: int, d: int) -> int:
    """Numbers kept of a stream of SEQ tokens."""
    if isinstance(mixer, Attention):
        return 2 * min(SEQ, mixer.window or SEQ) * kv * d
    if isinstance(mixer, Latent):
        keys = mixer.indexer.head_dim if mixer.indexer and mixer.indexer.own else 0
        return SEQ * (mixer.kv_lora_rank + mixer.qk_rope_head_dim + keys)
    if isinstance(mixer, GatedDelta):
        convolved = 2 * mixer.key_heads * mixer.key_dim + mixer.value_heads * mixer.value_dim
        state = mixer.value_heads * mixer.key_dim * mixer.value_dim
        return state + convolved * (mixer.kernel - 1)
    if isinstance(mixer, Mamba2):
        inner = mixer.heads * mixer.head_dim
        convolved = inner + 2 * mixer.groups * mixer.state
        return inner * mixer.state + convolved * (mixer.kernel - 1)
    return mixer.inner * (mixer.state + mixer.kernel - 1)


def random_mixer(draw: random.Random) -> Mixer:
    def flip() -> bool:
        return draw.random() < 0.5

    def size(most: int = 9) -> int:
        return draw.randint(1, most)

    kind = draw.randrange(5)
    if kind == 0:
        window = draw.choice((None, 7, 16, 100))
        return Attention(
            window=window,
            chunked=window is not None and flip(),
            qkv_bias=flip(),
            output_bias=flip(),
            qk_norm=draw.choice(("none", "head", "full")),
            attention_sinks=flip(),
            gate=flip(),
        )
    if kind == 1:
        indexer = Indexer(size(), size(), draw.choice((8, 80)), own=flip()) if flip() else None
        rank = size() if indexer is not None or flip() else None
        return Latent(rank, size(), size(), size(), size(), bias=flip(), indexer=indexer)
    if kind == 2:
        return GatedDelta(size(), size(), size(), size(), size(4))
    if kind == 3:
        return Mamba2(size(), size(), size(), size(), size(4), flip(), flip(), flip())
    return Mamba(size(), size(), size(4), size(), flip(), flip())


def random_model(number: int) -> Architecture:
    draw = random.Random(f"layers {number}")
    groups = []
    for _ in range(draw.randint(1, 4)):
        mixers = tuple(random_mixer(draw) for _ in range(draw.choice((0, 1, 1, 1, 2))))
        ffn = draw.choice(("dense", "experts", None))
        groups.append(LayerGroup(draw.randint(1, 3), mixers, ffn, draw.randint(1, 4)))  # type: ignore[arg-type]
    has_experts = any(group.ffn == "experts" for group in groups)
    experts = Experts(
        Fraction(draw.randint(0, 3), draw.choice((1, 2))),
        shared_gate=draw.random() < 0.5,
        dense_layers=0,
        router_bias=draw.random() < 0.5,
        expert_bias=draw.random() < 0.5,
        latent_width=draw.choice((None, 6)),
    )
    style = Style(
        tie_word_embeddings=draw.random() < 0.5,
        gated_ffn=draw.random() < 0.5,
        norm=draw.choice(("rms", "layer", "none")),
        ffn_bias=draw.random() < 0.3,
        activation_parameters=draw.choice((0, 2)),
        embedding_width=draw.choice((None, None, 5)),
        experts=experts if has_experts else None,
        layers=tuple(groups),
    )
    kv = draw.randint(1, 3)
    sizes = (sum(g.layers for g in groups), draw.randint(2, 20), 2 * draw.randint(1, 20))
    heads = (kv * draw.randint(1, 3), kv, draw.randint(1, 8), draw.randint(5, 50))
    own = (draw.randint(3, 8), draw.randint(1, 3), 2 * draw.randint(1, 9)) if has_experts else ()
    return Architecture(*sizes, *heads, style, *own)


def counted(model: Architecture, experts: int | None) -> tuple[int, Fraction]:
    """Parameters with so many routed experts of a layer, and multiply-adds of a token."""
    style, h, f = model.style, model.hidden_size, model.intermediate_size
    heads, kv, d = model.num_attention_heads, model.num_key_value_heads, model.head_dim
    norm = {"none": 0, "rms": h, "layer": 2 * h}[style.norm]
    many, total, work = 3 if style.gated_ffn else 2, 0, Fraction(0)
    for group in style.layers:
        for _ in range(group.layers):
            for mixer in group.mixers:
                weights = sum(a * b for a, b in matrices(mixer, h, heads, kv, d))
                total += weights + sum(vectors(mixer, h, heads, kv, d))
                work += weights + between_tokens(mixer, heads, d)
            total += group.norms * norm + style.activation_parameters
            if group.ffn == "dense":
                total += many * h * f + (((many - 1) * f + h) if style.ffn_bias else 0)
                work += many * h * f
            elif group.ffn == "experts" and style.experts is not None:
                total, work = _with_experts(model, experts, total, work)
    width = h if style.embedding_width is None else style.embedding_width
    projections = 0 if style.embedding_width is None else 2 * width * h
    total += model.vocab_size * width * (1 if style.tie_word_embeddings else 2) + projections + norm
    return total, work + model.vocab_size * width + projections


def _with_experts(
    model: Architecture, experts: int | None, total: int, work: Fraction
) -> tuple[int, Fraction]:
    style, h, w = model.style, model.hidden_size, model.moe_intermediate_size or 0
    kinds, routed = style.experts, model.num_experts_per_tok or 0
    assert kinds is not None
    many, inner = 3 if style.gated_ffn else 2, kinds.latent_width or h
    outside = int(kinds.shared_experts * many * h * w) + h * (model.num_experts or 0)
    outside += 0 if kinds.latent_width is None else 2 * inner * h
    bias = ((many - 1) * w + h) if kinds.expert_bias else 0
    total += outside + (experts or 0) * (many * inner * w + bias)
    total += h if kinds.shared_gate else 0
    total += (model.num_experts or 0) if kinds.router_bias else 0
    return total, work + outside + routed * many * inner * w


@pytest.mark.parametrize("first", range(0, 2000, 100))
def test_models_of_every_kind_of_layer_are_counted_as_layer_by_layer(first: int) -> None:
    for number in range(first, first + 100):
        model = random_model(number)
        total, work = counted(model, model.num_experts)
        assert parameter_count(model) == total, number
        flops = training_flops_per_token(model.style, SEQ, "causal").value(model.sizes)
        assert flops == 6 * work, number
        if model.style.experts is not None:
            assert active_parameter_count(model) == counted(model, model.num_experts_per_tok)[0]
        cache = cache_numbers(model.style, SEQ).value(model.sizes)
        own = sum(
            group.layers * kept(mixer, model.num_key_value_heads, model.head_dim)
            for group in model.style.layers
            for mixer in group.mixers
        )
        assert cache == own, number


def test_a_share_of_global_layers_is_the_same_as_groups_of_them() -> None:
    window = Attention(window=16)
    shared = Style(attention=window, global_every=6)
    grouped = Style(
        layers=(
            LayerGroup(20, (window,), "dense", 2),
            LayerGroup(4, (Attention(),), "dense", 2),
        )
    )
    sizes = (24, 64, 128, 8, 2, 8, 1000)
    one, other = Architecture(*sizes, shared), Architecture(*sizes, grouped)
    assert parameter_count(one) == parameter_count(other)
    for count in ("causal", "6nd"):
        flops = [
            training_flops_per_token(x.style, SEQ, count).value(x.sizes)  # type: ignore[arg-type]
            for x in (one, other)
        ]
        assert flops[0] == flops[1]
    caches = [cache_numbers(x.style, SEQ).value(x.sizes) for x in (one, other)]
    assert caches[0] == caches[1]


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_window_never_shows_more_than_all_tokens_nor_more_than_itself(n: int, w: int) -> None:
    for chunked in (False, True):
        found = tokens_seen(n, w, chunked=chunked)
        assert 0 < found <= min(Fraction(n, 2), w)
    assert tokens_seen(n, w, chunked=True) <= tokens_seen(n, w)


def test_groups_make_up_all_layers() -> None:
    style = Style(layers=(LayerGroup(3, (Attention(),), "dense", 2),))
    with pytest.raises(InputError, match="must be 4 in all groups together"):
        Architecture(4, 64, 128, 8, 2, 8, 1000, style)
    with pytest.raises(InputError, match="layers must be ≥ 1"):
        LayerGroup(0, (Attention(),), "dense", 2)
