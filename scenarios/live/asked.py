"""What a page asks: the values of its fields, a score to reach, and whether to trace the front."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constraints.errors import InputError, UnknownNameError, printable
from optimizer.laws.library import law_names
from scenarios.questions.goal import Goal
from scenarios.questions.parts import Parts
from scenarios.questions.reading import question_of_given
from scenarios.questions.scenario import BUDGETS as LIMITING_COMPUTE
from scenarios.questions.scenario import Scenario
from scenarios.scenario_file.fields import fields
from scenarios.vocabulary.vocabulary import asked_by

__all__ = ["BUDGETS", "Asked"]

BUDGETS = tuple(name.replace("_", "-") for name in LIMITING_COMPUTE)
"""Keys of the fields of which the page gives one: they say how much may be spent."""
MOST_TEXT = 2000
"""Longest text of a field [character]."""


@dataclass(frozen=True)
class Asked:
    """A question of the page.

    Attributes:
        values: texts of the fields, or values of flags, by key as in scenario files.
        named: options that the server was started with, such as `--gpu-file`, with their texts;
            they hold for every question, but for `--law`, which is one to choose.
        score: the score of "what would it take"; empty to leave that out.
        minimise: the cost that it saves; empty for the usual one.
        front: whether to trace the front around the best plan.
    """

    values: Mapping[str, str | bool]
    named: Mapping[str, str]
    score: str = ""
    minimise: str = ""
    front: bool = False

    @classmethod
    def read(cls, document: Any, named: Mapping[str, str]) -> Asked:
        """Read what a page sent.

        Args:
            document: its JSON.
            named: options that the server was started with.

        Raises:
            InputError: if it has another form, or a field is not known.
        """
        if not isinstance(document, dict) or not isinstance(document.get("values"), dict):
            raise InputError("values", "must be an object of fields")
        values: dict[str, str | bool] = {}
        known = fields()
        for key, value in document["values"].items():
            if key not in known:
                raise UnknownNameError(printable(key), "must be a known field", None, ())
            if not isinstance(value, bool if known[key].quantity.is_flag else str):
                raise InputError(key, "must be text, or true or false for a switch")
            if isinstance(value, str):
                _check_text(key, value, named)
            if value != "":
                values[key] = value
        for key in ("score", "minimise"):
            if not isinstance(document.get(key, ""), str) or len(document.get(key, "")) > MOST_TEXT:
                raise InputError(key, "must be text")
        more = {key: printable(document.get(key, "")).strip() for key in ("score", "minimise")}
        return cls(values, named, **more, front=document.get("front") is True)

    def plan(self) -> Scenario | Parts:
        """The question of `plan`.

        Raises:
            InputError: if a value can't be read, or the question breaks a rule.
        """
        question = question_of_given("plan", self._given("plan", self.values))
        assert isinstance(question, Scenario | Parts)
        return question

    def goal(self) -> Goal | Parts:
        """The question of `target`: what the score takes, whatever the budget is.

        The cluster's size stays, since the plan needs a layout on it, and days follow.

        Raises:
            InputError: as `plan`.
        """
        free = {key: value for key, value in self.values.items() if key not in BUDGETS}
        given = self._given("target", free)
        more = {"--score": self.score, "--minimise": self.minimise}
        question = question_of_given("target", {**given, **{k: v for k, v in more.items() if v}})
        assert isinstance(question, Goal | Parts)
        return question

    def _given(self, action: str, values: Mapping[str, str | bool]) -> dict[str, str]:
        """Options with their texts, without those that the command does not take."""
        known = fields()
        said = dict(
            known[key].given(value) for key, value in values.items() if action in known[key].actions
        )
        own = {quantity.option for quantity in asked_by(action).values()}
        files = {k: v for k, v in self.named.items() if k in own and k != "--law"}
        given = {**files, **said}
        return {option: text for option, text in given.items() if option}


def _check_text(key: str, text: str, named: Mapping[str, str]) -> None:
    """Check that a text is not too long, and names no file that the server was not started with.

    Raises:
        InputError: if it does.
    """
    if len(text) > MOST_TEXT:
        raise InputError(key, f"must have at most {MOST_TEXT} characters")
    if printable(text, MOST_TEXT) != text:
        raise InputError(key, "must hold no control characters", text)
    fields()[key].check_names_no_file(text)
    if key == "law" and text not in (*law_names(), named.get("--law")) and text:
        rule = "must be a law that ships, or the one that the server was started with"
        raise InputError(key, rule, text)
