"""A law as a file: what makes the law, and what is known of how far to trust it.

    {"name", "title", "source", "form", "settings", "coefficients",
     "trust": {"regimes", "validity", "unseen", "evidence"},
     "anchoring", "standard_errors", "draws"}

The first six make the law; the others may be missing. README, "Laws", says how to make one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from constraints.algebra.log_form import FloatArray
from constraints.errors import InputError, printable
from optimizer.laws.forms.calibrated import calibrated_form
from optimizer.laws.forms.chinchilla import chinchilla_form
from optimizer.laws.forms.form import Form
from optimizer.laws.forms.performance import performance_form
from optimizer.laws.law import Law
from optimizer.laws.trust import DENSE, EXPERTS, Evidence, Regime, Trust, Unseen

__all__ = ["FORMS", "Anchoring", "Record"]

LARGEST = 1e30
"""Beyond any number of a law; keeps arithmetic finite."""
UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, OverflowError)
"""Errors that reading values of the wrong kind raises."""
MOST_COEFFICIENT = 1e9
"""Largest size of a coefficient."""
MOST_TEXT = 500
"""Longest text of a field [character]."""
SMALLEST = 1e-6
"""Spreads and years must lie between this and its reciprocal, so that ratios stay finite."""
FORMS = {
    "performance-law": performance_form,
    "calibrated": calibrated_form,
    "chinchilla": chinchilla_form,
}
"""The forms of laws, by the name that files have for them."""


@dataclass(frozen=True)
class Anchoring:
    """How models of one lab differ from what the law says of them, and what anchors gain.

    An anchor is a lab's own model, to which the law is moved (`optimizer.calibration.anchors`).

    Attributes:
        between: standard deviation of labs' offsets [index].
        within: standard deviation of models of one lab around its offset [score].
        years: age at which an anchor counts 1/e as much [year].
        rows: models that have earlier ones of their lab, on which the errors are measured [model].
        mean_absolute: mean absolute error on them with anchors [score].
        without: mean absolute error on them without anchors [score].
        regimes: intervals of predictions with anchors.
    """

    between: float
    within: float
    years: float
    rows: int
    mean_absolute: float
    without: float
    regimes: tuple[Regime, ...]


@dataclass(frozen=True)
class Record:
    """A law and what is known of it.

    Attributes:
        name: how the law is called.
        title: what it is.
        source: where it is from.
        form: one of FORMS.
        coefficients: of the form's terms, by name.
        settings: of the form, by name.
        trust: what is known of its error.
        anchoring: what anchors gain; None if not known.
        standard_errors: of the coefficients, by name; empty if not known.
        draws: coefficients fitted to B bootstrap samples of models, in the form's order [B, K].
    """

    name: str
    title: str
    source: str
    form: str
    coefficients: Mapping[str, float]
    settings: Mapping[str, Any] = field(default_factory=dict)
    trust: Trust = field(default_factory=Trust)
    anchoring: Anchoring | None = None
    standard_errors: Mapping[str, float] = field(default_factory=dict)
    draws: tuple[tuple[float, ...], ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone, for copies: what is worked out from them holds functions."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def __post_init__(self) -> None:
        """Check that a law can be made of the record.

        Raises:
            InputError: if it can't, with the reason.
        """
        _ = self.law
        if any(len(row) != len(self.shape.terms) for row in self.draws):
            raise InputError("draws", f"must have as many coefficients as {self.form} has")
        for term, least in zip(self.shape.terms, self.shape.least, strict=True):
            value = self.coefficients[term]
            if not max(least, -MOST_COEFFICIENT) <= value <= MOST_COEFFICIENT:
                ends = f"{max(least, -MOST_COEFFICIENT):g} and {MOST_COEFFICIENT:g}"
                raise InputError(f"coefficient {term}", f"must be between {ends}", value)
        if self.anchoring is not None and self.shape.features is None:
            raise InputError("anchoring", f"means nothing to the form {self.form}")

    @cached_property
    def shape(self) -> Form:
        """The form with its settings.

        Raises:
            InputError: if there is no such form, or the settings don't suit it.
        """
        if self.form not in FORMS:
            raise InputError("form", f"must be one of {', '.join(FORMS)}", self.form)
        try:
            return FORMS[self.form](self.settings)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("settings", f"don't suit the form {self.form}", error) from None

    @cached_property
    def law(self) -> Law:
        """The law itself, its circumstances open."""
        return self._law(self.coefficients)

    @cached_property
    def drawn(self) -> tuple[Law, ...]:
        """The laws that the draws make, their circumstances open; none if there are no draws.

        Raises:
            InputError: if a draw makes no law that can be bounded.
        """
        named = [dict(zip(self.shape.terms, row, strict=True)) for row in self.draws]
        try:
            return tuple(self._law(found) for found in named)
        except InputError as error:
            raise error.renamed(f"{self.name}: draws: {error.field}") from None

    @property
    def vector(self) -> FloatArray:
        """The coefficients in the form's order [K]."""
        return np.array([self.coefficients[term] for term in self.shape.terms])

    def _law(self, coefficients: Mapping[str, float]) -> Law:
        """The law that some coefficients make."""
        if missing := [term for term in self.shape.terms if term not in coefficients]:
            raise InputError("coefficients", f"must hold {', '.join(missing)}")
        made = self.shape.law(self.name, self.title, self.source, coefficients)
        return replace(made, trust=self.trust)

    def to_json(self) -> str:
        """The text of the record's file."""
        facts = _spelled(asdict(self)) | {
            "coefficients": dict(self.coefficients),
            "settings": dict(self.settings),
        }
        return json.dumps(facts, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, place: str) -> Record:
        """The record of a file's text.

        Args:
            text: of the file.
            place: how to call the file in errors.

        Raises:
            InputError: if the text holds no law, under the name of the place.
        """
        try:
            facts = json.loads(text, parse_constant=_refused, parse_float=_finite)
        except (ValueError, RecursionError):
            raise InputError(place, "must be a JSON file") from None
        if not isinstance(facts, dict):
            raise InputError(place, "must hold a JSON object")
        known = {item.name for item in fields(cls)}
        needed = ("name", "title", "source", "form", "coefficients")
        if missing := [name for name in needed if name not in facts]:
            raise InputError(place, f"is no law: it must hold {', '.join(missing)}")
        if strange := sorted(set(facts) - known - {"schema_version"}):
            raise InputError(place, f"may hold only {', '.join(sorted(known))}", strange[0])
        try:
            return cls(**{name: _read(name, facts[name]) for name in known & set(facts)})
        except InputError as error:
            raise error.renamed(f"{place}: {error.field}") from None
        except UNREADABLE as error:
            raise InputError(place, f"is no law that can be read: {error}") from None


