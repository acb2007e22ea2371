"""Reading a Hugging Face config.json as an `Architecture`.

A config leaves out what equals its class's default, and transformers 4 and 5 name some fields
differently. What each model type calls its sizes, what a missing one means and what its code builds
is said in `dense_families`, `expert_families` and `hybrid_families`. The config of a model that
also sees or hears holds that of its text model, which is the one that is read.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from constraints.configs.class_defaults import class_defaults
from constraints.configs.dense_families import DENSE_FAMILIES
from constraints.configs.expert_families import EXPERT_FAMILIES
from constraints.configs.experts_read import expert_layers, experts_of, latent_by_layer, look_at
from constraints.configs.family import Family
from constraints.configs.hybrid_families import HYBRID_FAMILIES
from constraints.configs.layer_rows import Row, with_rows
from constraints.configs.plan_document import is_document, plan_in
from constraints.configs.reader import Reader
from constraints.configs.unread import refuse_unread
from constraints.configs.windows import attention_by_layer
from constraints.errors import ConfigError, InputError, printable
from constraints.models.architecture import Architecture, Style
from constraints.models.attention import Attention
from constraints.models.layer_group import FfnKind
from constraints.text_file import check_may_be_read

__all__ = ["SUPPORTED", "PublicConfig", "architecture_from_config", "public_config", "read_config"]

MOST_BYTES = 10_000_000
"""The largest config.json that is read [byte]; an ordinary one has a few kB."""
MOST_LAYERS = 100_000
"""The most layers that are read [layer]: far beyond any model; it keeps lists within memory."""
FAMILIES = {**DENSE_FAMILIES, **EXPERT_FAMILIES, **HYBRID_FAMILIES}
ALSO = {
    "gemma3": "gemma3_text",
    "llama4": "llama4_text",
    "qwen2_5_vl": "qwen2_5_vl_text",
    "qwen2_vl": "qwen2_vl_text",
    "qwen3_5": "qwen3_5_text",
    "qwen3_5_moe": "qwen3_5_moe_text",
}
"""Types of models that also see whose old configs hold the text model's fields themselves."""
SUPPORTED: tuple[str, ...] = tuple(sorted({*FAMILIES, *ALSO}))
"""Model types whose config can be read; also any that holds one of these as its text model."""
INNER = ("text_config", "llm_config", "language_config", "thinker_config")
"""Fields of a config that may hold the text model's."""
OUTSIDE = re.compile(r"(?!text|llm|language|thinker)(\w+)_config")
"""Fields with configs of other parts: a vision tower, an audio encoder."""
SETTINGS = ("quantization_config", "rope_config", "generation_config", "attn_config", "ffn_config")
"""Fields whose name ends as those of parts, but which are none."""


@dataclass(frozen=True)
class PublicConfig:
    """What a config says.

    Attributes:
        architecture: the model; of one that also sees or hears, its text model.
        positions: the longest context that it was made for [token]; None if the config is silent.
        left_out: parts of the whole model that are not counted, such as `vision`.
        tokens: that a plan trains it on [token]; None for configs, which don't say.
        step_tokens: of a step of a plan with a layout [token]; None likewise.
    """

    architecture: Architecture
    positions: int | None = None
    left_out: tuple[str, ...] = ()
    tokens: int | None = None
    step_tokens: int | None = None


def read_config(path: Path) -> PublicConfig:
    """What a config.json file says, or the first plan of a document that flopwise printed.

    Args:
        path: path of the file.

    Raises:
        ConfigError: if the file can't be read, or does not describe a known architecture.
    """
    check_may_be_read(path)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ConfigError(str(path), f"must be below {MOST_BYTES} bytes")
        config = json.loads(data.decode("utf-8-sig"))
    except OSError as error:
        hint = ""
        if re.fullmatch(r"[\w.-]+/[\w.-]+", str(path)) and not path.parent.exists():
            hint = "is it a name on the Hugging Face hub? give a downloaded config.json"
        rule = "must be a readable file"
        raise ConfigError(str(path), rule, error.strerror, hint=hint) from None
    except (UnicodeDecodeError, RecursionError):
        raise ConfigError(str(path), "must be JSON text") from None
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}:{error.colno}"
        raise ConfigError(where, "must be JSON", error.msg) from None
    except ValueError:
        raise ConfigError(str(path), "must hold only numbers of a sensible length") from None
    try:
        if isinstance(config, dict) and is_document(config):
            plan = plan_in("its plan", config)
            return PublicConfig(plan.model, tokens=plan.tokens, step_tokens=plan.step_tokens)
        return public_config(config)
    except InputError as error:
        raise ConfigError(
            f"{path}: {error.field}", error.rule, error.value, hint=error.hint
        ) from None
    except RecursionError:
        raise ConfigError(str(path), "must not hold a model in a model in a model") from None


