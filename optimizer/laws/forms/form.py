"""Forms of laws: what their coefficients multiply, and the law that some coefficients make.

Every form that can be fitted is linear in its coefficients, index = features · coefficients. So
fitting is one least-squares problem whatever the form.
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
    """A number among a form's settings.

    Args:
        settings: of the form, by name.
        name: of the setting.
        least: that it may be.
        most: that it may be.

    Raises:
        ValueError: if it is no number or out of range.
        KeyError: if it is missing.
    """
    value = settings[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise ValueError(f"{name} must be a number from {least:g} to {most:g}")
    return value


@dataclass(frozen=True)
class Form:
    """A form with its settings.

    Attributes:
        name: of the form.
        terms: names of the coefficients [K].
        least: least value of each coefficient that keeps the index concave and rising [K].
        shrinks: standard deviation around zero that each coefficient is expected to have before any
            data are seen [K]; inf if nothing is expected.
        response: from index to score.
        features: of n models, what the coefficients multiply [n, K]; None if the form is not fitted
            by flopwise.
        law: from a name, a title, a source and coefficients by name.
        expert_share: ω, how much all experts count beside those met, the one setting that is fitted
            [unitless]; None if the form knows no experts.
        with_share: the form with another ω; None if ω is not to be fitted.
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
