"""Which layers of a config see only a window of the latest tokens, and how wide it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from constraints.configs.layer_rows import CHUNKED, FULL, SLIDING, layer_types
from constraints.configs.reader import Reader
from constraints.errors import ConfigError
from constraints.models.attention import Attention

__all__ = ["Windows", "attention_by_layer"]


@dataclass(frozen=True)
class Windows:
    """How the configs of one model type say which layers have a window.

    Attributes:
        every: every so many layers one sees all tokens; 0 if none does, by default.
        field: field with the width of the window.
        pattern: fields that may hold `every`.
        switch: whether `use_sliding_window` must be true, for layers from `max_window_layers` on.
        chunked: whether the window is a fixed piece of the sequence.
    """

    every: int = 0
    field: str = "sliding_window"
    pattern: tuple[str, ...] = ("sliding_window_pattern", "_sliding_window_pattern")
    switch: bool = False
    chunked: bool = False


def attention_by_layer(
    config: Reader, rule: Windows | None, attention: Attention, layers: int
) -> list[Attention]:
    """The attention of each layer.

    Args:
        config: the config.
        rule: how its model type says which layers have a window; None if it knows none.
        attention: of a layer that sees all tokens.
        layers: number of layers [layer].

    Raises:
        ConfigError: if a field is no width or no pattern, or the list of layers is of no use.
    """
    known = [FULL] if rule is None else [FULL, CHUNKED if rule.chunked else SLIDING]
    kinds = layer_types(config, known)
    if rule is None:
        return [attention] * layers
    config.get(rule.field)
    # null says that no layer has a window, whatever the default
    size = None if config.nulled(rule.field) else config.first((rule.field,))[1]
    if rule.switch:
        config.get("max_window_layers")
        if not config.flag("use_sliding_window"):
            return [attention] * layers
        first = config.whole("max_window_layers", least=0)
        wide = [i < first for i in range(layers)]
    else:
        wide = _pattern(config, rule, layers)
    if kinds is not None:
        wide = [kind == FULL for kind in kinds]
    if size is None or all(wide):
        return [attention] * layers
    width = config.whole(rule.field)
    narrow = replace(attention, window=width, chunked=rule.chunked)
    return [attention if full else narrow for full in wide]


def _pattern(config: Reader, rule: Windows, layers: int) -> list[bool]:
    """Whether each layer sees all tokens, by a number or by letters such as `LLLG`."""
    name, given = config.first(rule.pattern) if rule.pattern else ("", None)
    if isinstance(given, str):
        if not given or set(given) - set("LG"):
            raise ConfigError(name, "must be a number, or letters L and G", given)
        last = layers - 1  # EXAONE 4's last layer sees all tokens
        return [given[i % len(given)] == "G" or i == last for i in range(layers)]
    every = rule.every if given is None else config.whole(name, least=0)
    return [every > 0 and (i + 1) % every == 0 for i in range(layers)]
