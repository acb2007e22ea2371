"""One question of a scenario file, fully resolved: what is asked, and of which scenario."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.metadata import version as installed_version
from typing import Any

import click

from constraints.errors import InputError
from optimizer.laws.library import law
from scenarios.commands.pareto import trade_off_from_options
from scenarios.commands.plan import scenario_from_options
from scenarios.commands.target import goal_from_options
from scenarios.exports.command_line import OF_EXPERTS
from scenarios.options.options import OUTPUTS
from scenarios.questions.goal import Goal
from scenarios.questions.law_choice import DENSE_LAW, EXPERTS_LAW, circumstances_of
from scenarios.questions.scenario import Scenario
from scenarios.questions.trade_off import TradeOff
from scenarios.scenario_file.fields import ACTIONS, fields

__all__ = ["Asked"]

EXPERT_FIELDS = frozenset({"moe", *(option.removeprefix("--") for option in OF_EXPERTS)})
"""Fields that bring in mixtures of experts, and with them another usual law."""


@dataclass(frozen=True)
class Asked:
    """A question.

    name: in its file. action: plan, target or pareto. values: fields and their texts, flags as
    truth values.
    """

    name: str
    action: str
    values: Mapping[str, str | bool]

    @cached_property
    def given(self) -> dict[str, str]:
        """The options that ask the same on the command line, in the order of its help."""
        known = fields()
        said = dict(known[key].given(self.values[key]) for key in known if key in self.values)
        return {option: text for option, text in said.items() if option}

    @classmethod
    def from_given(cls, name: str, action: str, given: Mapping[str, str]) -> Asked:
        """The question that options ask."""
        values: dict[str, str | bool] = {}
        for key, field in fields().items():
            option = field.option
            if option.is_flag:
                for names, side in ((option.opts, True), (option.secondary_opts, False)):
                    if set(names) & set(given):
                        values[key] = side
            elif f"--{key}" in given:
                values[key] = given[f"--{key}"]
        return cls(name, action, values)

    @cached_property
    def key(self) -> str:
        """SHA-256 of what is asked, whatever it is called, and of what answers: version and law."""
        usual = EXPERTS_LAW if set(self.values) & EXPERT_FIELDS else DENSE_LAW
        score_law = law(str(self.values.get("law", usual)))
        date = str(self.values["date"]) if "date" in self.values else None
        answers = [_version(), score_law.fingerprint, score_law.gain(circumstances_of(date))]
        asked = json.dumps([self.action, self.given, answers], sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()

    def question(self) -> Scenario | Goal | TradeOff:
        """The question as the command of its action reads it. Raises InputError."""
        known = fields()
        options: dict[str, Any] = dict(_defaults(self.action))
        named = _named(self.action)
        for key, value in self.values.items():
            if self.action not in known[key].actions:
                raise InputError(key, f"must not be given for a {self.action}", value)
            param = named[key]
            assert param.name is not None
            options[param.name] = (
                value if isinstance(value, bool) else _read(self.action, key, value)
            )
        if self.action == "target":
            return goal_from_options(options, self.given)
        if self.action == "pareto":
            return trade_off_from_options(options, self.given)
        return scenario_from_options(options, self.given)


@cache
def _version() -> str:
    return installed_version("flopwise")


@cache
def _defaults(action: str) -> Mapping[str, Any]:
    """Values of options that are not given."""
    command = ACTIONS[action]
    least = ["--score", "26"] if action == "target" else []
    params = command.make_context(action, least).params
    return {
        name: value for name, value in params.items() if name not in OUTPUTS and name != "score"
    }


@cache
def _named(action: str) -> Mapping[str, click.Parameter]:
    """The parameters of an action's command, by field."""
    return {param.opts[0].removeprefix("--"): param for param in ACTIONS[action].params}


@lru_cache(maxsize=2**16)  # in a batch most texts come again and again
def _read(action: str, key: str, text: str) -> Any:
    try:
        return _named(action)[key].type.convert(text, None, None)
    except click.BadParameter as error:
        raise InputError(key, error.message) from None