def architecture_from_config(config: object) -> Architecture:
    """The architecture of a parsed config; of a model that also sees, that of its text model.

    Args:
        config: the parsed JSON.

    Raises:
        ConfigError: as `public_config`.
    """
    return public_config(config).architecture


ACTIVATIONS = ("hidden_act", "hidden_activation", "activation_function", "mlp_hidden_act")
"""Fields that name the activation of FFNs, of which only the gate counts, which no name tells."""


def public_config(config: object, *, nested: bool = False) -> PublicConfig:
    """What a parsed config says.

    Args:
        config: the parsed JSON.
        nested: whether it is the part of another config that holds the text model.

    Raises:
        ConfigError: if it is no object, of no supported type, or has a bad field, which it names.
    """
    if not isinstance(config, dict):
        raise ConfigError("config", "must be a JSON object", type(config).__name__)
    inner = next((name for name in INNER if isinstance(config.get(name), dict)), None)
    left_out = tuple(
        found[1]
        for name, value in config.items()
        if (found := OUTSIDE.fullmatch(name)) and isinstance(value, dict) and name not in SETTINGS
    )
    if inner is not None:
        try:
            text = public_config(_inner(config, inner), nested=True)
        except InputError as error:
            where = f"{inner}.{error.field}"
            raise ConfigError(where, error.rule, error.value, hint=error.hint) from None
        return replace(text, left_out=(*left_out, *text.left_out))
    for field in ACTIVATIONS:
        if not isinstance(config.get(field), str | None):
            raise ConfigError(field, "must be the name of an activation", config[field])
    kind, family = _family(config)
    usual = class_defaults(ALSO.get(kind, kind))
    reader = Reader(config, kind, family.names, usual, nested=nested)
    for field, built in family.fixed.items():
        reader.only(field, built)
    architecture = _architecture(reader, family)
    name, positions = reader.first(family.positions)
    return PublicConfig(
        architecture, None if positions is None else reader.whole(name, least=0), left_out
    )