def _read(name: str, value: Any) -> Any:
    """One field from its JSON. Raises ValueError, TypeError or KeyError if it can't be read."""
    if name in ("name", "title", "source", "form"):
        if not isinstance(value, str):
            raise ValueError(f"{name} must be text")
        return printable(value, MOST_TEXT)
    if name in ("coefficients", "standard_errors"):
        return {str(key): _number(x) for key, x in value.items()}
    if name == "trust":
        return _trust(value)
    if name == "anchoring":
        spreads = {key: _positive(value[key]) for key in ("between", "within", "years")}
        errors = {key: _number(value[key]) for key in ("mean_absolute", "without")}
        return Anchoring(
            **spreads, **errors, rows=int(value["rows"]), regimes=_regimes(value["regimes"])
        )
    if name == "draws":
        return tuple(tuple(_number(x) for x in row) for row in value)
    return dict(value)


def _trust(facts: Mapping[str, Any]) -> Trust:
    """The trust of a law from its JSON."""
    evidence = facts.get("evidence")
    ends = facts.get("validity", {})
    return Trust(
        regimes=_regimes(facts.get("regimes", ())),
        validity={str(key): (_number(x[0]), _number(x[1])) for key, x in ends.items()},
        unseen=tuple(_unseen(row) for row in facts.get("unseen", ())),
        evidence=None if evidence is None else _evidence(evidence),
    )


def _evidence(facts: Mapping[str, Any]) -> Evidence:
    """The errors on models that a law never saw, from their JSON."""
    numbers = ("mean_absolute", "root_mean_square", "bias", "coverage")
    choice, ahead = facts.get("by_choice"), dict(facts.get("forward", {}))
    known: dict[str, Any] = {
        **{name: printable(facts[name], MOST_TEXT) for name in ("data", "protocol")},
        **{name: int(_number(facts[name])) for name in ("rows", "organisations")},
        **{name: _number(facts[name]) for name in numbers},
        "forward": {f"{float(year):g}": _number(error) for year, error in ahead.items()},
        "by_choice": None if choice is None else _number(choice),
    }
    return Evidence(**known)


def _unseen(row: Mapping[str, Any]) -> Unseen:
    """One model that a law never saw, from its JSON."""
    return Unseen(
        name=printable(row["name"]),
        organisation=printable(row["organisation"]),
        released=_number(row["released"]),
        parameters=_number(row["parameters"]),
        tokens=_number(row["tokens"]),
        reported=_number(row["reported"]),
        predicted=_number(row["predicted"]),
        kind=EXPERTS if row.get("kind") == EXPERTS else DENSE,
    )


def _spelled(value: Any) -> Any:
    """A value as JSON has it: numbers to nine digits, without infinities and empty parts."""
    if isinstance(value, dict):
        items = ((key, _spelled(x)) for key, x in value.items())
        return {
            key: x for key, x in items if x not in ({}, []) and (x is not None or key == "below")
        }
    if isinstance(value, tuple | list):
        return [_spelled(x) for x in value]
    if isinstance(value, float):
        return None if math.isinf(value) else float(f"{value:.9g}")
    return value


def _regimes(rows: Sequence[Mapping[str, Any]]) -> tuple[Regime, ...]:
    """The intervals by predicted score, from their JSON; no bound of a regime means infinity."""
    return tuple(
        Regime(
            math.inf if row["below"] is None else _number(row["below"]),
            _number(row["low"]),
            _number(row["high"]),
        )
        for row in rows
    )


def _number(value: Any) -> float:
    """A finite number. Raises ValueError if the value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        raise ValueError(f"{value!r} must be a number below {LARGEST:g}")
    return float(value)


def _positive(value: Any) -> float:
    """A positive number that is neither tiny nor huge. Raises ValueError if it is none."""
    if not SMALLEST < _number(value) < 1 / SMALLEST:
        raise ValueError(f"{value!r} must be between {SMALLEST:g} and {1 / SMALLEST:g}")
    return float(value)


def _finite(text: str) -> float:
    """A number from its text. Raises ValueError if it is too large for a float."""
    if not math.isfinite(float(text)):
        raise ValueError(f"{text} is too large")
    return float(text)


def _refused(constant: str) -> float:
    """Refuse NaN and infinities, which Python's JSON reader would take."""
    raise ValueError(constant)
