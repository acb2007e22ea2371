"""Forms of laws: what their coefficients multiply, and the law that some coefficients make.

Every form that can be fitted is linear in its coefficients, index = features · coefficients, so
that fitting is one least-squares problem whatever the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from constraints.algebra.log_form import FloatArray
from optimizer.laws.law import Law
from optimizer.laws.response import Response
from optimizer.laws.table import ModelTable

__all__ = ["Form", "setting"]


def setting(settings: Mapping[str, Any], name: str, least: float, most: float) -> float:
    """A number among a form's settings. Raises ValueError or KeyError."""
    value = settings[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}")
    return value


@dataclass(frozen=True)
class Form:
    """A form with its settings.

    name: of the form. terms: names of the coefficients [K]. least: of each coefficient [K], what
    keeps the index concave and rising. shrinks: standard deviation around zero that each
    coefficient is given beforehand [K], inf for none. response: from index to score. features: of
    models, [n, K]; None if the form is not fitted here. law: from a name, a title, a source and
    coefficients. expert_share: how much all experts count beside those met, the one setting that
    is fitted; with_share: the form with another; None if it knows no experts.
    """

    name: str
    terms: tuple[str, ...]
    least: tuple[float, ...]
    shrinks: tuple[float, ...]
    response: Response
    features: Callable[[ModelTable], FloatArray] | None
    law: Callable[[str, str, str, Mapping[str, float]], Law]
    expert_share: float | None = None
    with_share: Callable[[float], Form] | None = None