def _inner(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The text model's config, with what only the whole model's says of it."""
    inner = dict(config[name])
    tied, whole = (each.get("tie_word_embeddings") for each in (inner, config))
    if tied is None and whole is not None:
        inner["tie_word_embeddings"] = whole
    elif whole not in (None, tied):
        rule = f"must equal the whole model's {whole}: versions of transformers read either"
        raise ConfigError("tie_word_embeddings", rule, tied)
    kind = config.get("model_type")
    if inner.get("model_type") is None and kind in SUPPORTED:
        inner["model_type"] = kind
    return inner


def _family(config: Mapping[str, Any]) -> tuple[str, Family]:
    kind = config.get("model_type")
    if kind is None:
        rule = f"is missing: it must be one of {', '.join(SUPPORTED)}"
        raise ConfigError("model_type", rule)
    if not isinstance(kind, str) or kind not in SUPPORTED:
        rule = f"must be one of {', '.join(SUPPORTED)}"
        raise ConfigError(f"model_type {printable(kind, 40)!r}", rule, hint=_meant(str(kind)))
    return kind, FAMILIES[ALSO.get(kind, kind)]


def _meant(kind: str) -> str:
    """A hint for a type that is misspelt; none where digits differ, as a new version is another."""

    def numbers(text: str) -> list[str]:
        return re.findall(r"\d+", text)

    alike = [each for each in SUPPORTED if numbers(each) == numbers(kind)]
    near = difflib.get_close_matches(kind.lower().replace("-", "_"), alike, n=1, cutoff=0.85)
    return f"did you mean {near[0]}?" if near else ""


def _architecture(config: Reader, family: Family) -> Architecture:
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    style = family.style(config)
    rows = _rows(config, family, style)
    kind = family.experts
    expert_sizes: dict[str, int] = {}
    if kind is not None and any(row.ffn == "experts" for row in rows):
        experts, expert_sizes = experts_of(config, kind)
        style = replace(style, experts=experts)
    if kind is not None:
        look_at(config, kind)
    modules = _prediction_modules(config)
    style = replace(with_rows(style, rows), prediction_modules=modules)
    if family.ffn:
        ffn = family.ffn(config)
    else:  # where all layers have experts, any value serves: no dense FFN is built
        ffn = config.size("intermediate_size") or 0
        if not ffn and not any(row.ffn == "dense" for row in rows):
            ffn = expert_sizes.get("moe_intermediate_size", 0)
        ffn = ffn or config.need("intermediate_size")
    kv_heads = family.kv_heads(config) if family.kv_heads else config.size("num_key_value_heads")
    vocab = config.need("vocab_size")
    config.size("head_dim")
    refuse_unread(config)
    if not family.own_kv_heads and kv_heads not in (None, heads):
        name = config.names.get("num_key_value_heads", ("num_key_value_heads",))[0]
        raise ConfigError(
            name, f"must be {heads}: each head of {config.kind} has its own", kv_heads
        )
    head_dim = _head_dim(config, family, style)
    return Architecture(
        num_hidden_layers=len(rows),
        hidden_size=hidden,
        intermediate_size=ffn,
        num_attention_heads=heads,
        num_key_value_heads=heads if kv_heads is None else kv_heads,
        head_dim=head_dim,
        vocab_size=vocab,
        style=style,
        **expert_sizes,
    )


def _head_dim(config: Reader, family: Family, style: Style) -> int:
    """The width of a head: its own, or its share of the hidden size."""
    hidden, heads = config.need("hidden_size"), config.need("num_attention_heads")
    given = config.size("head_dim")
    if style.latent is not None:
        return style.latent.key_width
    if given is not None and family.own_head_dim:
        return given
    if hidden % heads:
        raise ConfigError("hidden_size", f"must be a multiple of {heads} heads", hidden)
    if given not in (None, hidden // heads):
        rule = f"must be {hidden // heads}, the hidden size over heads, as {config.kind} is built"
        raise ConfigError("head_dim", rule, given)
    return hidden // heads


def _rows(config: Reader, family: Family, style: Style) -> tuple[Row, ...]:
    """The layers one by one."""
    if (config.size("num_hidden_layers") or 1) > MOST_LAYERS:
        rule = f"must be ≤ {MOST_LAYERS:,}"
        raise ConfigError("num_hidden_layers", rule, config.size("num_hidden_layers"))
    if family.rows is not None:
        rows = tuple(family.rows(config, style))
        layers = config.size("num_hidden_layers")
        if layers not in (None, len(rows)):
            raise ConfigError("num_hidden_layers", f"must be {len(rows)}, as listed", layers)
        return rows
    layers, kind = config.need("num_hidden_layers"), family.experts
    ffns: list[FfnKind] = ["dense"] * layers
    if kind is not None:
        ffns = expert_layers(config, kind, layers)
    if family.latent:
        mixers = latent_by_layer(config, layers, shares_indexers=family.shares_indexers)
        config.listed("layer_types")  # all are latent
        return tuple(
            Row((mixer,), ffn, style.norms_per_layer)
            for mixer, ffn in zip(mixers, ffns, strict=True)
        )
    assert isinstance(style.attention, Attention)
    attention = attention_by_layer(config, family.windows, style.attention, layers)
    return tuple(
        Row((mixer,), ffn, style.norms_per_layer)
        for mixer, ffn in zip(attention, ffns, strict=True)
    )


def _prediction_modules(config: Reader) -> int:
    """Modules that predict tokens further ahead in training, by the names of several types."""
    for name in ("num_nextn_predict_layers", "mtp_num_hidden_layers", "mtp_num_layers"):
        if config.get(name) is not None:
            return config.whole(name, least=0)
    if config.get("use_mtp") is False or config.get("num_mtp_modules") is None:
        return 0
    each = config.get("mtp_transformer_layers")
    layers = 1 if each is None else config.whole("mtp_transformer_layers", least=0)
    return config.whole("num_mtp_modules", least=0) * layers
